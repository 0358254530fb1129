/*
 * Fetching an instruction the careful way: limit, both pages, over-long encodings. The run loop
 * comes here for what no block can hold (page straddlers, ragged code segments, faults); a
 * hypervisor's emulator comes here always.
 */
#include "cpu/exec.h"

static unsigned decode_mode(const struct cpu *c)
{
    return ((c->s.seg[SEG_CS].ar & AR_DB) ? DECODE_CODE32 : 0u) |
           ((c->s.seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u) |
           (c->cache ? c->mode & DECODE_FLAT : 0u);
}

static bool read_bytes(struct cpu *c, uint32_t linear, unsigned n, uint8_t *out)
{
    uint32_t pa, v;

    if (!c->ops->translate(c, linear, ACCESS_EXEC, c->s.cpl == 3, &pa))
        return false;
    while (n >= 4) {
        if (!c->ops->read_phys(c, pa, 4, &v))
            return false;
        memcpy(out, &v, 4);
        pa += 4, out += 4, n -= 4;
    }
    for (; n; n--) {
        if (!c->ops->read_phys(c, pa++, 1, &v))
            return false;
        *out++ = (uint8_t)v;
    }
    return true;
}

bool cpu_fetch_decode(struct cpu *c, struct insn *in, uint8_t bytes[INSN_MAX_LENGTH])
{
    const struct segment *cs = &c->s.seg[SEG_CS];
    uint32_t eip = c->s.eip, linear = cs->base + eip;

    memset(bytes, 0, INSN_MAX_LENGTH);
    if (eip > cs->limit)
        return cpu_raise_error(c, VEC_GP, 0);
    unsigned within = cs->limit - eip >= INSN_MAX_LENGTH ? INSN_MAX_LENGTH : cs->limit - eip + 1;
    unsigned first = PAGE_SIZE - (linear & ~PAGE_MASK);
    if (first > within)
        first = within;
    if (!read_bytes(c, linear, first, bytes))
        return false;
    enum decode_status status = insn_decode(bytes, first, decode_mode(c), in);
    if (status == DECODE_MORE && first < within) {
        if (!read_bytes(c, linear + first, within - first, bytes + first))
            return false;
        status = insn_decode(bytes, within, decode_mode(c), in);
    }
    if (status == DECODE_OK)
        return true;
    return status == DECODE_UD ? cpu_raise(c, VEC_UD) : cpu_raise_error(c, VEC_GP, 0);
}

bool cpu_execute(struct cpu *c, const struct insn *in)
{
    c->block = NULL;
    c->block_eip = c->s.eip;
    c->fault_pending = false;
    c->stop = CPU_STOP_NONE;
    c->run_until = 0;
    c->s.icount++;
    c->s.cycle += c->costs->cycles[insn_row_of(in)->cost];
    uint64_t result = c->flag_result;
    uint32_t carry = c->flag_carry;
    exec_single(c, in);
    if (c->flag_result != result || c->flag_carry != carry)
        c->s.eflags = cpu_eflags(c);
    return !c->fault_pending && c->stop != CPU_STOP_UNSUPPORTED;
}

bool cpu_step_virtual(struct cpu *c)
{
    struct insn in;
    uint8_t bytes[INSN_MAX_LENGTH];

    c->fault_pending = false;
    return cpu_fetch_decode(c, &in, bytes) && cpu_execute(c, &in);
}

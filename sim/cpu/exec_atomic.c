/*
 * Read-modify-write with a comparison or exchange: CMPXCHG, CMPXCHG8B, XADD; and RDPMC, which this
 * CPU has no counters for.
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"
#include "sim/segment.h"

static void charge_lock(struct cpu *c, const struct insn *in)
{
    if (in->prefix & PREFIX_LOCK)
        c->ops->charge(c, COST_insn_locked);
}

/* The destination is written in either case (SDM v2, CMPXCHG), so it must be writable. */
bool exec_cmpxchg(struct cpu *c, const struct insn *in)
{
    uint32_t v, a = reg_get(c, R_EAX, in->opsize);

    if (!operand_modify_rm(c, in, &v))
        return false;
    bool equal = v == a;
    if (!operand_write_rm(c, in, equal ? reg_get(c, in->reg, in->opsize) : v))
        return false;
    alu_sub(c, a, v, in->opsize);
    if (!equal)
        reg_set(c, R_EAX, in->opsize, v);
    charge_lock(c, in);
    return true;
}

/* The operand is one quadword: alignment checking asks for a multiple of 8. */
static bool quadword_aligned(struct cpu *c, const struct insn *in, uint32_t at)
{
    uint32_t linear;

    if (!segment_check(c, in->seg, at, 8, ACCESS_WRITE, &linear))
        return false;
    if ((linear & 7u) && c->s.cpl == 3 && (c->s.cr0 & CR0_AM) && (c->s.eflags & FLAG_AC))
        return cpu_raise_error(c, VEC_AC, 0);
    return true;
}

bool exec_cmpxchg8b(struct cpu *c, const struct insn *in)
{
    uint32_t at = operand_offset(c, in), lo, hi;

    if (!quadword_aligned(c, in, at) || !cpu_probe_write(c, in->seg, at, 4) ||
        !cpu_probe_write(c, in->seg, at + 4, 4) || !cpu_read(c, in->seg, at, 4, &lo) ||
        !cpu_read(c, in->seg, at + 4, 4, &hi))
        return false;
    bool equal = lo == c->s.gpr[R_EAX] && hi == c->s.gpr[R_EDX];
    if (!cpu_write(c, in->seg, at, 4, equal ? c->s.gpr[R_EBX] : lo) ||
        !cpu_write(c, in->seg, at + 4, 4, equal ? c->s.gpr[R_ECX] : hi))
        return false;
    if (!equal) {
        c->s.gpr[R_EAX] = lo;
        c->s.gpr[R_EDX] = hi;
    }
    flags_set_arith(c, (flags_arith_bits(c) & ~FLAG_ZF) | (equal ? FLAG_ZF : 0));
    charge_lock(c, in);
    return true;
}

bool exec_xadd(struct cpu *c, const struct insn *in)
{
    uint32_t v, r = reg_get(c, in->reg, in->opsize);

    if (!operand_modify_rm(c, in, &v))
        return false;
    uint32_t sum = v + r;
    if (in->mem) {
        if (!operand_write_rm(c, in, sum & size_mask(in->opsize)))
            return false;
        reg_set(c, in->reg, in->opsize, v);
    } else {
        reg_set(c, in->reg, in->opsize, v); /* XADD r, r: the sum wins */
        reg_set(c, in->rm, in->opsize, sum);
    }
    flags_arith(c, sum, carries_add(v, r, sum), in->opsize);
    charge_lock(c, in);
    return true;
}

bool exec_rdpmc(struct cpu *c, const struct insn *in)
{
    (void)in;
    return cpu_raise_error(c, VEC_GP, 0); /* no counter number is valid */
}

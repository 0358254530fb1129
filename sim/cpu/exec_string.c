/*
 * String instructions: MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS.
 *
 * One iteration completes or faults as a whole. A repeated instruction runs on while time and
 * limits allow; otherwise it leaves with EIP on itself and ECX, ESI and EDI at the next iteration,
 * as an interrupted REP does on hardware. Every iteration is one icount; rep_extra counts those
 * after which the instruction was not done.
 *
 * From the first iteration to the last EFLAGS.RF is set: whatever comes in between pushes it so,
 * and a code breakpoint on the instruction is met once (SDM v3, Instruction-Breakpoint Exception
 * Condition).
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"
#include "cpu/io.h"

typedef bool (*iteration)(struct cpu *c, const struct insn *in);

static uint32_t index_get(const struct cpu *c, const struct insn *in, unsigned reg)
{
    return in->addrsize == 2 ? c->s.gpr[reg] & 0xffffu : c->s.gpr[reg];
}

static void index_step(struct cpu *c, const struct insn *in, unsigned reg)
{
    uint32_t delta = (c->s.eflags & FLAG_DF) ? 0u - in->opsize : in->opsize;

    reg_set(c, reg, in->addrsize, c->s.gpr[reg] + delta);
}

static bool repeat_done(struct cpu *c)
{
    c->s.eflags &= ~FLAG_RF;
    return true;
}

/* Runs one iteration, or, with a REP prefix, as many as may run. until_zf: CMPS and SCAS look at
 * ZF. */
static SIM_ALWAYS_INLINE bool repeat(struct cpu *c, const struct insn *in, iteration one,
                                     bool until_zf)
{
    if (!(in->prefix & (PREFIX_REP | PREFIX_REPNE)))
        return one(c, in);
    if (index_get(c, in, R_ECX) == 0)
        return repeat_done(c);
    for (;;) {
        if (!one(c, in))
            return false;
        uint32_t left = index_get(c, in, R_ECX) - 1;
        reg_set(c, R_ECX, in->addrsize, left);
        if (left == 0 || (until_zf && flag_zf(c) != ((in->prefix & PREFIX_REP) != 0)))
            return repeat_done(c);
        c->s.rep_extra++;
        c->s.eflags |= FLAG_RF;
        if (c->s.cycle >= c->run_until || c->s.icount >= c->run_insns)
            break;
        c->s.icount++;
        c->s.cycle += c->costs->cycles[COST_insn_rep];
    }
    c->s.eip -= in->len;
    return true;
}

/* --- in bulk --- */

/* Host address of n bytes at a flat linear address within one fast page, or 0. */
static uintptr_t bulk_host(const struct cpu *c, uint32_t linear, bool write, uint32_t *room)
{
    const struct fast_entry *e = fast_slot(c, linear);

    *room = 0;
    if ((write ? e->write_tag : e->read_tag) != (linear & PAGE_MASK))
        return 0;
    *room = PAGE_SIZE - (linear & ~PAGE_MASK);
    return e->add + linear;
}

/* Iterations that may run at once: by count, by room in the pages, by time and by limit. At least
 * one is left over. */
static uint32_t bulk_count(const struct cpu *c, const struct insn *in, uint32_t room)
{
    uint64_t n = c->s.gpr[R_ECX] - 1u, cost = c->costs->cycles[COST_insn_rep];
    uint64_t time = c->s.cycle < c->run_until ? (c->run_until - c->s.cycle) / (cost ? cost : 1) : 0;
    uint64_t insns = c->s.icount < c->run_insns ? c->run_insns - c->s.icount : 0;

    if (room / in->opsize < n)
        n = room / in->opsize;
    if (time < n)
        n = time;
    return (uint32_t)(insns < n ? insns : n);
}

/* ES (and DS) offsets are linear addresses that the host pointers serve. */
static bool string_is_flat(const struct cpu *c, const struct insn *in)
{
    return in->addrsize == 4 && c->cache && (c->mode & DECODE_FLAT);
}

static bool bulk_allowed(const struct cpu *c, const struct insn *in)
{
    return (in->prefix & (PREFIX_REP | PREFIX_REPNE)) && string_is_flat(c, in) &&
           !(c->s.eflags & FLAG_DF) && c->s.gpr[R_ECX] > 1;
}

static void bulk_done(struct cpu *c, uint32_t n)
{
    c->s.gpr[R_ECX] -= n;
    c->s.icount += n;
    c->s.rep_extra += n;
    c->s.cycle += (uint64_t)n * c->costs->cycles[COST_insn_rep];
}

/* STOS over as much of the page as may be stored at once. */
static void bulk_stos(struct cpu *c, const struct insn *in)
{
    uint32_t room, v = c->s.gpr[R_EAX], size = in->opsize;
    uintptr_t to = bulk_host(c, c->s.gpr[R_EDI], true, &room);

    if (!to)
        return;
    uint32_t n = bulk_count(c, in, room);
    if (size == 1) {
        memset((void *)to, (int)(v & 0xffu), n);
    } else {
        for (uint32_t i = 0; i < n; i++)
            host_store(to + (uintptr_t)i * size, size, v);
    }
    c->s.gpr[R_EDI] += n * size;
    bulk_done(c, n);
}

static void bulk_movs(struct cpu *c, const struct insn *in)
{
    uint32_t room_from, room_to, size = in->opsize;
    uintptr_t from = bulk_host(c, c->s.gpr[R_ESI], false, &room_from);
    uintptr_t to = bulk_host(c, c->s.gpr[R_EDI], true, &room_to);

    if (!from || !to || (in->seg != SEG_DS && in->seg != SEG_ES && in->seg != SEG_SS))
        return;
    uint32_t n = bulk_count(c, in, room_from < room_to ? room_from : room_to);
    uint32_t bytes = n * size;
    if (to >= from + bytes || from >= to + bytes) {
        memcpy((void *)to, (const void *)from, bytes);
    } else { /* overlapping: element by element, as the hardware */
        for (uint32_t i = 0; i < bytes; i += size)
            host_store(to + i, size, host_load(from + i, size));
    }
    c->s.gpr[R_ESI] += bytes;
    c->s.gpr[R_EDI] += bytes;
    bulk_done(c, n);
}

/* --- iterations --- */

static bool movs_one(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!cpu_read(c, in->seg, index_get(c, in, R_ESI), in->opsize, &v) ||
        !cpu_write(c, SEG_ES, index_get(c, in, R_EDI), in->opsize, v))
        return false;
    index_step(c, in, R_ESI);
    index_step(c, in, R_EDI);
    if (bulk_allowed(c, in))
        bulk_movs(c, in);
    return true;
}

static bool stos_one(struct cpu *c, const struct insn *in)
{
    uint32_t v = reg_get(c, R_EAX, in->opsize);

    if (!cpu_write(c, SEG_ES, index_get(c, in, R_EDI), in->opsize, v))
        return false;
    index_step(c, in, R_EDI);
    if (bulk_allowed(c, in))
        bulk_stos(c, in);
    return true;
}

static bool lods_one(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!cpu_read(c, in->seg, index_get(c, in, R_ESI), in->opsize, &v))
        return false;
    reg_set(c, R_EAX, in->opsize, v);
    index_step(c, in, R_ESI);
    return true;
}

static bool cmps_one(struct cpu *c, const struct insn *in)
{
    uint32_t a, b;

    if (!cpu_read(c, in->seg, index_get(c, in, R_ESI), in->opsize, &a) ||
        !cpu_read(c, SEG_ES, index_get(c, in, R_EDI), in->opsize, &b))
        return false;
    alu_sub(c, a, b, in->opsize);
    index_step(c, in, R_ESI);
    index_step(c, in, R_EDI);
    return true;
}

static bool scas_one(struct cpu *c, const struct insn *in)
{
    uint32_t b;

    if (!cpu_read(c, SEG_ES, index_get(c, in, R_EDI), in->opsize, &b))
        return false;
    alu_sub(c, reg_get(c, R_EAX, in->opsize), b, in->opsize);
    index_step(c, in, R_EDI);
    return true;
}

/* The destination is probed first: a port must not be read twice because the store faulted. */
static bool ins_one(struct cpu *c, const struct insn *in)
{
    uint32_t v, room, to = index_get(c, in, R_EDI);
    uintptr_t host = string_is_flat(c, in) ? bulk_host(c, to, true, &room) : 0;

    if (host && room >= in->opsize) {
        if (!c->ops->port_read(c, (uint16_t)c->s.gpr[R_EDX], in->opsize, &v))
            return false;
        host_store(host, in->opsize, v);
        index_step(c, in, R_EDI);
        return true;
    }
    if (!cpu_probe_write(c, SEG_ES, to, in->opsize) ||
        !c->ops->port_read(c, (uint16_t)c->s.gpr[R_EDX], in->opsize, &v) ||
        !cpu_write(c, SEG_ES, to, in->opsize, v))
        return false;
    index_step(c, in, R_EDI);
    return true;
}

static bool outs_one(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!cpu_read(c, in->seg, index_get(c, in, R_ESI), in->opsize, &v) ||
        !c->ops->port_write(c, (uint16_t)c->s.gpr[R_EDX], in->opsize, v))
        return false;
    index_step(c, in, R_ESI);
    return true;
}

bool exec_movs(struct cpu *c, const struct insn *in)
{
    return repeat(c, in, movs_one, false);
}
bool exec_stos(struct cpu *c, const struct insn *in)
{
    return repeat(c, in, stos_one, false);
}
bool exec_lods(struct cpu *c, const struct insn *in)
{
    return repeat(c, in, lods_one, false);
}
bool exec_cmps(struct cpu *c, const struct insn *in)
{
    return repeat(c, in, cmps_one, true);
}
bool exec_scas(struct cpu *c, const struct insn *in)
{
    return repeat(c, in, scas_one, true);
}
bool exec_ins(struct cpu *c, const struct insn *in)
{
    if (!io_permission(c, (uint16_t)c->s.gpr[R_EDX], in->opsize))
        return false;
    return repeat(c, in, ins_one, false);
}
bool exec_outs(struct cpu *c, const struct insn *in)
{
    if (!io_permission(c, (uint16_t)c->s.gpr[R_EDX], in->opsize))
        return false;
    return repeat(c, in, outs_one, false);
}

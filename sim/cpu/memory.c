/*
 * Memory as instructions see it: segment, alignment, page crossing, then ops->translate and
 * physical memory.
 *
 * These are the slow paths; instruction handlers come here when the host pointer beside the TLB
 * does not hit.
 */
#include "cpu/debug.h"
#include "cpu/exec.h"
#include "cpu/probe.h"
#include "sim/segment.h"

static bool crosses_page(uint32_t linear, unsigned size)
{
    return (linear & ~PAGE_MASK) + size > PAGE_SIZE;
}

/* Alignment checking, SDM v3, Alignment-Check Exception: CR0.AM, EFLAGS.AC, CPL 3, data only. */
static bool misaligned(const struct cpu *c, uint32_t linear, unsigned size)
{
    return (linear & (size - 1)) && c->s.cpl == 3 && (c->s.cr0 & CR0_AM) && (c->s.eflags & FLAG_AC);
}

static bool read_crossing(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t *value)
{
    unsigned first = PAGE_SIZE - (linear & ~PAGE_MASK);
    uint32_t pa[2], byte, v = 0;

    if (!c->ops->translate(c, linear, ACCESS_READ, user, &pa[0]) ||
        !c->ops->translate(c, linear + first, ACCESS_READ, user, &pa[1]))
        return false;
    for (unsigned i = 0; i < size; i++) {
        if (!c->ops->read_phys(c, i < first ? pa[0] + i : pa[1] + i - first, 1, &byte))
            return false;
        v |= byte << (8 * i);
    }
    *value = v;
    if (SIM_UNLIKELY(c->probe != NULL))
        probe_crossing(c, linear, pa, size, ACCESS_READ, v);
    return true;
}

static bool write_crossing(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t value)
{
    unsigned first = PAGE_SIZE - (linear & ~PAGE_MASK);
    uint32_t pa[2];

    if (!c->ops->translate(c, linear, ACCESS_WRITE, user, &pa[0]) ||
        !c->ops->translate(c, linear + first, ACCESS_WRITE, user, &pa[1]))
        return false;
    if (SIM_UNLIKELY(c->probe != NULL))
        probe_crossing(c, linear, pa, size, ACCESS_WRITE, value);
    for (unsigned i = 0; i < size; i++) {
        uint32_t at = i < first ? pa[0] + i : pa[1] + i - first;
        if (!c->ops->write_phys(c, at, 1, (value >> (8 * i)) & 0xffu))
            return false;
    }
    return true;
}

/* The host pointer beside the TLB, for an access whose segment has been checked. */
static SIM_ALWAYS_INLINE const struct fast_entry *fast_entry(const struct cpu *c, uint32_t linear,
                                                             bool user)
{
    return &c->cache->fast[user ? FAST_USER : FAST_SYSTEM]
                          [(linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1)];
}

/* Out of line, so that a hit needs no stack frame. */
static SIM_NOINLINE bool read_translated(struct cpu *c, uint32_t linear, unsigned size, bool user,
                                         uint32_t *value)
{
    uint32_t pa;

    if (SIM_UNLIKELY(crosses_page(linear, size)))
        return read_crossing(c, linear, size, user, value);
    if (!c->ops->translate(c, linear, ACCESS_READ, user, &pa))
        return false;
    if (SIM_UNLIKELY(c->probe != NULL))
        return probe_read(c, linear, pa, size, value);
    return c->ops->read_phys(c, pa, size, value);
}

bool cpu_read_linear(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t *value)
{
    if (SIM_LIKELY(c->cache != NULL)) {
        const struct fast_entry *e = fast_entry(c, linear, user);
        if (fast_hit(e->read_tag, linear, size, 0)) {
            *value = host_load(e->add + linear, size);
            return true;
        }
    }
    return read_translated(c, linear, size, user, value);
}

/* Out of line, so that a hit needs no stack frame. */
static SIM_NOINLINE bool write_translated(struct cpu *c, uint32_t linear, unsigned size, bool user,
                                          uint32_t value)
{
    uint32_t pa;

    if (SIM_UNLIKELY(crosses_page(linear, size)))
        return write_crossing(c, linear, size, user, value);
    if (!c->ops->translate(c, linear, ACCESS_WRITE, user, &pa))
        return false;
    if (SIM_UNLIKELY(c->probe != NULL))
        probe_data(c, linear, pa, size, ACCESS_WRITE, value);
    return c->ops->write_phys(c, pa, size, value);
}

bool cpu_write_linear(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t value)
{
    if (SIM_LIKELY(c->cache != NULL)) {
        const struct fast_entry *e = fast_entry(c, linear, user);
        if (fast_hit(e->write_tag, linear, size, 0)) {
            host_store(e->add + linear, size, value);
            return true;
        }
    }
    return write_translated(c, linear, size, user, value);
}

bool cpu_probe_linear(struct cpu *c, uint32_t linear, unsigned size, bool user,
                      enum cpu_access access)
{
    uint32_t pa;

    if (SIM_LIKELY(c->cache != NULL)) {
        const struct fast_entry *e = fast_entry(c, linear, user);
        if (fast_hit(access == ACCESS_WRITE ? e->write_tag : e->read_tag, linear, size, 0))
            return true;
    }
    if (!c->ops->translate(c, linear, access, user, &pa))
        return false;
    return !crosses_page(linear, size) ||
           c->ops->translate(c, (linear + size - 1) & PAGE_MASK, access, user, &pa);
}

bool cpu_read(struct cpu *c, unsigned seg, uint32_t offset, unsigned size, uint32_t *value)
{
    uint32_t linear;

    if (!segment_check(c, seg, offset, size, ACCESS_READ, &linear))
        return false;
    if (SIM_UNLIKELY(misaligned(c, linear, size)))
        return cpu_raise_error(c, VEC_AC, 0);
    if (!cpu_read_linear(c, linear, size, c->s.cpl == 3, value))
        return false;
    if (SIM_UNLIKELY(c->s.dr[7] & DR7_ENABLES))
        debug_data_match(c, linear, size, ACCESS_READ);
    return true;
}

bool cpu_write(struct cpu *c, unsigned seg, uint32_t offset, unsigned size, uint32_t value)
{
    uint32_t linear;

    if (!segment_check(c, seg, offset, size, ACCESS_WRITE, &linear))
        return false;
    if (SIM_UNLIKELY(misaligned(c, linear, size)))
        return cpu_raise_error(c, VEC_AC, 0);
    if (!cpu_write_linear(c, linear, size, c->s.cpl == 3, value))
        return false;
    if (SIM_UNLIKELY(c->s.dr[7] & DR7_ENABLES))
        debug_data_match(c, linear, size, ACCESS_WRITE);
    return true;
}

bool cpu_probe_write(struct cpu *c, unsigned seg, uint32_t offset, unsigned size)
{
    uint32_t linear;

    if (!segment_check(c, seg, offset, size, ACCESS_WRITE, &linear))
        return false;
    if (SIM_UNLIKELY(misaligned(c, linear, size)))
        return cpu_raise_error(c, VEC_AC, 0);
    return cpu_probe_linear(c, linear, size, c->s.cpl == 3, ACCESS_WRITE);
}

/* --- handlers' slow paths --- */

/* After a slow access that succeeded: leave behind this instruction if time ran out meanwhile. */
static const struct insn *resume(struct cpu *c, const struct insn *in)
{
    if (SIM_UNLIKELY(c->block && c->s.cycle > c->run_until))
        exec_detach(c);
    return c->block ? in : c->scratch;
}

static uint32_t wrap(const struct insn *in, uint32_t offset)
{
    return in->addrsize == 2 && in->mem ? offset & 0xffffu : offset;
}

const struct insn *exec_load_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                  uint32_t offset, unsigned size)
{
    c->slow_insn = in;
    if (!cpu_read(c, seg, wrap(in, offset), size, &c->load_value))
        return exec_fault(c, in);
    return resume(c, in);
}

const struct insn *exec_store_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                   uint32_t offset, unsigned size, uint32_t value)
{
    c->slow_insn = in;
    if (size < 4)
        value &= (1u << (8 * size)) - 1;
    if (!cpu_write(c, seg, wrap(in, offset), size, value))
        return exec_fault(c, in);
    return resume(c, in);
}

const struct insn *exec_modify_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                    uint32_t offset, unsigned size)
{
    c->slow_insn = in;
    if (!cpu_probe_write(c, seg, wrap(in, offset), size) ||
        !cpu_read(c, seg, wrap(in, offset), size, &c->load_value))
        return exec_fault(c, in);
    return resume(c, in);
}

void exec_detach(struct cpu *c)
{
    const struct block *b = c->block;
    const struct insn *in = c->slow_insn;

    if (!b)
        return;
    c->s.cycle -= b->cycles - in[1].cycles;
    c->s.icount -= (uint64_t)(b->count - in[1].number);
    c->scratch[0] = in[0];
    c->scratch[1] = in[1];
    c->scratch[1].fn = exec_leave;
    c->block = NULL;
}

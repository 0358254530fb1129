/*
 * Spans of memory behind one host pointer: how the CPU reads a descriptor or moves a whole stack
 * frame at once.
 *
 * A span that lies within one page that the TLB holds, with the right it takes, has a host address;
 * everything else (misses, page crossings, devices, virtual CPUs) goes the long way, with the same
 * result.
 */
#ifndef SIM_CPU_HOST_H
#define SIM_CPU_HOST_H

#include <string.h>

#include "cpu/exec.h"
#include "sim/segment.h"

/* Host address of [linear, linear + bytes), or 0. user: as a CPL 3 access; write: for storing. No
 * effects. */
static SIM_ALWAYS_INLINE uintptr_t host_span(const struct cpu *c, uint32_t linear, uint32_t bytes,
                                             bool user, bool write)
{
    if (!c->cache)
        return 0;
    const struct fast_entry *e = &c->cache->fast[user ? FAST_USER : FAST_SYSTEM]
                                                [(linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1)];
    return fast_hit(write ? e->write_tag : e->read_tag, linear, bytes, 0) ? e->add + linear : 0;
}

/* Two adjacent supervisor doublewords: a descriptor or a gate. False: c->fault. */
static SIM_ALWAYS_INLINE bool read_two(struct cpu *c, uint32_t linear, uint32_t *lo, uint32_t *hi)
{
    uintptr_t host = host_span(c, linear, 8, false, false);

    if (SIM_LIKELY(host)) {
        *lo = host_load(host, 4);
        *hi = host_load(host + 4, 4);
        return true;
    }
    return cpu_read_linear(c, linear, 4, false, lo) &&
           cpu_read_linear(c, linear + 4u, 4, false, hi);
}

/* As segment_read_descriptor, which does all but the usual: an entry of the GDT behind a host
 * pointer. */
static SIM_ALWAYS_INLINE bool host_read_descriptor(struct cpu *c, uint16_t sel, unsigned vector,
                                                   uint32_t ext, struct descriptor *d)
{
    uint32_t at = sel & SEL_INDEX;
    uint32_t linear = c->s.gdtr_base + at;
    uintptr_t host = host_span(c, linear, 8, false, false);
    if (SIM_UNLIKELY(!host || (sel & SEL_TI) || at + 7u > c->s.gdtr_limit))
        return segment_read_descriptor(c, sel, vector, ext, d);
    d->linear = linear;
    d->sel = sel;
    d->lo = host_load(host, 4);
    d->hi = host_load(host + 4, 4);
    return true;
}

#endif

/*
 * Where the engine meets a debugger's probe (sim/probe.h). Callers know that there is one, so that
 * without a probe each place costs one predicted branch, and none of them is in a fast handler.
 */
#ifndef SIM_CPU_PROBE_H
#define SIM_CPU_PROBE_H

#include "cpu/event.h"
#include "sim/compiler.h"
#include "sim/probe.h"

/* Does the probe, if there is one, ask about instructions at this address's page offset? */
static inline bool probe_marks(const struct cpu *c, uint32_t at)
{
    return SIM_UNLIKELY(c->probe != NULL) &&
           ((unsigned)c->probe->code_offset[(at & ~PAGE_MASK) / 8] >> (at & 7u) & 1u);
}

/* Is the page watched, and so without host pointers? */
static inline bool probe_watches(struct cpu *c, uint32_t linear_page, uint32_t pa_page)
{
    const struct cpu_probe *p = c->probe;
    return p->watches && p->watches(p->context, c, linear_page, pa_page);
}

/* Before the instruction at CS:EIP, outside any block. True: do not execute it, c->stop is set. */
bool probe_code(struct cpu *c);

/* One access within a page: a store that is about to be made, a load that was made. */
void probe_data(struct cpu *c, uint32_t linear, uint32_t pa, unsigned size, enum cpu_access access,
                uint32_t value);

/* The same for an access of two pages: told in two parts. */
void probe_crossing(struct cpu *c, uint32_t linear, const uint32_t pa[2], unsigned size,
                    enum cpu_access access, uint32_t value);

/* ops->read_phys, told. */
bool probe_read(struct cpu *c, uint32_t linear, uint32_t pa, unsigned size, uint32_t *value);

void probe_event(struct cpu *c, const struct event *e);
void probe_ring(struct cpu *c, unsigned from, unsigned to);
void probe_time(struct cpu *c, uint64_t *tsc);

#endif

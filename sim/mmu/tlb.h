/*
 * The modelled TLB: separate code and data arrays, direct-mapped, filled by walks that cost cycles.
 */
#ifndef SIM_MMU_TLB_H
#define SIM_MMU_TLB_H

#include "sim/cpu.h"

/*
 * Translates one linear address for an access (struct cpu_ops.translate of the machine's CPU). A
 * miss, or a hit without the rights or the dirty mark that the access needs, walks the tables and
 * charges COST_walk_ref a reference. Also leaves a host pointer for the fast path where that is
 * allowed. False: #PF raised.
 */
bool tlb_translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user, uint32_t *pa);

/*
 * Where an instruction at a linear address would be fetched from, at the present privilege: a look,
 * which changes and costs nothing. False: the fetch would fault.
 */
bool tlb_look_code(struct cpu *c, uint32_t linear, uint32_t *pa);

#endif

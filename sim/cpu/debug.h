/*
 * Debug registers: what a breakpoint matches, what may be written (SDM v3, Debug, Branch
 * Profile...).
 */
#ifndef SIM_CPU_DEBUG_H
#define SIM_CPU_DEBUG_H

#include "sim/cpu.h"

/* True if any of the four breakpoints is enabled: the only thing a fast loop needs to know. */
static inline bool debug_enabled(const struct cpu *c)
{
    return (c->s.dr[7] & DR7_ENABLES) != 0;
}

/* DR6 bits of the enabled instruction breakpoints at a linear address. */
uint32_t debug_code_match(const struct cpu *c, uint32_t linear);

/*
 * The instruction breakpoint check before an instruction at CS:EIP: if one matches and RF is clear,
 * raises #DB (a fault, c->fault.error = its DR6 bits) and returns true.
 */
bool debug_code_breakpoint(struct cpu *c);

/*
 * Notes in s.pending_db the DR6 bits of the enabled data breakpoints that a load or store of size
 * bytes at a linear address meets: the run loop raises #DB, a trap, after the instruction.
 */
void debug_data_match(struct cpu *c, uint32_t linear, unsigned size, enum cpu_access access);

/* The same for a port; only with CR4.DE. */
void debug_io_match(struct cpu *c, uint16_t port, unsigned size);

/* Raises #DB with these DR6 bits as a trap (reported after the instruction) or as a fault. Returns
 * false. */
bool debug_raise(struct cpu *c, uint32_t dr6_bits, bool trap);

/* MOV DRn, with the fixed bits of DR6 and DR7; n is 0 to 3, 6 or 7. */
void debug_set_dr(struct cpu *c, unsigned n, uint32_t value);

#endif

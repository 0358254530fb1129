/*
 * Pieces of control transfers between segments: what event delivery, far transfers and returns have
 * in common.
 */
#ifndef SIM_CPU_TRANSFER_H
#define SIM_CPU_TRANSFER_H

#include "cpu/frame.h"

/* A gate's width, and its entry point: a 16-bit gate holds only an IP. */
static inline bool gate_is_32(const struct descriptor *gate)
{
    return gate->hi & 0x800u;
}
static inline uint32_t gate_entry(const struct descriptor *gate)
{
    return (gate->lo & 0xffffu) | (gate_is_32(gate) ? gate->hi & 0xffff0000u : 0u);
}

/* Loads CS from a checked descriptor with CPL = RPL = cpl, and EIP. No checks; books time to the
 * old level first. */
void transfer_set_cs(struct cpu *c, const struct descriptor *code, unsigned cpl, uint32_t eip);

/* True if a code segment's limit admits an instruction at eip. */
bool transfer_eip_in_limit(const struct descriptor *code, uint32_t eip);

/*
 * Fetches the code segment a return pops, with the checks of RET and IRET: #GP(0) for null,
 * #GP(selector), #NP(selector). The ring returned to is the selector's RPL, which is not below CPL.
 */
bool transfer_return_code(struct cpu *c, uint16_t sel, struct descriptor *code);

/* The same for the stack segment of a return to ring rpl: #GP(0), #GP(selector), #SS(selector). */
bool transfer_return_stack(struct cpu *c, uint16_t sel, unsigned rpl, struct descriptor *ss);

/* Loads SS:ESP and nulls the data segments that ring cpl may not hold; CS and CPL are set already.
 */
void transfer_enter_outer(struct cpu *c, const struct descriptor *ss, uint32_t esp);

/* True if the CPU in this state is the hypervisor's: deprivileged guests never reach ring 0. */
static inline bool transfer_in_hypervisor(const struct cpu *c)
{
    return c->entry_enabled && c->s.cpl == 0;
}

#endif

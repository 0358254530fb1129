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
static inline void transfer_set_cs(struct cpu *c, const struct descriptor *code, unsigned cpl,
                                   uint32_t eip)
{
    struct segment cs = segment_from_descriptor(code);
    cs.sel = (uint16_t)((code->sel & ~SEL_RPL) | cpl);
    c->s.eip = eip; /* before a probe hears of the ring */
    if (cpl != c->s.cpl)
        cpu_set_cpl(c, cpl);
    segment_set(c, SEG_CS, cs);
}

/* True if a code segment's limit admits an instruction at eip. */
static inline bool transfer_eip_in_limit(const struct descriptor *code, uint32_t eip)
{
    uint32_t limit = (code->lo & 0xffffu) | (code->hi & 0x000f0000u);
    if (code->hi & 0x00800000u)
        limit = (limit << 12) | 0xfffu;
    return eip <= limit;
}

/*
 * Fetches the code segment a return pops, with the checks of RET and IRET: #GP(0) for null,
 * #GP(selector), #NP(selector). The ring returned to is the selector's RPL, which is not below CPL.
 */
static inline bool transfer_return_code(struct cpu *c, uint16_t sel, struct descriptor *code)
{
    unsigned rpl = sel & SEL_RPL;
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!host_read_descriptor(c, sel, VEC_GP, 0, code))
        return false;
    bool level_ok = desc_is_conforming(code) ? desc_dpl(code) <= rpl : desc_dpl(code) == rpl;
    if (!desc_is_code(code) || rpl < c->s.cpl || !level_ok)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(code))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return true;
}

/* The same for the stack segment of a return to ring rpl: #GP(0), #GP(selector), #SS(selector). */
static inline bool transfer_return_stack(struct cpu *c, uint16_t sel, unsigned rpl,
                                         struct descriptor *ss)
{
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!host_read_descriptor(c, sel, VEC_GP, 0, ss))
        return false;
    if ((sel & SEL_RPL) != rpl || !desc_is_writable_data(ss) || desc_dpl(ss) != rpl)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(ss))
        return cpu_raise_error(c, VEC_SS, selector_error(sel, 0));
    return true;
}

/* Loads SS:ESP and nulls the data segments that ring cpl may not hold; CS and CPL are set already.
 */
void transfer_enter_outer(struct cpu *c, const struct descriptor *ss, uint32_t esp);

/* True if the CPU in this state is the hypervisor's: deprivileged guests never reach ring 0. */
static inline bool transfer_in_hypervisor(const struct cpu *c)
{
    return c->entry_enabled && c->s.cpl == 0;
}

#endif

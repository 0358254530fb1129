/*
 * Far transfers, between the instructions (far.c) and call gates (far_gate.c).
 */
#ifndef SIM_CPU_FAR_H
#define SIM_CPU_FAR_H

#include "cpu/transfer.h"

/* Where a far CALL or JMP goes: the operand. */
struct far_target {
    uint16_t sel;
    uint32_t offset;
    unsigned size; /* operand size: 2 or 4 */
    bool call;
};

/* Carries out a CALL or JMP whose selector names a system descriptor: call gate, task gate, TSS, or
 * #GP. */
bool far_through_system(struct cpu *c, const struct far_target *t, const struct descriptor *d);

/* Pushes CS:EIP in items of that size and enters `code` at CPL without a ring change. Room: #SS(0),
 * limit: #GP(0). */
bool far_call_same(struct cpu *c, struct descriptor *code, uint32_t eip, unsigned item);

/* Enters `code` at CPL without a ring change or a return address. */
bool far_jump_same(struct cpu *c, struct descriptor *code, uint32_t eip);

#endif

/*
 * The control bits of the `virtualizable` CPU model.
 */
#ifndef SIM_CPU_SENSITIVE_H
#define SIM_CPU_SENSITIVE_H

#include "sim/cpu.h"

/*
 * For an instruction whose row has a trap id: raises #GP(0) and returns false if s.trap_kernel (CPL
 * 1, 2) or s.trap_user (CPL 3) makes it trap. Depends on opcode, operand kind, CPL and the bits,
 * never on values.
 */
bool sensitive_trap(struct cpu *c, const struct insn *in);

#endif

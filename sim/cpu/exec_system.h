/*
 * How the plain functions of the system instructions are written: segments, tables, control
 * registers, interrupts, ports, coprocessor.
 *
 * EIP is already that of the next instruction when they run; transfers change it. They return false
 * with c->fault raised, or with the stop set, and have then changed nothing: the caller puts EIP
 * back. A row's base cost is charged by whoever runs the instruction; the event an instruction of
 * the system stands for (cost.def) is charged here, once it has succeeded. No function knows
 * whether its CPU is the machine's or a hypervisor's virtual one.
 */
#ifndef SIM_CPU_EXEC_SYSTEM_H
#define SIM_CPU_EXEC_SYSTEM_H

#include "cpu/exec_functions.h"
#include "sim/cpu.h"

/* Raises #GP(0) outside ring 0. */
static inline bool require_ring0(struct cpu *c)
{
    return c->s.cpl == 0 || cpu_raise_error(c, VEC_GP, 0);
}

/* Charges the event an instruction stands for, and succeeds. */
static inline bool exec_done(struct cpu *c, enum sim_cost key)
{
    c->ops->charge(c, key);
    return true;
}

#endif

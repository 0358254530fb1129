/*
 * Plain functions of the system instructions: segments, tables, control registers, interrupts,
 * ports, coprocessor.
 *
 * EIP is already that of the next instruction when they run; transfers change it. They return false
 * with c->fault raised, or with the stop set, and have then changed nothing: the caller puts EIP
 * back. A row's base cost is charged by whoever runs the instruction; only what depends on the
 * outcome is charged here (event delivery, IRET, writes to control registers). No instruction
 * function knows whether its CPU is the machine's or a hypervisor's virtual one.
 */
#ifndef SIM_CPU_EXEC_SYSTEM_H
#define SIM_CPU_EXEC_SYSTEM_H

#include "sim/cpu.h"

#define EXEC(name) bool exec_##name(struct cpu *c, const struct insn *in)

/* far.c, iret.c */
EXEC(call_far_ptr);
EXEC(jmp_far_ptr);
EXEC(call_far_mem);
EXEC(jmp_far_mem);
EXEC(ret_far);
EXEC(ret_far_imm);
EXEC(iret);

/* exec_interrupt.c */
EXEC(int_n);
EXEC(int3);
EXEC(into);
EXEC(int1);
EXEC(ud2);
EXEC(bound);
EXEC(rsm_unsupported); /* #UD: outside system-management mode RSM is undefined */

/* exec_segment.c */
EXEC(mov_to_seg);
EXEC(mov_from_seg);
EXEC(push_seg);
EXEC(pop_seg);
EXEC(load_far_pointer);

/* exec_selector.c */
EXEC(lar);
EXEC(lsl);
EXEC(verr);
EXEC(verw);
EXEC(arpl);

/* exec_table.c */
EXEC(sgdt);
EXEC(sidt);
EXEC(lgdt);
EXEC(lidt);
EXEC(sldt);
EXEC(str);
EXEC(lldt);
EXEC(ltr);

/* exec_control.c */
EXEC(smsw);
EXEC(lmsw);
EXEC(clts);
EXEC(mov_from_cr);
EXEC(mov_to_cr);
EXEC(mov_from_dr);
EXEC(mov_to_dr);
EXEC(invlpg);

/* exec_processor.c */
EXEC(hlt);
EXEC(rdtsc);
EXEC(rdmsr);
EXEC(wrmsr);
EXEC(cpuid);
EXEC(invd);
EXEC(wbinvd);
EXEC(fpu);
EXEC(fwait);

/* exec_flags.c */
EXEC(cli);
EXEC(sti);
EXEC(pushf);
EXEC(popf);

/* exec_io.c */
EXEC(in_imm);
EXEC(in_dx);
EXEC(out_imm);
EXEC(out_dx);

#undef EXEC

/* Raises #GP(0) outside ring 0. */
static inline bool require_ring0(struct cpu *c)
{
    return c->s.cpl == 0 || cpu_raise_error(c, VEC_GP, 0);
}

#endif

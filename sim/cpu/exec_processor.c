/*
 * The processor itself: HLT, RDTSC, MSRs, CPUID, cache control, and the coprocessor that is not
 * there (SDM v2).
 */
#include "cpu/exec_system.h"
#include "cpu/probe.h"

bool exec_hlt(struct cpu *c, const struct insn *in)
{
    (void)in;
    if (!require_ring0(c))
        return false;
    c->s.halted = 1;
    return exec_done(c, COST_hlt);
}

bool exec_rdtsc(struct cpu *c, const struct insn *in)
{
    (void)in;
    if ((c->s.cr4 & CR4_TSD) && !require_ring0(c))
        return false;
    uint64_t tsc = c->ops->rdtsc(c);
    if (SIM_UNLIKELY(c->probe != NULL))
        probe_time(c, &tsc);
    c->s.gpr[R_EAX] = (uint32_t)tsc;
    c->s.gpr[R_EDX] = (uint32_t)(tsc >> 32);
    return exec_done(c, COST_rdtsc);
}

bool exec_rdmsr(struct cpu *c, const struct insn *in)
{
    uint64_t value;
    (void)in;
    if (!require_ring0(c))
        return false;
    if (!c->ops->msr_read(c, c->s.gpr[R_ECX], &value))
        return cpu_raise_error(c, VEC_GP, 0);
    c->s.gpr[R_EAX] = (uint32_t)value;
    c->s.gpr[R_EDX] = (uint32_t)(value >> 32);
    return exec_done(c, COST_msr_read);
}

bool exec_wrmsr(struct cpu *c, const struct insn *in)
{
    uint64_t value = (uint64_t)c->s.gpr[R_EDX] << 32 | c->s.gpr[R_EAX];
    (void)in;
    if (!require_ring0(c))
        return false;
    if (!c->ops->msr_write(c, c->s.gpr[R_ECX], value))
        return cpu_raise_error(c, VEC_GP, 0);
    return exec_done(c, COST_msr_write);
}

bool exec_cpuid(struct cpu *c, const struct insn *in)
{
    uint32_t out[4];
    (void)in;
    c->ops->cpuid(c, c->s.gpr[R_EAX], c->s.gpr[R_ECX], out);
    c->s.gpr[R_EAX] = out[0];
    c->s.gpr[R_EBX] = out[1];
    c->s.gpr[R_ECX] = out[2];
    c->s.gpr[R_EDX] = out[3];
    return exec_done(c, COST_cpuid);
}

/* The machine has no modelled data cache: both flush nothing. */
bool exec_invd(struct cpu *c, const struct insn *in)
{
    (void)in;
    return require_ring0(c) && exec_done(c, COST_insn_system);
}

bool exec_wbinvd(struct cpu *c, const struct insn *in)
{
    (void)in;
    return require_ring0(c) && exec_done(c, COST_insn_system);
}

/*
 * All ESC opcodes. EM or TS: #NM. Otherwise, as on an i386 or i486SX whose coprocessor socket is
 * empty, the processor offers the instruction, nobody takes it, and nothing is read, written or
 * changed: FNINIT; FNSTSW leaves its destination as it was, which is how a kernel finds that there
 * is no FPU.
 */
bool exec_fpu(struct cpu *c, const struct insn *in)
{
    (void)in;
    return !(c->s.cr0 & (CR0_EM | CR0_TS)) || cpu_raise(c, VEC_NM);
}

bool exec_fwait(struct cpu *c, const struct insn *in)
{
    const uint32_t both = CR0_MP | CR0_TS;
    (void)in;
    return (c->s.cr0 & both) != both || cpu_raise(c, VEC_NM);
}

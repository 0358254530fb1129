/*
 * Privileged and sensitive instructions: the shared semantics, on virtual state.
 *
 * If the instruction faults there, that fault is the guest's own, exactly as its processor would
 * have raised it.
 */
#include "mode/trap.h"

static enum hv_action emulate(struct vcpu *v)
{
    return hv_emulate(v) ? HV_ADVANCE : v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
}

enum hv_action exit_emulate(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    return emulate(v);
}

enum hv_action exit_repeat(struct vcpu *v, const struct vm_exit *x)
{
    if (x->reason == EXIT_ptwr_emulation)
        return exit_ptwr(v, x);
    return x->reason == EXIT_segment_assist ? exit_segment_assist(v, x) : emulate(v);
}

/* Reads show what was read. */
enum hv_action exit_cr_access(struct vcpu *v, const struct vm_exit *x)
{
    enum hv_action action = emulate(v);
    if (action == HV_ADVANCE && !x->q.cr.write)
        v->hv->open->q.cr.value = v->virt.s.gpr[x->q.cr.gpr & 7];
    return action;
}

enum hv_action exit_cpuid(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    return emulate(v);
}

enum hv_action exit_msr(struct vcpu *v, const struct vm_exit *x)
{
    enum hv_action action = emulate(v);
    if (action == HV_ADVANCE && x->reason == EXIT_MSR_READ) {
        v->hv->open->q.msr.low = v->virt.s.gpr[R_EAX];
        v->hv->open->q.msr.high = v->virt.s.gpr[R_EDX];
    }
    return action;
}

enum hv_action exit_invlpg(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    return emulate(v);
}

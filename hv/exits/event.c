/*
 * Events: the guest's own exceptions and software interrupts, and the machine's interrupts.
 */
#include "mode/trap.h"

enum hv_action exit_reflect_exception(struct vcpu *v, const struct vm_exit *x)
{
    struct cpu *c = &v->hv->machine->cpu;
    if (v->vm->s.end != VM_RUNNING)
        return HV_KILL;
    hv_own_fault(v, x);
    if (x->vector == VEC_DB) {
        v->virt.fault.trap = 1;
        v->virt.fault.error = c->s.dr[6] & ~DR6_FIXED1;
    }
    if (x->vector == VEC_PF)
        v->vm->stats.mmu.true_faults++;
    return HV_REFLECT;
}

/* The least privileged ring that may use the guest's gate for a vector; 0 if there is no such gate.
 */
static unsigned guest_gate_dpl(struct vcpu *v, unsigned vector)
{
    uint32_t hi;
    if (vector * 8u + 7u > v->virt.s.idtr_limit)
        return 0;
    bool ok = hv_guest_read32(v, v->virt.s.idtr_base + vector * 8u + 4u, &hi);
    v->virt.fault_pending = false;
    return ok ? (hi >> 13) & 3u : 0;
}

/* Opens the real gate if the guest's is open to ring 3, so that the next one comes without a #GP.
 */
static void learn_gate(struct vcpu *v, unsigned vector)
{
    unsigned vm = v->vm->number;
    bool may = vector >= 32 && vector != HV_TIMER_VECTOR && vector != HV_SPURIOUS_VECTOR;
    unsigned dpl = may && guest_gate_dpl(v, vector) == 3 ? 3 : 0;
    if (may && own_gate_dpl(v->hv, vm, vector) != dpl)
        own_set_gate_dpl(v->hv, vm, vector, dpl);
}

enum hv_action exit_reflect_interrupt(struct vcpu *v, const struct vm_exit *x)
{
    unsigned vector = x->q.irq.vector;
    bool short_form = x->row != EXIT_NO_ROW && v->insn.opcode != 0xcd;
    if (x->vector == VEC_GP)
        learn_gate(v, vector);
    hv_inject_later(v, vector, short_form ? EVENT_SOFT_TRAP : EVENT_SOFTWARE);
    return HV_INJECT;
}

enum hv_action exit_external_interrupt(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    hv_phase_set(v->hv, PHASE_DEVICE);
    timer_arrived(v->hv);
    return HV_RETRY;
}

/*
 * Page faults that the guest never sees: a shadow entry to fill, a traced table to write.
 */
#include "mode/trap.h"

enum hv_action exit_shadow_fill(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    hv_phase_set(v->hv, PHASE_MEMORY);
    return v->vm->handlers.mmu_fill(v, &v->walk);
}

/* The store is carried out in guest memory; whoever traces the page hears of it from gpa_write. */
enum hv_action exit_ptwr(struct vcpu *v, const struct vm_exit *x)
{
    struct vm_exit *open = v->hv->open;
    bool begun = v->repeats;
    if (!begun && !hv_decode(v))
        return v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
    bool repeats = v->insn.prefix & (PREFIX_REP | PREFIX_REPNE);
    uint32_t left = vcpu_gpr(v, R_ECX);
    if (repeats && !begun) {
        hv_phase_set(v->hv, PHASE_MEMORY);
        shadow_rep_store(v->vm, x->q.mem.gpa);
    }
    if (!hv_emulate(v))
        return v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
    open->q.mem.count += repeats ? left - vcpu_gpr(v, R_ECX) : 1;
    open->q.mem.entry = gpa_read(v->vm, x->q.mem.gpa & ~3u, 4);
    return HV_ADVANCE;
}

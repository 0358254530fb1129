/*
 * Ports and device registers in memory: carried out on the VM's virtual bus.
 */
#include "mode/trap.h"

enum hv_action exit_io(struct vcpu *v, const struct vm_exit *x)
{
    if (x->vector == VEC_PF) { /* a device register in memory; nothing is decoded yet */
        struct guest_walk walk = v->walk;
        v->hv->open->q = (union exit_qualification){0};
        v->hv->open->q.io.gpa = walk.gpa;
        v->hv->open->q.io.write = walk.access == ACCESS_WRITE;
        hv_phase_set(v->hv, PHASE_DECODE);
        if (!hv_decode(v))
            return v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
    }
    return hv_emulate(v) ? HV_ADVANCE : v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
}

/*
 * GDTR, IDTR, LDTR and TR of the virtual CPU, and shadow descriptors that are missing.
 */
#include "mode/trap.h"

enum hv_action exit_descriptor_table(struct vcpu *v, const struct vm_exit *x)
{
    struct vm_exit *open = v->hv->open;
    const struct cpu_state *g = &v->virt.s;
    if (!hv_emulate(v))
        return v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
    bool second = v->insn.reg & 1;
    if (x->reason == EXIT_GDTR_IDTR) {
        open->q.table.base = second ? g->idtr_base : g->gdtr_base;
        open->q.table.limit = second ? g->idtr_limit : g->gdtr_limit;
    } else {
        const struct segment *s = &g->seg[second ? SEG_TR : SEG_LDTR];
        open->q.table.sel = s->sel;
        open->q.table.base = s->base;
        open->q.table.limit = s->limit;
    }
    return HV_ADVANCE;
}

/*
 * The first load of a selector is carried out against the guest's own descriptor, with all its
 * checks and its Accessed bit; later ones find the shadow descriptor. A load that its checks refuse
 * is the guest's fault and shadows nothing.
 */
enum hv_action exit_gdt_fill(struct vcpu *v, const struct vm_exit *x)
{
    if (!hv_emulate(v)) {
        v->hv->open->reason = EXIT_reflect_exception;
        return v->vm->s.end == VM_RUNNING ? HV_REFLECT : HV_KILL;
    }
    hv_phase_set(v->hv, PHASE_MEMORY);
    if (!trap_fill(v, x->q.table.sel))
        v->virt.fault_pending = false; /* the instruction itself took it away again */
    return HV_ADVANCE;
}

/*
 * Past a cut segment, or through a selector that the real tables do not have: the instruction is
 * carried out against the guest's own descriptors. A fault that it raises there is the guest's, and
 * a register that it reaches (the APICs have theirs high in the hole, where kernels map them as
 * they are) is a device's; the exit is then counted as that.
 */
enum hv_action exit_segment_assist(struct vcpu *v, const struct vm_exit *x)
{
    if (x->row != EXIT_NO_ROW && hv_emulate(v)) {
        if (!v->repeats && v->hv->open->q.io.count) /* all of it was carried out */
            v->hv->open->reason = EXIT_IO_INSTRUCTION;
        return HV_ADVANCE;
    }
    if (v->vm->s.end != VM_RUNNING)
        return HV_KILL;
    if (v->virt.fault.vector == x->vector)
        v->hv->open->reason = EXIT_reflect_exception;
    return HV_REFLECT;
}

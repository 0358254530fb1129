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

enum hv_action exit_gdt_fill(struct vcpu *v, const struct vm_exit *x)
{
    hv_phase_set(v->hv, PHASE_MEMORY);
    return trap_fill(v, x->q.table.sel) ? HV_RETRY : HV_REFLECT;
}

/*
 * Past a cut segment, or through a selector that the real tables do not have: the instruction is
 * carried out against the guest's own descriptors. A fault that it raises there is the guest's; the
 * exit is then counted as that.
 */
enum hv_action exit_segment_assist(struct vcpu *v, const struct vm_exit *x)
{
    if (x->row != EXIT_NO_ROW && hv_emulate(v))
        return HV_ADVANCE;
    if (v->vm->s.end != VM_RUNNING)
        return HV_KILL;
    if (v->virt.fault.vector == x->vector)
        v->hv->open->reason = EXIT_reflect_exception;
    return HV_REFLECT;
}

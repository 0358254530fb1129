/*
 * Whose is it? Three questions, always in this order: is it the hypervisor's own business (its
 * timer, a shadow entry or descriptor not there yet, a traced table)? Is it an instruction that
 * this guest may execute where it believes to be? Else it is the guest's own event, and goes
 * through the guest's IDT.
 *
 * INT n from a guest never looks like an exception: the real gates refuse it, so it arrives as
 * #GP(8n+2).
 */
#include "mode/trap.h"

#include <assert.h>

#define ERROR_IDT 2u
#define ERROR_EXT 1u

static void set(struct vm_exit *x, enum exit_reason reason)
{
    x->reason = (uint8_t)reason;
}

/* ---------------------------------------- page faults */

static void classify_page_fault(struct vcpu *v, struct vm_exit *x)
{
    enum cpu_access access = (x->error & PFERR_W) ? ACCESS_WRITE : ACCESS_READ;
    struct guest_walk *w = &v->walk;
    uint32_t pa;
    hv_phase_set(v->hv, PHASE_MEMORY);
    bool allowed = guest_walk(v, x->cr2, access, x->error & PFERR_U, true, w);
    hv_note(v->hv, ACTION_GUEST_WALK, x->cr2, w->refs);
    x->q.mem.gva = x->cr2;
    x->q.mem.gpa = w->gpa;
    x->q.mem.error = x->error;
    if (!allowed) {
        x->error = w->error; /* what the guest's tables say, not the shadow's */
        set(x, EXIT_reflect_exception);
    } else if (p2m_lookup(v->vm, w->gpa, &pa) != P2M_RAM) {
        set(x, EXIT_IO_INSTRUCTION);
    } else if (access == ACCESS_WRITE && p2m_trace(v->vm, w->gpa)) {
        set(x, EXIT_ptwr_emulation);
    } else {
        set(x, EXIT_shadow_fill);
    }
}

/* ---------------------------------------- instructions */

/* May the guest execute a privileged instruction where it believes to be? CLI and STI ask IOPL. */
static bool is_guests_to_execute(const struct vcpu *v, const struct insn_row *row)
{
    unsigned cpl = v->virt.s.cpl;
    if (cpl == 0)
        return true;
    if (row->opcode == 0xfa || row->opcode == 0xfb)
        return cpl <= (v->virt.s.eflags & FLAG_IOPL) >> FLAG_IOPL_SHIFT;
    return row->class !=
           CLASS_PRIVILEGED; /* I/O: the virtual TSS's bitmap decides during execution */
}

static void note_operands(const struct vcpu *v, struct vm_exit *x)
{
    const struct insn *in = &v->insn;
    uint32_t ecx = v->virt.s.gpr[R_ECX];
    switch (x->reason) {
    case EXIT_CR_ACCESS:
        x->q.cr.cr = (uint8_t)(in->reg + ((in->opcode & 1) && in->opcode != 0x01 ? 8 : 0));
        x->q.cr.gpr = in->rm;
        x->q.cr.write = in->opcode != 0x20 && in->opcode != 0x21;
        x->q.cr.value = v->virt.s.gpr[in->rm & 7];
        break;
    case EXIT_MSR_READ:
    case EXIT_MSR_WRITE:
        x->q.msr.msr = ecx;
        x->q.msr.low = v->virt.s.gpr[R_EAX];
        x->q.msr.high = v->virt.s.gpr[R_EDX];
        break;
    case EXIT_CPUID:
        x->q.cpuid.leaf = v->virt.s.gpr[R_EAX];
        x->q.cpuid.subleaf = ecx;
        break;
    default:
        break;
    }
}

static void classify_decoded(struct vcpu *v, struct vm_exit *x)
{
    const struct insn_row *row = insn_row_of(&v->insn);
    unsigned reason = v->hv->reason_of_row[v->insn.row];
    if (!reason) {
        set(x, EXIT_segment_assist);
    } else if (!is_guests_to_execute(v, row)) {
        set(x, EXIT_reflect_exception);
    } else {
        set(x, (enum exit_reason)(reason - 1));
        note_operands(v, x);
    }
}

/* What cannot be fetched has raised the guest's own fault already, which the assist passes on. */
static void classify_instruction(struct vcpu *v, struct vm_exit *x)
{
    if (hv_decode(v))
        classify_decoded(v, x);
    else
        set(x, EXIT_segment_assist);
}

static void classify_gp(struct vcpu *v, struct vm_exit *x)
{
    bool through_idt = (x->error & (ERROR_IDT | ERROR_EXT)) == ERROR_IDT;
    if (!hv_decode(v)) {
        set(x, EXIT_segment_assist);
    } else if (through_idt && v->insn.opcode == 0xcd) {
        x->q.irq.vector = (uint8_t)(x->error >> 3);
        set(x, EXIT_reflect_interrupt);
    } else if (x->error && !through_idt && trap_can_fill(v, (uint16_t)x->error)) {
        x->q.table.sel = (uint16_t)x->error;
        set(x, EXIT_gdt_fill);
    } else {
        classify_decoded(v, x);
    }
}

/* ---------------------------------------- software interrupts through a real gate */

/* INT3 and INTO, in one byte or as INT n: EIP stands behind; the instruction is found by looking
 * back. */
static void classify_breakpoint(struct vcpu *v, struct vm_exit *x)
{
    uint32_t behind = v->virt.s.eip;
    set(x, EXIT_reflect_interrupt);
    x->q.irq.vector = x->vector;
    for (uint32_t length = 1; length <= 2; length++) {
        v->virt.s.eip = x->eip = behind - length;
        if (hv_decode(v) && v->insn.len == length &&
            insn_row_of(&v->insn)->class == CLASS_INTERRUPT)
            return;
        x->row = EXIT_NO_ROW;
    }
    v->virt.s.eip = behind;
    x->eip = behind;
}

/* `int $n` whose real gate is open to ring 3: two bytes, EIP stands behind. */
static void classify_gate(struct vcpu *v, struct vm_exit *x)
{
    (void)v;
    x->eip -= 2;
    x->q.irq.vector = x->vector;
    set(x, EXIT_reflect_interrupt);
}

static void classify_own(struct vcpu *v, struct vm_exit *x)
{
    (void)v;
    set(x, EXIT_reflect_exception);
}

typedef void (*classifier)(struct vcpu *v, struct vm_exit *x);

static const classifier by_vector[32] = {
    [VEC_DE] = classify_own,         [VEC_DB] = classify_own,
    [VEC_BP] = classify_breakpoint,  [VEC_OF] = classify_breakpoint,
    [VEC_BR] = classify_own,         [VEC_UD] = classify_own,
    [VEC_NM] = classify_own,         [VEC_TS] = classify_instruction,
    [VEC_NP] = classify_instruction, [VEC_SS] = classify_instruction,
    [VEC_GP] = classify_gp,          [VEC_PF] = classify_page_fault,
    [VEC_MF] = classify_own,         [VEC_AC] = classify_own,
};

void trap_classify(struct vcpu *v, struct vm_exit *x)
{
    if (x->vector == HV_TIMER_VECTOR || x->vector == HV_SPURIOUS_VECTOR) {
        set(x, EXIT_EXTERNAL_INTERRUPT);
        x->q.irq.vector = x->vector;
    } else if (x->vector >= 32) {
        classify_gate(v, x);
    } else if (by_vector[x->vector]) {
        by_vector[x->vector](v, x);
    } else {
        set(x, EXIT_reflect_exception);
        hv_kill(v->vm, "exception %u, which no guest can cause", x->vector);
    }
}

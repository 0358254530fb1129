/*
 * Entering a paravirtual guest's kernel: the frame on its stack, and the ways back out of it.
 *
 * The frame looks like the hardware's, so that the same handler code serves: SS and ESP (from
 * another ring), EFLAGS, CS, EIP, error code. EFLAGS.IF shows the event mask of before, inverted;
 * the mask itself is in bits 23:16 of CS's word. The failsafe callback finds DS, ES, FS, GS below
 * EIP. (Xen's public arch-x86/xen-x86_32.h, cpu_user_regs.)
 */
#include "pv/pv.h"

#include "sim/segment.h"

/* Flags no handler starts with. */
#define ENTRY_CLEARS (FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC)
/* Flags a guest may have for itself; IOPL and IF are not its own. */
#define GUEST_FLAGS (FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID)

static bool descriptor_of(struct cpu *c, uint16_t sel, struct descriptor *d)
{
    return (sel & SEL_INDEX) && segment_read_descriptor(c, sel, VEC_GP, 0, d) && desc_present(d) &&
           desc_s(d);
}

/* Would the CPU return to, or enter, this code selector with CPL = RPL? */
static bool code_ok(struct cpu *c, uint16_t sel)
{
    struct descriptor d;
    unsigned rpl = sel & SEL_RPL;
    if (!rpl || !descriptor_of(c, sel, &d) || !(desc_type(&d) & AR_CODE))
        return false;
    return desc_type(&d) & AR_CONFORMING ? desc_dpl(&d) <= rpl : desc_dpl(&d) == rpl;
}

static bool stack_ok(struct cpu *c, uint16_t sel, unsigned cpl)
{
    struct descriptor d;
    if ((sel & SEL_RPL) != cpl || !descriptor_of(c, sel, &d) || desc_dpl(&d) != cpl)
        return false;
    return (desc_type(&d) & (AR_CODE | AR_RW)) == AR_RW;
}

bool pv_load_code_segments(struct vcpu *v)
{
    struct cpu *c = &v->virt;
    struct descriptor code, stack;
    uint16_t cs = c->s.seg[SEG_CS].sel, ss = c->s.seg[SEG_SS].sel;
    bool ok = code_ok(c, cs) && stack_ok(c, ss, cs & SEL_RPL) && descriptor_of(c, cs, &code) &&
              descriptor_of(c, ss, &stack);
    c->fault_pending = false;
    if (!ok)
        return false;
    segment_set(c, SEG_CS, segment_from_descriptor(&code));
    segment_set(c, SEG_SS, segment_from_descriptor(&stack));
    return true;
}

bool pv_frame_loads(struct vcpu *v)
{
    struct cpu *c = &v->virt;
    uint16_t cs = c->s.seg[SEG_CS].sel;
    bool ok = code_ok(c, cs) && stack_ok(c, c->s.seg[SEG_SS].sel, cs & SEL_RPL);
    c->fault_pending = false;
    return ok;
}

/* Puts the hidden part of SS in place from its descriptor: the frame on our stack held only the
 * selector. */
static bool load_stack(struct cpu *c, uint16_t sel)
{
    struct descriptor d;
    if (!stack_ok(c, sel, 1) || !descriptor_of(c, sel, &d))
        return false;
    segment_set(c, SEG_SS, segment_from_descriptor(&d));
    return true;
}

static bool push(struct cpu *c, uint32_t value)
{
    if (!cpu_write(c, SEG_SS, c->s.gpr[R_ESP] - 4, 4, value))
        return false;
    c->s.gpr[R_ESP] -= 4;
    return true;
}

static bool push_segments(struct cpu *c)
{
    return push(c, c->s.seg[SEG_GS].sel) && push(c, c->s.seg[SEG_FS].sel) &&
           push(c, c->s.seg[SEG_ES].sel) && push(c, c->s.seg[SEG_DS].sel);
}

/* What was interrupted. */
struct interrupted {
    uint32_t eip, eflags, esp, cs_word;
    uint16_t ss;
    bool user;
};

static bool push_frame(struct cpu *c, const struct interrupted *was, const struct pv_entry *e)
{
    if (was->user && (!push(c, was->ss) || !push(c, was->esp)))
        return false;
    if (!push(c, was->eflags) || !push(c, was->cs_word) || !push(c, was->eip))
        return false;
    if (e->has_error && !push(c, e->error))
        return false;
    return !e->failsafe || push_segments(c);
}

static struct interrupted interrupted(const struct vcpu *v, bool masked)
{
    const struct cpu_state *s = &v->virt.s;
    return (struct interrupted){
        .eip = s->eip,
        .eflags = (cpu_eflags(&v->virt) & ~FLAG_IF) | (masked ? 0 : FLAG_IF),
        .esp = s->gpr[R_ESP],
        .cs_word = s->seg[SEG_CS].sel | (masked ? 0x10000u : 0),
        .ss = s->seg[SEG_SS].sel,
        .user = s->cpl == 3,
    };
}

bool pv_bounce(struct vcpu *v, const struct pv_entry *e)
{
    struct cpu *c = &v->virt;
    struct pv *pv = pv_of(v);
    struct interrupted was = interrupted(v, pv_upcall_masked(pv));
    enum hv_phase before = hv_phase_set(v->hv, PHASE_INJECT);
    hv_charge(v->hv, HV_COST_inject);
    c->fault_pending = false;
    if (e->sets_rf)
        was.eflags |= FLAG_RF;
    if (was.user)
        c->s.gpr[R_ESP] = pv->s.kernel_esp;
    c->s.cpl = 1;
    bool ok = e->eip && code_ok(c, e->cs) &&
              load_stack(c, was.user ? (uint16_t)pv->s.kernel_ss : was.ss) &&
              push_frame(c, &was, e);
    hv_phase_set(v->hv, before);
    if (!ok) {
        c->s.cpl = was.user ? 3 : 1;
        hv_kill(v->vm,
                e->eip ? "no entry to the guest kernel at %04x:%08x, stack %04x:%08x"
                       : "an event for which the guest has no handler (%04x:%08x, stack %04x:%08x)",
                e->cs, e->eip, c->s.seg[SEG_SS].sel, c->s.gpr[R_ESP]);
        return false;
    }
    c->s.seg[SEG_CS].sel = (uint16_t)((e->cs & ~SEL_RPL) | 1u);
    c->s.eip = e->eip;
    cpu_set_eflags(c, cpu_eflags(c) & ~ENTRY_CLEARS);
    if (e->mask_events)
        pv_set_upcall_mask(pv, true);
    if (SIM_UNLIKELY(v->hv->hooks.bounced != NULL))
        v->hv->hooks.bounced(v->hv->hooks.context, v->hv, v, e->vector, (enum event_kind)e->kind,
                             e->error, was.user);
    return true;
}

static struct pv_entry entry_of(const struct pv_callback *cb)
{
    return (struct pv_entry){.cs = cb->cs, .eip = cb->eip, .mask_events = cb->mask_events};
}

bool pv_reflect(struct vcpu *v)
{
    const struct cpu_fault fault = v->virt.fault;
    struct pv *pv = pv_of(v);
    struct pv_entry e = entry_of(&pv->s.trap[fault.vector]);
    e.has_error = fault.has_error;
    e.error = fault.error;
    e.sets_rf = cpu_fault_sets_rf(&fault);
    e.vector = fault.vector;
    e.kind = EVENT_EXCEPTION;
    v->virt.fault_pending = false;
    if (!e.eip) {
        hv_kill(
            v->vm,
            "exception %u at 0x%08x (error 0x%x, CR2 0x%08x), and the guest has no handler for it",
            fault.vector, v->virt.s.eip, fault.error, fault.cr2);
        return false;
    }
    if (fault.vector == VEC_PF)
        pv_frame_write(v->vm, pv->s.shared_mfn, offsetof(struct pv_vcpu_info, cr2), 4, fault.cr2);
    v->vm->stats.exceptions_reflected++;
    hv_note(v->hv, ACTION_REFLECT, fault.vector, fault.error);
    hv_trace(v->hv, v->vm, TRACE_INJECT, fault.vector, fault.error, EVENT_EXCEPTION);
    return pv_bounce(v, &e);
}

bool pv_soft_interrupt(struct vcpu *v, unsigned vector)
{
    struct pv_entry e = entry_of(&pv_of(v)->s.trap[vector]);
    e.vector = (uint8_t)vector;
    e.kind = EVENT_SOFTWARE;
    return pv_bounce(v, &e);
}

bool pv_upcall(struct vcpu *v)
{
    struct pv *pv = pv_of(v);
    const struct pv_entry e = entry_of(&pv->s.event);
    v->vm->stats.interrupts_delivered++;
    return pv_bounce(v, &e);
}

bool pv_failsafe(struct vcpu *v)
{
    struct pv_entry e = entry_of(&pv_of(v)->s.failsafe);
    e.failsafe = true;
    return pv_bounce(v, &e);
}

int32_t pv_iret_to(struct vcpu *v, const uint32_t frame[6])
{
    struct cpu *c = &v->virt;
    uint32_t cs = frame[2] & 0xffffu, eflags = frame[3];
    if (!(cs & SEL_RPL) || (eflags & FLAG_VM)) {
        hv_kill(v->vm,
                "hypercall iret to %04x:%08x with EFLAGS 0x%08x: neither ring 0 nor virtual-8086 "
                "mode is a guest's",
                cs, frame[1], eflags);
        return -PV_EINVAL;
    }
    bool outer = (cs & SEL_RPL) == 3;
    c->s.gpr[R_ESP] = outer ? frame[4] : c->s.gpr[R_ESP] + 16;
    if (outer)
        c->s.seg[SEG_SS].sel = (uint16_t)frame[5];
    c->s.seg[SEG_CS].sel = (uint16_t)cs;
    c->s.cpl = (uint8_t)(cs & SEL_RPL);
    c->s.eip = frame[1];
    cpu_set_eflags(c, (eflags & GUEST_FLAGS) | FLAG_IF | FLAG_FIXED1);
    pv_set_upcall_mask(pv_of(v), !(eflags & FLAG_IF));
    return (int32_t)frame[0];
}

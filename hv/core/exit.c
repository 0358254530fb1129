/*
 * One exit from entry to decision: its record, the mode's classification, the VM's handler, and
 * what the handler asked for. Only this file moves EIP past an instruction and delivers what a
 * handler wants delivered.
 */
#include "core/internal.h"

#include <stddef.h>
#include <string.h>

/* ---------------------------------------- the record */

struct vm_exit *exit_open(struct hv *hv, struct vcpu *v, unsigned vector)
{
    const struct cpu *c = &hv->machine->cpu;
    struct vm_exit *x = &hv->ring[++hv->exits % HV_EXIT_RING];
    uint64_t in = c->s.bucket[BUCKET_transition_in] - hv->in_mark;
    memset(x, 0, offsetof(struct vm_exit, action)); /* of those, `actions` are valid */
    x->number = hv->exits;
    x->cycle = c->s.cycle - in;
    x->icount = c->s.icount;
    x->phase[PHASE_TRANSITION_IN] = (uint32_t)in;
    x->row = EXIT_NO_ROW;
    x->vector = (uint8_t)vector;
    x->vm = (uint8_t)(v ? v->vm->number : 0);
    hv->open = x;
    hv->phase_open = true;
    hv->phase = PHASE_TRANSITION_IN;
    hv->hook_phases = 0;
    if (SIM_UNLIKELY(hv->hooks.phase != NULL))
        hv->hooks.phase(hv->hooks.context, hv, x, PHASE_TRANSITION_IN, 0);
    return x;
}

/* Adds the phases up, and all to the counters. */
static void count(struct vm_stats *s, struct vm_exit *x)
{
    struct exit_counter *n = &s->exit[x->reason][x->outcome];
    uint64_t cycles = x->cycles;
    for (unsigned p = 0; p < HV_PHASES; p++) {
        cycles += x->phase[p];
        n->phase[p] += x->phase[p];
    }
    x->cycles = cycles;
    if (!n->count || cycles < n->min)
        n->min = cycles;
    if (cycles > n->max)
        n->max = cycles;
    n->count++;
    n->cycles += cycles;
    s->exits++;
}

void exit_close(struct hv *hv)
{
    struct vm_exit *x = hv->open;
    hv->in_mark = hv->machine->cpu.s.bucket[BUCKET_transition_in];
    if (!x)
        return;
    const struct vcpu *v = &hv->vm[x->vm]->cpu;
    x->eip_out = v->virt.s.eip;
    x->virtual_cpl_out = v->virt.s.cpl;
    count(&hv->vm[x->vm]->stats, x);
    hv->open = NULL;
    hv->phase_open = false;
    if (SIM_UNLIKELY(hv->hooks.closed != NULL))
        hv->hooks.closed(hv->hooks.context, hv, x);
    if (SIM_UNLIKELY(hv->sink.event != NULL)) {
        struct trace_event e = {
            .kind = TRACE_EXIT, .vm = x->vm, .cycle = x->cycle, .value = x->cycles, .exit = x};
        hv->sink.event(hv->sink.opaque, &e);
    }
}

/* ---------------------------------------- after the handler */

void hv_reflect(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    enum hv_phase before = hv_phase_set(v->hv, PHASE_INJECT);
    if (x)
        x->reflected = v->virt.fault.vector;
    v->vm->handlers.reflect(v);
    hv_phase_set(v->hv, before);
}

/* A single step or data breakpoint met by an instruction we carried out. */
static void report_traps(struct vcpu *v)
{
    struct cpu *c = &v->virt;
    if (SIM_LIKELY(!c->s.pending_db) || (c->s.shadow & SHADOW_SS) || v->vm->s.end != VM_RUNNING)
        return;
    if (v->repeats)
        return; /* when it is over */
    c->fault = (struct cpu_fault){.vector = VEC_DB, .trap = 1, .error = c->s.pending_db};
    c->fault_pending = true;
    c->s.pending_db = 0;
    hv_reflect(v);
}

static enum exit_outcome nonsense(struct vcpu *v, const struct vm_exit *x, const char *what)
{
    hv_kill(v->vm, "the handler of %s %s", exit_reason_names[x->reason], what);
    return OUTCOME_KILL;
}

static enum exit_outcome do_advance(struct vcpu *v, const struct vm_exit *x)
{
    if (!v->emulated) {
        if (x->row == EXIT_NO_ROW)
            return nonsense(v, x, "answered ADVANCE, but there is no instruction to pass");
        v->virt.s.eip += v->insn.len;
        v->virt.s.eflags &= ~FLAG_RF;
        account_instructions(v->hv, 1);
    }
    report_traps(v);
    return OUTCOME_ADVANCE;
}

static enum exit_outcome do_retry(struct vcpu *v, const struct vm_exit *x)
{
    if (v->emulated)
        return nonsense(v, x, "carried the instruction out and then answered RETRY");
    return OUTCOME_RETRY;
}

static enum exit_outcome do_reflect(struct vcpu *v, const struct vm_exit *x)
{
    if (!v->virt.fault_pending)
        return nonsense(v, x, "answered REFLECT without an exception to deliver");
    hv_reflect(v);
    return OUTCOME_REFLECT;
}

/* A software interrupt: its return address is the next instruction, but a fault on the way is of
 * this one, at x->eip. If it was not decoded it came through an open gate, and EIP stands behind
 * it. One that #GP brought here was not counted by the processor, one through a gate was. */
static enum exit_outcome do_inject(struct vcpu *v, const struct vm_exit *x)
{
    if (!v->inject_queued)
        return nonsense(v, x, "answered INJECT without saying what");
    enum hv_phase before = hv_phase_set(v->hv, PHASE_INJECT);
    if (x->row != EXIT_NO_ROW)
        v->virt.s.eip = x->eip + v->insn.len;
    v->virt.s.eflags &= ~FLAG_RF;
    bool done = v->vm->handlers.inject(v, v->inject_vector, (enum event_kind)v->inject_kind);
    hv_phase_set(v->hv, before);
    if (done) {
        v->hv->open->reflected = v->inject_vector;
        account_instructions(v->hv, x->vector == VEC_GP ? 1 : 0);
        return OUTCOME_INJECT;
    }
    account_instructions(v->hv, x->vector == VEC_GP ? 0 : -1);
    v->virt.s.eip = x->eip;
    if (v->virt.fault_pending)
        hv_reflect(v);
    return OUTCOME_REFLECT;
}

static enum exit_outcome do_kill(struct vcpu *v, const struct vm_exit *x)
{
    if (v->vm->s.end == VM_RUNNING)
        return nonsense(v, x, "answered KILL without a reason");
    return OUTCOME_KILL;
}

static enum exit_outcome finish(struct vcpu *v, const struct vm_exit *x, enum hv_action action)
{
    switch (action) {
    case HV_ADVANCE:
        return do_advance(v, x);
    case HV_RETRY:
        return do_retry(v, x);
    case HV_REFLECT:
        return do_reflect(v, x);
    case HV_INJECT:
        return do_inject(v, x);
    case HV_KILL:
        return do_kill(v, x);
    case HV_DEFAULT:
    default:
        return nonsense(v, x, "gave an answer that is none");
    }
}

static void conclude(struct vcpu *v, struct vm_exit *x, enum hv_action action)
{
    x->outcome = (uint8_t)finish(v, x, action);
    if (v->vm->s.end != VM_RUNNING && v->vm->s.end != VM_EXITED)
        x->outcome = OUTCOME_KILL;
    if (x->outcome != OUTCOME_ADVANCE)
        v->repeats = 0;
}

void exit_go_on(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    conclude(v, x, v->hv->mode->repeat(v, x));
}

void exit_handle(struct vcpu *v, struct vm_exit *x)
{
    struct hv *hv = v->hv;
    v->emulated = false;
    v->inject_queued = false;
    v->virt.fault_pending = false;
    vcpu_memo_drop(v);
    charge_now(hv, HV_COST_entry_save);
    hv->mode->capture(v);
    hv->entered = false;
    x->eip = v->virt.s.eip;
    x->virtual_cpl = v->virt.s.cpl;
    hv_phase_set(hv, PHASE_DECODE);
    charge_now(hv, HV_COST_classify);
    hv->mode->classify(v, x);

    enum hv_action action = HV_DEFAULT;
    hv_phase_set(hv, PHASE_EMULATE);
    if (v->vm->handlers.exit[x->reason])
        action = v->vm->handlers.exit[x->reason](v, x);
    if (action == HV_DEFAULT && hv->mode->handlers->exit[x->reason])
        action = hv->mode->handlers->exit[x->reason](v, x);
    conclude(v, x, action);
}

/* A hook wants to stop before the instruction that is next. */
static bool held(struct vcpu *v)
{
    const struct hv_hooks *hooks = &v->hv->hooks;
    uint32_t linear = v->virt.s.seg[SEG_CS].base + v->virt.s.eip;
    v->hv->held = hooks->instruction && hooks->instruction(hooks->context, v->hv, v, linear);
    return v->hv->held;
}

void hv_step(struct vcpu *v)
{
    bool begun = v->repeats;
    if (!begun) {
        if (SIM_UNLIKELY(v->hv->hooks.instruction != NULL) && held(v))
            return;
        vcpu_memo_drop(v);
        hv_note(v->hv, ACTION_EMULATED, v->virt.s.eip, 0);
    }
    bool ok = (begun || hv_decode(v)) && hv_emulate(v);
    if (v->vm->s.end != VM_RUNNING)
        return;
    if (!ok)
        hv_reflect(v);
    else
        report_traps(v);
}

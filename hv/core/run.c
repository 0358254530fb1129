/*
 * The run loop of every mode with a hypervisor: choose a virtual CPU, get it back into its guest,
 * let the hardware run until it enters the hypervisor, handle that.
 */
#include "core/internal.h"

/* Halted by an instruction that we carried out. */
static void block_if_halted(struct vcpu *v)
{
    if (!v->virt.s.halted || v->vm->s.end != VM_RUNNING)
        return;
    if (!(v->virt.s.eflags & FLAG_IF) && v->hv->mode->halt_needs_if) {
        vm_end_halted(v->vm, v->virt.s.eip);
        return;
    }
    v->s.run = VCPU_BLOCKED;
    sched_runs_as(v, VCPU_WAITING);
    hv_note(v->hv, ACTION_BLOCK, 0, 0);
}

/* Does something come due when the shadow of STI or MOV SS is over? */
static bool held_back(struct vcpu *v)
{
    const struct cpu_state *g = &v->virt.s;
    bool open = (g->eflags & FLAG_IF) || g->nmi_pending;
    return g->pending_db || (open && v->hv->mode->event_waiting(v));
}

/* The guest's registers for the IRET, and the IRET. */
static bool leave(struct vcpu *v)
{
    struct hv *hv = v->hv;
    struct cpu *c = &hv->machine->cpu;
    timer_program(hv);
    hv_phase_set(hv, PHASE_TRANSITION_OUT);
    charge_now(hv, HV_COST_exit_resume);
    uint64_t out = c->s.bucket[BUCKET_transition_out];
    uint64_t walks = c->s.bucket[BUCKET_tlb_walk];
    c->fault_pending = false;
    if (!cpu_iret(c)) {
        hv_kill(v->vm,
                "the guest's CS:EIP or SS cannot be resumed (IRET met exception %u, error %#x)",
                c->fault.vector, (unsigned)c->fault.error);
        own_enter_ring0(hv);
        return false;
    }
    walks = c->s.bucket[BUCKET_tlb_walk] - walks; /* walks inside a phase belong to it */
    c->s.bucket[BUCKET_tlb_walk] -= walks;
    c->s.bucket[BUCKET_transition_out] += walks;
    if (hv->open)
        hv->open->phase[PHASE_TRANSITION_OUT] +=
            (uint32_t)(c->s.bucket[BUCKET_transition_out] - out);
    if (hv->mode->committed)
        hv->mode->committed(v);
    return true;
}

bool hv_resume(struct vcpu *v)
{
    struct hv *hv = v->hv;
    const struct hv_mode *mode = hv->mode;
    for (;;) {
        block_if_halted(v);
        if (v->s.run != VCPU_READY)
            return false;
        if (hv_limit_reached(hv) || hv->break_request) {
            hv->suspended = true;
            return false;
        }
        if (!v->repeats && mode->event_ready(v)) {
            hv_phase_set(hv, PHASE_INJECT);
            mode->event_deliver(v);
            continue;
        }
        if (v->repeats || (v->virt.s.shadow && held_back(v))) {
            hv_step(v); /* one instruction behind STI or MOV SS, then the interrupt or #DB */
        } else {
            hv_phase_set(hv, PHASE_TRANSITION_OUT);
            if (mode->commit(v))
                break;
        }
        if (hv->held)
            return false;
        if (v->repeats)
            continue;                       /* a limit */
        if (hv_cycle(hv) >= timer_next(hv)) /* a guest carried out by hand may be so for long */
            timer_arrived(hv);
        if (hv_cycle(hv) >= v->s.slice_end)
            return false; /* a guest that lives on the hypervisor's hands has its turn like any
                             other */
    }
    if (!leave(v))
        return false;
    exit_close(hv);
    hv->resume_ready = true;
    return true;
}

/* What a stop of the hardware means. HV_STOP_NONE: go on. */
static enum hv_stop stopped(struct vcpu *v, enum cpu_stop stop)
{
    struct hv *hv = v->hv;
    struct cpu *c = &hv->machine->cpu;
    switch (stop) {
    case CPU_STOP_BUDGET:
        return HV_STOP_LIMIT;
    case CPU_STOP_ENTRY:
        hv->resume_ready = false;
        hv->entered = true;
        exit_handle(v, exit_open(hv, v, c->entry_vector));
        return HV_STOP_NONE;
    case CPU_STOP_REQUEST:
        return HV_STOP_BREAK;
    case CPU_STOP_PROBE:
        return HV_STOP_PROBE;
    case CPU_STOP_UNSUPPORTED:
        hv->mode->capture_stopped(v);
        vm_end(v->vm, VM_UNSUPPORTED, "%s", c->unsupported);
        break;
    default: /* a guest cannot do this: its faults, halts and ports are ours */
        vm_end(v->vm, VM_KILLED, "the machine stopped under the guest (cpu stop %d)", (int)stop);
        break;
    }
    hv->resume_ready = false;
    own_enter_ring0(hv);
    return HV_STOP_NONE;
}

static bool all_ended(const struct hv *hv)
{
    for (unsigned n = 0; n < hv->vms; n++)
        if (hv->vm[n]->s.end == VM_RUNNING && hv->vm[n]->cpu.s.run != VCPU_DEAD)
            return false;
    return true;
}

static bool suspended(const struct hv *hv)
{
    return hv->held || hv->suspended;
}

static enum hv_stop turn(struct hv *hv)
{
    if (hv->break_request)
        return HV_STOP_BREAK;
    if (SIM_UNLIKELY(hv->current && hv->current->repeats) && !suspended(hv)) {
        if (hv_limit_reached(hv))
            return HV_STOP_LIMIT;
        exit_go_on(hv->current);
        return HV_STOP_NONE;
    }
    if (!hv->resume_ready) {
        struct vcpu *v = suspended(hv) ? hv->current : sched_pick(hv);
        hv->held = hv->suspended = false;
        if (!v && all_ended(hv))
            return HV_STOP_ENDED;
        if (!v)
            return hv_idle(hv);
        if (!hv_resume(v))
            return hv->held ? HV_STOP_PROBE : hv_limit_reached(hv) ? HV_STOP_LIMIT : HV_STOP_NONE;
    }
    if (hv_limits_reached(hv, hv->exits))
        return HV_STOP_LIMIT;
    return stopped(hv->current, cpu_run(&hv->machine->cpu, hv->limits.cycle, hv->limits.icount));
}

enum hv_stop hv_run_guests(struct hv *hv, const struct hv_limits *limits)
{
    enum hv_stop stop = HV_STOP_NONE;
    hv->limits = (struct hv_limits){.cycle = limits->cycle ? limits->cycle : UINT64_MAX,
                                    .icount = limits->icount ? limits->icount : UINT64_MAX,
                                    .exits = limits->exits ? limits->exits : UINT64_MAX};
    hv->break_request = false;
    while (stop == HV_STOP_NONE)
        stop = turn(hv);
    if (stop == HV_STOP_ENDED)
        exit_close(hv);
    account_switch(hv, hv->current ? hv->current->vm : NULL);
    return stop;
}

enum hv_stop hv_run(struct hv *hv, const struct hv_limits *limits)
{
    return hv->mode->run(hv, limits);
}

void hv_break(struct hv *hv)
{
    hv->break_request = true;
    hv->machine->cpu.stop = CPU_STOP_REQUEST;
    cpu_kick(&hv->machine->cpu);
}

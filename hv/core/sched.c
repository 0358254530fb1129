/*
 * Round robin over the VMs' virtual CPUs, the physical timer, and idling.
 *
 * The physical local APIC is programmed one-shot for the earliest of all virtual deadlines and the
 * end of the slice. Every arrival is an exit that costs what an exit costs; nothing is polled for
 * free.
 */
#include "core/internal.h"

/* ---------------------------------------- the timer */

static bool others_ready(const struct hv *hv, const struct vcpu *v)
{
    for (unsigned n = 0; n < hv->vms; n++)
        if (&hv->vm[n]->cpu != v && hv->vm[n]->cpu.s.run == VCPU_READY)
            return true;
    return false;
}

uint64_t timer_next(const struct hv *hv)
{
    uint64_t next = hv->poke ? hv_cycle(hv) : CLOCK_NEVER;
    for (unsigned n = 0; n < hv->vms; n++) {
        uint64_t d = vm_next_deadline(hv->vm[n]);
        next = d < next ? d : next;
    }
    const struct vcpu *v = hv->current;
    if (v && v->s.run == VCPU_READY && v->s.slice_end < next && others_ready(hv, v))
        next = v->s.slice_end;
    return next;
}

/* What lies between programming the timer and the guest's first instruction; its IRET may walk for
 * code, stack and descriptors. */
static uint64_t way_back(const struct cost_profile *p)
{
    return (uint64_t)p->hv.cycles[HV_COST_exit_resume] + p->hw.cycles[COST_iret_outer] +
           8ull * p->hw.cycles[COST_walk_ref];
}

/*
 * A deadline that is past or nearly so is put a microsecond behind the guest's first instruction,
 * so that a guest gets on between two interrupts however close it asked for them.
 */
void timer_program(struct hv *hv)
{
    const struct cost_profile *p = hv->config.profile;
    uint64_t next = timer_next(hv);
    uint64_t soonest = hv_cycle(hv) + way_back(p) + p->clock_hz / 1000000u + 1;
    if (next == hv->armed || (next < soonest && hv->armed != CLOCK_NEVER && hv->armed <= soonest))
        return;
    if (next < soonest)
        next = soonest;
    hv->armed = next;
    hv_phase_set(hv, PHASE_SCHEDULE);
    hv_charge(hv, HV_COST_timer_program);
    hv_note(hv, ACTION_TIMER, (uint32_t)next, (uint32_t)(next >> 32));
    pc_apic_timer_oneshot(hv->machine->pc, HV_TIMER_VECTOR, next);
}

static void fire(struct vm *vm)
{
    if (vm->s.end != VM_RUNNING || clock_next(&vm->clock) > clock_now(&vm->clock))
        return;
    bool pending = vm->cpu.virt.s.intr;
    vm_clock_run(vm);
    if (pending && vm->hv->current != &vm->cpu)
        vm->stats.ticks_collapsed++;
    if (vm->hv->mode->ticked)
        vm->hv->mode->ticked(vm);
}

void timer_arrived(struct hv *hv)
{
    hv->armed = CLOCK_NEVER;
    hv->poke = false;
    pc_apic_eoi(hv->machine->pc);
    hv_charge_hw(hv, COST_apic_mmio_write);
    for (unsigned n = 0; n < hv->vms; n++)
        fire(hv->vm[n]);
}

/* ---------------------------------------- choosing */

static void wake_blocked(struct hv *hv)
{
    for (unsigned n = 0; n < hv->vms; n++) {
        struct vcpu *v = &hv->vm[n]->cpu;
        if (v->s.run != VCPU_BLOCKED || !hv->mode->event_waiting(v))
            continue;
        v->s.run = VCPU_READY;
        v->virt.s.halted = 0;
        v->s.ready_since = hv_cycle(hv);
        sched_runs_as(v, v == hv->current ? VCPU_RUNNING : VCPU_RUNNABLE);
    }
}

static struct vcpu *next_ready(struct hv *hv)
{
    for (unsigned i = 0; i < hv->vms; i++) {
        unsigned n = (hv->next_vm + i) % hv->vms;
        if (hv->vm[n]->cpu.s.run == VCPU_READY) {
            hv->next_vm = (n + 1) % hv->vms;
            return &hv->vm[n]->cpu;
        }
    }
    return NULL;
}

/* The processor was from's until now, the switch included (v's, if there was nobody before); from
 * now on it is v's, and `from` waits if it is ready. */
static void hand_over(struct hv *hv, struct vcpu *from, struct vcpu *v)
{
    uint64_t now = hv_cycle(hv), waited = from ? now - v->s.ready_since : 0;
    account_switch(hv, from ? from->vm : v->vm);
    if (from && from->s.run == VCPU_READY) {
        from->s.ready_since = now;
        sched_runs_as(from, VCPU_RUNNABLE);
    }
    sched_runs_as(v, VCPU_RUNNING);
    v->vm->stats.switches_in++;
    v->vm->stats.steal_cycles += waited;
    v->s.slice_end = now + hv->config.slice_cycles;
    hv_trace(hv, v->vm, TRACE_SWITCH, from ? from->vm->number : 0xffu, v->vm->number, waited);
}

static void switch_to(struct hv *hv, struct vcpu *v)
{
    struct vcpu *from = hv->current;
    unsigned from_vm = from ? from->vm->number : 0xffu;
    hv_charge(hv, HV_COST_world_switch);
    hv_note(hv, ACTION_SWITCH, from_vm, v->vm->number);
    if (from)
        hv->mode->switch_out(from);
    hv->current = v;
    own_load(hv, v->vm->number);
    hv->mode->switch_in(v);
    hand_over(hv, from, v);
}

struct vcpu *sched_pick(struct hv *hv)
{
    struct vcpu *v = hv->current;
    wake_blocked(hv);
    if (v && v->s.run == VCPU_READY) {
        if (hv_cycle(hv) < v->s.slice_end)
            return v;
        if (!others_ready(hv, v)) {
            v->s.slice_end = hv_cycle(hv) + hv->config.slice_cycles;
            return v;
        }
    }
    hv_phase_set(hv, PHASE_SCHEDULE);
    v = next_ready(hv);
    if (!v)
        return NULL;
    hv_charge(hv, HV_COST_schedule);
    if (v == hv->current)
        v->s.slice_end = hv_cycle(hv) + hv->config.slice_cycles;
    else
        switch_to(hv, v);
    return v;
}

/* ---------------------------------------- idling */

/* A physical interrupt that ends the hypervisor's own HLT. */
static void take_interrupt(struct hv *hv)
{
    struct cpu *c = &hv->machine->cpu;
    struct vm_exit *x;
    c->next_deadline(c->owner); /* the machine's devices are brought up to date */
    if (c->s.intr)
        c->ops->intr_ack(c);
    c->events[COST_irq_deliver]++;
    cpu_charge_cycles(c, BUCKET_transition_in, c->costs->cycles[COST_irq_deliver]);
    x = exit_open(hv, hv->current, HV_TIMER_VECTOR);
    x->reason = EXIT_EXTERNAL_INTERRUPT;
    x->outcome = OUTCOME_RETRY;
    x->idle = 1;
    x->q.irq.vector = HV_TIMER_VECTOR;
    if (hv->current)
        x->eip = hv->current->virt.s.eip;
    hv_phase_set(hv, PHASE_SCHEDULE);
    timer_arrived(hv);
}

/* What the blocked wait for: TIME if it can wake one of them. Those that nothing can wake are ended
 * here. */
static enum pc_wake what_wakes(struct hv *hv)
{
    enum pc_wake most = hv->poke ? PC_WAKE_TIME : PC_WAKE_NEVER;
    for (unsigned n = 0; n < hv->vms; n++) {
        struct vcpu *v = &hv->vm[n]->cpu;
        if (v->s.run != VCPU_BLOCKED)
            continue;
        enum pc_wake wake = hv->mode->what_wakes(v);
        if (wake == PC_WAKE_NEVER)
            vm_end_asleep(hv->vm[n]);
        most = wake > most ? wake : most;
    }
    return most;
}

enum hv_stop hv_idle(struct hv *hv)
{
    struct cpu *c = &hv->machine->cpu;
    enum pc_wake wake = what_wakes(hv);
    uint64_t until;
    timer_program(hv);
    exit_close(hv);
    account_switch(hv, hv->current ? hv->current->vm : NULL);
    if (wake == PC_WAKE_NEVER)
        return HV_STOP_NONE; /* the last of them has ended */
    if (wake == PC_WAKE_INPUT || hv->armed == CLOCK_NEVER)
        return HV_STOP_INPUT;
    until = hv->armed < hv->limits.cycle ? hv->armed : hv->limits.cycle;
    if (until > c->s.cycle) {
        hv_trace(hv, NULL, TRACE_IDLE, 0, 0, until - c->s.cycle);
        cpu_charge_cycles(c, BUCKET_idle, until - c->s.cycle);
        account_switch(hv, NULL);
    }
    if (hv_limit_reached(hv))
        return HV_STOP_LIMIT;
    take_interrupt(hv);
    return HV_STOP_NONE;
}

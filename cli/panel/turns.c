/*
 * Whose turn it was: a timeline for each VM, of when it had the processor and when it waited for
 * it, from what the trace says of switches and idling. What a VM had and waited adds up to the
 * report's figures.
 */
#include "panel/driver.h"

#define NOBODY SNAP_VMS

static bool put(struct vm_turns *v, uint64_t cycle, enum snap_turn how)
{
    if (v->now == how)
        return true;
    const struct span span = {.begin = cycle > v->since ? cycle : v->since, .class = (uint8_t)how};
    v->now = how;
    v->since = span.begin;
    return timeline_add(v->time, &span);
}

/* From a cycle on the processor is another VM's, which waited so long for it, or nobody's. */
static bool give(struct turns *t, uint64_t cycle, unsigned vm, uint64_t waited)
{
    bool good = true;
    if (vm == t->owner)
        return true;
    if (t->owner != NOBODY)
        good = put(&t->vm[t->owner], cycle, TURN_none);
    if (vm != NOBODY && waited)
        good = put(&t->vm[vm], cycle - waited, TURN_waits) && good;
    if (vm != NOBODY)
        good = put(&t->vm[vm], cycle, TURN_has) && good;
    t->owner = vm;
    return good;
}

bool turns_event(struct turns *t, const struct trace_event *e)
{
    const unsigned owner = t->owner;
    if (e->kind == TRACE_SWITCH) /* the first one had it from the beginning */
        return give(t, e->a < SNAP_VMS ? e->cycle : t->begin, e->b, e->value);
    if (e->kind != TRACE_IDLE)
        return true;
    return give(t, e->cycle, NOBODY, 0) && give(t, e->cycle + e->value, owner, 0);
}

static enum snap_turn turn_of(const struct hv *hv, unsigned vm, unsigned owner)
{
    if (vm == owner)
        return TURN_has;
    bool ready = hv->mode->has_hypervisor && hv->vm[vm]->s.end == VM_RUNNING &&
                 hv->vm[vm]->cpu.s.run == VCPU_READY;
    return ready ? TURN_waits : TURN_none;
}

bool turns_begin(struct turns *t, const struct hv *hv, uint64_t cycle)
{
    bool good = true;
    t->begin = cycle;
    t->owner = !hv->mode->has_hypervisor ? 0 : hv->current ? hv->current->vm->number : NOBODY;
    for (unsigned i = 0; i < hv->vms; i++) {
        struct vm_turns *v = &t->vm[i];
        const struct span span = {.begin = cycle, .class = (uint8_t)turn_of(hv, i, t->owner)};
        timeline_cut(v->time, cycle);
        v->now = (enum snap_turn)span.class;
        v->since = cycle;
        good = timeline_add(v->time, &span) && good;
    }
    return good;
}

bool turns_present(struct turns *t, const struct hv *hv, uint64_t cycle)
{
    bool good = true;
    for (unsigned i = 0; i < hv->vms; i++) {
        enum snap_turn how = turn_of(hv, i, t->owner);
        if (how == TURN_waits)
            good = put(&t->vm[i], hv->vm[i]->cpu.s.ready_since, how) && good;
        else if (t->vm[i].now == TURN_waits) /* it was ended while it did */
            good = put(&t->vm[i], cycle, how) && good;
        timeline_reach(t->vm[i].time, cycle);
    }
    return good;
}

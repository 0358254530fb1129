/*
 * Hooks: what a session is told while the hypervisor runs, beside the trace.
 *
 * Like a trace sink they are called inside the run, must not call back into the hypervisor (reading
 * is allowed, and hv_break, hv_set_hooks, hv_probe_changed, cpu_probe_stop), and cost the guest
 * nothing. A mode without a hypervisor calls none.
 */
#ifndef HV_HOOK_H
#define HV_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/exit.h"
#include "sim/cpu.h"

struct hv;
struct vcpu;

struct hv_hooks {
    void *context; /* all of them may be null */
    /*
     * Inside the open exit, before the first thing happens in a phase that differs from the one
     * before. The first call of an exit is PHASE_TRANSITION_IN: hardware has delivered, nothing was
     * done yet. `n` counts the calls of this exit from 0.
     */
    void (*phase)(void *context, struct hv *hv, const struct vm_exit *open, enum hv_phase phase,
                  unsigned n);
    /* The exit's record is complete (as TRACE_EXIT, and before it). */
    void (*closed)(void *context, struct hv *hv, const struct vm_exit *x);
    /*
     * The hypervisor is about to carry out one more instruction at linear address for v (not the
     * one the exit is about). True: hv_run returns HV_STOP_PROBE before it, in the middle of the
     * exit; the next hv_run goes on there and asks again.
     */
    bool (*instruction)(void *context, struct hv *hv, struct vcpu *v, uint32_t linear);
    /*
     * The hypervisor has made a frame on the guest kernel's stack, as hardware makes it, and v
     * holds the kernel's registers (pv; elsewhere a probe's `event` tells). user: a program was
     * interrupted, not the kernel itself. An event's upcall is EVENT_EXTERNAL of vector 0.
     */
    void (*bounced)(void *context, struct hv *hv, struct vcpu *v, unsigned vector,
                    enum event_kind kind, uint32_t error, bool user);
};

#endif

/*
 * The account of the hypervisor's work: phases of the open exit, atomic cost keys, sub-actions, and
 * what a VM's share of the machine's buckets is.
 */
#include "core/internal.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)BUCKET_transition_out - (int)BUCKET_transition_in == HV_PHASES - 1 &&
                   (int)BUCKET_decode - (int)BUCKET_transition_in == PHASE_DECODE &&
                   (int)BUCKET_schedule - (int)BUCKET_transition_in == PHASE_SCHEDULE,
               "phases are buckets in the same order");

static void charge_cycles(struct hv *hv, enum sim_bucket otherwise, uint64_t cycles)
{
    if (SIM_UNLIKELY(hv->quiet))
        return;
    enum sim_bucket bucket = hv->phase_open ? hv_phase_bucket(hv->phase) : otherwise;
    if (hv->open)
        hv->open->phase[hv->phase] += (uint32_t)cycles;
    cpu_charge_cycles(&hv->machine->cpu, bucket, cycles);
}

void hv_charge_n(struct hv *hv, enum hv_cost key, unsigned n)
{
    hv->events[key] += n;
    charge_cycles(hv, (enum sim_bucket)hv_cost_buckets[key],
                  (uint64_t)hv->config.profile->hv.cycles[key] * n);
}

void hv_charge(struct hv *hv, enum hv_cost key)
{
    charge_now(hv, key);
}

void hv_charge_hw(struct hv *hv, enum sim_cost key)
{
    hv->machine->cpu.events[key]++;
    charge_cycles(hv, BUCKET_schedule, hv->config.profile->hw.cycles[key]);
}

static SIM_NOINLINE void tell_phase(struct hv *hv)
{
    if (hv->open && !hv->quiet)
        hv->hooks.phase(hv->hooks.context, hv, hv->open, hv->phase, ++hv->hook_phases);
}

enum hv_phase hv_phase_set(struct hv *hv, enum hv_phase phase)
{
    enum hv_phase before = hv->phase;
    hv->phase = phase;
    if (SIM_UNLIKELY(hv->hooks.phase != NULL) && phase != before)
        tell_phase(hv);
    return before;
}

void hv_note(struct hv *hv, enum exit_action_kind kind, uint32_t a, uint32_t b)
{
    struct vm_exit *x = hv->open;
    if (!x || hv->quiet)
        return;
    if (x->actions == EXIT_MAX_ACTIONS) {
        if (x->actions_dropped < UINT8_MAX)
            x->actions_dropped++;
        return;
    }
    x->action[x->actions++] = (struct exit_action){.kind = (uint8_t)kind, .a = a, .b = b};
}

void hv_trace(struct hv *hv, const struct vm *vm, enum trace_kind kind, uint32_t a, uint32_t b,
              uint64_t value)
{
    if (SIM_LIKELY(!hv->sink.event))
        return;
    struct trace_event e = {.kind = kind,
                            .vm = (uint8_t)(vm ? vm->number : 0xffu),
                            .cycle = hv_cycle(hv),
                            .a = a,
                            .b = b,
                            .value = value,
                            .exit = hv->open};
    hv->sink.event(hv->sink.opaque, &e);
}

void account_switch(struct hv *hv, struct vm *vm)
{
    struct cpu *c = &hv->machine->cpu;
    cpu_settle(c);
    if (vm) {
        for (unsigned b = 0; b < SIM_BUCKETS; b++)
            vm->stats.bucket[b] += c->s.bucket[b] - hv->bucket_mark[b];
        vm->stats.insns_user += c->s.insns_user - hv->insn_mark[0];
        vm->stats.insns_kernel += c->s.insns_kernel - hv->insn_mark[1];
    }
    memcpy(hv->bucket_mark, c->s.bucket, sizeof(hv->bucket_mark));
    hv->insn_mark[0] = c->s.insns_user;
    hv->insn_mark[1] = c->s.insns_kernel;
}

void account_instructions(struct hv *hv, int n)
{
    hv->machine->cpu.s.icount += (uint64_t)n;
    hv->machine->cpu.s.rep_extra += (uint64_t)n;
}

uint64_t hv_cycle(const struct hv *hv)
{
    return hv->machine->cpu.s.cycle;
}

uint64_t hv_icount(const struct hv *hv)
{
    return hv->machine->cpu.s.icount;
}

void exit_note_access(struct hv *hv, uint16_t port, uint32_t gpa, unsigned size, bool write,
                      uint32_t value)
{
    struct vm_exit *x = hv->open;
    if (gpa)
        hv_note(hv, ACTION_MMIO, gpa, value);
    else
        hv_note(hv, ACTION_PORT, (uint32_t)port | (size << 16) | (write ? 1u << 31 : 0), value);
    if (!x || (x->reason != EXIT_IO_INSTRUCTION && x->reason != EXIT_segment_assist))
        return;
    x->q.io.port = port;
    x->q.io.gpa = gpa;
    x->q.io.size = (uint8_t)size;
    x->q.io.write = write;
    x->q.io.value = value;
    x->q.io.count++;
}

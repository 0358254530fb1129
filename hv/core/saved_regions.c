/*
 * The list of all state: which structs, in which order, field by field.
 *
 * What is not in it: configuration, wires, what a cache holds, and what is derived from the rest
 * (hv/core/saved.c says by whom).
 */
#include "core/saved.h"

#include <assert.h>
#include <string.h>

/* ---------------------------------------- the hypervisor's */

static const struct state_field hv_fields[] = {
    STATE_FIELD(saved_hv, exits),     STATE_FIELD(saved_hv, armed),
    STATE_FIELD(saved_hv, in_mark),   STATE_ARRAY(saved_hv, bucket_mark),
    STATE_ARRAY(saved_hv, insn_mark), STATE_FIELD(saved_hv, deal_count),
    STATE_FIELD(saved_hv, next_vm),   STATE_FIELD(saved_hv, current),
    STATE_FIELD(saved_hv, phase),     STATE_FIELD(saved_hv, hook_phases),
    STATE_FIELD(saved_hv, open),      STATE_FIELD(saved_hv, phase_open),
    STATE_FIELD(saved_hv, poke),      STATE_FIELD(saved_hv, resume_ready),
    STATE_FIELD(saved_hv, suspended),
};
static STATE_DESC(hv_desc, saved_hv, 1, hv_fields);

static const struct state_field exit_fields[] = {
    STATE_FIELD(vm_exit, number),
    STATE_FIELD(vm_exit, cycle),
    STATE_FIELD(vm_exit, icount),
    STATE_FIELD(vm_exit, cycles),
    STATE_ARRAY(vm_exit, phase),
    STATE_FIELD(vm_exit, eip),
    STATE_FIELD(vm_exit, eip_out),
    STATE_FIELD(vm_exit, error),
    STATE_FIELD(vm_exit, cr2),
    STATE_FIELD(vm_exit, frame_eflags),
    STATE_FIELD(vm_exit, frame_esp),
    STATE_FIELD(vm_exit, frame_cs),
    STATE_FIELD(vm_exit, frame_ss),
    STATE_FIELD(vm_exit, row),
    STATE_FIELD(vm_exit, vm),
    STATE_FIELD(vm_exit, reason),
    STATE_FIELD(vm_exit, outcome),
    STATE_FIELD(vm_exit, vector),
    STATE_FIELD(vm_exit, has_error),
    STATE_FIELD(vm_exit, real_cpl),
    STATE_FIELD(vm_exit, virtual_cpl),
    STATE_FIELD(vm_exit, virtual_cpl_out),
    STATE_FIELD(vm_exit, idle),
    STATE_FIELD(vm_exit, reflected),
    STATE_FIELD(vm_exit, byte_count),
    STATE_FIELD(vm_exit, actions),
    STATE_FIELD(vm_exit, actions_dropped),
    STATE_ARRAY(vm_exit, bytes),
    STATE_ARRAY(vm_exit, q.raw),
    STATE_BYTES(vm_exit, action),
};
static STATE_DESC(exit_desc, vm_exit, 1, exit_fields);
_Static_assert(sizeof(struct exit_action) == 12, "no padding");
_Static_assert(sizeof(union exit_qualification) == sizeof(((struct vm_exit *)0)->q.raw),
               "raw is all of it");

static const struct state_field frame_fields[] = {
    STATE_FIELD(frame, owner),     STATE_FIELD(frame, type),  STATE_FIELD(frame, pinned),
    STATE_FIELD(frame, validated), STATE_FIELD(frame, refs),  STATE_FIELD(frame, type_refs),
    STATE_FIELD(frame, gfn),       STATE_FIELD(frame, stamp), STATE_FIELD(frame, given_back),
};
static STATE_DESC(frame_desc, frame, 1, frame_fields);

/* Arrays of plain numbers: a struct of one. */
struct saved_word {
    uint32_t value;
};
static const struct state_field word_fields[] = {STATE_FIELD(saved_word, value)};
static STATE_DESC(word_desc, saved_word, 1, word_fields);

struct saved_count {
    uint64_t value;
};
static const struct state_field count_fields[] = {STATE_FIELD(saved_count, value)};
static STATE_DESC(count_desc, saved_count, 1, count_fields);

/* ---------------------------------------- a VM's */

static const struct state_field p2m_fields[] = {
    STATE_FIELD(p2m_entry, mfn),
    STATE_FIELD(p2m_entry, type),
    STATE_FIELD(p2m_entry, trace),
    STATE_FIELD(p2m_entry, reserved),
};
static STATE_DESC(p2m_desc, p2m_entry, 1, p2m_fields);

static const struct state_field vcpu_fields[] = {
    STATE_BYTES(saved_vcpu, memo),
    STATE_FIELD(saved_vcpu, fault_error),
    STATE_FIELD(saved_vcpu, fault_cr2),
    STATE_FIELD(saved_vcpu, stop),
    STATE_FIELD(saved_vcpu, repeats),
    STATE_FIELD(saved_vcpu, fault_vector),
    STATE_FIELD(saved_vcpu, fault_has_error),
    STATE_FIELD(saved_vcpu, fault_trap),
    STATE_FIELD(saved_vcpu, fault_pending),
    STATE_FIELD(saved_vcpu, seg_dirty),
    STATE_FIELD(saved_vcpu, mmu_dirty),
    STATE_FIELD(saved_vcpu, emulated),
    STATE_FIELD(saved_vcpu, inject_queued),
    STATE_FIELD(saved_vcpu, inject_vector),
    STATE_FIELD(saved_vcpu, inject_kind),
    STATE_FIELD(saved_vcpu, insn_mode),
    STATE_ARRAY(saved_vcpu, insn_bytes),
    STATE_ARRAY(saved_vcpu, unsupported),
};
static STATE_DESC(vcpu_desc, saved_vcpu, 1, vcpu_fields);

#define COUNTERS(member)                                                                           \
    {                                                                                              \
#member, (uint32_t)offsetof(struct vm_stats, member), 8,                                   \
            (uint32_t)(sizeof(((struct vm_stats *)0)->member) / 8)                                 \
    }
static const struct state_field stats_fields[] = {
    COUNTERS(exit),
    COUNTERS(exits),
    COUNTERS(bucket),
    COUNTERS(insns_user),
    COUNTERS(insns_kernel),
    COUNTERS(insns_emulated),
    COUNTERS(silent_total),
    COUNTERS(silent),
    COUNTERS(mmu),
    COUNTERS(interrupts_delivered),
    COUNTERS(exceptions_reflected),
    COUNTERS(ticks_collapsed),
    COUNTERS(steal_cycles),
    COUNTERS(switches_in),
    COUNTERS(port_reads),
    COUNTERS(port_writes),
    COUNTERS(mmio_accesses),
    COUNTERS(sectors_read),
    COUNTERS(sectors_written),
    COUNTERS(bytes_out),
    COUNTERS(hypercalls),
    COUNTERS(hypercalls_refused),
};
static STATE_DESC(stats_desc, vm_stats, 1, stats_fields);

static const struct state_field silent_fields[] = {
    STATE_FIELD(silent_event, number), STATE_FIELD(silent_event, cycle),
    STATE_FIELD(silent_event, icount), STATE_FIELD(silent_event, eip),
    STATE_FIELD(silent_event, trap),   STATE_FIELD(silent_event, byte_count),
    STATE_ARRAY(silent_event, bytes),  STATE_FIELD(silent_event, lost_if),
    STATE_FIELD(silent_event, what),   STATE_FIELD(silent_event, row),
    STATE_FIELD(silent_event, did),    STATE_FIELD(silent_event, expected),
};
static STATE_DESC(silent_desc, silent_event, 1, silent_fields);

static const struct state_field notes_fields[] = {
    STATE_FIELD(vm, silent_kept),
    STATE_ARRAY(vm, end_text),
};
static STATE_DESC(notes_desc, vm, 1, notes_fields);

/* ---------------------------------------- the list */

void saved_add(struct saved *saved, const char *name, int vm, const struct state_desc *desc,
               void *data, uint32_t count)
{
    assert(saved->count < SAVED_REGIONS);
    saved->region[saved->count++] =
        (struct state_region){.name = name, .desc = desc, .data = data, .count = count, .vm = vm};
}

void saved_add_record(struct saved *saved, const char *name, int vm, const struct state_desc *desc,
                      void *data, uint32_t count)
{
    saved_add(saved, name, vm, desc, data, count);
    saved->region[saved->count - 1].record = true;
}

static void add_blobs(struct saved *saved, int vm, const struct state_blob *blobs, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        saved_add(saved, blobs[i].desc->name, vm, blobs[i].desc, blobs[i].data, 1);
}

static void list_shared(struct hv *hv, struct saved *saved)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS] = {{NULL, NULL, 0}};
    add_blobs(saved, SAVED_SHARED, blobs, machine_state(hv->machine, blobs, MACHINE_MAX_BLOBS));
    saved_add_record(saved, "hardware events", SAVED_SHARED, &count_desc, hv->machine->cpu.events,
                     SIM_COSTS);
    saved_add_record(saved, "hypervisor", SAVED_SHARED, &hv_desc, &saved->hv, 1);
    if (!hv->mode->has_hypervisor)
        return;
    saved_add_record(saved, "events", SAVED_SHARED, &count_desc, hv->events, HV_COSTS);
    saved_add_record(saved, "exits", SAVED_SHARED, &exit_desc, hv->ring, HV_EXIT_RING);
    saved_add(saved, "frames", SAVED_SHARED, &frame_desc, hv->frames, hv->frame_count);
    saved_add(saved, "deal", SAVED_SHARED, &word_desc, hv->deal, hv->frame_count);
}

static void list_vm(struct hv *hv, unsigned n, struct saved *saved)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS] = {{NULL, NULL, 0}};
    struct vm *vm = hv->vm[n];
    int id = (int)n;
    saved_add(saved, "vm", id, &vm_state_desc, &vm->s, 1);
    saved_add(saved, "vcpu", id, &vcpu_state_desc, &vm->cpu.s, 1);
    saved_add_record(saved, "stats", id, &stats_desc, &vm->stats, 1);
    saved_add_record(saved, "notes", id, &notes_desc, vm, 1);
    if (!hv->mode->has_hypervisor)
        return;
    saved_add(saved, "virtual cpu", id, &cpu_state_desc, &vm->cpu.virt.s, 1);
    saved_add(saved, "exit in hand", id, &vcpu_desc, &saved->vcpu[n], 1);
    saved_add(saved, "clock", id, &clock_state_desc, &vm->clock.s, 1);
    add_blobs(saved, id, blobs, pc_state(vm->pc, blobs, MACHINE_MAX_BLOBS));
    saved_add(saved, "p2m", id, &p2m_desc, vm->p2m, vm->pages);
    saved_add_record(saved, "silent", id, &silent_desc, vm->silent, VM_SILENT_KEPT);
    saved_add_record(saved, "silent_last", id, &silent_desc, &vm->silent_last, 1);
    saved_add_record(saved, "silent_bites", id, &silent_desc, &vm->silent_bites, 1);
    hv->mode->saved(vm, saved);
}

void saved_list(struct hv *hv, struct saved *saved)
{
    saved->count = 0;
    list_shared(hv, saved);
    for (unsigned n = 0; n < hv->vms; n++)
        list_vm(hv, n, saved);
}

/* ---------------------------------------- gathered numbers */

static void gather_hv(const struct hv *hv, struct saved_hv *s)
{
    *s = (struct saved_hv){
        .exits = hv->exits,
        .armed = hv->armed,
        .in_mark = hv->in_mark,
        .insn_mark = {hv->insn_mark[0], hv->insn_mark[1]},
        .deal_count = hv->deal_count,
        .next_vm = hv->next_vm,
        .current = hv->current ? hv->current->vm->number + 1 : 0,
        .phase = hv->phase_open ? (uint32_t)hv->phase : 0,
        .open = hv->open != NULL,
        .phase_open = hv->phase_open,
        .poke = hv->poke,
        .resume_ready = hv->resume_ready,
        .suspended = hv->suspended || hv->held,
        .hook_phases = hv->hook_phases,
    };
    memcpy(s->bucket_mark, hv->bucket_mark, sizeof(s->bucket_mark));
}

static void gather_vcpu(const struct vcpu *v, struct saved_vcpu *s)
{
    const struct cpu *c = &v->virt;
    *s = (struct saved_vcpu){
        .fault_error = c->fault.error,
        .fault_cr2 = c->fault.cr2,
        .stop = (uint32_t)c->stop,
        .repeats = v->repeats,
        .fault_vector = c->fault.vector,
        .fault_has_error = c->fault.has_error,
        .fault_trap = c->fault.trap,
        .fault_pending = c->fault_pending,
        .seg_dirty = v->seg_dirty,
        .mmu_dirty = v->mmu_dirty,
        .emulated = v->emulated,
        .inject_queued = v->inject_queued,
        .inject_vector = v->inject_vector,
        .inject_kind = v->inject_kind,
        .insn_mode = v->insn_mode,
    };
    memcpy(s->insn_bytes, v->insn_bytes, sizeof(s->insn_bytes));
    memcpy(s->unsupported, c->unsupported, sizeof(s->unsupported));
    for (unsigned i = 0; i < VCPU_MEMO; i++) {
        s->memo[i][0] = v->memo[i].key;
        s->memo[i][1] = v->memo[i].frame;
    }
}

static void put_hv(struct hv *hv, const struct saved_hv *s)
{
    hv->exits = s->exits;
    hv->armed = s->armed;
    hv->in_mark = s->in_mark;
    memcpy(hv->bucket_mark, s->bucket_mark, sizeof(hv->bucket_mark));
    hv->insn_mark[0] = s->insn_mark[0];
    hv->insn_mark[1] = s->insn_mark[1];
    hv->deal_count = s->deal_count;
    hv->next_vm = s->next_vm;
    hv->current = s->current ? &hv->vm[s->current - 1]->cpu : NULL;
    hv->phase = (enum hv_phase)s->phase;
    hv->phase_open = s->phase_open;
    hv->open = s->open ? &hv->ring[s->exits % HV_EXIT_RING] : NULL;
    hv->poke = s->poke;
    hv->resume_ready = s->resume_ready;
    hv->suspended = s->suspended;
    hv->held = false;
    hv->hook_phases = s->hook_phases;
    hv->break_request = false;
}

static void put_vcpu(struct vcpu *v, const struct saved_vcpu *s)
{
    struct cpu *c = &v->virt;
    c->fault = (struct cpu_fault){.vector = s->fault_vector,
                                  .has_error = s->fault_has_error,
                                  .trap = s->fault_trap,
                                  .error = s->fault_error,
                                  .cr2 = s->fault_cr2};
    c->fault_pending = s->fault_pending;
    c->stop = (enum cpu_stop)s->stop;
    memcpy(c->unsupported, s->unsupported, sizeof(c->unsupported));
    v->repeats = s->repeats;
    v->seg_dirty = s->seg_dirty;
    v->mmu_dirty = s->mmu_dirty;
    v->emulated = s->emulated;
    v->inject_queued = s->inject_queued;
    v->inject_vector = s->inject_vector;
    v->inject_kind = s->inject_kind;
    v->insn_mode = s->insn_mode;
    memcpy(v->insn_bytes, s->insn_bytes, sizeof(v->insn_bytes));
    if (v->insn_mode)
        (void)insn_decode(v->insn_bytes, INSN_MAX_LENGTH, v->insn_mode - 1u, &v->insn);
    for (unsigned i = 0; i < VCPU_MEMO; i++) {
        v->memo[i].key = s->memo[i][0];
        v->memo[i].frame = s->memo[i][1];
    }
}

/* Arithmetic flags are kept elsewhere while instructions run. */
static void fold_flags(struct hv *hv)
{
    struct cpu *c = &hv->machine->cpu;
    c->s.eflags = cpu_eflags(c);
    for (unsigned n = 0; n < hv->vms && hv->mode->has_hypervisor; n++) {
        c = &hv->vm[n]->cpu.virt;
        c->s.eflags = cpu_eflags(c);
    }
}

void saved_gather(struct hv *hv, struct saved *saved)
{
    fold_flags(hv);
    gather_hv(hv, &saved->hv);
    for (unsigned n = 0; n < hv->vms && hv->mode->has_hypervisor; n++)
        gather_vcpu(&hv->vm[n]->cpu, &saved->vcpu[n]);
}

void saved_put(struct hv *hv, const struct saved *saved)
{
    put_hv(hv, &saved->hv);
    for (unsigned n = 0; n < hv->vms && hv->mode->has_hypervisor; n++)
        put_vcpu(&hv->vm[n]->cpu, &saved->vcpu[n]);
}

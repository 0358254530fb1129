/*
 * What front ends read and give: counters, records, guest memory, console input, hashes.
 */
#include "core/internal.h"

#include "sim/probe.h"
#include "sim/walk.h"

#include <string.h>

/* ---------------------------------------- input */

static struct pc *pc_of(const struct hv *hv, unsigned n)
{
    return hv->mode->has_hypervisor ? hv->vm[n]->pc : hv->machine->pc;
}

/* Host input is a physical interrupt to a hypervisor, which is then taken like any other. */
void hv_poke(struct hv *hv)
{
    if (!hv->mode->has_hypervisor)
        return;
    hv->poke = true;
    if (hv->resume_ready) { /* the guest is on the CPU: nobody will ask for the next deadline before
                               it leaves */
        hv->armed = hv_cycle(hv) + 1;
        pc_apic_timer_oneshot(hv->machine->pc, HV_TIMER_VECTOR, hv->armed);
    }
}

static bool console_in(struct hv *hv, unsigned n, uint8_t byte)
{
    if (hv->mode->console_in)
        return hv->mode->console_in(hv->vm[n], byte);
    return pc_serial_in(pc_of(hv, n), byte);
}

bool hv_console_in(struct hv *hv, unsigned n, uint8_t byte)
{
    if (n >= hv->vms || hv->vm[n]->s.end != VM_RUNNING || !console_in(hv, n, byte))
        return false;
    hv_poke(hv);
    return true;
}

bool hv_key_in(struct hv *hv, unsigned n, uint8_t scancode_set2_byte)
{
    if (n >= hv->vms || hv->vm[n]->s.end != VM_RUNNING ||
        !pc_key_in(pc_of(hv, n), scancode_set2_byte))
        return false;
    hv_poke(hv);
    return true;
}

struct pc_screen hv_screen(const struct hv *hv, unsigned n)
{
    return pc_screen(pc_of(hv, n));
}

/* ---------------------------------------- records and counters */

void hv_set_sink(struct hv *hv, struct trace_sink sink)
{
    hv->sink = sink;
}

void hv_set_hooks(struct hv *hv, const struct hv_hooks *hooks)
{
    hv->hooks = hooks ? *hooks : (struct hv_hooks){0};
}

void hv_set_probe(struct hv *hv, const struct cpu_probe *probe)
{
    cpu_set_probe(&hv->machine->cpu, probe);
    for (unsigned n = 0; n < hv->vms && hv->mode->has_hypervisor; n++)
        cpu_set_probe(&hv->vm[n]->cpu.virt, probe);
}

void hv_probe_changed(struct hv *hv)
{
    cpu_probe_changed(&hv->machine->cpu); /* a virtual CPU keeps nothing that hangs on it */
}

const struct vm_exit *hv_exit(const struct hv *hv, uint64_t number)
{
    if (!number || number > hv->exits || hv->exits - number >= HV_EXIT_RING)
        return NULL;
    const struct vm_exit *x = &hv->ring[number % HV_EXIT_RING];
    return x == hv->open ? NULL : x;
}

const struct vm_stats *hv_stats(struct hv *hv, unsigned n)
{
    struct vm *on = hv->mode->has_hypervisor ? (hv->current ? hv->current->vm : NULL) : hv->vm[0];
    if (n >= hv->vms)
        return NULL;
    account_switch(hv, on);
    return &hv->vm[n]->stats;
}

void hv_shared_buckets(struct hv *hv, uint64_t bucket[SIM_BUCKETS])
{
    hv_stats(hv, 0);
    memcpy(bucket, hv->machine->cpu.s.bucket, SIM_BUCKETS * sizeof(*bucket));
    for (unsigned n = 0; n < hv->vms; n++)
        for (unsigned b = 0; b < SIM_BUCKETS; b++)
            bucket[b] -= hv->vm[n]->stats.bucket[b];
}

const struct cpu_state *hv_guest_cpu(const struct hv *hv, unsigned n)
{
    return hv->mode->has_hypervisor ? &hv->vm[n]->cpu.virt.s : &hv->machine->cpu.s;
}

/* ---------------------------------------- guest memory */

bool hv_guest_memory(struct hv *hv, unsigned n, uint32_t gpa, void *to, uint32_t bytes)
{
    if (n >= hv->vms)
        return false;
    if (hv->mode->has_hypervisor)
        return gpa_copy_out(hv->vm[n], gpa, to, bytes);
    return ram_copy_out(&hv->machine->ram, gpa, to, bytes);
}

struct reader {
    struct hv *hv;
    unsigned n;
};

static bool read_entry(void *opaque, uint32_t gpa, uint32_t *entry)
{
    const struct reader *r = opaque;
    return hv_guest_memory(r->hv, r->n, gpa, entry, sizeof(*entry));
}

/* In pv the tables hold machine frames, and the walk is the machine's. */
static bool read_machine_entry(void *opaque, uint32_t pa, uint32_t *entry)
{
    const struct reader *r = opaque;
    if (!ram_contains(&r->hv->machine->ram, pa, 4))
        return false;
    *entry = ram_read32(&r->hv->machine->ram, pa);
    return true;
}

/* CR0, CR3 and CR4 are those of the virtual CPU even while the guest is on the real one: it cannot
 * change them there. */
bool guest_translate(struct hv *hv, unsigned n, uint32_t gva, uint32_t *at)
{
    const struct cpu_state *s = hv_guest_cpu(hv, n);
    bool machine = hv->mode->direct_paging;
    const struct walk_ops ops = {machine ? read_machine_entry : read_entry, NULL};
    struct reader reader = {hv, n};
    struct walk_result r;
    *at = gva;
    if (!(s->cr0 & CR0_PG))
        return true;
    const struct walk_mode mode = {
        .cr3 = machine ? hv->vm[n]->cpu.s.real_cr3 : s->cr3, .wp = true, .pse = s->cr4 & CR4_PSE};
    if (!mmu_walk(&ops, &reader, &mode, gva, ACCESS_READ, false, &r))
        return false;
    *at = r.frame | (gva & ~PAGE_MASK);
    return !machine || frame_is_vms(hv, r.frame >> PAGE_SHIFT, hv->vm[n]);
}

static bool linear_page(struct hv *hv, unsigned n, uint32_t gva, uint8_t *to, uint32_t bytes)
{
    uint32_t at;
    if (!guest_translate(hv, n, gva, &at))
        return false;
    if (hv->mode->direct_paging && (hv_guest_cpu(hv, n)->cr0 & CR0_PG))
        return ram_copy_out(&hv->machine->ram, at, to, bytes);
    return hv_guest_memory(hv, n, at, to, bytes);
}

bool hv_guest_linear(struct hv *hv, unsigned n, uint32_t gva, void *to, uint32_t bytes)
{
    uint8_t *p = to;
    if (n >= hv->vms)
        return false;
    while (bytes) {
        uint32_t room = PAGE_SIZE - (gva & ~PAGE_MASK);
        uint32_t part = bytes < room ? bytes : room;
        if (!linear_page(hv, n, gva, p, part))
            return false;
        gva += part;
        p += part;
        bytes -= part;
    }
    return true;
}

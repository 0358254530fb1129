/*
 * A debugger's view of a guest, and its edits: registers and memory, wherever the guest is.
 *
 * A guest that runs has its registers in the real CPU, or at the moment of entry in the frame on
 * the hypervisor's stack. To look at them, what a capture writes is kept, the mode captures, and
 * all is put back.
 */
#include "core/internal.h"

#include <string.h>

/* ---------------------------------------- looking */

static bool on_cpu(const struct hv *hv, const struct vcpu *v)
{
    return hv->current == v && (hv->resume_ready || hv->entered);
}

static void look(struct hv *hv, struct vcpu *v, struct cpu_state *out)
{
    const struct cpu virt = v->virt;
    const struct vcpu_state s = v->s;
    struct vm_exit *x = hv->open;
    const struct vm_exit record = x ? *x : (struct vm_exit){0};
    uint8_t seg_dirty = v->seg_dirty;
    uint32_t frame_pa = v->frame_pa, entry_eflags = v->entry_eflags;
    if (hv->entered)
        hv->mode->capture(v);
    else
        hv->mode->capture_stopped(v);
    *out = v->virt.s;
    out->eflags = cpu_eflags(&v->virt);
    v->virt = virt;
    v->s = s;
    v->seg_dirty = seg_dirty;
    v->frame_pa = frame_pa;
    v->entry_eflags = entry_eflags;
    if (x)
        *x = record;
}

bool hv_guest_view(struct hv *hv, unsigned n, struct cpu_state *out)
{
    if (n >= hv->vms)
        return false;
    struct vcpu *v = &hv->vm[n]->cpu;
    const struct cpu *c = hv->mode->has_hypervisor ? &v->virt : &hv->machine->cpu;
    if (hv->mode->has_hypervisor && on_cpu(hv, v)) {
        look(hv, v, out);
        return true;
    }
    *out = c->s;
    out->eflags = cpu_eflags(c);
    return true;
}

/* ---------------------------------------- registers */

#define EDITED_FLAGS (FLAG_ARITH | FLAG_TF | FLAG_DF)

static void set_flags(struct cpu *c, uint32_t taken, uint32_t value)
{
    cpu_set_eflags(c, (cpu_eflags(c) & ~taken) | (value & taken));
}

/* RF is the instruction's that was next, or in the middle of its iterations. */
static void set_eip(struct cpu *c, uint32_t value)
{
    if (c->s.eip != value)
        c->s.eflags &= ~FLAG_RF;
    c->s.eip = value;
}

static void set_on(struct cpu *c, unsigned reg, uint32_t value)
{
    if (reg < X86_GPRS)
        c->s.gpr[reg] = value;
    else if (reg == GUEST_EIP)
        set_eip(c, value);
    else
        set_flags(c, EDITED_FLAGS, value);
}

/* The guest's IF is the virtual CPU's, wherever the rest is; whether an interrupt may come now is
 * looked at in the next exit. */
static void set_virtual_if(struct vcpu *v, uint32_t value)
{
    if (v->hv->mode->direct_paging)
        return;
    set_flags(&v->virt, FLAG_IF, value);
    if (v->hv->resume_ready && v->hv->current == v)
        hv_poke(v->hv);
}

bool hv_guest_set_register(struct hv *hv, unsigned n, unsigned reg, uint32_t value)
{
    if (n >= hv->vms || reg >= GUEST_REGISTERS || hv->vm[n]->cpu.s.run == VCPU_DEAD)
        return false;
    struct vcpu *v = &hv->vm[n]->cpu;
    bool guests = hv->mode->has_hypervisor, real = !guests || on_cpu(hv, v);
    set_on(real ? &hv->machine->cpu : &v->virt, reg, value);
    if (reg == GUEST_EIP)
        v->repeats = 0; /* the REP in hand is left */
    if (reg == GUEST_EFLAGS && guests)
        set_virtual_if(v, value);
    else if (reg == GUEST_EFLAGS)
        set_flags(&hv->machine->cpu, FLAG_IF, value);
    return true;
}

/* ---------------------------------------- memory */

/* A table of a paravirtual guest is checked and counted: it is changed by hypercalls only. */
static bool is_plain(const struct hv *hv, uint32_t pa)
{
    uint32_t mfn = pa >> PAGE_SHIFT;
    if (!hv->mode->direct_paging)
        return true;
    const struct frame *f = frame_look(hv, mfn);
    return f && (f->type == FRAME_NONE || f->type == FRAME_WRITABLE);
}

/* Where [gpa, gpa + bytes) of one page is in RAM. */
static bool find(const struct hv *hv, unsigned n, uint32_t gpa, uint32_t bytes, uint32_t *pa)
{
    *pa = gpa;
    if (hv->mode->has_hypervisor && p2m_lookup(hv->vm[n], gpa, pa) != P2M_RAM)
        return false;
    return ram_contains(&hv->machine->ram, *pa, bytes) && is_plain(hv, *pa);
}

/* Somebody watches the page: in the pieces that instructions store. */
static void tell(struct vm *vm, uint32_t gpa, uint32_t bytes)
{
    struct hv *hv = vm->hv;
    const struct mmu_counters counters = vm->stats.mmu;
    uint64_t events[HV_COSTS], hw_events[SIM_COSTS];
    bool quiet = hv->quiet;
    memcpy(events, hv->events, sizeof(events));
    memcpy(hw_events, hv->machine->cpu.events, sizeof(hw_events));
    hv->quiet = true;
    while (bytes) {
        uint32_t part = bytes < 4 || (gpa & 3u) ? 1 : 4;
        vm->handlers.mmu_write(vm, gpa, part);
        gpa += part;
        bytes -= part;
    }
    vcpu_memo_drop(&vm->cpu);
    hv->quiet = quiet;
    memcpy(hv->events, events, sizeof(events));
    memcpy(hv->machine->cpu.events, hw_events, sizeof(hw_events));
    vm->stats.mmu = counters;
}

/* Within one page that find has found. */
static void put(struct hv *hv, unsigned n, uint32_t gpa, const uint8_t *from, uint32_t bytes)
{
    struct vm *vm = hv->vm[n];
    uint32_t pa;
    (void)(find(hv, n, gpa, bytes, &pa) && ram_copy_in(&hv->machine->ram, pa, from, bytes));
    if (hv->mode->has_hypervisor && p2m_trace(vm, gpa) && vm->handlers.mmu_write)
        tell(vm, gpa, bytes);
}

/* Where a page's part goes: a guest physical address; of a paravirtual guest's frame, the machine
 * address as well. */
static bool resolve(struct hv *hv, unsigned n, uint32_t at, bool linear, uint32_t bytes,
                    uint32_t *gpa)
{
    uint32_t pa;
    *gpa = at;
    if (linear && !guest_translate(hv, n, at, gpa))
        return false;
    if (linear && hv->mode->direct_paging && (hv_guest_cpu(hv, n)->cr0 & CR0_PG)) {
        const struct frame *f = frame_look(hv, *gpa >> PAGE_SHIFT);
        uint32_t gfn = f ? f->gfn : UINT32_MAX >> PAGE_SHIFT, there = 0;
        if (p2m_lookup(hv->vm[n], gfn << PAGE_SHIFT, &there) != P2M_RAM ||
            there >> PAGE_SHIFT != *gpa >> PAGE_SHIFT)
            return false; /* shared_info and the like: not the guest's memory */
        *gpa = gfn << PAGE_SHIFT | (at & ~PAGE_MASK);
    }
    return find(hv, n, *gpa, bytes, &pa);
}

static uint32_t in_page(uint32_t at, uint32_t bytes)
{
    uint32_t room = PAGE_SIZE - (at & ~PAGE_MASK);
    return bytes < room ? bytes : room;
}

/* First all of it is looked for, then all of it is written. */
static bool write_guest(struct hv *hv, unsigned n, uint32_t at, bool linear, const uint8_t *from,
                        uint32_t bytes)
{
    uint32_t gpa, part;
    if (n >= hv->vms)
        return false;
    for (uint32_t done = 0; done < bytes; done += part) {
        part = in_page(at + done, bytes - done);
        if (!resolve(hv, n, at + done, linear, part, &gpa))
            return false;
    }
    for (uint32_t done = 0; done < bytes; done += part) {
        part = in_page(at + done, bytes - done);
        if (resolve(hv, n, at + done, linear, part, &gpa))
            put(hv, n, gpa, from + done, part);
    }
    return true;
}

bool hv_guest_memory_write(struct hv *hv, unsigned n, uint32_t gpa, const void *from,
                           uint32_t bytes)
{
    return write_guest(hv, n, gpa, false, from, bytes);
}

bool hv_guest_linear_write(struct hv *hv, unsigned n, uint32_t gva, const void *from,
                           uint32_t bytes)
{
    return write_guest(hv, n, gva, true, from, bytes);
}

/*
 * Hashes: of everything, and of what would migrate with a VM. Fields by name, never padding or host
 * pointers.
 */
#include "core/internal.h"

#include "sim/alloc.h"

#include <string.h>

#define MAX_BLOBS 4096u

static uint64_t hash_blobs(uint64_t hash, const struct state_blob *blobs, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        hash = state_hash(hash, blobs[i].desc, blobs[i].data);
    return hash;
}

static uint64_t hash_words(uint64_t hash, const void *words, size_t bytes)
{
    return state_hash_bytes(hash, words, bytes);
}

/* What the guest believes of its CPU, without counters and the modelled TLB, which a virtual CPU
 * has none of. */
static uint64_t hash_virtual_cpu(uint64_t hash, const struct cpu_state *s)
{
    uint32_t words[] = {s->eip,        s->eflags, s->gdtr_base, s->gdtr_limit, s->idtr_base,
                        s->idtr_limit, s->cr0,    s->cr2,       s->cr3,        s->cr4,
                        s->cpl,        s->shadow, s->halted};
    hash = hash_words(hash, s->gpr, X86_GPRS * sizeof(s->gpr[0]));
    hash = hash_words(hash, words, sizeof(words));
    hash = hash_words(hash, s->dr, sizeof(s->dr));
    for (unsigned i = 0; i < CPU_SEGS; i++) {
        uint32_t seg[] = {s->seg[i].base, s->seg[i].limit, s->seg[i].ar, s->seg[i].sel};
        hash = hash_words(hash, seg, sizeof(seg));
    }
    return hash;
}

/* Memory by guest physical address; a page of zeroes counts like one never touched, wherever its
 * frame is. */
static uint64_t hash_memory(uint64_t hash, struct hv *hv, unsigned n)
{
    static const uint8_t zero[PAGE_SIZE];
    uint8_t page[PAGE_SIZE];
    for (uint32_t gpa = 0; gpa < hv->config.ram_bytes; gpa += PAGE_SIZE) {
        if (!hv_guest_memory(hv, n, gpa, page, PAGE_SIZE) || !memcmp(page, zero, PAGE_SIZE))
            continue;
        hash = hash_words(hash, &gpa, sizeof(gpa));
        hash = hash_words(hash, page, PAGE_SIZE);
    }
    return hash;
}

uint64_t hv_guest_hash(struct hv *hv, unsigned n)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS];
    if (n >= hv->vms)
        return 0;
    struct pc *pc = hv->mode->has_hypervisor ? hv->vm[n]->pc : hv->machine->pc;
    uint64_t hash = hash_virtual_cpu(STATE_HASH_SEED, hv_guest_cpu(hv, n));
    hash = hash_blobs(hash, blobs, pc_state(pc, blobs, MACHINE_MAX_BLOBS));
    return hash_memory(hash, hv, n);
}

static uint64_t hash_vm(uint64_t hash, struct hv *hv, struct vm *vm, struct state_blob *blobs)
{
    hash = state_hash(hash, &vm_state_desc, &vm->s);
    hash = state_hash(hash, &vcpu_state_desc, &vm->cpu.s);
    if (!hv->mode->has_hypervisor)
        return hash;
    hash = hash_virtual_cpu(hash, &vm->cpu.virt.s);
    hash = state_hash(hash, &clock_state_desc, &vm->clock.s);
    hash = hash_blobs(hash, blobs, pc_state(vm->pc, blobs, MAX_BLOBS));
    for (uint32_t gfn = 0; gfn < vm->pages; gfn++) {
        uint32_t pa = 0;
        uint32_t entry[2] = {(uint32_t)p2m_lookup(vm, gfn << PAGE_SHIFT, &pa), pa};
        hash = hash_words(hash, entry, sizeof(entry));
    }
    return hash_blobs(hash, blobs, hv->mode->state(vm, blobs, MAX_BLOBS));
}

/* pv: what the validator knows of each frame. */
static uint64_t hash_frames(uint64_t hash, struct hv *hv)
{
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++) {
        const struct frame *f = frame_of(hv, mfn);
        const uint32_t words[] = {f->owner,     f->type, f->pinned, f->validated, f->refs,
                                  f->type_refs, f->gfn,  f->stamp,  f->given_back};
        hash = hash_words(hash, words, sizeof(words));
    }
    return hash;
}

uint64_t hv_hash(struct hv *hv)
{
    uint64_t hash = machine_hash(hv->machine);
    struct state_blob *blobs = sim_alloc(MAX_BLOBS, sizeof(*blobs));
    if (!blobs)
        return 0;
    uint64_t words[] = {hv->exits, hv->armed, hv->next_vm, hv->resume_ready, hv->deal_count};
    hash = hash_words(hash, words, sizeof(words));
    for (unsigned n = 0; n < hv->vms; n++)
        hash = hash_vm(hash, hv, hv->vm[n], blobs);
    sim_free(blobs);
    if (hv->mode->direct_paging)
        hash = hash_frames(hash, hv);
    return hash;
}

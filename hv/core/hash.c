/*
 * Hashes: of everything, and of what would migrate with a VM. Fields by name, never padding or host
 * pointers.
 */
#include "core/saved.h"

#include <string.h>

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

/* Numbers of the hypervisor's that decide what comes, beside the regions. */
static uint64_t hash_hypervisor(uint64_t hash, const struct hv *hv)
{
    const uint64_t words[] = {hv->exits,
                              hv->armed,
                              hv->next_vm,
                              hv->resume_ready,
                              hv->suspended || hv->held,
                              hv->poke,
                              hv->open != NULL,
                              hv->current ? hv->current->vm->number + 1u : 0,
                              hv->deal_count};
    return hash_words(hash, words, sizeof(words));
}

uint64_t hv_hash(struct hv *hv)
{
    struct saved saved;
    saved_list(hv, &saved);
    saved_gather(hv, &saved);
    uint64_t hash = hash_hypervisor(STATE_HASH_SEED, hv);
    for (unsigned i = 0; i < saved.count; i++) {
        const struct state_region *r = &saved.region[i];
        if (!r->record)
            hash = state_hash_n(hash, r->desc, r->data, r->count);
    }
    return ram_hash(&hv->machine->ram, hash);
}

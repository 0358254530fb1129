/*
 * What a process's own memory holds, as one number.
 *
 * The guest's tables are walked as its CPU would, but only looked at: no Accessed bit, no cost. A
 * page of zeroes counts as none, so that it does not matter whether a kernel maps early or late.
 */
#include "session/internal.h"

#include <string.h>

#include "hv/work.h"

#define LANES 4u

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* Fast, and good enough to tell pages apart that nobody made to collide. */
static uint64_t hash_page(uint64_t hash, const uint8_t *bytes)
{
    uint64_t lane[LANES] = {hash, hash ^ 0x9e3779b97f4a7c15u, hash + 0xc2b2ae3d27d4eb4fu, ~hash};
    for (uint32_t i = 0; i < PAGE_SIZE; i += 8 * LANES)
        for (unsigned l = 0; l < LANES; l++) {
            uint64_t word;
            memcpy(&word, bytes + i + 8 * l, 8);
            lane[l] = rotate((lane[l] ^ word) * 0x9fb21c651e98df25u, 29);
        }
    for (unsigned l = 1; l < LANES; l++)
        lane[0] = rotate((lane[0] ^ lane[l]) * 0xd6e8feb86659fd93u, 32);
    return lane[0] ^ lane[0] >> 31;
}

static bool is_zero(const uint8_t *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, PAGE_SIZE - 1) == 0;
}

/* The tables that are walked, and what was found. */
struct walk {
    struct session *s;
    unsigned vm;
    enum point_space space;
    bool sampled; /* pages are hashed */
    uint32_t pages;
    uint64_t hash;
};

static const uint8_t *frame(const struct walk *w, uint32_t address)
{
    uint32_t pa;
    if (!points_machine(w->s, w->vm, w->space, address & PAGE_MASK, &pa))
        return NULL;
    return ram_page(&w->s->hv->machine->ram, pa);
}

static uint32_t entry_of(const uint8_t *table, unsigned slot)
{
    uint32_t entry;
    memcpy(&entry, table + slot * 4, 4);
    return entry;
}

static bool users(uint32_t entry)
{
    return (entry & (PTE_P | PTE_U)) == (PTE_P | PTE_U);
}

static void add_page(struct walk *w, uint32_t linear, uint32_t address)
{
    w->pages++;
    const uint8_t *bytes = w->sampled ? frame(w, address) : NULL;
    if (bytes && !is_zero(bytes))
        w->hash = hash_page(w->hash ^ linear, bytes);
}

static void add_table(struct walk *w, uint32_t linear, uint32_t pde)
{
    const uint8_t *table = frame(w, pde);
    for (unsigned i = 0; table && i < 1024; i++) {
        uint32_t pte = entry_of(table, i);
        if (users(pte))
            add_page(w, linear | i << PAGE_SHIFT, pte);
    }
}

static void walk_root(struct walk *w, uint32_t root, bool large)
{
    const uint8_t *directory = frame(w, root);
    for (unsigned i = 0; directory && i < 1024; i++) {
        uint32_t pde = entry_of(directory, i);
        if (!users(pde))
            continue;
        if (!(large && (pde & PTE_PS))) {
            add_table(w, i << 22, pde);
            continue;
        }
        for (unsigned p = 0; p < 1024; p++)
            add_page(w, i << 22 | p << PAGE_SHIFT, (pde & 0xffc00000u) + (p << PAGE_SHIFT));
    }
}

static struct walk walk(struct session *s, unsigned vm, bool sampled)
{
    const struct hv *hv = s->hv;
    const struct vcpu *v = &hv->vm[vm]->cpu;
    const struct cpu_state *c = hv->mode->has_hypervisor ? &v->virt.s : &hv->machine->cpu.s;
    bool direct = hv->mode->direct_paging;
    struct walk w = {.s = s,
                     .vm = vm,
                     .space = direct ? SPACE_MACHINE : SPACE_GUEST_PHYSICAL,
                     .sampled = sampled,
                     .hash = STATE_HASH_SEED};
    if (direct || (c->cr0 & CR0_PG))
        walk_root(&w, direct ? v->s.real_cr3 : c->cr3, (c->cr4 & CR4_PSE) != 0);
    return w;
}

uint32_t work_memory(struct session *s, unsigned vm, uint64_t entry, bool *sampled, uint64_t *hash)
{
    struct walk w = walk(s, vm, entry == 0);
    *sampled = work_samples(entry, w.pages);
    if (*sampled && entry)
        w = walk(s, vm, true);
    *hash = w.hash;
    return w.pages;
}

uint64_t session_user_memory(struct session *s, unsigned vm, uint32_t *pages)
{
    const struct walk w = walk(s, vm, true);
    *pages = w.pages;
    return w.hash;
}

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

/* ---------------------------------------- user pages, one after another */

#define TABLE_SPAN  0x400000u /* bytes that an entry of a directory maps */
#define TABLE_SLOTS 1024u

struct walk {
    struct session *s;
    unsigned vm;
    enum point_space space; /* of the addresses in entries */
    bool large_pages;
    const uint8_t *directory, *table; /* directory null: the walk is over */
    uint32_t pde;
    bool inside, is_large; /* pde and table are those of `at`; pde is a large page */
    uint32_t at;           /* the next page to be looked at */
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

/* Present, and user mode may use it: bits 0 and 2 (SDM v3, Paging), here of two entries at once. */
static uint64_t users(const uint8_t *entries)
{
    uint64_t two;
    memcpy(&two, entries, sizeof(two));
    return two & two >> 2 & 0x0000000100000001u;
}

/* The first entry of a table from `slot` on that lets user mode in; TABLE_SLOTS: none. */
static unsigned next_user(const uint8_t *table, unsigned slot)
{
    for (; slot < TABLE_SLOTS; slot++) {
        while (slot % 8 == 0 && slot < TABLE_SLOTS && /* mostly empty: quickly over that */
               !(users(table + slot * 4) | users(table + slot * 4 + 8) |
                 users(table + slot * 4 + 16) | users(table + slot * 4 + 24)))
            slot += 8;
        if (slot < TABLE_SLOTS && users(table + (slot & ~1u) * 4) >> (slot % 2 * 32) & 1)
            break;
    }
    return slot < TABLE_SLOTS ? slot : TABLE_SLOTS;
}

/* To the next multiple of a page, or of a table's span. */
static void pass(struct walk *w, uint32_t span)
{
    w->at = (w->at | (span - 1)) + 1;
    if (w->at == 0)
        w->directory = NULL;
    if ((w->at & (TABLE_SPAN - 1)) == 0)
        w->inside = false;
}

/* To the first table (or large page) from `at` on that user mode may use. False: there is none. */
static bool enter(struct walk *w)
{
    unsigned slot = next_user(w->directory, w->at >> 22);
    if (slot == TABLE_SLOTS)
        return false;
    if (slot != w->at >> 22)
        w->at = slot << 22;
    w->pde = entry_of(w->directory, slot);
    w->is_large = w->large_pages && (w->pde & PTE_PS);
    w->table = w->is_large ? NULL : frame(w, w->pde);
    w->inside = true;
    return true;
}

/* The next user page and what its entry says of where it is. */
static bool next_page(struct walk *w, uint32_t *linear, uint32_t *address)
{
    while (w->directory) {
        if (!w->inside && !enter(w))
            return false;
        unsigned slot = w->at >> PAGE_SHIFT & (TABLE_SLOTS - 1);
        if (!w->is_large)
            slot = w->table ? next_user(w->table, slot) : TABLE_SLOTS;
        if (slot == TABLE_SLOTS) {
            pass(w, TABLE_SPAN);
            continue;
        }
        *linear = w->at = (w->at & ~(TABLE_SPAN - 1)) | slot << PAGE_SHIFT;
        *address = w->is_large ? (w->pde & ~(TABLE_SPAN - 1)) | slot << PAGE_SHIFT
                               : entry_of(w->table, slot);
        pass(w, PAGE_SIZE);
        return true;
    }
    return false;
}

static struct walk walk_from(struct session *s, unsigned vm, uint32_t linear)
{
    const struct hv *hv = s->hv;
    const struct vcpu *v = &hv->vm[vm]->cpu;
    const struct cpu_state *c = hv->mode->has_hypervisor ? &v->virt.s : &hv->machine->cpu.s;
    bool direct = hv->mode->direct_paging;
    struct walk w = {.s = s,
                     .vm = vm,
                     .space = direct ? SPACE_MACHINE : SPACE_GUEST_PHYSICAL,
                     .large_pages = (c->cr4 & CR4_PSE) != 0,
                     .at = linear};
    if (direct || (c->cr0 & CR0_PG))
        w.directory = frame(&w, direct ? v->s.real_cr3 : c->cr3);
    return w;
}

/* ---------------------------------------- all of them */

static uint32_t look(struct session *s, unsigned vm, bool hashed, uint64_t *hash)
{
    struct walk w = walk_from(s, vm, 0);
    uint32_t pages = 0, linear, address;
    *hash = STATE_HASH_SEED;
    for (; next_page(&w, &linear, &address); pages++) {
        const uint8_t *bytes = hashed ? frame(&w, address) : NULL;
        if (bytes && !is_zero(bytes))
            *hash = hash_page(*hash ^ linear, bytes);
    }
    return pages;
}

uint32_t work_memory(struct session *s, unsigned vm, uint64_t entry, bool *sampled, uint64_t *hash)
{
    uint32_t pages = look(s, vm, entry == 0, hash);
    *sampled = work_samples(entry, pages);
    if (*sampled && entry)
        (void)look(s, vm, true, hash);
    return pages;
}

uint64_t session_user_memory(struct session *s, unsigned vm, uint32_t *pages)
{
    uint64_t hash;
    *pages = look(s, vm, true, &hash);
    return hash;
}

bool session_user_page(struct session *s, unsigned vm, uint32_t *linear, const uint8_t **bytes)
{
    struct walk w = walk_from(s, vm, *linear);
    uint32_t address;
    if (!next_page(&w, linear, &address))
        return false;
    *bytes = frame(&w, address);
    return true;
}

/*
 * Explores all states of the validator that are some operations away from the start, and judges
 * each with the eyes of the hardware: what could a guest write through the tables as they stand, or
 * through a TLB that was not flushed?
 *
 * A state is packed into 64 bits; counts are left out because they follow from the rest - the first
 * thing that is judged after every step. States that differ only in which frame is called what are
 * one (the foreign frame stays).
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define FRAMES 3 /* the guest's: 1 .. 3; 4 is foreign */
#define SLOTS  2

/* Entry codes: 0 nothing; 1 + frame - 1 + 4 * kind, kind 0 read-only, 1 writable, 2 large and
 * writable; 15: hypervisor's. */
enum { CODE_RO = 1, CODE_RW = 5, CODE_LARGE = 9, CODE_HV = 15 };

struct model {
    struct world w;
    bool held[FRAMES + 1]; /* a descriptor-table reference is held */
    bool stale[FRAMES +
               1]; /* the TLB may hold a writable translation that the tables no longer give */
    bool was_writable[FRAMES + 1];
    const struct model_config *config;
};

static uint32_t code_entry(unsigned code)
{
    if (code == 0)
        return 0;
    if (code == CODE_HV)
        return WORLD_HV_ENTRY;
    uint32_t mfn = (code - 1) % 4 + 1;
    return code < CODE_RW ? RO(mfn) : code < CODE_LARGE ? RW(mfn) : RW(mfn) | PTE_PS;
}

static unsigned entry_code(uint32_t entry)
{
    if (entry == 0 || entry == WORLD_HV_ENTRY)
        return entry ? CODE_HV : 0;
    unsigned first = entry & PTE_PS ? CODE_LARGE : entry & PTE_W ? CODE_RW : CODE_RO;
    return first + (entry >> PAGE_SHIFT) - 1;
}

static uint64_t pack_frame(const struct model *m, unsigned f, const uint8_t *name)
{
    const struct frame *fr = &m->w.frame[f];
    uint64_t bits = 0;
    for (unsigned s = 0; s < SLOTS; s++) {
        unsigned code = entry_code(m->w.entry[f][s]);
        if (code && code != CODE_HV)
            code = (code - 1) / 4 * 4 + 1 + (name[(code - 1) % 4 + 1] - 1u);
        bits = bits << 4 | code;
    }
    bits = bits << 3 | fr->type;
    bits = bits << 1 | fr->pinned;
    bits = bits << 1 | fr->given_back;
    bits = bits << 1 | (fr->refs == 0);
    bits = bits << 1 | m->held[f];
    bits = bits << 1 | m->stale[f];
    return bits << 1 | (m->w.mmu.root == f); /* 17 bits */
}

/* The least packing over all ways to name the three frames. */
static uint64_t pack(const struct model *m)
{
    static const uint8_t names[6][5] = {{0, 1, 2, 3, 4}, {0, 1, 3, 2, 4}, {0, 2, 1, 3, 4},
                                        {0, 2, 3, 1, 4}, {0, 3, 1, 2, 4}, {0, 3, 2, 1, 4}};
    uint64_t least = UINT64_MAX;
    for (unsigned n = 0; n < 6; n++) {
        uint64_t bits = 0;
        for (unsigned f = 1; f <= FRAMES; f++)
            bits |= pack_frame(m, f, names[n]) << (17 * (names[n][f] - 1u));
        if (bits < least)
            least = bits;
    }
    return least;
}

/* What counts must be, from the tables alone: the specification in its plainest words. */
static void expected_counts(const struct model *m, uint32_t refs[], uint32_t typed[])
{
    for (unsigned f = 1; f <= FRAMES; f++) {
        const struct frame *fr = &m->w.frame[f];
        uint32_t special = 0u + fr->pinned + (m->w.mmu.root == f) + m->held[f];
        refs[f] += !fr->given_back + special;
        typed[f] += special;
        bool directory = fr->type == FRAME_PD;
        if (!directory && fr->type != FRAME_PT)
            continue;
        for (unsigned s = 0; s < (directory ? m->config->guest_slots : SLOTS); s++) {
            uint32_t entry = m->w.entry[f][s], to = entry >> PAGE_SHIFT;
            if (!(entry & PTE_P) || to > FRAMES)
                continue;
            refs[to]++;
            typed[to] += directory ? to != f : (entry & PTE_W) != 0;
        }
    }
}

static void unpack(struct model *m, uint64_t bits)
{
    world_init(&m->w, FRAMES + 2, SLOTS, m->config->guest_slots);
    m->w.mmu.policy = m->config->policy;
    m->w.plain_descriptors = true;
    for (unsigned f = 1; f <= FRAMES; f++) {
        uint64_t b = bits >> (17 * (f - 1));
        struct frame *fr = &m->w.frame[f];
        if (b & 1)
            m->w.mmu.root = f;
        m->stale[f] = b >> 1 & 1;
        m->held[f] = b >> 2 & 1;
        fr->stamp = m->stale[f] && !m->config->forget_flush ? m->w.mmu.flushes : 0;
        fr->given_back = b >> 4 & 1;
        fr->pinned = b >> 5 & 1;
        fr->type = b >> 6 & 7;
        fr->validated = fr->type != FRAME_NONE;
        m->w.entry[f][1] = code_entry(b >> 9 & 15);
        m->w.entry[f][0] = code_entry(b >> 13 & 15);
        fr->refs = 0;
    }
    uint32_t refs[FRAMES + 1] = {0}, typed[FRAMES + 1] = {0};
    expected_counts(m, refs, typed);
    for (unsigned f = 1; f <= FRAMES; f++) {
        m->w.frame[f].refs = refs[f];
        m->w.frame[f].type_refs = typed[f];
    }
}

/* -------------------------------------------------- the judge */

static const char *judge_leaf(const struct model *m, uint32_t entry, bool writable)
{
    uint32_t to = entry >> PAGE_SHIFT;
    if (to == 0 || to > FRAMES)
        return "a foreign frame is mapped";
    if (m->w.frame[to].refs == 0)
        return "a released frame is mapped";
    if (writable && m->w.frame[to].type != FRAME_WRITABLE)
        return "a table is mapped writable";
    return 0;
}

/* What the hardware makes of one directory. */
static const char *judge_directory(const struct model *m, uint32_t directory)
{
    for (unsigned s = m->config->guest_slots; s < SLOTS; s++)
        if (m->w.entry[directory][s] != WORLD_HV_ENTRY)
            return "a directory without the hypervisor's slots";
    for (unsigned s = 0; s < m->config->guest_slots; s++) {
        uint32_t pde = m->w.entry[directory][s], table = pde >> PAGE_SHIFT;
        if (!(pde & PTE_P))
            continue;
        if (pde & PTE_PS)
            return "four megabytes are mapped unseen";
        if (table == 0 || table > FRAMES)
            return "a foreign page table";
        if (table != directory && m->w.frame[table].type != FRAME_PT)
            return "a page table that was not checked";
        for (unsigned t = 0; t < SLOTS; t++) {
            uint32_t pte = m->w.entry[table][t];
            if (!(pte & PTE_P) || (table == directory && t >= m->config->guest_slots))
                continue;
            const char *bad = judge_leaf(m, pte, (pde & PTE_W) && (pte & PTE_W));
            if (bad)
                return bad;
        }
    }
    return 0;
}

static const char *judge(const struct model *m)
{
    uint32_t refs[FRAMES + 1] = {0}, typed[FRAMES + 1] = {0};
    expected_counts(m, refs, typed);
    for (unsigned f = 1; f <= FRAMES; f++) {
        const struct frame *fr = &m->w.frame[f];
        if (fr->refs != refs[f] || fr->type_refs != typed[f])
            return "counts do not follow from the tables";
        if ((fr->type_refs != 0) != (fr->type != FRAME_NONE) || fr->validated != (fr->type != 0))
            return "a type without references, or unchecked";
        if (m->stale[f] && fr->type != FRAME_NONE && fr->type != FRAME_WRITABLE)
            return "a table is writable through the TLB";
        if (fr->type == FRAME_PD) {
            const char *bad = judge_directory(m, f);
            if (bad)
                return bad;
        }
    }
    return m->w.mmu.root && m->w.frame[m->w.mmu.root].type != FRAME_PD ? "the root is no directory"
                                                                       : 0;
}

/* -------------------------------------------------- operations */

static void note_writable(struct model *m)
{
    for (unsigned f = 1; f <= FRAMES; f++)
        m->was_writable[f] = m->w.frame[f].type == FRAME_WRITABLE;
}

static void flushed(struct world *w)
{
    struct model *m = (struct model *)w; /* the world is its first member */
    memset(m->stale, 0, sizeof m->stale);
    note_writable(m);
}

static int hold(struct model *m, uint32_t f)
{
    if (m->held[f]) {
        m->held[f] = false;
        pv_type_put(&m->w.mmu, f);
        return 0;
    }
    int error = pv_type_get(&m->w.mmu, f, FRAME_SEGDESC);
    m->held[f] = !error;
    return error;
}

/* Operation number n on m, and its name if text is given; false: there are no more. */
static bool operate(struct model *m, unsigned n, int *error, char *text, size_t size)
{
    struct pv_mmu *mmu = &m->w.mmu;
    unsigned codes = m->config->large ? CODE_LARGE + 3 : CODE_LARGE;
    if (n < FRAMES * SLOTS * codes) {
        uint32_t f = n / (SLOTS * codes) + 1;
        unsigned slot = n / codes % SLOTS;
        if (text)
            snprintf(text, size, "set(%u, %u, %#x)", f, slot, code_entry(n % codes));
        *error = pv_mmu_set_entry(mmu, f, slot, code_entry(n % codes), false);
        return true;
    }
    n -= FRAMES * SLOTS * codes;
    uint32_t f = n / 6 + 1;
    static const char *const names[] = {"pin_pt", "pin_pd", "unpin", "load", "give_back", "gdt"};
    if (f > FRAMES)
        return false;
    if (text)
        snprintf(text, size, "%s(%u)", names[n % 6], f);
    switch (n % 6) {
    case 0:
        *error = pv_mmu_pin(mmu, f, FRAME_PT);
        return true;
    case 1:
        *error = pv_mmu_pin(mmu, f, FRAME_PD);
        return true;
    case 2:
        *error = pv_mmu_unpin(mmu, f);
        return true;
    case 3:
        *error = pv_mmu_load_root(mmu, f);
        if (*error == 0)
            flushed(&m->w);
        return true;
    case 4:
        *error = pv_frame_give_back(mmu, f);
        return true;
    default:
        *error = hold(m, f);
        return true;
    }
}

/* -------------------------------------------------- the search */

struct seen {
    uint64_t *slot; /* 0: free; states are stored + 1 */
    uint64_t mask, count;
    uint64_t *order; /* as found */
};

static bool seen_add(struct seen *s, uint64_t state)
{
    if (s->count * 2 > s->mask) { /* grow */
        uint64_t mask = s->mask * 2 + 1;
        uint64_t *slot = calloc(mask + 1, sizeof *slot);
        for (uint64_t i = 0; i < s->count; i++) {
            uint64_t h = s->order[i] * 0x9e3779b97f4a7c15u;
            for (h ^= h >> 31; slot[h & mask]; h++)
                ;
            slot[h & mask] = s->order[i] + 1;
        }
        free(s->slot);
        s->slot = slot;
        s->mask = mask;
        s->order = realloc(s->order, (mask + 1) * sizeof *s->order);
    }
    uint64_t h = state * 0x9e3779b97f4a7c15u;
    for (h ^= h >> 31; s->slot[h & s->mask]; h++)
        if (s->slot[h & s->mask] == state + 1)
            return false;
    s->slot[h & s->mask] = state + 1;
    s->order[s->count++] = state;
    return true;
}

/* One operation from a state; false: no such operation, or a violation was found. */
static bool step(struct model *m, uint64_t from, unsigned n, unsigned depth, struct model_result *r)
{
    unpack(m, from);
    m->w.on_flush = flushed;
    note_writable(m);
    int error = 0;
    if (!operate(m, n, &error, 0, 0))
        return false;
    for (unsigned f = 1; m->config->forget_flush && f <= FRAMES; f++)
        m->w.frame[f].stamp = 0;
    for (unsigned f = 1; f <= FRAMES; f++)
        m->stale[f] |= m->was_writable[f] && m->w.frame[f].type != FRAME_WRITABLE;
    r->steps++;
    const char *bad = judge(m);
    if (!bad && error && m->w.flushes == 0 && pack(m) != from)
        bad = "a refused operation changed something";
    if (bad) {
        char text[64] = "";
        r->depth_found = depth + 1;
        unpack(m, from);
        operate(m, n, &error, text, sizeof text);
        snprintf(r->violation, sizeof r->violation, "%s: %s", text, bad);
        return false;
    }
    return true;
}

void model_explore(const struct model_config *config, struct model_result *result)
{
    struct model *m = calloc(1, sizeof *m);
    struct seen seen = {.slot = calloc(1024, sizeof(uint64_t)),
                        .mask = 1023,
                        .order = calloc(1024, sizeof(uint64_t))};
    m->config = config;
    *result = (struct model_result){0};
    unpack(m, 0);
    seen_add(&seen, pack(m));
    uint64_t level_end = 0;
    for (unsigned depth = 0; depth < config->depth && !result->depth_found; depth++) {
        uint64_t begin = level_end, end = seen.count;
        level_end = end;
        for (uint64_t i = begin; i < end && !result->depth_found; i++)
            for (unsigned n = 0; step(m, seen.order[i], n, depth, result); n++)
                if (depth + 1 < config->depth)
                    seen_add(&seen, pack(m));
    }
    result->states = seen.count;
    free(seen.slot);
    free(seen.order);
    free(m);
}

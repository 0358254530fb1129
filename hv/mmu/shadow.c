/*
 * The pool of shadow pages: finding, giving out, taking back.
 */
#include "mmu/shadow.h"

#include "sim/alloc.h"

#include <string.h>

#define HASH_SIZE 1024u

static uint32_t hash_of(uint32_t gfn)
{
    return (gfn ^ (gfn >> 10)) & (HASH_SIZE - 1);
}

enum sim_status shadow_create(struct vm *vm, uint32_t pages, struct sim_error *err)
{
    struct shadow *s = vm->shadow = sim_alloc(1, sizeof(*s));
    if (!s)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for shadow page tables");
    s->page = sim_alloc(pages, sizeof(*s->page));
    s->link = sim_alloc((size_t)pages * SHADOW_SLOTS, sizeof(*s->link));
    s->mapped = sim_alloc(vm->pages, sizeof(*s->mapped));
    s->parent = sim_alloc(pages, sizeof(*s->parent));
    s->hash = sim_alloc(HASH_SIZE, sizeof(*s->hash));
    s->hash_next = sim_alloc(pages, sizeof(*s->hash_next));
    if (!s->page || !s->link || !s->mapped || !s->parent || !s->hash || !s->hash_next)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for a pool of %u shadow pages", pages);
    for (s->count = 0; s->count < pages; s->count++) {
        uint32_t mfn = frame_alloc(vm->hv, FRAME_HYPERVISOR, FRAME_SHADOW);
        if (!mfn)
            return sim_fail(err, SIM_NO_MEMORY, "the machine has no frame left for shadow pages");
        s->page[s->count].mfn = mfn;
    }
    return SIM_OK;
}

void shadow_destroy(struct vm *vm)
{
    struct shadow *s = vm->shadow;
    if (!s)
        return;
    sim_free(s->page); /* the frames go with the machine */
    sim_free(s->link);
    sim_free(s->mapped);
    sim_free(s->parent);
    sim_free(s->hash);
    sim_free(s->hash_next);
    sim_free(s);
    vm->shadow = NULL;
}

struct shadow_page *shadow_find(struct shadow *s, uint32_t gfn, uint32_t role)
{
    for (uint32_t i = s->hash[hash_of(gfn)]; i; i = s->hash_next[i - 1])
        if (s->page[i - 1].gfn == gfn && s->page[i - 1].role == role)
            return &s->page[i - 1];
    return NULL;
}

void shadow_hash_clear(struct shadow *s)
{
    memset(s->hash, 0, HASH_SIZE * sizeof(*s->hash));
}

void shadow_hash_insert(struct shadow *s, uint32_t index)
{
    uint32_t *head = &s->hash[hash_of(s->page[index].gfn)];
    s->hash_next[index] = *head;
    *head = index + 1;
}

static void hash_remove(struct shadow *s, uint32_t index)
{
    uint32_t *at = &s->hash[hash_of(s->page[index].gfn)];
    while (*at && *at != index + 1)
        at = &s->hash_next[*at - 1];
    if (*at)
        *at = s->hash_next[index];
}

/* True if the guest's page in this role is a table whose stores matter. */
static bool role_traces(uint32_t role)
{
    uint32_t kind = role & SHADOW_KIND_MASK;
    return kind == SHADOW_PD || kind == SHADOW_PT;
}

/* True if another shadow of the same guest page still needs the trace. */
static bool traced_elsewhere(const struct shadow *s, uint32_t gfn)
{
    for (uint32_t i = s->hash[hash_of(gfn)]; i; i = s->hash_next[i - 1])
        if (s->page[i - 1].gfn == gfn && role_traces(s->page[i - 1].role))
            return true;
    return false;
}

void shadow_drop(struct vm *vm, struct shadow_page *p)
{
    struct shadow *s = vm->shadow;
    uint32_t index = (uint32_t)(p - s->page);
    while (s->parent[index]) {
        uint32_t slot = s->parent[index] - 1;
        shadow_zap(vm, &s->page[slot / SHADOW_SLOTS], slot % SHADOW_SLOTS);
    }
    unsigned slots = shadow_is_root_kind(p->role) ? HV_HOLE_SLOT : SHADOW_SLOTS;
    for (unsigned i = 0; p->live && i < slots; i++)
        shadow_zap(vm, p, i);
    hash_remove(s, index);
    if (role_traces(p->role) && !traced_elsewhere(s, p->gfn))
        shadow_untrace(vm, p->gfn, P2M_TRACE_SHADOW);
    p->used = 0;
    p->live = 0;
}

void shadow_drop_all(struct vm *vm)
{
    struct shadow *s = vm->shadow;
    s->root = 0;
    vm->cpu.mmu_dirty = true;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->page[i].used)
            shadow_drop(vm, &s->page[i]);
    shadow_flush_tlb(vm);
}

/* A page to give out: a free one, else the one given out longest ago that the CPU is not walking.
 */
static struct shadow_page *take_page(struct vm *vm)
{
    struct shadow *s = vm->shadow;
    struct shadow_page *oldest = NULL;
    for (uint32_t i = 0; i < s->count; i++) {
        struct shadow_page *p = &s->page[i];
        if (!p->used)
            return p;
        if (s->root != i + 1 && (!oldest || p->given < oldest->given))
            oldest = p;
    }
    if (!oldest)
        return NULL;
    vm->stats.mmu.pages_evicted++;
    shadow_drop(vm, oldest);
    return oldest;
}

struct shadow_page *shadow_get(struct vm *vm, uint32_t gfn, uint32_t role)
{
    struct shadow *s = vm->shadow;
    struct shadow_page *p = shadow_find(s, gfn, role);
    if (p)
        return p;
    p = take_page(vm);
    if (!p) {
        hv_kill(vm, "shadow page tables: a pool of %u pages is not enough for one address space",
                s->count);
        return NULL;
    }
    hv_charge(vm->hv, HV_COST_shadow_page);
    hv_note(vm->hv, ACTION_SHADOW_PAGE, gfn, role);
    ram_zero_page(&vm->hv->machine->ram, p->mfn << PAGE_SHIFT);
    p->gfn = gfn;
    p->role = role;
    p->used = 1;
    p->writes = 0;
    p->live = 0;
    p->given = ++s->sequence;
    shadow_hash_insert(s, (uint32_t)(p - s->page));
    if (shadow_is_root_kind(role))
        own_directory(vm->hv, p->mfn);
    if (role_traces(role))
        shadow_trace(vm, gfn, P2M_TRACE_SHADOW);
    vm->stats.mmu.pages_shadowed++;
    return p;
}

uint32_t shadow_root(struct vcpu *v)
{
    struct vm *vm = v->vm;
    struct shadow *s = vm->shadow;
    const struct cpu_state *g = &v->virt.s;
    uint32_t gfn = 0, role = SHADOW_P2M_PD;
    if (g->cr0 & CR0_PG) {
        gfn = g->cr3 >> PAGE_SHIFT;
        role = SHADOW_PD | ((g->cr0 & CR0_WP) ? 0 : SHADOW_WP0);
    }
    hv_charge(v->hv, HV_COST_shadow_root);
    vm->stats.mmu.root_switches++;
    bool kept = shadow_find(s, gfn, role) != NULL;
    vm->stats.mmu.root_hits += kept;
    struct shadow_page *p = shadow_get(vm, gfn, role);
    if (!p)
        return 0;
    s->root = (uint32_t)(p - s->page) + 1;
    return p->mfn << PAGE_SHIFT;
}

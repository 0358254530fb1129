/*
 * Looking up, filling and flushing the modelled TLB. A fill also leaves a host pointer beside the
 * entry where nobody wants to see the access; that pointer is a cache, the entry is state.
 */
#include "mmu/tlb.h"

#include <string.h>

#include "cpu/cache.h"
#include "cpu/probe.h"
#include "sim/walk.h"

/* --- flushing --- */

void cpu_tlb_flush(struct cpu *c, bool global)
{
    struct tlb_entry *const array[2] = {c->s.dtlb, c->s.itlb};
    const unsigned entries[2] = {TLB_DATA_ENTRIES, TLB_CODE_ENTRIES};

    c->s.code_page_valid = 0;
    cache_flush_fast(c);
    if (global || !(c->s.cr4 & CR4_PGE)) {
        memset(c->s.dtlb, 0, sizeof c->s.dtlb);
        memset(c->s.itlb, 0, sizeof c->s.itlb);
        return;
    }
    for (unsigned a = 0; a < 2; a++) {
        for (unsigned i = 0; i < entries[a]; i++) {
            if (!(array[a][i].page & TLB_G))
                array[a][i].page = array[a][i].frame = 0;
        }
    }
}

void cpu_tlb_flush_page(struct cpu *c, uint32_t linear)
{
    struct tlb_entry *d = &c->s.dtlb[(linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1)];
    struct tlb_entry *i = &c->s.itlb[(linear >> PAGE_SHIFT) & (TLB_CODE_ENTRIES - 1)];

    if (!((d->page ^ linear) & PAGE_MASK))
        d->page = d->frame = 0;
    if (!((i->page ^ linear) & PAGE_MASK))
        i->page = i->frame = 0;
    if (c->s.code_page == (linear & PAGE_MASK))
        c->s.code_page_valid = 0;
    cache_flush_fast_page(c, linear);
}

/* A TLB entry keeps the rights in a page-table entry's own bits. */
_Static_assert(TLB_W == PTE_W && TLB_U == PTE_U && TLB_D == PTE_D && TLB_G == PTE_G,
               "rights are copied as they are");

/* --- filling --- */

static void fill_view(struct cpu *c, unsigned view, uint32_t page, uint32_t frame, bool write)
{
    unsigned slot = (page >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1);
    struct fast_entry *e = &c->cache->fast[view][slot];

    if (e->read_tag != page)
        e->write_tag = 1;
    e->read_tag = page;
    e->add = (uintptr_t)(c->ram->bytes + frame) - page;
    if (write)
        e->write_tag = page;
    c->cache->fast_used[slot / 32] |= 1u << slot % 32;
}

/* Leaves host pointers to a RAM page for accesses of one privilege; writes only if nobody wants to
 * see them. */
static void fill_fast(struct cpu *c, uint32_t linear, uint32_t frame, enum cpu_access access,
                      bool user)
{
    uint32_t page = linear & PAGE_MASK;

    if (access == ACCESS_EXEC || !c->cache || !ram_contains(c->ram, frame, PAGE_SIZE))
        return;
    if (SIM_UNLIKELY(c->probe != NULL) && probe_watches(c, page, frame))
        return;
    uint8_t *flags = &c->ram->page_flags[frame >> PAGE_SHIFT];
    bool write = access == ACCESS_WRITE && !(*flags & (RAM_PAGE_CODE | RAM_PAGE_WATCH));
    if (write)
        *flags |= RAM_PAGE_DIRTY;
    if ((page | ~PAGE_MASK) <= c->fast_limit)
        fill_view(c, user ? FAST_USER : FAST_KERNEL, page, frame, write);
    if (!user)
        fill_view(c, FAST_SYSTEM, page, frame, write);
}

static bool allows(const struct cpu *c, const struct tlb_entry *e, enum cpu_access access,
                   bool user)
{
    if (user && !(e->page & TLB_U))
        return false;
    if (access != ACCESS_WRITE)
        return true;
    return (e->page & TLB_D) && ((e->page & TLB_W) || (!user && !(c->s.cr0 & CR0_WP)));
}

static bool read_entry(void *opaque, uint32_t pa, uint32_t *entry)
{
    struct cpu *c = opaque;

    *entry = ram_read32(c->ram, pa);
    return true;
}

static bool write_entry(void *opaque, uint32_t pa, uint32_t entry)
{
    struct cpu *c = opaque;

    ram_write32(c->ram, pa, entry);
    return true;
}

static const struct walk_ops hw_walk_ops = {read_entry, write_entry};

static SIM_NOINLINE bool miss(struct cpu *c, struct tlb_entry *e, uint32_t linear,
                              enum cpu_access access, bool user)
{
    const struct walk_mode mode = {.cr3 = c->s.cr3,
                                   .wp = (c->s.cr0 & CR0_WP) != 0,
                                   .pse = (c->s.cr4 & CR4_PSE) != 0,
                                   .pge = (c->s.cr4 & CR4_PGE) != 0};
    struct walk_result r;
    bool ok = mmu_walk_inline(&hw_walk_ops, c, &mode, linear, access, user, &r);

    for (unsigned i = 0; i < r.refs; i++)
        c->ops->charge(c, COST_walk_ref);
    if (!ok) {
        if (!((e->page ^ linear) &
              PAGE_MASK)) /* a fault leaves no stale entry behind (SDM v3, 4.10.4.1) */
            cpu_tlb_flush_page(c, linear);
        return cpu_raise_pf(c, linear, r.error);
    }
    if (access != ACCESS_EXEC && ((e->page ^ linear) & PAGE_MASK))
        cache_flush_fast_page(c, linear);
    e->page = (linear & PAGE_MASK) | TLB_VALID | (r.rights & (TLB_W | TLB_U | TLB_D | TLB_G));
    e->frame = r.frame;
    return true;
}

bool tlb_translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user, uint32_t *pa)
{
    if (!(c->s.cr0 & CR0_PG)) {
        *pa = linear;
        fill_fast(c, linear, linear & PAGE_MASK, access, user);
        return true;
    }
    unsigned page = linear >> PAGE_SHIFT;
    struct tlb_entry *e = access == ACCESS_EXEC ? &c->s.itlb[page & (TLB_CODE_ENTRIES - 1)]
                                                : &c->s.dtlb[page & (TLB_DATA_ENTRIES - 1)];
    if (((e->page ^ linear) & PAGE_MASK) || !(e->page & TLB_VALID) || !allows(c, e, access, user)) {
        if (!miss(c, e, linear, access, user))
            return false;
    }
    *pa = e->frame | (linear & ~PAGE_MASK);
    fill_fast(c, linear, e->frame, access, user);
    return true;
}

bool tlb_look_code(struct cpu *c, uint32_t linear, uint32_t *pa)
{
    static const struct walk_ops look = {read_entry, NULL};
    const struct walk_mode mode = {.cr3 = c->s.cr3, .pse = (c->s.cr4 & CR4_PSE) != 0};
    const struct tlb_entry *e = &c->s.itlb[(linear >> PAGE_SHIFT) & (TLB_CODE_ENTRIES - 1)];
    bool user = c->s.cpl == 3;
    struct walk_result r;

    if (!(c->s.cr0 & CR0_PG)) {
        *pa = linear;
        return true;
    }
    r.frame = e->frame;
    if (((e->page ^ linear) & PAGE_MASK) || !(e->page & TLB_VALID) ||
        !allows(c, e, ACCESS_EXEC, user)) {
        if (!mmu_walk(&look, c, &mode, linear, ACCESS_EXEC, user, &r))
            return false;
    }
    *pa = r.frame | (linear & ~PAGE_MASK);
    return true;
}

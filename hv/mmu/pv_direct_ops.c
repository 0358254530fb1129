/*
 * What page-table hypercalls do to typed frames: store, pin, load a root, find an entry.
 *
 * Order matters: a new entry's claim is taken before the store, the old one's given back after it,
 * so that at no moment does an entry stand in a table for which nothing was counted.
 */
#include "mmu/pv_direct.h"

#include <assert.h>

#include "hv/abi/pv.h"

/* An entry that claims exactly what the old one did. */
static bool same_claim(const struct pv_mmu *m, enum frame_type level, uint32_t old, uint32_t entry)
{
    uint32_t free = level == FRAME_PD ? m->policy->pd_free : m->policy->pt_free;
    return (old & entry & PTE_P) && !((old ^ entry) & ~free);
}

/* Stores into a checked table of that level. */
static int table_set(struct pv_mmu *m, uint32_t mfn, enum frame_type level, unsigned slot,
                     uint32_t entry, bool preserve_ad)
{
    if (level == FRAME_PD && slot >= m->guest_slots)
        return -PV_EINVAL;
    uint32_t old = m->ops->read(m->opaque, mfn, slot);
    if (preserve_ad)
        entry |= old & (PTE_A | PTE_D);
    if (same_claim(m, level, old, entry)) {
        m->ops->write(m->opaque, mfn, slot, entry);
        return 0;
    }
    int error = pv_entry_take(m, mfn, level, slot, entry);
    if (error)
        return error;
    m->ops->write(m->opaque, mfn, slot, entry);
    pv_entry_drop(m, mfn, level, old);
    return 0;
}

int pv_mmu_set_entry(struct pv_mmu *m, uint32_t mfn, unsigned slot, uint32_t entry,
                     bool preserve_ad)
{
    const struct frame *f = pv_frame_own(m, mfn);
    if (!f || slot >= m->slots)
        return -PV_EINVAL;
    m->ops->charge(m->opaque, HV_COST_pte_validate, 1);
    enum frame_type type = (enum frame_type)f->type;
    if (type == FRAME_PD || type == FRAME_PT)
        return table_set(m, mfn, type, slot, entry, preserve_ad);
    if (type == FRAME_SEGDESC)
        return -PV_EINVAL;
    m->ops->write(m->opaque, mfn, slot, entry); /* no table: as good as the guest's own store */
    return 0;
}

int pv_mmu_pin(struct pv_mmu *m, uint32_t mfn, enum frame_type type)
{
    struct frame *f = pv_frame_own(m, mfn);
    if (!f || f->pinned)
        return -PV_EINVAL;
    int error = pv_type_get(m, mfn, type);
    if (error)
        return error;
    f->pinned = 1;
    return 0;
}

int pv_mmu_unpin(struct pv_mmu *m, uint32_t mfn)
{
    struct frame *f = pv_frame_own(m, mfn);
    if (!f || !f->pinned)
        return -PV_EINVAL;
    f->pinned = 0;
    pv_type_put(m, mfn);
    return 0;
}

int pv_mmu_load_root(struct pv_mmu *m, uint32_t mfn)
{
    if (mfn != m->root) {
        int error = pv_type_get(m, mfn, FRAME_PD);
        if (error)
            return error;
        uint32_t old = m->root;
        m->root = mfn;
        if (old)
            pv_type_put(m, old);
    }
    pv_mmu_flushed(
        m); /* the CPU loads CR3 before the guest runs again, and there are no global entries */
    return 0;
}

int pv_mmu_find(struct pv_mmu *m, uint32_t gva, uint32_t *mfn, unsigned *slot)
{
    unsigned directory_slot = gva >> 22;
    if (!m->root || directory_slot >= m->guest_slots)
        return -PV_EINVAL;
    uint32_t entry = m->ops->read(m->opaque, m->root, directory_slot);
    const struct frame *table = pv_frame_own(m, entry >> PAGE_SHIFT);
    if (!(entry & PTE_P))
        return -PV_EINVAL;
    assert(table); /* a checked directory names frames of the guest's */
    if (table->type != FRAME_PT)
        return -PV_EINVAL;
    *mfn = entry >> PAGE_SHIFT;
    *slot = (gva >> PAGE_SHIFT) & (m->slots - 1);
    return 0;
}

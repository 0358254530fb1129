/*
 * Frame types of paravirtual guests: getting and giving back references, checking tables.
 *
 * Counts cannot overflow: a reference stands for an entry in a frame of RAM (at most 917,504 x 1024
 * of them), a pin, a root or a descriptor page. Recursion ends after directory, table, frame. A
 * directory may name itself (a linear map) without W; that takes a plain reference, no type, so
 * that it can never keep itself alive (XSA-240 was about such chains), and no other directory may
 * be named at all.
 *
 * When a frame's last writable mapping goes, the TLB may still hold it. The frame notes how many
 * whole flushes there had been; if there was none since when it becomes a table, one is made first.
 */
#include "mmu/pv_direct.h"

#include <assert.h>

#include "hv/abi/pv.h"

const struct pv_policy pv_policy_real = {
    /* Xen's masks: no cache attributes, large or global pages above a page table; none of the last
       in one. */
    .pd_refused = PTE_PWT | PTE_PCD | PTE_PS | PTE_G,
    .pt_refused = PTE_PS | PTE_G, /* bit 7 of a leaf is PAT */
    .pd_free = PTE_A | PTE_D | PTE_AVL | PTE_U,
    .pt_free = PTE_A | PTE_D | PTE_AVL | PTE_U | PTE_PWT | PTE_PCD,
};

static uint32_t entry_mfn(uint32_t entry)
{
    return entry >> PAGE_SHIFT;
}

struct frame *pv_frame_own(const struct pv_mmu *m, uint32_t mfn)
{
    if (mfn == 0 || mfn >= m->frame_count || m->frames[mfn].owner != m->owner ||
        m->frames[mfn].refs == 0)
        return 0;
    return &m->frames[mfn];
}

int pv_frame_get(struct pv_mmu *m, uint32_t mfn)
{
    struct frame *f = pv_frame_own(m, mfn);
    if (!f)
        return -PV_EINVAL;
    f->refs++;
    return 0;
}

void pv_frame_put(struct pv_mmu *m, uint32_t mfn)
{
    struct frame *f = pv_frame_own(m, mfn);
    assert(f && f->refs > f->type_refs);
    if (--f->refs == 0)
        m->ops->released(m->opaque, mfn);
}

/* What a present entry of a table claims: the frame, and its type if the claim is to one. */
struct claim {
    uint32_t mfn;
    enum frame_type type; /* FRAME_NONE: a plain reference */
};

static struct claim entry_claim(uint32_t table, enum frame_type level, uint32_t entry)
{
    struct claim c = {entry_mfn(entry), FRAME_NONE};
    if (level == FRAME_PD && c.mfn != table)
        c.type = FRAME_PT;
    else if (level == FRAME_PT && (entry & PTE_W))
        c.type = FRAME_WRITABLE;
    return c;
}

static int claim_take(struct pv_mmu *m, struct claim c)
{
    return c.type == FRAME_NONE ? pv_frame_get(m, c.mfn) : pv_type_get(m, c.mfn, c.type);
}

static void claim_drop(struct pv_mmu *m, struct claim c)
{
    if (c.type == FRAME_NONE)
        pv_frame_put(m, c.mfn);
    else
        pv_type_put(m, c.mfn);
}

int pv_entry_take(struct pv_mmu *m, uint32_t table, enum frame_type level, unsigned slot,
                  uint32_t entry)
{
    if (!(entry & PTE_P))
        return 0;
    uint32_t refused = level == FRAME_PD ? m->policy->pd_refused : m->policy->pt_refused;
    bool linear = level == FRAME_PD && entry_mfn(entry) == table;
    if ((entry & refused) || (linear && (entry & PTE_W)) ||
        !m->ops->allowed(m->opaque, table, slot, entry)) {
        m->refused++;
        return -PV_EINVAL;
    }
    int error = claim_take(m, entry_claim(table, level, entry));
    if (error)
        m->refused++;
    return error;
}

void pv_entry_drop(struct pv_mmu *m, uint32_t table, enum frame_type level, uint32_t entry)
{
    if (entry & PTE_P)
        claim_drop(m, entry_claim(table, level, entry));
}

static unsigned level_slots(const struct pv_mmu *m, enum frame_type level)
{
    return level == FRAME_PD ? m->guest_slots : m->slots;
}

/* The hypervisor's slots of a directory: filled when it becomes one, emptied when the guest gets
 * the frame back. */
static void hypervisor_slots(struct pv_mmu *m, uint32_t mfn, bool fill)
{
    for (unsigned slot = m->guest_slots; slot < m->slots; slot++)
        m->ops->write(m->opaque, mfn, slot, fill ? m->ops->hypervisor_entry(m->opaque, slot) : 0);
}

static void table_drop_entries(struct pv_mmu *m, uint32_t mfn, enum frame_type level,
                               unsigned slots)
{
    for (unsigned slot = 0; slot < slots; slot++)
        pv_entry_drop(m, mfn, level, m->ops->read(m->opaque, mfn, slot));
}

static int table_check(struct pv_mmu *m, uint32_t mfn, enum frame_type level)
{
    unsigned slots = level_slots(m, level);
    unsigned present = 0;
    for (unsigned slot = 0; slot < slots; slot++) {
        uint32_t entry = m->ops->read(m->opaque, mfn, slot);
        int error = pv_entry_take(m, mfn, level, slot, entry);
        if (error) {
            m->ops->charge(m->opaque, HV_COST_pte_validate, present + 1);
            table_drop_entries(m, mfn, level, slot);
            return error;
        }
        present += entry & PTE_P;
    }
    m->ops->charge(m->opaque, HV_COST_pte_validate, present);
    if (level == FRAME_PD)
        hypervisor_slots(m, mfn, true);
    return 0;
}

static int descriptors_check(struct pv_mmu *m, uint32_t mfn)
{
    for (unsigned slot = 0; slot + 1 < m->slots; slot += 2) {
        uint32_t lo = m->ops->read(m->opaque, mfn, slot),
                 hi = m->ops->read(m->opaque, mfn, slot + 1);
        uint32_t old_lo = lo, old_hi = hi;
        if (!m->ops->descriptor(m->opaque, &lo, &hi)) {
            m->refused++;
            return -PV_EINVAL;
        }
        if (lo != old_lo)
            m->ops->write(m->opaque, mfn, slot, lo);
        if (hi != old_hi)
            m->ops->write(m->opaque, mfn, slot + 1, hi);
    }
    return 0;
}

static int contents_check(struct pv_mmu *m, uint32_t mfn, enum frame_type type)
{
    if (type == FRAME_WRITABLE)
        return 0;
    if (m->frames[mfn].stamp == m->flushes) /* somebody may still write through the TLB */
        m->ops->flush(m->opaque);
    m->ops->charge(m->opaque, HV_COST_frame_type, 1);
    return type == FRAME_SEGDESC ? descriptors_check(m, mfn) : table_check(m, mfn, type);
}

int pv_type_get(struct pv_mmu *m, uint32_t mfn, enum frame_type type)
{
    struct frame *f = pv_frame_own(m, mfn);
    if (!f)
        return -PV_EINVAL;
    if (f->type_refs) {
        if (f->type != type)
            return -PV_EINVAL;
        assert(f->validated); /* a table under check is met only by its own linear entry */
        f->type_refs++;
        f->refs++;
        return 0;
    }
    /* Typed, used once, not yet checked: so an entry that names the table itself meets it as what
     * it will be. */
    assert(!f->validated);
    f->type = (uint8_t)type;
    f->type_refs = 1;
    f->refs++;
    int error = contents_check(m, mfn, type);
    if (error) {
        f->type = FRAME_NONE;
        f->type_refs = 0;
        f->refs--; /* never the last: the guest's own is left */
        return error;
    }
    f->validated = 1;
    return 0;
}

void pv_type_put(struct pv_mmu *m, uint32_t mfn)
{
    struct frame *f = pv_frame_own(m, mfn);
    assert(f && f->type_refs > 0 && f->validated);
    if (--f->type_refs == 0) {
        enum frame_type type = (enum frame_type)f->type;
        f->validated = 0;
        if (type == FRAME_WRITABLE)
            f->stamp = m->flushes;
        if (type == FRAME_PD || type == FRAME_PT) {
            m->ops->charge(m->opaque, HV_COST_frame_type, 1);
            table_drop_entries(m, mfn, type, level_slots(m, type));
        }
        if (type == FRAME_PD)
            hypervisor_slots(m, mfn, false);
        f->type = FRAME_NONE;
    }
    pv_frame_put(m, mfn);
}

int pv_frame_give_back(struct pv_mmu *m, uint32_t mfn)
{
    struct frame *f = pv_frame_own(m, mfn);
    if (!f || f->given_back)
        return -PV_EINVAL;
    f->given_back = 1;
    pv_frame_put(m, mfn);
    return 0;
}

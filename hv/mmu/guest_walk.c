/*
 * Walks of the guest's own page tables, as its virtual MMU would make them: the hardware's walk, in
 * guest physical space.
 *
 * This is what decides whose a page fault is: only if these tables forbid the access does the guest
 * hear of it, with the error code that follows from them. Accessed and Dirty are set here on the
 * guest's behalf.
 */
#include "core/internal.h"

#include "sim/walk.h"

/* Where the guest has no memory nobody answers a table walk, and the bus floats: all ones. */
static bool read_entry(void *opaque, uint32_t gpa, uint32_t *entry)
{
    const struct vcpu *v = opaque;
    uint32_t pa;
    hv_charge(v->hv, HV_COST_guest_walk_ref);
    bool ram = p2m_lookup(v->vm, gpa, &pa) == P2M_RAM;
    *entry = ram ? ram_read32(&v->hv->machine->ram, pa) : UINT32_MAX;
    return true;
}

/*
 * Sets Accessed and Dirty. Only bits that widen are set, so no shadow entry becomes wrong and
 * nobody need be told: the store is the virtual MMU's, not the guest's.
 */
static bool write_entry(void *opaque, uint32_t gpa, uint32_t entry)
{
    struct vcpu *v = opaque;
    uint32_t pa;
    if (p2m_lookup(v->vm, gpa, &pa) != P2M_RAM)
        return true; /* lost: no memory takes it */
    uint32_t missing = entry & ~ram_read32(&v->hv->machine->ram, pa);
    ram_write32(&v->hv->machine->ram, pa, entry);
    hv_charge(v->hv, HV_COST_guest_write);
    hv_note(v->hv, ACTION_AD_SET, gpa, missing);
    v->vm->stats.mmu.accessed_set += (missing & PTE_A) != 0;
    v->vm->stats.mmu.dirty_set += (missing & PTE_D) != 0;
    return true;
}

static const struct walk_ops use_ops = {read_entry, write_entry};
static const struct walk_ops look_ops = {read_entry, NULL};

/* Without paging, linear addresses are physical ones. */
static bool walk_nothing(struct guest_walk *w)
{
    w->gpa = w->gva;
    w->user_ok = w->writable = w->ok = true;
    return true;
}

bool guest_walk(struct vcpu *v, uint32_t gva, enum cpu_access access, bool user, bool set_ad,
                struct guest_walk *w)
{
    const struct cpu_state *s = &v->virt.s;
    *w = (struct guest_walk){.gva = gva, .access = (uint8_t)access, .user = user};
    if (!(s->cr0 & CR0_PG))
        return walk_nothing(w);

    const struct walk_mode mode = {
        .cr3 = s->cr3, .wp = s->cr0 & CR0_WP, .pse = s->cr4 & CR4_PSE, .pge = s->cr4 & CR4_PGE};
    struct walk_result r;
    w->paging = true;
    w->pde_gpa = (s->cr3 & PTE_FRAME) | ((gva >> 22) * 4u);
    w->ok = mmu_walk(set_ad ? &use_ops : &look_ops, v, &mode, gva, access, user, &r);
    w->refs = r.refs;
    w->large = r.large;
    w->pde = r.pde | (w->ok && set_ad ? PTE_A : 0);
    w->pte = r.pte;
    if (!r.large && r.refs == 2)
        w->pte_gpa = (r.pde & PTE_FRAME) | (((gva >> PAGE_SHIFT) & 1023u) * 4u);
    if (!w->ok) {
        w->error = r.error;
        return false;
    }
    uint32_t *leaf = r.large ? &w->pde : &w->pte;
    if (set_ad)
        *leaf |= PTE_A | (access == ACCESS_WRITE ? PTE_D : 0);
    w->user_ok = r.rights & PTE_U;
    w->writable = r.rights & PTE_W;
    w->gpa = r.frame | (gva & ~PTE_FRAME);
    return true;
}

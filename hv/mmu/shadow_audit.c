/*
 * The audit of shadow page tables: every frame they reach is the VM's, every table they name is a
 * shadow page, the hole holds the hypervisor's entries and nothing else, and no entry gives more
 * than the guest's own table does.
 */
#include "mmu/shadow.h"

/* Does the guest's own directory name what this shadow table stands for, with these rights? */
static bool is_table_of(struct vm *vm, const struct shadow_page *p, unsigned slot,
                        const struct shadow_page *table, uint32_t entry)
{
    uint32_t kind = table->role & SHADOW_KIND_MASK, pde;
    if (!table->used || shadow_is_root_kind(table->role))
        return false;
    if ((p->role & SHADOW_KIND_MASK) == SHADOW_P2M_PD)
        return kind == SHADOW_P2M_PT && table->gfn == slot << 10;
    if (!gpa_copy_out(vm, (p->gfn << PAGE_SHIFT) + slot * 4u, &pde, 4) || !(pde & PTE_P))
        return false;
    if (!(p->role & SHADOW_WP0) && (entry & (PTE_W | PTE_U) & ~pde))
        return false;
    return kind == SHADOW_SPLIT ? (pde & PTE_PS) && table->gfn == pde >> 22 << 10
                                : kind == SHADOW_PT && table->gfn == pde >> PAGE_SHIFT;
}

static void audit_root(struct vm *vm, const struct shadow_page *p, unsigned slot, uint32_t entry,
                       struct hv_audit *a)
{
    uint32_t area = HV_AREA >> 22;
    const struct frame *f = frame_of(vm->hv, entry >> PAGE_SHIFT);
    if (slot >= HV_HOLE_SLOT) {
        bool ours =
            slot == area && entry >> PAGE_SHIFT == vm->hv->own.area_pt_mfn && !(entry & PTE_U);
        if (!ours)
            audit_note(a, &a->foreign, "directory entry in the hole", slot, entry);
        return;
    }
    if (!f || f->owner != FRAME_HYPERVISOR || f->type != FRAME_SHADOW || (entry & PTE_PS) ||
        f->gfn >= vm->shadow->count || vm->shadow->page[f->gfn].mfn != entry >> PAGE_SHIFT)
        audit_note(a, &a->foreign, "directory entry that names no shadow table", p->gfn, entry);
    else if (!is_table_of(vm, p, slot, &vm->shadow->page[f->gfn], entry))
        audit_note(a, &a->inconsistent, "directory entry that names another table than the guest's",
                   p->gfn, entry);
}

/* The guest's page that a leaf should show. False: the guest's table gives nothing there. */
static bool expected(struct vm *vm, const struct shadow_page *p, unsigned slot, uint32_t *gfn,
                     uint32_t *rights)
{
    uint32_t kind = p->role & SHADOW_KIND_MASK, entry;
    *rights = PTE_W | PTE_U;
    *gfn = p->gfn + slot;
    if (kind != SHADOW_PT)
        return true;
    if (!gpa_copy_out(vm, (p->gfn << PAGE_SHIFT) + slot * 4u, &entry, 4) || !(entry & PTE_P))
        return false;
    *gfn = entry >> PAGE_SHIFT;
    *rights = entry & PTE_U;
    if ((entry & PTE_D) && ((entry & PTE_W) || (p->role & SHADOW_WP0)))
        *rights |= PTE_W;
    return true;
}

static void audit_leaf(struct vm *vm, const struct shadow_page *p, unsigned slot, uint32_t entry,
                       struct hv_audit *a)
{
    uint32_t gfn, rights, pa;
    if (!frame_is_vms(vm->hv, entry >> PAGE_SHIFT, vm)) {
        audit_note(a, &a->foreign, "shadow entry that shows a foreign frame", p->gfn, entry);
        return;
    }
    bool ok = expected(vm, p, slot, &gfn, &rights) &&
              p2m_lookup(vm, gfn << PAGE_SHIFT, &pa) == P2M_RAM &&
              pa >> PAGE_SHIFT == entry >> PAGE_SHIFT && !(entry & (PTE_W | PTE_U) & ~rights);
    if (ok && (entry & PTE_W) && p2m_trace(vm, gfn << PAGE_SHIFT))
        ok = false;
    if (!ok)
        audit_note(a, &a->inconsistent, "shadow entry that gives more than the guest's", p->gfn,
                   entry);
}

void shadow_audit(struct vm *vm, struct hv_audit *a)
{
    for (uint32_t i = 0; i < vm->shadow->count; i++) {
        const struct shadow_page *p = &vm->shadow->page[i];
        for (unsigned slot = 0; p->used && slot < SHADOW_SLOTS; slot++) {
            uint32_t entry = shadow_entry(vm, p, slot);
            if (!(entry & PTE_P))
                continue;
            a->entries++;
            if (shadow_is_root_kind(p->role))
                audit_root(vm, p, slot, entry, a);
            else
                audit_leaf(vm, p, slot, entry, a);
        }
    }
}

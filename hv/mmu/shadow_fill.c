/*
 * Filling a shadow entry: the hidden page fault. The guest's tables allow the access; the hardware
 * did not know it yet.
 *
 * Virtual CR0.WP = 0 lets the guest's kernel write pages that its tables call read-only, while the
 * real WP is always 1. As KVM does, such a page is then mapped writable for the supervisor only; a
 * user access flips it back.
 */
#include "mmu/shadow.h"

static uint32_t role_of_table(const struct vcpu *v, const struct guest_walk *w)
{
    uint32_t role = w->large ? SHADOW_SPLIT : SHADOW_PT;
    if (v->virt.s.cr0 & CR0_WP)
        return role;
    return role | SHADOW_WP0 | ((w->pde & PTE_W) ? SHADOW_PARENT_W : 0) |
           ((w->pde & PTE_U) ? SHADOW_PARENT_U : 0);
}

/*
 * The directory entry above a table. With WP = 0 it grants all, and the table's entries hold the
 * effective rights; but the pieces of a 4 MiB page may be shared by entries of unlike Dirty, so
 * that bit is looked at here.
 */
static uint32_t directory_entry(const struct vcpu *v, const struct guest_walk *w, uint32_t mfn)
{
    uint32_t entry = (mfn << PAGE_SHIFT) | PTE_P | PTE_A;
    bool wp = v->virt.s.cr0 & CR0_WP;
    if (!w->paging)
        return entry | PTE_W | PTE_U;
    if ((!wp || (w->pde & PTE_W)) && (!w->large || (w->pde & PTE_D)))
        entry |= PTE_W;
    return entry | (wp ? w->pde & PTE_U : PTE_U);
}

/* The table that maps w->gva below the root, found or made and linked. Null: killed. */
static struct shadow_page *table_for(struct vcpu *v, const struct guest_walk *w)
{
    struct vm *vm = v->vm;
    struct shadow_page *root = &vm->shadow->page[vm->shadow->root - 1];
    unsigned slot = w->gva >> 22;
    struct shadow_page *table;
    if (!w->paging)
        table = shadow_get(vm, (w->gva >> 22) << 10, SHADOW_P2M_PT);
    else if (w->large)
        table = shadow_get(vm, w->pde >> 22 << 10, role_of_table(v, w));
    else
        table = shadow_get(vm, w->pde >> PAGE_SHIFT, role_of_table(v, w));
    if (!table)
        return NULL;
    uint32_t entry = directory_entry(v, w, table->mfn);
    if (shadow_entry(vm, root, slot) != entry)
        shadow_set_table(vm, root, slot, entry, table);
    return table;
}

/* Rights of a leaf. `rights` holds the guest's W, U and D where they count for this leaf. */
static uint32_t leaf_entry(struct vcpu *v, const struct guest_walk *w, uint32_t mfn)
{
    uint32_t entry = (mfn << PAGE_SHIFT) | PTE_P | PTE_A | PTE_D;
    bool traced = p2m_trace(v->vm, w->gpa) != 0;
    if (!w->paging)
        return entry | PTE_U | (traced ? 0 : PTE_W);
    uint32_t leaf = w->large ? w->pde : w->pte;
    if (v->virt.s.cr0 & CR0_WP) {
        if (w->large)
            return entry | PTE_U | (traced ? 0 : PTE_W); /* the directory entry decides */
        return entry | (leaf & PTE_U) | (!traced && (leaf & PTE_W) && (leaf & PTE_D) ? PTE_W : 0);
    }
    if (w->writable)
        return entry | (w->user_ok ? PTE_U : 0) | (!traced && (leaf & PTE_D) ? PTE_W : 0);
    if (w->access == ACCESS_WRITE) { /* WP = 0, read-only, the kernel writes */
        v->vm->stats.mmu.wp_flips++;
        return entry | (traced ? 0 : PTE_W);
    }
    return entry | (w->user_ok ? PTE_U : 0);
}

enum hv_action shadow_fill(struct vcpu *v, const struct guest_walk *w)
{
    struct vm *vm = v->vm;
    uint32_t pa;
    if (p2m_lookup(vm, w->gpa, &pa) != P2M_RAM)
        return hv_kill(vm, "shadow fill of %#x, which is no RAM of the guest", (unsigned)w->gpa);
    struct shadow_page *table = table_for(v, w);
    if (!table)
        return HV_KILL;
    unsigned slot = (w->gva >> PAGE_SHIFT) & 1023u;
    uint32_t entry = leaf_entry(v, w, pa >> PAGE_SHIFT);
    uint32_t old = shadow_entry(vm, table, slot);
    if (old != entry)
        shadow_set_leaf(vm, table, slot, entry, w->gpa >> PAGE_SHIFT);
    cpu_tlb_flush_page(&v->hv->machine->cpu,
                       w->gva); /* a fault drops what the TLB held (SDM v3, Paging) */
    vm->stats.mmu.hidden_fills++;
    hv_note(v->hv, ACTION_SHADOW_FILL, w->gva, entry);
    hv_trace(v->hv, vm, TRACE_FILL, w->gva, entry, 0);
    return HV_RETRY;
}

/*
 * Stores to traced pages: the shadow entries they change are cleared, and pages that stop looking
 * like tables are let go.
 *
 * A guest that writes a table without using it between is building or tearing down an address
 * space: after the third such store, a store that no page-table code would make (not an aligned
 * doubleword), or a REP store, its shadows go and the page becomes ordinary memory until it is used
 * as a table again.
 */
#include "mmu/shadow.h"

void shadow_trace(struct vm *vm, uint32_t gfn, unsigned bits)
{
    if (gfn >= vm->pages)
        return;
    bool was = vm->p2m[gfn].trace;
    vm->p2m[gfn].trace |= (uint8_t)bits;
    if (!was)
        shadow_protect(vm, gfn);
}

void shadow_untrace(struct vm *vm, uint32_t gfn, unsigned bits)
{
    if (gfn < vm->pages)
        vm->p2m[gfn].trace &= (uint8_t)~bits;
}

/* Roles a guest table may have: PD or PT, with WP on; or with it off and each kind of parent. */
static const uint8_t table_roles[] = {
    SHADOW_PD,
    SHADOW_PD | SHADOW_WP0,
    SHADOW_PT,
    SHADOW_PT | SHADOW_WP0,
    SHADOW_PT | SHADOW_WP0 | SHADOW_PARENT_W,
    SHADOW_PT | SHADOW_WP0 | SHADOW_PARENT_U,
    SHADOW_PT | SHADOW_WP0 | SHADOW_PARENT_W | SHADOW_PARENT_U,
};
#define TABLE_ROLES (sizeof(table_roles) / sizeof(table_roles[0]))

static void unshadow(struct vm *vm, struct shadow_page *p)
{
    struct shadow *s = vm->shadow;
    hv_note(vm->hv, ACTION_UNSHADOW, p->gfn, p->role);
    vm->stats.mmu.pages_unshadowed++;
    if (s->root != (uint32_t)(p - s->page) + 1) {
        shadow_drop(vm, p);
        return;
    }
    /* The CPU walks it: it stays, empty, and traced. */
    for (unsigned i = 0; p->live && i < HV_HOLE_SLOT; i++)
        shadow_zap(vm, p, i);
    p->writes = 0;
}

static void wrote_table(struct vm *vm, struct shadow_page *p, uint32_t offset, unsigned size,
                        bool odd)
{
    unsigned first = offset / 4, last = (offset + size - 1) / 4;
    unsigned slots = shadow_is_root_kind(p->role) ? HV_HOLE_SLOT : SHADOW_SLOTS;
    unsigned zapped = 0;
    for (unsigned i = first; i <= last && i < slots; i++)
        zapped += shadow_zap(vm, p, i);
    if (zapped)
        hv_note(vm->hv, ACTION_SHADOW_ZAP, p->gfn, zapped);
    if (odd || ++p->writes >= SHADOW_UNSHADOW_WRITES)
        unshadow(vm, p);
}

static void wrote(struct vm *vm, uint32_t gpa, unsigned size, bool odd)
{
    uint32_t gfn = gpa >> PAGE_SHIFT;
    for (unsigned i = 0; i < TABLE_ROLES; i++) {
        struct shadow_page *p = shadow_find(vm->shadow, gfn, table_roles[i]);
        if (p)
            wrote_table(vm, p, gpa & ~PAGE_MASK, size, odd);
    }
}

void shadow_guest_wrote(struct vm *vm, uint32_t gpa, unsigned size)
{
    if (!(p2m_trace(vm, gpa) & P2M_TRACE_SHADOW))
        return;
    vm->stats.mmu.traced_writes++;
    hv_trace(vm->hv, vm, TRACE_PTWRITE, gpa, gpa_read(vm, gpa & ~3u, 4), size);
    wrote(vm, gpa, size, size != 4 || (gpa & 3u));
}

void shadow_rep_store(struct vm *vm, uint32_t gpa)
{
    if (p2m_trace(vm, gpa) & P2M_TRACE_SHADOW)
        wrote(vm, gpa & ~3u, 4, true);
}

void shadow_flush(struct vcpu *v, uint32_t gva, bool all)
{
    if (all) {
        shadow_drop_all(v->vm);
        return;
    }
    if (v->hv->current != v)
        return;
    cpu_tlb_flush_page(&v->hv->machine->cpu, gva);
    hv_charge_hw(v->hv, COST_invlpg);
    v->vm->stats.mmu.real_invlpg++;
}

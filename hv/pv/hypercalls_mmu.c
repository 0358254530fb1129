/*
 * Hypercalls about memory: page tables, frames, descriptor tables.
 *
 * The validator decides (hv/mmu/pv_direct.c); here requests are fetched, counted, and what follows
 * for the real TLB and CR3 is done.
 */
#include "pv/pv.h"

/* A guest that may name another domain would be a privileged one; there are none. */
static int check_domain(uint32_t domain)
{
    if (domain == PV_DOMID_SELF)
        return 0;
    return domain < PV_DOMID_SELF ? -PV_EPERM : -PV_ESRCH;
}

/* Reports how many requests were carried out, if the guest wants to know. */
static int32_t report_done(struct vcpu *v, uint32_t to, uint32_t done, int error)
{
    if (to && pv_copy_out(v, to, &done, sizeof done))
        return -PV_EFAULT;
    return error;
}

static int check_batch(uint32_t list, uint32_t count, uint32_t size, uint32_t domain)
{
    int error = check_domain(domain);
    if (error)
        return error;
    if (!pv_range_ok(list, count, size))
        return -PV_EFAULT;
    return count > PV_MAX_BATCH ? -PV_E2BIG : 0;
}

static void note_update(struct vcpu *v, uint32_t pa, uint32_t entry, int error)
{
    hv_trace(v->hv, v->vm, error ? TRACE_DENIED : TRACE_PTWRITE, pa, entry, 0);
}

/* ------------------------------------------------------------------------------ stores */

static int machphys_update(struct vcpu *v, uint32_t mfn, uint32_t pfn)
{
    if (!pv_frame_own(&pv_of(v)->mmu, mfn))
        return -PV_EINVAL;
    pv_m2p_set(v->hv, mfn, pfn);
    hv_charge(v->hv, HV_COST_pte_validate);
    return 0;
}

static int one_update(struct vcpu *v, const struct pv_mmu_update *u)
{
    uint32_t kind = u->ptr_lo & 3u, pa = u->ptr_lo & ~3u;
    if (u->ptr_hi || u->val_hi)
        return -PV_EINVAL;
    if (kind == PV_MMU_MACHPHYS_UPDATE)
        return machphys_update(v, pa >> PAGE_SHIFT, u->val_lo);
    if (kind != PV_MMU_NORMAL_PT_UPDATE && kind != PV_MMU_PT_UPDATE_PRESERVE_AD)
        return -PV_ENOSYS;
    int error = pv_mmu_set_entry(&pv_of(v)->mmu, pa >> PAGE_SHIFT, (pa & ~PAGE_MASK) / 4u,
                                 u->val_lo, kind == PV_MMU_PT_UPDATE_PRESERVE_AD);
    note_update(v, pa, u->val_lo, error);
    return error;
}

int32_t pv_do_mmu_update(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t done = 0;
    int error = check_batch(arg[0], arg[1], sizeof(struct pv_mmu_update), arg[3]);
    if (error)
        return error;
    for (; done < arg[1] && !error; done++) {
        struct pv_mmu_update u;
        error = pv_work(pv_of(v)) ? pv_copy_in(v, &u, arg[0] + done * (uint32_t)sizeof u, sizeof u)
                                  : -PV_E2BIG;
        if (!error)
            error = one_update(v, &u);
        if (error)
            break;
    }
    return report_done(v, arg[2], done, error);
}

int32_t pv_do_update_va_mapping(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t gva = arg[0], entry = arg[1], flags = arg[3], mfn = 0;
    unsigned slot = 0;
    struct pv *pv = pv_of(v);
    if (arg[2] || gva >= PV_HOLE)
        return -PV_EINVAL;
    int error = pv_mmu_find(&pv->mmu, gva, &mfn, &slot);
    if (!error)
        error = pv_mmu_set_entry(&pv->mmu, mfn, slot, entry, false);
    note_update(v, mfn << PAGE_SHIFT | slot * 4u, entry, error);
    switch (flags & PV_UVMF_FLUSHTYPE_MASK) {
    case PV_UVMF_TLB_FLUSH:
        pv_real_flush(pv);
        break;
    case PV_UVMF_INVLPG:
        pv_real_invlpg(pv, gva);
        break;
    default:
        break;
    }
    return error;
}

/* ------------------------------------------------------------------------------ mmuext_op */

static int clear_or_copy(struct vcpu *v, const struct pv_mmuext_op *op)
{
    struct pv *pv = pv_of(v);
    struct ram *ram = &v->hv->machine->ram;
    const struct frame *from = pv_frame_own(&pv->mmu, op->arg2);
    if (op->cmd == PV_MMUEXT_COPY_PAGE && !from)
        return -PV_EINVAL;
    int error = pv_type_get(&pv->mmu, op->arg1, FRAME_WRITABLE);
    if (error)
        return error;
    hv_charge_n(v->hv, HV_COST_guest_write, PAGE_SIZE / 4u);
    for (uint32_t i = 0; i < PAGE_SIZE; i += 4)
        ram_write32(ram, op->arg1 << PAGE_SHIFT | i,
                    op->cmd == PV_MMUEXT_COPY_PAGE ? ram_read32(ram, op->arg2 << PAGE_SHIFT | i)
                                                   : 0);
    pv_type_put(&pv->mmu, op->arg1);
    return 0;
}

/* An LDT at a linear address: each of its pages must be mapped, and becomes a descriptor page. */
static int set_ldt(struct vcpu *v, uint32_t gva, uint32_t entries)
{
    struct pv *pv = pv_of(v);
    uint32_t mfn[PV_LDT_FRAMES] = {0};
    if (entries > 8192 || (gva & ~PAGE_MASK) || (entries && !pv_range_ok(gva, entries, 8)))
        return -PV_EINVAL;
    for (uint32_t i = 0; i * 512 < entries; i++) {
        uint32_t table;
        unsigned slot;
        int error = pv_mmu_find(&pv->mmu, gva + i * PAGE_SIZE, &table, &slot);
        if (error)
            return error;
        uint32_t entry = pv_frame_read(v->vm, table, slot * 4u, 4);
        if (!(entry & PTE_P))
            return -PV_EINVAL;
        mfn[i] = entry >> PAGE_SHIFT;
    }
    return pv_ldt_set(pv, mfn, entries);
}

static int pin(struct vcpu *v, uint32_t mfn, enum frame_type type)
{
    int error = pv_mmu_pin(&pv_of(v)->mmu, mfn, type);
    v->vm->stats.mmu.frames_pinned += !error;
    if (!error)
        hv_note(v->hv, ACTION_FRAME, mfn, type);
    return error;
}

static int one_mmuext(struct vcpu *v, const struct pv_mmuext_op *op)
{
    struct pv *pv = pv_of(v);
    switch (op->cmd) {
    case PV_MMUEXT_PIN_L1_TABLE:
        return pin(v, op->arg1, FRAME_PT);
    case PV_MMUEXT_PIN_L2_TABLE:
        return pin(v, op->arg1, FRAME_PD);
    case PV_MMUEXT_UNPIN_TABLE:
        return pv_mmu_unpin(&pv->mmu, op->arg1);
    case PV_MMUEXT_NEW_BASEPTR: {
        int error = pv_mmu_load_root(&pv->mmu, op->arg1);
        if (!error)
            pv_real_root(pv);
        return error;
    }
    case PV_MMUEXT_TLB_FLUSH_LOCAL: /* one virtual CPU: local, multi and all are the same */
    case PV_MMUEXT_TLB_FLUSH_MULTI:
    case PV_MMUEXT_TLB_FLUSH_ALL:
        pv_real_flush(pv);
        return 0;
    case PV_MMUEXT_INVLPG_LOCAL:
    case PV_MMUEXT_INVLPG_MULTI:
    case PV_MMUEXT_INVLPG_ALL:
        if (op->arg1 < PV_HOLE)
            pv_real_invlpg(pv, op->arg1);
        return 0;
    case PV_MMUEXT_FLUSH_CACHE:
        return 0; /* the machine has no cache to write back */
    case PV_MMUEXT_SET_LDT:
        return set_ldt(v, op->arg1, op->arg2);
    case PV_MMUEXT_CLEAR_PAGE:
    case PV_MMUEXT_COPY_PAGE:
        return clear_or_copy(v, op);
    default:
        return -PV_ENOSYS;
    }
}

int32_t pv_do_mmuext_op(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t done = 0;
    int error = check_batch(arg[0], arg[1], sizeof(struct pv_mmuext_op), arg[3]);
    if (error)
        return error;
    for (; done < arg[1]; done++) {
        struct pv_mmuext_op op;
        error = pv_work(pv_of(v))
                    ? pv_copy_in(v, &op, arg[0] + done * (uint32_t)sizeof op, sizeof op)
                    : -PV_E2BIG;
        if (!error)
            error = one_mmuext(v, &op);
        if (error)
            break;
    }
    return report_done(v, arg[2], done, error);
}

/* ------------------------------------------------------------------------------ descriptors */

int32_t pv_do_set_gdt(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t mfn[PV_GDT_GUEST_FRAMES], entries = arg[1];
    uint32_t frames = (entries + 511) / 512;
    if (entries > PV_GDT_GUEST_ENTRIES)
        return -PV_EINVAL;
    if (pv_copy_in(v, mfn, arg[0], frames * 4))
        return -PV_EFAULT;
    hv_charge(v->hv, HV_COST_emulate_table);
    return pv_gdt_set(pv_of(v), mfn, entries);
}

int32_t pv_do_update_descriptor(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    uint32_t pa = arg[0], lo = arg[2], hi = arg[3];
    const struct frame *f = pv_frame_own(&pv->mmu, pa >> PAGE_SHIFT);
    if (arg[1] || (pa & 7u) || !f || !pv_descriptor_fix(&lo, &hi))
        return -PV_EINVAL;
    if (f->type == FRAME_PD || f->type == FRAME_PT)
        return -PV_EINVAL;
    hv_charge(v->hv, HV_COST_descriptor_fill);
    pv_frame_write(v->vm, pa >> PAGE_SHIFT, pa, 4, lo);
    pv_frame_write(v->vm, pa >> PAGE_SHIFT, pa + 4, 4, hi);
    pv->s.segments_suspect = 1;
    return 0;
}

/* ------------------------------------------------------------------------------ frames */

static int give_frame_back(struct vcpu *v, uint32_t mfn)
{
    struct pv *pv = pv_of(v);
    const struct frame *f = pv_frame_own(&pv->mmu, mfn);
    if (!f || f->given_back || f->gfn >= v->vm->pages || v->vm->p2m[f->gfn].mfn != mfn)
        return -PV_EINVAL;
    v->vm->p2m[f->gfn] = (struct p2m_entry){.type = P2M_NONE};
    return pv_frame_give_back(&pv->mmu, mfn);
}

/* A fresh frame for pseudo-physical page pfn; 0: none. */
static uint32_t take_frame(struct vcpu *v, uint32_t pfn)
{
    struct pv *pv = pv_of(v);
    if (pv->s.frames_held >= v->vm->pages || pfn >= v->vm->pages ||
        v->vm->p2m[pfn].type != P2M_NONE)
        return 0;
    uint32_t mfn = frame_alloc(v->hv, v->vm->number + 1u, FRAME_NONE);
    if (!mfn)
        return 0;
    struct frame *f = frame_of(v->hv, mfn);
    f->refs = 1;
    f->gfn = pfn;
    v->vm->p2m[pfn] = (struct p2m_entry){.mfn = mfn, .type = P2M_RAM};
    pv->s.frames_held++;
    pv_m2p_set(v->hv, mfn, pfn);
    return mfn;
}

static uint32_t first_empty(const struct vm *vm)
{
    uint32_t pfn = 0;
    while (pfn < vm->pages && vm->p2m[pfn].type != P2M_NONE)
        pfn++;
    return pfn;
}

static bool one_extent(struct vcpu *v, uint32_t command, uint32_t at)
{
    uint32_t n;
    if (command == PV_XENMEM_INCREASE_RESERVATION)
        n = first_empty(v->vm);
    else if (pv_copy_in(v, &n, at, 4))
        return false;
    hv_charge(v->hv, HV_COST_frame_type);
    if (command == PV_XENMEM_DECREASE_RESERVATION)
        return give_frame_back(v, n) == 0;
    uint32_t mfn = take_frame(v, n);
    return mfn && (!at || pv_copy_out(v, at, &mfn, 4) == 0);
}

/* The number of extents done; Xen, too, stops at the first that fails. */
static int32_t reservation(struct vcpu *v, uint32_t command, uint32_t argument)
{
    struct pv_memory_reservation r;
    if (pv_copy_in(v, &r, argument, sizeof r))
        return -PV_EFAULT;
    int error = check_domain(r.domid);
    if (error)
        return error;
    if (r.extent_order || r.nr_extents > v->vm->pages ||
        !pv_range_ok(r.extent_start, r.nr_extents, 4))
        return -PV_EINVAL;
    bool listed = r.extent_start || command != PV_XENMEM_INCREASE_RESERVATION;
    uint32_t done = 0;
    while (done < r.nr_extents && one_extent(v, command, listed ? r.extent_start + done * 4 : 0))
        done++;
    return (int32_t)done;
}

int32_t pv_do_memory_op(struct vcpu *v, const uint32_t arg[6])
{
    uint16_t domain;
    switch (arg[0]) {
    case PV_XENMEM_INCREASE_RESERVATION:
    case PV_XENMEM_DECREASE_RESERVATION:
    case PV_XENMEM_POPULATE_PHYSMAP:
        return reservation(v, arg[0], arg[1]);
    case PV_XENMEM_MAXIMUM_RAM_PAGE:
        return (int32_t)v->hv->frame_count - 1;
    case PV_XENMEM_CURRENT_RESERVATION:
    case PV_XENMEM_MAXIMUM_RESERVATION: {
        if (pv_copy_in(v, &domain, arg[1], sizeof domain))
            return -PV_EFAULT;
        int error = check_domain(domain);
        if (error)
            return error;
        bool now = arg[0] == PV_XENMEM_CURRENT_RESERVATION;
        return (int32_t)(now ? pv_of(v)->s.frames_held : v->vm->pages);
    }
    default:
        return -PV_ENOSYS;
    }
}

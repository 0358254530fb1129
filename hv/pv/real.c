/*
 * Where the validator and the hypercalls meet the machine: RAM, the TLB, CR3, the TSS and the one
 * direct gate.
 */
#include "pv/pv.h"

#define TSS_ESP1 12u
#define TSS_SS1  16u

static struct ram *ram_of(struct pv *pv)
{
    return &pv->vm->hv->machine->ram;
}

static bool on_cpu(const struct pv *pv)
{
    return pv->vm->hv->current == &pv->vm->cpu;
}

/* ------------------------------------------------------------------------------ the TLB */

void pv_real_flush(struct pv *pv)
{
    pv_mmu_flushed(&pv->mmu);
    pv->vm->stats.mmu.real_flushes++;
    if (!on_cpu(pv))
        return; /* the CPU loads CR3 before it runs this guest again */
    hv_charge_hw(pv->vm->hv, COST_cr3_load);
    cpu_tlb_flush(&pv->vm->hv->machine->cpu, false);
}

void pv_real_invlpg(struct pv *pv, uint32_t gva)
{
    pv->vm->stats.mmu.real_invlpg++;
    if (!on_cpu(pv))
        return;
    hv_charge_hw(pv->vm->hv, COST_invlpg);
    cpu_tlb_flush_page(&pv->vm->hv->machine->cpu, gva);
}

/* Safe at once: every checked directory has the hypervisor's slots. */
void pv_real_root(struct pv *pv)
{
    struct vcpu *v = &pv->vm->cpu;
    struct cpu *c = &pv->vm->hv->machine->cpu;
    pv->s.root = pv->mmu.root;
    v->virt.s.cr3 = v->s.real_cr3 = pv->mmu.root << PAGE_SHIFT;
    pv->vm->stats.mmu.root_switches++;
    if (!on_cpu(pv))
        return;
    hv_charge_hw(pv->vm->hv, COST_cr3_load);
    hv_note(pv->vm->hv, ACTION_ROOT, v->virt.s.cr3, v->s.real_cr3);
    uint32_t old = c->s.cr3;
    c->s.cr3 = v->s.real_cr3;
    c->ops->cr_written(c, 3, old);
}

/* ------------------------------------------------------------------------------ tables of the CPU */

void pv_kernel_stack_update(struct pv *pv)
{
    uint32_t tss = pv->vm->hv->own.tss_mfn << PAGE_SHIFT;
    if (!on_cpu(pv))
        return;
    ram_write32(ram_of(pv), tss + TSS_ESP1, pv->s.kernel_esp);
    ram_write(ram_of(pv), tss + TSS_SS1, 2, pv->s.kernel_ss);
}

bool pv_selector_ok(uint32_t sel)
{
    if ((sel & SEL_TI) || (sel >> 3) < PV_GDT_GUEST_ENTRIES)
        return true; /* checked descriptors have no DPL 0 */
    uint32_t index = sel & SEL_INDEX;
    return index == (PV_FLAT_RING1_CS & SEL_INDEX) || index == (PV_FLAT_RING3_CS & SEL_INDEX);
}

/*
 * System calls may go from ring 3 to ring 1 without us, through a trap gate: an interrupt gate
 * would clear the real IF. So a handler that wants events masked cannot have it.
 */
void pv_direct_gate_update(struct pv *pv)
{
    struct hv *hv = pv->vm->hv;
    const struct pv_callback *cb = &pv->s.trap[PV_SYSCALL_VECTOR];
    uint32_t at = (hv->own.idt_mfn[pv->vm->number] << PAGE_SHIFT) + PV_SYSCALL_VECTOR * 8u;
    uint32_t stub = area_address(HV_AREA_STUBS) + PV_SYSCALL_VECTOR * CPU_ENTRY_STRIDE;
    uint32_t lo = HV_SEL_CS << 16 | (stub & 0xffffu), hi = (stub & 0xffff0000u) | 0x8e00u;
    if (cb->eip && cb->dpl == 3 && !cb->mask_events && pv_selector_ok(cb->cs)) {
        lo = (uint32_t)cb->cs << 16 | (cb->eip & 0xffffu);
        hi = (cb->eip & 0xffff0000u) | 0xef00u; /* present, DPL 3, 32-bit trap gate */
    }
    ram_write32(ram_of(pv), at, lo);
    ram_write32(ram_of(pv), at + 4, hi);
}

/* ------------------------------------------------------------------------------ M2P and the hypervisor's slots */

static uint32_t m2p_pa(struct hv *hv, uint32_t mfn)
{
    uint32_t pte =
        ram_read32(&hv->machine->ram, (hv->own.m2p_pt_mfn << PAGE_SHIFT) + (mfn >> 10) * 4u);
    return (pte & PTE_FRAME) | (mfn & 1023u) * 4u;
}

void pv_m2p_set(struct hv *hv, uint32_t mfn, uint32_t gfn)
{
    ram_write32(&hv->machine->ram, m2p_pa(hv, mfn), gfn);
}

static uint32_t table_frame(struct hv *hv)
{
    return frame_alloc(hv, FRAME_HYPERVISOR, FRAME_HV_TABLE);
}

enum sim_status pv_m2p_create(struct hv *hv, struct sim_error *err)
{
    if (hv->own.m2p_pt_mfn)
        return SIM_OK;
    uint32_t pt = table_frame(hv);
    for (uint32_t i = 0; pt && i * 1024 < hv->frame_count; i++) {
        uint32_t mfn = table_frame(hv);
        if (!mfn)
            pt = 0;
        else /* read-only, and not for ring 3 */
            ram_write32(&hv->machine->ram, (pt << PAGE_SHIFT) + i * 4u,
                        mfn << PAGE_SHIFT | PTE_P | PTE_A);
    }
    if (!pt)
        return sim_fail(err, SIM_NO_MEMORY,
                        "the machine has no frames left for the machine-to-physical table");
    hv->own.m2p_pt_mfn = pt;
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++)
        pv_m2p_set(hv, mfn, PV_M2P_INVALID);
    return SIM_OK;
}

uint32_t pv_hypervisor_entry(struct hv *hv, unsigned slot)
{
    if (slot == HV_AREA >> 22)
        return hv->own.area_pt_mfn << PAGE_SHIFT | PTE_P | PTE_W | PTE_A;
    return slot == PV_M2P_BASE >> 22 ? hv->own.m2p_pt_mfn << PAGE_SHIFT | PTE_P | PTE_A : 0;
}

/* ------------------------------------------------------------------------------ the validator's world */

static uint32_t real_read(void *opaque, uint32_t mfn, unsigned slot)
{
    return ram_read32(ram_of(opaque), mfn << PAGE_SHIFT | slot * 4u);
}

static void real_write(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry)
{
    ram_write32(ram_of(opaque), mfn << PAGE_SHIFT | slot * 4u, entry);
}

static uint32_t real_hypervisor_entry(void *opaque, unsigned slot)
{
    const struct pv *pv = opaque;
    return pv_hypervisor_entry(pv->vm->hv, slot);
}

static void real_flush(void *opaque)
{
    pv_real_flush(opaque);
}

static void real_charge(void *opaque, enum hv_cost key, unsigned n)
{
    struct pv *pv = opaque;
    struct hv *hv = pv->vm->hv;
    pv->work += key == HV_COST_pte_validate ? n : 0;
    if (pv->vm->cpu.s.run == VCPU_DEAD)
        return; /* building a guest takes none of its time */
    enum hv_phase before = hv_phase_set(hv, PHASE_MEMORY);
    hv_charge_n(hv, key, n);
    hv_phase_set(hv, before);
    pv->vm->stats.mmu.frames_typed += key == HV_COST_frame_type ? n : 0;
    pv->vm->stats.mmu.pte_updates += key == HV_COST_pte_validate ? n : 0;
}

/*
 * Translations of a frame that goes to somebody else must not live on. Only now does it count no
 * more: a guest that gave frames back and still maps them would have as many again.
 */
static void real_released(void *opaque, uint32_t mfn)
{
    struct pv *pv = opaque;
    pv->s.frames_held--;
    pv_real_flush(pv);
    pv_m2p_set(pv->vm->hv, mfn, PV_M2P_INVALID);
    frame_free(pv->vm->hv, mfn);
}

static bool real_allowed(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry)
{
    const struct pv *pv = opaque;
    struct vm *vm = pv->vm;
    return !vm->handlers.mmu_validate || vm->handlers.mmu_validate(vm, mfn, slot, entry);
}

static bool real_descriptor(void *opaque, uint32_t *lo, uint32_t *hi)
{
    const struct pv *pv = opaque;
    hv_charge(pv->vm->hv, HV_COST_descriptor_fill);
    return pv_descriptor_fix(lo, hi);
}

const struct pv_mmu_ops pv_mmu_real_ops = {
    .read = real_read,
    .write = real_write,
    .hypervisor_entry = real_hypervisor_entry,
    .flush = real_flush,
    .charge = real_charge,
    .released = real_released,
    .allowed = real_allowed,
    .descriptor = real_descriptor,
};

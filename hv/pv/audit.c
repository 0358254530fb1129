/*
 * The audit of a paravirtual guest: what could it reach through what the CPU reads for it?
 *
 * It trusts no count: every directory that could be loaded is walked, every descriptor and gate is
 * looked at as the hardware would. The one thing it takes from the validator is which frames are
 * directories. A linear map shows a guest the hypervisor's page tables read-only (as in Xen); that
 * is no finding.
 */
#include "pv/pv.h"

#include "hv/mmu.h"

static uint32_t word(struct vm *vm, uint32_t pa)
{
    return ram_read32(&vm->hv->machine->ram, pa);
}

/* ------------------------------------------------------------------------------ page tables */

static void audit_leaf(struct vm *vm, uint32_t pa, bool writable, struct hv_audit *a)
{
    uint32_t pte = word(vm, pa), mfn = pte >> PAGE_SHIFT;
    if (!(pte & PTE_P))
        return;
    a->entries++;
    if (!frame_is_vms(vm->hv, mfn, vm))
        audit_note(a, &a->foreign, "a page of somebody else's is mapped", pa, pte);
    else if (writable && (pte & PTE_W) && frame_of(vm->hv, mfn)->type != FRAME_WRITABLE)
        audit_note(a, &a->inconsistent, "a table or descriptor page is mapped writable", pa, pte);
}

static void audit_slot(struct vm *vm, uint32_t directory, uint32_t slot, struct hv_audit *a)
{
    uint32_t at = (directory << PAGE_SHIFT) + slot * 4, pde = word(vm, at),
             table = pde >> PAGE_SHIFT;
    if (slot >= PV_GUEST_SLOTS) {
        if ((pde & ~PTE_A) != (pv_hypervisor_entry(vm->hv, slot) & ~PTE_A))
            audit_note(a, &a->inconsistent, "a slot of the hypervisor's is not as it should be", at,
                       pde);
        return;
    }
    if (!(pde & PTE_P))
        return;
    a->entries++;
    if (!frame_is_vms(vm->hv, table, vm))
        audit_note(a, &a->foreign, "a page table of somebody else's", at, pde);
    else if (pde & PTE_PS)
        audit_note(a, &a->foreign, "four megabytes are mapped at once", at, pde);
    else if (table == directory ? (pde & PTE_W) != 0 : frame_of(vm->hv, table)->type != FRAME_PT)
        audit_note(a, &a->inconsistent, "a page table that was not checked", at, pde);
    else if (table != directory)
        for (uint32_t i = 0; i < 1024; i++)
            audit_leaf(vm, (table << PAGE_SHIFT) + i * 4, pde & PTE_W, a);
}

static void audit_directories(struct vm *vm, struct hv_audit *a)
{
    const struct hv *hv = vm->hv;
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++)
        if (frame_is_vms(vm->hv, mfn, vm) && hv->frames[mfn].type == FRAME_PD)
            for (uint32_t slot = 0; slot < 1024; slot++)
                audit_slot(vm, mfn, slot, a);
    if (!frame_is_vms(vm->hv, vm->pv->mmu.root, vm) ||
        hv->frames[vm->pv->mmu.root].type != FRAME_PD)
        audit_note(a, &a->foreign, "the root is no checked directory", 0, vm->pv->mmu.root);
}

/* ------------------------------------------------------------------------------ segments and gates */

static void audit_table(struct vm *vm, const uint32_t *mfn, uint32_t frames, struct hv_audit *a)
{
    for (uint32_t i = 0; i < frames; i++) {
        for (uint32_t n = 0; mfn[i] && n < 512; n++) {
            uint32_t at = (mfn[i] << PAGE_SHIFT) + n * 8, lo = word(vm, at), hi = word(vm, at + 4);
            uint32_t safe_lo = lo, safe_hi = hi;
            if (!pv_descriptor_fix(&safe_lo, &safe_hi) || safe_lo != lo || safe_hi != hi)
                audit_note(a, &a->gates, "a descriptor reaches the hypervisor", at, hi);
        }
        if (mfn[i] &&
            (!frame_is_vms(vm->hv, mfn[i], vm) || frame_of(vm->hv, mfn[i])->type != FRAME_SEGDESC))
            audit_note(a, &a->foreign, "a descriptor page that was not checked",
                       mfn[i] << PAGE_SHIFT, i);
    }
}

/* The flat segments in the hypervisor's part, which guests may use. */
static void audit_flat(struct vm *vm, struct hv_audit *a)
{
    static const uint16_t flat[] = {PV_FLAT_RING1_CS, PV_FLAT_RING1_DS, PV_FLAT_RING3_CS,
                                    PV_FLAT_RING3_DS};
    for (unsigned i = 0; i < sizeof flat / sizeof *flat; i++) {
        uint32_t d[2], safe[2];
        own_descriptor(vm->hv, vm->number, false, flat[i] >> 3, d);
        safe[0] = d[0];
        safe[1] = d[1];
        if (!pv_descriptor_fix(&safe[0], &safe[1]) || safe[0] != d[0] || safe[1] != d[1])
            audit_note(a, &a->gates, "a flat segment reaches the hypervisor", flat[i], d[1]);
    }
}

static void audit_gates(struct vm *vm, struct hv_audit *a)
{
    for (uint32_t v = 0; v < 256; v++) {
        uint32_t at = (vm->hv->own.idt_mfn[vm->number] << PAGE_SHIFT) + v * 8;
        uint32_t lo = word(vm, at), hi = word(vm, at + 4),
                 target = (hi & 0xffff0000u) | (lo & 0xffffu);
        if (lo >> 16 == HV_SEL_CS) {
            if (target != area_address(HV_AREA_STUBS) + v * CPU_ENTRY_STRIDE)
                audit_note(a, &a->gates, "a gate into ring 0 that is no entry stub", at, hi);
        } else if (v != PV_SYSCALL_VECTOR || !pv_selector_ok(lo >> 16) || target >= PV_HOLE) {
            audit_note(a, &a->gates, "a gate that leads where it should not", at, lo);
        }
    }
}

/* With IOPL 0 and a bitmap past the TSS's limit no port is reachable. */
static void audit_ports(struct vm *vm, struct hv_audit *a)
{
    uint32_t tss = vm->hv->own.tss_mfn << PAGE_SHIFT, bitmap = word(vm, tss + 100) >> 16;
    if (bitmap < 104)
        audit_note(a, &a->ports, "the I/O bitmap is inside the TSS", tss + 102, bitmap);
}

void pv_audit(struct vm *vm, struct hv_audit *a)
{
    struct pv *pv = vm->pv;
    if (!pv->mmu.root)
        return; /* nothing was loaded */
    audit_directories(vm, a);
    audit_table(vm, pv->s.gdt_mfn, PV_GDT_GUEST_FRAMES, a);
    audit_table(vm, pv->s.ldt_mfn, PV_LDT_FRAMES, a);
    audit_flat(vm, a);
    audit_gates(vm, a);
    audit_ports(vm, a);
}

/*
 * The hypervisor's own tables in simulated RAM: what the real CPU reads when it enters ring 0.
 *
 * One 4 MiB area in the hole holds the entry stubs, the TSS, the stack, and for each VM a GDT, an
 * LDT and an IDT. It is mapped as supervisor in every page directory the CPU walks; ring 1 is
 * supervisor too, so what keeps guests out is that no segment of theirs reaches the hole. The stub
 * of a vector is one HLT that is never executed: reaching it ends cpu_run.
 */
#include "core/internal.h"

#define TSS_BYTES 104u
#define TSS_ESP0  4u
#define TSS_SS0   8u
#define TSS_IOMAP 102u

static struct ram *ram_of(struct hv *hv)
{
    return &hv->machine->ram;
}

static uint32_t hv_frame(struct hv *hv)
{
    return frame_alloc(hv, FRAME_HYPERVISOR, FRAME_HV_TABLE);
}

static void map(struct hv *hv, unsigned page, uint32_t mfn)
{
    ram_write32(ram_of(hv), (hv->own.area_pt_mfn << PAGE_SHIFT) + page * 4u,
                (mfn << PAGE_SHIFT) | PTE_P | PTE_W | PTE_A | PTE_D);
}

void own_map_vm_page(struct hv *hv, unsigned vm, unsigned page, uint32_t mfn)
{
    unsigned n = HV_AREA_VM + vm * HV_AREA_VM_PAGES + page;
    map(hv, n, mfn);
    cpu_tlb_flush_page(&hv->machine->cpu, area_address(n));
}

void own_directory(struct hv *hv, uint32_t pd_mfn)
{
    uint32_t slot = HV_AREA >> 22;
    for (uint32_t i = HV_HOLE_SLOT; i < 1024; i++)
        ram_write32(ram_of(hv), (pd_mfn << PAGE_SHIFT) + i * 4u,
                    i == slot ? (hv->own.area_pt_mfn << PAGE_SHIFT) | PTE_P | PTE_W | PTE_A : 0);
}

static void write_tss(struct hv *hv)
{
    uint32_t pa = hv->own.tss_mfn << PAGE_SHIFT;
    ram_write32(ram_of(hv), pa + TSS_ESP0, hv->own.stack_top);
    ram_write32(ram_of(hv), pa + TSS_SS0, HV_SEL_DS);
    ram_write(ram_of(hv), pa + TSS_IOMAP, 2, TSS_BYTES); /* beyond the limit: every port denied */
}

static struct segment flat(uint16_t sel, uint32_t type)
{
    return (struct segment){
        .base = 0, .limit = 0xffffffffu, .ar = AR_G | AR_DB | AR_P | AR_S | type, .sel = sel};
}

/* The CPU as the hypervisor's boot code would leave it: paging on, ring 0, its stack, IF off. */
void own_enter_ring0(struct hv *hv)
{
    struct cpu *c = &hv->machine->cpu;
    c->s.cr3 = hv->own.idle_pd_mfn << PAGE_SHIFT;
    c->s.cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_ET | CR0_NE;
    c->s.cpl = 0;
    segment_put(c, SEG_CS, flat(HV_SEL_CS, AR_CODE | AR_RW | AR_ACCESSED));
    static const uint8_t data[] = {SEG_SS, SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    for (unsigned i = 0; i < sizeof(data); i++)
        segment_put(c, data[i], flat(HV_SEL_DS, AR_RW | AR_ACCESSED));
    cpu_set_eflags(c, FLAG_FIXED1);
    c->s.gpr[R_ESP] = hv->own.stack_top;
    c->s.eip = area_address(HV_AREA_STUBS);
    c->entry_base = area_address(HV_AREA_STUBS);
    c->entry_enabled = true;
    cpu_tlb_flush(c, true);
}

enum sim_status own_create(struct hv *hv, struct sim_error *err)
{
    uint32_t *frames[] = {&hv->own.stub_mfn,     &hv->own.tss_mfn,     &hv->own.stack_mfn[0],
                          &hv->own.stack_mfn[1], &hv->own.area_pt_mfn, &hv->own.idle_pd_mfn};
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        if (!(*frames[i] = hv_frame(hv)))
            return sim_fail(err, SIM_NO_MEMORY, "the machine has no frame left for the hypervisor");
    hv->own.stack_top = area_address(HV_AREA_STACK + 2);
    for (uint32_t v = 0; v < 256; v++)
        ram_write32(ram_of(hv), (hv->own.stub_mfn << PAGE_SHIFT) + v * CPU_ENTRY_STRIDE,
                    0xf4f4f4f4u);
    map(hv, HV_AREA_STUBS, hv->own.stub_mfn);
    map(hv, HV_AREA_TSS, hv->own.tss_mfn);
    map(hv, HV_AREA_STACK, hv->own.stack_mfn[0]);
    map(hv, HV_AREA_STACK + 1, hv->own.stack_mfn[1]);
    own_directory(hv, hv->own.idle_pd_mfn);
    write_tss(hv);
    own_enter_ring0(hv);
    return SIM_OK;
}

/* ---------------------------------------- per VM */

void own_set_descriptor(struct hv *hv, unsigned vm, bool ldt, unsigned n, const uint32_t desc[2])
{
    uint32_t pa = own_descriptor_pa(hv, vm, ldt, n);
    ram_write32(ram_of(hv), pa, desc[0]);
    ram_write32(ram_of(hv), pa + 4, desc[1]);
}

static void set_own(struct hv *hv, unsigned vm, unsigned sel, uint32_t base, uint32_t limit,
                    uint32_t rights)
{
    const uint32_t desc[2] = {(base << 16) | (limit & 0xffffu), (base & 0xff000000u) |
                                                                    ((base >> 16) & 0xffu) |
                                                                    (limit & 0xf0000u) | rights};
    own_set_descriptor(hv, vm, false, sel >> 3, desc);
}

static void write_gates(struct hv *hv, unsigned vm)
{
    for (uint32_t v = 0; v < 256; v++) {
        uint32_t pa = (hv->own.idt_mfn[vm] << PAGE_SHIFT) + v * 8u;
        uint32_t stub = area_address(HV_AREA_STUBS) + v * CPU_ENTRY_STRIDE;
        uint32_t dpl = v == VEC_BP || v == VEC_OF ? 3u : 0u;
        ram_write32(ram_of(hv), pa, (HV_SEL_CS << 16) | (stub & 0xffffu));
        ram_write32(ram_of(hv), pa + 4, (stub & 0xffff0000u) | 0x8e00u | dpl << 13);
    }
}

void own_set_gate_dpl(struct hv *hv, unsigned vm, unsigned vector, unsigned dpl)
{
    uint32_t pa = (hv->own.idt_mfn[vm] << PAGE_SHIFT) + vector * 8u + 4u;
    ram_write32(ram_of(hv), pa, (ram_read32(ram_of(hv), pa) & ~0x6000u) | dpl << 13);
}

unsigned own_gate_dpl(struct hv *hv, unsigned vm, unsigned vector)
{
    return (ram_read32(ram_of(hv), (hv->own.idt_mfn[vm] << PAGE_SHIFT) + vector * 8u + 4u) >> 13) &
           3u;
}

enum sim_status own_vm_create(struct hv *hv, struct vm *vm, struct sim_error *err)
{
    unsigned n = vm->number, base = HV_AREA_VM + n * HV_AREA_VM_PAGES;
    for (unsigned i = 0; i < 33; i++) {
        uint32_t mfn = hv_frame(hv);
        if (!mfn)
            return sim_fail(err, SIM_NO_MEMORY, "the machine has no frame left for VM %u's tables",
                            n);
        if (i < 16)
            hv->own.gdt_mfn[n][i] = mfn;
        else if (i < 32)
            hv->own.ldt_mfn[n][i - 16] = mfn;
        else
            hv->own.idt_mfn[n] = mfn;
        map(hv, base + i, mfn);
    }
    set_own(hv, n, HV_SEL_CS, 0, 0xfffff, 0x00c09b00u);
    set_own(hv, n, HV_SEL_DS, 0, 0xfffff, 0x00c09300u);
    set_own(hv, n, HV_SEL_TSS, area_address(HV_AREA_TSS), TSS_BYTES - 1, 0x00008b00u);
    set_own(hv, n, HV_SEL_LDT, area_vm_address(n, HV_AREA_LDT), 0xffff, 0x00008200u);
    write_gates(hv, n);
    return SIM_OK;
}

void own_load(struct hv *hv, unsigned vm)
{
    struct cpu *c = &hv->machine->cpu;
    c->s.gdtr_base = area_vm_address(vm, HV_AREA_GDT);
    c->s.gdtr_limit = 0xffff;
    c->s.idtr_base = area_vm_address(vm, HV_AREA_IDT);
    c->s.idtr_limit = 0x7ff;
    segment_put(c, SEG_TR,
                (struct segment){.base = area_address(HV_AREA_TSS),
                                 .limit = TSS_BYTES - 1,
                                 .ar = AR_P | SYS_TSS32_BUSY,
                                 .sel = HV_SEL_TSS});
    segment_put(c, SEG_LDTR,
                (struct segment){.base = area_vm_address(vm, HV_AREA_LDT),
                                 .limit = 0xffff,
                                 .ar = AR_P | SYS_LDT,
                                 .sel = HV_SEL_LDT});
}

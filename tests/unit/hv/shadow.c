/*
 * Shadow page tables, one behaviour at a time.
 */
#include <criterion/criterion.h>

#include "shadow_rig.h"

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
    shadow_rig(&r, CR0_WP, CR4_PSE);
    guest_pde(&r, 0, PT(0) | 7);
    guest_pde(&r, 1, PT(1) | 7);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(shadow, .init = setup, .fini = teardown);

#define READ  ACCESS_READ
#define WRITE ACCESS_WRITE

static uint32_t pte_of(unsigned table, unsigned slot)
{
    return gpa_read(rig_vm(&r, 0), PT(table) + slot * 4, 4);
}

static const struct mmu_counters *counters(void)
{
    return &rig_vm(&r, 0)->stats.mmu;
}

Test(shadow, an_entry_appears_only_when_it_is_used)
{
    uint32_t pa;
    guest_pte(&r, 0, 5, 0x50000 | 7);
    guest_pte(&r, 0, 6, 0x60000 | 7);
    cr_expect_not(hardware(&r, 0x5000, READ, false, &pa));
    cr_expect(touch(&r, 0x5000, READ, false));
    cr_expect(hardware(&r, 0x5123, READ, false, &pa));
    cr_expect_eq(pa, machine_address(&r, 0x50123));
    cr_expect_not(hardware(&r, 0x6000, READ, false, &pa), "fills are never speculative");
}

Test(shadow, present_means_accessed_and_writable_means_dirty)
{
    uint32_t pa;
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, true);
    cr_expect_eq(pte_of(0, 5) & (PTE_A | PTE_D), PTE_A);
    cr_expect_not(hardware(&r, 0x5000, WRITE, true, &pa),
                  "a first store must be seen: it sets Dirty");
    touch(&r, 0x5000, WRITE, true);
    cr_expect_eq(pte_of(0, 5) & (PTE_A | PTE_D), PTE_A | PTE_D);
    cr_expect(gpa_read(rig_vm(&r, 0), PD, 4) & PTE_A);
}

Test(shadow, rights_of_both_levels_count)
{
    uint32_t pa;
    guest_pde(&r, 0, PT(0) | 5);
    guest_pte(&r, 0, 5, 0x50000 | 0x67);
    cr_expect(touch(&r, 0x5000, READ, true));
    cr_expect_not(touch(&r, 0x5000, WRITE, true));
    cr_expect_not(touch(&r, 0x5000, WRITE, false), "WP is set");
    guest_pde(&r, 1, PT(1) | 3);
    guest_pte(&r, 1, 5, 0x50000 | 0x67);
    cr_expect_not(touch(&r, 0x405000, READ, true));
    cr_expect(touch(&r, 0x405000, WRITE, false));
    cr_expect_not(hardware(&r, 0x405000, READ, true, &pa));
}

Test(shadow, a_store_to_a_table_takes_the_entry_away)
{
    uint32_t pa;
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    guest_pte(&r, 0, 5, 0x70000 | 7);
    cr_expect_not(hardware(&r, 0x5000, READ, false, &pa));
    touch(&r, 0x5000, READ, false);
    cr_expect(hardware(&r, 0x5000, READ, false, &pa));
    cr_expect_eq(pa, machine_address(&r, 0x70000));
}

Test(shadow, tables_are_read_only_while_they_are_shadowed)
{
    guest_pte(&r, 0, 5, 0x50000 | 7);
    guest_pte(&r, 0, PT(0) >> 12, PT(0) | 7);
    cr_expect(touch(&r, PT(0), READ, false));
    cr_expect_not(touch(&r, PT(0), WRITE, false), "the table maps itself, and is traced");
    cr_expect(p2m_trace(rig_vm(&r, 0), PT(0)) & P2M_TRACE_SHADOW);
    cr_expect(p2m_trace(rig_vm(&r, 0), PD) & P2M_TRACE_SHADOW);
    cr_expect_not(p2m_trace(rig_vm(&r, 0), PT(1)), "not used yet");
}

Test(shadow, a_page_that_becomes_a_table_loses_its_writable_mappings)
{
    uint32_t pa;
    guest_pte(&r, 0, 9, PT(1) | 7);
    cr_expect(touch(&r, 0x9000, WRITE, false));
    guest_pte(&r, 1, 0, 0x50000 | 7);
    cr_expect(touch(&r, 0x400000, READ, false));
    cr_expect_not(hardware(&r, 0x9000, WRITE, false, &pa));
    cr_expect(hardware(&r, 0x9000, READ, false, &pa));
}

Test(shadow, three_stores_without_a_use_let_the_table_go)
{
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    for (unsigned i = 0; i < 2; i++)
        guest_pte(&r, 0, 20 + i, 0x50000 | 7);
    cr_expect(p2m_trace(rig_vm(&r, 0), PT(0)));
    guest_pte(&r, 0, 22, 0x50000 | 7);
    cr_expect_not(p2m_trace(rig_vm(&r, 0), PT(0)));
    cr_expect_eq(counters()->pages_unshadowed, 1);
    cr_expect(touch(&r, 0x5000, READ, false), "and it is found again");
    cr_expect(p2m_trace(rig_vm(&r, 0), PT(0)));
}

Test(shadow, a_use_between_keeps_it)
{
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    for (unsigned i = 0; i < 20; i++) {
        guest_pte(&r, 0, 5, (0x50000 + i * 0x1000) | 7);
        cr_assert(touch(&r, 0x5000, READ, false));
    }
    cr_expect_eq(counters()->pages_unshadowed, 0);
}

Test(shadow, a_store_that_is_no_entry_lets_it_go_at_once)
{
    static const struct {
        uint32_t offset;
        unsigned size;
    } odd[] = {{1, 1}, {0, 2}, {2, 4}, {0, 1}};
    for (unsigned i = 0; i < 4; i++) {
        guest_pte(&r, 0, 5, 0x50000 | 7);
        touch(&r, 0x5000, READ, false);
        cr_assert(p2m_trace(rig_vm(&r, 0), PT(0)));
        gpa_write(rig_vm(&r, 0), PT(0) + 0x100 + odd[i].offset, odd[i].size, 0);
        cr_expect_not(p2m_trace(rig_vm(&r, 0), PT(0)), "offset %u size %u", odd[i].offset,
                      odd[i].size);
    }
}

Test(shadow, a_string_store_lets_it_go)
{
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    shadow_rep_store(rig_vm(&r, 0), PT(0) + 8);
    cr_expect_not(p2m_trace(rig_vm(&r, 0), PT(0)));
    shadow_rep_store(rig_vm(&r, 0), 0xfffff000); /* nothing there: nothing happens */
}

Test(shadow, the_root_stays_when_it_is_let_go)
{
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    for (unsigned i = 0; i < 5; i++)
        guest_pde(&r, 100 + i, 0);
    cr_expect(p2m_trace(rig_vm(&r, 0), PD));
    cr_expect(touch(&r, 0x5000, READ, false));
}

Test(shadow, page_tables_are_shared_between_roots)
{
    struct vcpu *v = rig_cpu(&r);
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    uint64_t before = counters()->pages_shadowed;
    gpa_write(v->vm, 0x18000, 4, PT(0) | 7);
    v->virt.s.cr3 = 0x18000;
    r.hv->machine->cpu.s.cr3 = shadow_root(v);
    cr_expect(touch(&r, 0x5000, READ, false));
    cr_expect_eq(counters()->pages_shadowed, before + 1, "only the directory is new");
    v->virt.s.cr3 = PD;
    uint64_t hits = counters()->root_hits;
    shadow_root(v);
    cr_expect_eq(counters()->root_hits, hits + 1, "the first root was kept");
}

Test(shadow, one_frame_may_be_directory_and_table)
{
    uint32_t pa;
    guest_pde(&r, 1000, PD | 7);
    cr_expect(touch(&r, (1000u << 22) | (0u << 12), READ, false));
    cr_expect(hardware(&r, (1000u << 22), READ, false, &pa));
    cr_expect_eq(pa & PAGE_MASK, machine_address(&r, PT(0)));
    cr_expect(shadow_find(rig_vm(&r, 0)->shadow, PD >> 12, SHADOW_PD));
    cr_expect(shadow_find(rig_vm(&r, 0)->shadow, PD >> 12, SHADOW_PT));
    guest_pde(&r, 0, PT(2) | 7);
    cr_expect_not(hardware(&r, (1000u << 22), READ, false, &pa), "both roles hear of the store");
}

Test(shadow, large_pages_are_split)
{
    uint32_t pa;
    guest_pde(&r, 3, 0x000000 | PTE_PS | 7);
    cr_expect(touch(&r, 0xc12345, READ, true));
    cr_expect(hardware(&r, 0xc12345, READ, true, &pa));
    cr_expect_eq(pa, machine_address(&r, 0x12345));
    cr_expect_not(hardware(&r, 0xc13000, READ, true, &pa), "one 4 KiB piece at a time");
    cr_expect_not(hardware(&r, 0xc12345, WRITE, true, &pa), "not dirty yet");
    cr_expect(touch(&r, 0xc12345, WRITE, true));
    cr_expect(gpa_read(rig_vm(&r, 0), PD + 12, 4) & PTE_D);
}

Test(shadow, a_large_page_over_a_table_cannot_be_used_to_write_it)
{
    guest_pde(&r, 3, 0x000000 | PTE_PS | 7);
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    cr_expect_not(touch(&r, 0xc00000 + PT(0), WRITE, false));
    cr_expect(touch(&r, 0xc00000 + PT(3), WRITE, false));
}

Test(shadow, the_hypervisors_slots_are_in_every_root)
{
    uint32_t pa;
    for (unsigned page = 0; page < 2; page++)
        cr_expect(hardware(&r, area_address(page), READ, false, &pa));
    cr_expect_eq(pa >> PAGE_SHIFT, r.hv->own.tss_mfn);
    cr_expect_not(hardware(&r, area_address(0), READ, true, &pa), "supervisor only");
    cr_expect_not(hardware(&r, HV_HOLE, READ, false, &pa));
}

Test(shadow, the_oldest_page_goes_when_the_pool_is_empty)
{
    struct vm *vm = rig_vm(&r, 0);
    uint32_t pa;
    for (unsigned slot = 0; slot < 200; slot++) {
        uint32_t table = 0x100000 + slot * 0x1000;
        guest_pde(&r, slot, table | 7);
        gpa_write(vm, table, 4, 0x50000 | 7);
        cr_assert(touch(&r, slot << 22, READ, false));
    }
    cr_expect_geq(counters()->pages_evicted, 200 - vm->shadow->count);
    cr_expect_eq(vm->s.end, VM_RUNNING);
    cr_expect_not(hardware(&r, 0, READ, false, &pa), "the first is gone");
    cr_expect(hardware(&r, 199u << 22, READ, false, &pa));
    struct hv_audit a = {0};
    shadow_audit(vm, &a);
    cr_expect_eq(a.foreign + a.inconsistent, 0, "%s", a.first);
}

Test(shadow, write_protect_off_flips_single_pages)
{
    struct vcpu *v = rig_cpu(&r);
    uint32_t pa;
    v->virt.s.cr0 &= ~CR0_WP;
    r.hv->machine->cpu.s.cr3 = shadow_root(v);
    guest_pte(&r, 0, 5, 0x50000 | 5);
    cr_expect(touch(&r, 0x5000, READ, true));
    cr_expect(touch(&r, 0x5000, WRITE, false), "the kernel may write a read-only page");
    cr_expect_not(hardware(&r, 0x5000, READ, true, &pa), "then the user may not see it");
    cr_expect_eq(counters()->wp_flips, 1);
    cr_expect(touch(&r, 0x5000, READ, true), "until it does");
    cr_expect_not(hardware(&r, 0x5000, WRITE, false, &pa));
    cr_expect_not(touch(&r, 0x5000, WRITE, true));
}

Test(shadow, without_paging_the_p2m_is_the_map)
{
    struct vcpu *v = rig_cpu(&r);
    uint32_t pa;
    v->virt.s.cr0 &= ~CR0_PG;
    r.hv->machine->cpu.s.cr3 = shadow_root(v);
    cr_expect(touch(&r, 0x54321, WRITE, false));
    cr_expect(hardware(&r, 0x54321, WRITE, false, &pa));
    cr_expect_eq(pa, machine_address(&r, 0x54321));
    cr_expect_not(touch(&r, 0x3f000000, READ, false), "no memory there");
}

Test(shadow, changing_what_bit_7_means_drops_everything)
{
    struct vcpu *v = rig_cpu(&r);
    guest_pte(&r, 0, 5, 0x50000 | 7);
    touch(&r, 0x5000, READ, false);
    cr_expect(cpu_set_cr(&v->virt, 4, 0));
    for (uint32_t i = 0; i < v->vm->shadow->count; i++)
        cr_assert_not(v->vm->shadow->page[i].used);
    cr_expect(v->mmu_dirty);
    cr_expect_not(p2m_trace(v->vm, PD));
}

Test(shadow, a_live_entry_that_goes_leaves_the_tlb_too)
{
    struct cpu *c = &r.hv->machine->cpu;
    uint32_t pa, value;
    guest_pte(&r, 0, 5, 0x50000 | 0x67);
    touch(&r, 0x5000, READ, false);
    cr_assert(cpu_read_linear(c, 0x5000, 4, false, &value));
    guest_pte(&r, 0, 5, 0);
    cr_expect_not(cpu_read_linear(c, 0x5000, 4, false, &value), "the TLB would still have it");
    cr_expect_gt(counters()->real_invlpg, 0);
    (void)pa;
}

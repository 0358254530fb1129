/*
 * The audit finds what is planted: one bad entry of each kind.
 */
#include <criterion/criterion.h>

#include "shadow_rig.h"

static struct rig r;
static struct hv_audit a;

static void setup(void)
{
    rig_init(&r, MODE_trap);
    shadow_rig(&r, CR0_WP, CR4_PSE);
    guest_pde(&r, 0, PT(0) | 7);
    guest_pte(&r, 0, 5, 0x50000 | 7);
    guest_pte(&r, 0, 6, 0x60000 | 5);
    touch(&r, 0x5000, ACCESS_READ, false);
    touch(&r, 0x6000, ACCESS_READ, true);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(audit, .init = setup, .fini = teardown);

static void look(void)
{
    hv_audit(r.hv, &a);
}

static uint64_t findings(void)
{
    return a.foreign + a.gates + a.ports + a.inconsistent;
}

static void plant(uint32_t gfn, uint32_t role, unsigned slot, uint32_t entry)
{
    const struct shadow_page *p = shadow_find(rig_vm(&r, 0)->shadow, gfn, role);
    cr_assert(p);
    ram_write32(&r.hv->machine->ram, (p->mfn << PAGE_SHIFT) + slot * 4, entry);
}

#define TABLE     0x20u, SHADOW_PT
#define DIRECTORY 0x10u, SHADOW_PD

Test(audit, a_clean_machine_is_clean)
{
    look();
    cr_expect_eq(findings(), 0, "%s", a.first);
    cr_expect_geq(a.entries, 4);
    cr_expect_eq(a.first[0], 0);
}

Test(audit, a_foreign_frame_is_found)
{
    uint32_t mfn = 0;
    while (frame_of(r.hv, mfn)->owner != FRAME_FOREIGN)
        mfn++;
    plant(TABLE, 7, (mfn << PAGE_SHIFT) | 1);
    look();
    cr_expect_eq(a.foreign, 1);
    cr_expect_gt(a.first[0], 0);
}

Test(audit, the_hypervisors_own_frame_is_found)
{
    plant(TABLE, 7, (r.hv->own.idt_mfn[0] << PAGE_SHIFT) | 3);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, a_shadow_page_as_data_is_found)
{
    plant(TABLE, 7, (rig_vm(&r, 0)->shadow->page[0].mfn << PAGE_SHIFT) | 3);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, a_frame_beyond_the_machine_is_found)
{
    plant(TABLE, 7, 0xfffff003);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, an_entry_the_guest_does_not_have_is_found)
{
    plant(TABLE, 9, machine_address(&r, 0x50000) | 1);
    look();
    cr_expect_eq(a.inconsistent, 1);
}

Test(audit, another_page_of_the_guest_is_found)
{
    plant(TABLE, 5, machine_address(&r, 0x60000) | 1);
    look();
    cr_expect_eq(a.inconsistent, 1);
}

Test(audit, more_rights_than_the_guests_are_found)
{
    plant(TABLE, 6, machine_address(&r, 0x60000) | 7);
    look();
    cr_expect_eq(a.inconsistent, 1);
}

Test(audit, a_writable_table_is_found)
{
    guest_pte(&r, 0, 8, PT(0) | 0x67);
    plant(TABLE, 8, machine_address(&r, PT(0)) | 7);
    look();
    cr_expect_eq(a.inconsistent, 1);
}

Test(audit, a_directory_that_names_data_is_found)
{
    plant(DIRECTORY, 9, machine_address(&r, 0x50000) | 7);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, a_large_page_in_a_shadow_directory_is_found)
{
    plant(DIRECTORY, 9, 0x83);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, an_entry_in_the_hole_is_found)
{
    plant(DIRECTORY, 1010, machine_address(&r, 0x50000) | 7);
    look();
    cr_expect_eq(a.foreign, 1);
}

Test(audit, the_area_open_to_users_is_found)
{
    plant(DIRECTORY, HV_AREA >> 22, (r.hv->own.area_pt_mfn << PAGE_SHIFT) | 7);
    look();
    cr_expect_eq(a.foreign, 1);
}

static void plant_descriptor(unsigned index, uint32_t lo, uint32_t hi)
{
    const uint32_t desc[2] = {lo, hi};
    own_set_descriptor(r.hv, 0, false, index, desc);
}

Test(audit, a_flat_segment_is_found)
{
    plant_descriptor(3, 0x0000ffff, 0x00cff300);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, ring_0_code_is_found)
{
    plant_descriptor(3, 0x0000ffff, 0x00409b00);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, a_call_gate_is_found)
{
    plant_descriptor(3, 0xff800000, 0xfc40ec00);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, a_harmless_segment_is_not)
{
    plant_descriptor(3, 0x0000ffff, 0x0040f300);
    look();
    cr_expect_eq(a.gates, 0, "%s", a.first);
}

Test(audit, a_hypervisor_gate_open_to_guests_is_found)
{
    own_set_gate_dpl(r.hv, 0, VEC_PF, 3);
    look();
    cr_expect_eq(a.gates, 1);
    own_set_gate_dpl(r.hv, 0, VEC_PF, 0);
    own_set_gate_dpl(r.hv, 0, 0x80, 3);
    look();
    cr_expect_eq(a.gates, 0, "a software vector may be open");
    own_set_gate_dpl(r.hv, 0, HV_TIMER_VECTOR, 3);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, a_gate_that_leads_elsewhere_is_found)
{
    ram_write32(&r.hv->machine->ram, (r.hv->own.idt_mfn[0] << PAGE_SHIFT) + 14 * 8, 0x00091234);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, another_stack_for_ring_0_is_found)
{
    ram_write32(&r.hv->machine->ram, (r.hv->own.tss_mfn << PAGE_SHIFT) + 4, 0x1000);
    look();
    cr_expect_eq(a.gates, 1);
}

Test(audit, an_io_bitmap_is_found)
{
    ram_write(&r.hv->machine->ram, (r.hv->own.tss_mfn << PAGE_SHIFT) + 102, 2, 40);
    look();
    cr_expect_eq(a.ports, 1);
}

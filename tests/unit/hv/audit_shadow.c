/*
 * The audit of shadow tables against the guest's own: whatever is changed on either side, behind
 * the hypervisor's back, is found, and is called by its kind.
 */
#include <criterion/criterion.h>

#include "mmu/shadow.h"
#include "shadow_rig.h"

static struct rig r;
static struct hv_audit a;

static void with_paging(uint32_t cr0)
{
    rig_init(&r, MODE_trap);
    shadow_rig(&r, cr0, CR4_PSE);
    guest_pde(&r, 0, PT(0) | 7);
    guest_pde(&r, 1, 0x87); /* four megabytes: the first of the guest's */
    guest_pte(&r, 0, 5, 0x50000 | 7);
    guest_pte(&r, 0, 6, 0x60000 | 5);
    cr_assert(touch(&r, 0x5000, ACCESS_READ, false));
    cr_assert(touch(&r, 0x6000, ACCESS_READ, true));
    cr_assert(touch(&r, 0x450000, ACCESS_READ, false));
}

static void setup(void)
{
    with_paging(CR0_WP);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(audit_shadow, .init = setup, .fini = teardown);

static uint64_t findings(void)
{
    hv_audit(r.hv, &a);
    return a.foreign + a.gates + a.ports + a.inconsistent;
}

static struct shadow_page *page(uint32_t gfn, uint32_t role)
{
    struct shadow_page *p = shadow_find(rig_vm(&r, 0)->shadow, gfn, role);
    cr_assert(p);
    return p;
}

#define DIRECTORY page(PD >> PAGE_SHIFT, SHADOW_PD)
#define TABLE     page(PT(0) >> PAGE_SHIFT, SHADOW_PT)
#define PIECES    page(0, SHADOW_SPLIT)

static void plant(const struct shadow_page *p, unsigned slot, uint32_t entry)
{
    ram_write32(&r.hv->machine->ram, (p->mfn << PAGE_SHIFT) + slot * 4, entry);
}

/* The guest's own entry, without its hypervisor hearing of it. */
static void guest_changes(uint32_t gpa, uint32_t entry)
{
    ram_write32(&r.hv->machine->ram, machine_address(&r, gpa), entry);
}

static void expect_inconsistent(uint64_t times)
{
    cr_expect_eq(findings(), times, "%s", a.first);
    cr_expect_eq(a.inconsistent, times, "%s", a.first);
}

static void expect_foreign(void)
{
    cr_expect_eq(findings(), 1, "%s", a.first);
    cr_expect_eq(a.foreign, 1, "%s", a.first);
}

Test(audit_shadow, what_the_guest_meant_is_clean)
{
    cr_expect_eq(findings(), 0, "%s", a.first);
    cr_expect_gt(a.entries, 4);
}

Test(audit_shadow, a_table_the_guest_does_not_name_is_found)
{
    plant(DIRECTORY, 9, TABLE->mfn << PAGE_SHIFT | 7);
    expect_inconsistent(1);
    guest_changes(PD + 9 * 4, PT(1) | 7); /* now it names another one there */
    expect_inconsistent(1);
    guest_changes(PD + 9 * 4, PT(0) | 5); /* or that one, for less */
    expect_inconsistent(1);
    guest_changes(PD + 9 * 4, PT(0) | 7);
    expect_inconsistent(0);
}

Test(audit_shadow, pieces_of_another_large_page_are_found)
{
    guest_changes(PD + 4, 0x400087);
    expect_inconsistent(1);
    guest_changes(PD + 4, 0x7); /* a table, at the same address */
    expect_inconsistent(1);
    guest_changes(PD + 4, 0x86);
    expect_inconsistent(1);
}

Test(audit_shadow, a_directory_entry_that_names_no_table_of_its_guest_is_found)
{
    plant(DIRECTORY, 9, 0xfffff007);
    expect_foreign();
    plant(DIRECTORY, 9, r.hv->own.tss_mfn << PAGE_SHIFT | 7);
    expect_foreign();
    plant(DIRECTORY, 9, DIRECTORY->mfn << PAGE_SHIFT | 7); /* itself, which never was a table */
    expect_foreign();
    frame_of(r.hv, DIRECTORY->mfn)->gfn = (uint32_t)(DIRECTORY - rig_vm(&r, 0)->shadow->page);
    expect_inconsistent(1); /* or was one, and is a root now */
    plant(DIRECTORY, 9, 0);
    frame_of(r.hv, TABLE->mfn)->gfn = 0xfffff; /* the frame is no longer that page's */
    expect_foreign();
    frame_of(r.hv, TABLE->mfn)->gfn = 0;
    expect_foreign();
}

Test(audit_shadow, a_table_that_was_taken_back_is_found)
{
    TABLE->used = 0;
    expect_inconsistent(1);
}

Test(audit_shadow, a_table_that_stands_for_no_memory_is_found)
{
    uint32_t entries = TABLE->live;
    struct shadow_page *p = TABLE;
    p->gfn = 0xfffff;
    expect_inconsistent(entries + 1); /* its own, and the directory's that names it */
    p->gfn = PT(0) >> PAGE_SHIFT;
    p = DIRECTORY;
    p->gfn = 0xfffff;
    expect_inconsistent(p->live);
}

Test(audit_shadow, a_page_the_guest_took_away_is_found)
{
    guest_changes(PT(0) + 5 * 4, 0x50026);
    expect_inconsistent(1);
    guest_changes(PT(0) + 5 * 4, 0xf0000027); /* or put where there is no memory */
    expect_inconsistent(1);
    plant(PIECES, 0x50, machine_address(&r, 0x51000) | 5);
    expect_inconsistent(2);
}

Test(audit_shadow, another_table_in_the_area_is_found)
{
    plant(DIRECTORY, HV_AREA >> 22, r.hv->own.tss_mfn << PAGE_SHIFT | 3);
    expect_foreign();
}

Test(audit_shadow, a_gate_to_another_stub_is_found)
{
    uint32_t idt = r.hv->own.idt_mfn[0] << PAGE_SHIFT;
    ram_write32(&r.hv->machine->ram, idt + 14 * 8,
                ram_read32(&r.hv->machine->ram, idt + 13 * 8)); /* the selector is right */
    cr_expect_eq(findings(), 1);
    cr_expect_eq(a.gates, 1);
}

TestSuite(audit_otherwise, .fini = teardown);

/* With CR0.WP clear a kernel writes where its tables say read-only: its shadow says so too. */
Test(audit_otherwise, a_kernel_that_ignores_read_only_is_clean)
{
    with_paging(0);
    cr_assert(touch(&r, 0x6000, ACCESS_WRITE, false));
    cr_expect_eq(findings(), 0, "%s", a.first);
}

static void without_paging(void)
{
    rig_init(&r, MODE_trap);
    rig_create(&r);
    RIG_CODE(&r, 0, 0xeb, 0xfe);
    rig_run(&r, 100000);
}

Test(audit_otherwise, without_paging_each_table_has_its_slot)
{
    without_paging();
    cr_expect_eq(findings(), 0, "%s", a.first);
    struct shadow_page *root = page(0, SHADOW_P2M_PD), *table = page(0, SHADOW_P2M_PT);
    plant(root, 3, table->mfn << PAGE_SHIFT | 7);
    expect_inconsistent(1);
    plant(root, 3, 0);
    table->role = SHADOW_PT; /* another kind of table */
    cr_expect_gt(findings(), 0);
    cr_expect_gt(a.inconsistent, 0);
}

Test(audit_otherwise, with_nobody_on_the_cpu_the_bitmap_is_not_looked_at)
{
    without_paging();
    ram_write(&r.hv->machine->ram, (r.hv->own.tss_mfn << PAGE_SHIFT) + 102, 2, 40);
    cr_expect_eq(findings(), 1);
    cr_expect_eq(a.ports, 1);
    r.hv->current = NULL;
    cr_expect_eq(findings(), 0);
}

/*
 * The validator, rule by rule. Frame numbers: 1 .. 6 are the guest's, 7 is foreign.
 */
#include <criterion/criterion.h>

#include "world.h"

#define FOREIGN 7u

static struct world w;

static void setup(void)
{
    world_init(&w, 8, WORLD_SLOTS, 6);
}

TestSuite(pv_validator, .init = setup);

static int set(uint32_t mfn, unsigned slot, uint32_t entry)
{
    return pv_mmu_set_entry(&w.mmu, mfn, slot, entry, false);
}

static void cr_frame(uint32_t mfn, enum frame_type type, uint32_t type_refs, uint32_t refs)
{
    cr_assert_eq(w.frame[mfn].type, type, "type %u", w.frame[mfn].type);
    cr_assert_eq(w.frame[mfn].type_refs, type_refs, "type refs %u", w.frame[mfn].type_refs);
    cr_assert_eq(w.frame[mfn].refs, refs, "refs %u", w.frame[mfn].refs);
}

/* ------------------------------------------------------------------ references */

Test(pv_validator, frame_of_another_owner_gives_no_reference)
{
    cr_assert_eq(pv_frame_get(&w.mmu, FOREIGN), -PV_EINVAL);
    cr_assert_eq(pv_frame_get(&w.mmu, 0), -PV_EINVAL);
    cr_assert_eq(pv_frame_get(&w.mmu, 8), -PV_EINVAL);
    cr_assert_eq(pv_frame_get(&w.mmu, 0xffffffff), -PV_EINVAL);
    cr_assert_eq(pv_frame_get(&w.mmu, 1), 0);
    cr_frame(1, FRAME_NONE, 0, 2);
}

Test(pv_validator, frame_number_past_the_machine_is_refused_whatever_lies_there)
{
    w.frame[8] = w.frame[1]; /* beyond frame_count: must not be looked at */
    cr_assert_eq(pv_frame_get(&w.mmu, 8), -PV_EINVAL);
    cr_assert_eq(w.frame[8].refs, 1);
}

Test(pv_validator, what_was_refused_is_counted)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(FOREIGN));
    set(1, 0, RW(2) | PTE_G);
    cr_assert_eq(w.mmu.refused, 2);
    w.entry[3][1] = 0x80000000u;
    pv_type_get(&w.mmu, 3, FRAME_SEGDESC);
    cr_assert_eq(w.mmu.refused, 3);
}

Test(pv_validator, refused_table_is_charged_as_far_as_it_was_read)
{
    set(1, 0, RO(2));
    set(1, 1, RO(FOREIGN));
    set(1, 2, RO(2));
    memset(w.charged, 0, sizeof w.charged);
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(w.charged[HV_COST_pte_validate], 2);
}

Test(pv_validator, descriptors_are_read_two_words_at_a_time_up_to_the_last)
{
    w.mmu.slots = 7; /* an odd word at the end belongs to nobody */
    w.entry[1][7] = 0x80000000u;
    w.entry[1][6] = 3;
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_SEGDESC), 0);
    cr_assert_eq(w.entry[1][6], 3);
}

Test(pv_validator, frame_given_back_is_released_at_once_when_unused)
{
    cr_assert_eq(pv_frame_give_back(&w.mmu, 1), 0);
    cr_assert_eq(w.released_count, 1);
    cr_assert_eq(w.released[0], 1);
    cr_assert_eq(pv_frame_get(&w.mmu, 1), -PV_EINVAL, "a released frame came back");
}

Test(pv_validator, frame_given_back_while_mapped_is_released_with_its_last_mapping)
{
    set(1, 0, RO(2));
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(pv_frame_give_back(&w.mmu, 2), 0);
    cr_assert_eq(w.released_count, 0);
    cr_assert_eq(set(1, 0, 0), 0);
    cr_assert_eq(w.released_count, 1);
}

Test(pv_validator, frame_is_given_back_only_once)
{
    pv_frame_get(&w.mmu, 1);
    cr_assert_eq(pv_frame_give_back(&w.mmu, 1), 0);
    cr_assert_eq(pv_frame_give_back(&w.mmu, 1), -PV_EINVAL);
    cr_assert_eq(pv_frame_give_back(&w.mmu, FOREIGN), -PV_EINVAL);
}

/* ------------------------------------------------------------------ types */

Test(pv_validator, one_frame_has_one_type_at_a_time)
{
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_WRITABLE), 0);
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_WRITABLE), 0);
    cr_frame(1, FRAME_WRITABLE, 2, 3);
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_PD), -PV_EINVAL);
    pv_type_put(&w.mmu, 1);
    pv_type_put(&w.mmu, 1);
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_PT), 0);
    cr_frame(1, FRAME_PT, 1, 2);
}

Test(pv_validator, foreign_frame_gets_no_type)
{
    cr_assert_eq(pv_type_get(&w.mmu, FOREIGN, FRAME_WRITABLE), -PV_EINVAL);
    cr_assert_eq(w.frame[FOREIGN].refs, 1);
}

Test(pv_validator, page_table_takes_what_its_entries_name)
{
    set(1, 0, RW(2));
    set(1, 3, RO(3));
    cr_frame(2, FRAME_NONE, 0, 1);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), 0);
    cr_frame(2, FRAME_WRITABLE, 1, 2);
    cr_frame(3, FRAME_NONE, 0, 2);
}

Test(pv_validator, last_entry_of_a_table_is_checked)
{
    w.entry[1][WORLD_SLOTS - 1] = RW(FOREIGN);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
}

Test(pv_validator, refused_table_leaves_nothing_behind)
{
    set(1, 0, RW(2));
    set(1, 1, RO(3));
    set(1, 2, RW(FOREIGN));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
    cr_frame(1, FRAME_NONE, 0, 1);
    cr_frame(2, FRAME_NONE, 0, 1);
    cr_frame(3, FRAME_NONE, 0, 1);
    cr_assert_eq(w.frame[1].pinned, 0);
}

Test(pv_validator, page_table_that_maps_itself_writable_is_refused)
{
    set(1, 0, RW(1));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
    cr_frame(1, FRAME_NONE, 0, 1);
}

Test(pv_validator, page_table_may_map_itself_read_only)
{
    set(1, 0, RO(1));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), 0);
    cr_frame(1, FRAME_PT, 1, 3);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), 0);
    cr_frame(1, FRAME_NONE, 0, 1);
}

Test(pv_validator, directory_checks_its_page_tables_and_fills_the_hypervisors_slots)
{
    set(1, 0, RW(2));
    set(2, 0, RW(3));
    set(1, 6, 0x12345fff); /* whatever the guest had there */
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PD), 0);
    cr_frame(2, FRAME_PT, 1, 2);
    cr_frame(3, FRAME_WRITABLE, 1, 2);
    cr_assert_eq(w.entry[1][6], WORLD_HV_ENTRY);
    cr_assert_eq(w.entry[1][7], WORLD_HV_ENTRY);
}

Test(pv_validator, directory_given_back_has_no_hypervisor_slots_and_frees_its_tables)
{
    set(1, 0, RW(2));
    set(2, 0, RW(3));
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), 0);
    cr_assert_eq(w.entry[1][6], 0);
    cr_frame(2, FRAME_NONE, 0, 1);
    cr_frame(3, FRAME_NONE, 0, 1);
}

Test(pv_validator, page_table_named_twice_is_checked_once)
{
    set(1, 0, RW(2));
    set(1, 1, RO(2));
    set(2, 0, RW(3));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PD), 0);
    cr_frame(2, FRAME_PT, 2, 3);
    cr_frame(3, FRAME_WRITABLE, 1, 2);
}

Test(pv_validator, directory_may_name_itself_read_only)
{
    set(1, 0, RO(1));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PD), 0);
    cr_frame(1, FRAME_PD, 1, 3);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), 0);
    cr_frame(1, FRAME_NONE, 0, 1);
}

Test(pv_validator, directory_may_not_name_itself_writable)
{
    set(1, 0, RW(1));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PD), -PV_EINVAL);
    set(1, 0, RO(1));
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    cr_assert_eq(set(1, 0, RW(1)), -PV_EINVAL, "XSA-182");
    cr_assert_eq(w.entry[1][0], RO(1));
}

Test(pv_validator, directory_may_not_name_another_directory)
{
    pv_mmu_pin(&w.mmu, 2, FRAME_PD);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PD), 0);
    cr_assert_eq(set(1, 0, RO(2)), -PV_EINVAL);
}

Test(pv_validator, page_table_may_not_map_a_page_table_writable)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    pv_mmu_pin(&w.mmu, 2, FRAME_PT);
    cr_assert_eq(set(1, 0, RW(2)), -PV_EINVAL);
    cr_assert_eq(set(1, 0, RO(2)), 0);
    cr_assert_eq(set(1, 0, RW(2)), -PV_EINVAL);
    cr_frame(2, FRAME_PT, 1, 3);
}

Test(pv_validator, frame_mapped_writable_does_not_become_a_table)
{
    set(1, 0, RW(2));
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 2, FRAME_PT), -PV_EINVAL);
    cr_assert_eq(set(1, 0, RO(2)), 0);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 2, FRAME_PT), 0);
}

Test(pv_validator, large_page_is_refused_in_a_directory)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    cr_assert_eq(set(1, 0, RW(2) | PTE_PS), -PV_EINVAL, "XSA-148");
    set(1, 0, RO(2));
    cr_assert_eq(set(1, 0, RO(2) | PTE_PS), -PV_EINVAL, "by the fast path");
}

static const struct {
    enum frame_type level;
    uint32_t bits;
    bool fine;
} bit_cases[] = {
    {FRAME_PD, PTE_PWT, false}, {FRAME_PD, PTE_PCD, false}, {FRAME_PD, PTE_G, false},
    {FRAME_PD, PTE_A, true},    {FRAME_PD, PTE_AVL, true},  {FRAME_PD, PTE_D, true},
    {FRAME_PT, PTE_PS, false},  {FRAME_PT, PTE_G, false},   {FRAME_PT, PTE_PWT, true},
    {FRAME_PT, PTE_PCD, true},  {FRAME_PT, PTE_D, true},    {FRAME_PT, PTE_AVL, true},
};

Test(pv_validator, bits_that_may_not_stand_are_refused_on_pin_and_on_store)
{
    for (unsigned i = 0; i < sizeof bit_cases / sizeof *bit_cases; i++) {
        setup();
        int expect = bit_cases[i].fine ? 0 : -PV_EINVAL;
        set(1, 0, RO(2) | bit_cases[i].bits);
        cr_expect_eq(pv_mmu_pin(&w.mmu, 1, bit_cases[i].level), expect, "case %u, pin", i);
        setup();
        pv_mmu_pin(&w.mmu, 1, bit_cases[i].level);
        cr_expect_eq(set(1, 0, RO(2) | bit_cases[i].bits), expect, "case %u, store", i);
        setup();
        set(1, 0, RO(2));
        pv_mmu_pin(&w.mmu, 1, bit_cases[i].level);
        cr_expect_eq(set(1, 0, RO(2) | bit_cases[i].bits), expect, "case %u, change", i);
    }
}

Test(pv_validator, entry_that_is_not_present_may_hold_anything)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    cr_assert_eq(set(1, 0, 0xffffffffu & ~PTE_P), 0);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), 0);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), 0);
}

/* ------------------------------------------------------------------ stores */

Test(pv_validator, store_counts_the_new_entry_and_drops_the_old)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(set(1, 0, RW(2)), 0);
    cr_assert_eq(set(1, 0, RW(3)), 0);
    cr_frame(2, FRAME_NONE, 0, 1);
    cr_frame(3, FRAME_WRITABLE, 1, 2);
    cr_assert_eq(set(1, 0, 0), 0);
    cr_frame(3, FRAME_NONE, 0, 1);
}

Test(pv_validator, refused_store_changes_nothing)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2));
    cr_assert_eq(set(1, 0, RO(FOREIGN)), -PV_EINVAL);
    cr_assert_eq(w.entry[1][0], RW(2));
    cr_frame(2, FRAME_WRITABLE, 1, 2);
    cr_assert_eq(w.mmu.refused, 1);
}

Test(pv_validator, store_to_a_frame_that_is_no_table_is_a_plain_store)
{
    cr_assert_eq(set(1, 0, RW(FOREIGN)), 0);
    cr_assert_eq(w.entry[1][0], RW(FOREIGN));
    pv_type_get(&w.mmu, 2, FRAME_WRITABLE);
    cr_assert_eq(set(2, 1, 0x1234), 0);
    cr_assert_eq(w.entry[2][1], 0x1234);
}

Test(pv_validator, store_to_a_foreign_frame_is_refused)
{
    cr_assert_eq(set(FOREIGN, 0, 0), -PV_EINVAL);
    cr_assert_eq(set(0, 0, 0), -PV_EINVAL);
    cr_assert_eq(set(8, 0, 0), -PV_EINVAL);
}

Test(pv_validator, store_to_descriptors_is_refused)
{
    pv_type_get(&w.mmu, 1, FRAME_SEGDESC);
    cr_assert_eq(set(1, 0, 0), -PV_EINVAL);
}

Test(pv_validator, store_outside_a_table_is_refused)
{
    cr_assert_eq(set(1, WORLD_SLOTS, 0), -PV_EINVAL);
}

Test(pv_validator, hypervisors_slots_cannot_be_stored)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    cr_assert_eq(set(1, 6, 0), -PV_EINVAL);
    cr_assert_eq(set(1, 7, RO(2)), -PV_EINVAL);
    cr_assert_eq(w.entry[1][7], WORLD_HV_ENTRY);
    cr_assert_eq(set(1, 5, RO(2)), 0);
}

Test(pv_validator, page_table_has_no_hypervisor_slots)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(set(1, 7, RW(2)), 0);
    cr_frame(2, FRAME_WRITABLE, 1, 2);
}

Test(pv_validator, accessed_and_dirty_are_kept_when_asked)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2) | PTE_A | PTE_D);
    cr_assert_eq(pv_mmu_set_entry(&w.mmu, 1, 0, RO(2), true), 0);
    cr_assert_eq(w.entry[1][0], RO(2) | PTE_A | PTE_D);
    cr_assert_eq(pv_mmu_set_entry(&w.mmu, 1, 0, RO(2), false), 0);
    cr_assert_eq(w.entry[1][0], RO(2));
}

Test(pv_validator, free_bits_change_without_counting)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2));
    cr_assert_eq(set(1, 0, (RW(2) & ~PTE_U) | PTE_A | PTE_AVL), 0);
    cr_frame(2, FRAME_WRITABLE, 1, 2);
}

Test(pv_validator, laboratory_can_refuse_an_entry)
{
    w.vetoed = RW(3);
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(set(1, 0, RW(3)), -PV_EINVAL);
    cr_assert_eq(set(1, 0, RW(2)), 0);
    set(4, 0, RW(3));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 4, FRAME_PT), -PV_EINVAL);
}

/* ------------------------------------------------------------------ pins and roots */

Test(pv_validator, frame_is_pinned_once_and_unpinned_once)
{
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), -PV_EINVAL);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), 0);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), 0);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, 1), -PV_EINVAL);
    cr_frame(1, FRAME_NONE, 0, 1);
}

Test(pv_validator, foreign_frame_is_not_pinned)
{
    cr_assert_eq(pv_mmu_pin(&w.mmu, FOREIGN, FRAME_PT), -PV_EINVAL);
    cr_assert_eq(pv_mmu_unpin(&w.mmu, FOREIGN), -PV_EINVAL);
}

Test(pv_validator, pinned_table_stays_checked_when_nobody_names_it)
{
    set(1, 0, RW(2));
    pv_mmu_pin(&w.mmu, 2, FRAME_PT);
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    pv_mmu_unpin(&w.mmu, 1);
    cr_frame(2, FRAME_PT, 1, 2);
}

Test(pv_validator, loading_a_pinned_root_checks_nothing)
{
    set(1, 0, RW(2));
    set(2, 0, RW(3));
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    unsigned before = w.charged[HV_COST_pte_validate];
    cr_assert_eq(pv_mmu_load_root(&w.mmu, 1), 0);
    cr_assert_eq(w.charged[HV_COST_pte_validate], before);
    cr_assert_eq(w.mmu.root, 1);
    cr_frame(1, FRAME_PD, 2, 3);
}

Test(pv_validator, loading_another_root_gives_the_old_one_back)
{
    pv_mmu_load_root(&w.mmu, 1);
    cr_frame(1, FRAME_PD, 1, 2);
    cr_assert_eq(pv_mmu_load_root(&w.mmu, 2), 0);
    cr_frame(1, FRAME_NONE, 0, 1);
    cr_frame(2, FRAME_PD, 1, 2);
}

Test(pv_validator, loading_the_same_root_again_keeps_its_count)
{
    pv_mmu_load_root(&w.mmu, 1);
    uint32_t flushes = w.mmu.flushes;
    cr_assert_eq(pv_mmu_load_root(&w.mmu, 1), 0);
    cr_frame(1, FRAME_PD, 1, 2);
    cr_assert_eq(w.mmu.flushes, flushes + 1, "a CR3 load flushes");
}

Test(pv_validator, refused_root_leaves_the_old_one)
{
    pv_mmu_load_root(&w.mmu, 1);
    set(2, 0, RW(FOREIGN));
    cr_assert_eq(pv_mmu_load_root(&w.mmu, 2), -PV_EINVAL);
    cr_assert_eq(pv_mmu_load_root(&w.mmu, FOREIGN), -PV_EINVAL);
    cr_assert_eq(w.mmu.root, 1);
    cr_frame(1, FRAME_PD, 1, 2);
}

Test(pv_validator, root_cannot_be_taken_away_by_unpinning)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PD);
    pv_mmu_load_root(&w.mmu, 1);
    pv_mmu_unpin(&w.mmu, 1);
    cr_frame(1, FRAME_PD, 1, 2);
    cr_assert_eq(pv_mmu_pin(&w.mmu, 1, FRAME_PT), -PV_EINVAL);
}

/* ------------------------------------------------------------------ finding an entry */

Test(pv_validator, entry_of_a_mapped_address_is_found)
{
    set(1, 3, RW(2));
    pv_mmu_load_root(&w.mmu, 1);
    uint32_t mfn = 0;
    unsigned slot = 0;
    cr_assert_eq(pv_mmu_find(&w.mmu, 3u << 22 | 5u << 12 | 0xabc, &mfn, &slot), 0);
    cr_assert_eq(mfn, 2);
    cr_assert_eq(slot, 5);
}

Test(pv_validator, entry_is_not_found_without_root_table_or_right)
{
    uint32_t mfn = 0;
    unsigned slot = 0;
    cr_assert_eq(pv_mmu_find(&w.mmu, 0, &mfn, &slot), -PV_EINVAL, "no root");
    set(1, 1, RO(1));
    set(1, 2, RO(2) & ~PTE_P);
    pv_mmu_load_root(&w.mmu, 1);
    cr_assert_eq(pv_mmu_find(&w.mmu, 0, &mfn, &slot), -PV_EINVAL, "not present");
    cr_assert_eq(pv_mmu_find(&w.mmu, 1u << 22, &mfn, &slot), -PV_EINVAL, "the directory itself");
    cr_assert_eq(pv_mmu_find(&w.mmu, 2u << 22, &mfn, &slot), -PV_EINVAL, "table not present");
    cr_assert_eq(pv_mmu_find(&w.mmu, 6u << 22, &mfn, &slot), -PV_EINVAL, "the hole");
}

/* ------------------------------------------------------------------ descriptors */

Test(pv_validator, descriptor_frame_is_checked_and_corrected)
{
    w.entry[1][0] = 3;
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_SEGDESC), 0);
    cr_assert_eq(w.entry[1][0], 2);
    cr_frame(1, FRAME_SEGDESC, 1, 2);
}

Test(pv_validator, bad_descriptor_anywhere_refuses_the_frame)
{
    w.entry[1][WORLD_SLOTS - 1] = 0x80000000u;
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_SEGDESC), -PV_EINVAL);
    cr_frame(1, FRAME_NONE, 0, 1);
}

Test(pv_validator, high_half_of_a_descriptor_is_corrected_too)
{
    w.entry[1][1] = 5;
    cr_assert_eq(pv_type_get(&w.mmu, 1, FRAME_SEGDESC), 0);
    cr_assert_eq(w.entry[1][1], 7, "the world's check sets bit 1");
}

/* ------------------------------------------------------------------ the TLB */

Test(pv_validator, frame_that_was_writable_becomes_a_table_after_a_flush)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2));
    set(1, 0, RO(2));
    cr_assert_eq(pv_mmu_pin(&w.mmu, 2, FRAME_PT), 0);
    cr_assert_eq(w.flushes, 1);
}

Test(pv_validator, one_flush_serves_all_that_were_unmapped_before_it)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2));
    set(1, 1, RW(3));
    set(1, 0, RO(2));
    set(1, 1, RO(3));
    pv_mmu_pin(&w.mmu, 2, FRAME_PT);
    pv_mmu_pin(&w.mmu, 3, FRAME_PT);
    cr_assert_eq(w.flushes, 1);
}

Test(pv_validator, frame_never_writable_needs_no_flush)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RO(2));
    pv_mmu_pin(&w.mmu, 2, FRAME_PT);
    cr_assert_eq(w.flushes, 0);
}

Test(pv_validator, root_load_counts_as_the_flush)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    set(1, 0, RW(2));
    set(1, 0, 0);
    pv_mmu_load_root(&w.mmu, 3);
    pv_mmu_pin(&w.mmu, 2, FRAME_PT);
    cr_assert_eq(w.flushes, 0);
}

/* ------------------------------------------------------------------ what it costs */

Test(pv_validator, validation_is_charged_per_present_entry)
{
    set(1, 0, RW(2));
    set(1, 5, RO(3));
    memset(w.charged, 0, sizeof w.charged);
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    cr_assert_eq(w.charged[HV_COST_pte_validate], 2);
    cr_assert_eq(w.charged[HV_COST_frame_type], 1);
    set(1, 0, 0);
    cr_assert_eq(w.charged[HV_COST_pte_validate], 3);
}

Test(pv_validator, letting_a_table_go_is_charged_as_a_change_of_type)
{
    pv_mmu_pin(&w.mmu, 1, FRAME_PT);
    pv_type_get(&w.mmu, 2, FRAME_WRITABLE);
    memset(w.charged, 0, sizeof w.charged);
    pv_mmu_unpin(&w.mmu, 1);
    cr_assert_eq(w.charged[HV_COST_frame_type], 1);
    pv_type_put(&w.mmu, 2);
    cr_assert_eq(w.charged[HV_COST_frame_type], 1, "writable frames come and go for nothing");
}

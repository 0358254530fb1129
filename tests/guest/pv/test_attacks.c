/*
 * Every attack of the hostile paravirtual guest: how it must end, that nothing else was touched,
 * and that the audit agrees. Then some with the check they attack removed, to see that they would
 * have succeeded.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "pv/pv.h"

struct attack_case {
    char name[48];
    uint32_t end;
    char why[64];     /* part of what the VM's end says; empty: whatever */
    bool frames_move; /* between the guest and the free ones, which are zeroed */
};

#define FENDED(name)                                                                               \
    {                                                                                              \
#name, VM_EXITED, "", false                                                                \
    }
#define MOVED(name)                                                                                \
    {                                                                                              \
#name, VM_EXITED, "", true                                                                 \
    }
#define KILLED(name, why)                                                                          \
    {                                                                                              \
#name, VM_KILLED, why, false                                                               \
    }

static struct attack_case cases[] = {
    FENDED(map_foreign_read_only),
    FENDED(map_foreign_writable),
    FENDED(map_frame_zero),
    FENDED(map_page_table_writable),
    FENDED(map_directory_writable),
    FENDED(store_through_read_only_map),
    FENDED(pin_foreign),
    FENDED(pin_while_writable),
    FENDED(pin_table_with_foreign_entry),
    FENDED(unpinned_root),
    FENDED(retyped_root),
    FENDED(recursive_root),
    FENDED(recursive_root_made_writable),
    FENDED(large_page),
    FENDED(hypervisor_slots),
    FENDED(unmapped_table),
    FENDED(wild_updates),
    FENDED(stops_at_the_first_bad_update),
    FENDED(stale_translation),
    FENDED(m2p_is_read_only),
    MOVED(frame_given_back_in_use),
    FENDED(more_memory_than_allowed),
    FENDED(clear_and_copy_pages),
    FENDED(ring_0_descriptor),
    FENDED(limits_are_cut),
    FENDED(segments_in_the_hole),
    FENDED(expand_down_segment),
    FENDED(system_descriptors),
    FENDED(descriptor_frames_are_read_only),
    FENDED(descriptor_into_a_page_table),
    FENDED(bad_descriptor_tables),
    FENDED(ldt_of_the_guest),
    FENDED(reading_the_hole),
    FENDED(executing_the_hole),
    FENDED(hypervisor_selectors),
    FENDED(far_jump_to_ring_0),
    FENDED(trap_gates_into_ring_0),
    FENDED(endless_trap_table),
    FENDED(privileged_instructions),
    FENDED(ports_are_nobodys),
    FENDED(flags_stay_the_hypervisors),
    FENDED(every_software_interrupt),
    FENDED(every_software_interrupt_of_ring_3),
    FENDED(ring_3_reads_the_kernel),
    FENDED(direct_system_call),
    FENDED(failsafe_callback),
    KILLED(iret_to_ring_0, "neither ring 0"),
    KILLED(iret_to_virtual_8086, "virtual-8086"),
    KILLED(iret_to_hypervisor_code, "cannot be resumed"),
    KILLED(iret_from_bad_stack, "stack at 0xfc3ffff8 cannot be read"),
    KILLED(no_kernel_stack, "no entry to the guest kernel"),
    KILLED(kernel_stack_in_a_page_table, "no entry to the guest kernel"),
    KILLED(kernel_stack_of_the_hypervisor, "no entry to the guest kernel"),
    KILLED(no_handler, "exception 6"),
    KILLED(page_fault_loop, "no entry to the guest kernel"),
    FENDED(unknown_hypercalls),
    FENDED(registers_are_kept),
    FENDED(other_domains),
    FENDED(nested_multicalls),
    FENDED(wild_multicalls),
    FENDED(multicall_that_rewrites_itself),
    FENDED(endless_work),
    FENDED(pointers_across_the_hole),
    FENDED(half_a_pointer),
    FENDED(event_channels_exhausted),
    FENDED(wild_event_ports),
    FENDED(virtual_interrupts),
    FENDED(event_to_itself),
    FENDED(masked_channel),
    FENDED(own_pair_of_channels),
    FENDED(timer_of_one_nanosecond),
    FENDED(time_goes_on),
    FENDED(wild_polls),
    FENDED(other_vcpus),
    FENDED(console_flood),
    {"nothing_wakes_it", VM_RUNNING, "", false},
    KILLED(reports_a_crash, "reported that it crashed"),
    FENDED(gives_way),
    FENDED(pending_event_ends_a_poll),
    FENDED(timers_are_taken_back),
    {"goes_down", VM_HALTED, "nothing can wake it", false},
    FENDED(powers_off),
    {"reboots", VM_RESET, "asked for a reboot", false},
    FENDED(task_switched_flag),
    FENDED(versions),
    FENDED(reservations_of_whom),
    FENDED(flushes_as_asked),
    FENDED(channels_of_other_vcpus),
    FENDED(console_indices_lie),
    FENDED(console_ring_as_page_table),
    FENDED(block_works),
    FENDED(block_reads_into_a_page_table),
    FENDED(block_moves_foreign_frames),
    FENDED(block_sectors_lie),
    FENDED(block_indices_lie),
    FENDED(block_ring_unmapped),
    FENDED(console_half_full),
    FENDED(entries_past_4_gib),
    FENDED(ldt_that_is_not_there),
    FENDED(extended_operations),
    FENDED(pages_cleared_and_copied),
    FENDED(descriptors_anywhere_else),
    MOVED(reservations_that_lie),
    MOVED(frames_taken_unseen),
    MOVED(frames_given_back_still_count),
    FENDED(channels_of_others),
    FENDED(no_channel_is_left),
    FENDED(answers_that_cannot_be_written),
    FENDED(unmasking_tells_only_what_is_pending),
    FENDED(a_batch_ends_with_its_guest),
    FENDED(a_batch_that_is_too_long),
    FENDED(callbacks_and_stacks_that_lie),
    FENDED(words_cut_off),
    FENDED(polls_of_nowhere),
    FENDED(ports_of_every_width),
    FENDED(programs_at_odd_selectors),
    KILLED(odd_selector_without_a_failsafe, "cannot be resumed"),
    KILLED(kernel_at_a_programs_conforming_code, "cannot be resumed"),
    FENDED(lost_segment_without_a_failsafe),
#define STACK_ENDS(n)                                                                              \
    KILLED(fault_with_stack_for_##n, "no entry to the guest kernel"),                              \
        KILLED(failsafe_with_stack_for_##n, "no entry to the guest kernel")
    STACK_ENDS(0),
    STACK_ENDS(1),
    STACK_ENDS(2),
    STACK_ENDS(3),
    STACK_ENDS(4),
    STACK_ENDS(5),
    KILLED(failsafe_with_stack_for_6, "no entry to the guest kernel"),
};

#define CYCLES 2000000000ull

static void start(struct pv_machine *m, const char *attack)
{
    /* The second VM has memory and never runs: its frames and the foreign ones are the victims. */
    pv_machine_start(m, &(struct pv_start){.image = "tests/pv-attacks.elf",
                                           .cmdline = attack,
                                           .mode = MODE_pv,
                                           .vms = 2,
                                           .loaded = 1});
}

/* Every frame that is not the attacker's: the other VM's, foreign ones, free ones. */
static uint64_t hash_of_others(struct hv *hv)
{
    uint64_t hash = STATE_HASH_SEED;
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++)
        if (!frame_is_vms(hv, mfn, hv->vm[0]) && hv->frames[mfn].owner != FRAME_HYPERVISOR)
            hash = state_hash_bytes(hash, hv->machine->ram.bytes + mfn * PAGE_SIZE, PAGE_SIZE);
    return hash;
}

ParameterizedTestParameters(pv_attacks, ends_as_it_must_and_touches_nothing_else)
{
    return cr_make_param_array(struct attack_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct attack_case *c, pv_attacks, ends_as_it_must_and_touches_nothing_else)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, c->name);
    uint64_t before = hash_of_others(m.hv);
    enum hv_stop stop = pv_machine_run(&m, CYCLES);
    const struct vm *vm = m.hv->vm[0];
    cr_expect_eq(stop, c->end == VM_RUNNING ? HV_STOP_INPUT : HV_STOP_ENDED, "%s stopped by %s",
                 c->name, hv_stop_names[stop]);
    cr_expect_eq(vm->s.end, c->end, "%s ended as %s (%s), console: %.200s", c->name,
                 vm_end_names[vm->s.end], vm->end_text, m.console);
    cr_expect_eq(vm->s.exit_value, 0, "%s: %.200s", c->name, m.console);
    cr_expect(strstr(vm->end_text, c->why), "%s: %s", c->name, vm->end_text);
    if (c->end == VM_EXITED)
        cr_expect(strstr(m.console, "fended off\n"), "%s: %.200s", c->name, m.console);
    cr_expect(!strstr(m.console, "BROKEN"), "%s: %.200s", c->name, m.console);
    cr_expect(c->frames_move || hash_of_others(m.hv) == before,
              "%s changed a frame that is not the guest's", c->name);
    hv_audit(m.hv, &audit);
    cr_expect_eq(audit.foreign + audit.gates + audit.ports + audit.inconsistent, 0, "%s: %s",
                 c->name, audit.first);
    pv_machine_stop(&m);
}

/* ------------------------------------------------------------------ with the check removed */

static void expect_broken(struct pv_machine *m, const char *what)
{
    pv_machine_run(m, CYCLES);
    const struct vm *vm = m->hv->vm[0];
    cr_expect(!(vm->s.end == VM_EXITED && vm->s.exit_value == 0),
              "%s: the attack fails even without the check", what);
}

Test(pv_attacks, a_large_page_succeeds_when_its_bit_is_allowed)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, "large_page");
    struct pv_policy bug = pv_policy_real;
    bug.pd_refused &= ~PTE_PS;
    bug.pd_free |= PTE_PS;
    m.hv->vm[0]->pv->mmu.policy = &bug;
    expect_broken(&m, "large_page");
    hv_audit(m.hv, &audit);
    cr_expect_gt(audit.foreign, 0, "the audit does not see it");
    pv_machine_stop(&m);
}

Test(pv_attacks, a_linear_map_becomes_writable_when_the_fast_path_allows_it)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, "recursive_root_made_writable");
    struct pv_policy bug = pv_policy_real;
    bug.pd_free |= PTE_W;
    m.hv->vm[0]->pv->mmu.policy = &bug;
    expect_broken(&m, "recursive_root_made_writable");
    hv_audit(m.hv, &audit);
    cr_expect_gt(audit.inconsistent, 0, "the audit does not see it");
    pv_machine_stop(&m);
}

static bool every_descriptor(void *opaque, uint32_t *lo, uint32_t *hi)
{
    (void)opaque;
    (void)lo;
    (void)hi;
    return true;
}

static void attack_with_ops(const char *attack, const struct pv_mmu_ops *ops)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, attack);
    m.hv->vm[0]->pv->mmu.ops = ops;
    expect_broken(&m, attack);
    hv_audit(m.hv, &audit);
    cr_expect_gt(audit.gates + audit.inconsistent + audit.foreign, 0,
                 "%s: the audit does not see it", attack);
    pv_machine_stop(&m);
}

Test(pv_attacks, descriptors_reach_the_hypervisor_when_they_are_not_checked)
{
    struct pv_mmu_ops ops = pv_mmu_real_ops;
    ops.descriptor = every_descriptor;
    attack_with_ops("ring_0_descriptor", &ops);
    attack_with_ops("limits_are_cut", &ops);
    attack_with_ops("system_descriptors", &ops);
    attack_with_ops("expand_down_segment", &ops);
}

static void no_flush(void *opaque)
{
    (void)opaque;
}

Test(pv_attacks, a_stale_translation_writes_a_page_table_when_nobody_flushes)
{
    struct pv_machine m;
    struct pv_mmu_ops ops = pv_mmu_real_ops;
    ops.flush = no_flush;
    start(&m, "stale_translation");
    m.hv->vm[0]->pv->mmu.ops = &ops;
    expect_broken(&m, "stale_translation");
    pv_machine_stop(&m);
}

Test(pv_attacks, foreign_frames_are_mapped_when_their_owner_is_not_asked)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, "map_foreign_writable");
    struct hv *hv = m.hv;
    for (uint32_t mfn = 0; mfn < hv->frame_count;
         mfn++) /* what a validator without that check would believe */
        if (hv->frames[mfn].owner == FRAME_FOREIGN || hv->frames[mfn].owner == 2) {
            hv->frames[mfn].owner = 1;
            hv->frames[mfn].refs = 1;
        }
    expect_broken(&m, "map_foreign_writable");
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++)
        if (hv->frames[mfn].owner == 1 && hv->frames[mfn].gfn < hv->vm[1]->pages &&
            hv->vm[1]->p2m[hv->frames[mfn].gfn].mfn == mfn)
            hv->frames[mfn].owner = 2;
    hv_audit(m.hv, &audit);
    pv_machine_stop(&m);
}

Test(pv_attacks, the_flat_segments_let_the_hole_be_read_when_they_are_not_cut)
{
    struct pv_machine m;
    struct hv_audit audit;
    start(&m, "reading_the_hole");
    const uint32_t flat[2] = {0xffff, 0x00cfb300};
    own_set_descriptor(m.hv, 0, false, PV_FLAT_RING1_DS >> 3, flat);
    m.hv->vm[0]->cpu.virt.s.seg[SEG_DS].limit = 0xffffffffu;
    expect_broken(&m, "reading_the_hole");
    hv_audit(m.hv, &audit);
    cr_expect_gt(audit.gates, 0);
    pv_machine_stop(&m);
}

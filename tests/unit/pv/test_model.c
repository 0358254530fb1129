/*
 * The exhaustive model on the real validator, and on validators with a bug planted: a model that
 * finds nothing proves nothing until it has found something.
 */
#include <criterion/criterion.h>

#include "model.h"
#include "sim/x86.h"

static struct model_result explore(struct model_config config)
{
    struct model_result result;
    model_explore(&config, &result);
    return result;
}

Test(pv_model, every_six_operations_leave_tables_unwritable_and_counts_consistent)
{
    struct model_result r =
        explore((struct model_config){.policy = &pv_policy_real, .guest_slots = 2, .depth = 6});
    cr_assert_eq(r.depth_found, 0, "%s", r.violation);
    cr_assert_gt(r.states, 250000, "the model became smaller: %lu states", (unsigned long)r.states);
}

Test(pv_model, every_five_operations_with_large_pages_and_hypervisor_slots_are_safe)
{
    struct model_result r = explore((struct model_config){
        .policy = &pv_policy_real, .guest_slots = 1, .depth = 5, .large = true});
    cr_assert_eq(r.depth_found, 0, "%s", r.violation);
    cr_assert_gt(r.states, 100000);
}

Test(pv_model, finds_a_fast_path_that_lets_a_linear_map_become_writable)
{
    struct pv_policy bug = pv_policy_real; /* XSA-182 */
    bug.pd_free |= PTE_W;
    struct model_result r =
        explore((struct model_config){.policy = &bug, .guest_slots = 2, .depth = 6});
    cr_assert_eq(r.depth_found, 3, "%s", r.violation);
    cr_assert_str_eq(r.violation, "set(1, 0, 0x1007): a table is mapped writable");
}

Test(pv_model, finds_a_missing_check_of_large_pages)
{
    struct pv_policy bug = pv_policy_real; /* XSA-148 */
    bug.pd_refused &= ~PTE_PS;
    struct model_result r =
        explore((struct model_config){.policy = &bug, .guest_slots = 2, .depth = 6, .large = true});
    cr_assert_eq(r.depth_found, 2, "%s", r.violation);
}

Test(pv_model, finds_large_pages_that_slip_in_by_the_fast_path)
{
    struct pv_policy bug = pv_policy_real;
    bug.pd_free |= PTE_PS;
    struct model_result r =
        explore((struct model_config){.policy = &bug, .guest_slots = 2, .depth = 6, .large = true});
    cr_assert_eq(r.depth_found, 3, "%s", r.violation);
}

Test(pv_model, finds_a_writable_bit_that_is_not_counted)
{
    struct pv_policy bug = pv_policy_real;
    bug.pt_free |= PTE_W;
    struct model_result r =
        explore((struct model_config){.policy = &bug, .guest_slots = 2, .depth = 6});
    cr_assert_eq(r.depth_found, 3, "%s", r.violation);
}

Test(pv_model, finds_a_flush_that_is_forgotten)
{
    struct model_result r = explore((struct model_config){
        .policy = &pv_policy_real, .guest_slots = 2, .depth = 6, .forget_flush = true});
    cr_assert_neq(r.depth_found, 0);
    cr_assert(strstr(r.violation, "through the TLB"), "%s", r.violation);
}

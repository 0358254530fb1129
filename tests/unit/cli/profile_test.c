/* Cost profiles: the built-in ones, and every way in which one can be wrong. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "profile.h"

static struct complaint why;

/* The text of flat.json with the first `from` replaced by `to`; owned by the caller. */
static char *changed(const char *from, const char *to)
{
    const struct embedded_file *f = embedded_find("profiles", "flat");
    cr_assert_not_null(f);
    const char *text = (const char *)f->bytes, *at = strstr(text, from);
    cr_assert_not_null(at, "flat.json does not contain %s", from);
    char *out = malloc(f->size + strlen(to) + 1);
    cr_assert_not_null(out);
    memcpy(out, text, (size_t)(at - text));
    sprintf(out + (at - text), "%s%s", to, at + strlen(from));
    return out;
}

static void refuses(const char *from, const char *to, const char *expected)
{
    struct profile p;
    char *text = changed(from, to);
    memset(&why, 0, sizeof why);
    cr_assert(!profile_parse(&p, "x.json", text, strlen(text), &why), "accepted %s", to);
    cr_assert(strstr(why.what, expected), "says: %s", why.what);
    cr_assert(strstr(why.what, "x.json"), "does not name the place: %s", why.what);
    cr_assert_eq(why.status, CLI_USAGE);
    free(text);
}

Test(profile, both_built_in_profiles_load)
{
    struct profile p;
    cr_assert(profile_load(&p, "p4-2005", &why), "%s", why.what);
    cr_assert_eq(p.cost.clock_hz, 3800000000u);
    profile_free(&p);
    cr_assert(profile_load(&p, "flat", &why), "%s", why.what);
    cr_assert_eq(p.cost.clock_hz, 10000000u);
    profile_free(&p);
}

Test(profile, flat_can_be_counted_by_hand)
{
    struct profile p;
    cr_assert(profile_load(&p, "flat", &why));
    const uint32_t *hw = p.cost.hw.cycles, *hv = p.cost.hv.cycles;
    cr_assert_eq(hw[COST_insn_plain], 1);
    cr_assert_eq(hw[COST_walk_ref], 1);
    cr_assert_eq(hw[COST_int_deliver] + hw[COST_iret_outer], 10, "a guest trap");
    uint32_t work = 0;
    for (unsigned i = 0; i < HV_COSTS; i++)
        work += i == HV_COST_entry_save || i == HV_COST_exit_resume ? 0 : hv[i];
    cr_assert_eq(work, 0, "only the crossing costs, so that every exit is the same");
    cr_assert_eq(hw[COST_fault_deliver] + hv[HV_COST_entry_save] + hv[HV_COST_exit_resume] +
                     hw[COST_iret_outer],
                 100, "a whole exit");
    profile_free(&p);
}

Test(profile, p4_2005_meets_the_published_trap)
{
    struct profile p;
    cr_assert(profile_load(&p, "p4-2005", &why));
    uint32_t trap = p.cost.hw.cycles[COST_int_deliver] + p.cost.hw.cycles[COST_iret_outer];
    cr_assert(trap >= 1292 && trap <= 1428, "int_deliver + iret_outer = %u, published 1360", trap);
    profile_free(&p);
}

Test(profile, no_key_is_a_published_total)
{
    static const uint32_t totals[] = {242, 3209, 1093, 889, 2030, 1361, 1360, 4340, 1761, 641};
    struct profile p;
    cr_assert(profile_load(&p, "p4-2005", &why));
    for (unsigned key = 0; key < COST_KEYS; key++)
        for (unsigned i = 0; i < sizeof totals / sizeof *totals; i++)
            cr_assert_neq(cost_value(&p.cost, key), totals[i], "%s is a total", cost_name(key));
    profile_free(&p);
}

Test(profile, every_entry_keeps_its_source)
{
    struct profile p;
    cr_assert(profile_load(&p, "p4-2005", &why));
    for (unsigned key = 0; key < COST_KEYS; key++)
        cr_assert(p.source[key] && strlen(p.source[key]) > 5, "%s", cost_name(key));
    profile_free(&p);
}

Test(profile, missing_key_is_refused)
{
    refuses("\"insn_div\":", "\"insn_mul\":", "insn_mul stands twice");
    refuses("    \"cli_sti\": {\"value\": 1, \"kind\": \"assumed\", \"source\": \"chosen for "
            "counting by hand: "
            "instruction 1, guest trap 10, whole exit 100, walk reference 1\"},\n",
            "", "cli_sti is missing");
}

Test(profile, negative_value_is_refused)
{
    refuses("{\"value\": 1,", "{\"value\": -1,", "value -1");
}

Test(profile, fraction_infinity_and_absurd_values_are_refused)
{
    refuses("{\"value\": 1,", "{\"value\": 1.5,", "value 1.5");
    refuses("{\"value\": 1,", "{\"value\": 1e400,", "value inf");
    refuses("{\"value\": 1,", "{\"value\": 1000000001,", "value 1e+09");
    refuses("{\"value\": 1,", "{\"value\": \"1\",", "no number");
    refuses("{\"value\": 1,", "{", "no number");
}

Test(profile, unsourced_entry_is_refused)
{
    refuses("\"source\": \"chosen", "\"source\": \"\", \"x\": \"chosen", "unknown member");
    refuses("\"kind\": \"assumed\", \"source\": \"chosen for counting by hand: instruction 1",
            "\"source\": \"chosen for counting by hand: instruction 1", "kind (none)");
}

Test(profile, empty_source_is_refused)
{
    refuses("\"source\": \"chosen for counting by hand: instruction 1, guest trap 10, whole exit "
            "100, walk "
            "reference 1\"",
            "\"source\": \"\"", "no source");
}

Test(profile, unknown_kind_is_refused)
{
    refuses("\"kind\": \"assumed\"", "\"kind\": \"guessed\"", "guessed");
    refuses("\"kind\": \"assumed\"", "\"kind\": \"changed\"", "changed");
}

Test(profile, unknown_key_is_refused)
{
    refuses("\"insn_div\":", "\"insn_dove\":", "insn_dove");
    refuses("\"insn_div\":", "\"decode\":", "decode");
}

Test(profile, unknown_member_is_refused)
{
    refuses("\"title\":", "\"colour\": 1, \"title\":", "colour");
}

Test(profile, missing_section_is_refused)
{
    refuses("\"hypervisor\":", "\"hypervisors\":", "hypervisors");
}

Test(profile, wrong_schema_is_refused)
{
    refuses("ringside.profile/1", "ringside.profile/2", "ringside.profile/2");
}

Test(profile, absurd_clock_is_refused)
{
    refuses("{\"value\": 10000000,", "{\"value\": 10,", "clock_hz is 10");
    refuses("{\"value\": 10000000,", "{\"value\": -10,", "clock_hz");
}

Test(profile, broken_json_names_the_line)
{
    refuses("\"hardware\": {\n", "\"hardware\": {,\n", "line 6");
}

Test(profile, text_behind_the_profile_is_refused)
{
    struct profile p;
    char *text = changed("x", "x"), longer[65536];
    snprintf(longer, sizeof longer, "%s\n{}", text);
    cr_assert(!profile_parse(&p, "x.json", longer, strlen(longer), &why));
    cr_assert(strstr(why.what, "follows"), "%s", why.what);
    free(text);
}

Test(profile, something_else_than_an_object_is_refused)
{
    struct profile p;
    static const char *const texts[] = {"",   "[]",           "3",       "null", "\"x\"",
                                        "{}", "{\"schema\":", "\xff\xfe"};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert(!profile_parse(&p, "x.json", texts[i], strlen(texts[i]), &why), "accepted %s",
                  texts[i]);
}

Test(profile, unknown_name_lists_the_known)
{
    struct profile p;
    cr_assert(!profile_load(&p, "p4", &why));
    cr_assert(strstr(why.what, "flat") && strstr(why.what, "p4-2005"), "%s", why.what);
}

Test(profile, change_is_applied_and_marked)
{
    struct profile p;
    struct cost_change c;
    cr_assert(profile_load(&p, "flat", &why));
    cr_assert(profile_parse_change(&c, "walk_ref=50", &why));
    profile_apply(&p, &c);
    cr_assert_eq(p.cost.hw.cycles[COST_walk_ref], 50);
    cr_assert_eq(p.cost.hw_kind[COST_walk_ref], COST_CHANGED);
    cr_assert_eq(p.changed, 1);
    profile_free(&p);
}

Test(profile, change_is_refused_in_words)
{
    struct cost_change c;
    cr_assert(!profile_parse_change(&c, "walk_rev=50", &why));
    cr_assert(strstr(why.remedy, "walk_ref"), "%s", why.remedy);
    cr_assert(!profile_parse_change(&c, "walk_ref", &why));
    cr_assert(!profile_parse_change(&c, "=5", &why));
    cr_assert(!profile_parse_change(&c, "walk_ref=", &why));
    cr_assert(!profile_parse_change(&c, "walk_ref=-5", &why));
    cr_assert(!profile_parse_change(&c, "walk_ref=1000000001", &why));
}

Test(cost, names_are_unique_across_hardware_and_hypervisor)
{
    for (unsigned a = 0; a < COST_KEYS; a++) {
        cr_assert_eq(cost_find(cost_name(a)), (int)a, "%s", cost_name(a));
        cr_assert(strlen(cost_text(a)) > 3);
    }
    cr_assert_eq(cost_find("magic"), -1);
    cr_assert_eq(cost_find(""), -1);
}

Test(cost, every_piece_of_the_hypervisors_work_belongs_to_a_phase)
{
    for (unsigned i = 0; i < HV_COSTS; i++)
        cr_assert(hv_cost_buckets[i] >= BUCKET_transition_in &&
                      hv_cost_buckets[i] <= BUCKET_transition_out,
                  "%s", hv_cost_names[i]);
}

Test(cost, set_and_get_meet_on_both_sides_of_the_border)
{
    static struct cost_profile p;
    for (unsigned key = 0; key < COST_KEYS; key++)
        cost_set(&p, key, key + 1, key % 2 ? COST_DERIVED : COST_ASSUMED);
    for (unsigned key = 0; key < COST_KEYS; key++) {
        cr_assert_eq(cost_value(&p, key), key + 1);
        cr_assert_eq(cost_kind_of(&p, key), key % 2 ? COST_DERIVED : COST_ASSUMED);
    }
    cr_assert_eq(p.hw.cycles[SIM_COSTS - 1], (uint32_t)SIM_COSTS);
    cr_assert_eq(p.hv.cycles[0], (uint32_t)SIM_COSTS + 1);
}

/*
 * The attack list: each hostile guest ends as its row says, and harms nothing.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "arena.h"

static void free_numbers(struct criterion_test_params *params)
{
    cr_free(params->params);
}

ParameterizedTestParameters(attack, is_fended_off)
{
    unsigned *numbers = cr_malloc(attack_count * sizeof *numbers);
    for (unsigned i = 0; i < attack_count; i++)
        numbers[i] = i;
    return cr_make_param_array(unsigned, numbers, attack_count, free_numbers);
}

ParameterizedTest(const unsigned *number, attack, is_fended_off)
{
    const struct attack *a = &attacks[*number];
    struct verdict v;
    arena_prepare(a->mode);
    cr_expect(arena(a, &v), "%s: %s", a->name, v.text);
}

Test(attack_list, has_forty_guests_in_each_mode)
{
    unsigned in[HV_MODES] = {0};
    for (unsigned i = 0; i < attack_count; i++)
        in[attacks[i].mode]++;
    cr_expect_geq(in[MODE_trap], 40);
    cr_expect_geq(in[MODE_pv], 40);
}

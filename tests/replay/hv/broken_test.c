/*
 * Spoiled states: whatever bytes are put in, they are refused in a sentence or run without harm to
 * the host, and a good state afterwards makes all well again.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#include "hv/saved.h"
#include "snap.h"

#define WORK "hz=1000 run=\"forkwait 2; sieve 20; disk 2; halt\""

static struct way ways[] = {
    {MODE_native, 1, 0, "", false, 0},
    {MODE_trap, 1, 0, "", false, 0},
    {MODE_trap, 2, 9000, "", false, 24},
    {MODE_pv, 2, 9000, "", false, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

/* One number somewhere becomes another. */
static void spoil(uint8_t *state, size_t size, uint64_t *seed)
{
    static const uint32_t odd[] = {0, 1, 0xffffffffu, 0x80000000u, 0x1000, 0x7fffffffu, 255, 65535};
    size_t at = (size_t)(snap_random(seed) % (size - 4));
    uint32_t value = (uint32_t)snap_random(seed), n;
    memcpy(&n, state + at, 4);
    switch (snap_random(seed) % 4) {
    case 0:
        n = odd[value % 8];
        break;
    case 1:
        n ^= 1u << value % 32;
        break;
    case 2:
        n += value % 5 - 2;
        break;
    default:
        n = value;
        break;
    }
    memcpy(state + at, &n, 4);
}

ParameterizedTestParameters(broken, a_spoiled_state_harms_nobody)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, broken, a_spoiled_state_harms_nobody)
{
    struct rig r;
    uint64_t seed = 99;
    unsigned refused = 0, ran = 0;
    way_start(&r, w, WORK);
    rig_run(&r, 3000000);
    struct snap base = snap_take(&r);
    uint8_t *state = malloc(base.size);
    cr_assert(state);
    for (unsigned i = 0; i < 400; i++) {
        struct sim_error err = {SIM_OK, ""};
        memcpy(state, base.state, base.size);
        for (unsigned k = 0; k <= i % 4; k++)
            spoil(state, base.size, &seed);
        snap_put_memory(&r, &base);
        if (hv_saved_unpack(r.hv, state, base.size, &err) != SIM_OK) {
            cr_assert_eq(err.status, SIM_BAD_INPUT);
            cr_assert_neq(err.text[0], 0);
            refused++;
            continue;
        }
        const struct hv_limits l = {.cycle = hv_cycle(r.hv) + 20000, .exits = r.hv->exits + 500};
        hv_run(r.hv, &l);
        ran++;
    }
    cr_expect_gt(refused, 10);
    cr_expect_gt(ran, 10);
    snap_put(&r, &base);
    snap_expect(&r, &base, way_name(w), 0);
    free(state);
    snap_free(&base);
    rig_stop(&r);
}

Test(broken, another_size_is_refused)
{
    struct rig r;
    struct sim_error err = {SIM_OK, ""};
    way_start(&r, &ways[1], WORK);
    struct snap base = snap_take(&r);
    cr_assert_eq(hv_saved_unpack(r.hv, base.state, base.size - 1, &err), SIM_BAD_INPUT);
    cr_assert_eq(hv_saved_unpack(r.hv, base.state, 0, NULL), SIM_BAD_INPUT);
    snap_put(&r, &base);
    snap_free(&base);
    rig_stop(&r);
}

Test(broken, another_configuration_has_another_layout)
{
    struct rig a, b;
    uint64_t seen[WAYS];
    for (unsigned i = 0; i < WAYS; i++) {
        way_start(&a, &ways[i], WORK);
        seen[i] = hv_saved_layout(a.hv);
        rig_run(&a, 100000);
        cr_assert_eq(hv_saved_layout(a.hv), seen[i], "running changes no layout");
        way_start(&b, &ways[i], "other words");
        cr_assert_eq(hv_saved_layout(b.hv), seen[i], "the guest is state, not layout");
        rig_stop(&a);
        rig_stop(&b);
        for (unsigned k = 0; k < i; k++)
            cr_assert_neq(seen[k], seen[i]);
    }
}

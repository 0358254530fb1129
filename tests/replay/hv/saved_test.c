/*
 * A saved state put back, into the hypervisor it came from or into another, goes on exactly as if
 * nothing had been: same hash, same counters, same packed bytes.
 *
 * Positions are pseudo-random, by cycles, instructions and exits, over a guest's boot and a
 * workload with page faults, processes and disk writes; so they lie in the middle of direct
 * execution and of exits. Disks are the host's and are put back here.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/saved.h"
#include "snap.h"

#define WORK   "hz=1000 run=\"forkwait 3; sieve 20 | sieve 20; fault stack; disk 4; halt\""
#define CYCLES 12000000u

static struct way ways[] = {
    {MODE_native, 1, 0, "", false, 0},      {MODE_trap, 1, 0, "", false, 0},
    {MODE_trap, 1, 0, "classic", false, 0}, {MODE_trap, 1, 0, "", true, 24},
    {MODE_trap, 3, 20000, "", false, 0},    {MODE_pv, 1, 0, "", false, 0},
    {MODE_pv, 3, 20000, "", true, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

/* To somewhere not far: by cycles, by instructions, or just behind an exit. */
static enum hv_stop run_on(struct rig *r, uint64_t *seed, uint64_t most)
{
    uint64_t n = snap_random(seed) % most + 1;
    struct hv_limits l = {.cycle = CYCLES};
    switch (snap_random(seed) % (r->hv->mode->has_hypervisor ? 3 : 2)) {
    case 0:
        l.cycle = hv_cycle(r->hv) + n;
        break;
    case 1:
        l.icount = hv_icount(r->hv) + n / 3 + 1;
        break;
    default:
        l.exits = r->hv->exits + n / 2000 + 1;
        break;
    }
    return hv_run(r->hv, &l);
}

/* On in short steps until one ends in the middle of an exit. */
static void into_an_exit(struct rig *r)
{
    enum hv_stop stop = HV_STOP_LIMIT;
    for (unsigned i = 0; i < 5000 && stop == HV_STOP_LIMIT && !r->hv->open; i++)
        stop = rig_run(r, hv_cycle(r->hv) + 37);
}

/* ---------------------------------------- tests */

ParameterizedTestParameters(saved, a_state_put_back_goes_on_as_before)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, saved, a_state_put_back_goes_on_as_before)
{
    struct rig r;
    uint64_t seed = 11, inside = 0, positions = 0;
    way_start(&r, w, WORK);
    while (run_on(&r, &seed, 150000) == HV_STOP_LIMIT && hv_cycle(r.hv) < CYCLES) {
        if (w->mode != MODE_native && positions % 3 == 0)
            into_an_exit(&r);
        struct snap before = snap_take(&r);
        uint64_t at = hv_cycle(r.hv), hash = hv_hash(r.hv), again = seed;
        positions++;
        inside += r.hv->open != NULL;
        run_on(&r, &seed, 100000);
        struct snap after = snap_take(&r);
        uint64_t hash_after = hv_hash(r.hv);
        snap_put(&r, &before);
        snap_expect(&r, &before, way_name(w), at);
        cr_assert_eq(hv_hash(r.hv), hash, "%s", way_name(w));
        run_on(&r, &again, 100000);
        snap_expect(&r, &after, way_name(w), at);
        cr_assert_eq(hv_hash(r.hv), hash_after, "%s", way_name(w));
        snap_free(&before);
        snap_free(&after);
    }
    if (strcmp(w->cpu, "classic") != 0) /* there the guest comes to an early end */
        cr_expect_gt(positions, 30, "%s: only %llu positions", way_name(w),
                     (unsigned long long)positions);
    if (w->mode != MODE_native)
        cr_expect_gt(inside, positions / 4, "%s: only %llu positions inside an exit", way_name(w),
                     (unsigned long long)inside);
    rig_stop(&r);
}

ParameterizedTestParameters(saved, another_hypervisor_goes_on_with_it)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, saved, another_hypervisor_goes_on_with_it)
{
    struct rig r;
    uint64_t seed = 5;
    way_start(&r, w, WORK);
    while (run_on(&r, &seed, 3000000) == HV_STOP_LIMIT && hv_cycle(r.hv) < CYCLES) {
        struct rig other;
        struct snap before = snap_take(&r);
        uint64_t at = hv_cycle(r.hv), again = seed;
        way_start(&other, w, WORK);
        cr_assert_eq(hv_saved_layout(other.hv), hv_saved_layout(r.hv));
        snap_put(&other, &before);
        snap_expect(&other, &before, way_name(w), at);
        run_on(&r, &seed, 1000000);
        run_on(&other, &again, 1000000);
        struct snap after = snap_take(&r);
        snap_expect(&other, &after, way_name(w), at);
        cr_assert_eq(hv_hash(other.hv), hv_hash(r.hv), "%s", way_name(w));
        rig_stop(&other);
        snap_free(&before);
        snap_free(&after);
    }
    rig_stop(&r);
}

/*
 * The same inputs give the same state, in every mode: run again, in slices of any kind, with the
 * simulator's caches dropped, with another machine in between, with the guest's frames elsewhere.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <string.h>

#include "../rig/rig.h"

#define WORK   "hz=1000 run=\"forkwait 4; sieve 30 | sieve 30; fault stack; disk 4; halt\""
#define CYCLES 12000000u

struct way {
    int mode;
    unsigned vms;
};

static struct way ways[] = {
    {MODE_native, 1}, {MODE_trap, 1}, {MODE_trap, 3}, {MODE_pv, 1}, {MODE_pv, 3}};
#define WAYS (sizeof ways / sizeof *ways)

static void start(struct rig *r, const struct way *w, uint64_t seed)
{
    struct rig_plan plan = {.mode = (enum hv_mode_id)w->mode, .vms = w->vms, .seed = seed};
    for (unsigned n = 0; n < w->vms; n++)
        plan.guest[n] =
            (struct rig_guest){.image = w->mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                               .cmdline = WORK,
                               .disk = "disk.img"};
    rig_start(r, &plan);
}

/* What a run in one go leaves. */
struct reference {
    uint64_t hash, cycle, icount, exits, guest[HV_MAX_VMS];
};

static struct reference state_of(struct rig *r)
{
    struct reference s = {hv_hash(r->hv), hv_cycle(r->hv), hv_icount(r->hv), r->hv->exits, {0}};
    for (unsigned n = 0; n < r->hv->vms; n++)
        s.guest[n] = hv_guest_hash(r->hv, n);
    return s;
}

static struct reference in_one_go(const struct way *w)
{
    struct rig r;
    start(&r, w, 1);
    rig_run(&r, CYCLES);
    struct reference s = state_of(&r);
    rig_stop(&r);
    return s;
}

static void expect_same(struct rig *r, const struct way *w, const struct reference *want,
                        const char *how)
{
    struct reference got = state_of(r);
    const char *mode = hv_modes[w->mode]->name;
    cr_expect_eq(got.cycle, want->cycle, "%s, %u VMs, %s: cycle", mode, w->vms, how);
    cr_expect_eq(got.icount, want->icount, "%s, %u VMs, %s: instructions", mode, w->vms, how);
    cr_expect_eq(got.exits, want->exits, "%s, %u VMs, %s: exits", mode, w->vms, how);
    cr_expect_eq(got.hash, want->hash, "%s, %u VMs, %s: state", mode, w->vms, how);
    for (unsigned n = 0; n < w->vms; n++)
        cr_expect_eq(got.guest[n], want->guest[n], "%s, VM %u, %s", mode, n, how);
}

ParameterizedTestParameters(determinism, a_run_repeated_is_the_same)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, determinism, a_run_repeated_is_the_same)
{
    struct reference want = in_one_go(w);
    struct rig r;
    start(&r, w, 1);
    rig_run(&r, CYCLES);
    expect_same(&r, w, &want, "again");
    rig_stop(&r);
}

ParameterizedTestParameters(determinism, any_slicing_is_the_same)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

/* Slices by cycles, by instructions and by exits, of lengths that look like nothing. */
static void run_sliced(struct rig *r, unsigned kind)
{
    uint64_t step = 1;
    while (hv_cycle(r->hv) < CYCLES) {
        step = step * 25214903917ull + 11;
        uint64_t n = (step >> 33) % 30000 + 1;
        struct hv_limits l = {.cycle = CYCLES};
        if (kind == 0 && hv_cycle(r->hv) + n < CYCLES)
            l.cycle = hv_cycle(r->hv) + n;
        if (kind == 1)
            l.icount = hv_icount(r->hv) + n / 3 + 1;
        if (kind == 2)
            l.exits = r->hv->exits + n / 300 + 1;
        if (hv_run(r->hv, &l) != HV_STOP_LIMIT)
            break;
    }
}

ParameterizedTest(struct way *w, determinism, any_slicing_is_the_same)
{
    static const char *const kinds[] = {"sliced by cycles", "sliced by instructions",
                                        "sliced by exits"};
    struct reference want = in_one_go(w);
    for (unsigned kind = 0; kind < (w->mode == MODE_native ? 2 : 3); kind++) {
        struct rig r;
        start(&r, w, 1);
        run_sliced(&r, kind);
        expect_same(&r, w, &want, kinds[kind]);
        rig_stop(&r);
    }
}

ParameterizedTestParameters(determinism, dropped_caches_change_nothing)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, determinism, dropped_caches_change_nothing)
{
    struct reference want = in_one_go(w);
    struct rig r;
    start(&r, w, 1);
    enum hv_stop stop = HV_STOP_LIMIT;
    for (uint64_t at = 9973; stop == HV_STOP_LIMIT && hv_cycle(r.hv) < CYCLES; at += 9973) {
        stop = rig_run(&r, at < CYCLES ? at : CYCLES);
        cpu_drop_caches(&r.hv->machine->cpu);
        if (r.hv->vm[0]->cpu.virt.ops)
            cpu_drop_caches(&r.hv->vm[0]->cpu.virt);
    }
    expect_same(&r, w, &want, "caches dropped");
    rig_stop(&r);
}

ParameterizedTestParameters(determinism, two_machines_in_turns_are_each_as_alone)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, determinism, two_machines_in_turns_are_each_as_alone)
{
    struct way other = {w->mode == MODE_native ? MODE_trap : MODE_native, 1};
    struct reference want = in_one_go(w), want_other = in_one_go(&other);
    struct rig r, o;
    start(&r, w, 1);
    start(&o, &other, 1);
    for (uint64_t at = 100000; at <= CYCLES; at += 100000) {
        rig_run(&r, at);
        rig_run(&o, at);
    }
    expect_same(&r, w, &want, "in turns");
    expect_same(&o, &other, &want_other, "in turns");
    rig_stop(&r);
    rig_stop(&o);
}

/* Another seed deals other frames: the machine differs, the trapped guest does not notice. */
Test(determinism_seed, other_frames_are_another_machine_and_the_same_guest)
{
    struct way w = {MODE_trap, 2};
    struct rig a, b;
    start(&a, &w, 1);
    start(&b, &w, 2);
    rig_run(&a, CYCLES);
    rig_run(&b, CYCLES);
    cr_expect_neq(hv_hash(a.hv), hv_hash(b.hv));
    cr_expect_eq(hv_cycle(a.hv), hv_cycle(b.hv));
    for (unsigned n = 0; n < 2; n++)
        cr_expect_eq(hv_guest_hash(a.hv, n), hv_guest_hash(b.hv, n), "VM %u", n);
    rig_stop(&a);
    rig_stop(&b);
}

/* A paravirtual guest has its machine frames in memory, but says and stores the same. */
Test(determinism_seed, a_paravirtual_guest_says_the_same_with_other_frames)
{
    struct way w = {MODE_pv, 2};
    struct rig a, b;
    start(&a, &w, 1);
    start(&b, &w, 2);
    rig_run(&a, 0);
    rig_run(&b, 0);
    cr_expect_neq(hv_hash(a.hv), hv_hash(b.hv));
    for (unsigned n = 0; n < 2; n++) {
        rig_mask_cycles(a.console[n].text);
        rig_mask_cycles(b.console[n].text);
        cr_expect_str_eq(a.console[n].text, b.console[n].text);
        cr_expect_eq(overlay_hash(&a.overlay[n]), overlay_hash(&b.overlay[n]));
    }
    rig_stop(&a);
    rig_stop(&b);
}

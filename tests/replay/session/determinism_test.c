/*
 * Determinism with history on, in every mode and with several guests: a session ends where the bare
 * hypervisor ends, however closely snapshots lie, whatever moves led there, forwards or back,
 * looked at or watched, with its caches dropped, with another session in between.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#include "desk.h"

#define WORK   "hz=1000 run=\"forkwait 4; sieve 30 | sieve 30; fault stack; disk 4; halt\""
#define CYCLES 12000000u

struct way {
    int mode;
    unsigned vms;
    char cpu[16];
};

static struct way ways[] = {{MODE_native, 1, ""}, {MODE_trap, 1, ""}, {MODE_trap, 1, "classic"},
                            {MODE_trap, 2, ""},   {MODE_pv, 1, ""},   {MODE_pv, 2, ""}};
#define WAYS (sizeof ways / sizeof *ways)

static struct desk desk;

static void open_way(const struct way *w)
{
    desk_open(&desk, (enum hv_mode_id)w->mode, WORK, 8);
    struct hv_config *c = &desk.config.hv;
    c->vms = w->vms;
    c->slice_cycles = w->vms > 1 ? 30000 : c->slice_cycles;
    if (w->cpu[0])
        cr_assert_eq(cpu_model_parse(w->cpu, &c->cpu, NULL), SIM_OK);
    for (unsigned n = 1; n < w->vms; n++)
        desk.config.disk[n][0] = desk.config.disk[0][0];
    desk.config.history_every = 50000;
}

/* What a run leaves. */
struct end {
    uint64_t hash, cycle, icount, exits, guest[HV_MAX_VMS];
};

static struct end end_of(struct hv *hv)
{
    struct end e = {hv_hash(hv), hv_cycle(hv), hv_icount(hv), hv->exits, {0}};
    for (unsigned n = 0; n < hv->vms; n++)
        e.guest[n] = hv_guest_hash(hv, n);
    return e;
}

static void expect_same(const struct end *got, const struct end *want, const struct way *w,
                        const char *how)
{
    const char *mode = hv_modes[w->mode]->name;
    cr_assert_eq(got->cycle, want->cycle, "%s, %u VMs, %s: cycle", mode, w->vms, how);
    cr_assert_eq(got->icount, want->icount, "%s, %u VMs, %s: instructions", mode, w->vms, how);
    cr_assert_eq(got->exits, want->exits, "%s, %u VMs, %s: exits", mode, w->vms, how);
    cr_assert_eq(got->hash, want->hash, "%s, %u VMs, %s: state", mode, w->vms, how);
    for (unsigned n = 0; n < w->vms; n++)
        cr_assert_eq(got->guest[n], want->guest[n], "%s, VM %u, %s", mode, n, how);
}

/* Without a session, in one go. */
static struct end bare(const struct way *w)
{
    struct sim_error err;
    struct hv *hv;
    struct hv_config c = desk.config.hv;
    struct disk_overlay other[HV_MAX_VMS];
    struct complaint why;
    for (unsigned n = 0; n < w->vms; n++) {
        cr_assert(overlay_init(&other[n], &desk.image, &why));
        c.vm[n].disk[0] = overlay_backend(&other[n]);
    }
    cr_assert_eq(hv_create(&hv, &c, &err), SIM_OK, "%s", err.text);
    for (unsigned n = 0; n < w->vms; n++)
        cr_assert_eq(hv_load(hv, n, &desk.config.input, &err), SIM_OK, "%s", err.text);
    const struct hv_limits l = {.cycle = CYCLES};
    hv_run(hv, &l);
    struct end e = end_of(hv);
    hv_destroy(hv);
    for (unsigned n = 0; n < w->vms; n++)
        overlay_fini(&other[n]);
    return e;
}

/* To the end of the run, wherever it stands. */
static struct end finish(struct session *s)
{
    const struct session_move m = {.verb = SESSION_GOTO_CYCLE, .count = CYCLES};
    struct session_event e;
    (void)session_go(s, &m, &e); /* fails if the guests end before */
    cr_assert(e.why == SESSION_DONE || e.why == SESSION_ENDED || e.why == SESSION_INPUT, "%s: %s",
              session_why_names[e.why], e.text);
    return end_of(session_hv(s));
}

static uint64_t draw(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* ---------------------------------------- tests */

ParameterizedTestParameters(session_determinism, history_changes_nothing)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_determinism, history_changes_nothing)
{
    static const uint64_t every[] = {0, 2000, 20000, 100000};
    open_way(w);
    struct end want = bare(w);
    for (unsigned i = 0; i < 4; i++) {
        char how[48];
        (void)snprintf(how, sizeof how, "snapshots every %u instructions", (unsigned)every[i]);
        desk.config.no_history = every[i] == 0;
        desk.config.history_every = every[i];
        desk.config.history_bytes = i == 1 ? 2u << 20 : 0;
        struct session *s = desk_session(&desk);
        struct session_history h;
        struct end got = finish(s);
        expect_same(&got, &want, w, how);
        session_history(s, &h);
        cr_assert(every[i] == 0 ? h.snapshots == 1 : h.snapshots > 1, "%s: %llu snapshots", how,
                  (unsigned long long)h.snapshots);
        session_destroy(s);
    }
    desk_close(&desk);
}

/* A move of some kind; it may end at anything. */
static void some_move(struct session *s, uint64_t *x)
{
    static const enum session_verb verbs[] = {SESSION_STEP,       SESSION_STEP,  SESSION_GOTO_INSN,
                                              SESSION_GOTO_CYCLE, SESSION_PHASE, SESSION_EXIT,
                                              SESSION_CONTINUE,   SESSION_NEXT};
    struct session_event e;
    const struct session_position *at = session_position(s);
    struct session_move m = {.verb = verbs[draw(x) % 8],
                             .reason = -1,
                             .back = draw(x) % 3 == 0,
                             .no_points = draw(x) % 2};
    m.count = 1 + draw(x) % 2000;
    if (m.verb == SESSION_GOTO_INSN)
        m.count += at->insn;
    if (m.verb == SESSION_GOTO_CYCLE)
        m.count += at->cycle + 20000;
    if (m.verb == SESSION_CONTINUE) {
        m.cycle = at->cycle + 50000;
        m.back = false;
    }
    if (m.verb == SESSION_PHASE || m.verb == SESSION_EXIT)
        m.count %= 9;
    if (m.verb == SESSION_NEXT)
        m.count = 1;
    (void)session_go(s, &m, &e);
    cr_assert_neq(e.why, SESSION_FAILED, "verb %d: %s", (int)m.verb, e.text);
}

/* Points that are looked at all the time, and stop at times. */
static void watch(struct session *s)
{
    struct sim_error err;
    const struct session_point points[] = {
        {.kind = POINT_TRAP, .value = POINT_ANY, .condition = "insn % 7 == 0"},
        {.kind = POINT_MODE, .value = POINT_ANY, .condition = "0"},
        {.kind = POINT_DATA, .address = 0x100000, .size = 64, .access = 3}};
    for (unsigned i = 0; i < 3; i++) {
        struct session_point p = points[i];
        p.enabled = true;
        p.vm = p.cr3 = POINT_ANY;
        cr_assert(session_point_add(s, &p, &err), "%s", err.text);
    }
}

ParameterizedTestParameters(session_determinism, any_moves_lead_to_the_same_end)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_determinism, any_moves_lead_to_the_same_end)
{
    open_way(w);
    struct end want = bare(w);
    for (unsigned round = 0; round < 4; round++) {
        uint64_t x = round + 1;
        struct session *s = desk_session(&desk);
        if (round % 2)
            watch(s);
        for (unsigned i = 0; i < 200; i++) {
            some_move(s, &x);
            if (draw(&x) % 4 == 0)
                cpu_drop_caches(&session_hv(s)->machine->cpu);
        }
        struct end got = finish(s);
        expect_same(&got, &want, w, round % 2 ? "200 moves, watched" : "200 moves");
        session_destroy(s);
    }
    desk_close(&desk);
}

ParameterizedTestParameters(session_determinism, a_run_is_the_same_from_wherever_one_went_back_to)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_determinism,
                  a_run_is_the_same_from_wherever_one_went_back_to)
{
    uint64_t x = 99;
    open_way(w);
    struct end want = bare(w);
    struct session *s = desk_session(&desk);
    struct end got = finish(s);
    expect_same(&got, &want, w, "the first time");
    for (unsigned i = 0; i < 30; i++) {
        desk_go(s, SESSION_GOTO_CYCLE, false, draw(&x) % want.cycle);
        got = finish(s);
        expect_same(&got, &want, w, "again");
    }
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_determinism, two_sessions_in_turns_are_each_as_alone)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_determinism, two_sessions_in_turns_are_each_as_alone)
{
    uint64_t x = 5, y = 6;
    open_way(w);
    struct end want = bare(w);
    struct session *a = desk_session(&desk), *b = desk_session(&desk);
    for (unsigned i = 0; i < 100; i++) {
        some_move(a, &x);
        some_move(b, &y);
    }
    struct end one = finish(a), two = finish(b);
    expect_same(&one, &want, w, "in turns");
    expect_same(&two, &want, w, "in turns");
    session_destroy(a);
    session_destroy(b);
    desk_close(&desk);
}

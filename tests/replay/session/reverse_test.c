/*
 * Reverse equals forward: at a thousand random points of a boot and a workload that writes to its
 * disk, coming from either side gives the same state.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "desk.h"

#define POINTS   1000u
#define WORKLOAD "run=\"ls; mkdir /x; fork; halt\""

static uint64_t draw(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static uint64_t end_of_run(struct session *s)
{
    const struct session_event e = desk_go(s, SESSION_CONTINUE, false, 0);
    cr_assert_eq(e.why, SESSION_ENDED);
    return e.at.insn;
}

ParameterizedTestParameters(session, coming_from_either_side_is_the_same_state)
{
    static int modes[] = {MODE_native, MODE_trap, MODE_pv};
    return cr_make_param_array(int, modes, 3);
}

/* Forward from the beginning in one session, going to and fro in another. */
ParameterizedTest(const int *mode, session, coming_from_either_side_is_the_same_state)
{
    static uint64_t at[POINTS], hash[POINTS];
    static struct desk desk;
    uint64_t x = 88172645463325252u;
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    desk.config.history_every = 100000;
    struct session *forward = desk_session(&desk);
    struct session *reverse = desk_session(&desk);
    uint64_t end = end_of_run(reverse), step = end / POINTS;
    cr_assert_gt(step, 1000);
    for (unsigned i = 0; i < POINTS; i++) {
        at[i] = i * step + draw(&x) % step;
        desk_go(forward, SESSION_GOTO_INSN, false, at[i]);
        hash[i] = session_hash(forward);
    }
    for (unsigned i = POINTS; i-- > 0;) { /* the latest first: each is behind the one before */
        const struct session_event e = desk_go(reverse, SESSION_GOTO_INSN, false, at[i]);
        cr_assert_eq(e.at.insn, at[i]);
        cr_assert_eq(session_hash(reverse), hash[i], "mode %d at instruction %llu", *mode,
                     (unsigned long long)at[i]);
    }
    session_destroy(forward);
    session_destroy(reverse);
    desk_close(&desk);
}

ParameterizedTestParameters(session, so_many_steps_and_as_many_back_lead_home)
{
    static int modes[] = {MODE_native, MODE_trap, MODE_pv};
    return cr_make_param_array(int, modes, 3);
}

ParameterizedTest(const int *mode, session, so_many_steps_and_as_many_back_lead_home)
{
    static struct desk desk;
    uint64_t x = 2463534242u;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    uint64_t end = end_of_run(s);
    for (unsigned i = 0; i < 60; i++) {
        uint64_t n = 1 + draw(&x) % 300, from = n + draw(&x) % (end - 2 * n);
        desk_go(s, SESSION_GOTO_INSN, false, from);
        const struct session_position home = *session_position(s);
        uint64_t hash = session_hash(s);
        bool back_first = draw(&x) % 2;
        desk_go(s, SESSION_STEP, back_first, n);
        cr_assert_eq(session_position(s)->insn, back_first ? from - n : from + n);
        desk_go(s, SESSION_STEP, !back_first, n);
        cr_assert_eq(session_compare(session_position(s), &home), 0);
        cr_assert_eq(session_hash(s), hash, "mode %d: %llu steps from %llu", *mode,
                     (unsigned long long)n, (unsigned long long)from);
    }
    desk_end(&desk, s);
}

ParameterizedTestParameters(session, one_back_leads_to_the_first_position_before)
{
    static int modes[] = {MODE_native, MODE_trap, MODE_pv};
    return cr_make_param_array(int, modes, 3);
}

/* Positions can share a count: from a later one, one step back is the first of them. */
ParameterizedTest(const int *mode, session, one_back_leads_to_the_first_position_before)
{
    static struct desk desk;
    uint64_t x = 362436069u;
    unsigned later = 0;
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    struct session *s = desk_session(&desk), *other = desk_session(&desk);
    desk_go(s, SESSION_CONTINUE, false, 0);
    uint64_t end = session_position(s)->cycle;
    for (unsigned i = 0; i < 150; i++) {
        const struct session_event from =
            desk_go(s, SESSION_GOTO_CYCLE, false, 1000 + draw(&x) % (end - 1000));
        struct session_event e = desk_go(other, SESSION_GOTO_INSN, false, from.at.insn);
        bool first = session_compare(&e.at, &from.at) == 0;
        later += !first;
        if (first)
            e = desk_go(other, SESSION_GOTO_INSN, false, from.at.insn - 1);
        const struct session_event back = desk_go(s, SESSION_STEP, true, 1);
        cr_assert_eq(session_compare(&back.at, &e.at), 0, "mode %d: %llu from %llu/%llu", *mode,
                     (unsigned long long)back.at.insn, (unsigned long long)from.at.insn,
                     (unsigned long long)from.at.cycle);
        cr_assert_eq(session_hash(s), session_hash(other));
    }
    cr_expect(*mode != MODE_trap || later > 5, "%u places share their count", later);
    session_destroy(s);
    session_destroy(other);
    desk_close(&desk);
}

/* Snapshots everywhere, hardly any, and so little room that they are thinned: the same states. */
Test(session, the_spacing_of_snapshots_changes_nothing)
{
    static const uint64_t every[] = {5000, 300000, 0};
    static struct desk desk;
    uint64_t hash[3][20];
    desk_open(&desk, MODE_trap, WORKLOAD, 8);
    for (unsigned i = 0; i < 3; i++) {
        desk.config.history_every = every[i];
        desk.config.history_bytes = i == 0 ? 3u << 19 : 0;
        struct session *s = desk_session(&desk);
        uint64_t end = end_of_run(s);
        for (unsigned k = 0; k < 20; k++) {
            desk_go(s, SESSION_GOTO_INSN, false, end - (k + 1) * (end / 21));
            hash[i][k] = session_hash(s);
            cr_assert_eq(hash[i][k], hash[0][k]);
        }
        struct session_history h;
        session_history(s, &h);
        cr_assert_eq(h.thinned > 0, i == 0);
        if (i == 0)
            cr_assert_leq(h.bytes, h.limit + (1u << 20));
        session_destroy(s);
    }
    desk_close(&desk);
}

/* What a guest writes to its disk is part of its past: going back undoes it. */
Test(session, going_back_undoes_writes_to_the_disk)
{
    static struct desk desk;
    desk_open(&desk, MODE_native, "run=\"mkdir /x; ls; halt\"", 16);
    struct session *s = desk_session(&desk);
    end_of_run(s);
    uint64_t written = session_hash(s);
    desk_go(s, SESSION_GOTO_INSN, false, 1000);
    desk_go(s, SESSION_CONTINUE, false, 0);
    cr_assert_eq(session_hash(s), written);
    size_t n;
    const char *text = session_console(s, 0, &n);
    cr_assert_eq(n, desk.said_size, "the console was told %zu bytes, and holds %zu", desk.said_size,
                 n);
    cr_assert_arr_eq(text, desk.said, n);
    desk_end(&desk, s);
}

Test(session, the_end_before_the_target_is_a_failure_and_the_beginning_is_an_end_too)
{
    static struct desk desk;
    struct session_event e;
    struct session *s = desk_begin(&desk, MODE_native, "run=\"halt\"", 16);
    uint64_t end = end_of_run(s);
    const struct session_move beyond = {.verb = SESSION_GOTO_INSN, .count = end + 1};
    cr_assert_not(session_go(s, &beyond, &e));
    cr_assert_eq(e.why, SESSION_ENDED);
    const struct session_move back = {.verb = SESSION_STEP, .back = true, .count = end + 1};
    cr_assert_not(session_go(s, &back, &e));
    cr_assert_eq(e.why, SESSION_BEGINNING);
    cr_assert_eq(e.at.insn, 0);
    desk_end(&desk, s);
}

/* Steps back after the first one start near where one is, not where the last snapshot is. */
Test(session, going_back_again_and_again_is_quick)
{
    static struct desk desk;
    desk_open(&desk, MODE_native, "run=\"sieve 400\"", 16);
    desk.config.history_every = 6000000;
    struct session *s = desk_session(&desk);
    desk_go(s, SESSION_GOTO_INSN, false, 5900000);
    uint64_t hash[200];
    for (unsigned i = 0; i < 200; i++) {
        desk_go(s, SESSION_STEP, true, 1);
        hash[i] = session_hash(s);
    }
    struct session_history h;
    session_history(s, &h);
    cr_assert_leq(h.snapshots, 3, "one more, not one for each");
    struct session_snapshot near;
    cr_assert(session_snapshot(s, h.snapshots - 1, &near));
    cr_assert_gt(near.at.insn, 5700000);
    desk_go(s, SESSION_GOTO_INSN, false, 100); /* and it changes nothing */
    desk_go(s, SESSION_GOTO_INSN, false, 5900000 - 200);
    cr_assert_eq(session_hash(s), hash[199]);
    for (unsigned i = 199; i-- > 0;) {
        desk_go(s, SESSION_STEP, false, 1);
        cr_assert_eq(session_hash(s), hash[i]);
    }
    desk_end(&desk, s);
}

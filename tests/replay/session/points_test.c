/*
 * Points: what stops a run, forwards and backwards, and what is passed.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "desk.h"

#define WORKLOAD "run=\"ls; fork; halt\""

/* The first stops forwards are the same, in reverse order, from behind the last of them. */
static void there_and_back(struct session *s, unsigned number, unsigned n)
{
    struct session_position forth[16], last;
    uint64_t hash[16];
    cr_assert_lt(n, 16);
    for (unsigned i = 0; i < n; i++) {
        const struct session_event e = desk_continue(s, false);
        cr_assert_eq(e.why, SESSION_POINT, "stop %u: %s", i, session_why_names[e.why]);
        cr_assert_eq(e.hit.point, number);
        forth[i] = e.at;
        hash[i] = session_hash(s);
    }
    last = forth[n - 1];
    for (unsigned i = n; i-- > 0;) {
        struct session_event e = desk_continue(s, true);
        if (i == n - 1 && session_compare(&e.at, &last) == 0)
            e = desk_continue(s, true);
        if (i == 0 && e.why == SESSION_BEGINNING)
            break;
        cr_assert_eq(e.why, SESSION_POINT);
        cr_assert_lt(session_compare(&e.at, &forth[i]), 0,
                     "kind %d, stop %u: at %llu/%llu/%d, was %llu/%llu/%d",
                     session_point(s, number)->kind, i, (unsigned long long)e.at.insn,
                     (unsigned long long)e.at.exit, (int)e.at.phase,
                     (unsigned long long)forth[i].insn, (unsigned long long)forth[i].exit,
                     (int)forth[i].phase);
    }
    struct session_event e;
    for (unsigned i = 0; i < n; i++) {
        cr_assert(session_goto(s, &forth[i], &e));
        cr_assert_eq(session_hash(s), hash[i], "stop %u, gone to", i);
    }
}

static uint32_t some_function(struct session *s)
{
    struct cpu_state guest;
    desk_go(s, SESSION_GOTO_INSN, false, 0);
    desk_point(s, (struct session_point){.kind = POINT_TRAP, .value = 128});
    desk_continue(s, false);
    cr_assert(session_guest(s, 0, &guest));
    cr_assert(session_point_remove(s, 1));
    return guest.eip;
}

ParameterizedTestParameters(session_points, a_breakpoint_is_met_both_ways)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_points, a_breakpoint_is_met_both_ways)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    uint32_t handler = some_function(s);
    desk_go(s, SESSION_GOTO_INSN, false, 0);
    unsigned number = desk_point(s, (struct session_point){.kind = POINT_CODE, .address = handler});
    struct session_position at[5];
    for (unsigned i = 0; i < 5; i++) {
        const struct session_event e = desk_continue(s, false);
        cr_assert_eq(e.hit.point, number);
        cr_assert_eq(e.linear, handler);
        at[i] = e.at;
    }
    for (unsigned i = 4; i-- > 0;) {
        const struct session_event e = desk_continue(s, true);
        cr_assert_eq(session_compare(&e.at, &at[i]), 0, "mode %d, back to stop %u", *mode, i);
    }
    cr_assert_eq(desk_continue(s, true).why, SESSION_BEGINNING);
    cr_assert_eq(session_point(s, number)->hits, 9);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_points, a_watchpoint_stops_behind_the_store_and_back_before_it)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_points,
                  a_watchpoint_stops_behind_the_store_and_back_before_it)
{
    static struct desk desk;
    struct cpu_state guest;
    uint32_t value;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    (void)some_function(s);
    cr_assert(session_guest(s, 0, &guest));
    uint32_t word = guest.gpr[4] - 8;
    desk_point(s,
               (struct session_point){.kind = POINT_DATA, .address = word, .size = 4, .access = 2});
    for (unsigned i = 0; i < 3; i++) {
        const struct session_event e = desk_continue(s, false);
        cr_assert_eq(e.why, SESSION_POINT);
        cr_assert(hv_guest_linear(session_hv(s), 0, word, &value, 4));
        cr_assert_eq(value, e.hit.now, "mode %d: behind the store", *mode);
    }
    const struct session_event back = desk_continue(s, true);
    cr_assert_eq(back.why, SESSION_POINT);
    cr_assert(hv_guest_linear(session_hv(s), 0, word, &value, 4));
    cr_assert_eq(value, back.hit.old, "mode %d: the store is undone", *mode);
    const struct session_event again = desk_continue(s, false);
    cr_assert_eq(again.hit.now, back.hit.now);
    desk_end(&desk, s);
}

/* Each catch stops where what it names has happened, and is met again from behind. */
static const struct session_point catches[] = {
    {.kind = POINT_TRAP, .value = POINT_ANY},        {.kind = POINT_TRAP, .value = 14},
    {.kind = POINT_MODE, .value = POINT_ANY},        {.kind = POINT_MODE, .value = 3},
    {.kind = POINT_IO, .value = 0x3f8, .access = 3}, {.kind = POINT_EXIT, .value = POINT_ANY},
    {.kind = POINT_EXIT, .value = EXIT_CR_ACCESS},
};

ParameterizedTestParameters(session_points, catches_are_met_both_ways)
{
    static int which[sizeof(catches) / sizeof(catches[0])];
    for (unsigned i = 0; i < sizeof(catches) / sizeof(catches[0]); i++)
        which[i] = (int)i;
    return cr_make_param_array(int, which, sizeof(catches) / sizeof(catches[0]));
}

ParameterizedTest(const int *which, session_points, catches_are_met_both_ways)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    unsigned number = desk_point(s, catches[*which]);
    there_and_back(s, number, 6);
    desk_end(&desk, s);
}

Test(session_points, a_condition_and_an_ignore_count_pass_hits)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    struct session_point p = {.kind = POINT_EXIT, .value = POINT_ANY};
    (void)snprintf(p.condition, sizeof(p.condition), "reason == HLT");
    unsigned number = desk_point(s, p);
    struct session_event e = desk_continue(s, false);
    const struct session_position first = e.at;
    session_point(s, number)->ignore = 2;
    e = desk_continue(s, false);
    const struct session_position fourth = e.at;
    cr_assert_gt(fourth.exit, first.exit + 2);
    cr_assert_eq(session_point(s, number)->hits, 4);
    cr_assert_eq(hv_exit(session_hv(s), first.exit)->reason, EXIT_HLT);
    e = desk_continue(s, true);
    e = desk_continue(s, true);
    e = desk_continue(s, true);
    cr_assert_eq(session_compare(&e.at, &first), 0);
    desk_end(&desk, s);
}

Test(session_points, a_bad_condition_is_refused_in_words)
{
    static struct desk desk;
    struct sim_error err;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    struct session_point p = {.kind = POINT_CODE, .vm = POINT_ANY, .cr3 = POINT_ANY};
    (void)snprintf(p.condition, sizeof(p.condition), "eax ==");
    cr_assert_eq(session_point_add(s, &p, &err), 0);
    cr_assert_gt(strlen(err.text), 5);
    p.condition[0] = 0;
    p.kind = POINT_DATA;
    p.size = 1u << 20;
    cr_assert_eq(session_point_add(s, &p, &err), 0);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_points, who_wrote_goes_to_before_the_last_change)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_points, who_wrote_goes_to_before_the_last_change)
{
    static struct desk desk;
    struct cpu_state guest;
    struct session_event e;
    uint8_t now, before, after;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    (void)some_function(s);
    cr_assert(session_guest(s, 0, &guest));
    uint32_t at = guest.gpr[4] - 8;
    desk_go(s, SESSION_STEP, false, 2000);
    cr_assert(hv_guest_linear(session_hv(s), 0, at, &now, 1));
    cr_assert(session_who_wrote(s, SPACE_LINEAR, at, &e), "%s", e.text);
    cr_assert(hv_guest_linear(session_hv(s), 0, at, &before, 1));
    cr_assert_neq(before, now);
    if (e.at.phase == SESSION_OUTSIDE)
        desk_go(s, SESSION_STEP, false, 1);
    else
        desk_go(s, SESSION_FINISH, false, 1);
    cr_assert(hv_guest_linear(session_hv(s), 0, at, &after, 1));
    cr_assert_eq(after, now);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_points, next_goes_over_a_call_and_back_over_it)
{
    return DESK_MODES;
}

/* From the first call found behind a system call's entry. */
ParameterizedTest(const int *mode, session_points, next_goes_over_a_call_and_back_over_it)
{
    static struct desk desk;
    struct cpu_state guest, behind;
    uint8_t opcode = 0;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    (void)some_function(s);
    for (unsigned i = 0; i < 200 && opcode != 0xe8; i++) {
        desk_go(s, SESSION_STEP, false, 1);
        cr_assert(session_guest(s, 0, &guest));
        cr_assert(hv_guest_linear(session_hv(s), 0, guest.eip, &opcode, 1));
    }
    cr_assert_eq(opcode, 0xe8, "no call was met");
    const struct session_position home = *session_position(s);
    desk_go(s, SESSION_NEXT, false, 1);
    cr_assert(session_guest(s, 0, &behind));
    cr_assert_eq(behind.eip, guest.eip + 5);
    cr_assert_eq(behind.gpr[4], guest.gpr[4]);
    desk_go(s, SESSION_NEXT, true, 1);
    cr_assert_eq(session_compare(session_position(s), &home), 0);
    desk_go(s, SESSION_STEP, false, 2);
    desk_go(s, SESSION_FINISH, false, 1);
    cr_assert(session_guest(s, 0, &behind));
    cr_assert_eq(behind.eip, guest.eip + 5, "finish leads to behind the call");
    desk_go(s, SESSION_GOTO_INSN, false, home.insn + 2);
    desk_go(s, SESSION_FINISH, true, 1);
    cr_assert_eq(session_compare(session_position(s), &home), 0, "and back to before it");
    desk_end(&desk, s);
}

static bool remove_on_poll(void *opaque)
{
    struct session *s = opaque;
    while (session_point_next(s, 0))
        (void)session_point_remove(s, session_point_next(s, 0)->number);
    return false;
}

/* Taken away while it runs: the run goes on to its end. */
Test(session_points, a_point_that_goes_during_a_move_stops_nothing)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, MODE_native, WORKLOAD, 16);
    struct session_point p = {.kind = POINT_TRAP, .value = POINT_ANY};
    (void)snprintf(p.condition, sizeof(p.condition), "insn > 3000000");
    desk_point(s, p);
    session_set_poll(s, remove_on_poll, s);
    cr_assert_eq(desk_continue(s, false).why, SESSION_ENDED);
    desk_end(&desk, s);
}

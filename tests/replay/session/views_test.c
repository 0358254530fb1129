/*
 * Views: standing on an exit and inside it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "desk.h"

#define WORKLOAD "run=\"ls; fork; halt\""

static struct session_event onto(struct session *s, uint64_t exit)
{
    return desk_go(s, SESSION_GOTO_EXIT, false, exit);
}

ParameterizedTestParameters(session_views, phases_are_walked_both_ways)
{
    static int modes[] = {MODE_trap, MODE_pv};
    return cr_make_param_array(int, modes, 2);
}

/* Every phase of many exits, forwards, and the same positions and states backwards. */
ParameterizedTest(const int *mode, session_views, phases_are_walked_both_ways)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    for (uint64_t exit = 1; exit < 400; exit += 7) {
        struct session_position at[64];
        uint64_t hash[64];
        unsigned n = 0;
        struct session_event e = onto(s, exit);
        cr_assert_eq(e.at.exit, exit);
        cr_assert_eq(e.at.phase, 0);
        for (; n < 64 && e.at.phase != SESSION_OUTSIDE && e.at.exit == exit; n++) {
            at[n] = e.at;
            hash[n] = session_hash(s);
            cr_assert_eq(e.at.phase, n);
            cr_assert(n == 0 || e.at.cycle >= at[n - 1].cycle);
            e = desk_go(s, SESSION_PHASE, false, 1);
        }
        cr_assert_geq(n, 2, "exit %llu has %u phases", (unsigned long long)exit, n);
        cr_assert(e.at.exit == exit || (e.at.exit == exit + 1 && e.at.phase == 0));
        while (n-- > 0) {
            e = desk_go(s, SESSION_PHASE, true, 1);
            cr_assert_eq(session_compare(&e.at, &at[n]), 0, "exit %llu back to phase %u",
                         (unsigned long long)exit, n);
            cr_assert_eq(session_hash(s), hash[n]);
        }
    }
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_views, so_many_phases_and_as_many_back_lead_home)
{
    static int modes[] = {MODE_trap, MODE_pv};
    return cr_make_param_array(int, modes, 2);
}

/* Also out of an exit and into the next one, and from the beginning. */
ParameterizedTest(const int *mode, session_views, so_many_phases_and_as_many_back_lead_home)
{
    static struct desk desk;
    static const uint64_t exits[] = {0, 1, 100, 233};
    static const uint64_t counts[] = {1, 5, 6, 7, 40, 41};
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 6; k++) {
            desk_go(s, SESSION_GOTO_EXIT, false, exits[i]);
            const struct session_position at = *session_position(s);
            uint64_t hash = session_hash(s);
            desk_go(s, SESSION_PHASE, false, counts[k]);
            desk_go(s, SESSION_PHASE, true, counts[k]);
            cr_assert_eq(session_compare(session_position(s), &at), 0, "exit %u, %u phases",
                         (unsigned)exits[i], (unsigned)counts[k]);
            cr_assert_eq(session_hash(s), hash);
            if (exits[i] > 1) {
                desk_go(s, SESSION_PHASE, true, counts[k]);
                desk_go(s, SESSION_PHASE, false, counts[k]);
                cr_assert_eq(session_compare(session_position(s), &at), 0, "the other way round");
            }
        }
    desk_end(&desk, s);
}

/* Having looked at exits from inside changes nothing of the run. */
Test(session_views, looking_changes_nothing)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    desk_go(s, SESSION_CONTINUE, false, 0);
    uint64_t end = session_hash(s);
    size_t said = desk.said_size;
    desk_go(s, SESSION_GOTO_INSN, false, 0);
    for (unsigned i = 0; i < 50; i++) {
        desk_go(s, SESSION_EXIT, false, 5);
        desk_go(s, SESSION_PHASE, false, 2);
    }
    desk_go(s, SESSION_CONTINUE, false, 0);
    cr_assert_eq(session_hash(s), end);
    cr_assert_eq(desk.said_size, said);
    desk_end(&desk, s);
}

/* On an exit the guest's registers are those that led to it, though nothing was saved yet. */
Test(session_views, on_an_exit_the_guest_stands_before_its_instruction)
{
    static struct desk desk;
    struct cpu_state on, before;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    const struct session_move cr = {.verb = SESSION_EXIT, .reason = exit_reason_find("CR_ACCESS")};
    struct session_event e;
    cr_assert(session_go(s, &cr, &e));
    cr_assert(session_guest(s, 0, &on));
    desk_go(s, SESSION_GOTO_INSN, false, e.at.insn);
    cr_assert(session_guest(s, 0, &before));
    cr_assert_eq(on.eip, before.eip);
    cr_assert_eq(on.cpl, 0);
    cr_assert_arr_eq(on.gpr, before.gpr, sizeof(on.gpr));
    cr_assert_eq(on.eflags, before.eflags);
    desk_go(s, SESSION_STEP, false, 1);
    struct cpu_state after;
    cr_assert(session_guest(s, 0, &after));
    cr_assert_eq(after.eip, before.eip + 3, "mov to or from a control register is 3 bytes long");
    desk_end(&desk, s);
}

Test(session_views, exits_are_counted_from_here)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 16);
    cr_assert_eq(desk_go(s, SESSION_EXIT, false, 1).at.exit, 1);
    cr_assert_eq(desk_go(s, SESSION_EXIT, false, 3).at.exit, 4);
    cr_assert_eq(desk_go(s, SESSION_EXIT, true, 1).at.exit, 3);
    desk_go(s, SESSION_PHASE, false, 1);
    cr_assert_eq(desk_go(s, SESSION_EXIT, true, 1).at.exit, 3, "back to where it began");
    const struct session_event out = desk_go(s, SESSION_FINISH, false, 0);
    cr_assert_eq(out.at.exit, 3);
    cr_assert_eq(out.at.phase, SESSION_OUTSIDE);
    desk_end(&desk, s);
}

Test(session_views, native_mode_has_no_exits_to_stand_on)
{
    static struct desk desk;
    struct session_event e;
    struct session *s = desk_begin(&desk, MODE_native, WORKLOAD, 16);
    const struct session_move m = {.verb = SESSION_EXIT, .reason = -1};
    cr_assert_not(session_go(s, &m, &e));
    cr_assert_eq(e.why, SESSION_REFUSED);
    cr_assert(strstr(e.text, "native") != NULL);
    desk_end(&desk, s);
}

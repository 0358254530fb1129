/*
 * Points at physical addresses, in one address space, at page tables and at what silently goes
 * wrong; and more of them than a run can note.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"
#include "desk.h"

#define WORKLOAD "hz=1000 run=\"ls; forkwait 2; halt\""

static struct desk desk;

static void remove_all(struct session *s)
{
    while (session_point_next(s, 0))
        cr_assert(session_point_remove(s, session_point_next(s, 0)->number));
}

/* At the first system call: where its handler is, and a word of its stack. */
struct place {
    uint32_t code, stack;
};

static struct place system_call(struct session *s)
{
    struct cpu_state guest;
    unsigned number =
        desk_point(s, (struct session_point){.kind = POINT_TRAP, .vm = POINT_ANY, .value = 128});
    cr_assert_eq(desk_continue(s, false).hit.point, number);
    cr_assert(session_guest(s, 0, &guest));
    remove_all(s);
    return (struct place){guest.eip, guest.gpr[R_ESP] - 8};
}

/* The physical address behind a guest's linear one; in pv the machine's. */
static uint32_t translated(struct session *s, uint32_t linear)
{
    uint32_t pa = 0;
    cr_assert(guest_translate(session_hv(s), 0, linear, &pa));
    return pa;
}

/* In the guest's own numbers, and in the machine's. */
static uint32_t physical(struct session *s, uint32_t linear, enum point_space space)
{
    const struct hv *hv = session_hv(s);
    uint32_t pa = translated(s, linear);
    bool is_machine = !hv->mode->has_hypervisor || hv->mode->direct_paging;
    if (space == SPACE_MACHINE && !is_machine)
        cr_assert_eq(p2m_lookup(hv->vm[0], pa, &pa), P2M_RAM);
    if (space == SPACE_GUEST_PHYSICAL && hv->mode->direct_paging)
        pa = frame_look(hv, pa >> PAGE_SHIFT)->gfn << PAGE_SHIFT | (pa & ~PAGE_MASK);
    return pa;
}

/* A point at each of the addresses of one byte: each stops at the same place, for the same reason,
 * and if asked for stops on the way back as well. Returns the stop. */
static struct session_event met_in_every_space(struct session *s, struct session_point p,
                                               uint32_t linear, bool back)
{
    const struct session_position here = *session_position(s);
    struct session_event met[SPACES], e;
    for (unsigned space = 0; space < SPACES; space++) {
        cr_assert(session_goto(s, &here, &e));
        p.space = (uint8_t)space;
        p.address = space == SPACE_LINEAR ? linear : physical(s, linear, (enum point_space)space);
        unsigned number = desk_point(s, p);
        met[space] = desk_continue(s, false);
        cr_assert_eq(met[space].hit.point, number, "space %u", space);
        cr_assert_eq(met[space].hit.access, met[0].hit.access);
        cr_assert_eq(met[space].hit.now, met[0].hit.now);
        cr_assert_eq(met[space].hit.old, met[0].hit.old);
        cr_assert_eq(session_compare(&met[space].at, &met[0].at), 0, "space %u", space);
        if (back)
            cr_assert_eq(desk_continue(s, true).hit.point, number, "space %u", space);
        remove_all(s);
    }
    return met[0];
}

ParameterizedTestParameters(session_spaces, a_store_is_seen_by_any_of_its_addresses)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, a_store_is_seen_by_any_of_its_addresses)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    const struct place at = system_call(s);
    const struct session_event e = met_in_every_space(
        s, (struct session_point){.kind = POINT_DATA, .size = 4, .access = 2}, at.stack, true);
    cr_assert_eq(e.hit.access, ACCESS_WRITE);
    cr_assert_neq(e.hit.now, e.hit.old);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_spaces, a_load_is_seen_by_any_of_its_addresses)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, a_load_is_seen_by_any_of_its_addresses)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    const struct place at = system_call(s);
    const struct session_event e = met_in_every_space(
        s, (struct session_point){.kind = POINT_DATA, .size = 4, .access = 1}, at.stack, false);
    cr_assert_eq(e.hit.access, ACCESS_READ);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_spaces, code_is_met_at_any_of_its_addresses)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, code_is_met_at_any_of_its_addresses)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    const struct place at = system_call(s);
    const struct session_event e =
        met_in_every_space(s, (struct session_point){.kind = POINT_CODE}, at.code, false);
    cr_assert_eq(e.linear, at.code);
    const enum point_space physical_ones[] = {SPACE_GUEST_PHYSICAL, SPACE_MACHINE};
    for (unsigned i = 0; i < 2; i++)
        (void)desk_point(s, (struct session_point){.kind = POINT_CODE,
                                                   .space = (uint8_t)physical_ones[i],
                                                   .address = 0xfffff000});
    cr_assert_eq(desk_continue(s, false).why, SESSION_ENDED,
                 "where there is no memory there is no code");
    desk_end(&desk, s);
}

/* Only stores that change anything; only in one address space. */
ParameterizedTestParameters(session_spaces, what_changes_nothing_or_is_elsewhere_is_passed)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, what_changes_nothing_or_is_elsewhere_is_passed)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    struct session_event e;
    struct cpu_state guest;
    const struct place at = system_call(s);
    const struct session_position here = *session_position(s);
    unsigned stores[2] = {0, 0};
    for (unsigned changes = 0; changes < 2; changes++) {
        cr_assert(session_goto(s, &here, &e));
        desk_point(s, (struct session_point){.kind = POINT_DATA,
                                             .address = at.stack,
                                             .size = 4,
                                             .access = 2,
                                             .changes = changes});
        while ((e = desk_continue(s, false)).why == SESSION_POINT) {
            stores[changes]++;
            cr_assert(!changes || e.hit.old != e.hit.now);
        }
        cr_assert_eq(e.why, SESSION_ENDED);
        remove_all(s);
    }
    cr_assert_gt(stores[1], 0);
    cr_assert_gt(stores[0], stores[1], "%u and %u", stores[0], stores[1]);
    cr_assert(session_goto(s, &here, &e) && session_guest(s, 0, &guest));
    unsigned code = desk_point(
        s, (struct session_point){.kind = POINT_CODE, .address = at.code, .cr3 = guest.cr3});
    unsigned data = desk_point(
        s, (struct session_point){
               .kind = POINT_DATA, .address = at.stack, .size = 4, .access = 3, .cr3 = 0x123000});
    unsigned met = 0;
    while ((e = desk_continue(s, false)).why == SESSION_POINT) {
        cr_assert_eq(e.hit.point, code, "nobody uses the other address space");
        cr_assert(session_guest(s, 0, &guest));
        cr_assert_eq(guest.cr3, session_point(s, code)->cr3);
        met++;
    }
    cr_assert_gt(met, 0);
    session_point(s, code)->cr3 = POINT_ANY;
    cr_assert(session_goto(s, &here, &e));
    while (desk_continue(s, false).why == SESSION_POINT)
        met--;
    cr_assert_gt(met, UINT32_MAX / 2, "other processes come by there, too");
    cr_assert_eq(session_point(s, data)->hits, 0);
    desk_end(&desk, s);
}

/* ---------------------------------------- more kinds */

static void stops_and_comes_back(struct session *s, struct session_point p)
{
    struct session_event e;
    struct session_position at[3];
    unsigned number = desk_point(s, p);
    for (unsigned i = 0; i < 3; i++) {
        e = desk_continue(s, false);
        cr_assert_eq(e.hit.point, number, "kind %d, value %u: %s", p.kind, p.value,
                     session_why_names[e.why]);
        at[i] = e.at;
        cr_assert(i == 0 || session_compare(&at[i - 1], &at[i]) < 0);
    }
    e = desk_continue(s, true);
    cr_assert_eq(e.hit.point, number);
    cr_assert_lt(session_compare(&e.at, &at[2]), 0);
    remove_all(s);
}

/* The number of the hypercall at which a point stopped: known behind it. */
static uint32_t hypercall_here(struct session *s)
{
    uint64_t exit = session_position(s)->exit;
    desk_go(s, SESSION_FINISH, false, 0);
    const struct vm_exit *x = hv_exit(session_hv(s), exit);
    cr_assert(x && x->reason == EXIT_hypercall);
    return x->q.hypercall.number;
}

Test(session_spaces, hypercalls_are_caught_by_number_or_all)
{
    struct session *s = desk_begin(&desk, MODE_pv, WORKLOAD, 8);
    stops_and_comes_back(s, (struct session_point){.kind = POINT_HYPERCALL, .value = POINT_ANY});
    uint32_t number = hypercall_here(s);
    desk_go(s, SESSION_GOTO_INSN, false, 0);
    desk_point(s, (struct session_point){.kind = POINT_HYPERCALL, .value = number});
    const struct session_event e = desk_continue(s, false);
    cr_assert_eq(e.why, SESSION_POINT);
    cr_assert_eq(hypercall_here(s), number);
    remove_all(s);
    desk_point(s, (struct session_point){.kind = POINT_HYPERCALL, .value = 61});
    cr_assert_eq(desk_continue(s, false).why, SESSION_ENDED, "nobody asks for that one");
    desk_end(&desk, s);
}

/* POPF in ring 1 keeps IF, on a processor that does not trap it. */
Test(session_spaces, silent_differences_are_caught)
{
    struct sim_error err;
    struct session_event e;
    desk_open(&desk, MODE_trap, WORKLOAD, 8);
    cr_assert_eq(cpu_model_parse("classic", &desk.config.hv.cpu, &err), SIM_OK, "%s", err.text);
    struct session *s = desk_session(&desk);
    unsigned other = desk_point(
        s, (struct session_point){.kind = POINT_SILENT, .vm = POINT_ANY, .value = INSN_TRAPS - 1});
    unsigned any = desk_point(
        s, (struct session_point){.kind = POINT_SILENT, .vm = POINT_ANY, .value = POINT_ANY});
    e = desk_continue(s, false);
    cr_assert_eq(e.hit.point, any, "%s", session_why_names[e.why]);
    cr_assert_neq(e.hit.old, e.hit.now, "what it did is not what was due");
    const struct silent_event *silent = &session_hv(s)->vm[0]->silent_last;
    cr_assert_eq(e.hit.address, silent->eip);
    cr_assert_eq(session_point(s, other)->hits, silent->trap == INSN_TRAPS - 1);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_spaces, entries_of_page_tables_are_watched)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, entries_of_page_tables_are_watched)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    const struct place at = system_call(s);
    unsigned kernel =
        desk_point(s, (struct session_point){.kind = POINT_PAGETABLE, .address = at.code});
    uint32_t cr3 = session_point(s, kernel)->cr3;
    cr_assert_neq(cr3, POINT_ANY, "the present address space");
    unsigned user = desk_point(
        s, (struct session_point){.kind = POINT_PAGETABLE, .address = 0x400000, .cr3 = cr3});
    const struct session_event e = desk_continue(s, false);
    cr_assert(e.why == SESSION_ENDED || e.hit.point == user, "the kernel stays where it is: %s",
              session_why_names[e.why]);
    cr_assert_eq(session_point(s, kernel)->hits, 0);
    desk_end(&desk, s);
}

/* ---------------------------------------- many at once */

ParameterizedTestParameters(session_spaces, more_points_than_are_noted_at_once_still_stop)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spaces, more_points_than_are_noted_at_once_still_stop)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    unsigned last = 0;
    struct session_point p = {.kind = POINT_TRAP, .vm = POINT_ANY, .value = 128};
    (void)snprintf(p.condition, sizeof(p.condition), "0");
    for (unsigned i = 0; i < 80; i++)
        last = desk_point(s, p);
    p.condition[0] = 0;
    unsigned number = desk_point(s, p); /* the last to be noted, and the only one that counts */
    const struct session_event e = desk_continue(s, false);
    cr_assert_eq(e.why, SESSION_POINT);
    cr_assert_eq(e.hit.point, number);
    cr_assert_eq(session_point(s, last)->hits, 0);
    desk_end(&desk, s);
}

/* ---------------------------------------- asked while it looks */

static unsigned asked;

static bool at_the_tenth(void *opaque)
{
    (void)opaque;
    return ++asked == 10;
}

/* Looking for a caller goes through many instructions: whoever waits can end it. */
Test(session_spaces, a_search_for_a_caller_can_be_interrupted)
{
    struct session *s = desk_begin(&desk, MODE_native, WORKLOAD, 8);
    struct session_event e;
    const struct session_move finish = {.verb = SESSION_FINISH, .reason = -1};
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    desk_point(s, (struct session_point){.kind = POINT_CODE, .address = 0x10});
    while (asked < 10) { /* somewhere the search is long enough */
        const struct session_position here = *session_position(s);
        asked = 0;
        session_set_poll(s, at_the_tenth, NULL);
        bool ok = session_go(s, &finish, &e);
        session_set_poll(s, NULL, NULL);
        if (asked == 10) {
            cr_assert(ok);
            cr_assert_eq(e.why, SESSION_INTERRUPT, "%s", e.text);
            cr_assert_eq(session_compare(session_position(s), &here), 0, "nothing has moved");
            break;
        }
        cr_assert_neq(e.why, SESSION_ENDED, "no search was long enough");
        desk_go(s, SESSION_STEP, false, 20000);
    }
    cr_assert_not_null(session_point_next(s, 0), "the points are still there");
    desk_end(&desk, s);
}

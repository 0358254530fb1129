/*
 * Moves that know what a call is, and what an event is: interrupts are passed by `next` and by
 * steps of one guest, both ways; `finish` leads out of handlers; steps of one guest are its own.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "desk.h"

#define WORKLOAD  "run=\"ls; fork; sieve 30; halt\""
#define LOOKED_AT 8

static int modes_with_vms[] = {MODE_trap, MODE_pv};

static struct cpu_state guest_of(struct session *s, unsigned vm)
{
    struct cpu_state guest;
    cr_assert(session_guest(s, vm, &guest));
    return guest;
}

static unsigned catch_event(struct session *s, const char *condition)
{
    struct sim_error err;
    struct session_point p = {
        .kind = POINT_TRAP, .enabled = true, .vm = POINT_ANY, .cr3 = POINT_ANY, .value = POINT_ANY};
    (void)snprintf(p.condition, sizeof(p.condition), "%s", condition);
    unsigned number = session_point_add(s, &p, &err);
    cr_assert_neq(number, 0, "%s", err.text);
    return number;
}

/* An event of one kind was delivered: before and behind that. */
struct event {
    struct session_position before, handler;
    struct cpu_state was;
};

/* The next of a kind (and vector, if not negative); false: none is left. */
static bool next_event(struct session *s, enum event_kind kind, int vector, struct event *event)
{
    unsigned number = catch_event(s, "");
    struct session_event e;
    do
        e = desk_go(s, SESSION_CONTINUE, false, 0);
    while (e.why == SESSION_POINT && (e.hit.access != kind || (vector >= 0 && e.hit.to != vector)));
    cr_assert(session_point_remove(s, number));
    if (e.why != SESSION_POINT)
        return false;
    event->handler = e.at;
    const struct cpu_state handler = guest_of(s, 0);
    do { /* INT n counts: the first position with that count is at the handler, too */
        desk_go(s, SESSION_STEP, true, 1);
        event->was = guest_of(s, 0);
    } while (event->was.eip == handler.eip);
    event->before = *session_position(s);
    return true;
}

static struct cpu_state arrive(struct session *s, const struct session_position *at)
{
    struct session_event e;
    cr_assert(session_goto(s, at, &e), "%s", e.text);
    return guest_of(s, 0);
}

/* ---------------------------------------- finish */

static void finish_leads_out(struct session *s, const struct event *event, uint32_t eip)
{
    for (unsigned depth = 0; depth < 10; depth += 3) {
        (void)arrive(s, &event->handler);
        if (depth)
            desk_go(s, SESSION_STEP, false, depth);
        const struct session_position inside = *session_position(s);
        desk_go(s, SESSION_FINISH, false, 0);
        const struct cpu_state out = guest_of(s, 0);
        cr_assert_eq(out.eip, eip, "%u instructions inside: 0x%x, not 0x%x", depth, out.eip, eip);
        cr_assert_eq(out.gpr[R_ESP], event->was.gpr[R_ESP]);
        cr_assert_eq(out.cpl, event->was.cpl);
        cr_assert_gt(session_position(s)->insn, inside.insn + 10);
        (void)arrive(s, &inside);
        desk_go(s, SESSION_FINISH, true, 0);
        const struct cpu_state back = guest_of(s, 0);
        cr_assert_eq(back.eip, event->was.eip);
        cr_assert_leq(session_position(s)->insn, event->handler.insn);
        cr_assert_geq(session_position(s)->insn + 1, event->handler.insn);
    }
}

ParameterizedTestParameters(session_calls, finish_leads_out_of_handlers)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_calls, finish_leads_out_of_handlers)
{
    static struct desk desk;
    struct event event;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(next_event(s, EVENT_EXTERNAL, -1, &event), "an interrupt");
        finish_leads_out(s, &event, event.was.eip);
        (void)arrive(s, &event.handler);
    }
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(next_event(s, EVENT_EXCEPTION, 14, &event), "a page fault");
        finish_leads_out(s, &event, event.was.eip);
        (void)arrive(s, &event.handler);
    }
    cr_assert(next_event(s, EVENT_SOFTWARE, 128, &event), "a system call");
    const struct cpu_state handler = arrive(s, &event.handler);
    uint32_t back;
    cr_assert(hv_guest_linear(session_hv(s), 0, handler.gpr[R_ESP], &back, 4));
    finish_leads_out(s, &event, back);
    desk_end(&desk, s);
}

/* ---------------------------------------- interrupts */

/* With SESSION_NEXT, or SESSION_STEP of the guest's own. */
static void passes(struct session *s, const struct event *event, enum session_verb verb)
{
    const struct session_move forth = {.verb = verb, .own = true, .reason = -1},
                              back = {.verb = verb, .own = true, .back = true, .reason = -1};
    struct session_event e;
    (void)arrive(s, &event->handler);
    desk_go(s, SESSION_FINISH, false, 0);
    const struct session_position returned = *session_position(s);
    desk_go(s, SESSION_STEP, false, 1);
    const struct session_position behind = *session_position(s);
    (void)arrive(s, &event->before);
    cr_assert(session_go(s, &forth, &e), "%s", e.text);
    cr_assert_eq(session_position(s)->insn, behind.insn, "to insn %llu, not %llu",
                 (unsigned long long)session_position(s)->insn, (unsigned long long)behind.insn);
    cr_assert(session_go(s, &back, &e), "%s", e.text);
    cr_assert_eq(session_position(s)->insn, returned.insn);
    cr_assert(session_go(s, &back, &e), "%s", e.text);
    cr_assert_eq(session_position(s)->insn, event->before.insn - 1, "back to insn %llu, not %llu",
                 (unsigned long long)session_position(s)->insn,
                 (unsigned long long)event->before.insn - 1);
}

ParameterizedTestParameters(session_calls, an_interrupt_is_passed_both_ways)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_calls, an_interrupt_is_passed_both_ways)
{
    static struct desk desk;
    struct event event;
    unsigned plain = 0;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    for (unsigned i = 0; i < LOOKED_AT; i++) {
        cr_assert(next_event(s, EVENT_EXTERNAL, -1, &event), "interrupt %u", i);
        uint8_t code = 0;
        cr_assert(hv_guest_linear(session_hv(s), 0, event.was.eip, &code, 1));
        passes(s, &event, SESSION_STEP);
        if (code != 0xe8 && code != 0xcd && code != 0xc3 && code != 0xf3) { /* that is over more */
            passes(s, &event, SESSION_NEXT);
            plain++;
        }
        (void)arrive(s, &event.handler);
    }
    cr_assert_gt(plain, LOOKED_AT / 2);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_calls, a_programs_interrupts_and_system_calls_are_passed)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_calls, a_programs_interrupts_and_system_calls_are_passed)
{
    static struct desk desk;
    struct event event;
    desk_open(&desk, (enum hv_mode_id) * mode, "hz=1000 run=\"sieve 90; null_syscall 40; halt\"",
              8);
    struct session *s = desk_session(&desk);
    for (unsigned met = 0; met < 2;) {
        cr_assert(next_event(s, EVENT_EXTERNAL, -1, &event), "an interrupt of a program");
        if (event.was.cpl == 3) {
            passes(s, &event, SESSION_STEP);
            met++;
        }
        (void)arrive(s, &event.handler);
    }
    uint32_t last = 0;
    for (unsigned met = 0; met < 2;) {
        cr_assert(next_event(s, EVENT_SOFTWARE, 128, &event), "a system call");
        bool again = event.was.eip == last; /* one that comes back: others end their program */
        last = event.was.eip;
        if (!again) {
            (void)arrive(s, &event.handler);
            continue;
        }
        met++;
        const struct cpu_state before = arrive(s, &event.before);
        cr_assert_eq(before.cpl, 3);
        const struct session_event e = desk_go(s, SESSION_NEXT, false, 1);
        cr_assert_eq(e.why, SESSION_DONE, "%s", session_why_names[e.why]);
        const struct cpu_state behind = guest_of(s, 0);
        cr_assert_eq(behind.eip, before.eip + 2, "0x%x, not behind 0x%x", behind.eip, before.eip);
        cr_assert_eq(behind.gpr[R_ESP], before.gpr[R_ESP]);
        cr_assert_eq(behind.cpl, 3);
        cr_assert_eq(behind.cr3, before.cr3, "in the same program");
        desk_go(s, SESSION_NEXT, true, 1);
        cr_assert_eq(guest_of(s, 0).eip, before.eip);
        cr_assert_eq(session_position(s)->insn, event.before.insn);
        (void)arrive(s, &event.handler);
    }
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_calls, an_exception_is_entered)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_calls, an_exception_is_entered)
{
    static struct desk desk;
    struct event event;
    struct session_event e;
    const struct session_move own = {.verb = SESSION_STEP, .own = true, .reason = -1};
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    cr_assert(next_event(s, EVENT_EXCEPTION, 14, &event));
    const struct cpu_state handler = arrive(s, &event.handler);
    (void)arrive(s, &event.before);
    cr_assert(session_go(s, &own, &e));
    const struct cpu_state there = guest_of(s, 0);
    cr_assert_eq(there.eip, handler.eip, "at its handler's first instruction");
    cr_assert_eq(there.gpr[R_ESP], handler.gpr[R_ESP]);
    desk_end(&desk, s);
}

/* A breakpoint where the step begins is not met again when the handler has returned; one in the
 * handler stops it. */
ParameterizedTestParameters(session_calls, breakpoints_count_on_the_way)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_calls, breakpoints_count_on_the_way)
{
    static struct desk desk;
    struct event event;
    struct sim_error err;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 16);
    cr_assert(next_event(s, EVENT_EXTERNAL, -1, &event));
    struct session_point p = {.kind = POINT_CODE,
                              .enabled = true,
                              .vm = POINT_ANY,
                              .cr3 = POINT_ANY,
                              .address = event.was.eip};
    unsigned number = session_point_add(s, &p, &err);
    cr_assert_eq(desk_go(s, SESSION_NEXT, false, 1).why, SESSION_DONE);
    cr_assert(session_point_remove(s, number));
    p.address = arrive(s, &event.handler).eip;
    (void)arrive(s, &event.before);
    number = session_point_add(s, &p, &err);
    const struct session_event e = desk_go(s, SESSION_NEXT, false, 1);
    cr_assert_eq(e.why, SESSION_POINT);
    cr_assert_eq(e.hit.point, number);
    desk_end(&desk, s);
}

/* ---------------------------------------- several stacks */

ParameterizedTestParameters(session_calls, next_and_finish_stay_on_their_stack)
{
    return DESK_MODES;
}

/* Over system calls in which other processes run, which make the same calls and return first. */
ParameterizedTest(const int *mode, session_calls, next_and_finish_stay_on_their_stack)
{
    static struct desk desk;
    struct event event;
    struct sim_error err;
    uint8_t opcode = 0;
    struct cpu_state guest = {0};
    unsigned switched = 0;
    desk_open(&desk, (enum hv_mode_id) * mode, "run=\"ctxsw 20; halt\"", 16);
    struct session *s = desk_session(&desk);
    cr_assert(next_event(s, EVENT_SOFTWARE, 128, &event));
    (void)arrive(s, &event.handler);
    for (unsigned i = 0; i < 100 && opcode != 0xe8; i++) {
        desk_go(s, SESSION_STEP, false, 1);
        guest = guest_of(s, 0);
        cr_assert(hv_guest_linear(session_hv(s), 0, guest.eip, &opcode, 1));
    }
    cr_assert_eq(opcode, 0xe8, "the handler calls its function");
    const struct session_point p = {.kind = POINT_CODE,
                                    .enabled = true,
                                    .vm = POINT_ANY,
                                    .cr3 = POINT_ANY,
                                    .address = guest.eip};
    unsigned number = session_point_add(s, &p, &err);
    desk_go(s, SESSION_CONTINUE, false, 0);
    for (unsigned i = 0; i < 60 && session_last(s)->why == SESSION_POINT; i++) {
        const struct session_position here = *session_position(s);
        guest = guest_of(s, 0);
        session_point(s, number)->enabled = false;
        for (unsigned way = 0; way < 2; way++) {
            (void)arrive(s, &here);
            if (way)
                desk_go(s, SESSION_STEP, false, 1);
            struct session_event e = desk_go(s, way ? SESSION_FINISH : SESSION_NEXT, false, 1);
            if (e.why == SESSION_ENDED)
                break; /* of this process nobody comes back */
            const struct cpu_state behind = guest_of(s, 0);
            cr_assert_eq(behind.eip, guest.eip + 5);
            cr_assert_eq(behind.gpr[R_ESP], guest.gpr[R_ESP], "call %u, way %u: 0x%x, not 0x%x", i,
                         way, behind.gpr[R_ESP], guest.gpr[R_ESP]);
            switched += e.at.insn > here.insn + 2000;
        }
        (void)arrive(s, &here);
        session_point(s, number)->enabled = true;
        desk_go(s, SESSION_CONTINUE, false, 0);
    }
    cr_assert_gt(switched, 4, "others run in some of them");
    desk_end(&desk, s);
}

/* ---------------------------------------- several guests */

#define COMPUTES "run=\"sieve 100000\""
#define PAIRS    20000u

/* What comes behind which instruction, as one guest by itself does it. */
struct pairs {
    uint32_t from[PAIRS], to[PAIRS];
    unsigned n;
};

static bool is_pair(const struct pairs *p, uint32_t from, uint32_t to)
{
    unsigned i = 0;
    while (i < p->n && (p->from[i] != from || p->to[i] != to))
        i++;
    return i < p->n;
}

static void learn(struct pairs *p, struct session *s)
{
    desk_go(s, SESSION_GOTO_INSN, false, 3000000);
    for (unsigned i = 0; i < PAIRS; i++) {
        uint32_t from = guest_of(s, 0).eip;
        desk_go(s, SESSION_STEP, false, 1);
        uint32_t to = guest_of(s, 0).eip;
        if (is_pair(p, from, to))
            continue;
        p->from[p->n] = from;
        p->to[p->n++] = to;
    }
}

ParameterizedTestParameters(session_calls, steps_of_a_guest_are_its_own)
{
    return cr_make_param_array(int, modes_with_vms, 2);
}

/* Each step of a guest is one instruction of it, whatever the other does meanwhile. */
ParameterizedTest(const int *mode, session_calls, steps_of_a_guest_are_its_own)
{
    static struct desk desk;
    static struct pairs pairs;
    const struct session_move own = {.verb = SESSION_STEP, .own = true, .reason = -1};
    struct session_event e;
    unsigned moved = 0;
    struct session *s = desk_begin(&desk, *mode, COMPUTES, 16);
    learn(&pairs, s);
    session_destroy(s);
    desk.config.hv.vms = 2;
    desk.config.hv.slice_cycles = 100000;
    desk.config.disk[1][0] = overlay_backend(&desk.base);
    s = desk_session(&desk);
    desk_go(s, SESSION_GOTO_INSN, false, 6000000);
    for (unsigned i = 0; i < 200; i++) {
        unsigned vm = i % 3 / 2; /* 0 0 1 0 0 1: changes are dear */
        session_set_vm(s, vm);
        uint32_t from = guest_of(s, vm).eip;
        cr_assert(session_go(s, &own, &e), "%s", e.text);
        cr_assert_eq(e.vm, vm);
        uint8_t code[2] = {0};
        cr_assert(hv_guest_linear(session_hv(s), vm, from, code, 2));
        bool jumps = (code[0] & 0xf0) == 0x70 && e.eip == from + 2 + (code[1] ^ 0x80u) - 0x80u;
        bool repeats = code[0] == 0xf3; /* each iteration is one */
        cr_assert(jumps || repeats || is_pair(&pairs, from, e.eip), "step %u, VM %u: 0x%x to 0x%x",
                  i, vm, from, e.eip);
        moved += from != e.eip;
    }
    cr_assert_gt(moved, 150);
    desk_end(&desk, s);
}

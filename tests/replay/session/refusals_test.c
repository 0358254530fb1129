/*
 * What a session refuses, and in which words: moves that make no sense here, points, inputs and
 * files that cannot be. The position and the state are what they were.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "sim/alloc.h"

#define WORKLOAD "hz=1000 run=\"ls; fork; halt\""

static struct desk desk;

/* The move fails with that reason and those words, and nothing has moved. */
static void refused(struct session *s, struct session_move m, enum session_why why,
                    const char *words)
{
    struct session_event e;
    const struct session_position here = *session_position(s);
    uint64_t hash = session_hash(s);
    m.reason = m.reason ? m.reason : -1;
    cr_assert_not(session_go(s, &m, &e), "verb %d, %s", (int)m.verb, words);
    cr_assert_eq(e.why, why, "verb %d: %s: %s", (int)m.verb, session_why_names[e.why], e.text);
    cr_assert(strstr(e.text, words), "verb %d: %s", (int)m.verb, e.text);
    cr_assert_eq(session_compare(session_position(s), &here), 0, "verb %d moves", (int)m.verb);
    cr_assert_eq(session_hash(s), hash);
}

/* ---------------------------------------- moves */

Test(session_refusals, native_has_no_exits_to_move_to)
{
    struct session *s = desk_begin(&desk, MODE_native, WORKLOAD, 8);
    desk_go(s, SESSION_STEP, false, 1000);
    static const enum session_verb verbs[] = {SESSION_PHASE, SESSION_EXIT, SESSION_GOTO_EXIT};
    for (unsigned i = 0; i < 3; i++)
        refused(s, (struct session_move){.verb = verbs[i], .count = 1}, SESSION_REFUSED,
                "there is no hypervisor");
    refused(s, (struct session_move){.verb = SESSION_VERBS}, SESSION_REFUSED, "no such move");
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_refusals, before_the_beginning_there_is_nothing)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, before_the_beginning_there_is_nothing)
{
    const char *words = "this is the beginning";
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    static const enum session_verb back[] = {SESSION_STEP, SESSION_PHASE, SESSION_EXIT};
    for (unsigned i = 0; i < (*mode == MODE_native ? 1 : 3); i++)
        refused(s, (struct session_move){.verb = back[i], .back = true}, SESSION_BEGINNING, words);
    refused(s, (struct session_move){.verb = SESSION_UNTIL, .back = true, .address = 4},
            SESSION_BEGINNING, words);
    if (*mode != MODE_native)
        refused(s, (struct session_move){.verb = SESSION_EXIT, .back = true, .reason = EXIT_HLT},
                SESSION_BEGINNING, words);
    desk_go(s, SESSION_STEP, false, 500); /* from further on one comes there */
    const struct session_move far = {.verb = SESSION_STEP, .back = true, .count = 501};
    struct session_event e;
    cr_assert_not(session_go(s, &far, &e));
    cr_assert_eq(e.why, SESSION_BEGINNING);
    cr_assert_eq(session_position(s)->insn, 0);
    desk_go(s, SESSION_STEP, false, 500);
    cr_assert_eq(desk_go(s, SESSION_CONTINUE, true, 0).why, SESSION_BEGINNING);
    if (*mode != MODE_native) {
        desk_go(s, SESSION_GOTO_INSN, false, 50000);
        cr_assert_gt(session_position(s)->exit, 3);
        desk_go(s, SESSION_GOTO_EXIT, false, 0);
        cr_assert_eq(session_position(s)->insn, 0);
    }
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_refusals, behind_the_end_there_is_nothing)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, behind_the_end_there_is_nothing)
{
    struct sim_error err;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    cr_assert_eq(desk_go(s, SESSION_CONTINUE, false, 0).why, SESSION_ENDED);
    static const enum session_verb forwards[] = {SESSION_STEP, SESSION_NEXT};
    for (unsigned i = 0; i < 2; i++)
        refused(s, (struct session_move){.verb = forwards[i]}, SESSION_ENDED, "halted with 0");
    refused(s, (struct session_move){.verb = SESSION_STEP, .own = true}, SESSION_ENDED,
            "halted with 0");
    const struct session_input edit = {.kind = INPUT_REGISTER, .address = R_EAX};
    cr_assert_not(session_give(s, &edit, &err));
    cr_assert(strstr(err.text, "has ended: go back first"), "%s", err.text);
    desk_go(s, SESSION_STEP, true, 1);
    cr_assert(session_give(s, &edit, &err), "%s", err.text);
    desk_end(&desk, s);
}

/* ---------------------------------------- points */

static void no_point(struct session *s, const struct session_point *p, const char *words)
{
    struct sim_error err = {SIM_OK, ""};
    cr_assert_eq(session_point_add(s, p, &err), 0, "%s", words);
    cr_assert(strstr(err.text, words), "%s: %s", words, err.text);
    cr_assert_null(session_point_next(s, 0));
}

Test(session_refusals, points_that_cannot_be)
{
    struct session *s = desk_begin(&desk, MODE_native, WORKLOAD, 8);
    struct session_point p = {.vm = POINT_ANY, .cr3 = POINT_ANY};
    p.kind = POINT_KINDS;
    no_point(s, &p, "no such kind of point");
    p.kind = POINT_CODE;
    p.space = SPACES;
    no_point(s, &p, "no such kind of point");
    p.space = SPACE_LINEAR;
    p.vm = 1;
    no_point(s, &p, "there is no guest 1");
    p.vm = 0;
    p.kind = POINT_DATA;
    no_point(s, &p, "1 to 4096 bytes long, not 0");
    p.size = 4097;
    no_point(s, &p, "1 to 4096 bytes long, not 4097");
    static const uint8_t exits[] = {POINT_EXIT, POINT_HYPERCALL, POINT_SILENT};
    for (unsigned i = 0; i < 3; i++) {
        p.kind = exits[i];
        no_point(s, &p, "nothing exits to it");
    }
    desk_end(&desk, s);
}

Test(session_refusals, conditions_that_cannot_be)
{
    char longest[130];
    struct sim_error err;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 8);
    unsigned number = desk_point(s, (struct session_point){.kind = POINT_TRAP, .value = POINT_ANY});
    memset(longest, '1', sizeof(longest));
    longest[120] = 0;
    cr_assert_not(session_point_condition(s, number, longest, &err));
    cr_assert(strstr(err.text, "longer than 119 characters"), "%s", err.text);
    cr_assert_not(session_point_condition(s, number, "1 +", &err));
    cr_assert_not(session_point_condition(s, number + 1, "1", &err));
    cr_assert(strstr(err.text, "there is no breakpoint 2"), "%s", err.text);
    cr_assert_eq(session_point(s, number)->condition[0], 0, "none of them was taken");
    cr_assert(session_point_condition(s, number, "insn > 200000", &err), "%s", err.text);
    cr_assert_gt(desk_go(s, SESSION_CONTINUE, false, 0).at.insn, 200000);
    cr_assert(session_point_condition(s, number, "[0xfffffff0] == 1", &err), "%s", err.text);
    const struct session_event e = desk_go(s, SESSION_CONTINUE, false, 0);
    cr_assert_eq(e.why, SESSION_POINT, "what cannot be read stops: better once too often");
    cr_assert_not(session_point_remove(s, number + 1));
    cr_assert_null(session_point(s, number + 1));
    desk_end(&desk, s);
}

/* Moves have points of their own, for which there is room. */
Test(session_refusals, a_thousand_points_are_all_and_moves_still_work)
{
    struct session_point p = {.kind = POINT_CODE, .vm = 0, .cr3 = POINT_ANY, .address = 0x10};
    struct sim_error err;
    struct session *s = desk_begin(&desk, MODE_trap, WORKLOAD, 8);
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert(session_point_add(s, &p, &err));
    cr_assert_not(session_point_add(s, &p, &err));
    cr_assert(strstr(err.text, "more than 1000 points"), "%s", err.text);
    desk_go(s, SESSION_NEXT, false, 3);
    desk_go(s, SESSION_NEXT, true, 1);
    desk_go(s, SESSION_EXIT, false, 1);
    desk_go(s, SESSION_FINISH, false, 0);
    const struct session_move own = {.verb = SESSION_STEP, .own = true, .reason = -1};
    struct session_event e;
    cr_assert(session_go(s, &own, &e), "%s", e.text);
    desk_end(&desk, s);
}

/* ---------------------------------------- who wrote */

static void nobody(struct session *s, enum point_space space, uint32_t address,
                   enum session_why why)
{
    struct session_event e;
    const struct session_position here = *session_position(s);
    cr_assert_not(session_who_wrote(s, space, address, &e), "%#x", (unsigned)address);
    cr_assert_eq(e.why, why, "%#x: %s", (unsigned)address, e.text);
    cr_assert_eq(session_compare(session_position(s), &here), 0);
}

ParameterizedTestParameters(session_refusals, nobody_wrote_what_is_not_there)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, nobody_wrote_what_is_not_there)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    uint32_t last = session_hv(s)->vm[0]->s.ram_bytes - 1;
    if (*mode != MODE_pv) /* paging is off yet */
        nobody(s, SPACE_LINEAR, 0xfffffff0, SESSION_REFUSED);
    desk_go(s, SESSION_GOTO_INSN, false, 400000);
    nobody(s, SPACE_LINEAR, 0xfbfffff0, SESSION_REFUSED);
    nobody(s, SPACE_GUEST_PHYSICAL, last + 1, SESSION_REFUSED);
    nobody(s, SPACE_MACHINE, 0xfffff000, SESSION_REFUSED);
    nobody(s, SPACE_GUEST_PHYSICAL, last, SESSION_BEGINNING);
    desk_end(&desk, s);
}

/* ---------------------------------------- inputs */

static void not_given(struct session *s, struct session_input in, const char *words)
{
    struct sim_error err = {SIM_OK, ""};
    uint64_t hash = session_hash(s);
    size_t before, after;
    (void)session_inputs(s, &before);
    cr_assert_not(session_give(s, &in, &err), "%s", words);
    cr_assert(strstr(err.text, words), "%s: %s", words, err.text);
    (void)session_inputs(s, &after);
    cr_assert_eq(after, before);
    cr_assert_eq(session_hash(s), hash);
}

ParameterizedTestParameters(session_refusals, inputs_that_cannot_be_given)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, inputs_that_cannot_be_given)
{
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    not_given(s, (struct session_input){.kind = INPUT_KINDS}, "there is no guest");
    not_given(s, (struct session_input){.kind = INPUT_CONSOLE, .vm = 1}, "there is no guest 1");
    not_given(s, (struct session_input){.kind = INPUT_MEMORY, .space = SPACES}, "no guest");
    not_given(s, (struct session_input){.kind = INPUT_REGISTER, .address = 99}, "no such register");
    for (uint8_t space = 0; space < SPACES; space++)
        not_given(
            s, (struct session_input){.kind = INPUT_MEMORY, .space = space, .address = 0xfffffff0},
            "no such register or address");
    if (*mode != MODE_native) {
        desk_go(s, SESSION_EXIT, false, 1);
        not_given(s, (struct session_input){.kind = INPUT_REGISTER}, "inside an exit");
    }
    desk_end(&desk, s);
}

/* An edit of a byte in each space is there, and again when it is passed. */
ParameterizedTestParameters(session_refusals, bytes_are_changed_in_every_space)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, bytes_are_changed_in_every_space)
{
    struct sim_error err;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    const struct hv *hv = session_hv(s);
    uint32_t gpa = hv->vm[0]->s.ram_bytes - 100;
    uint32_t machine =
        *mode == MODE_native ? gpa : (hv->vm[0]->p2m[gpa >> PAGE_SHIFT].mfn << PAGE_SHIFT) + 0x123;
    const struct session_input edits[] = {
        {.kind = INPUT_MEMORY, .space = SPACE_GUEST_PHYSICAL, .address = gpa, .value = 0x5a},
        {.kind = INPUT_MEMORY, .space = SPACE_MACHINE, .address = machine, .value = 0xa5},
    };
    for (unsigned i = 0; i < 2; i++)
        cr_assert(session_give(s, &edits[i], &err), "%s", err.text);
    uint8_t byte;
    cr_assert(hv_guest_memory(session_hv(s), 0, gpa, &byte, 1));
    cr_assert_eq(byte, *mode == MODE_native ? 0xa5 : 0x5a);
    cr_assert(ram_copy_out(&hv->machine->ram, machine, &byte, 1));
    cr_assert_eq(byte, 0xa5);
    uint64_t hash = session_hash(s);
    desk_go(s, SESSION_STEP, true, 1000);
    cr_assert(ram_copy_out(&hv->machine->ram, machine, &byte, 1));
    cr_assert_eq(byte, 0);
    desk_go(s, SESSION_STEP, false, 1000);
    cr_assert_eq(session_hash(s), hash);
    desk_end(&desk, s);
}

/* A paravirtual guest does not look at its keyboard: what that cannot hold waits. */
Test(session_refusals, keys_wait_where_nobody_reads_them)
{
    struct sim_error err;
    struct session *s = desk_begin(&desk, MODE_pv, WORKLOAD, 8);
    const struct session_input key = {.kind = INPUT_KEY, .value = 0x1c};
    for (unsigned i = 0; i < 40; i++)
        cr_assert(session_give(s, &key, &err), "%s", err.text);
    desk_go(s, SESSION_GOTO_INSN, false, 500000);
    size_t waiting = session_waiting(s);
    cr_assert(waiting > 0 && waiting < 40, "%zu", waiting);
    desk_go(s, SESSION_GOTO_INSN, false, 600000);
    cr_assert_eq(session_waiting(s), waiting);
    desk_end(&desk, s);
}

/* ---------------------------------------- files */

struct file {
    uint8_t *bytes;
    size_t n;
};

static void not_opened(struct session *s, bool restore, const struct file *f, const char *words)
{
    struct sim_error err = {SIM_OK, ""};
    uint64_t hash = session_hash(s);
    cr_assert_eq((restore ? session_restore : session_replay)(s, f->bytes, f->n, &err),
                 SIM_BAD_INPUT, "%s", words);
    cr_assert(strstr(err.text, words), "%s: %s", words, err.text);
    cr_assert_eq(session_hash(s), hash);
}

ParameterizedTestParameters(session_refusals, files_that_do_not_belong_here)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_refusals, files_that_do_not_belong_here)
{
    struct sim_error err;
    struct file recording, saved;
    struct session *s = desk_begin(&desk, *mode, WORKLOAD, 8);
    desk_go(s, SESSION_STEP, false, 100000);
    cr_assert_eq(session_record(s, "", &recording.bytes, &recording.n, &err), SIM_OK);
    cr_assert_eq(session_save(s, NULL, &saved.bytes, &saved.n, &err), SIM_OK);
    not_opened(s, false, &recording, "only a session that has not begun can replay");
    not_opened(s, true, &saved, "only a session that has not begun can be restored");
    desk_go(s, SESSION_GOTO_INSN, false, 0); /* at its beginning again, but with a past */
    const struct session_input mark = {.kind = INPUT_REGISTER, .address = R_EDX};
    cr_assert(session_give(s, &mark, &err), "%s", err.text);
    not_opened(s, true, &saved, "only a session that has not begun can be restored");
    if (*mode != MODE_native) {
        uint8_t *bytes;
        size_t n;
        desk_go(s, SESSION_EXIT, false, 1);
        cr_assert_eq(session_save(s, "", &bytes, &n, &err), SIM_BAD_INPUT);
        cr_assert(strstr(err.text, "`finish` it first"), "%s", err.text);
    }
    session_destroy(s);
    s = desk_session(&desk);
    not_opened(s, true, &recording, "it is a recording, not a saved session");
    not_opened(s, false, &saved, "it is a saved session, not a recording");
    cr_assert_eq(session_restore(s, saved.bytes, saved.n, &err), SIM_OK, "%s", err.text);
    sim_free(recording.bytes);
    sim_free(saved.bytes);
    desk_end(&desk, s);
}

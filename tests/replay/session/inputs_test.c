/*
 * What comes from outside: typing, edits, recordings that are replayed, sessions that are saved.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "desk.h"
#include "sim/alloc.h"

static void type(struct session *s, const char *text)
{
    struct sim_error err;
    for (; *text; text++) {
        const struct session_input in = {.kind = INPUT_CONSOLE, .value = (uint8_t)*text};
        cr_assert(session_give(s, &in, &err), "%s", err.text);
    }
}

static struct session_event run(struct session *s)
{
    const struct session_move m = {.verb = SESSION_CONTINUE};
    struct session_event e;
    cr_assert(session_go(s, &m, &e), "%s", e.text);
    return e;
}

/* Goes on for a while; a guest that waits for a key stops it. */
static void a_while(struct session *s, uint64_t insns)
{
    const struct session_move m = {.verb = SESSION_STEP, .count = insns};
    struct session_event e;
    (void)session_go(s, &m, &e);
}

/* A session of typing, at odd moments. */
static void converse(struct session *s)
{
    a_while(s, 1500000);
    type(s, "ls\n");
    a_while(s, 300000);
    type(s, "mkdir /y\nls");
    a_while(s, 12345);
    type(s, "\nhalt\n");
    cr_assert_eq(run(s).why, SESSION_ENDED);
}

ParameterizedTestParameters(session_inputs, typing_is_part_of_the_past)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_inputs, typing_is_part_of_the_past)
{
    static struct desk desk;
    struct session *s = desk_begin(&desk, *mode, "", 16);
    converse(s);
    uint64_t end = session_hash(s);
    cr_assert_eq(session_waiting(s), 0);
    size_t n, inputs;
    session_inputs(s, &inputs);
    cr_assert_eq(inputs, strlen("ls\nmkdir /y\nls\nhalt\n"));
    (void)session_console(s, 0, &n);
    for (unsigned i = 1; i < 6; i++) {
        desk_go(s, SESSION_GOTO_INSN, false, i * 200000);
        desk_go(s, SESSION_CONTINUE, false, 0);
        cr_assert_eq(session_hash(s), end, "mode %d, from %u", *mode, i);
    }
    cr_assert_eq(desk.said_size, n, "nothing was said twice");
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_inputs, a_recording_replays_to_the_same_end)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_inputs, a_recording_replays_to_the_same_end)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes;
    size_t n, length;
    char kind;
    const char *note;
    struct session *s = desk_begin(&desk, *mode, "", 16);
    converse(s);
    uint64_t end = session_hash(s);
    cr_assert_eq(session_record(s, "{\"mode\":1}", &bytes, &n, &err), SIM_OK);
    cr_assert_eq(session_hash(s), end, "recording moves nothing");
    cr_assert_lt(n, 100000, "small enough to mail: %zu bytes", n);
    cr_assert_eq(session_note(bytes, n, &kind, &note, &length, &err), SIM_OK);
    cr_assert_eq(kind, 'R');
    cr_assert_eq(length, 10);
    session_destroy(s);

    s = desk_session(&desk);
    cr_assert_eq(session_replay(s, bytes, n, &err), SIM_OK, "%s", err.text);
    const struct session_event e = run(s);
    cr_assert(e.why == SESSION_PRESENT || e.why == SESSION_ENDED, "%s", e.text);
    cr_assert_eq(session_position(s)->insn, e.at.insn);
    size_t said;
    (void)session_console(s, 0, &said);
    cr_assert_gt(said, 50);
    const struct session_input in = {.kind = INPUT_CONSOLE, .value = 'x'};
    cr_assert_not(session_give(s, &in, &err), "a replay takes no input");
    session_destroy(s);

    sim_free(bytes);
    desk_close(&desk);
}

/* One key other than what was typed, everything else (checksum too) in order: the replay differs.
 */
Test(session_inputs, a_replay_that_differs_says_so)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "", 16);
    converse(s);
    cr_assert_eq(session_record(s, NULL, &bytes, &n, &err), SIM_OK);
    session_destroy(s);
    static const uint8_t m[4] = {'m', 0, 0, 0}; /* the value of the key m, behind an address of 0 */
    size_t at = 0;
    while (at + 4 < n && memcmp(bytes + at, m, 4) != 0)
        at++;
    cr_assert_lt(at + 4, n);
    bytes[at] = 'w';
    uint64_t sum = state_hash_bytes(STATE_HASH_SEED, bytes, n - 8);
    memcpy(bytes + n - 8, &sum, 8);
    s = desk_session(&desk);
    cr_assert_eq(session_replay(s, bytes, n, &err), SIM_OK);
    const struct session_move go = {.verb = SESSION_CONTINUE};
    struct session_event e;
    cr_assert_not(session_go(s, &go, &e));
    cr_assert_eq(e.why, SESSION_FAILED);
    cr_assert(strstr(e.text, "differs") != NULL, "%s", e.text);
    sim_free(bytes);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_inputs, a_saved_session_goes_on_where_it_was)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_inputs, a_saved_session_goes_on_where_it_was)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes;
    size_t n;
    desk_open(&desk, (enum hv_mode_id) * mode, "run=\"ls; mkdir /x; fork; halt\"", 16);
    struct session *s = desk_session(&desk);
    desk_go(s, SESSION_CONTINUE, false, 0);
    uint64_t total = session_position(s)->insn, end = session_hash(s);
    for (unsigned i = 1; i < 4; i++) {
        desk_go(s, SESSION_GOTO_INSN, false, total / 4 * i);
        uint64_t hash = session_hash(s);
        cr_assert_eq(session_save(s, "", &bytes, &n, &err), SIM_OK, "%s", err.text);
        struct session *other = desk_session(&desk);
        cr_assert_eq(session_restore(other, bytes, n, &err), SIM_OK, "%s", err.text);
        cr_assert_eq(session_hash(other), hash);
        desk_go(other, SESSION_STEP, true, 10);
        desk_go(other, SESSION_STEP, false, 10);
        cr_assert_eq(session_hash(other), hash, "one can go back behind it");
        desk_go(other, SESSION_CONTINUE, false, 0);
        cr_assert_eq(session_hash(other), end);
        session_destroy(other);
        sim_free(bytes);
    }
    desk_end(&desk, s);
}

/* Records a run of two million instructions. */
static uint8_t *recording_of(struct desk *desk, size_t *n)
{
    struct sim_error err;
    uint8_t *bytes;
    struct session *s = desk_session(desk);
    desk_go(s, SESSION_STEP, false, 3100000);
    cr_assert_eq(session_record(s, NULL, &bytes, n, &err), SIM_OK, "%s", err.text);
    session_destroy(s);
    return bytes;
}

/* Replays it in a session of this desk: why it stops, and what it says. */
static struct session_event replayed(struct desk *desk, const uint8_t *bytes, size_t n)
{
    struct sim_error err;
    const struct session_move go = {.verb = SESSION_CONTINUE};
    struct session_event e;
    struct session *s = desk_session(desk);
    cr_assert_eq(session_replay(s, bytes, n, &err), SIM_OK, "%s", err.text);
    (void)session_go(s, &go, &e);
    session_destroy(s);
    return e;
}

/* Another guest, which does the same for a while: between which instructions it differs first. */
Test(session_inputs, a_replay_with_another_guest_says_where_it_differs)
{
    static struct desk desk;
    size_t n;
    desk_open(&desk, MODE_native, "run=\"sieve 60; sieve 9\"", 8);
    uint8_t *bytes = recording_of(&desk, &n);
    cr_assert_eq(replayed(&desk, bytes, n).why, SESSION_PRESENT);
    desk.config.input.cmdline = "run=\"sieve 60; sieve 8\"";
    struct session_event e = replayed(&desk, bytes, n);
    cr_assert_eq(e.why, SESSION_FAILED);
    cr_assert(strstr(e.text, "at instruction 0 all was equal, at 1000000 it is not"), "%s", e.text);
    cr_assert_eq(e.at.insn, 1000000);
    sim_free(bytes);
    desk_close(&desk);
}

/* A hash that is not the run's: the one before it agreed. */
Test(session_inputs, a_replay_that_differs_late_names_the_last_equal_hash)
{
    static struct desk desk;
    size_t n;
    desk_open(&desk, MODE_native, "run=\"sieve 60; sieve 9\"", 8);
    uint8_t *bytes = recording_of(&desk, &n);
    bytes[n - 8 - 8] ^= 1; /* the last hash, before the checksum */
    uint64_t sum = state_hash_bytes(STATE_HASH_SEED, bytes, n - 8);
    memcpy(bytes + n - 8, &sum, 8);
    struct session_event e = replayed(&desk, bytes, n);
    cr_assert_eq(e.why, SESSION_FAILED);
    cr_assert(strstr(e.text, "at instruction 2000000 all was equal, at 3000000 it is not"), "%s",
              e.text);
    sim_free(bytes);
    desk_close(&desk);
}

Test(session_inputs, other_versions_and_configurations_are_refused_in_words)
{
    static struct desk desk;
    struct sim_error err;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "run=\"halt\"", 8);
    uint8_t *bytes;
    desk_go(s, SESSION_STEP, false, 1000);
    cr_assert_eq(session_record(s, NULL, &bytes, &n, &err), SIM_OK);
    session_destroy(s);
    desk.config.hv.seed++;
    s = desk_session(&desk);
    cr_assert_eq(session_replay(s, bytes, n, &err), SIM_BAD_INPUT);
    cr_assert(strstr(err.text, "another configuration"), "%s", err.text);
    session_destroy(s);
    desk.config.hv.seed--;
    bytes[9] ^= 64; /* the version, behind the kind */
    uint64_t sum = state_hash_bytes(STATE_HASH_SEED, bytes, n - 8);
    memcpy(bytes + n - 8, &sum, 8);
    s = desk_session(&desk);
    cr_assert_eq(session_replay(s, bytes, n, &err), SIM_BAD_INPUT);
    cr_assert(strstr(err.text, "version"), "%s", err.text);
    session_destroy(s);
    sim_free(bytes);
    desk_close(&desk);
}

/* What was typed and found no room yet is part of a saved session. */
Test(session_inputs, waiting_bytes_are_saved)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "", 8);
    a_while(s, 1500000);
    type(s, "mkdir /one\nmkdir /two\nls\nhalt\n");
    a_while(s, 1000);
    cr_assert_gt(session_waiting(s), 20);
    cr_assert_eq(session_save(s, "", &bytes, &n, &err), SIM_OK, "%s", err.text);
    struct session *other = desk_session(&desk);
    cr_assert_eq(session_restore(other, bytes, n, &err), SIM_OK, "%s", err.text);
    cr_assert_eq(session_waiting(other), session_waiting(s));
    cr_assert_eq(run(s).why, SESSION_ENDED);
    cr_assert_eq(run(other).why, SESSION_ENDED);
    cr_assert_eq(session_hash(other), session_hash(s));
    sim_free(bytes);
    session_destroy(other);
    desk_end(&desk, s);
}

/* Cut, flipped, foreign: refused in words; never taken half. */
Test(session_inputs, spoiled_files_are_refused)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes, *copy;
    size_t n;
    uint64_t x = 362436069;
    struct session *s = desk_begin(&desk, MODE_pv, "run=\"halt\"", 16);
    desk_go(s, SESSION_STEP, false, 200000);
    cr_assert_eq(session_save(s, "note", &bytes, &n, &err), SIM_OK);
    session_destroy(s);
    s = desk_session(&desk);
    uint64_t fresh = session_hash(s);
    copy = sim_alloc(n, 1);
    for (unsigned i = 0; i < 60; i++) {
        memcpy(copy, bytes, n);
        x = x * 6364136223846793005u + 1442695040888963407u;
        size_t length = i % 3 == 0 ? x % n : n;
        bool sealed = i % 3 == 2 && length == n; /* the checksum is made right again */
        size_t at = (x >> 20) % (sealed ? 4000 : n);
        copy[at] ^= (uint8_t)(1u << (x >> 50) % 8);
        if (sealed) {
            uint64_t sum = state_hash_bytes(STATE_HASH_SEED, copy, n - 8);
            memcpy(copy + n - 8, &sum, 8);
        }
        err.text[0] = 0;
        enum sim_status status = session_restore(s, copy, length, &err);
        if (status == SIM_OK) { /* what was changed does not matter: a note, a mark's name */
            cr_assert(sealed);
            session_destroy(s);
            s = desk_session(&desk);
            continue;
        }
        cr_assert_gt(strlen(err.text), 5);
        cr_assert_eq(session_hash(s), fresh, "after refusal %u", i);
    }
    cr_assert_eq(session_restore(s, bytes, n, &err), SIM_OK, "%s", err.text);
    sim_free(copy);
    sim_free(bytes);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_inputs, an_edit_is_done_again_when_it_is_passed)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_inputs, an_edit_is_done_again_when_it_is_passed)
{
    static struct desk desk;
    struct sim_error err;
    struct cpu_state guest;
    struct session *s = desk_begin(&desk, *mode, "run=\"halt\"", 16);
    desk_go(s, SESSION_GOTO_INSN, false, 100000);
    uint64_t before = session_hash(s);
    const struct session_input in = {.kind = INPUT_REGISTER, .address = 2, .value = 0x1234567};
    cr_assert(session_give(s, &in, &err), "%s", err.text);
    uint64_t after = session_hash(s);
    cr_assert_neq(before, after);
    cr_assert(session_guest(s, 0, &guest));
    cr_assert_eq(guest.gpr[2], 0x1234567);
    desk_go(s, SESSION_STEP, true, 500);
    desk_go(s, SESSION_STEP, false, 500);
    cr_assert_eq(session_hash(s), after);
    desk_end(&desk, s);
}

ParameterizedTestParameters(session_inputs, typing_in_the_past_makes_another_future)
{
    return DESK_MODES;
}

/* Having been ahead, with its snapshots, is as if one had not. */
ParameterizedTest(const int *mode, session_inputs, typing_in_the_past_makes_another_future)
{
    static struct desk desk;
    desk_open(&desk, (enum hv_mode_id) * mode, "run=\"sieve 60\"", 16);
    desk.config.history_every = 100000;
    uint64_t hash[2];
    size_t said[2];
    for (unsigned ahead = 0; ahead < 2; ahead++) {
        struct session *s = desk_session(&desk);
        if (ahead) {
            desk_go(s, SESSION_GOTO_INSN, false, 3000000);
            desk_go(s, SESSION_GOTO_INSN, false, 700000);
            type(s, "echo never\n"); /* not run yet: that goes too */
            desk_go(s, SESSION_GOTO_INSN, false, 500000);
        }
        desk_go(s, SESSION_GOTO_INSN, false, 500000);
        type(s, "ls\n");
        desk_go(s, SESSION_GOTO_INSN, false, 2900000);
        desk_go(s, SESSION_GOTO_INSN, false, 1500000);
        desk_go(s, SESSION_GOTO_INSN, false, 2900000);
        hash[ahead] = session_hash(s);
        (void)session_console(s, 0, &said[ahead]);
        session_destroy(s);
    }
    cr_assert_eq(hash[0], hash[1]);
    cr_assert_eq(said[0], said[1]);
    desk_close(&desk);
}

static void mark(struct session *s, const char *name)
{
    struct sim_error err;
    struct session_input in = {.kind = INPUT_MARK};
    (void)snprintf(in.name, sizeof in.name, "%s", name);
    cr_assert(session_give(s, &in, &err), "%s", err.text);
}

Test(session_inputs, a_mark_in_a_future_that_is_no_more_goes_with_it)
{
    static struct desk desk;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "", 16);
    desk_go(s, SESSION_GOTO_INSN, false, 5000);
    mark(s, "late");
    desk_go(s, SESSION_GOTO_INSN, false, 1000);
    mark(s, "early");
    (void)session_marks(s, &n);
    cr_assert_eq(n, 2, "marking in the past changes nothing");
    type(s, "x");
    const struct session_input *marks = session_marks(s, &n);
    cr_assert_eq(n, 1);
    cr_assert_str_eq(marks[0].name, "early");
    desk_end(&desk, s);
}

/* The end of a recording is a place outside of exits, also if one typed inside of one. */
Test(session_inputs, what_was_typed_inside_an_exit_is_recorded)
{
    static struct desk desk;
    struct sim_error err;
    uint8_t *bytes;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "", 16);
    desk_go(s, SESSION_GOTO_INSN, false, 600000);
    desk_go(s, SESSION_GOTO_EXIT, false, 300);
    cr_assert_neq(session_position(s)->phase, SESSION_OUTSIDE);
    type(s, "ls\n");
    for (unsigned later = 0; later < 2; later++) {
        cr_assert_eq(session_record(s, NULL, &bytes, &n, &err), SIM_OK, "%s", err.text);
        struct session *other = desk_session(&desk);
        cr_assert_eq(session_replay(other, bytes, n, &err), SIM_OK, "%s", err.text);
        if (later) {
            desk_go(other, SESSION_GOTO_INSN, false, 2000000);
            cr_assert_eq(session_hash(other), session_hash(s));
        }
        session_destroy(other);
        sim_free(bytes);
        desk_go(s, SESSION_GOTO_INSN, false, 2000000);
    }
    desk_end(&desk, s);
}

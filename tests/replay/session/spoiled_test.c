/*
 * Files that were spoiled behind their checksum: whatever number of a saved session is changed, it
 * is refused in a sentence and the session is as before, or it is what the session then holds.
 * Nothing in a file is ignored, and no part of it escapes.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "desk.h"
#include "sim/alloc.h"
#include "tests/fuzz/session/parts.h"

#define WORKLOAD "hz=1000 run=\"mkdir /x; fork; ls; halt\""
#define NOTE     "a note"
#ifdef __SANITIZE_ADDRESS__
#define TRIES 4u /* changes of a part */
#else
#define TRIES 12u
#endif

static uint64_t draw(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* An edit that harms nobody, a mark, and more typing than there is room for. */
static struct session *lived(struct desk *desk)
{
    struct sim_error err;
    struct session *s = desk_session(desk);
    struct session_input in = {.kind = INPUT_REGISTER, .address = R_EDX};
    const struct session_input mark = {.kind = INPUT_MARK, .name = "here"};
    const struct session_input key = {.kind = INPUT_CONSOLE, .value = 'x'};
    struct cpu_state guest;
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    cr_assert(session_guest(s, 0, &guest));
    in.value = guest.gpr[R_EDX]; /* an edit that harms nobody, wherever the guest is */
    cr_assert(session_give(s, &in, &err) && session_give(s, &mark, &err), "%s", err.text);
    desk_go(s, SESSION_GOTO_INSN, false, 1100000);
    for (unsigned i = 0; i < 20; i++)
        cr_assert(session_give(s, &key, &err), "%s", err.text);
    return s;
}

static uint8_t *good_file(struct desk *desk, size_t *n, struct parts *parts)
{
    struct sim_error err;
    uint8_t *bytes;
    struct session *s = lived(desk);
    cr_assert_eq(session_save(s, NOTE, &bytes, n, &err), SIM_OK, "%s", err.text);
    parts_of(s, bytes, *n, parts);
    session_destroy(s);
    return bytes;
}

/* Chips keep only what their registers can hold, and arm their timers anew; of pages only those are
 * written that say anything. */
static bool is_brought_into_form(const struct part *part)
{
    size_t n = strlen(part->name);
    return (n > 6 && strcmp(part->name + n - 6, "_state") == 0) ||
           strstr(part->name, "clock") != NULL || strcmp(part->name, "numbers of pages") == 0;
}

/* The file that comes out of the session that one went into. */
static uint8_t *saved_again(struct session *s, size_t *n)
{
    struct sim_error err;
    uint8_t *bytes;
    cr_assert_eq(session_save(s, NOTE, &bytes, n, &err), SIM_OK, "%s", err.text);
    return bytes;
}

static bool same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

struct spoiling {
    struct desk desk;
    struct session *s;
    uint64_t fresh;
    unsigned taken, refused;
};

static void renew(struct spoiling *sp)
{
    session_destroy(sp->s);
    sp->s = desk_session(&sp->desk);
}

/* It was taken: the same bytes come out again, or a form of them in which they stay. */
static void expect_kept(struct spoiling *sp, const uint8_t *bytes, size_t n,
                        const struct part *part)
{
    size_t once_size, twice_size;
    uint8_t *once = saved_again(sp->s, &once_size);
    if (!same(once, once_size, bytes, n)) {
        struct sim_error err;
        cr_expect(is_brought_into_form(part), "%s: what is in the file is not kept", part->name);
        renew(sp);
        cr_assert_eq(session_restore(sp->s, once, once_size, &err), SIM_OK, "%s: %s", part->name,
                     err.text);
        uint8_t *twice = saved_again(sp->s, &twice_size);
        cr_expect(same(once, once_size, twice, twice_size), "%s: changes each time", part->name);
        sim_free(twice);
    }
    sim_free(once);
    renew(sp);
}

/* Changes a number of a part, and back. */
static void spoil(struct spoiling *sp, uint8_t *bytes, size_t n, const struct part *part,
                  uint64_t *x)
{
    struct sim_error err = {SIM_OK, ""};
    size_t at = part_place(part, (size_t)draw(x));
    uint8_t was = bytes[at];
    bytes[at] = (uint8_t)(draw(x) % 2 ? was ^ 1u << draw(x) % 8 : draw(x));
    parts_seal(bytes, n);
    enum sim_status status = session_restore(sp->s, bytes, n, &err);
    if (status == SIM_OK) {
        sp->taken++;
        expect_kept(sp, bytes, n, part);
    } else {
        sp->refused++;
        cr_assert_eq(status, SIM_BAD_INPUT);
        cr_assert_gt(strlen(err.text), 5);
        cr_assert_eq(session_hash(sp->s), sp->fresh, "%s: refused, and the session is another",
                     part->name);
    }
    bytes[at] = was;
}

ParameterizedTestParameters(session_spoiled, every_number_is_refused_or_kept)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spoiled, every_number_is_refused_or_kept)
{
    static struct spoiling sp;
    static struct parts parts;
    uint64_t x = 7;
    size_t n;
    desk_open(&sp.desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    uint8_t *bytes = good_file(&sp.desk, &n, &parts);
    sp.s = desk_session(&sp.desk);
    sp.fresh = session_hash(sp.s);
    for (unsigned p = 0; p + 1 < parts.count; p++) /* the last is the checksum itself */
        for (unsigned i = 0; i < TRIES && strcmp(parts.part[p].name, "note") != 0; i++)
            spoil(&sp, bytes, n, &parts.part[p], &x);
    cr_expect_gt(parts.count, *mode == MODE_native ? 40u : 70u, "%u parts", parts.count);
    cr_expect_gt(sp.taken, parts.count, "%u taken", sp.taken);
    cr_expect_gt(sp.refused, parts.count, "%u refused", sp.refused);
    sim_free(bytes);
    session_destroy(sp.s);
    desk_close(&sp.desk);
}

/* ---------------------------------------- what never comes */

static const struct part *part_named(const struct parts *parts, const char *name)
{
    for (unsigned p = 0; p < parts->count; p++)
        if (strcmp(parts->part[p].name, name) == 0)
            return &parts->part[p];
    cr_assert_fail("no part %s", name);
    return NULL;
}

static void put_number(uint8_t *bytes, size_t n, size_t at, uint64_t value)
{
    memcpy(bytes + at, &value, sizeof(value));
    parts_seal(bytes, n);
}

/* What of a recording's positions is changed, and to what, so that no run ever stands there. */
static const struct nowhere {
    const char *part;
    size_t offset; /* of an instruction count, an exit's number, a cycle */
    uint64_t value;
} nowheres[] = {
    {"inputs", 8, 1u << 30},
    {"inputs", 16, 1000},
    {"furthest", 8, 1u << 30},
};

/* The hashes behind it would tell as well: they are taken out. */
static void forget_hashes(uint8_t *bytes, size_t *n, const struct parts *parts)
{
    size_t number = part_named(parts, "number of hashes")->at;
    memmove(bytes + number + 8, bytes + *n - 8, 8);
    *n = number + 16;
    put_number(bytes, *n, number, 0);
}

ParameterizedTestParameters(session_spoiled, a_replay_does_not_wait_for_what_never_comes)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spoiled, a_replay_does_not_wait_for_what_never_comes)
{
    static struct desk desk;
    static struct parts parts;
    struct sim_error err;
    struct session_event e;
    const struct session_move all = {.verb = SESSION_CONTINUE, .reason = -1};
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    for (size_t i = 0; i < sizeof(nowheres) / sizeof(nowheres[0]); i++) {
        const struct nowhere *w = &nowheres[i];
        uint8_t *bytes;
        size_t n;
        struct session *s = lived(&desk);
        desk_go(s, SESSION_GOTO_INSN, false, 1500000);
        cr_assert_eq(session_record(s, NOTE, &bytes, &n, &err), SIM_OK, "%s", err.text);
        parts_of(s, bytes, n, &parts);
        session_destroy(s);
        put_number(bytes, n, part_named(&parts, w->part)->at + w->offset, w->value);
        forget_hashes(bytes, &n, &parts);
        s = desk_session(&desk);
        cr_assert_eq(session_replay(s, bytes, n, &err), SIM_OK, "%s", err.text);
        cr_expect_not(session_go(s, &all, &e));
        cr_expect(strstr(e.text, "differs from the recording"), "%zu: %s", i, e.text);
        sim_free(bytes);
        session_destroy(s);
    }
    desk_close(&desk);
}

/* ---------------------------------------- what never was */

/* What cannot have been in any run: a part of a saved session, and a number in it. The session's
 * own first number is how many inputs have taken effect: those that lie behind have. */
static const struct nowhere impossible[] = {
    {"the session's own", 0, 0},  {"furthest", 0, 1ull << 63},
    {"furthest", 16, UINT64_MAX}, {"position", 8, UINT64_MAX / 2},
    {"marks", 0, 1ull << 40},     {"marks", 16, 1ull << 40},
    {"inputs", 0, 1ull << 40},    {"marks", 44, 0x6c1b},
    {"marks", 44, 0x2061},        {"when to try again", 0, 1ull << 50},
};

ParameterizedTestParameters(session_spoiled, what_cannot_have_happened_is_refused)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spoiled, what_cannot_have_happened_is_refused)
{
    static struct desk desk;
    static struct parts parts;
    struct sim_error err;
    size_t n;
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    uint8_t *bytes = good_file(&desk, &n, &parts);
    struct session *s = desk_session(&desk);
    uint64_t fresh = session_hash(s);
    for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
        const struct nowhere *w = &impossible[i];
        size_t at = part_named(&parts, w->part)->at + w->offset;
        uint64_t was;
        memcpy(&was, bytes + at, sizeof(was));
        put_number(bytes, n, at, w->value);
        cr_expect_eq(session_restore(s, bytes, n, &err), SIM_BAD_INPUT, "%s+%zu", w->part,
                     w->offset);
        cr_expect_eq(session_hash(s), fresh);
        put_number(bytes, n, at, was);
    }
    cr_expect_eq(session_restore(s, bytes, n, &err), SIM_OK, "%s", err.text);
    sim_free(bytes);
    desk_end(&desk, s);
}

/* What is only said of the run, and is not so: going through it once more shows it. */
static const struct nowhere untrue[] = {
    {"furthest", 0, 1ull << 40}, /* the guest ends before, or its cycles are further */
    {"pages", 0, 0x123456789},
};

ParameterizedTestParameters(session_spoiled, a_past_that_leads_elsewhere_is_not_recorded)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_spoiled, a_past_that_leads_elsewhere_is_not_recorded)
{
    static struct desk desk;
    static struct parts parts;
    struct sim_error err;
    size_t n;
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 8);
    for (size_t i = 0; i < sizeof(untrue) / sizeof(untrue[0]); i++) {
        uint8_t *bytes = good_file(&desk, &n, &parts), *recording;
        struct session *s = desk_session(&desk);
        const struct part *part = part_named(&parts, untrue[i].part);
        put_number(bytes, n, part_place(part, (part->count - 1) * part->size), untrue[i].value);
        cr_assert_eq(session_restore(s, bytes, n, &err), SIM_OK, "%s", err.text);
        uint64_t hash = session_hash(s);
        cr_expect_eq(session_record(s, NOTE, &recording, &n, &err), SIM_BAD_INPUT);
        cr_expect(strstr(err.text, "differs from the file"), "%zu: %s", i, err.text);
        cr_expect_eq(session_hash(s), hash, "nothing has changed");
        sim_free(bytes);
        session_destroy(s);
    }
    desk_close(&desk);
}

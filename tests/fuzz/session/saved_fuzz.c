/*
 * Recordings and saved sessions come out of mails: whatever is in them, they are refused in a
 * sentence and the session is as before, or what they hold runs on without harm to the host.
 *
 * The input is not the file: a checksum would refuse whatever a fuzzer makes of it. It is a list of
 * edits to a good file, after which the checksum is made right again. Byte 0: bits 0-1 what runs,
 * bit 2 a recording, bit 3 the checksum stays as it was. Then edits of 9 bytes: part of the file,
 * how, offset in the part (3 bytes), value (4).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "sim/alloc.h"
#include "tests/replay/session/desk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EDIT_BYTES 9u
#define MOST_EDITS 32u
#define RUN_CYCLES 40000u

enum { SAVED, RECORDED, KINDS };

/* One of the things that run: made once, and its session again whenever a file was taken. */
struct base {
    struct desk desk;
    struct session *fresh;
    uint64_t hash; /* of the fresh one */
    uint8_t *bytes[KINDS];
    size_t n[KINDS];
    struct parts parts[KINDS];
};

static struct base bases[4];

static void require(bool ok, const char *what, const char *why)
{
    if (ok)
        return;
    (void)fprintf(stderr, "saved_fuzz: %s: %s\n", what, why);
    abort();
}

/* ---------------------------------------- good files */

static void give(struct session *s, struct session_input in)
{
    struct sim_error err = {SIM_OK, ""};
    require(session_give(s, &in, &err), "an input", err.text);
}

/* Some of everything that can be in a file. */
static void live(struct session *s)
{
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    give(s, (struct session_input){.kind = INPUT_REGISTER, .address = 2, .value = 5});
    give(s, (struct session_input){.kind = INPUT_MARK, .name = "here"});
    give(s, (struct session_input){.kind = INPUT_CONSOLE, .value = 'x'});
    desk_go(s, SESSION_GOTO_INSN, false, 1100000);
    give(s, (struct session_input){
                .kind = INPUT_MEMORY, .space = SPACE_GUEST_PHYSICAL, .address = 9, .value = 1});
    give(s, (struct session_input){.kind = INPUT_KEY, .value = 0x1c});
    desk_go(s, SESSION_STEP, false, 30000);
    for (unsigned i = 0; i < 20; i++) /* more than there is room for */
        give(s, (struct session_input){.kind = INPUT_CONSOLE, .value = 'y'});
    desk_go(s, SESSION_STEP, false, 1000);
}

static void make(struct base *b, unsigned which)
{
    static const enum hv_mode_id modes[] = {MODE_native, MODE_trap, MODE_pv, MODE_trap};
    struct sim_error err = {SIM_OK, ""};
    desk_open(&b->desk, modes[which], "hz=1000 run=\"mkdir /x; fork; ls; ls; ls; ls; halt\"", 8);
    if (which == 3) {
        b->desk.config.hv.vms = 2;
        b->desk.config.hv.slice_cycles = 20000;
        b->desk.config.hv.shadow_pages = 24;
        b->desk.config.disk[1][0] = b->desk.config.disk[0][0];
    }
    struct session *s = desk_session(&b->desk);
    live(s);
    require(session_save(s, "{}", &b->bytes[SAVED], &b->n[SAVED], &err) == SIM_OK, "save",
            err.text);
    require(session_record(s, "{}", &b->bytes[RECORDED], &b->n[RECORDED], &err) == SIM_OK, "record",
            err.text);
    for (unsigned k = 0; k < KINDS; k++)
        parts_of(s, b->bytes[k], b->n[k], &b->parts[k]);
    session_destroy(s);
}

/* ---------------------------------------- edits */

static void put(uint8_t *bytes, size_t n, size_t at, uint64_t value, unsigned size)
{
    if (at + size <= n)
        memcpy(bytes + at, &value, size);
}

static uint64_t get(const uint8_t *bytes, size_t n, size_t at, unsigned size)
{
    uint64_t value = 0;
    if (at + size <= n)
        memcpy(&value, bytes + at, size);
    return value;
}

/* One edit; the file may become shorter or longer (there is room). Returns its length. */
static size_t edit(const struct parts *parts, uint8_t *bytes, size_t n, const uint8_t *e)
{
    static const uint32_t odd[] = {0,      1,      0xffffffffu, 0x80000000u, 0x7fffffffu, 0x1000,
                                   0xffff, 0x8000, 0x100,       0xff,        0xfffff000u, 31};
    const struct part *part = &parts->part[e[0] % parts->count];
    uint32_t value = (uint32_t)get(e, EDIT_BYTES, 5, 4), length = 1 + value % 128;
    size_t at = part_place(part, (size_t)get(e, EDIT_BYTES, 2, 3));
    if (at + 8 > n) /* it was cut off */
        return n;
    switch (e[1] % 12) {
    case 0:
    case 1:
    case 2:
    case 3:
        put(bytes, n, at, value, 1u << e[1] % 12);
        break;
    case 4:
        bytes[at] ^= (uint8_t)(1u << value % 8);
        break;
    case 5:
        put(bytes, n, at, get(bytes, n, at, 4) + value % 9 - 4, 4);
        break;
    case 6:
        put(bytes, n, at, get(bytes, n, at, 8) + (uint64_t)(int64_t)(int32_t)value, 8);
        break;
    case 7:
        put(bytes, n, at, odd[value % 12], e[1] & 16 ? 8 : 4);
        break;
    case 8: /* the same as somewhere else in the part */
        put(bytes, n, at, get(bytes, n, part_place(part, value), 8), 8);
        break;
    case 9:
        length = length < n - at ? length : (uint32_t)(n - at);
        memmove(bytes + at, bytes + at + length, n - at - length);
        return n - length;
    case 10:
        memmove(bytes + at + length, bytes + at, n - at);
        return n + length;
    default:
        return value % 64 ? n : at;
    }
    return n;
}

/* ---------------------------------------- what becomes of it */

static void go(struct session *s, struct session_move m)
{
    struct session_event e;
    m.no_points = true;
    m.reason = -1;
    (void)session_go(s, &m, &e);
    require(e.why < SESSION_WHYS && (!e.failed || e.text[0]), "a move", "fails without a word");
}

/* It was taken: it runs, forwards and back, and everything can be looked at. */
static void use(struct session *s)
{
    struct cpu_state guest;
    struct hv_audit audit;
    size_t n;
    for (unsigned v = 0; v < s->hv->vms; v++) {
        (void)session_guest(s, v, &guest);
        (void)session_console(s, v, &n);
    }
    hv_audit(s->hv, &audit);
    go(s, (struct session_move){.verb = SESSION_CONTINUE,
                                .cycle = session_position(s)->cycle + RUN_CYCLES});
    go(s, (struct session_move){.verb = SESSION_STEP, .back = true, .count = 100});
    go(s, (struct session_move){.verb = SESSION_PHASE});
    if (session_position(s)->phase != SESSION_OUTSIDE)
        go(s, (struct session_move){.verb = SESSION_FINISH});
    (void)session_hash(s);
}

/* To just before where a recording has something, and over it. */
static void replay(struct session *s)
{
    size_t n;
    const struct session_input *in = session_inputs(s, &n);
    uint64_t cycle = n ? in[0].at.cycle : 0;
    if (cycle > 3000000)
        cycle = 3000000;
    go(s, (struct session_move){.verb = SESSION_CONTINUE, .cycle = cycle + 100000});
    go(s, (struct session_move){.verb = SESSION_STEP, .back = true, .count = 10});
}

static bool try(struct base *b, unsigned kind, const uint8_t *bytes, size_t n)
{
    struct sim_error err = {SIM_OK, ""};
    if (!b->fresh) {
        b->fresh = desk_session(&b->desk);
        b->hash = session_hash(b->fresh);
    }
    struct session *s = b->fresh;
    enum sim_status status =
        kind == SAVED ? session_restore(s, bytes, n, &err) : session_replay(s, bytes, n, &err);
    if (status != SIM_OK) {
        require(err.text[0] && status == SIM_BAD_INPUT, "refused", "without a sentence");
        require(session_hash(s) == b->hash, "refused", "and the session is another");
        return false;
    }
    if (kind == SAVED)
        use(s);
    else
        replay(s);
    session_destroy(s);
    b->fresh = NULL;
    return true;
}

/* ---------------------------------------- counts, for who asks */

static struct {
    unsigned long taken, refused, edits[PARTS_MOST];
} counts[4][KINDS];

static void tell_parts(const struct parts *parts, const unsigned long *edits)
{
    unsigned never = 0;
    for (unsigned p = 0; p < parts->count; p++)
        if (!edits[p]) {
            never++;
            (void)fprintf(stderr, "  never edited: %s\n", parts->part[p].name);
        }
    (void)fprintf(stderr, "  %u of %u parts were edited\n", parts->count - never, parts->count);
}

static void tell(void)
{
    static const char *const kinds[KINDS] = {"saved", "recorded"};
    for (unsigned w = 0; w < 4; w++)
        for (unsigned k = 0; k < KINDS; k++) {
            (void)fprintf(stderr, "saved_fuzz: %u %s: %lu taken, %lu refused\n", w, kinds[k],
                          counts[w][k].taken, counts[w][k].refused);
            tell_parts(&bases[w].parts[k], counts[w][k].edits);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool asked;
    if (!size)
        return 0;
    unsigned which = data[0] & 3u, kind = data[0] >> 2 & 1u;
    struct base *b = &bases[which];
    if (!b->bytes[0])
        make(b, which);
    if (!asked && getenv("SAVED_FUZZ_COUNTS"))
        (void)atexit(tell);
    asked = true;
    size_t n = b->n[kind];
    uint8_t *bytes = malloc(n + MOST_EDITS * 128);
    if (!bytes)
        return 0;
    memcpy(bytes, b->bytes[kind], n);
    for (size_t i = 0; i < MOST_EDITS && 1 + (i + 1) * EDIT_BYTES <= size; i++) {
        const uint8_t *e = data + 1 + i * EDIT_BYTES;
        counts[which][kind].edits[e[0] % b->parts[kind].count]++;
        n = edit(&b->parts[kind], bytes, n, e);
    }
    if (!(data[0] & 8))
        parts_seal(bytes, n);
    uint8_t *exact = malloc(n ? n : 1); /* the sanitizer sees what is read behind its end */
    if (exact) {
        memcpy(exact, bytes, n);
        if (try(b, kind, exact, n))
            counts[which][kind].taken++;
        else
            counts[which][kind].refused++;
    }
    free(exact);
    free(bytes);
    return 0;
}

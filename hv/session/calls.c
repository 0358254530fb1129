/*
 * Moves that know what a call is: over calls, and out of functions.
 *
 * Nothing is assumed of frame pointers or debug information: who called the present function is
 * found by going through the latest instructions once more, one by one.
 */
#include "session/internal.h"

#include <stdio.h>
#include <string.h>

#include "sim/alloc.h"

/* How far back a call is looked for, in instructions: first near, then further. */
static const uint64_t windows[] = {2000, 50000, 1000000};

#define MAX_FRAMES  4096u
#define STACK_REACH 0x100000u /* frames further away are on another stack */

enum flow { FLOW_NONE, FLOW_CALL, FLOW_RETURN, FLOW_REPEAT };

struct at { /* an instruction, and where it stands */
    struct cpu_state guest;
    struct insn insn;
    enum flow flow;
    uint32_t linear;
};

/* Reads what can be read of [gva, gva + n). */
static unsigned read_code(struct session *s, unsigned vm, uint32_t gva, uint8_t *bytes, unsigned n)
{
    unsigned got = 0;
    if (hv_guest_linear(s->hv, vm, gva, bytes, n))
        return n;
    while (got < n && hv_guest_linear(s->hv, vm, gva + got, bytes + got, 1))
        got++;
    return got;
}

static enum flow flow_of(const struct insn *in)
{
    const struct insn_row *row = insn_row_of(in);
    if (!strcmp(row->title, "CALL") || row->class == CLASS_INTERRUPT)
        return FLOW_CALL;
    if (!strcmp(row->title, "RET") || row->trap == TRAP_IRET)
        return FLOW_RETURN;
    if (insn_repeats(in))
        return FLOW_REPEAT;
    return FLOW_NONE;
}

static enum flow decode_at(struct session *s, const struct cpu_state *guest, uint32_t linear,
                           struct insn *in)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    unsigned n = read_code(s, s->vm, linear, bytes, sizeof(bytes));
    unsigned mode = ((guest->seg[SEG_CS].ar & AR_DB) ? DECODE_CODE32 : 0u) |
                    ((guest->seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u);
    memset(in, 0, sizeof(*in));
    if (insn_decode(bytes, n, mode, in) != DECODE_OK) {
        in->len = 0;
        return FLOW_NONE;
    }
    return flow_of(in);
}

static bool look(struct session *s, struct at *at)
{
    if (!session_guest(s, s->vm, &at->guest))
        return false;
    at->linear = at->guest.seg[SEG_CS].base + at->guest.eip;
    at->flow = decode_at(s, &at->guest, at->linear, &at->insn);
    return true;
}

static uint32_t esp_of(const struct cpu_state *guest)
{
    return guest->gpr[4];
}

/* A breakpoint of our own, in the present guest. 0: none could be made. */
static unsigned stop_at(struct session *s, uint32_t linear, const char *relation, uint32_t esp)
{
    struct session_point p = {.kind = POINT_CODE,
                              .enabled = true,
                              .silent = true,
                              .vm = s->vm,
                              .cr3 = POINT_ANY,
                              .address = linear};
    struct sim_error err;
    if (relation)
        (void)snprintf(p.condition, sizeof(p.condition), "esp %s 0x%x", relation, (unsigned)esp);
    return session_point_add(s, &p, &err);
}

/* ---------------------------------------- next */

static void next_forward(struct session *s, const struct session_move *m, struct session_event *e)
{
    struct at at;
    unsigned number = 0;
    const struct session_move one = {.verb = SESSION_STEP, .count = 1, .no_points = m->no_points};
    if (!s->view.live && look(s, &at) && at.insn.len && at.flow == FLOW_CALL)
        number = stop_at(s, at.linear + at.insn.len, ">=", esp_of(&at.guest));
    else if (!s->view.live && look(s, &at) && at.flow == FLOW_REPEAT)
        number = stop_at(s, at.linear + at.insn.len, NULL, 0);
    if (!number) {
        move_step(s, &one, e);
        return;
    }
    move_to_point(s, m, number, e);
}

/* The call behind which we are: where it is, if it is one of the usual forms. */
static unsigned stops_at_calls(struct session *s, const struct at *here, uint32_t popped,
                               unsigned numbers[8])
{
    static const uint8_t lengths[] = {2, 3, 4, 5, 6, 7};
    unsigned n = 0;
    for (unsigned i = 0; i < sizeof(lengths); i++) {
        struct insn in;
        uint32_t linear = here->linear - lengths[i];
        if (decode_at(s, &here->guest, linear, &in) != FLOW_CALL || in.len != lengths[i])
            continue;
        unsigned number = stop_at(s, linear, "==", esp_of(&here->guest) - popped);
        if (number)
            numbers[n++] = number;
    }
    return n;
}

static void next_backward(struct session *s, const struct session_move *m, struct session_event *e)
{
    struct at here, before;
    unsigned numbers[8], n = 0;
    const struct session_position from = s->now;
    const struct session_move one = {
        .verb = SESSION_STEP, .count = 1, .back = true, .no_points = m->no_points};
    bool known = look(s, &here);
    move_step(s, &one, e);
    if (e->why != SESSION_DONE || e->failed || !known || !look(s, &before))
        return;
    if (before.flow == FLOW_RETURN) {
        uint32_t popped = before.insn.opsize ? before.insn.imm & 0xffffu : 0;
        n = stops_at_calls(s, &here, popped, numbers);
    } else if (before.flow == FLOW_REPEAT) {
        unsigned number = stop_at(s, before.linear, NULL, 0);
        if (number)
            numbers[n++] = number;
    }
    if (!n)
        return;
    const struct session_position there = s->now;
    if (travel_to(s, &from) == RAN_THERE && move_back_to_points(s, numbers, n, e))
        return;
    (void)travel_to(s, &there); /* no call was found: one instruction, then */
}

void move_next(struct session *s, const struct session_move *m, struct session_event *e)
{
    for (uint64_t i = 0; i < (m->count ? m->count : 1); i++) {
        if (m->back)
            next_backward(s, m, e);
        else
            next_forward(s, m, e);
        if (e->why != SESSION_DONE)
            return;
    }
}

/* ---------------------------------------- finish */

struct frame_met {
    uint32_t slot, back; /* where the return address lies, and what it is */
    struct session_position call;
};

struct walk {
    struct frame_met *frame; /* owned */
    unsigned count;
    const struct cpu_state *end; /* the guest at the place that is asked about */
};

/* The same level and address space, and near in the stack. */
static bool same_stack(const struct cpu_state *a, const struct cpu_state *b)
{
    uint32_t apart = esp_of(a) - esp_of(b) + STACK_REACH;
    return a->cpl == b->cpl && a->cr3 == b->cr3 && apart < 2 * STACK_REACH;
}

/* One instruction of the walk: pushes what it calls, pops what was returned from. */
static bool walk_one(struct session *s, struct walk *w)
{
    struct at at;
    struct cpu_state after;
    const struct session_position here = s->now;
    const struct aim aim = {.insn = here.insn + 1};
    if (!look(s, &at) || run_to(s, &aim) != RAN_THERE || !session_guest(s, s->vm, &after))
        return false;
    if (!same_stack(&after, w->end))
        return true;
    while (w->count && w->frame[w->count - 1].slot < esp_of(&after))
        w->count--;
    if (at.flow == FLOW_CALL && insn_row_of(&at.insn)->class != CLASS_INTERRUPT &&
        same_stack(&at.guest, w->end) && w->count < MAX_FRAMES)
        w->frame[w->count++] = (struct frame_met){esp_of(&after), at.guest.eip + at.insn.len, here};
    return true;
}

static bool find_frame(struct session *s, struct walk *w, const struct session_position *here,
                       uint64_t window)
{
    w->count = 0;
    uint64_t from = here->insn > window ? here->insn - window : 0;
    if (travel_insn(s, from) != RAN_THERE)
        return false;
    while (s->now.insn < here->insn)
        if (!walk_one(s, w) || (s->poll && s->poll(s->poll_opaque)))
            return false;
    return w->count && w->frame[w->count - 1].slot >= esp_of(w->end);
}

/* Out of the present function: to behind its call, or back to before it. */
static bool out_of_function(struct session *s, const struct session_move *m,
                            struct session_event *e)
{
    struct cpu_state end;
    const struct session_position here = s->now;
    struct walk w = {.frame = sim_alloc(MAX_FRAMES, sizeof(*w.frame)), .end = &end};
    bool found = false;
    if (w.frame && session_guest(s, s->vm, &end)) {
        spot_off(s);
        for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]) && !found; i++) {
            found = find_frame(s, &w, &here, windows[i]);
            if (here.insn <= windows[i])
                break;
        }
        (void)travel_to(s, &here);
    }
    if (found && m->back) {
        move_arrive(s, &w.frame[w.count - 1].call, e);
    } else if (found) {
        const struct frame_met *f = &w.frame[w.count - 1];
        uint32_t linear = end.seg[SEG_CS].base + f->back;
        unsigned number = stop_at(s, linear, ">", f->slot);
        move_to_point(s, m, number, e);
    }
    sim_free(w.frame);
    return found;
}

void move_finish(struct session *s, const struct session_move *m, struct session_event *e)
{
    if (s->view.live) {
        if (m->back) { /* out of the exit, to before it */
            const struct session_position to = {.insn = s->now.insn};
            move_arrive(s, &to, e);
        } else {
            move_behind(s, e);
        }
        return;
    }
    if (!out_of_function(s, m, e))
        move_refuse(e, "no call of the present function was found in the last million "
                       "instructions");
}

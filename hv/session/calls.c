/*
 * Moves that know what a call is: over calls, and out of functions.
 *
 * Nothing is assumed of frame pointers or debug information: who called the present function is
 * found by going through the latest instructions once more, one by one.
 */
#include "session/calls.h"

#include <stdio.h>
#include <string.h>

#include "sim/alloc.h"

/* How far back a call is looked for, in instructions: first near, then further. */
static const uint64_t windows[] = {2000, 50000, 1000000};

#define MAX_FRAMES  4096u
#define STACK_REACH 0x100000u /* frames further away are on another stack */

static uint32_t esp_of(const struct cpu_state *guest)
{
    return guest->gpr[4];
}

/* What a function takes off its caller's stack at most, in bytes. Another process that comes by at
 * the same instruction has its stack further away. */
#define POPPED_MOST 0x3fcu

/*
 * A breakpoint of our own, in the present guest: on the stack of `guest`, with ESP from `low` up by
 * at most `more`. Programs may have their stacks at the same addresses. 0: none could be made.
 */
static unsigned stop_at(struct session *s, const struct cpu_state *guest, uint32_t linear,
                        uint32_t low, uint32_t more)
{
    char condition[100];
    uint32_t high = low <= UINT32_MAX - more ? low + more : UINT32_MAX;
    int n = snprintf(condition, sizeof(condition), "esp>=0x%x&&esp<=0x%x", (unsigned)low,
                     (unsigned)high);
    if (guest->cpl == 3 && n > 0)
        (void)snprintf(condition + n, sizeof(condition) - (size_t)n, "&&cr3==0x%x",
                       (unsigned)guest->cr3);
    return own_point(s, POINT_CODE, linear, condition);
}

/* ---------------------------------------- next */

static void one(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct session_move step = {
        .verb = SESSION_STEP, .count = 1, .back = m->back, .no_points = m->no_points};
    if (m->no_points)
        move_step(s, &step, e);
    else if (m->back)
        move_own(s, &step, e);
    else
        own_forward(s, 1, true, e);
}

static void next_forward(struct session *s, const struct session_move *m, struct session_event *e)
{
    struct at at;
    unsigned number = 0;
    if (!s->view.live && calls_look(s, &at) && at.insn.len && at.flow == FLOW_CALL &&
        (m->no_points || !calls_is_interrupt(&at.insn)))
        number = stop_at(s, &at.guest, at.linear + at.insn.len, esp_of(&at.guest), POPPED_MOST);
    else if (!s->view.live && calls_look(s, &at) && at.flow == FLOW_REPEAT)
        number = stop_at(s, &at.guest, at.linear + at.insn.len, esp_of(&at.guest), 0);
    if (number)
        move_to_point(s, m, number, e);
    else
        one(s, m, e);
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
        if (calls_decode(s, &here->guest, linear, &in) != FLOW_CALL || in.len != lengths[i])
            continue;
        unsigned number = stop_at(s, &here->guest, linear, esp_of(&here->guest) - popped, 0);
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
    bool known = calls_look(s, &here);
    one(s, m, e);
    if (e->why != SESSION_DONE || e->failed || !known || !calls_look(s, &before))
        return;
    if (before.flow == FLOW_RETURN || own_returned(&before, &here.guest)) {
        bool pops = before.flow == FLOW_RETURN && before.insn.opsize;
        uint32_t popped = pops ? before.insn.imm & 0xffffu : 0;
        n = stops_at_calls(s, &here, popped, numbers);
    } else if (before.flow == FLOW_REPEAT) {
        unsigned number = stop_at(s, &here.guest, before.linear, esp_of(&here.guest), 0);
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
    bool is_event; /* no call: an event was delivered, and `event` is its frame */
    struct event_frame event;
};

struct walk {
    struct frame_met *frame; /* owned */
    unsigned count;
    const struct cpu_state *end;         /* the guest at the place that is asked about... */
    const struct session_position *here; /* ... and where that is */
    struct session_points theirs;        /* everybody's points, put away */
    unsigned trap;                       /* the one that is in force */
    bool (*poll)(void *opaque);
    bool interrupted; /* by whom the poll asks */
};

/* The walk stops at nobody's points, and sees events by one of its own. False: no memory. */
static bool put_away(struct session *s, struct walk *w)
{
    w->theirs = s->points;
    w->poll = s->poll;
    s->poll = NULL;
    s->points = (struct session_points){.last_number = w->theirs.last_number,
                                        .last_silent = w->theirs.last_silent};
    w->trap = own_point(s, POINT_TRAP, 0, "");
    return w->trap != 0;
}

static void put_back(struct session *s, struct walk *w)
{
    spot_off(s);
    points_fini(s);
    s->points = w->theirs;
    s->points.changed = true;
    s->poll = w->poll;
}

/* True: it shall end. */
static bool asked_to_end(struct session *s, struct walk *w)
{
    if (!w->poll)
        return false;
    put_back(s, w);
    w->interrupted = s->poll(s->poll_opaque);
    bool away = put_away(s, w);
    spot_on(s);
    return w->interrupted || !away;
}

/* The same level and address space, and near in the stack. */
static bool same_stack(const struct cpu_state *a, const struct cpu_state *b)
{
    uint32_t apart = esp_of(a) - esp_of(b) + STACK_REACH;
    return a->cpl == b->cpl && a->cr3 == b->cr3 && apart < 2 * STACK_REACH;
}

static void push_frame(struct walk *w, const struct frame_met *f)
{
    while (w->count && w->frame[w->count - 1].slot <= f->slot) /* left by another way */
        w->count--;
    if (w->count < MAX_FRAMES)
        w->frame[w->count++] = *f;
}

/* One instruction of the walk, or one event: pushes what it leads into, pops what was left. */
static bool walk_one(struct session *s, struct walk *w)
{
    struct at at;
    struct cpu_state after;
    struct frame_met f = {.call = s->now};
    const struct aim aim = {.insn = s->now.insn + 1},
                     rest = {.cycle = w->here->cycle, .exit = w->here->exit};
    const struct session_position before = s->now;
    bool last = s->now.insn >= w->here->insn;
    enum ran ran = calls_look(s, &at) ? run_to(s, last ? &rest : &aim) : RAN_FAILED;
    f.is_event = ran == RAN_SPOT && own_frame(s, &s->spot[0], &at.guest, &f.event);
    s->spots = 0;
    if (session_compare(&s->now, &before) == 0) /* `here` came from a file, and is nowhere */
        return false;
    if ((ran != RAN_THERE && ran != RAN_SPOT) || !session_guest(s, s->vm, &after))
        return false;
    if (!same_stack(&after, w->end))
        return true;
    while (w->count && w->frame[w->count - 1].slot < esp_of(&after))
        w->count--;
    if (f.is_event) {
        f.slot = f.event.slot;
        push_frame(w, &f);
    } else if (at.flow == FLOW_CALL && !calls_is_interrupt(&at.insn) &&
               same_stack(&at.guest, w->end) &&
               (s->hv->vms == 1 || own_progressed(&at.guest, &after))) {
        f.slot = esp_of(&after);
        f.back = at.guest.eip + at.insn.len;
        push_frame(w, &f);
    }
    return true;
}

static bool find_frame(struct session *s, struct walk *w, uint64_t window)
{
    w->count = 0;
    uint64_t from = w->here->insn > window ? w->here->insn - window : 0;
    spot_off(s);
    s->poll = w->poll;
    enum ran ran = travel_insn(s, from);
    s->poll = NULL;
    w->interrupted = ran == RAN_INTERRUPT;
    if (ran != RAN_THERE)
        return false;
    spot_on(s);
    for (unsigned n = 1; session_compare(&s->now, w->here) < 0; n++)
        if (!walk_one(s, w) || (n % 4096 == 0 && asked_to_end(s, w)))
            return false;
    return w->count && w->frame[w->count - 1].slot >= esp_of(w->end);
}

/* Goes through the latest instructions, and comes back. */
static bool find_caller(struct session *s, struct walk *w)
{
    bool found = false;
    if (put_away(s, w))
        for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]) && !found && !w->interrupted;
             i++) {
            found = find_frame(s, w, windows[i]);
            if (w->here->insn <= windows[i])
                break;
        }
    put_back(s, w);
    (void)travel_to(s, w->here);
    return found;
}

/* Out of the present function: to behind its call, or back to before it; out of a handler: to what
 * was interrupted. */
static bool out_of_function(struct session *s, const struct session_move *m,
                            struct session_event *e)
{
    struct cpu_state end;
    const struct session_position here = s->now;
    struct walk w = {.frame = sim_alloc(MAX_FRAMES, sizeof(*w.frame)), .end = &end, .here = &here};
    bool found = w.frame && session_guest(s, s->vm, &end) && find_caller(s, &w);
    const struct frame_met *f = found ? &w.frame[w.count - 1] : NULL;
    if (found && m->back)
        move_arrive(s, &f->call, e);
    else if (found)
        move_to_point(s, m,
                      f->is_event ? own_return(s, &f->event)
                                  : stop_at(s, &end, end.seg[SEG_CS].base + f->back, f->slot + 1,
                                            POPPED_MOST),
                      e);
    else if (w.interrupted)
        event_conclude(s, e, RAN_INTERRUPT, false);
    sim_free(w.frame);
    return found || w.interrupted;
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
        move_refuse(e, "no call that led here was found in the last million instructions, and no "
                       "interrupt: until ADDRESS goes on to a place");
}

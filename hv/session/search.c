/*
 * The first hit from here on, and the last one before here.
 *
 * Going back, the stretches between snapshots are run again, the latest first, and all that is met
 * is noted; the last hit that counts is gone to. Forwards one stops behind what was met (at a
 * breakpoint: before it), backwards before it, so that a store is undone.
 */
#include "session/internal.h"

#include <string.h>

#include "sim/alloc.h"

#define BACK_KEPT 4096u /* latest hits of one stretch */

static enum point_kind kind_of(struct session *s, const struct spot *spot)
{
    bool changed = s->points.changed;
    const struct session_point *p = session_point(s, spot->hit.point);
    s->points.changed = changed;
    return p ? (enum point_kind)p->kind : POINT_KINDS;
}

static bool is_exit(struct session *s, const struct spot *spot)
{
    enum point_kind kind = kind_of(s, spot);
    return kind == POINT_EXIT || kind == POINT_HYPERCALL;
}

static void start(struct session *s)
{
    s->searching = true;
    s->points.changed = true;
    s->pass = (struct session_position){.insn = UINT64_MAX};
}

/* A breakpoint where we stand does not stop us. */
static void pass_here(struct session *s)
{
    struct cpu_state guest;
    s->pass = s->now;
    s->pass_linear = session_guest(s, s->hv->current ? s->hv->current->vm->number : 0, &guest)
                         ? guest.seg[SEG_CS].base + guest.eip
                         : 0;
}

static void end(struct session *s)
{
    s->searching = false;
    spot_off(s);
}

/* ---------------------------------------- forwards */

/* From where the run stopped to where the user shall find himself. */
static enum ran arrive(struct session *s, const struct spot *spot)
{
    bool found;
    enum point_kind kind = kind_of(s, spot);
    if (is_exit(s, spot))
        return travel_phase(s, spot->at.exit, 0, &found);
    if (kind == POINT_CODE || spot->in_exit)
        return RAN_THERE;
    if (!spot->after && s->now.insn > spot->at.insn)
        return travel_insn(s, spot->at.insn + 1);
    const struct session_position now = s->now;
    return travel_to(s, &now);
}

/* Met before the position that the search started from, on the way to it. */
static bool is_old(struct session *s, const struct spot *spot, const struct session_position *from)
{
    int order = session_compare(&spot->at, from);
    return spot->in_exit && (order < 0 || (order == 0 && is_exit(s, spot)));
}

static bool choose(struct session *s, const struct session_position *from, struct spot *spot)
{
    for (unsigned i = 0; i < s->spots; i++) {
        if (is_old(s, &s->spot[i], from) || !points_true(s, &s->spot[i]) ||
            !points_count(s, &s->spot[i]))
            continue;
        *spot = s->spot[i];
        return true;
    }
    return false;
}

enum ran search_forward(struct session *s, const struct aim *aim, struct spot *spot)
{
    const struct session_position from = s->now;
    struct session_position pass;
    pass_here(s);
    pass = s->pass;
    if (s->all_count)
        pass.insn = UINT64_MAX;
    enum ran ran = travel_out(s);
    if (ran != RAN_THERE)
        return ran;
    start(s);
    s->pass = pass;
    for (;;) {
        ran = run_to(s, aim);
        if (ran != RAN_SPOT)
            break;
        if (choose(s, &from, spot)) {
            end(s);
            ran = arrive(s, spot);
            return ran == RAN_THERE ? RAN_SPOT : ran;
        }
        pass_here(s);
        s->spots = 0;
        if (s->poll && s->poll(s->poll_opaque)) {
            ran = RAN_INTERRUPT;
            break;
        }
    }
    end(s);
    return ran;
}

/* ---------------------------------------- backwards */

struct back {
    struct spot *spot; /* owned: a ring of the latest */
    uint64_t count;
    struct session_position floor; /* nothing before it counts */
};

static struct session_position arrival(struct session *s, const struct spot *spot)
{
    if (spot->in_exit || kind_of(s, spot) == POINT_CODE)
        return spot->at;
    return (struct session_position){.insn = spot->at.insn}; /* the first with that count */
}

static void gather(struct session *s, struct back *b, const struct session_position *before)
{
    for (unsigned i = 0; i < s->spots; i++) {
        const struct session_position at = arrival(s, &s->spot[i]);
        if (session_compare(&at, before) < 0 && session_compare(&at, &b->floor) >= 0 &&
            points_true(s, &s->spot[i]))
            b->spot[b->count++ % BACK_KEPT] = s->spot[i];
    }
    pass_here(s);
    s->spots = 0;
}

/* Each point that is met ends a run before its front end is asked: so it is asked here, now and
 * then. */
static bool interrupted(struct session *s, unsigned met)
{
    return met % 256 == 0 && s->poll && s->poll(s->poll_opaque);
}

/* Runs on to a position, gathering what comes before it. */
static enum ran sweep(struct session *s, struct back *b, const struct session_position *to)
{
    const struct aim first = {.insn = to->insn};
    bool inside = to->phase != SESSION_OUTSIDE;
    const struct aim rest = {
        .insn = inside ? to->insn + 1 : 0, .cycle = inside ? 0 : to->cycle, .exit = to->exit};
    unsigned met = 0;
    while (s->now.insn < to->insn) {
        enum ran ran = run_to(s, &first);
        gather(s, b, to);
        if (ran != RAN_THERE && ran != RAN_SPOT)
            return ran;
        if (interrupted(s, ++met))
            return RAN_INTERRUPT;
    }
    while (session_compare(&s->now, to) < 0) {
        enum ran ran = run_to(s, &rest);
        gather(s, b, to);
        if (ran != RAN_SPOT)
            return ran;
        if (interrupted(s, ++met))
            return RAN_INTERRUPT;
    }
    return RAN_THERE;
}

/* The latest hit of a stretch that is not to be ignored. */
static bool choose_last(struct session *s, struct back *b, struct spot *spot)
{
    for (uint64_t i = 0; i < b->count && i < BACK_KEPT; i++) {
        *spot = b->spot[(b->count - 1 - i) % BACK_KEPT];
        if (points_count(s, spot))
            return true;
    }
    return false;
}

/* To where one stops going back. The position may be known by its count only. */
static enum ran arrive_before(struct session *s, const struct spot *spot)
{
    const struct session_position to = arrival(s, spot);
    if (!spot->in_exit && kind_of(s, spot) != POINT_CODE)
        return travel_insn(s, to.insn);
    return travel_to(s, &to);
}

static enum ran stretch(struct session *s, struct back *b, struct history_snapshot *from,
                        const struct session_position *to)
{
    b->count = 0;
    if (!store_restore(s, from))
        return RAN_FAILED;
    start(s);
    enum ran ran = sweep(s, b, to);
    end(s);
    return ran;
}

static enum ran back(struct session *s, struct back *b, struct spot *spot)
{
    const struct session_position here = s->now;
    struct session_position to = here;
    struct history_snapshot *from = history_before(&s->history, &to, true);
    while (from) {
        enum ran ran = stretch(s, b, from, &to);
        if (ran == RAN_INTERRUPT || ran == RAN_FAILED) {
            bool (*poll)(void *) = s->poll;
            bool unmet = s->unmet; /* why it failed; the way back may not */
            s->poll = NULL;
            (void)travel_to(s, &here);
            s->poll = poll;
            s->unmet = unmet;
            return ran;
        }
        if (choose_last(s, b, spot)) {
            ran = arrive_before(s, spot);
            return ran == RAN_THERE ? RAN_SPOT : ran;
        }
        to = from->at;
        if (session_compare(&to, &b->floor) <= 0)
            break;
        from = from->index ? s->history.snapshot[from->index - 1] : NULL;
    }
    return RAN_THERE;
}

enum ran search_back(struct session *s, const struct session_position *floor, struct spot *spot)
{
    struct back b = {.spot = sim_alloc(BACK_KEPT, sizeof(*b.spot))};
    if (floor)
        b.floor = *floor;
    if (!b.spot)
        return RAN_FAILED;
    enum ran ran = back(s, &b, spot);
    sim_free(b.spot);
    return ran;
}

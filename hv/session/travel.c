/*
 * To a position, wherever it is: from the nearest snapshot before it, forwards. And onto an exit:
 * the run is let through it with a hook that copies the state at the phase that was asked for; then
 * that copy is put in place of what came after.
 */
#include "session/internal.h"

/* ---------------------------------------- snapshots as starting points */

/* Goes back to a snapshot before the present position. */
static enum ran back_to(struct session *s, struct history_snapshot *from)
{
    return from && store_restore(s, from) ? RAN_THERE : RAN_FAILED;
}

/* The last snapshot with fewer instructions, or the beginning. */
static struct history_snapshot *before_insn(const struct session *s, uint64_t insn)
{
    const struct session_position at = {.insn = insn};
    struct history_snapshot *snap = history_before(&s->history, &at, true);
    return snap ? snap : s->history.snapshot[0];
}

static struct history_snapshot *before_cycle(const struct session *s, uint64_t cycle)
{
    uint32_t i = s->history.count;
    while (i > 1 && s->history.snapshot[i - 1]->at.cycle >= cycle)
        i--;
    return s->history.snapshot[i - 1];
}

static struct history_snapshot *before_exit(const struct session *s, uint64_t exit)
{
    uint32_t i = s->history.count;
    while (i > 1 && s->history.snapshot[i - 1]->at.exit >= exit)
        i--;
    return s->history.snapshot[i - 1];
}

/* Is going on from here as good as from that snapshot? */
static bool from_here(const struct session *s, const struct history_snapshot *from)
{
    return !s->view.live && !s->torn && session_compare(&s->now, &from->at) >= 0;
}

/* Old starting points of views, and of steps back, serve no more. */
static void drop_scratch(struct session *s)
{
    for (uint32_t i = s->history.count; i-- > 1;)
        if (s->history.snapshot[i]->scratch)
            (void)history_drop(&s->history, s->history.snapshot[i]);
}

/* ---------------------------------------- plain positions */

/* Who goes back often goes back again: so a starting point is kept this many instructions before
 * where he went. */
#define NEAR 50000u

static enum ran keep_near(struct session *s, uint64_t insn)
{
    const struct aim near = {.insn = insn > NEAR ? insn - NEAR : 0};
    if (s->no_history || s->now.insn + 2 * NEAR > near.insn)
        return RAN_THERE;
    enum ran ran = run_to(s, &near);
    if (ran != RAN_THERE)
        return ran;
    drop_scratch(s);
    (void)store_take(s, true); /* without memory for it, the next step back takes longer */
    return RAN_THERE;
}

enum ran travel_insn(struct session *s, uint64_t insn)
{
    struct history_snapshot *from = before_insn(s, insn);
    const struct aim aim = {.insn = insn};
    if (!(s->now.insn < insn && from_here(s, from))) {
        enum ran ran = back_to(s, from);
        if (ran == RAN_THERE)
            ran = keep_near(s, insn);
        if (ran != RAN_THERE)
            return ran;
    }
    return insn ? run_to(s, &aim) : RAN_THERE;
}

enum ran travel_cycle(struct session *s, uint64_t cycle)
{
    struct history_snapshot *from = before_cycle(s, cycle);
    const struct aim aim = {.cycle = cycle};
    if (!(s->now.cycle < cycle && from_here(s, from))) {
        enum ran ran = back_to(s, from);
        if (ran != RAN_THERE)
            return ran;
    }
    return cycle ? run_to(s, &aim) : RAN_THERE;
}

/* The first position of a count, or a later one of which there is a snapshot: what lies between
 * need not be run again. */
static enum ran approach_place(struct session *s, const struct session_position *to)
{
    struct history_snapshot *near = history_before(&s->history, to, false);
    if (!near || near->at.insn != to->insn)
        return travel_insn(s, to->insn);
    enum ran ran = back_to(s, near);
    return ran == RAN_THERE && !inputs_edits(s) ? RAN_FAILED : ran;
}

enum ran travel_to(struct session *s, const struct session_position *to)
{
    bool found;
    if (to->phase != SESSION_OUTSIDE)
        return travel_phase(s, to->exit, to->phase, &found);
    enum ran ran = approach_place(s, to);
    const struct aim aim = {.cycle = to->cycle, .exit = to->exit};
    if (ran == RAN_THERE && session_compare(&s->now, to) < 0)
        ran = run_to(s, &aim);
    return ran;
}

/* ---------------------------------------- views */

enum ran travel_out(struct session *s)
{
    if (!s->view.live)
        return RAN_THERE;
    /* The instruction that led to the exit may have been counted before the exit began. */
    const struct aim aim = {.insn = s->view.insn ? s->view.insn - 1 : 0};
    enum ran ran = back_to(s, s->view.from);
    return ran == RAN_THERE && s->now.insn < aim.insn ? run_to(s, &aim) : ran;
}

enum ran travel_behind(struct session *s, uint64_t exit, uint64_t insn)
{
    const struct aim aim = {.insn = insn + 1, .exit = exit};
    enum ran ran = travel_out(s);
    return ran == RAN_THERE ? run_to(s, &aim) : ran;
}

/* To a snapshot shortly before an exit begins: behind the one before it. */
static enum ran approach(struct session *s, uint64_t exit)
{
    if (s->view.live && s->now.exit == exit) { /* nearer still: its instruction is known */
        enum ran ran = travel_out(s);
        return ran == RAN_THERE && !store_take(s, true) ? RAN_FAILED : ran;
    }
    struct history_snapshot *from = before_exit(s, exit);
    const struct aim aim = {.exit = exit - 1};
    enum ran ran = RAN_THERE;
    if (!(s->now.exit < exit && from_here(s, from)))
        ran = back_to(s, from);
    if (ran == RAN_THERE && s->now.exit < aim.exit)
        ran = run_to(s, &aim);
    if (ran == RAN_THERE && s->now.exit >= exit) /* nobody ran between the two: from further away */
        return back_to(s, from);
    return ran == RAN_THERE && !store_take(s, true) ? RAN_FAILED : ran;
}

static void put_view(struct session *s, struct history_snapshot *from)
{
    const struct capture *c = &s->capture;
    s->now = c->at;
    s->first = false;
    s->view = (struct session_view){
        .live = true, .from = from, .insn = c->insn, .guest = c->guest, .has_guest = c->has_guest};
    s->ended = s->waiting = false;
}

enum ran travel_phase(struct session *s, uint64_t exit, unsigned phase, bool *found)
{
    struct capture *c = &s->capture;
    *found = false;
    enum ran ran = approach(s, exit);
    if (ran != RAN_THERE)
        return ran;
    drop_scratch(s);
    struct history_snapshot *from = s->history.base;
    bool no_history = s->no_history;
    s->no_history = true; /* the base must stay what it is */
    c->armed = true;
    c->done = c->failed = c->has_guest = false;
    c->exit = exit;
    c->phase = phase;
    const struct aim aim = {.exit = exit};
    spot_hooks(s);
    ran = run_to(s, &aim);
    c->armed = false;
    spot_hooks(s);
    s->no_history = no_history;
    if (!c->done && s->hv->exits < exit)
        return ran == RAN_THERE ? RAN_FAILED : ran;
    if (!c->done)
        return ran == RAN_ENDED ? RAN_ENDED : RAN_THERE;
    if (c->failed || !store_put(s, c))
        return RAN_FAILED;
    put_view(s, from);
    *found = true;
    return RAN_THERE;
}

/* ---------------------------------------- after a failure half way */

bool travel_mend(struct session *s)
{
    const struct session_position here = s->now;
    if (!s->torn)
        return true;
    struct history_snapshot *from = history_before(&s->history, &here, false);
    bool ok =
        store_restore(s, from ? from : s->history.snapshot[0]) && travel_to(s, &here) == RAN_THERE;
    s->torn = !ok;
    s->now = here;
    return ok;
}

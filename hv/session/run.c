/*
 * Forwards: slices of the run, between which inputs take effect, snapshots are taken, hashes of a
 * recording are compared, and the front end is asked.
 */
#include "session/internal.h"

/* A slice, in instructions: how long a front end waits at most until it is asked. */
#define SLICE_INSNS 2000000u

static bool is_there(const struct session *s, const struct aim *aim)
{
    return (aim->insn && s->now.insn >= aim->insn) || (aim->cycle && s->now.cycle >= aim->cycle);
}

static bool passed_exit(const struct session *s, const struct aim *aim)
{
    return aim->exit && s->now.exit >= aim->exit && s->hv->resume_ready;
}

static struct hv_limits slice(const struct session *s, const struct aim *aim)
{
    uint64_t work = s->every < SLICE_INSNS ? s->every : SLICE_INSNS;
    struct hv_limits limits = {
        .cycle = aim->cycle,
        .icount = limit_sooner(aim->insn, s->now.insn + work),
        .exits = limit_sooner(aim->exit, s->now.exit + 1 + work / EXIT_WORK),
    };
    inputs_limit(s, &limits);
    if (s->replaying && s->now.insn < s->replay_end.insn)
        limits.icount = limit_sooner(limits.icount, s->replay_end.insn);
    else if (s->replaying) {
        limits.icount = limit_sooner(limits.icount, s->replay_end.insn + 1);
        limits.cycle = limit_sooner(limits.cycle, s->replay_end.cycle);
    }
    if (s->replaying && s->check_next < s->checks)
        limits.icount = limit_sooner(limits.icount, s->check[s->check_next].insn);
    return limits;
}

/* At a stop of which the snapshot is the last: is it time for another? */
static bool keep(struct session *s)
{
    if (s->no_history || s->spots)
        return true;
    const struct history_snapshot *last = s->history.snapshot[s->history.count - 1];
    if (session_compare(&s->now, &last->at) <= 0 || position_work(&last->at, &s->now) < s->every)
        return true;
    uint64_t gap = s->history.gap;
    if (!store_take(s, false))
        return false;
    if (s->history.gap > gap &&
        s->history.gap / 2 > s->every) /* the limit was met: fewer from now */
        s->every = s->history.gap / 2;
    return true;
}

/* The hashes of a recording, at the first position of each count. */
static bool verified(struct session *s)
{
    while (s->replaying && s->check_next < s->checks &&
           s->check[s->check_next].insn <= s->now.insn) {
        const struct session_check *c = &s->check[s->check_next++];
        if (c->insn != s->now.insn)
            continue;
        s->differs = session_hash(s) != c->hash;
        if (s->differs)
            return false;
        s->agreed = c->insn;
    }
    return true;
}

/* What hv_run's answer means. RAN_THERE: go on. */
static enum ran answer(struct session *s, enum hv_stop stop)
{
    switch (stop) {
    case HV_STOP_ENDED:
        s->ended = true;
        return RAN_ENDED;
    case HV_STOP_INPUT:
        s->waiting = true;
        return inputs_left(s) ? RAN_THERE : RAN_INPUT;
    default:
        return RAN_THERE;
    }
}

/* A run that was to stop at a count, and has come to it, stands on the first position with it. */
static void note_first(struct session *s, const struct session_position *before, uint64_t icount)
{
    if (s->now.insn != before->insn)
        s->first = s->now.insn == icount;
    else if (session_compare(&s->now, before) != 0)
        s->first = false;
}

/* All that a slice can change in what the next one is to do. */
struct standing {
    struct session_position at;
    bool resume_ready;
    size_t inputs_left, check_next;
    uint64_t queue_cycle;
};

static struct standing standing(const struct session *s)
{
    return (struct standing){
        .at = s->now,
        .resume_ready = s->hv->resume_ready,
        .inputs_left = s->queued + (s->inputs - s->input_next),
        .check_next = s->check_next,
        .queue_cycle = s->queue_cycle,
    };
}

/* Nothing has come of the slice since `before`, and nothing will of another one. */
static bool stands_still(const struct session *s, const struct standing *before)
{
    const struct standing now = standing(s);
    return session_compare(&now.at, &before->at) == 0 && now.resume_ready == before->resume_ready &&
           now.inputs_left == before->inputs_left && now.check_next == before->check_next &&
           now.queue_cycle == before->queue_cycle;
}

/* One slice and what belongs to its end. RAN_THERE: go on. */
static enum ran go_on(struct session *s, const struct aim *aim)
{
    const struct hv_limits limits = slice(s, aim);
    const struct standing before = standing(s);
    s->waiting = s->differs = false;
    if (s->searching && s->points.changed)
        spot_on(s);
    enum hv_stop stop = hv_run(s->hv, &limits);
    if (s->starved) { /* none of it has happened */
        s->starved = false;
        s->torn = true;
        return RAN_FAILED;
    }
    store_position(s);
    note_first(s, &before.at, limits.icount);
    enum ran ran = answer(s, stop);
    if (s->spots)
        return RAN_SPOT;
    if (ran != RAN_THERE)
        return ran;
    if ((stop == HV_STOP_LIMIT || stop == HV_STOP_INPUT) &&
        (!inputs_apply(s, stop == HV_STOP_INPUT) || !inputs_edits(s) || !verified(s) || !keep(s)))
        return RAN_FAILED;
    if (!stands_still(s, &before))
        return RAN_THERE;
    if (stop == HV_STOP_INPUT)
        return RAN_INPUT;
    s->unmet = stop == HV_STOP_LIMIT && !is_there(s, aim) && !passed_exit(s, aim);
    return s->unmet ? RAN_FAILED : RAN_THERE;
}

/* The next place that is known behind the present one, or the furthest of all. */
static const struct session_position *next_known(const struct session *s)
{
    uint32_t low = 0, high = s->history.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (session_compare(&s->history.snapshot[middle]->at, &s->now) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->history.count ? &s->history.snapshot[low]->at : &s->furthest;
}

/* All three numbers of a position only grow: before a place that is known none is beyond its own,
 * unless a file says that the run came there. */
static bool leads_elsewhere(const struct session *s)
{
    const struct session_position *next = next_known(s);
    return session_compare(&s->now, next) < 0 &&
           (s->now.cycle > next->cycle || s->now.exit > next->exit);
}

enum ran run_to(struct session *s, const struct aim *aim)
{
    s->unmet = false;
    if (s->torn || !inputs_edits(s))
        return RAN_FAILED;
    while (!is_there(s, aim) && !passed_exit(s, aim)) {
        if (s->ended)
            return RAN_ENDED;
        if (s->replaying && session_compare(&s->now, &s->replay_end) >= 0)
            return RAN_PRESENT;
        enum ran ran = go_on(s, aim);
        if (leads_elsewhere(s)) {
            s->unmet = true;
            return RAN_FAILED;
        }
        if ((ran == RAN_ENDED || ran == RAN_INPUT) && is_there(s, aim))
            return RAN_THERE;
        if (ran != RAN_THERE)
            return ran;
        if (s->poll && s->poll(s->poll_opaque))
            return RAN_INTERRUPT;
    }
    return RAN_THERE;
}

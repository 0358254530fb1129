/*
 * What front ends give: bytes, edits and marks; and what that makes of a future that was known.
 */
#include "session/internal.h"

/* Bookmarks in a future that is no more. */
static void cut_marks(struct session *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->marks; i++)
        if (session_compare(&s->mark[i].at, &s->now) <= 0)
            s->mark[kept++] = s->mark[i];
    s->marks = kept;
}

void future_cut(struct session *s)
{
    struct session_happened now;
    if (session_compare(&s->now, &s->furthest) < 0)
        s->queued = 0; /* what waits was typed in that future */
    s->inputs = s->input_next;
    cut_marks(s);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        if (s->out[n].size > s->out[n].count)
            s->out[n].size = (size_t)s->out[n].count;
    history_cut(&s->history, &s->now);
    work_cut(s);
    s->furthest = s->view.live ? s->view.from->at : s->now; /* a place outside of exits */
    session_happened(s, &now);
    s->told_events = now.events;
    s->told_exit = now.exits;
    if (s->told_idle > now.cycle)
        s->told_idle = now.cycle;
    if (s->cut)
        s->cut(s->output_opaque, &now);
}

static bool give_edit(struct session *s, struct session_input *in, struct sim_error *err)
{
    if (s->view.live)
        return sim_fail(err, SIM_BAD_INPUT,
                        "inside an exit nothing can be changed: `finish` it first") == SIM_OK;
    if (s->ended)
        return sim_fail(err, SIM_BAD_INPUT, "the guest has ended: go back first") == SIM_OK;
    if (!inputs_reserve(&s->input, s->inputs, &s->input_room))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for an input") == SIM_OK;
    if (!inputs_take_effect(s, in))
        return sim_fail(err, SIM_BAD_INPUT, "there is no such register or address: %#x",
                        (unsigned)in->address) == SIM_OK;
    future_cut(s);
    in->at = s->now;
    s->input[s->inputs++] = *in;
    s->input_next = s->inputs;
    return true;
}

bool session_give(struct session *s, const struct session_input *input, struct sim_error *err)
{
    struct session_input in = *input;
    if (!travel_mend(s))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory to come back to this position") ==
               SIM_OK;
    if (in.kind >= INPUT_KINDS || in.vm >= s->hv->vms || in.space >= SPACES)
        return sim_fail(err, SIM_BAD_INPUT, "there is no guest %u", (unsigned)in.vm) == SIM_OK;
    if (s->replaying && in.kind != INPUT_MARK)
        return sim_fail(err, SIM_BAD_INPUT, "a recording is replayed: it takes no other input") ==
               SIM_OK;
    in.name[sizeof(in.name) - 1] = 0;
    if (in.kind == INPUT_MARK) { /* changes nothing, cuts nothing: kept in order of position */
        in.at = s->now;
        return session_mark(s, &in, err);
    }
    if (inputs_is_edit(&in))
        return give_edit(s, &in, err);
    if (session_compare(&s->now, &s->furthest) < 0)
        future_cut(s);
    if (!s->queued)
        s->queue_cycle = s->now.cycle + 1;
    if (!inputs_append(&s->queue, &s->queued, &s->queue_room, &in))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for an input") == SIM_OK;
    return true;
}

/* Marks are kept apart from what takes effect. */
bool session_mark(struct session *s, const struct session_input *in, struct sim_error *err)
{
    if (!inputs_append(&s->mark, &s->marks, &s->mark_room, in))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a mark") == SIM_OK;
    return true;
}

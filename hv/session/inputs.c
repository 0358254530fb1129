/*
 * What comes from outside, and what the guests say.
 *
 * Everything that takes effect is written down with where it did, so that running again does the
 * same. Bytes for a console or keyboard are given where a run stops because the clock reached a
 * cycle (the first boundary there, however the run was sliced), or because all guests wait. Edits
 * of registers and memory belong to one position.
 */
#include "session/internal.h"

#include <string.h>

#include "sim/alloc.h"

/* How long a byte that no device had room for waits until it is tried again, in cycles. */
#define RETRY_CYCLES 100000u

enum { AT_CYCLE, AT_IDLE }; /* session_input.reserved */

static bool is_edit(const struct session_input *in)
{
    return in->kind == INPUT_REGISTER || in->kind == INPUT_MEMORY;
}

static const struct session_input *next_input(const struct session *s)
{
    return s->input_next < s->inputs ? &s->input[s->input_next] : NULL;
}

/* Room for one more. */
static bool reserve(struct session_input **list, size_t count, size_t *room)
{
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : 64;
    struct session_input *bigger = sim_alloc(more, sizeof(*bigger));
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *list, count * sizeof(*bigger));
    sim_free(*list);
    *list = bigger;
    *room = more;
    return true;
}

static bool append(struct session_input **list, size_t *count, size_t *room,
                   const struct session_input *in)
{
    if (!reserve(list, *count, room))
        return false;
    (*list)[(*count)++] = *in;
    return true;
}

/* ---------------------------------------- what guests say */

void output_byte(void *opaque, uint8_t byte)
{
    const struct session_guest_port *port = opaque;
    struct session *s = port->session;
    struct session_output *o = &s->out[port->vm];
    uint64_t at = o->count++;
    if (at < o->size)
        return; /* told before */
    if (o->size == o->room) {
        size_t room = o->room ? o->room * 2 : 4096;
        char *text = sim_alloc(room, 1);
        if (text) {
            if (o->size)
                memcpy(text, o->text, o->size);
            sim_free(o->text);
            o->text = text;
            o->room = room;
        }
    }
    if (o->size == o->room) {
        s->starved = true;
        return;
    }
    o->text[o->size++] = (char)byte;
    if (s->output)
        s->output(s->output_opaque, port->vm, byte);
}

const char *session_console(const struct session *s, unsigned vm, size_t *n)
{
    const struct session_output *o = &s->out[vm % HV_MAX_VMS];
    *n = o->count < o->size ? (size_t)o->count : o->size;
    return o->text ? o->text : "";
}

/* ---------------------------------------- taking effect */

static bool take_effect(struct session *s, const struct session_input *in)
{
    switch (in->kind) {
    case INPUT_CONSOLE:
        return hv_console_in(s->hv, in->vm, (uint8_t)in->value);
    case INPUT_KEY:
        return hv_key_in(s->hv, in->vm, (uint8_t)in->value);
    case INPUT_REGISTER:
        return hv_guest_set_register(s->hv, in->vm, in->address, in->value);
    case INPUT_MEMORY: {
        uint8_t byte = (uint8_t)in->value;
        if (in->space == SPACE_LINEAR)
            return hv_guest_linear_write(s->hv, in->vm, in->address, &byte, 1);
        if (in->space == SPACE_GUEST_PHYSICAL)
            return hv_guest_memory_write(s->hv, in->vm, in->address, &byte, 1);
        return ram_copy_in(&s->hv->machine->ram, in->address, &byte, 1);
    }
    default:
        return true;
    }
}

/* Is a recorded byte due at this stop? */
static bool is_due(const struct session *s, const struct session_input *in, bool idle)
{
    if (is_edit(in))
        return false;
    return in->reserved == AT_IDLE ? idle : s->now.cycle >= in->at.cycle;
}

/* From the queue, as far as there is room. */
static bool give_queue(struct session *s, bool idle)
{
    size_t taken = 0;
    bool room = true; /* what cannot be written down must not take effect */
    while (taken < s->queued && (room = reserve(&s->input, s->inputs, &s->input_room)) &&
           take_effect(s, &s->queue[taken])) {
        struct session_input in = s->queue[taken++];
        in.at = s->now;
        if (!idle)
            in.at.cycle = s->queue_cycle;
        in.reserved = idle ? AT_IDLE : AT_CYCLE;
        s->input[s->inputs++] = in;
        s->input_next = s->inputs;
    }
    s->queued -= taken;
    memmove(s->queue, s->queue + taken, s->queued * sizeof(*s->queue));
    if (room)
        s->queue_cycle = s->now.cycle + RETRY_CYCLES;
    return room;
}

bool inputs_apply(struct session *s, bool idle)
{
    const struct session_input *in;
    bool any = false;
    while ((in = next_input(s)) && is_due(s, in, idle)) {
        if (!take_effect(s, in))
            return false;
        s->input_next++;
        any = true;
    }
    if (any || s->input_next < s->inputs || !s->queued)
        return true;
    return idle || s->now.cycle >= s->queue_cycle ? give_queue(s, idle) : true;
}

bool inputs_edits(struct session *s)
{
    const struct session_input *in;
    while ((in = next_input(s)) && is_edit(in) && session_compare(&in->at, &s->now) == 0) {
        if (!take_effect(s, in))
            return false;
        s->input_next++;
    }
    return true;
}

static uint64_t sooner(uint64_t limit, uint64_t other)
{
    return !limit || other < limit ? other : limit;
}

/* A limit of 0 is none, so a boundary of 0 is asked for as 1: nothing lies between. */
void inputs_limit(const struct session *s, struct hv_limits *limits)
{
    const struct session_input *in = next_input(s);
    if (!in) {
        if (s->queued)
            limits->cycle = sooner(limits->cycle, s->queue_cycle ? s->queue_cycle : 1);
        return;
    }
    if (!is_edit(in)) {
        if (in->reserved != AT_IDLE)
            limits->cycle = sooner(limits->cycle, in->at.cycle ? in->at.cycle : 1);
        return;
    }
    if (s->now.insn < in->at.insn) {
        limits->icount = sooner(limits->icount, in->at.insn);
        return;
    }
    limits->cycle = sooner(limits->cycle, in->at.cycle ? in->at.cycle : 1);
    if (in->at.exit)
        limits->exits = sooner(limits->exits, in->at.exit);
}

bool inputs_left(const struct session *s)
{
    return s->input_next < s->inputs || s->queued;
}

void inputs_cut(struct session *s)
{
    if (session_compare(&s->now, &s->furthest) < 0)
        s->queued = 0; /* what waits was typed in that future */
    s->inputs = s->input_next;
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        if (s->out[n].size > s->out[n].count)
            s->out[n].size = (size_t)s->out[n].count;
    history_cut(&s->history, &s->now);
    work_cut(s);
    s->furthest = s->now;
    s->seen_cycle = s->now.cycle;
}

/* ---------------------------------------- from front ends */

static bool give_edit(struct session *s, struct session_input *in, struct sim_error *err)
{
    if (s->view.live)
        return sim_fail(err, SIM_BAD_INPUT,
                        "inside an exit nothing can be changed: `finish` it first") == SIM_OK;
    if (s->ended)
        return sim_fail(err, SIM_BAD_INPUT, "the guest has ended: go back first") == SIM_OK;
    if (!reserve(&s->input, s->inputs, &s->input_room))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for an input") == SIM_OK;
    if (!take_effect(s, in))
        return sim_fail(err, SIM_BAD_INPUT, "there is no such register or address: %#x",
                        (unsigned)in->address) == SIM_OK;
    inputs_cut(s);
    in->at = s->now;
    s->input[s->inputs++] = *in;
    s->input_next = s->inputs;
    return true;
}

bool session_give(struct session *s, const struct session_input *input, struct sim_error *err)
{
    struct session_input in = *input;
    if (!store_mend(s))
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
    if (is_edit(&in))
        return give_edit(s, &in, err);
    if (s->input_next < s->inputs)
        inputs_cut(s);
    if (!s->queued)
        s->queue_cycle = s->now.cycle + 1;
    if (!append(&s->queue, &s->queued, &s->queue_room, &in))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for an input") == SIM_OK;
    return true;
}

/* Marks are kept apart from what takes effect. */
bool session_mark(struct session *s, const struct session_input *in, struct sim_error *err)
{
    if (!append(&s->mark, &s->marks, &s->mark_room, in))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a mark") == SIM_OK;
    return true;
}

const struct session_input *session_marks(const struct session *s, size_t *n)
{
    *n = s->marks;
    return s->mark;
}

const struct session_input *session_inputs(const struct session *s, size_t *n)
{
    *n = s->inputs;
    return s->input;
}

size_t session_waiting(const struct session *s)
{
    return s->queued;
}

bool output_set(struct session *s, unsigned vm, const char *text, size_t n)
{
    struct session_output *o = &s->out[vm];
    char *copy = sim_alloc(n + 1, 1);
    if (!copy)
        return false;
    if (n)
        memcpy(copy, text, n);
    sim_free(o->text);
    o->text = copy;
    o->size = n;
    o->room = n + 1;
    return true;
}

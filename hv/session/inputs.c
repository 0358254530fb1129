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

enum { AT_CYCLE, AT_IDLE }; /* session_input.reserved */

bool inputs_is_edit(const struct session_input *in)
{
    return in->kind == INPUT_REGISTER || in->kind == INPUT_MEMORY;
}

static const struct session_input *next_input(const struct session *s)
{
    return s->input_next < s->inputs ? &s->input[s->input_next] : NULL;
}

/* Room for one more. */
bool inputs_reserve(struct session_input **list, size_t count, size_t *room)
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

bool inputs_append(struct session_input **list, size_t *count, size_t *room,
                   const struct session_input *in)
{
    if (!inputs_reserve(list, *count, room))
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

/* ---------------------------------------- taking effect */

bool inputs_take_effect(struct session *s, const struct session_input *in)
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
    if (inputs_is_edit(in))
        return false;
    return in->reserved == AT_IDLE ? idle : s->now.cycle >= in->at.cycle;
}

/* From the queue, as far as there is room. */
static bool give_queue(struct session *s, bool idle)
{
    size_t taken = 0;
    bool room = true; /* what cannot be written down must not take effect */
    while (taken < s->queued && (room = inputs_reserve(&s->input, s->inputs, &s->input_room)) &&
           inputs_take_effect(s, &s->queue[taken])) {
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
        s->unmet = !inputs_take_effect(s, in);
        if (s->unmet)
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
    while ((in = next_input(s)) && inputs_is_edit(in) && session_compare(&in->at, &s->now) == 0) {
        s->unmet = !inputs_take_effect(s, in);
        if (s->unmet)
            return false;
        s->input_next++;
    }
    return true;
}

/* A limit of 0 is none, so a boundary of 0 is asked for as 1: nothing lies between. */
void inputs_limit(const struct session *s, struct hv_limits *limits)
{
    const struct session_input *in = next_input(s);
    if (!in) {
        if (s->queued)
            limits->cycle = limit_sooner(limits->cycle, s->queue_cycle ? s->queue_cycle : 1);
        return;
    }
    if (!inputs_is_edit(in)) {
        if (in->reserved != AT_IDLE)
            limits->cycle = limit_sooner(limits->cycle, in->at.cycle ? in->at.cycle : 1);
        return;
    }
    if (s->now.insn < in->at.insn) {
        limits->icount = limit_sooner(limits->icount, in->at.insn);
        return;
    }
    limits->cycle = limit_sooner(limits->cycle, in->at.cycle ? in->at.cycle : 1);
    if (in->at.exit)
        limits->exits = limit_sooner(limits->exits, in->at.exit);
}

bool inputs_left(const struct session *s)
{
    return s->input_next < s->inputs || s->queued;
}

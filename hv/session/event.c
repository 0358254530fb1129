/*
 * What a move says: why it ended, where, and a sentence.
 */
#include "session/internal.h"

#include <stdio.h>
#include <string.h>

void event_say(struct session_event *e, enum session_why why, bool failed, const char *text)
{
    e->why = why;
    e->failed = failed;
    (void)snprintf(e->text, sizeof(e->text), "%.190s", text);
}

/* How the guests ended, in a sentence. */
static void say_end(struct session *s, struct session_event *e)
{
    const struct vm *vm = s->hv->vm[s->vm];
    if (vm->s.end == VM_EXITED)
        (void)snprintf(e->text, sizeof(e->text), "the guest halted with %u", vm->s.exit_value);
    else
        (void)snprintf(e->text, sizeof(e->text), "%s%s%.150s", vm_end_names[vm->s.end],
                       vm->end_text[0] ? ": " : "", vm->end_text);
}

/* Our own failure, or that of a file that was replayed or restored. */
static void say_failure(struct session *s, struct session_event *e)
{
    event_say(e, SESSION_FAILED, true, "the host has no memory left for this");
    if (s->replaying && s->differs)
        (void)snprintf(e->text, sizeof(e->text),
                       "the replay differs from its recording: at instruction %llu all was equal, "
                       "at %llu it is not",
                       (unsigned long long)s->agreed,
                       (unsigned long long)s->check[s->check_next - 1].insn);
    else if (s->unmet)
        (void)snprintf(e->text, sizeof(e->text),
                       "the run differs from the %s: what is to happen next there cannot happen "
                       "here",
                       s->replaying ? "recording" : "file it was restored from");
}

static void locate(struct session *s, struct session_event *e)
{
    struct cpu_state guest;
    e->at = s->now;
    e->vm = s->vm;
    if (!session_guest(s, s->vm, &guest))
        return;
    e->cs = guest.seg[SEG_CS].sel;
    e->eip = guest.eip;
    e->linear = guest.seg[SEG_CS].base + guest.eip;
}

/* What a way that was to lead somewhere has come to. */
void event_conclude(struct session *s, struct session_event *e, enum ran ran, bool has_target)
{
    switch (ran) {
    case RAN_THERE:
    case RAN_SPOT:
        event_say(e, s->ended ? SESSION_ENDED : SESSION_DONE, false, "");
        if (s->ended)
            say_end(s, e);
        break;
    case RAN_ENDED:
        event_say(e, SESSION_ENDED, has_target, "");
        say_end(s, e);
        break;
    case RAN_INPUT:
        event_say(e, SESSION_INPUT, has_target, "all guests wait for input");
        break;
    case RAN_INTERRUPT:
        event_say(e, SESSION_INTERRUPT, false, "interrupted");
        break;
    case RAN_PRESENT:
        event_say(e, SESSION_PRESENT, has_target, "the recording ends here");
        break;
    case RAN_FAILED:
    default:
        say_failure(s, e);
        break;
    }
}

void event_spot(struct session *s, struct session_event *e, const struct spot *spot)
{
    event_say(e, SESSION_POINT, false, "");
    e->hit = spot->hit;
    bool changed = s->points.changed;
    const struct session_point *p = session_point(s, spot->hit.point);
    s->points.changed = changed;
    if (p && p->vm != POINT_ANY)
        s->vm = p->vm;
    else if (s->hv->current)
        s->vm = s->hv->current->vm->number;
    if (p && p->temporary)
        session_point_remove(s, p->number);
}

bool event_end(struct session *s, struct session_event *e)
{
    locate(s, e);
    s->last = *e;
    return !e->failed;
}

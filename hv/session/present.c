/*
 * What front ends read of a session, and the few things they may set without moving it.
 */
#include "session/internal.h"

struct hv *session_hv(struct session *s)
{
    return s->hv;
}

const struct session_position *session_position(const struct session *s)
{
    return &s->now;
}

const struct session_event *session_last(const struct session *s)
{
    return &s->last;
}

unsigned session_vm(const struct session *s)
{
    return s->vm;
}

void session_set_vm(struct session *s, unsigned vm)
{
    if (vm < s->hv->vms)
        s->vm = vm;
}

void session_set_poll(struct session *s, bool (*poll)(void *opaque), void *opaque)
{
    s->poll = poll;
    s->poll_opaque = opaque;
}

bool session_guest(struct session *s, unsigned vm, struct cpu_state *out)
{
    if (s->view.live && s->view.has_guest && vm < s->hv->vms && s->hv->open &&
        s->hv->open->vm == vm) {
        *out = s->view.guest;
        return true;
    }
    return hv_guest_view(s->hv, vm, out);
}

void session_happened(const struct session *s, struct session_happened *out)
{
    const struct vm_exit *open = s->hv->open;
    *out = (struct session_happened){
        .exits = open ? open->number - 1 : s->hv->exits,
        .events = s->events,
        .cycle = hv_cycle(s->hv),
    };
}

uint64_t session_hash(struct session *s)
{
    uint64_t hash = hv_hash(s->hv);
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++) {
        const struct session_disk *d = &s->disk[i / 2][i % 2];
        for (uint32_t p = 0; p < d->pages; p++) {
            if (!d->page[p])
                continue;
            uint64_t where = (uint64_t)i << 32 | p;
            hash = state_hash_bytes(hash, &where, sizeof(where));
            hash = state_hash_bytes(hash, d->page[p], HISTORY_PAGE);
        }
    }
    return hash;
}

void session_history(const struct session *s, struct session_history *out)
{
    const struct history *h = &s->history;
    *out = (struct session_history){
        .bytes = h->bytes,
        .limit = h->limit,
        .snapshots = h->count,
        .thinned = h->thinned,
        .every = s->every,
        .from = h->snapshot[0]->at,
        .to = s->furthest,
    };
}

bool session_snapshot(const struct session *s, size_t n, struct session_snapshot *out)
{
    if (n >= s->history.count)
        return false;
    const struct history_snapshot *snap = s->history.snapshot[n];
    *out = (struct session_snapshot){.at = snap->at, .pages = snap->count};
    return true;
}

const char *session_console(const struct session *s, unsigned vm, size_t *n)
{
    const struct session_output *o = &s->out[vm % HV_MAX_VMS];
    *n = o->count < o->size ? (size_t)o->count : o->size;
    return o->text ? o->text : "";
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

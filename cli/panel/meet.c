/*
 * Both sides at the same guest work: hv/work.h.
 *
 * A guest may never come there: it waits at its prompt for ever, or has no programs at all. So both
 * searches end after GIVE_UP_SECONDS of simulated time in which no program did anything, and when
 * whoever waits has no more patience.
 */
#include <string.h>

#include "panel/driver.h"

#define SLICE           20000u /* instructions between looks: little is run that is not wanted */
#define GIVE_UP_SECONDS 10u

/* A search on one side. */
struct search {
    struct panel_side *side;
    size_t stretches; /* of guest work when it last did something */
    uint64_t since;   /* the cycle then */
};

static struct search begin(struct panel_side *s)
{
    struct search search = {.side = s, .since = session_position(s->d->session)->cycle};
    (void)session_work(s->d->session, &search.stretches);
    return search;
}

/* A slice on; false: it goes no further, or nothing comes of it. */
static bool go_on(struct search *search)
{
    struct panel_side *s = search->side;
    struct session *session = s->d->session;
    struct session_event e;
    size_t n;
    const struct session_move move = {.verb = SESSION_GOTO_INSN,
                                      .count = session_position(session)->insn + SLICE,
                                      .reason = -1,
                                      .no_points = true};
    (void)session_go(session, &move, &e);
    s->ended = e.why == SESSION_ENDED;
    if (s->ended)
        (void)snprintf(s->end, sizeof s->end, "%s", e.text);
    (void)session_work(session, &n);
    uint64_t cycle = session_position(session)->cycle;
    if (n != search->stretches) {
        search->stretches = n;
        search->since = cycle;
    }
    uint64_t most = GIVE_UP_SECONDS * session_hv(session)->config.profile->clock_hz;
    return e.why == SESSION_DONE && cycle - search->since < most;
}

void driver_boot(struct driver *v)
{
    for (unsigned i = 0; i < v->sides; i++) {
        struct session *session = v->side[i].d->session;
        struct search search = begin(&v->side[i]);
        struct session_event e;
        const struct work_stretch *w;
        size_t n;
        while (w = session_work(session, &n), n == 0 && go_on(&search))
            continue;
        if (n)
            (void)session_goto(session, &w[0].from, &e);
    }
}

/* There, if the way is open. */
static enum meeting arrive(struct driver *v, struct panel_side *to,
                           const struct session_position *at)
{
    struct session *session = to->d->session;
    struct session_event e;
    char why[160];
    if (session_compare(at, session_position(session)) < 0 &&
        !lock_allows_back(v->lock, "step", why))
        return MEETING_LOCKED;
    if (!session_goto(session, at, &e))
        return MEETING_NEVER;
    to->ended = false;
    return MET;
}

enum meeting driver_meet(struct driver *v, bool (*spent)(void *opaque), void *opaque)
{
    struct work_key key;
    struct session_position at;
    struct session_event e;
    struct panel_side *from = &v->side[v->front], *to = &v->side[1 - v->front];
    if (v->sides < 2 || !session_work_key(from->d->session, session_vm(from->d->session), &key))
        return MEETING_NEVER;
    struct session *session = to->d->session;
    const struct session_position before = *session_position(session);
    struct search search = begin(to);
    driver_note_before(to);
    while (!session_work_find(session, session_vm(session), &key, &at)) {
        bool patient = !spent || !spent(opaque);
        if (patient && go_on(&search))
            continue;
        if (!patient) /* what is done is not to be done again */
            return MEETING_SPENT;
        if (!to->ended)
            (void)session_goto(session, &before, &e);
        return MEETING_NEVER;
    }
    return arrive(v, to, &at);
}

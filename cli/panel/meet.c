/* Both sides at the same guest work: hv/work.h. */
#include <string.h>

#include "panel/driver.h"

#define SLICE 20000u /* instructions between looks: little is run that is not wanted */

/* A slice on; false: it goes no further. */
static bool go_on(struct panel_side *s)
{
    struct session_event e;
    const struct session_move move = {.verb = SESSION_GOTO_INSN,
                                      .count = session_position(s->d->session)->insn + SLICE,
                                      .reason = -1,
                                      .no_points = true};
    (void)session_go(s->d->session, &move, &e);
    s->ended = e.why == SESSION_ENDED;
    if (s->ended)
        (void)snprintf(s->end, sizeof s->end, "%s", e.text);
    return e.why == SESSION_DONE;
}

void driver_boot(struct driver *v)
{
    for (unsigned i = 0; i < v->sides; i++) {
        struct session *session = v->side[i].d->session;
        struct session_event e;
        const struct work_stretch *w;
        size_t n;
        while (w = session_work(session, &n), n == 0 && go_on(&v->side[i]))
            continue;
        if (n)
            (void)session_goto(session, &w[0].from, &e);
    }
}

bool driver_meet(struct driver *v)
{
    struct work_key key;
    struct session_position at;
    struct session_event e;
    struct panel_side *from = &v->side[v->front], *to = &v->side[1 - v->front];
    if (v->sides < 2 || !session_work_key(from->d->session, session_vm(from->d->session), &key))
        return false;
    struct session *session = to->d->session;
    while (!session_work_find(session, session_vm(session), &key, &at))
        if (!go_on(to))
            return false;
    to->has_before = session_guest(session, session_vm(session), &to->before);
    bool there = session_goto(session, &at, &e);
    to->ended = false;
    return there;
}

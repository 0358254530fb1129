/*
 * What moves are made of: forwards and backwards with points, by instructions, to points of our
 * own.
 */
#include "session/internal.h"

/* ---------------------------------------- forwards and backwards, with points */

void move_forward(struct session *s, const struct session_move *m, const struct aim *aim,
                  bool has_target, struct session_event *e)
{
    struct spot spot;
    enum ran ran;
    if (s->ended && !s->view.live) {
        event_conclude(s, e, RAN_ENDED, true);
        return;
    }
    if (m->no_points) {
        ran = travel_out(s);
        ran = ran == RAN_THERE ? run_to(s, aim) : ran;
    } else {
        ran = search_forward(s, aim, &spot);
    }
    if (ran == RAN_SPOT)
        event_spot(s, e, &spot);
    else
        event_conclude(s, e, ran, has_target);
}

/* Is it known by its count only: the first with it? */
static enum ran travel(struct session *s, const struct session_position *to)
{
    bool only_count = !to->cycle && !to->exit && !to->phase;
    return only_count ? travel_insn(s, to->insn) : travel_to(s, to);
}

static bool any_point(const struct session *s)
{
    for (size_t i = 0; i < s->points.count; i++)
        if (s->points.list[i]->enabled)
            return true;
    return false;
}

/* Are there points that may stop this move on its way? */
bool move_meets_points(const struct session *s, const struct session_move *m)
{
    return !m->no_points && any_point(s);
}

/* Back to a position, or to the last point behind it. */
void move_backward(struct session *s, const struct session_move *m,
                   const struct session_position *to, struct session_event *e)
{
    struct spot spot;
    enum ran ran = RAN_THERE;
    if (move_meets_points(s, m))
        ran = search_back(s, to, &spot);
    if (ran == RAN_SPOT) {
        event_spot(s, e, &spot);
        return;
    }
    if (ran == RAN_THERE)
        ran = travel(s, to);
    event_conclude(s, e, ran, true);
}

void move_at_beginning(struct session *s, struct session_event *e, bool failed)
{
    (void)store_restore(s, s->history.snapshot[0]);
    event_say(e, SESSION_BEGINNING, failed, "this is the beginning: there is no more history");
}

/* ---------------------------------------- by instructions */

/* Is the present the first position with its count? */
static bool is_first(struct session *s)
{
    const struct session_position here = s->now;
    if (s->view.live)
        return false;
    if (s->first) /* known, where one came by a count: nothing has to be run */
        return true;
    if (travel_insn(s, here.insn) != RAN_THERE)
        return false;
    if (session_compare(&s->now, &here) == 0)
        return true;
    (void)travel_to(s, &here);
    return false;
}

void move_step(struct session *s, const struct session_move *m, struct session_event *e)
{
    uint64_t n = m->count ? m->count : 1;
    if (!m->back) {
        const struct aim aim = {.insn =
                                    n < UINT64_MAX - s->now.insn ? s->now.insn + n : UINT64_MAX};
        move_forward(s, m, &aim, true, e);
        return;
    }
    uint64_t from = s->now.insn;
    if (!is_first(s))
        n--;
    const struct session_position to = {.insn = from > n ? from - n : 0};
    if (from < n) {
        move_at_beginning(s, e, true);
        return;
    }
    move_backward(s, m, &to, e);
}

/* ---------------------------------------- to points of our own */

/* What became of a search in which `number` is our own point, which goes. */
static void found(struct session *s, enum ran ran, const struct spot *spot, unsigned number,
                  struct session_event *e)
{
    session_point_remove(s, number);
    if (ran == RAN_SPOT && spot->hit.point != number)
        event_spot(s, e, spot);
    else
        event_conclude(s, e, ran, true);
}

/* Forwards or back to a point of our own, among the user's. */
void move_to_own_point(struct session *s, const struct session_move *m,
                       const struct session_point *p, struct session_event *e)
{
    struct sim_error err;
    struct spot spot;
    unsigned number = session_point_add(s, p, &err);
    const struct aim aim = {.cycle = m->cycle};
    if (!number) {
        event_say(e, SESSION_REFUSED, true, err.text);
        return;
    }
    enum ran ran = m->back ? search_back(s, NULL, &spot) : search_forward(s, &aim, &spot);
    if (m->back && ran == RAN_THERE) {
        session_point_remove(s, number);
        move_at_beginning(s, e, true);
        return;
    }
    found(s, ran, &spot, number, e);
}

void move_to_point(struct session *s, const struct session_move *m, unsigned number,
                   struct session_event *e)
{
    struct spot spot;
    const struct aim aim = {.cycle = m->cycle};
    if (m->no_points)
        s->points.only = number;
    enum ran ran = number ? search_forward(s, &aim, &spot) : RAN_FAILED;
    s->points.only = 0;
    found(s, ran, &spot, number, e);
}

bool move_back_to_points(struct session *s, const unsigned *numbers, unsigned n,
                         struct session_event *e)
{
    struct spot spot;
    enum ran ran = search_back(s, NULL, &spot);
    unsigned met = ran == RAN_SPOT ? spot.hit.point : 0;
    bool own = false;
    for (unsigned i = 0; i < n; i++) {
        own = own || numbers[i] == met;
        session_point_remove(s, numbers[i]);
    }
    if (ran != RAN_SPOT)
        return false;
    if (own)
        event_conclude(s, e, RAN_THERE, true);
    else
        event_spot(s, e, &spot);
    return true;
}

void move_arrive(struct session *s, const struct session_position *to, struct session_event *e)
{
    event_conclude(s, e, travel(s, to), true);
}

void move_behind(struct session *s, struct session_event *e)
{
    event_conclude(s, e, travel_behind(s, s->now.exit, s->now.insn), true);
}

void move_refuse(struct session_event *e, const char *why)
{
    event_say(e, SESSION_REFUSED, true, why);
}

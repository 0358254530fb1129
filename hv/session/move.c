/*
 * Moves, in terms of travelling and searching.
 */
#include "session/calls.h"

/* ---------------------------------------- forwards and backwards, with points */

static void forward(struct session *s, const struct session_move *m, const struct aim *aim,
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
static bool points_count_on(const struct session *s, const struct session_move *m)
{
    return !m->no_points && any_point(s);
}

/* Back to a position, or to the last point behind it. */
static void backward(struct session *s, const struct session_move *m,
                     const struct session_position *to, struct session_event *e)
{
    struct spot spot;
    enum ran ran = RAN_THERE;
    if (points_count_on(s, m))
        ran = search_back(s, to, &spot);
    if (ran == RAN_SPOT) {
        event_spot(s, e, &spot);
        return;
    }
    if (ran == RAN_THERE)
        ran = travel(s, to);
    event_conclude(s, e, ran, true);
}

static void at_beginning(struct session *s, struct session_event *e, bool failed)
{
    (void)store_restore(s, s->history.snapshot[0]);
    event_say(e, SESSION_BEGINNING, failed, "this is the beginning: there is no more history");
}

/* ---------------------------------------- the moves */

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

static void step(struct session *s, const struct session_move *m, struct session_event *e)
{
    if (m->own)
        move_own(s, m, e);
    else
        move_step(s, m, e);
}

void move_step(struct session *s, const struct session_move *m, struct session_event *e)
{
    uint64_t n = m->count ? m->count : 1;
    if (!m->back) {
        const struct aim aim = {.insn = s->now.insn + n};
        forward(s, m, &aim, true, e);
        return;
    }
    uint64_t from = s->now.insn;
    if (!is_first(s))
        n--;
    const struct session_position to = {.insn = from > n ? from - n : 0};
    if (from < n) {
        at_beginning(s, e, true);
        return;
    }
    backward(s, m, &to, e);
}

static bool refuse_native(const struct session *s, struct session_event *e)
{
    if (s->hv->mode->has_hypervisor)
        return false;
    event_say(e, SESSION_REFUSED, true,
              "in native mode there is no hypervisor: nothing exits to it");
    return true;
}

/* Onto a phase of an exit. */
static void onto(struct session *s, uint64_t exit, unsigned phase, struct session_event *e)
{
    bool found = false;
    enum ran ran = travel_phase(s, exit, phase, &found);
    event_conclude(s, e, ran, true);
}

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
static void to_own_point(struct session *s, const struct session_move *m,
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
        at_beginning(s, e, true);
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

/* Onto exits by a catch of our own: of one reason, or any. */
static void exit_of_reason(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct session_point p = {
        .kind = POINT_EXIT,
        .enabled = true,
        .silent = true,
        .vm = POINT_ANY,
        .cr3 = POINT_ANY,
        .value = (uint32_t)m->reason,
        .ignore = m->count ? m->count - 1 : 0,
    };
    to_own_point(s, m, &p, e);
}

static void exit_move(struct session *s, const struct session_move *m, struct session_event *e)
{
    uint64_t n = m->count ? m->count : 1;
    if (refuse_native(s, e))
        return;
    if (m->reason >= 0 || points_count_on(s, m)) {
        exit_of_reason(s, m, e);
        return;
    }
    if (!m->back) {
        onto(s, s->now.exit + n, 0, e);
        return;
    }
    if (s->view.live && s->now.phase == 0)
        n++; /* we stand on the first landmark behind us */
    if (n > s->now.exit) {
        at_beginning(s, e, true);
        return;
    }
    onto(s, s->now.exit - n + 1, 0, e);
}

static void phase_forward(struct session *s, struct session_event *e)
{
    bool found = false;
    uint64_t exit = s->now.exit;
    enum ran ran;
    if (!s->view.live) {
        ran = travel_phase(s, exit + 1, 0, &found);
        event_conclude(s, e, ran, true);
        return;
    }
    ran = travel_phase(s, exit, s->now.phase + 1, &found);
    if (ran == RAN_THERE && !found && s->now.exit > exit) /* the next came at once */
        ran = travel_phase(s, exit + 1, 0, &found);
    event_conclude(s, e, ran, true);
}

/* The last phase of an exit. */
static enum ran last_phase(struct session *s, uint64_t exit)
{
    bool found = true;
    unsigned n = 0;
    enum ran ran = RAN_THERE;
    while (found && ran == RAN_THERE)
        ran = travel_phase(s, exit, n++, &found);
    if (ran == RAN_FAILED || n < 2)
        return RAN_FAILED;
    return travel_phase(s, exit, n - 2, &found);
}

static void phase_backward(struct session *s, struct session_event *e)
{
    bool found;
    enum ran ran;
    if (s->view.live && s->now.phase > 0) {
        ran = travel_phase(s, s->now.exit, s->now.phase - 1, &found);
    } else {
        uint64_t exit = s->now.exit - (s->view.live ? 1 : 0);
        if (!exit) {
            at_beginning(s, e, true);
            return;
        }
        ran = last_phase(s, exit);
    }
    event_conclude(s, e, ran, true);
}

static void phase(struct session *s, const struct session_move *m, struct session_event *e)
{
    if (refuse_native(s, e))
        return;
    const struct session_move into = {.verb = SESSION_EXIT, .reason = -1};
    for (uint64_t i = 0; i < (m->count ? m->count : 1) && e->why == SESSION_DONE; i++) {
        if (m->back)
            phase_backward(s, e);
        else if (!s->view.live && points_count_on(s, m))
            exit_of_reason(s, &into, e);
        else
            phase_forward(s, e);
    }
}

static void until(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct session_point p = {
        .kind = POINT_CODE,
        .enabled = true,
        .silent = true,
        .vm = s->vm,
        .cr3 = POINT_ANY,
        .address = m->address,
    };
    to_own_point(s, m, &p, e);
}

static void go_on(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct aim aim = {.cycle = m->cycle};
    struct spot spot;
    if (!m->back) {
        forward(s, m, &aim, false, e);
        return;
    }
    /* Without points there is nothing to be found. */
    enum ran ran = points_count_on(s, m) ? search_back(s, NULL, &spot) : RAN_THERE;
    if (ran == RAN_THERE)
        at_beginning(s, e, false);
    else if (ran == RAN_SPOT)
        event_spot(s, e, &spot);
    else
        event_conclude(s, e, ran, false);
}

static void goto_exit(struct session *s, const struct session_move *m, struct session_event *e)
{
    bool found;
    if (refuse_native(s, e))
        return;
    if (!m->count) {
        at_beginning(s, e, false);
        return;
    }
    enum ran ran = travel_phase(s, m->count, 0, &found);
    event_conclude(s, e, ran, true);
}

static void goto_insn(struct session *s, const struct session_move *m, struct session_event *e)
{
    enum ran ran = travel_insn(s, m->count);
    event_conclude(s, e, ran, true);
}

static void goto_cycle(struct session *s, const struct session_move *m, struct session_event *e)
{
    enum ran ran = travel_cycle(s, m->count);
    event_conclude(s, e, ran, true);
}

static void (*const moves[SESSION_VERBS])(struct session *, const struct session_move *,
                                          struct session_event *) = {
    [SESSION_STEP] = step,           [SESSION_PHASE] = phase,
    [SESSION_NEXT] = move_next,      [SESSION_FINISH] = move_finish,
    [SESSION_EXIT] = exit_move,      [SESSION_UNTIL] = until,
    [SESSION_GOTO_INSN] = goto_insn, [SESSION_GOTO_CYCLE] = goto_cycle,
    [SESSION_GOTO_EXIT] = goto_exit, [SESSION_CONTINUE] = go_on,
};

bool session_go(struct session *s, const struct session_move *move, struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    if (!store_mend(s))
        event_conclude(s, &e, RAN_FAILED, true);
    else if (move->verb < SESSION_VERBS)
        moves[move->verb](s, move, &e);
    else
        event_say(&e, SESSION_REFUSED, true, "there is no such move");
    bool ok = event_end(s, &e);
    *event = e;
    return ok;
}

bool session_goto(struct session *s, const struct session_position *to, struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    event_conclude(s, &e, store_mend(s) ? travel_to(s, to) : RAN_FAILED, true);
    bool ok = event_end(s, &e);
    *event = e;
    return ok;
}

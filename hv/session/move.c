/*
 * Moves, in terms of travelling and searching.
 */
#include "session/calls.h"

static void step(struct session *s, const struct session_move *m, struct session_event *e)
{
    if (m->own)
        move_own(s, m, e);
    else
        move_step(s, m, e);
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
    move_to_own_point(s, m, &p, e);
}

static void exit_move(struct session *s, const struct session_move *m, struct session_event *e)
{
    uint64_t n = m->count ? m->count : 1;
    if (refuse_native(s, e))
        return;
    if (m->reason >= 0 || move_meets_points(s, m)) {
        exit_of_reason(s, m, e);
        return;
    }
    if (!m->back) {
        onto(s, n < UINT64_MAX - s->now.exit ? s->now.exit + n : UINT64_MAX, 0, e);
        return;
    }
    if (s->view.live && s->now.phase == 0)
        n++; /* we stand on the first landmark behind us */
    if (n > s->now.exit) {
        move_at_beginning(s, e, true);
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

/* Through all phases of an exit, to where the last step out of it leads: *phases, there were. */
static enum ran through(struct session *s, uint64_t exit, unsigned *phases)
{
    bool found = true;
    enum ran ran = RAN_THERE;
    unsigned n = 0;
    while (found && ran == RAN_THERE)
        ran = travel_phase(s, exit, n++, &found);
    *phases = n - 1;
    return *phases ? ran : RAN_FAILED;
}

/* The same places as forwards: into the exit before by way of behind it, unless the next came at
 * once. */
static void phase_backward(struct session *s, struct session_event *e)
{
    bool found, inside = s->view.live;
    enum ran ran;
    unsigned phases;
    uint64_t exit = s->now.exit - (inside ? 1 : 0);
    if (inside && s->now.phase > 0) {
        ran = travel_phase(s, s->now.exit, s->now.phase - 1, &found);
    } else if (!exit && !inside) {
        move_at_beginning(s, e, true);
        return;
    } else if (!exit) {
        ran = travel_insn(s, 0);
    } else {
        ran = through(s, exit, &phases);
        if (ran != RAN_FAILED && !(inside && s->now.exit == exit))
            ran = travel_phase(s, exit, phases - 1, &found);
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
        else if (!s->view.live && move_meets_points(s, m))
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
    move_to_own_point(s, m, &p, e);
}

static void go_on(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct aim aim = {.cycle = m->cycle};
    struct spot spot;
    if (!m->back) {
        move_forward(s, m, &aim, false, e);
        return;
    }
    /* Without points there is nothing to be found. */
    enum ran ran = move_meets_points(s, m) ? search_back(s, NULL, &spot) : RAN_THERE;
    if (ran == RAN_THERE)
        move_at_beginning(s, e, false);
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
        move_at_beginning(s, e, false);
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
    if (!travel_mend(s))
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
    event_conclude(s, &e, travel_mend(s) ? travel_to(s, to) : RAN_FAILED, true);
    bool ok = event_end(s, &e);
    *event = e;
    return ok;
}

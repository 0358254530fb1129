/*
 * Moves, in terms of travelling and searching.
 */
#include "session/internal.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------- saying where we are */

static void say(struct session_event *e, enum session_why why, bool failed, const char *text)
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
static void conclude(struct session *s, struct session_event *e, enum ran ran, bool has_target)
{
    switch (ran) {
    case RAN_THERE:
    case RAN_SPOT:
        say(e, s->ended ? SESSION_ENDED : SESSION_DONE, false, "");
        if (s->ended)
            say_end(s, e);
        break;
    case RAN_ENDED:
        say(e, SESSION_ENDED, has_target, "");
        say_end(s, e);
        break;
    case RAN_INPUT:
        say(e, SESSION_INPUT, has_target, "all guests wait for input");
        break;
    case RAN_INTERRUPT:
        say(e, SESSION_INTERRUPT, false, "interrupted");
        break;
    case RAN_PRESENT:
        say(e, SESSION_PRESENT, has_target, "the recording ends here");
        break;
    case RAN_FAILED:
    default:
        say(e, SESSION_FAILED, true,
            s->replaying ? "the replay differs from its recording from here on"
                         : "the host has no memory left for this");
        break;
    }
}

static void say_spot(struct session *s, struct session_event *e, const struct spot *spot)
{
    say(e, SESSION_POINT, false, "");
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

/* ---------------------------------------- forwards and backwards, with points */

static void forward(struct session *s, const struct session_move *m, const struct aim *aim,
                    bool has_target, struct session_event *e)
{
    struct spot spot;
    enum ran ran;
    if (s->ended && !s->view.live) {
        conclude(s, e, RAN_ENDED, true);
        return;
    }
    if (m->no_points) {
        ran = travel_out(s);
        ran = ran == RAN_THERE ? run_to(s, aim) : ran;
    } else {
        ran = search_forward(s, aim, &spot);
    }
    if (ran == RAN_SPOT)
        say_spot(s, e, &spot);
    else
        conclude(s, e, ran, has_target);
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

/* Back to a position, or to the last point behind it. */
static void backward(struct session *s, const struct session_move *m,
                     const struct session_position *to, struct session_event *e)
{
    struct spot spot;
    enum ran ran = RAN_THERE;
    if (!m->no_points && any_point(s))
        ran = search_back(s, to, &spot);
    if (ran == RAN_SPOT) {
        say_spot(s, e, &spot);
        return;
    }
    if (ran == RAN_THERE)
        ran = travel(s, to);
    conclude(s, e, ran, true);
}

static void at_beginning(struct session *s, struct session_event *e, bool failed)
{
    (void)store_restore(s, s->history.snapshot[0]);
    say(e, SESSION_BEGINNING, failed, "this is the beginning: there is no more history");
}

/* ---------------------------------------- the moves */

/* Is the present the first position with its count? */
static bool is_first(struct session *s)
{
    const struct session_position here = s->now;
    if (s->view.live || travel_insn(s, here.insn) != RAN_THERE)
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
    say(e, SESSION_REFUSED, true, "in native mode there is no hypervisor: nothing exits to it");
    return true;
}

/* Onto a phase, going there with or without points on the way. */
static void onto(struct session *s, const struct session_move *m, uint64_t exit, unsigned phase,
                 struct session_event *e)
{
    bool found = false;
    if (!m->no_points && !s->view.live && s->now.exit + 1 < exit) {
        const struct aim aim = {.exit = exit - 1};
        forward(s, m, &aim, true, e);
        if (e->why != SESSION_DONE)
            return;
    }
    enum ran ran = travel_phase(s, exit, phase, &found);
    conclude(s, e, ran, true);
}

/* What became of a search in which `number` is our own point, which goes. */
static void found(struct session *s, enum ran ran, const struct spot *spot, unsigned number,
                  struct session_event *e)
{
    session_point_remove(s, number);
    if (ran == RAN_SPOT && spot->hit.point != number)
        say_spot(s, e, spot);
    else
        conclude(s, e, ran, true);
}

/* Forwards or back to a point of our own, among the user's. */
static void to_own_point(struct session *s, const struct session_move *m,
                         const struct session_point *p, struct session_event *e)
{
    struct sim_error err;
    struct spot spot;
    unsigned number = session_point_add(s, p, &err);
    const struct aim none = {0};
    if (!number) {
        say(e, SESSION_REFUSED, true, err.text);
        return;
    }
    enum ran ran = m->back ? search_back(s, NULL, &spot) : search_forward(s, &none, &spot);
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
    const struct aim none = {0};
    if (m->no_points)
        s->points.only = number;
    enum ran ran = search_forward(s, &none, &spot);
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
        conclude(s, e, RAN_THERE, true);
    else
        say_spot(s, e, &spot);
    return true;
}

void move_arrive(struct session *s, const struct session_position *to, struct session_event *e)
{
    conclude(s, e, travel(s, to), true);
}

void move_behind(struct session *s, struct session_event *e)
{
    conclude(s, e, travel_behind(s, s->now.exit, s->now.insn), true);
}

void move_refuse(struct session_event *e, const char *why)
{
    say(e, SESSION_REFUSED, true, why);
}

/* With a reason: a catch of our own. */
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
    if (m->reason >= 0) {
        exit_of_reason(s, m, e);
        return;
    }
    if (!m->back) {
        onto(s, m, s->now.exit + n, 0, e);
        return;
    }
    if (s->view.live && s->now.phase == 0)
        n++; /* we stand on the first landmark behind us */
    if (n > s->now.exit) {
        at_beginning(s, e, true);
        return;
    }
    onto(s, m, s->now.exit - n + 1, 0, e);
}

static void phase_forward(struct session *s, struct session_event *e)
{
    bool found = false;
    uint64_t exit = s->now.exit;
    enum ran ran;
    if (!s->view.live) {
        ran = travel_phase(s, exit + 1, 0, &found);
        conclude(s, e, ran, true);
        return;
    }
    ran = travel_phase(s, exit, s->now.phase + 1, &found);
    if (ran == RAN_THERE && !found && s->now.exit > exit) /* the next came at once */
        ran = travel_phase(s, exit + 1, 0, &found);
    conclude(s, e, ran, true);
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
    conclude(s, e, ran, true);
}

static void phase(struct session *s, const struct session_move *m, struct session_event *e)
{
    if (refuse_native(s, e))
        return;
    for (uint64_t i = 0; i < (m->count ? m->count : 1) && !e->failed; i++) {
        if (m->back)
            phase_backward(s, e);
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
        .vm = POINT_ANY,
        .cr3 = POINT_ANY,
        .address = m->address,
    };
    to_own_point(s, m, &p, e);
}

static void go_on(struct session *s, const struct session_move *m, struct session_event *e)
{
    const struct aim none = {0};
    struct spot spot;
    if (!m->back) {
        forward(s, m, &none, false, e);
        return;
    }
    enum ran ran = m->no_points ? RAN_THERE : search_back(s, NULL, &spot);
    if (ran == RAN_THERE)
        at_beginning(s, e, false);
    else if (ran == RAN_SPOT)
        say_spot(s, e, &spot);
    else
        conclude(s, e, ran, false);
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
    conclude(s, e, ran, true);
}

static void goto_insn(struct session *s, const struct session_move *m, struct session_event *e)
{
    enum ran ran = travel_insn(s, m->count);
    conclude(s, e, ran, true);
}

static void goto_cycle(struct session *s, const struct session_move *m, struct session_event *e)
{
    enum ran ran = travel_cycle(s, m->count);
    conclude(s, e, ran, true);
}

static void (*const moves[SESSION_VERBS])(struct session *, const struct session_move *,
                                          struct session_event *) = {
    [SESSION_STEP] = move_step,      [SESSION_PHASE] = phase,
    [SESSION_NEXT] = move_next,      [SESSION_FINISH] = move_finish,
    [SESSION_EXIT] = exit_move,      [SESSION_UNTIL] = until,
    [SESSION_GOTO_INSN] = goto_insn, [SESSION_GOTO_CYCLE] = goto_cycle,
    [SESSION_GOTO_EXIT] = goto_exit, [SESSION_CONTINUE] = go_on,
};

static bool end_of_move(struct session *s, struct session_event *e)
{
    locate(s, e);
    s->last = *e;
    return !e->failed;
}

bool session_go(struct session *s, const struct session_move *move, struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    if (move->verb < SESSION_VERBS)
        moves[move->verb](s, move, &e);
    else
        say(&e, SESSION_REFUSED, true, "there is no such move");
    bool ok = end_of_move(s, &e);
    *event = e;
    return ok;
}

bool session_goto(struct session *s, const struct session_position *to, struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    conclude(s, &e, travel_to(s, to), true);
    bool ok = end_of_move(s, &e);
    *event = e;
    return ok;
}

bool session_who_wrote(struct session *s, enum point_space space, uint32_t address,
                       struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    struct sim_error err;
    struct spot spot;
    struct session_point p = {.kind = POINT_DATA,
                              .space = SPACE_MACHINE,
                              .access = 2,
                              .enabled = true,
                              .silent = true,
                              .changes = true,
                              .size = 1,
                              .vm = POINT_ANY,
                              .cr3 = POINT_ANY};
    if (!(space == SPACE_LINEAR ? points_linear(s, s->vm, address, &p.address)
                                : points_machine(s, s->vm, space, address, &p.address))) {
        say(&e, SESSION_REFUSED, true, "there is no memory at that address");
    } else {
        const struct session_position here = s->now;
        unsigned number = session_point_add(s, &p, &err);
        s->points.only = number;
        enum ran ran = search_back(s, NULL, &spot);
        s->points.only = 0;
        session_point_remove(s, number);
        if (ran == RAN_SPOT)
            say_spot(s, &e, &spot);
        else
            conclude(s, &e, ran, true);
        if (ran == RAN_THERE) {
            (void)travel_to(s, &here);
            say(&e, SESSION_BEGINNING, true, "nobody changed that byte since the beginning");
        }
    }
    bool ok = end_of_move(s, &e);
    *event = e;
    return ok;
}

/*
 * Steps of one guest: its own instructions only. What other guests do meanwhile is passed, and so
 * is an interrupt that comes first, with all that its handler does. An exception is entered: it is
 * what the instruction did.
 *
 * Nothing is held up for that, everybody runs as they would: the step goes on until the guest is
 * back where it was interrupted. Where that is, the frame on the handler's stack says.
 */
#include <stdio.h>
#include <string.h>

#include "session/calls.h"

bool own_progressed(const struct cpu_state *a, const struct cpu_state *b)
{
    return a->eip != b->eip || a->eflags != b->eflags || memcmp(a->gpr, b->gpr, sizeof a->gpr) != 0;
}

/* ---------------------------------------- frames and points */

unsigned own_point(struct session *s, enum point_kind kind, uint32_t linear, const char *condition)
{
    struct sim_error err;
    struct session_point p = {.kind = (uint8_t)kind,
                              .enabled = true,
                              .silent = true,
                              .vm = s->vm,
                              .cr3 = POINT_ANY,
                              .value = POINT_ANY,
                              .address = linear};
    (void)snprintf(p.condition, sizeof(p.condition), "%s", condition);
    return session_point_add(s, &p, &err);
}

static uint32_t stack_linear(const struct cpu_state *c, uint32_t offset)
{
    const struct segment *ss = &c->seg[SEG_SS];
    return ss->base + (ss->ar & AR_DB ? offset : offset & 0xffffu);
}

bool own_frame(struct session *s, const struct spot *spot, const struct cpu_state *was,
               struct event_frame *f)
{
    enum { EIP, CS, EFLAGS, OUTER_ESP, WORDS };
    struct cpu_state in;
    uint32_t word[WORDS];
    if (!session_guest(s, s->vm, &in))
        return false;
    uint32_t at = in.gpr[R_ESP] + (spot->has_error ? 4u : 0u);
    for (uint32_t i = 0; i <= EFLAGS; i++)
        if (!hv_guest_linear(s->hv, s->vm, stack_linear(&in, at + 4 * i), &word[i], 4))
            return false;
    bool outer = (word[CS] & SEL_RPL) > in.cpl;
    word[OUTER_ESP] = at + 12;
    if (outer && !hv_guest_linear(s->hv, s->vm, stack_linear(&in, at + 12), &word[OUTER_ESP], 4))
        return false;
    *f = (struct event_frame){
        .slot = in.gpr[R_ESP],
        .eip = word[EIP],
        .esp = word[OUTER_ESP],
        .linear = was->seg[SEG_CS].base + word[EIP],
        .user = (word[CS] & SEL_RPL) == 3,
        .cr3 = was->cr3,
    };
    return true;
}

unsigned own_return(struct session *s, const struct event_frame *f)
{
    char condition[80];
    int n = snprintf(condition, sizeof(condition), "esp==0x%x", (unsigned)f->esp);
    if (f->user && n > 0)
        (void)snprintf(condition + n, sizeof(condition) - (size_t)n, "&&cpl==3&&cr3==0x%x",
                       (unsigned)f->cr3);
    return own_point(s, POINT_CODE, f->linear, condition);
}

/* ---------------------------------------- forwards */

struct own {
    unsigned trap; /* our point: an event is delivered to the guest */
    bool over;     /* what INT n leads to is passed too */
    struct session_event *e;
};

/* Something else stopped it, or could not go on. */
static bool stopped(struct session *s, struct own *o, enum ran ran, const struct spot *spot)
{
    if (ran == RAN_SPOT)
        event_spot(s, o->e, spot);
    else
        event_conclude(s, o->e, ran, true);
    return false;
}

static bool failed(struct session *s, struct own *o)
{
    event_conclude(s, o->e, RAN_FAILED, true);
    return false;
}

static void watch_traps(struct session *s, const struct own *o, bool on)
{
    struct session_point *p = session_point(s, o->trap);
    if (p)
        p->enabled = on;
}

/* A breakpoint of the user's where the step began does not end it when one comes back there. */
static bool stands_at(struct session *s, const struct event_frame *f, const struct spot *spot)
{
    struct cpu_state guest;
    return spot->hit.access == ACCESS_EXEC && spot->hit.address == f->linear &&
           session_guest(s, s->vm, &guest) && guest.gpr[R_ESP] == f->esp;
}

/* To where an interrupt's handler returns. False: it did not get there (*o->e). */
static bool pass(struct session *s, struct own *o, const struct event_frame *f)
{
    const struct aim none = {0};
    struct spot spot;
    unsigned back = own_return(s, f);
    if (!back)
        return failed(s, o);
    watch_traps(s, o, false);
    s->all_count = true; /* a breakpoint at the handler's first instruction was not met yet */
    enum ran ran = search_forward(s, &none, &spot);
    s->all_count = false;
    watch_traps(s, o, true);
    session_point_remove(s, back);
    return (ran == RAN_SPOT && (spot.hit.point == back || stands_at(s, f, &spot))) ||
           stopped(s, o, ran, &spot);
}

enum came { CAME_BACK, CAME_TO_HANDLER, CAME_ELSEWHERE };

static bool is_software(unsigned event)
{
    return event == EVENT_SOFTWARE || event == EVENT_SOFT_TRAP || event == EVENT_ICEBP;
}

/* An event was delivered: an interrupt is passed, and *done if the instruction went before it. */
static enum came trapped(struct session *s, struct own *o, const struct spot *spot,
                         const struct cpu_state *before, bool *done)
{
    struct event_frame f;
    bool passes = spot->event == EVENT_EXTERNAL || (o->over && is_software(spot->event));
    if (!passes || !own_frame(s, spot, before, &f))
        return CAME_TO_HANDLER;
    *done = f.eip != before->eip;
    return pass(s, o, &f) ? CAME_BACK : CAME_ELSEWHERE;
}

/* Lets the others run until this guest is about to go on where it stands. */
static enum came reach(struct session *s, struct own *o, const struct cpu_state *before, bool *done)
{
    const struct aim none = {0};
    struct spot spot;
    unsigned here = own_point(s, POINT_CODE, before->seg[SEG_CS].base + before->eip, "");
    enum ran ran = here ? search_forward(s, &none, &spot) : RAN_FAILED;
    session_point_remove(s, here);
    if (ran == RAN_SPOT && spot.hit.point == here)
        return CAME_BACK;
    if (ran == RAN_SPOT && spot.hit.point == o->trap)
        return trapped(s, o, &spot, before, done);
    (void)stopped(s, o, ran, &spot);
    return CAME_ELSEWHERE;
}

/* True: an instruction of the guest's is done, or its exception was delivered. */
static bool instruction(struct session *s, struct own *o)
{
    struct cpu_state before, after;
    bool reached = s->hv->vms == 1;
    if (!session_guest(s, s->vm, &before))
        return failed(s, o);
    for (;;) {
        struct spot spot;
        bool done = false;
        enum came came = CAME_BACK;
        const struct aim aim = {.insn = s->now.insn + 1};
        enum ran ran = search_forward(s, &aim, &spot);
        if (ran == RAN_SPOT && spot.hit.point == o->trap) {
            came = trapped(s, o, &spot, &before, &done);
        } else if (ran != RAN_THERE) {
            return stopped(s, o, ran, &spot);
        } else {
            done = reached || (session_guest(s, s->vm, &after) && own_progressed(&before, &after));
            if (!done)
                came = reach(s, o, &before, &done);
            reached = true;
        }
        if (came == CAME_ELSEWHERE)
            return false;
        if (came == CAME_TO_HANDLER || done)
            break;
    }
    event_conclude(s, o->e, RAN_THERE, true);
    return o->e->why == SESSION_DONE;
}

static bool has_ended(struct session *s)
{
    return s->ended || s->hv->vm[s->vm]->s.end != VM_RUNNING;
}

void own_forward(struct session *s, uint64_t count, bool over, struct session_event *e)
{
    struct own o = {.over = over, .e = e};
    if (has_ended(s) && !s->view.live) {
        event_conclude(s, e, RAN_ENDED, true);
        return;
    }
    o.trap = own_point(s, POINT_TRAP, 0, "");
    if (!o.trap)
        event_conclude(s, e, RAN_FAILED, true);
    for (uint64_t i = 0; o.trap && i < count && instruction(s, &o); i++)
        if (has_ended(s))
            break;
    session_point_remove(s, o.trap);
}

/* ---------------------------------------- backwards */

/* IRET, or a hypercall that is one. */
bool own_returned(const struct at *at, const struct cpu_state *there)
{
    uint32_t next = at->linear + at->insn.len;
    return at->insn.len &&
           (insn_row_of(&at->insn)->trap == TRAP_IRET ||
            (calls_is_interrupt(&at->insn) && next != there->seg[SEG_CS].base + there->eip));
}

/*
 * Behind an interrupt's handler, to where that interrupt was delivered: the last one whose frame
 * leads here. True: there, or stopped on the way (*e).
 */
static bool before_handler(struct session *s, const struct session_position *from,
                           const struct cpu_state *here, struct session_event *e)
{
    char condition[120];
    const struct session_position inside = s->now;
    unsigned esp = here->gpr[R_ESP];
    int n = snprintf(condition, sizeof(condition),
                     "access==%d&&[esp]==0x%x&&(esp+12==0x%x||[esp+12]==0x%x)", EVENT_EXTERNAL,
                     (unsigned)here->eip, esp, esp);
    if (here->cpl == 3 && n > 0)
        (void)snprintf(condition + n, sizeof(condition) - (size_t)n, "&&cr3==0x%x",
                       (unsigned)here->cr3);
    const unsigned trap = own_point(s, POINT_TRAP, 0, condition);
    if (trap && travel_to(s, from) == RAN_THERE && move_back_to_points(s, &trap, 1, e))
        return true;
    session_point_remove(s, trap);
    (void)travel_to(s, &inside);
    return false;
}

/* One instruction of the machine. Among positions that share a count the guest's is the same: from
 * a later one the first step only leads to the first. */
static void machine_back(struct session *s, const struct cpu_state *here, struct session_event *e)
{
    const struct session_move one = {.verb = SESSION_STEP, .count = 1, .back = true};
    struct cpu_state now;
    move_step(s, &one, e);
    if (e->why == SESSION_DONE && session_guest(s, s->vm, &now) && !own_progressed(here, &now))
        move_step(s, &one, e);
}

static void backward(struct session *s, uint64_t count, struct session_event *e)
{
    struct cpu_state here;
    struct at at;
    for (uint64_t i = 0; i < count && e->why == SESSION_DONE; i++) {
        if (!session_guest(s, s->vm, &here)) {
            event_conclude(s, e, RAN_FAILED, true);
            return;
        }
        bool interrupted = true;
        while (interrupted && e->why == SESSION_DONE) {
            const struct session_position from = s->now;
            machine_back(s, &here, e);
            interrupted = e->why == SESSION_DONE && calls_look(s, &at) &&
                          own_returned(&at, &here) && before_handler(s, &from, &here, e);
        }
    }
}

void move_own(struct session *s, const struct session_move *m, struct session_event *e)
{
    uint64_t count = m->count ? m->count : 1;
    if (m->back)
        backward(s, count, e);
    else
        own_forward(s, count, false, e);
}

/*
 * Moving the session for the client, and saying where it stopped.
 *
 * The end of the guests and the end of history are stops like others (replaylog), so that one can
 * go back from there; how the guests ended is told in words.
 */
#include "gdb/internal.h"

#include <stdlib.h>

/* ---------------------------------------- interrupts */

/* Looks at what came since the last time; true: 0x03 between packets. */
static bool look_ahead(struct gdb_server *g)
{
    bool found = false;
    for (; g->ahead.seen < g->queue_n; g->ahead.seen++) {
        uint8_t byte = g->queue[(g->queue_first + g->ahead.seen) % GDB_QUEUE];
        switch (g->ahead.state) {
        case PACKET_OUTSIDE:
            found = found || byte == 3;
            g->ahead.state = byte == '$' ? PACKET_INSIDE : PACKET_OUTSIDE;
            break;
        case PACKET_INSIDE:
            g->ahead.state = byte == '#' ? PACKET_SUM1 : PACKET_INSIDE;
            break;
        case PACKET_SUM1:
            g->ahead.state = PACKET_SUM2;
            break;
        case PACKET_SUM2:
            g->ahead.state = PACKET_OUTSIDE;
            break;
        }
    }
    return found;
}

bool gdb_poll(void *server)
{
    struct gdb_server *g = server;
    gdb_fetch(g);
    bool interrupted = look_ahead(g);
    if (g->host.poll && g->host.poll(g->host.opaque))
        interrupted = true;
    return interrupted || g->gone;
}

void gdb_watch_client(struct gdb_server *g, bool on)
{
    g->ahead.state = PACKET_OUTSIDE;
    g->ahead.seen = 0;
    if (on)
        session_set_poll(gdb_session(g), gdb_poll, g);
    else
        session_set_poll(gdb_session(g), g->host.poll, g->host.opaque);
}

/* ---------------------------------------- where it stopped */

static const char *const watch_words[] = {"swbreak", "hwbreak", "watch", "rwatch", "awatch"};

static void put_point(struct gdb_server *g, const struct gdb_point *p)
{
    bool known = p->type == 0 ? g->swbreak : p->type == 1 ? g->hwbreak : true;
    if (!known)
        return;
    reply_text(g, watch_words[p->type]);
    reply_text(g, ":");
    if (p->type >= 2)
        reply_number(g, p->address);
    reply_text(g, ";");
}

void gdb_stop_reply(struct gdb_server *g)
{
    const struct session_event *e = &g->last;
    const struct gdb_point *p =
        g->moved && e->why == SESSION_POINT ? gdb_point_of(g, e->hit.point) : NULL;
    unsigned thread = g->moved ? e->vm + 1u : g->thread;
    if (thread < 1 || thread > gdb_threads(g))
        thread = 1;
    g->thread = thread;
    reply_text(g, g->moved && e->why == SESSION_INTERRUPT ? "T02thread:" : "T05thread:");
    reply_number(g, thread);
    reply_text(g, ";");
    if (p)
        put_point(g, p);
    else if (g->moved && e->why == SESSION_BEGINNING)
        reply_text(g, "replaylog:begin;");
    else if (g->moved && (e->why == SESSION_ENDED || e->why == SESSION_PRESENT))
        reply_text(g, "replaylog:end;");
}

/* What gdb has no word for is written on its terminal. */
static void tell(struct gdb_server *g, const struct session_event *e)
{
    char *text = NULL;
    size_t n = 0;
    bool plain = e->why == SESSION_DONE || e->why == SESSION_INTERRUPT ||
                 e->why == SESSION_BEGINNING ||
                 (e->why == SESSION_POINT && gdb_point_of(g, e->hit.point));
    FILE *out = plain ? NULL : open_memstream(&text, &n);
    if (!out)
        return;
    if (g->host.tell)
        g->host.tell(g->host.opaque, e, out);
    else if (e->text[0])
        (void)fprintf(out, "%s\n", e->text);
    if (fclose(out) == 0)
        reply_console(g, text, n);
    free(text);
}

/* ---------------------------------------- moving */

/* Moves, and waits for input as long as there can be any. */
static void go(struct gdb_server *g, const struct session_move *m)
{
    struct session *s = gdb_session(g);
    gdb_watch_client(g, true);
    do
        (void)session_go(s, m, &g->last);
    while (g->last.why == SESSION_INPUT && m->verb == SESSION_CONTINUE && g->host.wait &&
           g->host.wait(g->host.opaque) && !gdb_poll(g));
    gdb_watch_client(g, false);
    g->moved = true;
}

/* Nothing moves while a question waits: it stands where it stood. */
static bool is_asked(struct gdb_server *g)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = g->host.asks ? open_memstream(&text, &n) : NULL;
    if (!out)
        return false;
    bool asked = g->host.asks(g->host.opaque, out);
    if (fclose(out) == 0 && asked)
        reply_console(g, text, n);
    free(text);
    if (asked)
        gdb_stop_reply(g);
    return asked;
}

static void stopped(struct gdb_server *g)
{
    tell(g, &g->last);
    gdb_stop_reply(g);
}

/* The VM that c and s are about. */
static unsigned running_vm(const struct gdb_server *g)
{
    return g->running >= 1 && g->running <= gdb_threads(g) ? g->running - 1u : gdb_vm(g);
}

static void go_on(struct gdb_server *g, unsigned vm, bool back)
{
    const struct session_move m = {.verb = SESSION_CONTINUE, .back = back, .reason = -1};
    session_set_vm(gdb_session(g), vm);
    if (is_asked(g))
        return;
    go(g, &m);
    stopped(g);
}

/* A VM that has ended does nothing more; the others stay where they are. */
static bool has_ended(struct gdb_server *g, unsigned vm)
{
    const struct hv *hv = session_hv(gdb_session(g));
    char text[64];
    if (hv->vms == 1 || vm >= hv->vms || hv->vm[vm]->s.end == VM_RUNNING)
        return false;
    int n = snprintf(text, sizeof text, "VM %u has ended: it has no next instruction.\n", vm);
    reply_console(g, text, (size_t)n);
    return true;
}

/*
 * One instruction of a VM; interrupts and the other VMs are passed. Back is one instruction of the
 * machine, whoever did it: the order of the VMs is part of what is undone.
 */
static void step(struct gdb_server *g, unsigned vm, bool back)
{
    const struct session_move m = {
        .verb = SESSION_STEP, .back = back, .own = true, .count = 1, .reason = -1};
    session_set_vm(gdb_session(g), vm);
    if (is_asked(g))
        return;
    if (!back && has_ended(g, vm)) {
        g->last.why = SESSION_DONE;
        g->last.vm = vm;
        gdb_stop_reply(g);
        return;
    }
    go(g, &m);
    stopped(g);
}

/* c and s may name another address to go on from. */
static unsigned jump(struct gdb_server *g, struct gdb_args *args)
{
    struct sim_error err;
    struct session_input in = {
        .kind = INPUT_REGISTER, .vm = (uint8_t)running_vm(g), .address = GUEST_EIP};
    if (args_end(args))
        return 0;
    if (!args_hex32(args, &in.value) || !args_end(args))
        return GDB_EINVAL;
    return session_give(gdb_session(g), &in, &err) ? 0 : GDB_EPERM;
}

/* C and S: a signal, which a machine does not have, then perhaps an address. */
static bool drop_signal(struct gdb_args *args)
{
    uint64_t signal;
    return args_hex(args, &signal) && (args_end(args) || args_char(args, ';'));
}

unsigned packet_continue(struct gdb_server *g, struct gdb_args *args)
{
    unsigned error = jump(g, args);
    if (!error)
        go_on(g, running_vm(g), false);
    return error;
}

unsigned packet_continue_signal(struct gdb_server *g, struct gdb_args *args)
{
    return drop_signal(args) ? packet_continue(g, args) : GDB_EINVAL;
}

unsigned packet_step(struct gdb_server *g, struct gdb_args *args)
{
    unsigned error = jump(g, args);
    if (!error)
        step(g, running_vm(g), false);
    return error;
}

unsigned packet_step_signal(struct gdb_server *g, struct gdb_args *args)
{
    return drop_signal(args) ? packet_step(g, args) : GDB_EINVAL;
}

unsigned packet_back_continue(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    go_on(g, running_vm(g), true);
    return 0;
}

unsigned packet_back_step(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    step(g, running_vm(g), true);
    return 0;
}

/* ---------------------------------------- vCont */

unsigned packet_which_moves(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "vCont;c;C;s;S");
    return 0;
}

struct action {
    bool step;
    int64_t thread; /* -1: all that no action was about */
};

/* ACTION[:THREAD] */
static bool read_action(struct gdb_args *args, struct action *a)
{
    uint64_t signal;
    a->thread = -1;
    if (args_char(args, 's') || args_char(args, 'c'))
        a->step = args->at[-1] == 's';
    else if ((args_char(args, 'S') || args_char(args, 'C'))) {
        a->step = args->at[-1] == 'S';
        if (!args_hex(args, &signal))
            return false;
    } else {
        return false;
    }
    return !args_char(args, ':') || args_thread(args, &a->thread);
}

/*
 * vCont;ACTION[:THREAD];...: one machine runs all VMs, so a step of one thread is a step until that
 * VM has done an instruction; the others run meanwhile as they come.
 */
unsigned packet_moves(struct gdb_server *g, struct gdb_args *args)
{
    struct action a;
    int64_t stepping = 0;
    do {
        if (!read_action(args, &a) || a.thread > (int64_t)gdb_threads(g))
            return GDB_EINVAL;
        if (a.step && !stepping)
            stepping = a.thread > 0 ? a.thread : (int64_t)running_vm(g) + 1;
    } while (args_char(args, ';'));
    if (!args_end(args))
        return GDB_EINVAL;
    if (stepping)
        step(g, (unsigned)stepping - 1u, false);
    else
        go_on(g, running_vm(g), false);
    return 0;
}

unsigned packet_why(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    gdb_stop_reply(g);
    return 0;
}

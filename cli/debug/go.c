/*
 * A move carried out: how long it may take, and what is said where it ended.
 */
#include <string.h>

#include "debug/internal.h"
#include "terminal.h"

bool debug_go_quietly(struct debugger *d, const struct session_move *move, struct session_event *e)
{
    return session_go(d->session, move, e);
}

/* Did a move that was cut at a cycle get where it was to get? */
static bool arrived(struct debugger *d, const struct session_move *move,
                    const struct session_event *e)
{
    return (move->verb == SESSION_UNTIL && e->linear == move->address) ||
           (move->verb == SESSION_EXIT && session_position(d->session)->phase != SESSION_OUTSIDE);
}

/* A cycle so much later; there is none behind the last. */
static uint64_t later(struct debugger *d, uint64_t cycles)
{
    uint64_t now = session_position(d->session)->cycle;
    return now < UINT64_MAX - cycles ? now + cycles : UINT64_MAX;
}

static uint64_t idle_cycles(struct debugger *d)
{
    return debug_hv(d)->machine->cpu.s.bucket[BUCKET_idle];
}

/*
 * A guest that waits at its prompt ticks on for ever. So moves without an end of their own go on in
 * seconds of simulated time, and stop after IDLE_SECONDS in which hardly anything ran: at the same
 * position every time.
 */
#define IDLE_SECONDS 10u

static bool go_patiently(struct debugger *d, struct session_move move, struct session_event *e)
{
    uint64_t hz = debug_hv(d)->config.profile->clock_hz;
    for (unsigned quiet = 0; quiet < IDLE_SECONDS;) {
        uint64_t idle = idle_cycles(d);
        size_t given = session_waiting(d->session);
        move.cycle = later(d, hz);
        bool ok = session_go(d->session, &move, e);
        if (e->why != SESSION_DONE || arrived(d, &move, e))
            return ok;
        bool taken = session_waiting(d->session) != given; /* what is typed may take a while */
        bool waits = (idle_cycles(d) - idle) * 50 >= hz * 49 && !taken;
        quiet = waits ? quiet + 1 : 0;
    }
    e->why = SESSION_INPUT;
    e->failed = move.verb != SESSION_CONTINUE;
    (void)snprintf(e->text, sizeof e->text,
                   "The guest has been idle for %u simulated seconds: type \"TEXT\\n\" gives it "
                   "input, continue waits on",
                   IDLE_SECONDS);
    return !e->failed;
}

/* What may never come back, such as the function that an idle kernel is in, is given up. */
#define RETURN_SECONDS 10u

static void go_and_return(struct debugger *d, struct session_move move, struct session_event *e)
{
    uint64_t hz = debug_hv(d)->config.profile->clock_hz;
    move.cycle = later(d, RETURN_SECONDS * hz);
    (void)session_go(d->session, &move, e);
    if (e->why != SESSION_DONE || session_position(d->session)->cycle < move.cycle)
        return;
    e->why = SESSION_INPUT;
    e->failed = true;
    (void)snprintf(e->text, sizeof e->text,
                   "It has not come back within %u simulated seconds; continue goes on",
                   RETURN_SECONDS);
}

int debug_go(struct debugger *d, const struct session_move *move)
{
    struct session_event e;
    if (!move->back && (move->verb == SESSION_FINISH || move->verb == SESSION_NEXT)) {
        go_and_return(d, *move, &e);
        return debugger_stopped(d, &e, d->out);
    }
    bool endless = move->verb == SESSION_CONTINUE || move->verb == SESSION_UNTIL ||
                   (move->verb == SESSION_EXIT && move->reason >= 0);
    if (!endless || move->back) {
        (void)debug_go_quietly(d, move, &e);
        return debugger_stopped(d, &e, d->out);
    }
    struct session_move one = *move;
    uint64_t count = move->count ? move->count : 1;
    one.count = 1;
    for (uint64_t i = 0; i < count; i++)
        if (!go_patiently(d, one, &e) || e.why != SESSION_DONE)
            break;
    return debugger_stopped(d, &e, d->out);
}

int debugger_stopped(struct debugger *d, const struct session_event *e, FILE *out)
{
    d->out = out;
    if (e->why == SESSION_INTERRUPT)
        terminal_forget_interrupt();
    if (predict_asks(d, e))
        return CLI_OK;
    return debug_tell_stop(d, e);
}

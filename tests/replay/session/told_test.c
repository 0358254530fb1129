/*
 * What a sink is told: everything once and in order, whichever way one goes, and in another future
 * what happens there.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "sim/state.h"

#define MOST   200000u
#define INSNS  1200000u
#define EDITED 400000u

static struct way {
    int mode;
    unsigned vms;
    char cpu[16];
} ways[] = {{MODE_trap, 1, ""}, {MODE_trap, 1, "classic"}, {MODE_trap, 2, ""}, {MODE_pv, 1, ""}};
#define WAYS (sizeof ways / sizeof *ways)

struct told {
    struct desk desk;
    struct session *s;
    uint64_t *event; /* owned: a digest of each, but of idling */
    size_t n;
    uint64_t idle, idle_until; /* cycles, together; the last one's end */
    bool backwards;            /* idling was told that lies before what was told */
    bool miscounted;           /* session_happened counts otherwise */
    unsigned cuts;
};

static struct told *cut_to; /* whose list follows */

static void on_event(void *opaque, const struct trace_event *e)
{
    struct told *t = opaque;
    struct session_happened now;
    if (e->kind == TRACE_IDLE) {
        t->idle += e->value;
        t->backwards = t->backwards || e->cycle < t->idle_until;
        t->idle_until = e->cycle + e->value;
        return;
    }
    bool exit = e->kind == TRACE_EXIT;
    const uint64_t words[] = {
        e->kind, e->vm, e->cycle, e->a, e->b, e->value, exit ? e->exit->number : 0};
    cr_assert_lt(t->n, MOST);
    t->event[t->n++] = state_hash_bytes(STATE_HASH_SEED, words, sizeof words);
    session_happened(t->s, &now);
    t->miscounted = t->miscounted || now.exits + now.events != t->n;
}

/* As the debugger's log does: what has not happened goes. Idling is not in it. */
static void on_cut(void *opaque, const struct session_happened *now)
{
    struct told *t = cut_to;
    (void)opaque;
    t->n = now->exits + now->events;
    t->idle_until = 0;
    t->cuts++;
}

static void begin(struct told *t, const struct way *w)
{
    struct desk *desk = &t->desk;
    memset(t, 0, sizeof *t);
    desk_open(desk, (enum hv_mode_id)w->mode, "hz=1000 run=\"forkwait 2; ls; sieve 20\"", 8);
    desk->config.hv.vms = w->vms;
    desk->config.hv.slice_cycles = w->vms > 1 ? 30000 : desk->config.hv.slice_cycles;
    for (unsigned n = 1; n < w->vms; n++)
        desk->config.disk[n][0] = desk->config.disk[0][0];
    if (w->cpu[0])
        cr_assert_eq(cpu_model_parse(w->cpu, &desk->config.hv.cpu, NULL), SIM_OK);
    desk->config.history_every = 50000;
    desk->config.cut = on_cut;
    t->event = calloc(MOST, sizeof *t->event);
    t->s = desk_session(desk);
    session_set_sink(t->s, (struct trace_sink){on_event, t});
}

static void end(struct told *t)
{
    session_destroy(t->s);
    free(t->event);
    desk_close(&t->desk);
}

static void expect_same(const struct told *a, const struct told *b, const char *how)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->event[i] == b->event[i])
        i++;
    cr_assert(i == a->n && i == b->n, "%s: the first %zu of %zu and %zu are equal", how, i, a->n,
              b->n);
    cr_assert_eq(a->idle, b->idle, "%s: idling", how);
    cr_assert_not(a->backwards || b->backwards, "%s", how);
    cr_assert_not(a->miscounted || b->miscounted, "%s", how);
}

/* To a place, and on the way often one step too far and back, now and then far back. */
static void wander(struct session *s, uint64_t to)
{
    uint64_t x = 88172645463325252u;
    for (;;) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t at = session_position(s)->insn;
        if (at >= to)
            break;
        uint64_t step = 1 + (x >> 33) % 30000;
        desk_go(s, SESSION_GOTO_INSN, false, at + step < to ? at + step : to);
        desk_go(s, SESSION_STEP, true, 1 + (x >> 50) % 3);
        if ((x >> 40) % 16 == 0)
            desk_go(s, SESSION_STEP, true, session_position(s)->insn / 2);
        if ((x >> 44) % 8 == 0)
            desk_go(s, SESSION_EXIT, true, 2);
        desk_go(s, SESSION_GOTO_INSN, false, at + step < to ? at + step : to);
    }
}

ParameterizedTestParameters(session_told, everything_is_told_once)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_told, everything_is_told_once)
{
    static struct told straight, crooked;
    begin(&straight, w);
    desk_go(straight.s, SESSION_GOTO_INSN, false, INSNS);
    cr_assert_gt(straight.n, 100);
    begin(&crooked, w);
    wander(crooked.s, INSNS);
    expect_same(&straight, &crooked, "wandering");
    end(&crooked);
    end(&straight);
}

/* Also instruction by instruction: what happens in the very cycle of a stop is told. */
ParameterizedTestParameters(session_told, no_stop_hides_anything)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_told, no_stop_hides_anything)
{
    static struct told straight, steps;
    begin(&straight, w);
    desk_go(straight.s, SESSION_GOTO_INSN, false, 300000);
    begin(&steps, w);
    for (uint64_t at = 250000; at <= 300000; at++)
        desk_go(steps.s, SESSION_GOTO_INSN, false, at);
    expect_same(&straight, &steps, "stepping");
    end(&steps);
    end(&straight);
}

static void edit(struct session *s)
{
    struct sim_error err;
    const struct session_input in = {.kind = INPUT_CONSOLE, .value = 'x'};
    cr_assert(session_give(s, &in, &err), "%s", err.text);
}

ParameterizedTestParameters(session_told, another_future_is_told_as_it_happens)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, session_told, another_future_is_told_as_it_happens)
{
    static struct told straight, back;
    begin(&straight, w);
    desk_go(straight.s, SESSION_GOTO_INSN, false, EDITED);
    edit(straight.s);
    edit(straight.s);
    desk_go(straight.s, SESSION_GOTO_INSN, false, INSNS);
    begin(&back, w);
    desk_go(back.s, SESSION_GOTO_INSN, false, INSNS);
    desk_go(back.s, SESSION_GOTO_INSN, false, EDITED);
    cut_to = &back;
    edit(back.s);
    edit(back.s); /* behind the first one: this is the future now */
    cr_assert_eq(back.cuts, 1);
    desk_go(back.s, SESSION_GOTO_INSN, false, INSNS);
    back.idle = straight.idle;
    expect_same(&straight, &back, "another future");
    end(&back);
    end(&straight);
}

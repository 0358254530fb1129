/*
 * Allocation n of what a session does fails, for every n: once, or it and all that follow. The move
 * or call fails with a sentence or does not need it; nothing leaks; and with memory again the same
 * session does the same as one that never lacked any.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <string.h>

#include "hv/work.h"
#include "sim/alloc.h"
#include "tests/oom/lack.h"
#include "tests/replay/session/desk.h"

#define WORKLOAD "hz=1000 run=\"mkdir /x; fork; ls; halt\""
#define FAR      400000u
#define MIDDLE   250000u
#define EVERY    20000u /* instructions between snapshots: many allocations */
#ifdef __SANITIZE_ADDRESS__
#define MOST 16u /* allocations of one kind of work that are made to fail */
#else
#define MOST 40u
#endif

/* ---------------------------------------- kinds of work */

static struct desk desk;
static uint8_t *saved, *recorded; /* files of a session at FAR */
static size_t saved_size, recorded_size;
static char said[256];

static bool go(struct session *s, struct session_move m)
{
    struct session_event e;
    if (!m.reason)
        m.reason = -1;
    bool ok = session_go(s, &m, &e);
    (void)snprintf(said, sizeof(said), "%s", e.text);
    return ok;
}

static bool heard(enum sim_status status, const struct sim_error *err)
{
    (void)snprintf(said, sizeof(said), "%.*s", (int)sizeof(said) - 1, err->text);
    return status == SIM_OK;
}

static bool run_on(struct session *s)
{
    return go(s, (struct session_move){.verb = SESSION_GOTO_INSN, .count = FAR});
}

static bool step_back(struct session *s)
{
    return go(s, (struct session_move){.verb = SESSION_STEP, .back = true, .count = 12345});
}

static bool go_into(struct session *s)
{
    return go(s, (struct session_move){.verb = SESSION_GOTO_EXIT, .count = 40}) &&
           go(s, (struct session_move){.verb = SESSION_PHASE}) &&
           go(s, (struct session_move){.verb = SESSION_PHASE, .back = true});
}

static bool finish(struct session *s)
{
    return go(s, (struct session_move){.verb = SESSION_FINISH});
}

static bool add_point(struct session *s, struct session_point p)
{
    struct sim_error err = {SIM_OK, ""};
    p.enabled = true;
    p.vm = p.cr3 = POINT_ANY;
    unsigned number = session_point_add(s, &p, &err);
    (void)heard(SIM_OK, &err);
    return number != 0;
}

static void no_points(struct session *s)
{
    while (session_point_next(s, 0))
        (void)session_point_remove(s, session_point_next(s, 0)->number);
}

static bool catch_back(struct session *s)
{
    bool ok = add_point(s, (struct session_point){.kind = POINT_TRAP, .value = POINT_ANY}) &&
              go(s, (struct session_move){.verb = SESSION_CONTINUE, .back = true}) &&
              go(s, (struct session_move){.verb = SESSION_CONTINUE, .back = true});
    no_points(s);
    return ok;
}

static bool watch_forward(struct session *s)
{
    struct cpu_state guest;
    bool ok =
        session_guest(s, 0, &guest) &&
        add_point(s,
                  (struct session_point){
                      .kind = POINT_DATA, .address = guest.gpr[4] - 16, .size = 16, .access = 2}) &&
        go(s, (struct session_move){.verb = SESSION_CONTINUE});
    no_points(s);
    return ok;
}

static bool who_wrote(struct session *s)
{
    struct cpu_state guest;
    struct session_event e = {.text = "no guest"};
    bool ok = session_guest(s, 0, &guest) && session_who_wrote(s, SPACE_LINEAR, guest.gpr[4], &e);
    (void)snprintf(said, sizeof(said), "%s", e.text);
    return ok;
}

static unsigned given; /* each input once: what was refused is given again */

static bool give(struct session *s)
{
    static const struct session_input in[] = {
        {.kind = INPUT_MARK, .name = "m"},
        {.kind = INPUT_REGISTER, .address = 2, .value = 77},
        {.kind = INPUT_CONSOLE, .value = 'k'},
        {.kind = INPUT_CONSOLE, .value = '\n'},
    };
    struct sim_error err = {SIM_OK, ""};
    while (given < 4 && session_give(s, &in[given], &err))
        given++;
    (void)heard(SIM_OK, &err);
    return given == 4 && run_on(s);
}

static bool save(struct session *s)
{
    struct sim_error err = {SIM_OK, ""};
    uint8_t *bytes;
    size_t n;
    bool ok = heard(session_save(s, "a note", &bytes, &n, &err), &err);
    if (ok)
        sim_free(bytes);
    return ok;
}

static bool record(struct session *s)
{
    struct sim_error err = {SIM_OK, ""};
    uint8_t *bytes;
    size_t n;
    bool ok = heard(session_record(s, "a note", &bytes, &n, &err), &err);
    if (ok)
        sim_free(bytes);
    return ok;
}

static bool restore(struct session *s)
{
    struct sim_error err = {SIM_OK, ""};
    return heard(session_restore(s, saved, saved_size, &err), &err);
}

static bool replay(struct session *s)
{
    struct sim_error err = {SIM_OK, ""};
    bool begun = session_position(s)->insn != 0; /* it replays already, and failed while running */
    return (begun || heard(session_replay(s, recorded, recorded_size, &err), &err)) && run_on(s);
}

/* Work is begun at `from`; FRESH: in a session of its own each time. */
#define FRESH UINT64_MAX
static const struct work_kind {
    const char *name;
    bool (*does)(struct session *s);
    uint64_t from;
    bool exits; /* needs a hypervisor */
} kinds[] = {
    {"runs on", run_on, 0, false},
    {"steps back", step_back, MIDDLE, false},
    {"goes into an exit", go_into, MIDDLE, true},
    {"goes into an exit and out", finish, MIDDLE, false},
    {"catches going back", catch_back, MIDDLE, false},
    {"watches", watch_forward, MIDDLE, false},
    {"asks who wrote", who_wrote, MIDDLE, false},
    {"is given input", give, FRESH, false},
    {"is saved", save, MIDDLE, false},
    {"is recorded", record, MIDDLE, false},
    {"is restored", restore, FRESH, false},
    {"replays", replay, FRESH, false},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* ---------------------------------------- with and without memory */

struct result {
    struct session_position at;
    uint64_t hash;
};

static struct result result_of(struct session *s)
{
    return (struct result){*session_position(s), session_hash(s)};
}

static void expect_same(const struct result *a, const struct result *b, const char *name,
                        unsigned n)
{
    cr_assert_eq(session_compare(&a->at, &b->at), 0, "%s, allocation %u: at %llu, not %llu", name,
                 n, (unsigned long long)a->at.insn, (unsigned long long)b->at.insn);
    cr_assert_eq(a->hash, b->hash, "%s, allocation %u: another state", name, n);
}

/* To where the work begins, with memory. A session of its own has been there never. */
static struct session *begin(struct session *s, const struct work_kind *k)
{
    if (!s) {
        s = desk_session(&desk);
        given = 0;
    }
    if (k->from != FRESH)
        cr_assert(go(s, (struct session_move){.verb = SESSION_GOTO_INSN, .count = k->from}),
                  "%s: %s", k->name, said);
    return s;
}

/* Fails, once or for ever, in allocation n of the work; then it is done with memory. */
static struct session *fail_once(struct session *s, const struct work_kind *k, unsigned n,
                                 bool ever, const struct result *want)
{
    s = begin(s, k);
    said[0] = 0;
    lack(n, ever);
    bool ok = k->does(s);
    unsigned made = lack_calls();
    lack(0, false);
    cr_assert(ok || strlen(said) > 5, "%s, allocation %u: fails without a word", k->name, n);
    cr_assert(made >= n || ok, "%s: only %u allocations, and fails: %s", k->name, made, said);
    if (!ok) {
        s = begin(s, k->from == FRESH ? &(struct work_kind){.from = FRESH} : k);
        cr_assert(k->does(s), "%s, allocation %u: not even with memory: %s", k->name, n, said);
    }
    const struct result got = result_of(s);
    expect_same(&got, want, k->name, n);
    if (k->from == FRESH) {
        session_destroy(s);
        s = NULL;
    }
    return s;
}

static void starve(const struct work_kind *k)
{
    struct session *s = begin(NULL, k);
    (void)go(s, (struct session_move){.verb = SESSION_GOTO_INSN}); /* as it will be found */
    s = begin(s, k);
    lack(0, false);
    cr_assert(k->does(s), "%s: %s", k->name, said);
    const unsigned all = lack_calls();
    const struct result want = result_of(s);
    session_destroy(s);
    s = NULL;
    for (unsigned ever = 0; ever < 2; ever++)
        for (unsigned i = 0; i < MOST && i < all; i++) { /* the first ones, then some of the rest */
            unsigned n = all <= MOST || i < MOST / 2 ? i + 1 : 1 + i * (all - 1) / (MOST - 1);
            s = fail_once(s, k, n, ever, &want);
        }
    session_destroy(s);
    cr_expect_eq(lack_held(), 0, "%s: %ld blocks leaked", k->name, lack_held());
}

static void open_desk(int mode)
{
    struct sim_error err;
    desk_open(&desk, (enum hv_mode_id)mode, WORKLOAD, 4);
    desk.config.history_every = EVERY;
    struct session *s = desk_session(&desk);
    cr_assert(run_on(s), "%s", said);
    cr_assert_eq(session_save(s, "", &saved, &saved_size, &err), SIM_OK);
    cr_assert_eq(session_record(s, "", &recorded, &recorded_size, &err), SIM_OK);
    session_destroy(s);
    lack_forget();
}

static int all_modes[] = {MODE_native, MODE_trap, MODE_pv};

ParameterizedTestParameters(oom_session, whatever_lacks_memory_can_be_done_with_memory)
{
    return cr_make_param_array(int, all_modes, 3);
}

ParameterizedTest(const int *mode, oom_session, whatever_lacks_memory_can_be_done_with_memory)
{
    open_desk(*mode);
    for (unsigned k = 0; k < KINDS; k++)
        if (!kinds[k].exits || *mode != MODE_native)
            starve(&kinds[k]);
    sim_free(saved);
    sim_free(recorded);
    desk_close(&desk);
}

ParameterizedTestParameters(oom_session, a_session_is_made_whole_or_not_at_all)
{
    return cr_make_param_array(int, all_modes, 3);
}

ParameterizedTest(const int *mode, oom_session, a_session_is_made_whole_or_not_at_all)
{
    struct sim_error err;
    struct session *s;
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 4);
    lack_forget();
    lack(0, false);
    session_destroy(desk_session(&desk));
    cr_assert_eq(lack_held(), 0);
    const unsigned all = lack_calls();
    for (unsigned n = 1; n <= all; n++) {
        memset(&err, 0, sizeof(err));
        lack(n, n % 2);
        cr_assert_eq(session_create(&s, &desk.config, &err), SIM_NO_MEMORY, "allocation %u", n);
        lack(0, false);
        cr_assert_null(s);
        cr_assert_gt(strlen(err.text), 5, "allocation %u fails without a word", n);
        cr_assert_eq(lack_held(), 0, "allocation %u: %ld blocks leaked", n, lack_held());
    }
    desk_close(&desk);
}

/* ---------------------------------------- guest work */

/* A session that watches work and lacks memory in allocation n: a hash of its log; 0: it says that
 * the log is not whole. */
static uint64_t watch(unsigned n, bool ever, const struct result *want)
{
    struct session *s = desk_session(&desk);
    struct sim_error err = {SIM_OK, ""};
    const struct work_config config = {.memory = true};
    size_t entries;
    lack(n, ever);
    bool watched = heard(session_watch_work(s, &config, &err), &err);
    cr_assert(watched || strlen(said) > 5, "allocation %u fails without a word", n);
    (void)run_on(s);
    lack(0, false);
    cr_assert(run_on(s), "allocation %u: %s", n, said);
    const struct result got = result_of(s);
    expect_same(&got, want, "watches work", n);
    const struct work_stretch *log = session_work(s, &entries);
    uint64_t hash = state_hash_bytes(STATE_HASH_SEED, log, entries * sizeof(*log));
    bool whole = watched && !session_work_lost(s);
    cr_assert(!whole || entries > 3);
    session_destroy(s);
    return whole ? hash : 0;
}

ParameterizedTestParameters(oom_session, work_that_could_not_be_logged_is_said_to_be_lost)
{
    return cr_make_param_array(int, all_modes, 3);
}

ParameterizedTest(const int *mode, oom_session, work_that_could_not_be_logged_is_said_to_be_lost)
{
    desk_open(&desk, (enum hv_mode_id) * mode, WORKLOAD, 4);
    struct session *s = desk_session(&desk);
    cr_assert(run_on(s), "%s", said);
    const struct result want = result_of(s);
    session_destroy(s);
    lack_forget();
    const uint64_t all = watch(0, false, &want);
    cr_assert_neq(all, 0);
    unsigned lost = 0;
    for (unsigned n = 1; n <= MOST; n++)
        for (unsigned ever = 0; ever < 2; ever++) {
            uint64_t log = watch(n, ever, &want);
            cr_assert(log == 0 || log == all, "allocation %u: another log", n);
            lost += log == 0;
        }
    cr_assert_geq(lost, 4, "a log, its index and the spaces were never refused: %u", lost);
    cr_assert_eq(lack_held(), 0, "%ld blocks leaked", lack_held());
    desk_close(&desk);
}

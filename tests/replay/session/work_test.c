/*
 * Guest work: its key is equal in every mode, its log survives going back, and says what programs
 * held.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "cli/debug/symbols.h"
#include "desk.h"
#include "hv/work.h"

/* Forks, programs, pipes, signals, faults, page faults; two processes at once. */
#define WORKLOAD                                                                                   \
    "hz=1000 run=\"forktree 2; exec 2; pipe 5; pagefault 20; sleep 9 & kill 3; fault divzero; "    \
    "fault stack; ls /text | wc; sieve 20 | sieve 20; null_syscall 5; halt\""

struct watched {
    struct desk desk;
    struct session *s;
};

/* Where the desk's guest keeps the process that runs. */
static struct work_config config_of(const struct desk *desk)
{
    struct symbol current;
    uint32_t offset, bytes;
    cr_assert(symbols_built(), "these tests need libdw");
    struct symbols *symbols = symbols_open(desk->guest.bytes, desk->guest.size);
    cr_assert(symbols_find(symbols, "current", 7, &current));
    cr_assert(symbols_member(symbols, "proc", "pid", &offset, &bytes));
    symbols_close(symbols);
    return (struct work_config){.current = current.value, .pid_offset = offset};
}

static void watch(struct watched *w, enum hv_mode_id mode, const char *cmdline, bool own_time)
{
    struct sim_error err;
    memset(w, 0, sizeof(*w));
    desk_open(&w->desk, mode, cmdline, 16);
    w->s = desk_session(&w->desk);
    struct work_config config = config_of(&w->desk);
    config.own_time = own_time;
    config.memory = true;
    cr_assert_eq(session_watch_work(w->s, &config, &err), SIM_OK, "%s", err.text);
}

static void finish(struct watched *w)
{
    session_destroy(w->s);
    desk_close(&w->desk);
}

static void run(struct watched *w)
{
    cr_assert_eq(desk_go(w->s, SESSION_CONTINUE, false, 0).why, SESSION_ENDED);
    cr_assert(!session_work_lost(w->s));
}

/* ---------------------------------------- the same in every mode */

/* A crossing into the kernel, without what may differ between modes: time, segments. */
struct crossing {
    struct work_key key;
    uint8_t end, vector;
    uint32_t error, out[8], eip, eflags, in[8], in_eip, in_eflags;
    uint64_t memory;
};

static int by_key(const void *a, const void *b)
{
    const struct work_key *x = &((const struct crossing *)a)->key;
    const struct work_key *y = &((const struct crossing *)b)->key;
    return x->pid != y->pid       ? (x->pid < y->pid ? -1 : 1)
           : x->entry != y->entry ? (x->entry < y->entry ? -1 : 1)
                                  : 0;
}

/* A program that was interrupted in this entry has no beginning to compare. */
static bool same(const struct crossing *a, const struct crossing *b)
{
    bool out = by_key(a, b) == 0 && a->key.insns == b->key.insns && a->end == b->end &&
               a->vector == b->vector && a->error == b->error && a->eip == b->eip &&
               a->eflags == b->eflags && a->memory == b->memory &&
               memcmp(a->out, b->out, sizeof(a->out)) == 0;
    if (!out || !a->in_eip || !b->in_eip)
        return out;
    return a->in_eip == b->in_eip && a->in_eflags == b->in_eflags &&
           memcmp(a->in, b->in, sizeof(a->in)) == 0;
}

/* Owned by the caller: what a whole run crossed, by key. */
static struct crossing *crossings(enum hv_mode_id mode, size_t *n)
{
    static struct watched w;
    size_t count;
    watch(&w, mode, WORKLOAD, true);
    run(&w);
    const struct work_stretch *log = session_work(w.s, &count);
    struct crossing *all = calloc(count, sizeof(*all));
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct work_stretch *t = &log[i];
        if (t->end != WORK_CALL && t->end != WORK_FAULT)
            continue;
        struct crossing *c = &all[(*n)++];
        c->key = t->key;
        c->key.insns += t->to.insn - t->from.insn;
        c->end = t->end;
        c->vector = t->vector;
        c->error = t->error;
        memcpy(c->out, t->out, sizeof(c->out));
        c->eip = t->eip;
        c->eflags = t->eflags & ~(uint32_t)FLAG_RF;
        c->memory = t->out_memory ? t->memory_out : 0;
        if (t->begin == WORK_RESUME)
            continue; /* where an interrupt struck is the clock's doing */
        memcpy(c->in, t->in, sizeof(c->in));
        c->in_eip = t->in_eip;
        c->in_eflags = t->in_eflags;
    }
    qsort(all, *n, sizeof(*all), by_key);
    finish(&w);
    return all;
}

Test(session_work, keys_and_what_programs_hold_are_equal_in_every_mode)
{
    size_t n;
    struct crossing *native = crossings(MODE_native, &n);
    cr_assert_gt(n, 200);
    cr_assert_gt(native[n - 1].key.pid, 15, "processes: %u", native[n - 1].key.pid);
    for (unsigned m = 1; m < 3; m++) {
        size_t also;
        struct crossing *other = crossings((enum hv_mode_id)desk_modes[m], &also);
        cr_assert_eq(also, n, "mode %d: %zu of %zu", desk_modes[m], also, n);
        for (size_t i = 0; i < n; i++) {
            const struct crossing *a = &native[i];
            const struct crossing *b = &other[i];
            cr_assert(same(a, b), "mode %d: process %u, entry %llu + %llu against %u, %llu + %llu",
                      desk_modes[m], a->key.pid, (unsigned long long)a->key.entry,
                      (unsigned long long)a->key.insns, b->key.pid,
                      (unsigned long long)b->key.entry, (unsigned long long)b->key.insns);
        }
        free(other);
    }
    free(native);
}

Test(session_work, programs_that_ask_for_the_time_get_their_own_work)
{
    static struct watched w;
    static char said[2][4096];
    for (unsigned own = 0; own < 2; own++) {
        for (unsigned m = 0; m < 2; m++) {
            size_t n;
            watch(&w, (enum hv_mode_id)desk_modes[m], "run=\"null_syscall 20; halt\"", own);
            run(&w);
            const char *text = session_console(w.s, 0, &n);
            cr_assert_lt(n, sizeof(said[m]));
            memcpy(said[m], text, n);
            said[m][n] = 0;
            finish(&w);
        }
        cr_assert(strstr(said[0], "null_syscall"));
        cr_assert_eq(strcmp(said[0], said[1]) == 0, own, "%s\n%s", said[0], said[1]);
    }
}

/* ---------------------------------------- the log */

Test(session_work, the_log_ends_where_it_is_to_be_no_longer)
{
    static struct watched w;
    struct sim_error err;
    size_t n;
    memset(&w, 0, sizeof(w));
    desk_open(&w.desk, MODE_trap, "run=\"null_syscall 20; halt\"", 16);
    w.s = desk_session(&w.desk);
    const struct work_config config = {.most = 10};
    cr_assert_eq(session_watch_work(w.s, &config, &err), SIM_OK, "%s", err.text);
    cr_assert_eq(desk_go(w.s, SESSION_CONTINUE, false, 0).why, SESSION_ENDED);
    const struct work_stretch *log = session_work(w.s, &n);
    cr_assert_eq(n, 10u);
    cr_assert(session_work_lost(w.s));
    cr_assert_neq(log[8].end, WORK_RUNNING, "what is there is whole");
    finish(&w);
}

static uint64_t log_hash(struct session *s)
{
    size_t n;
    const struct work_stretch *log = session_work(s, &n);
    return state_hash_bytes(STATE_HASH_SEED, log, n * sizeof(*log));
}

ParameterizedTestParameters(session_work, going_back_changes_nothing_in_the_log)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_work, going_back_changes_nothing_in_the_log)
{
    static struct watched w;
    watch(&w, (enum hv_mode_id) * mode, WORKLOAD, false);
    run(&w);
    uint64_t end = session_position(w.s)->insn, log = log_hash(w.s), hash = session_hash(w.s);
    uint64_t at = 12345;
    for (unsigned i = 0; i < 8; i++) {
        at = at * 6364136223846793005u + 1442695040888963407u;
        desk_go(w.s, SESSION_GOTO_INSN, false, (at >> 20) % end);
        cr_assert_eq(log_hash(w.s), log, "back to %llu", (unsigned long long)(at >> 20) % end);
        desk_go(w.s, SESSION_STEP, false, 1000);
        cr_assert_eq(log_hash(w.s), log);
    }
    desk_go(w.s, SESSION_CONTINUE, false, 0);
    cr_assert_eq(log_hash(w.s), log);
    cr_assert_eq(session_hash(w.s), hash);
    finish(&w);
}

/* At the beginning of a stretch the program holds what the log says; a key leads back there. */
static void look_at(struct session *s, const struct work_stretch *t)
{
    struct session_position at;
    struct session_event e;
    struct work_key key = t->key, here;
    struct cpu_state guest;
    cr_assert(session_work_find(s, 0, &key, &at));
    cr_assert(session_goto(s, &at, &e), "%s", e.text);
    cr_assert(session_work_key(s, 0, &here));
    cr_assert_eq(memcmp(&key.pid, &here.pid, sizeof(key.pid)), 0);
    cr_assert_eq(key.entry, here.entry);
    cr_assert_eq(key.insns, here.insns);
    cr_assert(session_goto(s, &t->from, &e), "%s", e.text);
    cr_assert(session_guest(s, 0, &guest));
    cr_assert_eq(guest.cpl, 3);
    cr_assert_eq(guest.eip, t->in_eip);
    cr_assert_eq(guest.eflags, t->in_eflags, "%x %x", guest.eflags, t->in_eflags);
    for (unsigned r = 0; r < 8; r++)
        cr_assert(r == R_ESP || guest.gpr[r] == t->in[r]);
    if (!t->in_memory)
        return;
    uint32_t pages;
    cr_assert_eq(session_user_memory(s, 0, &pages), t->memory_in);
}

/* Its end: memory is what the log says, page after page. */
static void look_at_end(struct session *s, const struct work_stretch *t)
{
    struct session_event e;
    uint32_t pages, counted = 0;
    const uint8_t *bytes;
    cr_assert(session_goto(s, &t->to, &e), "%s", e.text);
    cr_assert_eq(session_user_memory(s, 0, &pages), t->memory_out);
    cr_assert_eq(pages, t->pages);
    for (uint32_t at = 0; session_user_page(s, 0, &at, &bytes); at += PAGE_SIZE, counted++)
        cr_assert(bytes);
    cr_assert_eq(counted, pages);
}

ParameterizedTestParameters(session_work, the_log_says_what_programs_held)
{
    return DESK_MODES;
}

ParameterizedTest(const int *mode, session_work, the_log_says_what_programs_held)
{
    static struct watched w;
    size_t n, ends = 0;
    watch(&w, (enum hv_mode_id) * mode, WORKLOAD, false);
    run(&w);
    const struct work_stretch *log = session_work(w.s, &n);
    struct work_stretch *copy = calloc(n, sizeof(*copy)); /* the log is valid until the next move */
    memcpy(copy, log, n * sizeof(*copy));
    for (size_t i = 0; i < n; i += 1 + n / 50) {
        const struct work_stretch *t = &copy[i];
        look_at(w.s, t);
        if (t->end == WORK_CALL || t->end == WORK_FAULT) {
            cr_assert(t->out_memory == work_samples(t->key.entry + 1, t->pages));
            if (t->out_memory) {
                look_at_end(w.s, t);
                ends++;
            }
        }
    }
    cr_assert_gt(ends, 10);
    free(copy);
    finish(&w);
}

Test(session_work, a_new_future_is_a_new_log)
{
    static struct watched w;
    struct sim_error err;
    struct session_event e;
    size_t n, after;
    watch(&w, MODE_trap, "run=\"echo a; halt\"", false);
    run(&w);
    const struct work_stretch *log = session_work(w.s, &n);
    uint64_t all = log_hash(w.s);
    const struct work_stretch middle = log[n / 2];
    cr_assert(session_goto(w.s, &middle.from, &e));
    const struct session_input edit = {.kind = INPUT_REGISTER, .address = R_EDI, .value = 0x1234};
    cr_assert(session_give(w.s, &edit, &err), "%s", err.text);
    (void)session_work(w.s, &after);
    cr_assert_eq(after, n / 2 + 1, "what was behind is forgotten");
    desk_go(w.s, SESSION_CONTINUE, false, 0);
    log = session_work(w.s, &after);
    cr_assert_gt(after, n / 2 + 1);
    cr_assert_neq(log_hash(w.s), all);
    cr_assert_eq(log[n / 2].key.entry, middle.key.entry);
    finish(&w);
}

Test(session_work, without_symbols_a_process_is_an_address_space)
{
    static struct desk desk;
    struct sim_error err;
    size_t n;
    uint32_t most = 0;
    desk_open(&desk, MODE_pv, "run=\"forkwait 2; halt\"", 16);
    struct session *s = desk_session(&desk);
    const struct work_config config = {.memory = false};
    cr_assert_eq(session_watch_work(s, &config, &err), SIM_OK);
    cr_assert_eq(session_watch_work(s, &config, &err), SIM_BAD_INPUT, "twice");
    desk_go(s, SESSION_CONTINUE, false, 0);
    const struct work_stretch *log = session_work(s, &n);
    for (size_t i = 0; i < n; i++) {
        cr_assert_leq(log[i].key.pid, most + 1, "numbers follow each other");
        most = log[i].key.pid > most ? log[i].key.pid : most;
        cr_assert(!log[i].in_memory && !log[i].out_memory);
    }
    cr_assert_geq(most, 2);
    desk_end(&desk, s);
}

Test(session_work, is_watched_from_the_beginning_or_not)
{
    static struct desk desk;
    struct sim_error err;
    struct work_key key;
    size_t n;
    struct session *s = desk_begin(&desk, MODE_trap, "run=\"halt\"", 16);
    const struct work_config config = {.memory = true};
    desk_go(s, SESSION_STEP, false, 10);
    cr_assert_eq(session_watch_work(s, &config, &err), SIM_BAD_INPUT);
    cr_assert(strstr(err.text, "beginning"));
    cr_assert_null(session_work(s, &n));
    cr_assert_eq(n, 0);
    cr_assert(!session_work_key(s, 0, &key));
    desk_end(&desk, s);
}

/* ---------------------------------------- several guests */

/* Where the next stretch of that guest that ends in its kernel is, from i on. */
static size_t next_call(const struct work_stretch *log, size_t n, unsigned vm, size_t i)
{
    while (i < n && (log[i].vm != vm || (log[i].end != WORK_CALL && log[i].end != WORK_FAULT)))
        i++;
    return i;
}

/* Two guests of one image do the same work, each in processes of its own: crossing by crossing. */
static void expect_equal_work(const struct work_stretch *log, size_t n)
{
    size_t a = 0, b = 0, equal = 0;
    uint32_t most = 0;
    while ((a = next_call(log, n, 0, a)) < n && (b = next_call(log, n, 1, b)) < n) {
        const struct work_stretch *x = &log[a++], *y = &log[b++];
        cr_assert_eq(x->key.pid, y->key.pid, "crossing %zu", equal);
        cr_assert_eq(x->key.entry, y->key.entry, "crossing %zu", equal);
        cr_assert_eq(x->eip, y->eip, "crossing %zu", equal);
        cr_assert_eq(x->vector, y->vector, "crossing %zu", equal);
        most = x->key.pid > most ? x->key.pid : most;
        equal++;
    }
    cr_assert_gt(equal, 500, "%zu crossings are equal", equal);
    cr_assert_gt(most, 100, "%u processes", most);
    cr_assert_eq(next_call(log, n, 0, a), n, "the first guest went on");
    cr_assert_eq(next_call(log, n, 1, b), n, "the second guest went on");
}

ParameterizedTestParameters(session_work, guests_of_one_image_do_equal_work)
{
    return cr_make_param_array(int, desk_modes + 1, 2);
}

ParameterizedTest(const int *mode, session_work, guests_of_one_image_do_equal_work)
{
    static struct desk desk;
    struct sim_error err;
    struct session_position at;
    struct session_event e;
    struct work_key here;
    size_t n;
    desk_open(&desk, (enum hv_mode_id) * mode, "run=\"forkwait 130; ls; halt\"", 8);
    desk.config.hv.vms = 2;
    desk.config.hv.slice_cycles = 30000;
    desk.config.disk[1][0] = desk.config.disk[0][0];
    struct session *s = desk_session(&desk);
    const struct work_config config = config_of(&desk);
    cr_assert_eq(session_watch_work(s, &config, &err), SIM_OK);
    cr_assert_not(session_work_key(s, 0, &here), "no program has run yet");
    cr_assert_eq(desk_go(s, SESSION_CONTINUE, false, 0).why, SESSION_ENDED);
    cr_assert_not(session_work_lost(s));
    const struct work_stretch *log = session_work(s, &n);
    expect_equal_work(log, n);
    for (unsigned vm = 0; vm < 2; vm++) { /* a key of each leads back to it, and to nobody else */
        size_t i = next_call(log, n, vm, n / 2);
        const struct work_stretch t = log[i];
        struct work_key key = t.key;
        key.insns += (t.to.insn - t.from.insn) / 2;
        cr_assert(session_work_find(s, vm, &key, &at));
        cr_assert(session_goto(s, &at, &e), "%s", e.text);
        cr_assert(session_work_key(s, vm, &here));
        cr_assert(here.pid == key.pid && here.entry == key.entry && here.insns == key.insns);
        key.pid = 5000;
        cr_assert_not(session_work_find(s, vm, &key, &at));
        key = t.key;
        key.insns += 1u << 30;
        cr_assert_not(session_work_find(s, vm, &key, &at));
        log = session_work(s, &n);
    }
    cr_assert_not(session_work_key(s, 2, &here), "there is no third guest");
    desk_end(&desk, s);
}

/* A program's own time is its work, also where one comes back to it. */
Test(session_work, own_time_is_the_same_after_going_back)
{
    static struct watched w;
    watch(&w, MODE_native, "run=\"null_syscall 30; halt\"", true);
    run(&w);
    const uint64_t end = session_position(w.s)->insn, hash = session_hash(w.s);
    for (uint64_t i = 1; i < 30; i++) {
        desk_go(w.s, SESSION_GOTO_INSN, false, end / 30 * i);
        desk_go(w.s, SESSION_CONTINUE, false, 0);
        cr_assert_eq(session_hash(w.s), hash, "from %llu", (unsigned long long)(end / 30 * i));
    }
    finish(&w);
}

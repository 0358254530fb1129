/*
 * What a session costs the host, and how fast one goes back: CPU time of this process.
 *
 *   bench-session MODE INSTRUCTIONS ROUNDS
 *
 * Bantam runs a mix of computing and forking on 32 MiB for so many instructions, ROUNDS times each
 * with history and without, in turn, so that a slow minute of the host hurts both. In the last run
 * with history a recording is written and replayed, one goes back by one instruction from a hundred
 * random places, and snapshots are taken and restored. Prints `name value` lines; tests/bench/run
 * makes the table of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"
#include "sim/alloc.h"
#include "tests/bench/timing.h"
#include "tests/replay/session/desk.h"

#define WORKLOAD                                                                                   \
    "run=\"sieve 100; qsort 300; crc 400; matmul 100; fork 300; sieve 1000; sieve 3000; "          \
    "sieve 10000\""
#define PLACES      101u
#define SNAPSHOTS   51u
#define DIRTY       15u
#define MOST_ROUNDS 99u

static void figure(const char *name, double value)
{
    (void)printf("%s %.3f\n", name, value);
    (void)fflush(stdout);
}

static uint64_t draw(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* ---------------------------------------- running */

/* Runs a session so far; returns the milliseconds. */
static double run(struct session *s, uint64_t insns)
{
    double began = milliseconds();
    desk_go(s, SESSION_GOTO_INSN, false, insns);
    return milliseconds() - began;
}

/* Both kinds in turn; the last one with history is returned. */
static struct session *run_both(struct desk *d, uint64_t insns, unsigned rounds)
{
    double plain[MOST_ROUNDS], kept[MOST_ROUNDS], ratio[MOST_ROUNDS];
    struct session *s = NULL;
    for (unsigned n = 0; n < rounds; n++) {
        session_destroy(s);
        d->config.no_history = true;
        s = desk_session(d);
        plain[n] = run(s, insns);
        session_destroy(s);
        d->config.no_history = false;
        s = desk_session(d);
        kept[n] = run(s, insns);
        ratio[n] = kept[n] / plain[n];
    }
    struct session_history h;
    session_history(s, &h);
    figure("plain_ms", quantile(plain, rounds, 0.5));
    figure("history_ms", quantile(kept, rounds, 0.5));
    figure("history_share_percent", (quantile(ratio, rounds, 0.5) - 1) * 100);
    figure("history_mib", (double)h.bytes / (1 << 20));
    figure("snapshots", (double)h.snapshots);
    return s;
}

static double step_back(struct session *s)
{
    double began = milliseconds();
    desk_go(s, SESSION_STEP, true, 1);
    return milliseconds() - began;
}

/*
 * From random places, as one stands there who came by running: to come by a goto leaves a starting
 * point near by, which `no_history` prevents. Then once more, where the step before has left one.
 */
static void go_back(struct session *s, uint64_t insns)
{
    double ms[PLACES], again[PLACES];
    uint64_t x = 88172645463325252u;
    for (unsigned n = 0; n < PLACES; n++) {
        s->no_history = true;
        desk_go(s, SESSION_GOTO_INSN, false, 1 + draw(&x) % insns);
        ms[n] = step_back(s);
        s->no_history = false;
        (void)step_back(s);
        again[n] = step_back(s);
    }
    figure("back_median_ms", quantile(ms, PLACES, 0.5));
    figure("back_p90_ms", quantile(ms, PLACES, 0.9));
    figure("back_max_ms", quantile(ms, PLACES, 1));
    figure("back_again_ms", quantile(again, PLACES, 0.5));
}

/* ---------------------------------------- recordings */

static void failed(const char *what)
{
    (void)fprintf(stderr, "bench-session: %s\n", what);
    exit(1);
}

/* What it takes to write a recording of the run, and what the hashes in it add to a replay. */
static void record(struct desk *d, struct session *s, unsigned rounds)
{
    double plain[MOST_ROUNDS], checked[MOST_ROUNDS], ratio[MOST_ROUNDS];
    uint64_t insns = session_position(s)->insn;
    struct sim_error err;
    uint8_t *bytes;
    size_t n;
    double began = milliseconds();
    if (session_record(s, NULL, &bytes, &n, &err) != SIM_OK)
        failed(err.text);
    figure("record_ms", milliseconds() - began);
    figure("record_kb", (double)n / 1000);
    for (unsigned i = 0; i < rounds; i++) {
        struct session *other = desk_session(d);
        plain[i] = run(other, insns);
        session_destroy(other);
        other = desk_session(d);
        if (session_replay(other, bytes, n, &err) != SIM_OK)
            failed(err.text);
        checked[i] = run(other, insns);
        session_destroy(other);
        ratio[i] = checked[i] / plain[i];
    }
    figure("hashes_share_percent", (quantile(ratio, rounds, 0.5) - 1) * 100);
    sim_free(bytes);
}

/* ---------------------------------------- snapshots */

static struct history_snapshot *needed(struct history_snapshot *snap)
{
    if (!snap)
        failed("no snapshot could be taken");
    return snap;
}

/* A thousand instructions after the last snapshot hardly anything has changed. */
static void mostly_clean(struct session *s, uint64_t insns)
{
    double save[SNAPSHOTS], restore[SNAPSHOTS];
    desk_go(s, SESSION_GOTO_INSN, false, insns / 2);
    for (unsigned n = 0; n < SNAPSHOTS; n++) {
        desk_go(s, SESSION_STEP, false, 1000);
        double began = milliseconds();
        struct history_snapshot *snap = needed(store_take(s, true));
        save[n] = milliseconds() - began;
        desk_go(s, SESSION_STEP, false, 1000);
        began = milliseconds();
        if (!store_restore(s, snap))
            failed("a snapshot could not be restored");
        restore[n] = milliseconds() - began;
    }
    figure("clean_save_ms", quantile(save, SNAPSHOTS, 0.5));
    figure("clean_restore_ms", quantile(restore, SNAPSHOTS, 0.5));
}

/* Stores what is there anyway: the guest's tables stay what they are. Of so many dirty pages none
 * is compared, all are copied. */
static void write_everywhere(struct ram *ram)
{
    for (uint32_t p = 0; p < ram->size / PAGE_SIZE; p++) {
        uint32_t at = p * PAGE_SIZE + PAGE_SIZE - 4;
        ram_write(ram, at, 4, ram_read32(ram, at));
    }
}

/*
 * Every page of RAM written, into memory that was used before: at the end of the run, where no
 * later snapshot has to be looked after.
 */
static void all_dirty(struct session *s, uint64_t insns)
{
    double save[DIRTY], restore[DIRTY], copy[DIRTY];
    struct ram *ram = &s->hv->machine->ram;
    uint8_t *other = sim_alloc(ram->size, 1), *third = sim_alloc(ram->size, 1);
    if (!other || !third)
        failed("memory");
    desk_go(s, SESSION_GOTO_INSN, false, insns);
    struct history_snapshot *last = needed(store_take(s, false));
    memset(third, 1, ram->size);
    memcpy(other, third, ram->size);
    for (uint32_t n = 0; n <= DIRTY; n++) { /* the first time warms the memory up */
        unsigned i = n ? n - 1 : 0;
        write_everywhere(ram);
        s->now.insn = last->at.insn + 1;
        double began = milliseconds();
        struct history_snapshot *snap = needed(store_take(s, false));
        save[i] = milliseconds() - began;
        write_everywhere(ram);
        began = milliseconds();
        bool ok = store_restore(s, snap);
        restore[i] = milliseconds() - began;
        began = milliseconds();
        memcpy(other, ram->bytes, ram->size);
        copy[i] = milliseconds() - began;
        if (!ok || !store_restore(s, last) || !history_drop(&s->history, snap))
            failed("all pages");
    }
    double memcpy_ms = quantile(copy, DIRTY, 0.5);
    figure("memcpy_ms", memcpy_ms);
    figure("dirty_save_ms", quantile(save, DIRTY, 0.5));
    figure("dirty_restore_ms", quantile(restore, DIRTY, 0.5));
    figure("dirty_save_ratio", quantile(save, DIRTY, 0.5) / memcpy_ms);
    figure("dirty_restore_ratio", quantile(restore, DIRTY, 0.5) / memcpy_ms);
    sim_free(other);
    sim_free(third);
}

int main(int argc, char **argv)
{
    static struct desk d;
    const struct hv_mode *mode = argc == 4 ? hv_mode_find(argv[1]) : NULL;
    uint64_t insns = argc == 4 ? strtoull(argv[2], NULL, 0) : 0;
    unsigned rounds = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 0) : 0;
    if (!mode || insns < 1000000 || !rounds || rounds > MOST_ROUNDS) {
        (void)fprintf(stderr, "bench-session native|trap|pv INSTRUCTIONS ROUNDS\n");
        return 2;
    }
    enum hv_mode_id id = MODE_native;
    while (hv_modes[id] != mode)
        id++;
    desk_open(&d, id, WORKLOAD, 32);
    struct session *s = run_both(&d, insns, rounds);
    record(&d, s, rounds);
    go_back(s, insns);
    mostly_clean(s, insns);
    all_dirty(s, insns);
    session_destroy(s);
    desk_close(&d);
    return 0;
}

/*
 * Spoiled states: whatever bytes are put in, they are refused in a sentence or run without harm to
 * the host, and a good state afterwards makes all well again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/saved.h"
#include "snap.h"

#define WORK "hz=1000 run=\"forkwait 2; sieve 20; disk 2; halt\""

/* A place in a region, each as likely as any other, however small: large ones hold the same over
 * and over. */
static size_t some_place(struct rig *r, uint64_t *seed)
{
    struct saved saved;
    size_t at = 0, size = 0;
    saved_list(r->hv, &saved);
    unsigned n = (unsigned)(snap_random(seed) % saved.count);
    for (unsigned i = 0; i <= n; i++) {
        at += size;
        size = state_packed_size(saved.region[i].desc) * saved.region[i].count;
    }
    return at + (size_t)(snap_random(seed) % (size > 4 ? size - 4 : 1));
}

/* One number somewhere becomes another. */
static void spoil(struct rig *r, uint8_t *state, uint64_t *seed)
{
    static const uint32_t odd[] = {0, 1, 0xffffffffu, 0x80000000u, 0x1000, 0x7fffffffu, 255, 65535};
    size_t at = some_place(r, seed);
    uint32_t value = (uint32_t)snap_random(seed), n;
    memcpy(&n, state + at, 4);
    switch (snap_random(seed) % 4) {
    case 0:
        n = odd[value % 8];
        break;
    case 1:
        n ^= 1u << value % 32;
        break;
    case 2:
        n += value % 5 - 2;
        break;
    default:
        n = value;
        break;
    }
    memcpy(state + at, &n, 4);
}

static void fail(const char *way, unsigned i, const char *what)
{
    (void)fprintf(stderr, "%s, state %u: %s\n", way, i, what);
    exit(1);
}

/* Put in, and run if it was taken. */
static bool try(struct rig *r, const struct snap *base, const uint8_t *state, const char *way,
                unsigned i)
{
    struct sim_error err = {SIM_OK, ""};
    snap_put_memory(r, base);
    enum sim_status status = hv_saved_unpack(r->hv, state, base->size, &err);
    if (status != SIM_OK) {
        if (status != SIM_BAD_INPUT || !err.text[0])
            fail(way, i, "refused without a sentence");
        return false;
    }
    const struct hv_limits l = {.cycle = hv_cycle(r->hv) + 20000, .exits = r->hv->exits + 500};
    hv_run(r->hv, &l);
    return true;
}

static void harm(const struct way *w, uint64_t seed, unsigned times)
{
    struct rig r;
    unsigned ran = 0;
    way_start(&r, w, WORK);
    rig_run(&r, 1000000 + snap_random(&seed) % 6000000);
    struct snap base = snap_take(&r);
    uint8_t *state = malloc(base.size);
    if (!state)
        fail(way_name(w), 0, "no memory");
    for (unsigned i = 0; i < times; i++) {
        memcpy(state, base.state, base.size);
        for (unsigned k = 0; k <= i % 4; k++)
            spoil(&r, state, &seed);
        ran += try(&r, &base, state, way_name(w), i);
    }
    if (ran < times / 20 || ran > times - times / 20)
        fail(way_name(w), ran, "so many of all ran: hardly a state was spoiled, or every one");
    snap_put(&r, &base);
    snap_expect(&r, &base, way_name(w), 0);
    printf("%s: %u of %u spoiled states ran\n", way_name(w), ran, times);
    free(state);
    snap_free(&base);
    rig_stop(&r);
}

/* broken [TIMES]: how many states a mode; RINGSIDE_SEED chooses others. */
int main(int argc, char **argv)
{
    const char *given = getenv("RINGSIDE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : 99;
    unsigned times = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 400;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < WAYS_FEW; i++)
        harm(&ways_few[i], seed, times);
    return 0;
}

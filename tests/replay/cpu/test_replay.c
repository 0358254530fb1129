/*
 * The same machine however a run is cut, whatever caches are dropped, wherever it is saved and
 * restored, and whoever runs beside it. Each property for each guest, with several seeds, which
 * failures print.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "box.h"

enum { SEEDS = 3 };

struct trial {
    unsigned guest;
    uint64_t seed;
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* 1 to 2^24, small numbers as likely as large ones. */
static uint64_t some_length(uint64_t *state)
{
    uint64_t bits = next_random(state) % 24;
    return 1 + (next_random(state) & ((1u << bits) - 1));
}

static struct criterion_test_params trials(void)
{
    static struct trial list[16 * SEEDS];
    const char *base = getenv("RINGSIDE_SEED");
    unsigned n = 0;

    for (unsigned g = 0; g < guest_count; g++)
        for (unsigned s = 0; s < SEEDS; s++)
            list[n++] = (struct trial){g, (base ? strtoull(base, NULL, 0) : 1) * 1000 + s};
    return cr_make_param_array(struct trial, list, n);
}

static struct box *create(const struct trial *t)
{
    struct box *b = box_create(&guests[t->guest]);

    cr_assert_not_null(b, "guest %s: not built or not loaded", guests[t->guest].name);
    return b;
}

static uint64_t reference(const struct trial *t)
{
    struct box *b = create(t);

    box_finish(b);
    cr_assert_gt(b->printed, 0, "guest %s printed nothing", b->guest->name);
    uint64_t hash = box_hash(b);
    box_destroy(b);
    return hash;
}

static void expect_same(struct box *b, const struct trial *t, uint64_t want)
{
    cr_expect_eq(box_hash(b), want, "guest %s, seed %llu: hash differs after %llu instructions",
                 b->guest->name, (unsigned long long)t->seed,
                 (unsigned long long)b->m->cpu.s.icount);
    box_destroy(b);
}

/* ------------------------------------------------------------------------------------------ properties */

ParameterizedTestParameters(replay, two_runs_are_equal)
{
    return trials();
}

ParameterizedTest(struct trial *t, replay, two_runs_are_equal)
{
    struct box *b = create(t);

    box_finish(b);
    expect_same(b, t, reference(t));
}

ParameterizedTestParameters(replay, slices_of_instructions_and_cycles_change_nothing)
{
    return trials();
}

ParameterizedTest(struct trial *t, replay, slices_of_instructions_and_cycles_change_nothing)
{
    struct box *b = create(t);
    uint64_t random = t->seed;

    while (!box_done(b)) {
        if (next_random(&random) & 1)
            box_run(b, some_length(&random), UINT64_MAX / 2);
        else
            box_run(b, UINT64_MAX / 2, some_length(&random));
    }
    expect_same(b, t, reference(t));
}

ParameterizedTestParameters(replay, dropped_caches_change_nothing)
{
    return trials();
}

ParameterizedTest(struct trial *t, replay, dropped_caches_change_nothing)
{
    struct box *b = create(t);
    uint64_t random = t->seed;

    while (!box_done(b)) {
        box_run(b, 200 + some_length(&random), UINT64_MAX / 2);
        cpu_drop_caches(&b->m->cpu);
    }
    expect_same(b, t, reference(t));
}

ParameterizedTestParameters(replay, saved_and_restored_anywhere_changes_nothing)
{
    return trials();
}

ParameterizedTest(struct trial *t, replay, saved_and_restored_anywhere_changes_nothing)
{
    struct box *b = create(t);
    uint64_t random = t->seed, length = guests[t->guest].length;

    for (unsigned i = 0; i < 12 && !box_done(b); i++) {
        box_run(b, 1 + next_random(&random) % (i < 4 ? 3000 : length / 10), UINT64_MAX / 2);
        uint64_t before = box_hash(b);
        cr_assert(box_move(b));
        cr_assert_eq(box_hash(b), before, "the copy differs at once");
    }
    box_finish(b);
    expect_same(b, t, reference(t));
}

ParameterizedTestParameters(replay, machines_interleaved_equal_each_alone)
{
    return trials();
}

ParameterizedTest(struct trial *t, replay, machines_interleaved_equal_each_alone)
{
    struct trial other = {(t->guest + 1) % guest_count, t->seed};
    struct box *a = create(t), *b = create(&other);
    uint64_t random = t->seed;

    while (!box_done(a) || !box_done(b)) {
        struct box *turn = box_done(b) || (!box_done(a) && (next_random(&random) & 1)) ? a : b;
        box_run(turn, some_length(&random), UINT64_MAX / 2);
    }
    expect_same(a, t, reference(t));
    expect_same(b, &other, reference(&other));
}

/* ------------------------------------------------------------------------------------------ can they fail? */

/* One bit anywhere in the machine is another hash. */
Test(replay, one_changed_bit_is_another_hash)
{
    struct trial t = {0, 1};
    struct box *b = create(&t);

    box_run(b, 500, UINT64_MAX / 2);
    uint64_t hash = box_hash(b);
    uint32_t *const places[] = {&b->m->cpu.s.gpr[R_EBX], &b->m->cpu.s.eflags,
                                &b->m->cpu.s.dtlb[5].frame, &b->m->cpu.s.seg[SEG_FS].limit,
                                &b->m->cpu.s.cr2};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        *places[i] ^= 0x100;
        cr_expect_neq(box_hash(b), hash);
        *places[i] ^= 0x100;
    }
    ram_write(&b->m->ram, 0x1ffffff, 1, ram_read(&b->m->ram, 0x1ffffff, 1) ^ 1);
    cr_expect_neq(box_hash(b), hash);
    box_destroy(b);
}

/* A run that an instruction more or less separates is told apart. */
Test(replay, one_instruction_more_is_another_hash)
{
    struct trial t = {0, 1};
    struct box *a = create(&t), *b = create(&t);

    box_run(a, 500, UINT64_MAX / 2);
    box_run(b, 501, UINT64_MAX / 2);
    cr_expect_neq(box_hash(a), box_hash(b));
    box_destroy(a);
    box_destroy(b);
}

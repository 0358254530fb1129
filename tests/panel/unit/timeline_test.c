/*
 * The timeline against a model that has one entry a cycle: sums over any window, whatever was
 * added, replaced and cut. Where the timeline keeps sums of blocks only, what is exact is told
 * apart from what is a share.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "visualizer/timeline.h"

#define CYCLES 60000u
#define LEAST  256u /* spans that a timeline keeps at least */

struct model {
    uint8_t class[CYCLES]; /* who had it */
    uint8_t exit[CYCLES];  /* 1: an exit began here */
    uint64_t end;
    bool begun;
};

static uint64_t draw(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* From s->begin on, to the end of the model. */
static void model_add(struct model *m, const struct span *s)
{
    memset(m->class + s->begin, s->class, CYCLES - s->begin);
    memset(m->exit + s->begin, 0, CYCLES - s->begin);
    m->exit[s->begin] = s->exit != 0;
    m->end = s->begin;
}

static struct span_sums model_sum(const struct model *m, uint64_t from, uint64_t to)
{
    struct span_sums sums = {{0}, 0};
    for (uint64_t c = from; c < to && c < m->end; c++) {
        sums.cycles[m->class[c]]++;
        sums.exits += m->exit[c];
    }
    return sums;
}

static void same_sums(const struct timeline *t, const struct model *m, uint64_t from, uint64_t to)
{
    struct span_sums want = model_sum(m, from, to), have;
    timeline_sum(t, from, to, &have);
    for (unsigned c = 0; c < CLASSES; c++)
        cr_assert_eq(have.cycles[c], want.cycles[c], "%s in %lu..%lu", class_names[c],
                     (unsigned long)from, (unsigned long)to);
    cr_assert_eq(have.exits, want.exits, "exits in %lu..%lu", (unsigned long)from,
                 (unsigned long)to);
}

/* What had the last cycle goes on. */
static void model_cut(struct model *m, uint64_t cycle)
{
    m->end = cycle < m->end ? cycle : m->end;
    memset(m->exit + m->end, 0, CYCLES - m->end);
    if (m->end)
        memset(m->class + m->end, m->class[m->end - 1], CYCLES - m->end);
    m->begun = m->end != 0;
}

/* One span more, up to `longest` cycles behind the last one, or in its place. */
static bool grow(struct timeline *t, struct model *m, uint64_t *seed, uint64_t longest)
{
    uint64_t begin = m->begun ? m->end + draw(seed) % longest : 0;
    struct span s = {.begin = begin, .class = (uint8_t)(draw(seed) % CLASSES)};
    s.exit = s.class > CLASS_idle ? (uint32_t)(draw(seed) % 1000 + 1) : 0;
    if (begin + longest >= CYCLES)
        return false;
    cr_assert(timeline_add(t, &s));
    model_add(m, &s);
    m->begun = true;
    m->end = begin + draw(seed) % 5;
    timeline_reach(t, m->end);
    return true;
}

static struct model *new_model(void)
{
    struct model *m = calloc(1, sizeof *m);
    cr_assert_not_null(m);
    return m;
}

Test(timeline, every_window_sums_to_what_a_model_of_single_cycles_has)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct timeline *t = timeline_create(0);
        struct model *m = new_model();
        uint64_t x = seed * 7919;
        while (grow(t, m, &x, 60))
            continue;
        cr_assert_eq(timeline_end(t), m->end);
        cr_assert_eq(timeline_detail(t), 0);
        for (unsigned n = 0; n < 300; n++) {
            uint64_t from = draw(&x) % (m->end + 10), to = from + draw(&x) % 3000;
            same_sums(t, m, from < timeline_detail(t) ? timeline_detail(t) : from, to);
        }
        timeline_destroy(t);
        free(m);
    }
}

Test(timeline, spans_and_their_ends_are_found_at_every_cycle)
{
    struct timeline *t = timeline_create(0);
    struct model *m = new_model();
    uint64_t x = 5;
    while (grow(t, m, &x, 40) && m->end < 5000)
        continue;
    for (uint64_t c = timeline_detail(t); c < m->end; c++) {
        struct span s;
        uint64_t end;
        cr_assert(timeline_at(t, c, &s, &end));
        cr_assert_leq(s.begin, c);
        cr_assert_gt(end, c);
        cr_assert_eq(s.class, m->class[c]);
        cr_assert_eq(s.exit != 0, m->exit[s.begin]);
    }
    struct span s;
    uint64_t end;
    cr_assert_not(timeline_at(t, m->end, &s, &end), "nothing is known after the end");
    timeline_destroy(t);
    free(m);
}

Test(timeline, a_cut_forgets_the_future_and_another_one_takes_its_place)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct timeline *t = timeline_create(0);
        struct model *m = new_model();
        uint64_t x = seed * 104729;
        for (unsigned n = 0; n < 60; n++) {
            for (unsigned i = 0; i < 40 && grow(t, m, &x, 50); i++)
                continue;
            uint64_t cut = draw(&x) % (m->end + 1);
            timeline_cut(t, cut);
            model_cut(m, cut);
            cr_assert_eq(timeline_end(t), m->end);
            for (unsigned i = 0; i < 10; i++) {
                uint64_t from = timeline_detail(t) + draw(&x) % (m->end + 1);
                same_sums(t, m, from, from + draw(&x) % 2000);
            }
        }
        timeline_destroy(t);
        free(m);
    }
}

Test(timeline, a_span_that_begins_where_the_last_one_did_replaces_it)
{
    struct timeline *t = timeline_create(0);
    struct span_sums sums;
    const struct span exit = {.begin = 100, .exit = 1, .class = CLASS_memory};
    const struct span other = {.begin = 100, .exit = 2, .class = CLASS_device};
    const struct span kernel = {.begin = 100, .class = CLASS_kernel};
    cr_assert(timeline_add(t, &(struct span){.begin = 0, .class = CLASS_user}));
    cr_assert(timeline_add(t, &exit));
    cr_assert(timeline_add(t, &other));
    timeline_reach(t, 150);
    timeline_sum(t, 0, 150, &sums);
    cr_assert_eq(sums.exits, 1u);
    cr_assert_eq(sums.cycles[CLASS_user], 100u);
    cr_assert_eq(sums.cycles[CLASS_memory], 0u);
    cr_assert_eq(sums.cycles[CLASS_device], 50u);
    cr_assert(timeline_add(t, &kernel));
    timeline_sum(t, 0, 150, &sums);
    cr_assert_eq(sums.exits, 0u, "an exit that was replaced by none is none");
    cr_assert_eq(sums.cycles[CLASS_kernel], 50u);
    timeline_destroy(t);
}

/* Far more spans than are kept: totals stay exact, what lies within a block is a share of it. */
Test(timeline, memory_is_bounded_and_totals_stay_exact)
{
    struct timeline *t = timeline_create(LEAST);
    struct model *m = new_model();
    uint64_t x = 77;
    while (grow(t, m, &x, 4))
        continue;
    uint64_t detail = timeline_detail(t);
    cr_assert_gt(detail, CYCLES / 2, "the test is about a timeline that has forgotten");
    cr_assert_leq(timeline_bytes(t),
                  2048 * sizeof(struct span) + 2048 * (sizeof(struct span_sums) + 8) + 256);
    same_sums(t, m, 0, m->end);
    same_sums(t, m, 0, detail);
    same_sums(t, m, detail, m->end);
    for (unsigned n = 0; n < 300; n++) {
        uint64_t from = draw(&x) % m->end, to = from + draw(&x) % (m->end - from), all = 0;
        struct span_sums a, b, whole;
        timeline_sum(t, from, to, &whole);
        for (unsigned c = 0; c < CLASSES; c++)
            all += whole.cycles[c];
        cr_assert_leq(all, to - from + CLASSES);
        cr_assert_geq(all + CLASSES, to - from, "no time is lost but by rounding");
        uint64_t middle = from + (to - from) / 3;
        timeline_sum(t, from, middle, &a);
        timeline_sum(t, middle, to, &b);
        for (unsigned c = 0; c < CLASSES; c++)
            cr_assert_eq(a.cycles[c] + b.cycles[c], whole.cycles[c], "windows add up");
        cr_assert_eq(a.exits + b.exits, whole.exits);
    }
    timeline_destroy(t);
    free(m);
}

Test(timeline, a_cut_into_what_has_sums_only_stays_in_order)
{
    struct timeline *t = timeline_create(LEAST);
    struct model *m = new_model();
    uint64_t x = 99;
    while (grow(t, m, &x, 4))
        continue;
    for (unsigned n = 0; n < 20; n++) {
        uint64_t cut = timeline_end(t) * (n + 1) / 21;
        struct span_sums sums;
        uint64_t all = 0;
        timeline_cut(t, cut);
        cr_assert_leq(timeline_end(t), cut);
        struct span s = {.begin = cut, .class = CLASS_kernel};
        cr_assert(timeline_add(t, &s));
        timeline_reach(t, cut + 500);
        timeline_sum(t, 0, cut + 500, &sums);
        for (unsigned c = 0; c < CLASSES; c++)
            all += sums.cycles[c];
        cr_assert_leq(all, cut + 500, "no cycle is told twice");
        cr_assert_geq(sums.cycles[CLASS_kernel], 500u);
    }
    timeline_destroy(t);
    free(m);
}

Test(timeline, an_empty_one_has_nothing_and_can_be_cut)
{
    struct timeline *t = timeline_create(0);
    struct span s;
    struct span_sums sums;
    uint64_t end;
    timeline_cut(t, 0);
    timeline_cut(t, 1000);
    cr_assert_eq(timeline_end(t), 0u);
    cr_assert_not(timeline_at(t, 0, &s, &end));
    timeline_sum(t, 0, 1000, &sums);
    for (unsigned c = 0; c < CLASSES; c++)
        cr_assert_eq(sums.cycles[c], 0u);
    timeline_destroy(t);
}

Test(timeline, classes_can_be_told_apart_without_colour)
{
    for (unsigned a = 0; a < CLASSES; a++)
        for (unsigned b = a + 1; b < CLASSES; b++) {
            cr_assert_neq(class_letters[a], class_letters[b]);
            cr_assert(class_colours[a] != class_colours[b] || class_hatches[a] != class_hatches[b],
                      "%s and %s look the same", class_names[a], class_names[b]);
        }
}

/*
 * The page store does whatever a store of whole copies would do, and counts its bytes exactly.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "history_model.h"

#define ROUNDS 3000u

static struct model model;

static void write_some(struct model *m)
{
    for (unsigned n = model_draw(m, 12); n; n--)
        model_write(m);
}

/* ---------------------------------------- what may happen */

static bool goes_on(struct model *m)
{
    write_some(m);
    m->insn += 1 + model_draw(m, 1000);
    return true;
}

/* At the end, or (after a restore) between two. Room for more is made by dropping the second. */
static bool takes(struct model *m)
{
    if (m->snaps == MODEL_SNAPS)
        return model_drop(m, m->h.base->index == 1 ? 2 : 1);
    return model_take(m, model_draw(m, 4) == 0);
}

static bool restores(struct model *m)
{
    return model_restore(m, model_draw(m, m->snaps));
}

static bool goes_back_to_the_last(struct model *m)
{
    return model_restore(m, m->snaps - 1);
}

static bool drops(struct model *m)
{
    return model_drop(m, model_draw(m, m->snaps));
}

/* A new future: all behind here goes, the base is never behind. */
static bool cuts(struct model *m)
{
    if (model_draw(m, 8) == 0)
        model_cut(m, m->insn);
    return true;
}

static bool thins(struct model *m)
{
    model_thin(m);
    return true;
}

static bool (*const operations[])(struct model *m) = {
    goes_on, goes_on, goes_on, takes, takes, takes, restores, goes_back_to_the_last,
    drops,   cuts,    thins};

static const char *const names[] = {"goes on",  "goes on", "goes on", "takes", "takes", "takes",
                                    "restores", "returns", "drops",   "cuts",  "thins"};

/* ---------------------------------------- tests */

/* Limits of memory, in pages; the seed is the limit's number. */
static unsigned limits[] = {20, 100, 400, 100000};

ParameterizedTestParameters(history, any_row_of_operations_does_what_whole_copies_would)
{
    return cr_make_param_array(unsigned, limits, sizeof(limits) / sizeof(limits[0]));
}

ParameterizedTest(unsigned *limit, history, any_row_of_operations_does_what_whole_copies_would)
{
    struct model *m = &model;
    unsigned most = 0;
    model_init(m, (size_t)*limit * HISTORY_PAGE, *limit);
    write_some(m);
    cr_assert(model_take(m, false));
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned n = model_draw(m, sizeof(operations) / sizeof(operations[0]));
        cr_assert(operations[n](m));
        model_check_present(m, names[n]);
        model_check_order(m, names[n]);
        most = m->snaps > most ? m->snaps : most;
    }
    cr_assert_gt(most, *limit < 50 ? 3 : 10, "at most %u snapshots at a time", most);
    for (unsigned n = m->snaps; n-- > 0;) {
        cr_assert(model_restore(m, n));
        model_check_present(m, "at the end");
    }
    model_fini(m);
}

/* Wholly thinned there are the first, the last and the base: then nothing more can go. */
Test(history, thinning_keeps_the_limit_as_far_as_it_can)
{
    struct model *m = &model;
    model_init(m, 100 * (size_t)HISTORY_PAGE, 7);
    cr_assert(model_take(m, false));
    for (unsigned i = 0; i < 300; i++) {
        for (unsigned n = 0; n < 5; n++)
            model_write(m);
        m->insn += 100;
        cr_assert(model_take(m, false));
        model_thin(m);
        cr_assert_leq(m->h.bytes, m->h.limit);
    }
    cr_assert_gt(m->h.thinned, 200);
    uint64_t widest = 0, narrowest = UINT64_MAX;
    for (unsigned n = 2; n < m->snaps; n++) { /* evenly thinned, however long the run */
        uint64_t gap = m->snap[n].insn - m->snap[n - 1].insn;
        widest = gap > widest ? gap : widest;
        narrowest = gap < narrowest ? gap : narrowest;
    }
    cr_assert_leq(widest, m->h.gap, "widest %llu, narrowest %llu", (unsigned long long)widest,
                  (unsigned long long)narrowest);
    cr_assert(model_restore(m, 1)); /* the base stays, and does not stop it */
    m->h.limit = 0;
    model_thin(m);
    cr_assert_eq(m->snaps, 3);
    model_check_order(m, "thinned");
    model_fini(m);
}

/* What a page has in all snapshots is kept once; what is written with the same bytes not at all. */
Test(history, a_page_that_did_not_change_is_not_kept_again)
{
    struct model *m = &model;
    model_init(m, SIZE_MAX, 3);
    for (unsigned i = 0; i < 200; i++)
        model_write(m);
    cr_assert(model_take(m, false));
    size_t bytes = m->h.bytes;
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned p = 0; p < MODEL_PAGES; p++)
            m->dirty[p] = true;
        m->insn += 10;
        cr_assert(model_take(m, false));
        cr_assert_eq(model_nth(m, i + 1)->count, 0);
    }
    cr_assert_eq(m->h.bytes, bytes);
    model_fini(m);
}

/* A snapshot at a position that has one already brings that one back: it is the same state. */
Test(history, a_second_one_at_a_position_is_the_first)
{
    struct model *m = &model;
    model_init(m, SIZE_MAX, 5);
    cr_assert(model_take(m, false));
    for (unsigned i = 0; i < 20; i++)
        model_write(m);
    m->insn = 100;
    cr_assert(model_take(m, true));
    const struct history_snapshot *there = m->h.base;
    model_write(m);
    cr_assert(model_take(m, false));
    cr_assert_eq(m->h.base, there);
    cr_assert(there->scratch);
    cr_assert_eq(m->snaps, 2);
    model_check_present(m, "taken twice");
    model_fini(m);
}

Test(history, the_one_before_a_position_is_found)
{
    struct model *m = &model;
    model_init(m, SIZE_MAX, 9);
    for (unsigned i = 0; i < 50; i++) {
        m->insn = i * 10;
        cr_assert(model_take(m, false));
    }
    for (unsigned insn = 0; insn < 520; insn++) {
        const struct session_position at = {.insn = insn, .cycle = insn, .phase = SESSION_OUTSIDE};
        const struct history_snapshot *snap = history_before(&m->h, &at, false);
        const struct history_snapshot *strictly = history_before(&m->h, &at, true);
        cr_assert_eq(snap, model_nth(m, model_before(m, insn)));
        bool same = snap->at.insn == insn;
        cr_assert_eq(strictly, !same ? snap : snap->index ? model_nth(m, snap->index - 1) : NULL);
    }
    model_fini(m);
}

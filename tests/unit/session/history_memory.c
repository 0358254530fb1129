/*
 * The page store without memory: a snapshot that cannot be taken was never there, a restore that
 * fails half way can be made good by the next, and nothing is leaked.
 */
#include <criterion/criterion.h>

#include "history_model.h"
#include "tests/oom/lack.h"

static struct model model;

/* A take or restore whose n-th allocation fails; afterwards everything is still there. */
static bool try(struct model *m, bool take, unsigned n)
{
    unsigned to = model_draw(m, m->snaps);
    lack(n, false);
    bool ok = take ? model_take(m, model_draw(m, 2)) : model_restore(m, to);
    lack(0, false);
    if (!take && !ok)
        cr_assert(model_restore(m, to), "with memory it works");
    model_check_present(m, take ? "take" : "restore");
    model_check_order(m, take ? "take" : "restore");
    return ok;
}

Test(history_memory, a_failed_snapshot_changes_nothing)
{
    struct model *m = &model;
    unsigned failed = 0;
    model_init(m, SIZE_MAX, 11);
    cr_assert(model_take(m, false));
    for (unsigned round = 0; round < 1500; round++) {
        for (unsigned n = model_draw(m, 40); n; n--)
            model_write(m);
        m->insn += 2 + model_draw(m, 100);
        failed += !try(m, round % 3 != 2, 1 + model_draw(m, 16));
        if (m->snaps > 60)
            cr_assert(model_drop(m, m->h.base->index == 1 ? 2 : 1));
    }
    cr_assert_gt(failed, 100);
    for (unsigned n = 0; n < m->snaps; n++) {
        cr_assert(model_restore(m, n));
        model_check_present(m, "after failures");
    }
    model_fini(m);
    cr_assert_eq(lack_held(), 0, "%ld blocks leaked", lack_held());
}

/* Half of the pages are those of where it was, half of where it went: any other restore works. */
Test(history_memory, a_restore_that_fails_half_way_is_made_good_by_the_next)
{
    struct model *m = &model;
    model_init(m, SIZE_MAX, 13);
    for (unsigned i = 0; i < 30; i++) {
        for (unsigned n = 0; n < 20; n++)
            model_write(m);
        m->insn = i * 10;
        cr_assert(model_take(m, false));
    }
    for (unsigned round = 0; round < 500; round++) {
        m->fail_writes_in = 1 + model_draw(m, 30);
        bool ok = model_restore(m, model_draw(m, m->snaps));
        m->fail_writes_in = 0;
        if (!ok) {
            m->insn = 1000 + round;
            cr_assert_not(model_take(m, false), "a torn state is no snapshot");
            cr_assert(model_restore(m, model_draw(m, m->snaps)));
        }
        model_check_present(m, "after a torn restore");
        model_check_order(m, "after a torn restore");
    }
    model_fini(m);
}

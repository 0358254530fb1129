/*
 * Every kind of point in every mode: what a run meets going forwards it meets going back, the same
 * hits in the opposite order, none left out and none twice, up to the beginning.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#include "tests/replay/session/desk.h"
#include "session/internal.h"

#define WORKLOAD "hz=1000 run=\"fork; ls; halt\""
#define HITS     8u

enum where { NOWHERE, HANDLER, STACK, STACK_PHYSICAL, STACK_MACHINE, USER_STACK };

struct trial {
    char name[32];
    int mode;
    uint8_t kind, access;
    uint32_t value;
    enum where where;
    unsigned least; /* hits */
    bool rare;      /* in the whole run, maybe less than HITS */
};

#define ANY POINT_ANY
static struct trial trials[] = {
#define EVERYWHERE(mode)                                                                           \
    {"break", mode, POINT_CODE, 0, ANY, HANDLER, HITS, false},                                     \
        {"watch", mode, POINT_DATA, 2, ANY, STACK, 4, true},                                       \
        {"rwatch", mode, POINT_DATA, 1, ANY, STACK, 1, true},                                      \
        {"awatch", mode, POINT_DATA, 3, ANY, STACK, 5, true},                                      \
        {"watch physical", mode, POINT_DATA, 2, ANY, STACK_PHYSICAL, 4, true},                     \
        {"watch machine", mode, POINT_DATA, 2, ANY, STACK_MACHINE, 4, true},                       \
        {"catch trap", mode, POINT_TRAP, 0, ANY, NOWHERE, HITS, false},                            \
        {"catch trap 14", mode, POINT_TRAP, 0, 14, NOWHERE, HITS, false},                          \
        {"catch trap 128", mode, POINT_TRAP, 0, 128, NOWHERE, HITS, false},                        \
        {"catch mode", mode, POINT_MODE, 0, ANY, NOWHERE, HITS, false},                            \
        {"catch mode 3", mode, POINT_MODE, 0, 3, NOWHERE, HITS, false},                            \
    {                                                                                              \
        "catch pagetable", mode, POINT_PAGETABLE, 0, ANY, USER_STACK, 1, true                      \
    }
    EVERYWHERE(MODE_native),
    EVERYWHERE(MODE_trap),
    EVERYWHERE(MODE_pv),
    {"catch io", MODE_native, POINT_IO, 3, 0x3f8, NOWHERE, HITS, false},
    {"catch io", MODE_trap, POINT_IO, 3, 0x3f8, NOWHERE, HITS, false},
    {"catch exit", MODE_trap, POINT_EXIT, 0, ANY, NOWHERE, HITS, false},
    {"catch exit CR", MODE_trap, POINT_EXIT, 0, EXIT_CR_ACCESS, NOWHERE, HITS, false},
    {"catch exit", MODE_pv, POINT_EXIT, 0, ANY, NOWHERE, HITS, false},
    {"catch hypercall", MODE_pv, POINT_HYPERCALL, 0, ANY, NOWHERE, HITS, false},
};
#define TRIALS (sizeof(trials) / sizeof(trials[0]))

/* Adds the point; addresses are those at the first system call's handler, in its address space. */
static void add_there(struct session *s, const struct trial *t, struct session_point *p)
{
    struct cpu_state guest;
    uint32_t pa, user;
    if (t->where == NOWHERE) {
        desk_point(s, *p);
        return;
    }
    unsigned number = desk_point(s, (struct session_point){.kind = POINT_TRAP, .value = 128});
    desk_continue(s, false);
    cr_assert(session_point_remove(s, number) && session_guest(s, 0, &guest));
    uint32_t word = guest.gpr[4] - 8;
    cr_assert(points_linear(s, 0, word, &pa));
    cr_assert(hv_guest_linear(session_hv(s), 0, guest.gpr[4] + 12, &user, 4));
    const struct hv *hv = session_hv(s);
    p->size = p->kind == POINT_DATA ? 4 : 0;
    switch (t->where) {
    case HANDLER:
        p->address = guest.seg[SEG_CS].base + guest.eip;
        break;
    case USER_STACK:
        p->address = user;
        break;
    case STACK_PHYSICAL:
        p->space = SPACE_GUEST_PHYSICAL;
        p->address = hv->mode->has_hypervisor
                         ? frame_look(hv, pa >> PAGE_SHIFT)->gfn << PAGE_SHIFT | pa % PAGE_SIZE
                         : pa;
        break;
    case STACK_MACHINE:
        p->space = SPACE_MACHINE;
        p->address = pa;
        break;
    default:
        p->address = word;
    }
    desk_point(s, *p);
    desk_go(s, SESSION_GOTO_INSN, false, 0);
}

/* The same thing met, wherever one then stands. */
static bool same_hit(const struct session_event *a, const struct session_event *b)
{
    return a->hit.point == b->hit.point && a->hit.address == b->hit.address &&
           a->hit.size == b->hit.size && a->hit.old == b->hit.old && a->hit.now == b->hit.now &&
           a->hit.access == b->hit.access && a->hit.from == b->hit.from && a->hit.to == b->hit.to;
}

ParameterizedTestParameters(session_both_ways, the_same_hits_in_the_opposite_order)
{
    return cr_make_param_array(struct trial, trials, TRIALS);
}

ParameterizedTest(struct trial *t, session_both_ways, the_same_hits_in_the_opposite_order)
{
    static struct desk desk;
    struct session_event forth[HITS + 1], e;
    unsigned n = 0;
    desk_open(&desk, (enum hv_mode_id)t->mode, WORKLOAD, 8);
    desk.config.history_every = 30000;
    struct session *s = desk_session(&desk);
    struct session_point p = {.kind = t->kind, .value = t->value, .access = t->access};
    add_there(s, t, &p);
    do {
        e = desk_continue(s, false);
        if (e.why == SESSION_POINT)
            forth[n++] = e;
    } while (e.why == SESSION_POINT && n <= HITS);
    cr_assert_geq(n, t->least, "%s in mode %d: %u hits", t->name, t->mode, n);
    cr_assert(n > HITS || (t->rare && e.why == SESSION_ENDED));
    bool on_it = t->kind == POINT_CODE || t->kind == POINT_EXIT || t->kind == POINT_HYPERCALL;
    if (n > HITS && on_it) /* one stands before the last one, not behind it */
        n--;
    for (unsigned i = n; i-- > 0;) {
        e = desk_continue(s, true);
        cr_assert_eq(e.why, SESSION_POINT, "%s in mode %d: going back to hit %u: %s", t->name,
                     t->mode, i, session_why_names[e.why]);
        cr_assert(same_hit(&e, &forth[i]),
                  "%s in mode %d: hit %u going back is of %x, %x to %x, at %llu; was of %x, %x to "
                  "%x, at %llu",
                  t->name, t->mode, i, e.hit.address, e.hit.old, e.hit.now,
                  (unsigned long long)e.at.insn, forth[i].hit.address, forth[i].hit.old,
                  forth[i].hit.now, (unsigned long long)forth[i].at.insn);
        cr_assert_leq(
            session_compare(&e.at, &forth[i].at), 0,
            "%s in mode %d: hit %u going back stands at %llu/%llu/%llu/%d, going forth at "
            "%llu/%llu/%llu/%d",
            t->name, t->mode, i, (unsigned long long)e.at.insn, (unsigned long long)e.at.exit,
            (unsigned long long)e.at.cycle, (int)e.at.phase, (unsigned long long)forth[i].at.insn,
            (unsigned long long)forth[i].at.exit, (unsigned long long)forth[i].at.cycle,
            (int)forth[i].at.phase);
    }
    cr_assert_eq(desk_continue(s, true).why, SESSION_BEGINNING);
    desk_end(&desk, s);
}

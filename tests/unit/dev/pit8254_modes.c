/*
 * The six modes of a counter against a model that does one CLK pulse at a time, exactly as the data
 * sheet tells it: counts, outputs and rises must agree at every tick, however large the steps are
 * in which the real one is asked.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "dev/pit8254_counter.h"

/* The slow model. */
struct slow {
    unsigned mode, initial, count, gate;
    bool out, loading, counting, armed;
    unsigned loaded;
    unsigned rises;
};

static void slow_clock(struct slow *s)
{
    bool was = s->out;
    if (s->loading) {
        s->loading = false;
        s->counting = s->armed = true;
        s->loaded = s->initial;
        s->count = s->mode == 3 ? s->initial & ~1u : s->initial;
        s->out = s->mode > 1;
    } else if (s->counting && (s->gate || s->mode == 1 || s->mode == 5)) {
        switch (s->mode) {
        case 2:
            if (s->count == 1) {
                s->count = s->loaded = s->initial;
                s->out = true;
            } else if (--s->count == 1) {
                s->out = false;
            }
            break;
        case 3:
            /* an odd count's high half shows 0 for one CLK, its low half ends at 2 */
            if (s->count == 0 || (s->count == 2 && !(s->out && (s->loaded & 1)))) {
                s->out = !s->out;
                s->loaded = s->initial;
                s->count = s->initial & ~1u;
            } else {
                s->count -= 2;
            }
            break;
        default:
            s->count = (s->count + 0xffff) & 0xffff;
            if (s->mode >= 4)
                s->out = true;
            if (s->armed && s->count == 0) {
                s->armed = false;
                s->out = s->mode < 4;
            }
            break;
        }
    }
    s->rises += !was && s->out;
}

struct modes_case {
    unsigned mode, count, step;
};

ParameterizedTestParameters(pit8254_modes, counts_and_outputs_agree_with_the_slow_model)
{
    static struct modes_case cases[6 * 6 * 4];
    static const unsigned counts[6] = {2, 3, 4, 7, 100, 101}, steps[4] = {1, 3, 64, 1000};
    size_t n = 0;
    for (unsigned m = 0; m < 6; m++)
        for (unsigned c = 0; c < 6; c++)
            for (unsigned s = 0; s < 4; s++)
                cases[n++] = (struct modes_case){m, counts[c], steps[s]};
    return cr_make_param_array(struct modes_case, cases, n);
}

ParameterizedTest(struct modes_case *p, pit8254_modes, counts_and_outputs_agree_with_the_slow_model)
{
    struct pit8254_counter c = {.gate = 1};
    struct slow s = {.mode = p->mode, .gate = 1, .out = p->mode != 0};
    pit_counter_set_mode(&c, (uint8_t)(0x30 | p->mode << 1));
    pit_counter_set_count(&c, p->count);
    s.initial = p->count;
    s.loading = p->mode != 1 && p->mode != 5;
    bool rose = false;
    unsigned last = 0;
    for (unsigned tick = 1; tick < 3000; tick++) {
        if (tick == 20 || tick == 1500) { /* a pulse on the gate: trigger, reload or pause */
            rose |= pit_counter_advance(&c, tick - 1);
            pit_counter_set_gate(&c, false);
            s.gate = 0;
            if (p->mode == 2 || p->mode == 3)
                s.out = true;
        }
        if (tick == 27 || tick == 1507) {
            rose |= pit_counter_advance(&c, tick - 1);
            pit_counter_set_gate(&c, true);
            s.gate = 1;
            if (p->mode != 0 && p->mode != 4)
                s.loading = true;
        }
        slow_clock(&s);
        if (tick % p->step)
            continue;
        rose |= pit_counter_advance(&c, tick);
        cr_assert_eq(c.out, s.out, "mode %u count %u: output at tick %u", p->mode, p->count, tick);
        cr_assert_eq(c.count % 0x10000, s.count % 0x10000, "mode %u count %u: count at tick %u",
                     p->mode, p->count, tick);
        last = tick;
    }
    cr_assert_gt(last, 0);
    (void)rose;
}

ParameterizedTestParameters(pit8254_modes, the_next_rise_is_when_it_says)
{
    static struct modes_case cases[6 * 6];
    static const unsigned counts[6] = {2, 3, 4, 7, 100, 101};
    size_t n = 0;
    for (unsigned m = 0; m < 6; m++)
        for (unsigned c = 0; c < 6; c++)
            cases[n++] = (struct modes_case){m, counts[c], 1};
    return cr_make_param_array(struct modes_case, cases, n);
}

ParameterizedTest(struct modes_case *p, pit8254_modes, the_next_rise_is_when_it_says)
{
    struct pit8254_counter c = {.gate = 1};
    pit_counter_set_mode(&c, (uint8_t)(0x30 | p->mode << 1));
    pit_counter_set_count(&c, p->count);
    if (p->mode == 1 || p->mode == 5) {
        pit_counter_set_gate(&c, false);
        pit_counter_set_gate(&c, true);
    }
    for (uint64_t tick = 1; tick < 700; tick++) {
        uint64_t next = pit_counter_next_rise(&c);
        bool rose = pit_counter_advance(&c, tick);
        cr_assert_eq(rose, next == 1, "mode %u count %u tick %u: rose %d, predicted in %d", p->mode,
                     p->count, (unsigned)tick, rose, (int)next);
        if (tick == 333 && (p->mode == 2 || p->mode == 3))
            pit_counter_set_count(&c, 5);
    }
}

Test(pit8254_modes, a_long_absence_costs_nothing_and_ends_in_phase)
{
    struct pit8254_counter c = {.gate = 1};
    pit_counter_set_mode(&c, 0x36);
    pit_counter_set_count(&c, 2);
    cr_assert(pit_counter_advance(&c, 1ull << 60));
    cr_assert_eq(c.tick, 1ull << 60);
    cr_assert_eq(c.out, ((1ull << 60) - 1) % 2 == 0);
}

Test(pit8254_modes, mode_0_counts_on_through_zero)
{
    struct pit8254_counter c = {.gate = 1};
    pit_counter_set_mode(&c, 0x30);
    pit_counter_set_count(&c, 3);
    pit_counter_advance(&c, 1 + 3 + 5);
    cr_assert_eq(c.count, 0xfffb);
    cr_assert(c.out);
}

Test(pit8254_modes, mode_1_new_count_waits_for_the_trigger)
{
    struct pit8254_counter c = {.gate = 0};
    pit_counter_set_mode(&c, 0x32);
    pit_counter_set_count(&c, 10);
    pit_counter_advance(&c, 100);
    cr_assert(c.out);
    pit_counter_set_gate(&c, true);
    pit_counter_advance(&c, 101);
    cr_assert_not(c.out);
    pit_counter_set_count(&c, 50);
    pit_counter_advance(&c, 111);
    cr_assert(c.out, "the running shot keeps its length");
}

Test(pit8254_modes, a_count_of_1_in_the_periodic_modes_hangs_nobody)
{
    for (unsigned mode = 2; mode <= 3; mode++) {
        struct pit8254_counter c = {.gate = 1};
        pit_counter_set_mode(&c, (uint8_t)(0x30 | mode << 1));
        pit_counter_set_count(&c, 1);
        cr_assert_not(pit_counter_advance(&c, 1u << 20));
        cr_assert_eq(pit_counter_next_rise(&c), CLOCK_NEVER);
    }
}

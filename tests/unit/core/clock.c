/* The clock: exact conversions, timers in order, pauses. */
#include <criterion/criterion.h>

#include "sim/clock.h"

static uint64_t base;
static struct sim_clock c;
static unsigned order[8], fired;
static uint64_t fired_at[8];

static void fire(void *device, uint64_t now)
{
    order[fired] = *(unsigned *)device;
    fired_at[fired++] = now;
}

static unsigned numbers[4] = {0, 1, 2, 3};

static void setup(void)
{
    base = 0;
    fired = 0;
    clock_init(&c, &base, 1000);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(clock_add_timer(&c, fire, &numbers[i]), i);
}

TestSuite(clock, .init = setup);

Test(clock, no_timer_is_armed_at_first)
{
    cr_assert_eq(clock_next(&c), CLOCK_NEVER);
    clock_run(&c);
    cr_assert_eq(fired, 0);
}

Test(clock, timers_fire_by_deadline_then_by_number)
{
    clock_arm(&c, 3, 10);
    clock_arm(&c, 1, 20);
    clock_arm(&c, 0, 20);
    clock_arm(&c, 2, 21);
    base = 20;
    clock_run(&c);
    const unsigned expected[] = {3, 0, 1};
    cr_assert_eq(fired, 3);
    cr_assert_arr_eq(order, expected, sizeof expected);
    cr_assert_eq(clock_next(&c), 21);
}

static void rearm(void *device, uint64_t now)
{
    struct sim_clock *clock = device;
    cr_assert_eq(clock->s.deadline[0], CLOCK_NEVER, "disarmed before its callback");
    if (++fired < 5)
        clock_arm(clock, 0, now + 1);
}

Test(clock, one_devices_timers_fire_and_the_others_wait)
{
    unsigned mine = clock_add_timer(&c, fire, &numbers[2]);
    clock_arm(&c, 0, 5);
    clock_arm(&c, mine, 10);
    clock_arm(&c, 2, 20);
    base = 9;
    clock_run_device(&c, &numbers[2]);
    cr_assert_eq(fired, 0, "not due yet");
    base = 20;
    clock_run_device(&c, &numbers[2]);
    cr_assert_eq(fired, 2);
    cr_assert_eq(c.s.deadline[mine], CLOCK_NEVER);
    cr_assert_eq(c.s.deadline[2], CLOCK_NEVER);
    cr_assert_eq(clock_next(&c), 5, "the other device's is still due");
    clock_run_device(&c, &c);
    cr_assert_eq(fired, 2, "a device without timers fires none");
    clock_run(&c);
    cr_assert_eq(fired, 3);
}

Test(clock, an_access_does_not_fire_what_comes_by_itself)
{
    clock_timer_alone(&c, 1);
    clock_arm(&c, 1, 10);
    base = 10;
    clock_run_device(&c, &numbers[1]);
    cr_assert_eq(fired, 0);
    clock_run(&c);
    cr_assert_eq(fired, 1);
}

Test(clock, a_timer_may_arm_itself_again)
{
    clock_init(&c, &base, 1000);
    clock_add_timer(&c, rearm, &c);
    clock_arm(&c, 0, 1);
    for (base = 0; base < 20; base++)
        clock_run(&c);
    cr_assert_eq(fired, 5);
}

static void count(void *context)
{
    ++*(unsigned *)context;
}

Test(clock, only_an_earlier_deadline_kicks)
{
    unsigned kicks = 0;
    c.earlier = count;
    c.earlier_context = &kicks;
    clock_arm(&c, 0, 100);
    cr_assert_eq(kicks, 1);
    clock_arm(&c, 1, 200);
    cr_assert_eq(kicks, 1);
    clock_arm(&c, 2, 50);
    cr_assert_eq(kicks, 2);
    clock_arm(&c, 2, CLOCK_NEVER);
    cr_assert_eq(kicks, 2);
}

Test(clock, a_pause_passes_no_time_and_fires_nothing)
{
    base = 100;
    clock_arm(&c, 0, 150);
    clock_pause(&c);
    base = 1000;
    cr_assert_eq(clock_now(&c), 100);
    cr_assert_eq(clock_next(&c), CLOCK_NEVER);
    clock_run(&c);
    cr_assert_eq(fired, 0);
    clock_pause(&c);
    clock_resume(&c);
    clock_resume(&c);
    cr_assert_eq(clock_now(&c), 100);
    base = 1050;
    clock_run(&c);
    cr_assert_eq(fired, 1);
    cr_assert_eq(fired_at[0], 150);
}

Test(clock, conversions_agree_with_128_bits_everywhere)
{
    static const uint64_t rates[] = {1,           1000,        10000000,    2399999999u,
                                     4294967295u, 4294967296u, 10000000007u};
    static const uint64_t ticks[] = {1, 32768, 1193182, 100000000, 4294967295u};
    uint64_t x = 1;
    for (unsigned r = 0; r < 7; r++)
        for (unsigned t = 0; t < 5; t++)
            for (unsigned i = 0; i < 2000; i++) {
                x = x * 6364136223846793005ull + 1442695040888963407ull;
                uint64_t v = x >> (i % 60);
                clock_init(&c, &base, rates[r]);
                unsigned __int128 down = (unsigned __int128)v * ticks[t] / rates[r];
                unsigned __int128 up = ((unsigned __int128)v * rates[r] + ticks[t] - 1) / ticks[t];
                uint64_t max = UINT64_MAX;
                cr_assert_eq(clock_cycles_to_ticks(&c, v, ticks[t]),
                             down > max ? max : (uint64_t)down);
                cr_assert_eq(clock_ticks_to_cycles(&c, v, ticks[t]), up > max ? max : (uint64_t)up);
            }
}

Test(clock, a_ticks_cycle_is_the_first_that_shows_it)
{
    clock_init(&c, &base, 2400000000u);
    for (uint64_t tick = 1; tick < 1000000; tick += 997) {
        uint64_t cycle = clock_ticks_to_cycles(&c, tick, 1193182);
        cr_assert_eq(clock_cycles_to_ticks(&c, cycle, 1193182), tick);
        cr_assert_eq(clock_cycles_to_ticks(&c, cycle - 1, 1193182), tick - 1);
    }
}

Test(clock, its_state_is_described_without_gaps)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < clock_state_desc.field_count; i++)
        sum += (size_t)clock_state_desc.fields[i].size * clock_state_desc.fields[i].count;
    cr_assert_eq(sum, sizeof(struct clock_state));
}

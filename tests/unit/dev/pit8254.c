/* 8254 registers: access modes, latches, read-back, BCD, and what reaches the interrupt line. */
#include <criterion/criterion.h>

#include "dev/pit8254.h"
#include "rig.h"
#include "sim/abi/board.h"

static struct rig rig;
static struct pit8254 pit;

/* One cycle is one tick here. */
static void setup(void)
{
    rig_init(&rig, BOARD_PIT_HZ);
    pit = (struct pit8254){.out = {rig_line(&rig, 0)}};
    pit8254_init(&pit, &rig.clock);
    pit8254_reset(&pit);
}

static void out(uint32_t offset, uint8_t value)
{
    rig_out(&pit8254_ops, &pit, offset, value);
}

static uint8_t in(uint32_t offset)
{
    return rig_in(&pit8254_ops, &pit, offset);
}

static unsigned in16(uint32_t offset)
{
    unsigned low = in(offset);
    return low | (unsigned)in(offset) << 8;
}

static void program(unsigned counter, unsigned mode, unsigned count)
{
    out(3, (uint8_t)(counter << 6 | 0x30 | mode << 1));
    out(counter, (uint8_t)count);
    out(counter, (uint8_t)(count >> 8));
}

TestSuite(pit8254, .init = setup);

Test(pit8254, power_up_is_quiet)
{
    rig_advance(&rig, 10 * BOARD_PIT_HZ);
    cr_assert_eq(rig.line[0].falls, 0);
    cr_assert_not(pit8254_will_fire(&pit));
    cr_assert(rig.line[0].level, "the output is high: no edge when a mode is set");
}

Test(pit8254, mode0_interrupts_n_plus_1_clocks_after_the_write)
{
    program(0, 0, 100);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 100);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
    rig_advance(&rig, 100000);
    cr_assert_eq(rig.line[0].rises, 2, "power-up and terminal count");
}

Test(pit8254, mode2_interrupts_every_n_clocks_for_ever)
{
    program(0, 2, 1000);
    unsigned before = rig.line[0].rises;
    rig_advance(&rig, 1 + 1000 * 50 - 1);
    cr_assert_eq(rig.line[0].rises - before, 49);
    rig_advance(&rig, 1);
    cr_assert_eq(rig.line[0].rises - before, 50);
    cr_assert_eq(rig.line[0].rose_at, 50001);
}

Test(pit8254, mode2_reloads_on_zero)
{
    program(0, 2, 4);
    rig_advance(&rig, 1);
    unsigned seen[6];
    for (unsigned i = 0; i < 6; i++) {
        seen[i] = in16(0);
        rig_advance(&rig, 1);
    }
    const unsigned expected[6] = {4, 3, 2, 1, 4, 3};
    cr_assert_arr_eq(seen, expected, sizeof seen);
}

Test(pit8254, mode3_interrupts_every_n_clocks)
{
    program(0, 3, 1001);
    unsigned before = rig.line[0].rises;
    rig_advance(&rig, 1 + 1001 * 20);
    cr_assert_eq(rig.line[0].rises - before, 20);
}

Test(pit8254, count_0_means_65536)
{
    program(0, 2, 0);
    unsigned before = rig.line[0].rises;
    rig_advance(&rig, 65536);
    cr_assert_eq(rig.line[0].rises, before);
    rig_advance(&rig, 1);
    cr_assert_eq(rig.line[0].rises, before + 1);
}

Test(pit8254, at_another_clock_rate_a_thousand_periods_do_not_drift)
{
    struct rig fast;
    rig_init(&fast, 2400000000u);
    struct pit8254 p = {.out = {rig_line(&fast, 0)}};
    pit8254_init(&p, &fast.clock);
    pit8254_reset(&p);
    rig_out(&pit8254_ops, &p, 3, 0x34);
    rig_out(&pit8254_ops, &p, 0, 0x9c); /* 11932: 99.998 Hz */
    rig_out(&pit8254_ops, &p, 0, 0x2e);
    rig_advance(&fast, 24000400000u);
    cr_assert_eq(fast.line[0].rises - 1, 1000, "one rise was power-up");
    uint64_t exact = ((uint64_t)11932 * 1000 + 1) * 2400000000u;
    cr_assert_eq(fast.line[0].rose_at, (exact + BOARD_PIT_HZ - 1) / BOARD_PIT_HZ);
}

Test(pit8254, a_latched_count_holds_while_the_counter_runs)
{
    program(2, 2, 1000);
    rig_advance(&rig, 11);
    out(3, 0x80);
    rig_advance(&rig, 500);
    cr_assert_eq(in16(2), 990);
    cr_assert_eq(in16(2), 490);
}

Test(pit8254, a_second_latch_before_the_read_is_ignored)
{
    program(2, 2, 1000);
    rig_advance(&rig, 11);
    out(3, 0x80);
    rig_advance(&rig, 100);
    out(3, 0x80);
    cr_assert_eq(in16(2), 990);
}

Test(pit8254, read_back_latches_status_before_count)
{
    program(2, 3, 500);
    rig_advance(&rig, 1);
    out(3, 0xc8); /* count and status of counter 2 */
    rig_advance(&rig, 100);
    cr_assert_eq(in(2), 0x80 | 0x36, "output high, count loaded, both bytes, mode 3");
    cr_assert_eq(in16(2), 500);
}

Test(pit8254, status_shows_null_count_until_the_load)
{
    program(2, 0, 500);
    out(3, 0xe8);
    cr_assert_eq(in(2), 0x70, "null count, output low");
    rig_advance(&rig, 1);
    out(3, 0xe8);
    cr_assert_eq(in(2), 0x30);
}

Test(pit8254, read_back_can_latch_several_counters)
{
    program(1, 2, 300);
    program(2, 2, 400);
    rig_advance(&rig, 1);
    out(3, 0xdc); /* counts of 1 and 2 */
    rig_advance(&rig, 50);
    cr_assert_eq(in16(1), 300);
    cr_assert_eq(in16(2), 400);
}

Test(pit8254, low_byte_access_writes_and_reads_one_byte)
{
    out(3, 0x94); /* counter 2, low byte, mode 2 */
    out(2, 50);
    rig_advance(&rig, 1);
    cr_assert_eq(in(2), 50);
    cr_assert_eq(in(2), 50);
}

Test(pit8254, high_byte_access_means_multiples_of_256)
{
    out(3, 0xa4);
    out(2, 2);
    rig_advance(&rig, 1 + 256);
    cr_assert_eq(in(2), 1);
    cr_assert_eq(pit.s.c[2].count, 256);
}

Test(pit8254, bcd_counts_in_decimal)
{
    out(3, 0xb5); /* counter 2, both bytes, mode 2, BCD */
    out(2, 0x00);
    out(2, 0x10);
    rig_advance(&rig, 1);
    cr_assert_eq(in16(2), 0x1000);
    rig_advance(&rig, 1);
    cr_assert_eq(in16(2), 0x0999);
}

Test(pit8254, bcd_count_0_means_10000)
{
    out(3, 0x35);
    out(0, 0);
    out(0, 0);
    unsigned before = rig.line[0].rises;
    rig_advance(&rig, 10001);
    cr_assert_eq(rig.line[0].rises, before + 1);
}

Test(pit8254, the_first_byte_of_two_stops_mode_0)
{
    program(0, 0, 100);
    rig_advance(&rig, 50);
    out(0, 10);
    rig_advance(&rig, 1000);
    cr_assert_not(rig.line[0].level);
    out(0, 0);
    rig_advance(&rig, 11);
    cr_assert(rig.line[0].level);
}

Test(pit8254, a_new_count_in_mode_2_waits_for_the_end_of_the_period)
{
    program(0, 2, 100);
    rig_advance(&rig, 51);
    out(0, 10);
    out(0, 0);
    unsigned before = rig.line[0].rises;
    rig_advance(&rig, 49);
    cr_assert_eq(rig.line[0].rises, before);
    rig_advance(&rig, 1);
    cr_assert_eq(rig.line[0].rises, before + 1);
    rig_advance(&rig, 10);
    cr_assert_eq(rig.line[0].rises, before + 2);
}

Test(pit8254, programming_mode_0_lowers_the_line_at_once)
{
    cr_assert(rig.line[0].level);
    out(3, 0x30);
    cr_assert_not(rig.line[0].level);
}

Test(pit8254, a_mode_set_while_the_output_is_low_is_an_edge)
{
    out(3, 0x30);
    unsigned before = rig.line[0].rises;
    out(3, 0x34);
    cr_assert_eq(rig.line[0].rises, before + 1);
}

Test(pit8254, the_gate_stops_counter_2_and_mode_3_goes_high)
{
    program(2, 3, 100);
    rig_advance(&rig, 1 + 60);
    cr_assert_not(pit8254_output(&pit, 2));
    pit8254_set_gate(&pit, 2, false);
    cr_assert(pit8254_output(&pit, 2));
    unsigned held = in16(2);
    rig_advance(&rig, 1000);
    cr_assert_eq(in16(2), held);
    pit8254_set_gate(&pit, 2, true);
    rig_advance(&rig, 1);
    cr_assert_eq(in16(2), 100, "the rising gate reloads");
}

Test(pit8254, the_control_word_port_cannot_be_read)
{
    cr_assert_eq(in(3), 0xff);
}

Test(pit8254, a_one_shot_leaves_no_timer_behind)
{
    program(0, 0, 10);
    cr_assert(pit8254_will_fire(&pit));
    rig_advance(&rig, 100);
    cr_assert_not(pit8254_will_fire(&pit));
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
}

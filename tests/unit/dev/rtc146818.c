/* MC146818: time, formats, SET and UIP, the three interrupts, CMOS; and the calendar behind it. */
#include <criterion/criterion.h>

#include "dev/calendar.h"
#include "dev/rtc146818.h"
#include "rig.h"
#include "sim/abi/board.h"

#define BOOT   1709251199u /* 2024-02-29 23:59:59 UTC, a Thursday */
#define SECOND 32768u

static struct rig rig;
static struct rtc146818 rtc;

/* One cycle is one tick of the crystal. */
static void setup(void)
{
    rig_init(&rig, BOARD_RTC_HZ);
    rtc = (struct rtc146818){.irq = rig_line(&rig, 0)};
    rtc146818_init(&rtc, &rig.clock);
    rtc146818_reset(&rtc, BOOT);
}

static uint8_t get(uint8_t reg)
{
    rig_out(&rtc146818_ops, &rtc, 0, reg);
    return rig_in(&rtc146818_ops, &rtc, 1);
}

static void set(uint8_t reg, uint8_t value)
{
    rig_out(&rtc146818_ops, &rtc, 0, reg);
    rig_out(&rtc146818_ops, &rtc, 1, value);
}

TestSuite(rtc146818, .init = setup);

Test(rtc146818, power_up_shows_the_boot_time_in_bcd)
{
    cr_assert_eq(get(0), 0x59);
    cr_assert_eq(get(2), 0x59);
    cr_assert_eq(get(4), 0x23);
    cr_assert_eq(get(6), 5, "Thursday");
    cr_assert_eq(get(7), 0x29);
    cr_assert_eq(get(8), 0x02);
    cr_assert_eq(get(9), 0x24);
    cr_assert_eq(get(0x32), 0x20);
    cr_assert_eq(get(0x0d), 0x80);
}

Test(rtc146818, a_leap_day_ends_into_march)
{
    rig_advance(&rig, SECOND);
    cr_assert_eq(get(0), 0);
    cr_assert_eq(get(4), 0);
    cr_assert_eq(get(6), 6);
    cr_assert_eq(get(7), 1);
    cr_assert_eq(get(8), 3);
}

Test(rtc146818, binary_mode_shows_plain_numbers)
{
    set(0x0b, 0x06);
    cr_assert_eq(get(0), 59);
    cr_assert_eq(get(4), 23);
    cr_assert_eq(get(9), 24);
    cr_assert_eq(get(0x32), 20);
}

Test(rtc146818, twelve_hour_mode_has_12_and_a_pm_bit)
{
    set(0x0b, 0x00);
    cr_assert_eq(get(4), 0x91, "11 pm");
    rig_advance(&rig, SECOND);
    cr_assert_eq(get(4), 0x12, "midnight is 12 am");
    rig_advance(&rig, 12ull * 3600 * SECOND);
    cr_assert_eq(get(4), 0x92, "noon is 12 pm");
}

Test(rtc146818, noon_and_midnight_written_in_twelve_hour_mode)
{
    set(0x0b, 0x00);
    set(4, 0x92);
    set(0x0b, 0x02);
    cr_assert_eq(get(4), 0x12);
    set(0x0b, 0x00);
    set(4, 0x12);
    set(0x0b, 0x02);
    cr_assert_eq(get(4), 0x00);
}

Test(rtc146818, set_freezes_and_takes_the_new_time_over)
{
    set(0x0b, 0x82);
    set(0, 0x10);
    set(2, 0x20);
    set(4, 0x06);
    set(7, 0x31);
    set(8, 0x12);
    set(9, 0x99);
    set(0x32, 0x19);
    rig_advance(&rig, 5 * SECOND);
    cr_assert_eq(get(0), 0x10, "frozen");
    set(0x0b, 0x02);
    cr_assert_eq(get(0), 0x10);
    rig_advance(&rig, SECOND);
    cr_assert_eq(get(0), 0x11);
    cr_assert_eq(get(4), 0x06);
    cr_assert_eq(get(7), 0x31);
    cr_assert_eq(get(9), 0x99);
    cr_assert_eq(get(0x32), 0x19);
}

Test(rtc146818, the_weekday_is_what_was_set_and_goes_on)
{
    set(6, 2);
    cr_assert_eq(get(6), 2);
    rig_advance(&rig, SECOND);
    cr_assert_eq(get(6), 3);
    cr_assert_eq(get(7), 1, "the date is untouched");
}

Test(rtc146818, uip_warns_244_us_before_the_update)
{
    rig_advance(&rig, SECOND - 74);
    cr_assert_eq(get(0x0a) & 0x80, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(get(0x0a) & 0x80, 0x80);
    rig_advance(&rig, 72);
    cr_assert_eq(get(0x0a) & 0x80, 0x80);
    rig_advance(&rig, 1);
    cr_assert_eq(get(0x0a) & 0x80, 0);
}

Test(rtc146818, update_ended_interrupts_once_a_second_until_c_is_read)
{
    set(0x0b, 0x12);
    rig_advance(&rig, SECOND);
    cr_assert(rig.line[0].level);
    rig_advance(&rig, 3 * SECOND);
    cr_assert_eq(rig.line[0].rises, 1);
    cr_assert_eq(get(0x0c) & 0x90, 0x90);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(get(0x0c), 0);
    rig_advance(&rig, SECOND);
    cr_assert_eq(rig.line[0].rises, 2);
}

Test(rtc146818, set_clears_the_update_ended_enable)
{
    set(0x0b, 0x92);
    cr_assert_eq(get(0x0b), 0x82);
}

Test(rtc146818, flags_are_set_without_any_enable)
{
    rig_advance(&rig, SECOND);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(get(0x0c) & 0x50, 0x50, "update and periodic, no IRQF");
}

Test(rtc146818, periodic_rates_are_powers_of_two)
{
    static const struct {
        uint8_t rate;
        unsigned period;
    } rows[] = {{1, 128}, {2, 256}, {3, 4}, {6, 32}, {15, 16384}};
    for (unsigned i = 0; i < 5; i++) {
        setup();
        set(0x0a, 0x20 | rows[i].rate);
        set(0x0b, 0x42);
        for (unsigned n = 1; n <= 5; n++) {
            rig_advance(&rig, rows[i].period - 1);
            cr_assert_not(rig.line[0].level, "rate %u", rows[i].rate);
            rig_advance(&rig, 1);
            cr_assert(rig.line[0].level, "rate %u", rows[i].rate);
            cr_assert_eq(get(0x0c) & 0xc0, 0xc0);
        }
    }
}

Test(rtc146818, rate_0_has_no_periodic_interrupt)
{
    set(0x0a, 0x20);
    set(0x0b, 0x42);
    rig_advance(&rig, 10 * SECOND);
    cr_assert_not(rig.line[0].level);
}

Test(rtc146818, the_alarm_fires_at_its_second)
{
    set(1, 0x05);
    set(3, 0x01);
    set(5, 0x00);
    set(0x0b, 0x22);
    rig_advance(&rig, SECOND * 65);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, SECOND);
    cr_assert(rig.line[0].level);
    cr_assert_eq(get(0x0c) & 0xa0, 0xa0);
}

Test(rtc146818, dont_care_codes_make_the_alarm_repeat)
{
    set(1, 0x05);
    set(3, 0xc0);
    set(5, 0xff);
    set(0x0b, 0x22);
    rig_advance(&rig, 6 * SECOND);
    cr_assert(rig.line[0].level);
    get(0x0c);
    rig_advance(&rig, 60 * SECOND);
    cr_assert(rig.line[0].level);
    cr_assert_eq(rig.line[0].rises, 2);
}

Test(rtc146818, a_missed_alarm_is_flagged_when_somebody_looks)
{
    set(1, 0x30);
    set(3, 0x00);
    set(5, 0x12);
    rig_advance(&rig, 3ull * 86400 * SECOND);
    cr_assert_eq(get(0x0c) & 0x20, 0x20);
}

Test(rtc146818, a_divider_restart_updates_half_a_second_later)
{
    rig_advance(&rig, SECOND / 4);
    set(0x0a, 0x76);
    rig_advance(&rig, 10 * SECOND);
    cr_assert_eq(get(0), 0x59, "held in reset");
    set(0x0a, 0x26);
    rig_advance(&rig, SECOND / 2 - 1);
    cr_assert_eq(get(0), 0x59);
    rig_advance(&rig, 1);
    cr_assert_eq(get(0), 0x00);
}

Test(rtc146818, the_index_port_holds_the_nmi_mask_and_cannot_be_read)
{
    rig_out(&rtc146818_ops, &rtc, 0, 0x8f);
    cr_assert_eq(rtc.s.nmi_masked, 1);
    cr_assert_eq(rtc.s.index, 0x0f);
    cr_assert_eq(rig_in(&rtc146818_ops, &rtc, 0), 0xff);
}

Test(rtc146818, cmos_ram_keeps_its_bytes_and_status_registers_do_not_take_any)
{
    set(0x0f, 0xa5);
    set(0x7f, 0x5a);
    cr_assert_eq(get(0x0f), 0xa5);
    cr_assert_eq(get(0x7f), 0x5a);
    set(0x0d, 0x00);
    cr_assert_eq(get(0x0d), 0x80);
    set(0x0a, 0xa6);
    cr_assert_eq(get(0x0a) & 0x80, 0, "UIP is read only");
}

Test(rtc146818, no_timer_runs_while_no_interrupt_is_enabled)
{
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
    cr_assert_not(rtc146818_will_fire(&rtc));
    set(0x0b, 0x12);
    cr_assert_eq(clock_next(&rig.clock), SECOND);
}

Test(calendar, known_dates_both_ways)
{
    static const struct {
        uint64_t seconds;
        struct calendar date;
    } rows[] = {
        {0, {0, 0, 0, 1, 1, 1970, 5}},
        {951782400, {0, 0, 0, 29, 2, 2000, 3}},
        {1709251199, {59, 59, 23, 29, 2, 2024, 5}},
        {4107542400, {0, 0, 0, 1, 3, 2100, 2}},
        {253402300799, {59, 59, 23, 31, 12, 9999, 6}},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct calendar c = calendar_from_seconds(rows[i].seconds);
        cr_assert_eq(memcmp(&c, &rows[i].date, sizeof c), 0, "row %u", i);
        cr_assert_eq(calendar_to_seconds(&c), rows[i].seconds, "row %u", i);
    }
}

Test(calendar, every_day_of_five_centuries_survives_the_round_trip)
{
    for (uint64_t day = 0; day < 182622; day++) {
        struct calendar c = calendar_from_seconds(day * 86400 + 1);
        cr_assert_eq(calendar_to_seconds(&c), day * 86400 + 1);
        cr_assert_eq(c.weekday, (day + 4) % 7 + 1);
    }
}

Test(calendar, impossible_fields_carry_over_and_the_past_is_zero)
{
    struct calendar c = {.day = 30, .month = 2, .year = 2023};
    struct calendar back = calendar_from_seconds(calendar_to_seconds(&c));
    cr_assert_eq(back.month, 3);
    cr_assert_eq(back.day, 2);
    c = (struct calendar){.day = 1, .month = 1, .year = 1950};
    cr_assert_eq(calendar_to_seconds(&c), 0);
    c = (struct calendar){0};
    cr_assert_eq(calendar_to_seconds(&c), 0);
}

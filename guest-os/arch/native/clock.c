/*
 * Time: the 8254's channel 0 makes ticks, the MC146818 knows the date.
 *
 * The date is read once, at boot. Nothing is measured or calibrated. (Intel 8254 data sheet, Mode
 * 2; Motorola MC146818 data sheet, Update Cycle, Register B.)
 */
#include "arch/native/native.h"

#define PIT_CHANNEL0_MODE2 0x34 /* low byte then high byte, rate generator */

void arch_timer_start(unsigned hz)
{
    unsigned divisor = (BOARD_PIT_HZ + hz / 2) / hz;
    port_out8(BOARD_PIT_PORT + 3, PIT_CHANNEL0_MODE2);
    port_out8(BOARD_PIT_PORT, (uint8_t)divisor);
    port_out8(BOARD_PIT_PORT, (uint8_t)(divisor >> 8));
    pic_enable(BOARD_IRQ_PIT);
}

enum {
    RTC_SECOND = 0,
    RTC_MINUTE = 2,
    RTC_HOUR = 4,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_A = 10,
    RTC_B = 11,
};

#define RTC_A_UPDATING 0x80
#define RTC_B_BINARY   0x04

static uint8_t rtc_read(uint8_t index)
{
    port_out8(BOARD_RTC_PORT, index);
    return port_in8(BOARD_RTC_PORT + 1);
}

static unsigned rtc_number(uint8_t index, uint8_t b)
{
    uint8_t v = rtc_read(index);
    return b & RTC_B_BINARY ? v : (v >> 4) * 10u + (v & 15u);
}

void arch_boot_date(struct date *date)
{
    while (rtc_read(RTC_A) & RTC_A_UPDATING)
        continue;
    uint8_t b = rtc_read(RTC_B);
    date->second = rtc_number(RTC_SECOND, b);
    date->minute = rtc_number(RTC_MINUTE, b);
    date->hour = rtc_number(RTC_HOUR, b);
    date->day = rtc_number(RTC_DAY, b);
    date->month = rtc_number(RTC_MONTH, b);
    date->year = 2000 + rtc_number(RTC_YEAR, b);
}

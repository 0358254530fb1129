/*
 * MC146818 real-time clock and CMOS RAM. Source: Motorola MC146818A data sheet; IBM PC/AT Technical
 * Reference (CMOS map).
 *
 * Ports: 0 index (write only; bit 7 masks NMI), 1 data. Bytes: 0-9 time, alarm and date; 0Ah-0Dh
 * registers A to D; 0Eh-7Fh RAM, of which 32h is the century.
 *
 * Time is the boot time plus what the clock says. Binary and BCD, 12 and 24 hours, alarm with
 * don't-care codes, periodic, alarm and update-ended interrupts, UIP, SET, divider reset work.
 *
 * DEVIATION: a time or date that does not exist is normalized when written (the chip would count on
 * from nonsense), and changing DM or 24/12 converts the time registers (the chip asks for new
 * values). Not implemented: daylight saving, the square-wave pin, crystals other than 32,768 Hz
 * (such a divider setting stops the clock).
 */
#ifndef SIM_DEV_RTC146818_H
#define SIM_DEV_RTC146818_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/state.h"

struct rtc146818_state {
    uint64_t time;         /* seconds since 1970-01-01, as shown now */
    uint64_t second_tick;  /* tick at which `time` was reached */
    uint64_t divider_tick; /* tick at which the divider last started from 0 */
    uint64_t seen_tick;    /* tick up to which flags are up to date */
    uint8_t ram[128];      /* bytes 1, 3, 5 the alarm; 0Ah, 0Bh; 0Eh and up. Others unused */
    uint8_t flags;         /* PF, AF, UF of register C */
    uint8_t index;
    uint8_t nmi_masked;
    uint8_t weekday_bias; /* added to the calendar's day of the week, 0..6 */
    uint8_t frozen[10];   /* the time registers as written while SET is 1 */
    uint8_t frozen_century;
    uint8_t reserved;
};

struct rtc146818 {
    struct rtc146818_state s;
    struct sim_clock *clock; /* wire */
    struct irq_line irq;     /* wire */
    unsigned timer;
};

extern const struct state_desc rtc146818_desc;
extern const struct io_ops rtc146818_ops;

/* Wires the chip to a clock and registers its timer. */
void rtc146818_init(struct rtc146818 *r, struct sim_clock *clock);

/* Battery-backed power-up at a time: running, BCD, 24 hours, no interrupt enabled, RAM zero. */
void rtc146818_reset(struct rtc146818 *r, uint64_t boot_time);

/* What the firmware's setup stored: one byte of RAM, 0Eh to 7Fh but the century; and the checksum
 * of 10h to 2Dh. */
void rtc146818_set_ram(struct rtc146818 *r, unsigned index, uint8_t value);
void rtc146818_set_checksum(struct rtc146818 *r);

/* True if an event that is enabled and not pending yet will come: for an alarm, that its time
 * exists.
 */
bool rtc146818_will_fire(const struct rtc146818 *r);

/* After a state was restored: drives the line and arms the timer. */
void rtc146818_restored(struct rtc146818 *r);

#endif

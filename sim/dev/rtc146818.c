/* MC146818 real-time clock: see rtc146818.h. */
#include "dev/rtc146818.h"

#include <string.h>

#include "dev/calendar.h"
#include "sim/abi/board.h"

enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    CENTURY = 0x32
};

#define A_RATE        0x0fu
#define A_DIVIDER     0x70u
#define A_DIVIDER_32K 0x20u
#define A_UIP         0x80u
#define B_24H         0x02u
#define B_BINARY      0x04u
#define B_UIE         0x10u
#define B_AIE         0x20u
#define B_PIE         0x40u
#define B_SET         0x80u
#define C_UF          0x10u
#define C_AF          0x20u
#define C_PF          0x40u
#define C_IRQF        0x80u
#define D_VRT         0x80u

#define TICKS_PER_SECOND BOARD_RTC_HZ
#define UPDATE_TICKS     73u /* 244 us warning and 1984 us update, in ticks of 30.5 us */

static const struct state_field fields[] = {
    STATE_FIELD(rtc146818_state, time),
    STATE_FIELD(rtc146818_state, second_tick),
    STATE_FIELD(rtc146818_state, divider_tick),
    STATE_FIELD(rtc146818_state, seen_tick),
    STATE_ARRAY(rtc146818_state, ram),
    STATE_FIELD(rtc146818_state, flags),
    STATE_FIELD(rtc146818_state, index),
    STATE_FIELD(rtc146818_state, nmi_masked),
    STATE_FIELD(rtc146818_state, weekday_bias),
    STATE_ARRAY(rtc146818_state, frozen),
    STATE_FIELD(rtc146818_state, frozen_century),
    STATE_FIELD(rtc146818_state, reserved),
};
STATE_DESC(rtc146818_desc, rtc146818_state, 1, fields);

/* --- encoding --- */

static uint8_t encode(const struct rtc146818_state *s, unsigned value)
{
    if (s->ram[REG_B] & B_BINARY)
        return (uint8_t)value;
    return (uint8_t)((value / 10 % 10) << 4 | value % 10);
}

static unsigned decode(const struct rtc146818_state *s, uint8_t value)
{
    return s->ram[REG_B] & B_BINARY ? value : (value >> 4) * 10u + (value & 15u);
}

/* 12-hour mode shows 12, 1 .. 11 and sets bit 7 after noon. */
static uint8_t encode_hour(const struct rtc146818_state *s, unsigned hour)
{
    if (s->ram[REG_B] & B_24H)
        return encode(s, hour);
    unsigned shown = hour % 12 ? hour % 12 : 12;
    return (uint8_t)(encode(s, shown) | (hour >= 12 ? 0x80u : 0));
}

static unsigned decode_hour(const struct rtc146818_state *s, uint8_t value)
{
    if (s->ram[REG_B] & B_24H)
        return decode(s, value);
    return decode(s, value & 0x7f) % 12 + (value & 0x80 ? 12 : 0);
}

/* The ten time bytes (alarms left alone) and the century for the present time. */
static void show_time(const struct rtc146818_state *s, uint8_t reg[10], uint8_t *century)
{
    struct calendar c = calendar_from_seconds(s->time);
    reg[SECONDS] = encode(s, c.second);
    reg[MINUTES] = encode(s, c.minute);
    reg[HOURS] = encode_hour(s, c.hour);
    reg[WEEKDAY] = encode(s, (c.weekday - 1 + s->weekday_bias) % 7 + 1);
    reg[DAY] = encode(s, c.day);
    reg[MONTH] = encode(s, c.month);
    reg[YEAR] = encode(s, c.year % 100);
    *century = encode(s, c.year / 100);
}

/* Takes time bytes over as the present time. */
static void take_time(struct rtc146818_state *s, const uint8_t reg[10], uint8_t century)
{
    struct calendar c = {
        .second = decode(s, reg[SECONDS]),
        .minute = decode(s, reg[MINUTES]),
        .hour = decode_hour(s, reg[HOURS]),
        .day = decode(s, reg[DAY]),
        .month = decode(s, reg[MONTH]),
        .year = decode(s, century) * 100 + decode(s, reg[YEAR]),
    };
    s->time = calendar_to_seconds(&c);
    unsigned calendar_day = calendar_from_seconds(s->time).weekday;
    s->weekday_bias = (uint8_t)((decode(s, reg[WEEKDAY]) % 7 + 7 - calendar_day % 7) % 7);
}

/* --- time --- */

static uint64_t now_tick(const struct rtc146818 *r)
{
    return clock_cycles_to_ticks(r->clock, clock_now(r->clock), TICKS_PER_SECOND);
}

static bool divider_runs(const struct rtc146818_state *s)
{
    return (s->ram[REG_A] & A_DIVIDER) == A_DIVIDER_32K;
}

static bool updates(const struct rtc146818_state *s)
{
    return divider_runs(s) && !(s->ram[REG_B] & B_SET);
}

/* Ticks between periodic interrupts, a power of two; 0: none (data sheet, Periodic Interrupt Rate).
 */
static uint64_t period(const struct rtc146818_state *s)
{
    unsigned rate = s->ram[REG_A] & A_RATE;
    if (!rate || !divider_runs(s))
        return 0;
    return 1ull << (rate < 3 ? rate + 6 : rate - 1);
}

/* An alarm byte with both top bits set matches everything. */
static bool alarm_field(uint8_t alarm, uint8_t now)
{
    return (alarm & 0xc0) == 0xc0 || alarm == now;
}

static bool alarm_at(const struct rtc146818_state *s, uint64_t time)
{
    unsigned day_second = (unsigned)(time % 86400);
    return alarm_field(s->ram[SECONDS_ALARM], encode(s, day_second % 60)) &&
           alarm_field(s->ram[MINUTES_ALARM], encode(s, day_second / 60 % 60)) &&
           alarm_field(s->ram[HOURS_ALARM], encode_hour(s, day_second / 3600));
}

/* Counts the seconds that have passed, and sets UF and AF for them. A day holds every possible
 * alarm. */
static void count_seconds(struct rtc146818_state *s, uint64_t tick)
{
    uint64_t seconds = (tick - s->second_tick) / TICKS_PER_SECOND;
    s->second_tick += seconds * TICKS_PER_SECOND;
    if (!seconds || !updates(s))
        return;
    uint64_t first = seconds > 86400 ? seconds - 86400 : 0;
    for (uint64_t i = first; i < seconds && !(s->flags & C_AF); i++)
        if (alarm_at(s, s->time + i + 1))
            s->flags |= C_AF;
    s->time += seconds;
    s->flags |= C_UF;
}

static uint8_t enabled(const struct rtc146818_state *s)
{
    return s->ram[REG_B] & (B_PIE | B_AIE | B_UIE); /* the same bits as PF, AF, UF */
}

static void sync(struct rtc146818 *r)
{
    struct rtc146818_state *s = &r->s;
    uint64_t tick = now_tick(r), p = period(s);
    if (p && (tick - s->divider_tick) / p != (s->seen_tick - s->divider_tick) / p)
        s->flags |= C_PF;
    s->seen_tick = tick;
    if (divider_runs(s))
        count_seconds(s, tick);
    irq_line_set(&r->irq, s->flags & enabled(s));
}

/* The tick of the next event that could set an enabled flag which is not set yet. */
static uint64_t next_event(const struct rtc146818_state *s)
{
    uint8_t wanted = (uint8_t)(enabled(s) & ~s->flags);
    uint64_t next = CLOCK_NEVER, p = period(s);
    if ((wanted & B_PIE) && p)
        next = s->divider_tick + ((s->seen_tick - s->divider_tick) / p + 1) * p;
    if ((wanted & (B_AIE | B_UIE)) && updates(s) && s->second_tick + TICKS_PER_SECOND < next)
        next = s->second_tick + TICKS_PER_SECOND;
    return next;
}

static void arm(struct rtc146818 *r)
{
    uint64_t next = next_event(&r->s);
    if (next != CLOCK_NEVER)
        next = clock_ticks_to_cycles(r->clock, next, TICKS_PER_SECOND);
    clock_arm(r->clock, r->timer, next);
}

static void on_timer(void *device, uint64_t now)
{
    (void)now;
    sync(device);
    arm(device);
}

/* --- registers --- */

static bool is_time(unsigned i)
{
    return (i <= YEAR && i != SECONDS_ALARM && i != MINUTES_ALARM && i != HOURS_ALARM) ||
           i == CENTURY;
}

static uint8_t read_time(const struct rtc146818_state *s, unsigned i)
{
    uint8_t reg[10] = {0}, century;
    if (s->ram[REG_B] & B_SET) {
        memcpy(reg, s->frozen, sizeof reg);
        century = s->frozen_century;
    } else {
        show_time(s, reg, &century);
    }
    return i == CENTURY ? century : reg[i];
}

static void write_time(struct rtc146818_state *s, unsigned i, uint8_t value)
{
    if (!(s->ram[REG_B] & B_SET))
        show_time(s, s->frozen, &s->frozen_century);
    if (i == CENTURY)
        s->frozen_century = value;
    else
        s->frozen[i] = value;
    if (!(s->ram[REG_B] & B_SET))
        take_time(s, s->frozen, s->frozen_century);
}

/* Register A: a divider that starts from reset makes its first update half a second later. */
static void write_a(struct rtc146818 *r, uint8_t value)
{
    struct rtc146818_state *s = &r->s;
    bool ran = divider_runs(s);
    s->ram[REG_A] = value & (uint8_t)~A_UIP;
    if (!ran && divider_runs(s)) {
        s->divider_tick = s->seen_tick;
        s->second_tick = s->seen_tick - TICKS_PER_SECOND / 2; /* modulo 2^64 */
    }
}

/* Register B: SET freezes the time bytes and ends the update-ended interrupt; clearing it takes
 * them over. */
static void write_b(struct rtc146818_state *s, uint8_t value)
{
    bool was_set = s->ram[REG_B] & B_SET;
    if (value & B_SET) {
        if (!was_set)
            show_time(s, s->frozen, &s->frozen_century);
        value &= (uint8_t)~B_UIE;
    }
    s->ram[REG_B] = value;
    if (was_set && !(value & B_SET))
        take_time(s, s->frozen, s->frozen_century);
}

static bool update_in_progress(const struct rtc146818_state *s)
{
    return updates(s) && s->seen_tick - s->second_tick >= TICKS_PER_SECOND - UPDATE_TICKS;
}

static uint8_t read_data(struct rtc146818 *r)
{
    struct rtc146818_state *s = &r->s;
    if (is_time(s->index))
        return read_time(s, s->index);
    switch (s->index) {
    case REG_A:
        return (uint8_t)(s->ram[REG_A] | (update_in_progress(s) ? A_UIP : 0));
    case REG_C: {
        uint8_t c = (uint8_t)(s->flags | (s->flags & enabled(s) ? C_IRQF : 0));
        s->flags = 0;
        irq_line_set(&r->irq, false);
        return c;
    }
    case REG_D:
        return D_VRT;
    default:
        return s->ram[s->index];
    }
}

static void write_data(struct rtc146818 *r, uint8_t value)
{
    struct rtc146818_state *s = &r->s;
    if (is_time(s->index)) {
        write_time(s, s->index, value);
        return;
    }
    switch (s->index) {
    case REG_A:
        write_a(r, value);
        break;
    case REG_B:
        write_b(s, value);
        irq_line_set(&r->irq, s->flags & enabled(s));
        break;
    case REG_C:
    case REG_D:
        break;
    default:
        s->ram[s->index] = value;
        break;
    }
}

static uint32_t rtc_read(void *device, uint32_t offset, unsigned size)
{
    struct rtc146818 *r = device;
    (void)size;
    if (offset == 0)
        return 0xff;
    sync(r);
    uint8_t value = read_data(r);
    arm(r);
    return value;
}

static void rtc_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct rtc146818 *r = device;
    (void)size;
    if (offset == 0) {
        r->s.index = value & 0x7f;
        r->s.nmi_masked = !!(value & 0x80);
        return;
    }
    sync(r);
    write_data(r, (uint8_t)value);
    arm(r);
}

const struct io_ops rtc146818_ops = {rtc_read, rtc_write};

/* --- life --- */

void rtc146818_init(struct rtc146818 *r, struct sim_clock *clock)
{
    r->clock = clock;
    r->timer = clock_add_timer(clock, on_timer, r);
}

void rtc146818_reset(struct rtc146818 *r, uint64_t boot_time)
{
    uint64_t tick = now_tick(r);
    r->s = (struct rtc146818_state){
        .time = boot_time, .second_tick = tick, .divider_tick = tick, .seen_tick = tick};
    r->s.ram[REG_A] = A_DIVIDER_32K | 6;
    r->s.ram[REG_B] = B_24H;
    rtc146818_restored(r);
}

void rtc146818_set_ram(struct rtc146818 *r, unsigned index, uint8_t value)
{
    r->s.ram[index & 0x7f] = value;
}

void rtc146818_set_checksum(struct rtc146818 *r)
{
    unsigned sum = 0;
    for (unsigned i = 0x10; i <= 0x2d; i++)
        sum += r->s.ram[i];
    r->s.ram[0x2e] = (uint8_t)(sum >> 8);
    r->s.ram[0x2f] = (uint8_t)sum;
}

/* Does the alarm name a time that there is? Its three bytes match independently of each other. */
static bool alarm_comes(const struct rtc146818_state *s)
{
    bool second = false, minute = false, hour = false;
    for (unsigned i = 0; i < 60; i++) {
        second |= alarm_field(s->ram[SECONDS_ALARM], encode(s, i));
        minute |= alarm_field(s->ram[MINUTES_ALARM], encode(s, i));
        hour |= i < 24 && alarm_field(s->ram[HOURS_ALARM], encode_hour(s, i));
    }
    return second && minute && hour;
}

bool rtc146818_will_fire(const struct rtc146818 *r)
{
    const struct rtc146818_state *s = &r->s;
    uint8_t wanted = (uint8_t)(enabled(s) & ~s->flags);
    if (next_event(s) == CLOCK_NEVER)
        return false;
    return ((wanted & B_PIE) && period(s)) || (wanted & B_UIE) || alarm_comes(s);
}

void rtc146818_restored(struct rtc146818 *r)
{
    r->s.index &= 0x7f;
    irq_line_set(&r->irq, r->s.flags & enabled(&r->s));
    arm(r);
}

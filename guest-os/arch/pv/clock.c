/*
 * Time: one timer event after another, and the date from shared_info.
 */
#include "arch/pv/pv.h"

#define NS_PER_SECOND 1000000000u

static uint64_t next, period; /* system time, ns */

static uint64_t pair(const volatile uint32_t halves[2])
{
    return (uint64_t)halves[1] << 32 | halves[0];
}

/* (cycles << shift) * mul / 2^32 without losing the upper half. */
static uint64_t scale(uint64_t cycles, int shift, uint32_t mul)
{
    cycles = shift < 0 ? cycles >> -shift : cycles << shift;
    return (cycles >> 32) * mul + ((cycles & UINT32_MAX) * mul >> 32);
}

static uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t system_time(void)
{
    const volatile struct pv_vcpu_info *t = this_vcpu();
    uint32_t version;
    uint64_t now;
    do {
        version = t->time_version;
        barrier();
        now = pair(t->system_time) +
              scale(time_stamp() - pair(t->tsc_timestamp), t->tsc_shift, t->tsc_to_system_mul);
        barrier();
    } while (version & 1 || version != t->time_version);
    return now;
}

static void set_timer(void)
{
    hypercall(PV_HYPERCALL_set_timer_op, (uint32_t)next, (uint32_t)(next >> 32), 0, 0);
}

/* Ticks missed while this guest did not run are one tick. */
static void clock_event(void)
{
    timer_tick();
    next += period;
    uint64_t now = system_time();
    if (next < now)
        next = now + period;
    set_timer();
}

void arch_timer_start(unsigned hz)
{
    period = NS_PER_SECOND / hz;
    next = system_time() + period;
    event_bind_virq(PV_VIRQ_TIMER, clock_event);
    set_timer();
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned month, unsigned year)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

void arch_boot_date(struct date *date)
{
    uint32_t seconds = shared_info.wc_sec + (uint32_t)(system_time() / NS_PER_SECOND);
    uint32_t days = seconds / 86400;
    *date = (struct date){1970, 1, 1, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60};
    for (; days >= (is_leap(date->year) ? 366u : 365u); date->year++)
        days -= is_leap(date->year) ? 366 : 365;
    for (; days >= days_in_month(date->month, date->year); date->month++)
        days -= days_in_month(date->month, date->year);
    date->day += days;
}

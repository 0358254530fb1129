/*
 * Time: one timer event after another, and the date from shared_info.
 */
#include "arch/pv/pv.h"
#include "lib/cycles.h"

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

static uint64_t system_time(void)
{
    const volatile struct pv_vcpu_info *t = this_vcpu();
    uint32_t version;
    uint64_t now;
    do {
        version = t->time_version;
        barrier();
        now = pair(t->system_time) +
              scale(cycles_now() - pair(t->tsc_timestamp), t->tsc_shift, t->tsc_to_system_mul);
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

/* Years here begin in March, so that leap days end them; 719,468 days before 1970 a 400-year cycle
 * began. (Hinnant, chrono-Compatible Low-Level Date Algorithms.) */
void arch_boot_date(struct date *date)
{
    uint32_t seconds = shared_info.wc_sec + (uint32_t)(system_time() / NS_PER_SECOND);
    uint32_t days = seconds / 86400 + 719468;
    uint32_t of_cycle = days % 146097;
    uint32_t year = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    uint32_t of_year = of_cycle - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;
    date->day = of_year - (153 * month + 2) / 5 + 1;
    date->month = month < 10 ? month + 3 : month - 9;
    date->year = days / 146097 * 400 + year + (date->month <= 2);
    date->hour = seconds / 3600 % 24;
    date->minute = seconds / 60 % 60;
    date->second = seconds % 60;
}

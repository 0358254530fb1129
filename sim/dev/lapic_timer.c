/*
 * The local APIC's timer (SDM v3, APIC Timer). The count is derived from the bus tick at which it
 * began, so nothing drifts: a period is initial count x divide value, exactly.
 */
#include "dev/lapic_internal.h"
#include "sim/abi/board.h"

#define DIVIDE_WRITABLE 0x0bu

static uint64_t now_tick(const struct lapic *l)
{
    return clock_cycles_to_ticks(l->clock, clock_now(l->clock), BOARD_LAPIC_HZ);
}

/* Divide configuration: bits 3, 1, 0 are the power of two less one, 111 divides by 1. */
static uint64_t divisor(const struct lapic_state *s)
{
    unsigned code = (s->timer_divide & 3u) | (s->timer_divide >> 1 & 4u);
    return code == 7 ? 1 : 2ull << code;
}

static uint32_t mode(const struct lapic_state *s)
{
    return s->lvt[LVT_TIMER] & LVT_TIMER_MODE;
}

static uint64_t span(const struct lapic_state *s)
{
    return s->timer_initial * divisor(s);
}

/* Brings the start of the count to the present period; a one-shot that is over stops. */
static void sync(struct lapic *l)
{
    struct lapic_state *s = &l->s;
    uint64_t passed = now_tick(l) - s->timer_start;
    if (!s->timer_running || passed < span(s))
        return;
    if (mode(s) == LVT_TIMER_PERIODIC)
        s->timer_start += passed / span(s) * span(s);
    else
        s->timer_running = 0;
}

static bool interrupts(const struct lapic *l)
{
    return lapic_enabled(l) && lapic_soft_enabled(&l->s) && !(l->s.lvt[LVT_TIMER] & LVT_MASKED);
}

/* The cycle of the next interrupt. A masked timer counts without one. */
static uint64_t next_interrupt(const struct lapic *l)
{
    const struct lapic_state *s = &l->s;
    if (!interrupts(l))
        return CLOCK_NEVER;
    if (mode(s) & LVT_TIMER_DEADLINE)
        return s->deadline;
    if (!s->timer_running)
        return CLOCK_NEVER;
    return clock_ticks_to_cycles(l->clock, s->timer_start + span(s), BOARD_LAPIC_HZ);
}

void lapic_timer_rearm(struct lapic *l)
{
    clock_arm(l->clock, l->timer, next_interrupt(l));
}

bool lapic_will_fire(const struct lapic *l)
{
    return next_interrupt(l) != CLOCK_NEVER &&
           lapic_would_interrupt(l, (uint8_t)l->s.lvt[LVT_TIMER]);
}

static void on_timer(void *device, uint64_t now)
{
    struct lapic *l = device;
    (void)now;
    if (mode(&l->s) & LVT_TIMER_DEADLINE)
        l->s.deadline = CLOCK_NEVER;
    else
        sync(l);
    if (interrupts(l))
        lapic_accept(l, (uint8_t)l->s.lvt[LVT_TIMER], false);
    lapic_timer_rearm(l);
}

void lapic_init(struct lapic *l, struct sim_clock *clock)
{
    l->clock = clock;
    l->timer = clock_add_timer(clock, on_timer, l);
}

uint32_t lapic_timer_current(struct lapic *l)
{
    struct lapic_state *s = &l->s;
    if (mode(s) & LVT_TIMER_DEADLINE)
        return 0;
    sync(l);
    if (!s->timer_running)
        return 0;
    return s->timer_initial - (uint32_t)((now_tick(l) - s->timer_start) / divisor(s));
}

/* Writing the initial count starts the timer; 0 stops it. In deadline mode the write is ignored. */
void lapic_timer_set_initial(struct lapic *l, uint32_t count)
{
    struct lapic_state *s = &l->s;
    if (mode(s) & LVT_TIMER_DEADLINE)
        return;
    s->timer_initial = count;
    s->timer_start = now_tick(l);
    s->timer_running = count != 0;
    lapic_timer_rearm(l);
}

/* A new divide value goes on from the present count. */
void lapic_timer_set_divide(struct lapic *l, uint32_t value)
{
    struct lapic_state *s = &l->s;
    uint32_t current = lapic_timer_current(l);
    s->timer_divide = value & DIVIDE_WRITABLE;
    if (s->timer_running)
        s->timer_start = now_tick(l) - (s->timer_initial - current) * divisor(s);
    lapic_timer_rearm(l);
}

/* Changing to or from deadline mode disarms the timer; between one-shot and periodic the count goes
 * on. */
void lapic_timer_set_lvt(struct lapic *l, uint32_t value)
{
    struct lapic_state *s = &l->s;
    uint32_t old = mode(s);
    sync(l);
    s->lvt[LVT_TIMER] = value & (LVT_TIMER_MODE | LVT_MASKED | LVT_VECTOR);
    if ((old ^ mode(s)) & LVT_TIMER_DEADLINE) {
        s->timer_running = 0;
        s->deadline = CLOCK_NEVER;
    }
    lapic_timer_rearm(l);
}

void lapic_set_deadline(struct lapic *l, uint8_t vector, uint64_t deadline)
{
    lapic_timer_set_lvt(l, LVT_TIMER_DEADLINE | vector);
    l->s.deadline = deadline;
    lapic_timer_rearm(l);
}

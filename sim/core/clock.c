/*
 * Device time: an offset view of the machine's cycle counter, and a table of timers (sim/clock.h).
 *
 * Conversions between cycles and a crystal's ticks always start at cycle 0, so rounding never adds
 * up: a device that keeps absolute ticks has no drift, and ticks_to_cycles gives the first cycle at
 * which cycles_to_ticks shows a tick.
 */
#include "sim/clock.h"

#include <assert.h>
#include <stddef.h>

static const struct state_field clock_fields[] = {
    STATE_FIELD(clock_state, offset),   STATE_FIELD(clock_state, paused_at),
    STATE_FIELD(clock_state, paused),   STATE_FIELD(clock_state, reserved),
    STATE_ARRAY(clock_state, deadline),
};
STATE_DESC(clock_state_desc, clock_state, 1, clock_fields);

void clock_init(struct sim_clock *c, const uint64_t *base, uint64_t hz)
{
    assert(hz > 0);
    *c = (struct sim_clock){.base = base, .hz = hz, .soonest = CLOCK_NEVER};
    for (unsigned i = 0; i < CLOCK_MAX_TIMERS; i++)
        c->s.deadline[i] = CLOCK_NEVER;
}

unsigned clock_add_timer(struct sim_clock *c, clock_callback fire, void *device)
{
    assert(c->timers < CLOCK_MAX_TIMERS && fire);
    c->wire[c->timers].fire = fire;
    c->wire[c->timers].device = device;
    c->wire[c->timers].alone = false;
    return c->timers++;
}

void clock_timer_alone(struct sim_clock *c, unsigned timer)
{
    assert(timer < c->timers);
    c->wire[timer].alone = true;
}

/* The earliest armed timer's number, lowest number first on a tie. */
static unsigned earliest(const struct sim_clock *c)
{
    unsigned best = 0;
    for (unsigned i = 1; i < c->timers; i++)
        if (c->s.deadline[i] < c->s.deadline[best])
            best = i;
    return best;
}

static void find_soonest(struct sim_clock *c)
{
    c->soonest = c->timers ? c->s.deadline[earliest(c)] : CLOCK_NEVER;
}

void clock_arm(struct sim_clock *c, unsigned timer, uint64_t deadline)
{
    assert(timer < c->timers);
    uint64_t before = clock_next(c);
    c->s.deadline[timer] = deadline;
    find_soonest(c);
    if (deadline < before && c->earlier)
        c->earlier(c->earlier_context);
}

/* Fires timer i if it is due. */
static bool fire_if_due(struct sim_clock *c, unsigned i)
{
    uint64_t now = clock_now(c);
    if (c->s.deadline[i] == CLOCK_NEVER || c->s.deadline[i] > now)
        return false;
    c->s.deadline[i] = CLOCK_NEVER;
    find_soonest(c);
    c->wire[i].fire(c->wire[i].device, now);
    return true;
}

void clock_run_due(struct sim_clock *c)
{
    while (fire_if_due(c, earliest(c)))
        ;
}

/* As earliest, of the timers that an access to this device fires; c->timers if there is none. */
static unsigned earliest_of(const struct sim_clock *c, const void *device)
{
    unsigned best = c->timers;
    for (unsigned i = 0; i < c->timers; i++)
        if (c->wire[i].device == device && !c->wire[i].alone &&
            (best == c->timers || c->s.deadline[i] < c->s.deadline[best]))
            best = i;
    return best;
}

void clock_run_device(struct sim_clock *c, const void *device)
{
    while (clock_next(c) <= clock_now(c)) {
        unsigned i = earliest_of(c, device);
        if (i == c->timers || !fire_if_due(c, i))
            return;
    }
}

void clock_restored(struct sim_clock *c)
{
    find_soonest(c);
}

void clock_pause(struct sim_clock *c)
{
    if (c->s.paused)
        return;
    c->s.paused_at = clock_now(c);
    c->s.paused = 1;
}

void clock_resume(struct sim_clock *c)
{
    if (!c->s.paused)
        return;
    c->s.paused = 0;
    c->s.offset = c->s.paused_at - *c->base;
    c->s.paused_at = 0;
    if (c->earlier && clock_next(c) != CLOCK_NEVER)
        c->earlier(c->earlier_context);
}

/* a * b / d for d > 0, a < d: by hand in 128 bits where the product does not fit in 64. *rest is
 * the remainder. */
static uint64_t mul_div_small(uint64_t a, uint64_t b, uint64_t d, uint64_t *rest)
{
    if (((a | b) >> 32) == 0) {
        *rest = a * b % d;
        return a * b / d;
    }
    uint64_t quotient = 0, r = 0; /* r < d: shift in b's bits from the top, each worth a */
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t carry = r >> 63;
        r <<= 1;
        quotient <<= 1;
        if (carry || r >= d) {
            r -= d;
            quotient |= 1;
        }
        if ((b >> bit) & 1) {
            uint64_t sum = r + a;
            if (sum < r || sum >= d) {
                sum -= d;
                quotient++;
            }
            r = sum;
        }
    }
    *rest = r;
    return quotient;
}

/* floor(a * b / d), or ceil; UINT64_MAX where the result does not fit. */
static uint64_t mul_div(uint64_t a, uint64_t b, uint64_t d, bool up)
{
    uint64_t whole = a / d, rest;
    uint64_t part = mul_div_small(a % d, b, d, &rest);
    if (up && rest)
        part++;
    if (b && whole > UINT64_MAX / b)
        return UINT64_MAX;
    uint64_t product = whole * b;
    return product + part < product ? UINT64_MAX : product + part;
}

uint64_t clock_cycles_to_ticks(const struct sim_clock *c, uint64_t cycles, uint64_t tick_hz)
{
    return mul_div(cycles, tick_hz, c->hz, false);
}

uint64_t clock_ticks_to_cycles(const struct sim_clock *c, uint64_t ticks, uint64_t tick_hz)
{
    return mul_div(ticks, c->hz, tick_hz, true);
}

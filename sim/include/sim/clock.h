/*
 * Time for devices: simulated cycles, and timers that fire at a cycle.
 *
 * A clock reads the machine's cycle counter plus an offset, so that the same device models serve
 * the bare machine (offset 0) and a VM (an offset, and a clock that can stand still). Timers are a
 * small table in registration order; that order breaks ties, so a run never depends on addresses or
 * host time.
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/compiler.h"
#include "sim/state.h"

#define CLOCK_MAX_TIMERS 16
#define CLOCK_NEVER      UINT64_MAX

/* Saved and hashed. Deadlines are in this clock's own cycles; CLOCK_NEVER is "off". */
struct clock_state {
    uint64_t offset; /* added to the machine's counter, modulo 2^64 */
    uint64_t paused_at;
    uint32_t paused;
    uint32_t reserved;
    uint64_t deadline[CLOCK_MAX_TIMERS];
};

typedef void (*clock_callback)(void *device, uint64_t now);

struct sim_clock {
    struct clock_state s;
    const uint64_t *base; /* wire: the machine's cycle counter */
    uint64_t hz;          /* wire: cycles per second, from the cost profile */
    uint64_t soonest; /* the least of s.deadline; derived, kept by clock_arm and clock_restored */
    unsigned timers;
    void (*earlier)(
        void *context); /* wire, may be null: clock_next() came nearer (the CPU looks again) */
    void *earlier_context;
    struct {
        clock_callback fire;
        void *device;
        bool alone; /* see clock_timer_alone */
    } wire[CLOCK_MAX_TIMERS];
};

extern const struct state_desc clock_state_desc;

/* Sets up a clock with no timers that counts *base cycles, hz of them a second. */
void clock_init(struct sim_clock *c, const uint64_t *base, uint64_t hz);

/* Registers a timer, at wiring time only; returns its number for clock_arm. At most
 * CLOCK_MAX_TIMERS (asserted). */
unsigned clock_add_timer(struct sim_clock *c, clock_callback fire, void *device);

/* At wiring time: this timer's event is long work that comes by itself (a disk has moved a sector);
 * an access to the device does not bring it about, so clock_run_device leaves it. */
void clock_timer_alone(struct sim_clock *c, unsigned timer);

/* This clock's present cycle. */
static inline uint64_t clock_now(const struct sim_clock *c)
{
    return c->s.paused ? c->s.paused_at : *c->base + c->s.offset;
}

/* Sets a timer's deadline, in this clock's cycles; CLOCK_NEVER stops it. A past deadline fires at
 * the next clock_run. */
void clock_arm(struct sim_clock *c, unsigned timer, uint64_t deadline);

/* The earliest deadline of all timers, CLOCK_NEVER if none is armed or the clock is paused. */
static inline uint64_t clock_next(const struct sim_clock *c)
{
    return c->s.paused ? CLOCK_NEVER : c->soonest;
}

/*
 * Fires every timer due now, earliest first, ties by timer number. A timer is disarmed before its
 * callback runs. Called at every turn of a run loop: mostly nothing is due.
 */
void clock_run_due(struct sim_clock *c);
static inline void clock_run(struct sim_clock *c)
{
    if (SIM_UNLIKELY(clock_next(c) <= clock_now(c)))
        clock_run_due(c);
}

/*
 * Fires what is due of one device, so that an access finds it as of now. The deadlines of others
 * keep waiting for clock_run: whoever charges for what a deadline brings wants to know whose it
 * was.
 */
void clock_run_device(struct sim_clock *c, const void *device);

/* After s was written from outside (a restored state). */
void clock_restored(struct sim_clock *c);

/* Stops and restarts this clock; the time between does not pass on it. */
void clock_pause(struct sim_clock *c);
void clock_resume(struct sim_clock *c);

/* Cycles to ticks of a device's own crystal (rounded down), and back (rounded up), exact over the
 * whole range. */
uint64_t clock_cycles_to_ticks(const struct sim_clock *c, uint64_t cycles, uint64_t tick_hz);
uint64_t clock_ticks_to_cycles(const struct sim_clock *c, uint64_t ticks, uint64_t tick_hz);

#endif

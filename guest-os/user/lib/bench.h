/*
 * What the microbenchmarks share: timing a loop, and the line they print.
 *
 *   name iterations cycles=<per iteration> checksum
 *
 * The cycles are the time-stamp counter's, with the loop's own cost taken off; the checksum is the
 * same in every mode, and shows that the work was done.
 */
#ifndef USER_BENCH_H
#define USER_BENCH_H

#include "user/lib/bantam.h"

/* Runs one iteration and returns something to add to the checksum. */
typedef uint32_t bench_step(uint32_t i);

/* A step that does nothing, for measuring the loop itself. */
bench_step bench_nothing;

/* Times n steps, less n of `empty`; prints the line. */
void bench_run(const char *name, uint32_t n, bench_step *step, bench_step *empty);

/* For steps of which only a part counts: each adds to this what it took. */
extern uint64_t bench_cycles;
/* Runs n such steps and prints the line; an empty pair of readings is taken off each. */
void bench_run_partly(const char *name, uint32_t n, bench_step *step);

/*
 * Waits until the line printed last has left the serial port, so that its interrupts are not timed.
 * Sleeping ends with a clock tick, which puts the next one as far away as it can be.
 */
void bench_settle(void);

void bench_print(const char *name, uint32_t n, uint64_t cycles, uint32_t checksum);

#endif

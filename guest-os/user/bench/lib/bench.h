/*
 * What a microbenchmark is. It prints, after main in bench.c ran it:
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

/* Each program of user/bench defines one of these. */
extern const struct benchmark {
    const char *name;
    uint32_t count;        /* of iterations, unless the command line has another */
    void (*prepare)(void); /* not timed; NULL: nothing to do */
    bench_step *step;      /* NULL: the kernel loops, in this... */
    enum bench_operation operation;
    bench_step *empty;       /* as many of these are taken off; NULL: of an empty function */
    bool partly;             /* what counts of a step is what it adds to bench_cycles */
    uint32_t parts_per_step; /* the line is for one part; 0 means 1 */
} benchmark;

extern uint32_t bench_count; /* iterations of this run */
extern uint64_t bench_cycles;

#endif

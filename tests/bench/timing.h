/* Timing, as benchmarks of this folder do it: CPU time of the process, and figures as lines. */
#ifndef TESTS_BENCH_TIMING_H
#define TESTS_BENCH_TIMING_H

#include <stdlib.h>
#include <time.h>

static inline double milliseconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The value below which `share` of them lie; sorts. */
static inline double quantile(double *v, unsigned n, double share)
{
    qsort(v, n, sizeof *v, by_size);
    return v[(unsigned)((double)(n - 1) * share + 0.5)];
}

#endif

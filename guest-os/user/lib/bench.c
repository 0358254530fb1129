/*
 * What the microbenchmarks share. See bench.h.
 */
#include "user/lib/bench.h"

uint64_t bench_cycles;

uint32_t bench_nothing(uint32_t i)
{
    __asm__ volatile("" : "+r"(i));
    return i;
}

void bench_settle(void)
{
    (void)sleep(20);
}

static uint64_t time_loop(uint32_t n, bench_step *step, uint32_t *checksum)
{
    uint64_t start = cycles_now();
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += step(i);
    *checksum = sum;
    return cycles_now() - start;
}

void bench_print(const char *name, uint32_t n, uint64_t cycles, uint32_t checksum)
{
    printf("%s %u cycles=%llu %08x\n", name, n, n > 0 ? (unsigned long long)(cycles / n) : 0,
           checksum);
}

void bench_run(const char *name, uint32_t n, bench_step *step, bench_step *empty)
{
    uint32_t checksum, ignored;
    bench_settle();
    uint64_t cycles = time_loop(n, step, &checksum);
    uint64_t overhead = time_loop(n, empty, &ignored);
    bench_print(name, n, cycles > overhead ? cycles - overhead : 0, checksum);
}

void bench_run_partly(const char *name, uint32_t n, bench_step *step)
{
    uint64_t empty = UINT64_MAX;
    bench_settle();
    for (int i = 0; i < 16; i++) {
        uint64_t start = cycles_now();
        uint64_t took = cycles_now() - start;
        empty = took < empty ? took : empty;
    }
    uint32_t checksum;
    bench_cycles = 0;
    (void)time_loop(n, step, &checksum);
    empty *= n;
    bench_print(name, n, bench_cycles > empty ? bench_cycles - empty : 0, checksum);
}

/*
 * Runs a microbenchmark and prints its line. See bench.h.
 */
#include "user/bench/lib/bench.h"

uint32_t bench_count;
uint64_t bench_cycles;

static uint32_t nothing(uint32_t i)
{
    __asm__ volatile("" : "+r"(i));
    return i;
}

static uint64_t time_loop(uint32_t n, bench_step *step, uint64_t *checksum)
{
    uint64_t start = cycles_now();
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += step(i);
    *checksum = sum;
    return cycles_now() - start;
}

/* What two readings of the counter in a row differ by. */
static uint64_t empty_pair(void)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        uint64_t start = cycles_now();
        uint64_t took = cycles_now() - start;
        least = took < least ? took : least;
    }
    return least;
}

static void time_steps(uint32_t n, struct bench_result *result)
{
    uint64_t overhead, ignored;
    uint64_t pair = empty_pair();
    result->cycles = time_loop(n, benchmark.step, &result->checksum);
    if (benchmark.partly) {
        result->cycles = bench_cycles;
        overhead = n * pair;
    } else {
        overhead = time_loop(n, benchmark.empty != NULL ? benchmark.empty : nothing, &ignored);
    }
    result->cycles = result->cycles > overhead ? result->cycles - overhead : 0;
}

/*
 * Sleeps first, until the line printed last has left the serial port, so that its interrupts are
 * not timed. Sleeping ends with a clock tick, which puts the next one as far away as it can be.
 */
int main(int argc, char **argv)
{
    struct bench_result result = {0, 0};
    uint32_t n = bench_count = count_argument(argc, argv, benchmark.count);
    uint32_t parts = n * (benchmark.parts_per_step != 0 ? benchmark.parts_per_step : 1);
    (void)sleep(20);
    if (benchmark.prepare != NULL)
        benchmark.prepare();
    int error = 0;
    if (benchmark.step != NULL)
        time_steps(n, &result);
    else
        error = bench(benchmark.operation, (uint32_t)(uintptr_t)&result, n);
    if (error < 0)
        return complain(benchmark.name, "bench", error);
    printf("%s %u cycles=%llu %08x\n", benchmark.name, n,
           (unsigned long long)(n > 0 ? (result.cycles + parts / 2) / parts : 0),
           (uint32_t)result.checksum);
    return 0;
}

/* disk [N]: N reads of four sectors, spread over the disk, past the cache. */
#include "user/lib/bench.h"

#define SECTORS 4u
#define SPREAD  997u
#define RANGE   4096u

static uint32_t step(uint32_t i)
{
    return (uint32_t)bench(BENCH_DISK, i * SPREAD % RANGE, SECTORS);
}

int main(int argc, char **argv)
{
    bench_run("disk", count_argument(argc, argv, 50), step, bench_nothing);
    return 0;
}

/* disk [N]: N reads of four sectors, spread over the disk, past the cache. */
#include "user/bench/lib/bench.h"

#define SECTORS 4u
#define SPREAD  997u
#define RANGE   4096u

static uint32_t step(uint32_t i)
{
    return (uint32_t)bench(BENCH_DISK, i * SPREAD % RANGE, SECTORS);
}

const struct benchmark benchmark = {.name = "disk", .count = 50, .step = step};

/* idle [N]: sleeps N times 10 milliseconds; the machine has nothing to do. */
#include "user/lib/bench.h"

static uint32_t step(uint32_t i)
{
    (void)sleep(10);
    return i;
}

int main(int argc, char **argv)
{
    bench_run("idle", count_argument(argc, argv, 10), step, bench_nothing);
    return 0;
}

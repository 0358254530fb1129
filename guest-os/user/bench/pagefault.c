/*
 * pagefault [N]: touching a page that is not present although its frame exists; the kernel only
 * sets P. Making it not present again is not timed.
 */
#include "user/lib/bench.h"

static volatile uint32_t *page;

static uint32_t step(uint32_t i)
{
    (void)bench(BENCH_HIDE, (uint32_t)(uintptr_t)page, 0);
    uint64_t start = cycles_now();
    uint32_t value = *page;
    bench_cycles += cycles_now() - start;
    return value + i;
}

int main(int argc, char **argv)
{
    page = mmap(4096);
    *page = 7;
    bench_run_partly("pagefault", count_argument(argc, argv, 1000), step);
    return 0;
}

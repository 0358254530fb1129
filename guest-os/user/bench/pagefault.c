/*
 * pagefault [N]: touching a page that is not present although its frame exists; the kernel only
 * sets P. Making it not present again is not timed.
 */
#include "user/bench/lib/bench.h"

static volatile uint32_t *page;

static uint32_t step(uint32_t i)
{
    (void)bench(BENCH_HIDE, (uint32_t)(uintptr_t)page, 0);
    uint64_t start = cycles_now();
    uint32_t value = *page;
    bench_cycles += cycles_now() - start;
    return value + i;
}

static void prepare(void)
{
    page = mmap(4096);
    *page = 7;
}

const struct benchmark benchmark = {
    .name = "pagefault", .count = 1000, .prepare = prepare, .step = step, .partly = true};

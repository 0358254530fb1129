/* protfault [N]: writing to a read-only page; the kernel skips the instruction. */
#include "user/bench/lib/bench.h"

static uint32_t *page;

/* C7 /0 with EAX as the address: six bytes, whatever the compiler thinks of it. */
static uint32_t step(uint32_t i)
{
    __asm__ volatile(".byte 0xc7, 0x00, 1, 0, 0, 0" : : "a"(page) : "memory");
    return i + *(volatile uint32_t *)page;
}

static uint32_t empty(uint32_t i)
{
    return i + *(volatile uint32_t *)page;
}

static void prepare(void)
{
    page = mmap(4096);
    *page = 7;
    (void)bench(BENCH_PROTECT, (uint32_t)(uintptr_t)page, 0);
    (void)bench(BENCH_SKIP, 6, 0);
}

const struct benchmark benchmark = {
    .name = "protfault", .count = 1000, .prepare = prepare, .step = step, .empty = empty};

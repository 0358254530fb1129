/* protfault [N]: writing to a read-only page; the kernel skips the instruction. */
#include "user/lib/bench.h"

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

int main(int argc, char **argv)
{
    uint32_t n = count_argument(argc, argv, 1000);
    page = mmap(4096);
    *page = 7;
    (void)bench(BENCH_PROTECT, (uint32_t)(uintptr_t)page, 0);
    (void)bench(BENCH_SKIP, 6, 0);
    bench_run("protfault", n, step, empty);
    return 0;
}

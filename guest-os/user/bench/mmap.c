/* mmap [N]: map a page, touch it, unmap it. */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    volatile uint32_t *page = mmap(4096);
    *page = i;
    uint32_t value = *page;
    return munmap((void *)(uintptr_t)page, 4096) == 0 ? value : 0;
}

const struct benchmark benchmark = {.name = "mmap", .count = 500, .step = step};

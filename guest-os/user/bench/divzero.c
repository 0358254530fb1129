/* divzero [N]: dividing by zero; the kernel skips the instruction. */
#include "user/bench/lib/bench.h"

/* F7 /6 with ECX: two bytes. */
static uint32_t step(uint32_t i)
{
    __asm__ volatile(".byte 0xf7, 0xf1" : : "a"(1), "d"(0), "c"(0) : "cc");
    return i;
}

static void prepare(void)
{
    (void)bench(BENCH_SKIP, 2, 0);
}

const struct benchmark benchmark = {
    .name = "divzero", .count = 1000, .prepare = prepare, .step = step};

/* divzero [N]: dividing by zero; the kernel skips the instruction. */
#include "user/lib/bench.h"

/* F7 /6 with ECX: two bytes. */
static uint32_t step(uint32_t i)
{
    __asm__ volatile(".byte 0xf7, 0xf1" : : "a"(1), "d"(0), "c"(0) : "cc");
    return i;
}

int main(int argc, char **argv)
{
    (void)bench(BENCH_SKIP, 2, 0);
    bench_run("divzero", count_argument(argc, argv, 1000), step, bench_nothing);
    return 0;
}

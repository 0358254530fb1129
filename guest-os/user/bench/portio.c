/* portio [N]: reading the interrupt controller's port 21h. One system call loops N times in the
 * kernel (kernel/bench.c). */
#include "user/lib/bench.h"

int main(int argc, char **argv)
{
    uint32_t n = count_argument(argc, argv, 1000);
    struct bench_result result = {0, 0};
    bench_settle();
    int error = bench(BENCH_PORTIO, (uint32_t)(uintptr_t)&result, n);
    if (error < 0)
        return complain("portio", "bench", error);
    bench_print("portio", n, result.cycles, (uint32_t)result.checksum);
    return 0;
}

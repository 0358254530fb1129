/* callret [N]: a call and its return, in kernel mode. One system call loops N times in the kernel
 * (kernel/bench.c). */
#include "user/lib/bench.h"

int main(int argc, char **argv)
{
    uint32_t n = count_argument(argc, argv, 1000);
    struct bench_result result = {0, 0};
    bench_settle();
    int error = bench(BENCH_CALLRET, (uint32_t)(uintptr_t)&result, n);
    if (error < 0)
        return complain("callret", "bench", error);
    bench_print("callret", n, result.cycles, (uint32_t)result.checksum);
    return 0;
}

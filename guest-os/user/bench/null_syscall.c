/* null_syscall [N]: the shortest system call, getppid. On its way only IRET is privileged or
 * sensitive. */
#include "user/lib/bench.h"

static uint32_t step(uint32_t i)
{
    return (uint32_t)getppid() + i;
}

int main(int argc, char **argv)
{
    bench_run("null_syscall", count_argument(argc, argv, 1000), step, bench_nothing);
    return 0;
}

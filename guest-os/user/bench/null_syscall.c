/* null_syscall [N]: the shortest system call, getppid. On its way only IRET is privileged or
 * sensitive. */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    return (uint32_t)getppid() + i;
}

const struct benchmark benchmark = {.name = "null_syscall", .count = 1000, .step = step};

/* fork [N]: fork, the child's exit, and wait for it. */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    int pid = fork();
    if (pid == 0)
        exit((int)(i & 63));
    int status = 0;
    (void)wait(pid, &status);
    return (uint32_t)status;
}

const struct benchmark benchmark = {.name = "fork", .count = 50, .step = step};

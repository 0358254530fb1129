/*
 * forkwait N: N times fork and wait; the child touches nothing. Adams and Agesen's benchmark of the
 * same name ran 40,000 (A Comparison of Software and Hardware Techniques for x86 Virtualization,
 * 2006).
 */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    int pid = fork();
    if (pid == 0)
        exit(1);
    int status = 0;
    (void)wait(pid, &status);
    return (uint32_t)status + i;
}

const struct benchmark benchmark = {.name = "forkwait", .count = 100, .step = step};

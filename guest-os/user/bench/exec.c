/* exec [N]: fork, exec of a program that ends at once (sleep, without an argument), and wait. */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    static const char *const child[] = {"sleep", NULL};
    int pid = fork();
    if (pid == 0)
        exit(exec("/bin/sleep", child));
    int status = 1;
    (void)wait(pid, &status);
    return status == 0 ? i : 0;
}

const struct benchmark benchmark = {.name = "exec", .count = 20, .step = step};

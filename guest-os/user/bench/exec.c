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

/* The program comes from the disk once; after that it is in the cache. */
static void prepare(void)
{
    (void)step(0);
}

const struct benchmark benchmark = {.name = "exec", .count = 20, .prepare = prepare, .step = step};

/* exec [N]: fork, exec of a program that ends at once (this one, with two arguments), and wait. */
#include "user/lib/bench.h"

static uint32_t step(uint32_t i)
{
    static const char *const child[] = {"exec", "end", "at once", NULL};
    int pid = fork();
    if (pid == 0)
        exit(exec("/bin/exec", child));
    int status = 1;
    (void)wait(pid, &status);
    return status == 0 ? i : 0;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return 0;
    bench_run("exec", count_argument(argc, argv, 20), step, bench_nothing);
    return 0;
}

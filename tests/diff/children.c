/*
 * Children: fork, wait with patience, go on.
 */
#include "children.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 2000 /* times 10 ms */

int children_options(struct children_options *o, uint64_t cases, int argc, char **argv)
{
    const char *seed = getenv("RINGSIDE_SEED");

    *o = (struct children_options){seed ? strtoull(seed, NULL, 0) : 1, 0, cases};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return 0;
        uint64_t value = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--seed"))
            o->seed = value;
        else if (!strcmp(argv[i], "--from"))
            o->from = value;
        else if (!strcmp(argv[i], "--cases"))
            o->cases = value;
        else
            return 0;
    }
    printf("%s: seed %llu, cases %llu to %llu\n", argv[0], (unsigned long long)o->seed,
           (unsigned long long)o->from, (unsigned long long)(o->from + o->cases));
    return 1;
}

void *children_shared(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        abort();
    return p;
}

static bool wait_for(pid_t child, const volatile uint64_t *at)
{
    uint64_t seen = *at;
    int status;

    for (unsigned waited = 0; waited < PATIENCE; waited++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
        if (seen != *at)
            waited = 0;
        seen = *at;
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return false;
}

uint64_t children_run(const struct children_options *o, uint64_t batch, children_work work,
                      void *shared)
{
    volatile uint64_t *at = children_shared(sizeof *at);
    uint64_t from = o->from, to = from + o->cases, died = 0;

    while (from < to) {
        uint64_t end = to - from < batch ? to : from + batch;
        *at = from;
        fflush(NULL);
        pid_t child = fork();
        if (child < 0)
            abort();
        if (child == 0) {
            work(shared, o->seed, from, end, at);
            _exit(0);
        }
        if (wait_for(child, at)) {
            from = end;
            continue;
        }
        fprintf(stderr, "UNEXPLAINED: seed %llu case %llu ended the process or hung\n",
                (unsigned long long)o->seed, (unsigned long long)*at);
        died++;
        from = *at + 1;
    }
    return died;
}

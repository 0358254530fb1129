/*
 * Every attack once more, with the check that its row names taken away: now something must be wrong
 * afterwards. An attack that nothing notices would prove nothing when it is fended off.
 *
 *   guest-breaches [-v] [ATTACK [MUTANT]]
 *
 * Each runs in a process of its own: without its checks the hypervisor may hang, fail an assertion
 * or write where it should not, and all of that counts as a success of the attack. Without a mutant
 * all must be fended off here as well, so that the switched copies are known to be equal otherwise.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "mutants.h"

#define SECONDS  20 /* of processor time for one attack */
#define PARALLEL 2

int mutant_on;

enum { FENDED_OFF = 0, SEEN = 1 };

static int number_of(const char *mutant)
{
    for (unsigned i = 0; i < sizeof mutant_names / sizeof *mutant_names; i++)
        if (!strcmp(mutant_names[i], mutant))
            return (int)i + 1;
    (void)fprintf(stderr, "mutants.txt has no %s\n", mutant);
    exit(2);
}

/* In the child: SIGXCPU if it hangs, a crash if it crashes, else what the arena says. */
static void run_child(const struct attack *a, int mutant, bool verbose)
{
    const struct rlimit time = {SECONDS, SECONDS + 1}, no_core = {0, 0};
    struct verdict v;
    (void)setrlimit(RLIMIT_CPU, &time);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (mutant && !verbose && !freopen("/dev/null", "w", stderr)) /* assertions are expected */
        _exit(2);
    mutant_on = mutant;
    bool fended_off = arena(a, &v);
    if (verbose || (!mutant && !fended_off))
        (void)printf("  %s: %s\n", a->name, fended_off ? "fended off" : v.text);
    (void)fflush(stdout);
    _exit(fended_off ? FENDED_OFF : SEEN);
}

static bool breached(int status)
{
    return !(WIFEXITED(status) && WEXITSTATUS(status) == FENDED_OFF);
}

struct job {
    pid_t pid;
    const struct attack *attack;
    int mutant;
};

static unsigned wrong, done;

static void judge(const struct job *j, int status)
{
    bool want = j->mutant != 0;
    done++;
    if (breached(status) == want)
        return;
    wrong++;
    (void)printf("%s: %s\n", j->attack->name,
                 want ? "nothing notices when its check is gone" : "not fended off by the copies");
    if (want)
        (void)printf("    (mutant %s)\n", j->attack->mutant);
}

static struct job jobs[PARALLEL];

static void wait_for_one(void)
{
    int status = 0;
    pid_t pid = wait(&status);
    for (unsigned i = 0; i < PARALLEL; i++)
        if (jobs[i].pid == pid && pid > 0) {
            judge(&jobs[i], status);
            jobs[i].pid = 0;
        }
}

static void start(const struct attack *a, int mutant, bool verbose)
{
    unsigned i = 0;
    while (i < PARALLEL && jobs[i].pid)
        i++;
    if (i == PARALLEL) {
        wait_for_one();
        for (i = 0; jobs[i].pid; i++)
            ;
    }
    (void)fflush(stdout);
    jobs[i] = (struct job){.pid = fork(), .attack = a, .mutant = mutant};
    if (!jobs[i].pid)
        run_child(a, mutant, verbose);
    if (jobs[i].pid < 0)
        exit(2);
}

int main(int argc, char **argv)
{
    bool verbose = argc > 1 && !strcmp(argv[1], "-v");
    const char *one = argc > 1 + verbose ? argv[1 + verbose] : NULL;
    const char *with = argc > 2 + verbose ? argv[2 + verbose] : NULL;
    for (const char *const *stale = mutants_stale; **stale; stale++, wrong++)
        (void)printf("mutants.txt: the place of %s is no longer in the source\n", *stale);
    arena_prepare(MODE_trap);
    arena_prepare(MODE_pv);
    for (unsigned i = 0; i < attack_count; i++) {
        const struct attack *a = &attacks[i];
        if (one && strcmp(one, a->name) != 0)
            continue;
        start(a, number_of(with ? with : a->mutant), verbose);
        if (!one && i % 8 == 0)
            start(a, 0, verbose);
    }
    for (unsigned i = 0; i < PARALLEL; i++)
        if (jobs[i].pid)
            wait_for_one();
    (void)printf("%u runs, %u not as they must be\n", done, wrong);
    return wrong || !done;
}

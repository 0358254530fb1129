/*
 * Would the tests notice? Each mutant of mutants.txt is a handler done wrong; a part of the suite,
 * quick and wide, must fail with every one of them, and pass without.
 *
 *   guest-mutants [-v] [MUTANT]
 *
 * Each runs in a process of its own, since what is wrong may crash or hang, which is noticed too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../attack/arena.h"
#include "mutants.h"

#define SECONDS 20
#define CYCLES  200000000u /* 20 s at 10 MHz; the scenario takes two */

int mutant_on;

static const char *const scenario =
    "hz=1000 run=\"echo one two | wc; ls /text; fault nullptr; fault writero; fault divzero; "
    "fault stack; fault jump; fault privileged; forktree 3; forkwait 5; cat /bin/sh > /copy; "
    "cat /copy | wc; sleep 20; pagefault 20; protfault 20; mmap 10; ctxsw 20; sieve 30 | sieve 30; "
    "hexdump /text/numbers; sieve 90000 & sleep 30; kill $!; wait; halt 5\"";

/* Trap attacks that hold the semantics of delivery and paging against bare hardware. */
static const char *const semantics[] = {
    "rights",          "accessed_dirty",         "table_stores", "across_pages",
    "iret_everywhere", "single_steps",           "int_in_ring3", "descriptor_changed",
    "iopl3",           "unmapped_stays_unmapped"};

struct left {
    char end[256], console[8192];
    uint64_t disk;
};

static struct left native;

static void run(enum hv_mode_id mode, struct left *left)
{
    struct rig r;
    const struct rig_plan plan = {
        .mode = mode,
        .vms = 1,
        .guest = {{.image = mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                   .cmdline = scenario,
                   .disk = "disk.img"}}};
    rig_start(&r, &plan);
    rig_run(&r, CYCLES);
    rig_end(&r, 0, left->end, sizeof left->end);
    rig_mask_cycles(r.console[0].text);
    (void)snprintf(left->console, sizeof left->console, "%s", r.console[0].text);
    left->disk = rig_disk_hash(&r, 0);
    rig_stop(&r);
}

static bool same_as_native(enum hv_mode_id mode, char *why, size_t size)
{
    static struct left left;
    char where[256];
    run(mode, &left);
    if (!strcmp(left.end, native.end) && !strcmp(left.console, native.console) &&
        left.disk == native.disk)
        return true;
    (void)snprintf(why, size, "%s: %s, %s", hv_modes[mode]->name, left.end,
                   rig_difference(native.console, left.console, where, sizeof where));
    return false;
}

static bool semantics_hold(char *why, size_t size)
{
    struct verdict v;
    for (unsigned i = 0; i < attack_count; i++)
        for (unsigned s = 0; s < sizeof semantics / sizeof *semantics; s++)
            if (attacks[i].mode == MODE_trap && !strcmp(attacks[i].name, semantics[s]) &&
                !arena(&attacks[i], &v)) {
                (void)snprintf(why, size, "%s: %s", attacks[i].name, v.text);
                return false;
            }
    return true;
}

static bool suite_passes(char *why, size_t size)
{
    return same_as_native(MODE_trap, why, size) && same_as_native(MODE_pv, why, size) &&
           semantics_hold(why, size);
}

/* True if the suite notices, in whatever way. */
static bool noticed(int mutant, bool verbose)
{
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit time = {SECONDS, SECONDS + 1}, no_core = {0, 0};
        char why[1024] = "it passes";
        (void)setrlimit(RLIMIT_CPU, &time);
        (void)setrlimit(RLIMIT_CORE, &no_core);
        if (mutant && !verbose && !freopen("/dev/null", "w", stderr))
            _exit(2);
        mutant_on = mutant;
        bool passes = suite_passes(why, sizeof why);
        if (verbose || (!mutant && !passes))
            (void)printf("  %s\n", why);
        (void)fflush(stdout);
        _exit(passes ? 0 : 1);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        exit(2);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    const unsigned count = sizeof mutant_names / sizeof *mutant_names;
    bool verbose = argc > 1 && !strcmp(argv[1], "-v");
    const char *one = argc > 1 + verbose ? argv[1 + verbose] : NULL;
    unsigned wrong = 0, seen = 0;
    for (const char *const *stale = mutants_stale; **stale; stale++, wrong++)
        (void)printf("mutants.txt: the place of %s is no longer in the source\n", *stale);
    arena_prepare(MODE_trap);
    run(MODE_native, &native);
    if (noticed(0, verbose)) {
        (void)printf("the suite fails without a mutant\n");
        wrong++;
    }
    for (unsigned i = 0; i < count; i++) {
        if (one && strcmp(one, mutant_names[i]) != 0)
            continue;
        if (verbose)
            (void)printf("%s\n", mutant_names[i]);
        if (noticed((int)i + 1, verbose)) {
            seen++;
            continue;
        }
        (void)printf("%s: the suite passes\n", mutant_names[i]);
        wrong++;
    }
    (void)printf("%u of %u mutants noticed\n", seen, one ? 1 : count);
    return wrong || !seen;
}

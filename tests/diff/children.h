/*
 * Numbered cases run in child processes: what a case crashes or hangs is the child, and the next
 * one goes on behind it.
 */
#ifndef TESTS_DIFF_CHILDREN_H
#define TESTS_DIFF_CHILDREN_H

#include <stddef.h>
#include <stdint.h>

/* The command line of every differential driver: --seed N --from N --cases N; RINGSIDE_SEED is the
 * default seed. */
struct children_options {
    uint64_t seed, from, cases;
};
/* Fills *o, with `cases` as the default; returns 0 if the arguments are not understood. */
int children_options(struct children_options *o, uint64_t cases, int argc, char **argv);

/* Zeroed memory that children and parent share. */
void *children_shared(size_t size);

/* Does cases [from, to); stores the number of the case it is at in *at before each. */
typedef void (*children_work)(void *shared, uint64_t seed, uint64_t from, uint64_t to,
                              volatile uint64_t *at);

/*
 * Runs all cases in children of at most `batch` cases. A child that dies, or makes no progress for
 * 20 seconds, is named on stderr with its case; returns how many did.
 */
uint64_t children_run(const struct children_options *o, uint64_t batch, children_work work,
                      void *shared);

#endif

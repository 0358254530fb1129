/*
 * A host that lacks memory, on purpose: which of the allocations of sim and hv fails, and what is
 * still allocated.
 *
 * For tests that ringside_lacks_memory() links, which sends sim_alloc and sim_free through here.
 * Not for what allocates by other means (the command line, the test itself).
 */
#ifndef TESTS_OOM_LACK_H
#define TESTS_OOM_LACK_H

#include <stdbool.h>

/* Allocation n from now on fails (0: none), and `ever` all behind it. Counts anew. */
void lack(unsigned n, bool ever);

/* Allocations since then, those that failed too. */
unsigned lack_calls(void);

/* Blocks that were allocated and not freed since lack_forget. */
long lack_held(void);
void lack_forget(void);

#endif

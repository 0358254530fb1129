/*
 * The one table of what Unicorn 2.0.1 does not judge, or judges wrongly, each with its reason.
 */
#ifndef TESTS_DIFF_QUIRKS_H
#define TESTS_DIFF_QUIRKS_H

#include "oracle.h"
#include "sim/cpu.h"

/* What one instruction did here and there. A vector of -1: no exception. */
struct quirk_case {
    const struct insn *in;
    const uint8_t *bytes;
    const struct oracle_state *before, *ours, *theirs;
    int our_vector, their_vector;
    uint32_t undefined; /* flags, by Zydis */
    bool memory_differs;
};

struct quirk {
    const char *why;
    bool (*applies)(const struct quirk_case *c);
};

/* Not run at all: the oracle cannot judge them, or would take the process with it. Only in and
 * bytes are set. */
extern const struct quirk quirks_not_run[];
extern const unsigned quirks_not_run_count;

/* A difference that is the oracle's fault. */
extern const struct quirk quirks_explained[];
extern const unsigned quirks_explained_count;

#endif

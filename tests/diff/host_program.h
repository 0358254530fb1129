/*
 * Programs for the host comparison: what may be run on a real processor inside this process, and
 * what it can judge.
 */
#ifndef TESTS_DIFF_HOST_PROGRAM_H
#define TESTS_DIFF_HOST_PROGRAM_H

#include "generate.h"
#include "tests/insn/rig.h"

enum { PROGRAM_MOST = 120 };

struct program {
    uint8_t bytes[PROGRAM_MOST * INSN_MAX_LENGTH + 16];
    unsigned n;
    unsigned count;                /* instructions, without the closing jump */
    unsigned at[PROGRAM_MOST + 1]; /* where each begins; at[count]: the end */
    unsigned row[PROGRAM_MOST];
    uint32_t undefined; /* flags at the end */
};

/* Why an instruction is not run on the host; [0] is not used, a null ends the list. */
extern const char *const program_reasons[];

/* One random instruction. False: none, or (with *reason set) one that is not judged. */
bool program_single(struct rng *rng, struct program *p, struct insn *in, unsigned *reason);

/* False if with these registers the SDM leaves more than flags undefined. */
bool program_is_defined(const struct insn *in, const uint32_t gpr[8]);

/*
 * A random sequence. The rig, already in the state to begin with, executes it as it grows, so that
 * operands can be given addresses that exist; a faulting instruction ends it.
 */
void program_sequence(struct rng *rng, struct rig *rig, struct program *p);

#endif

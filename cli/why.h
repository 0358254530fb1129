/*
 * --why: which silent instructions matter, found out by trying. The run is repeated with single
 * instructions made to trap, one more each time, until nothing is silent or the guest ends well.
 */
#ifndef CLI_WHY_H
#define CLI_WHY_H

#include "report.h"
#include "runner.h"

/* Tells it, line by line. False only for our own failures. */
bool why_tell(FILE *to, const struct options *o, const struct inputs *in,
              const struct report *first, struct complaint *why);

/* The instruction (enum insn_trap) to make trap next: the one that bit, else the first that was
 * silent; TRAP_NONE: nothing was. */
unsigned why_next_trap(const struct report *r);
/* Its name in a CPU model, "popf"; null: TRAP_NONE. */
const char *why_trap_name(unsigned trap);

#endif

/*
 * What the guests of this folder have in common: a snippet is run, and everything it left is
 * printed.
 *
 * The same guest runs natively and trapped; the two outputs must be the same, byte for byte. So
 * nothing here knows what is right: the simulated hardware does.
 */
#ifndef TRAP_GUESTS_REPORT_H
#define TRAP_GUESTS_REPORT_H

#include "kit/kit.h"

/* What a snippet leaves: words of its choice. */
extern uint32_t out[8];

typedef void snippet(void *unused);

struct named {
    const char *name;
    snippet *run;
};

/* Runs a snippet in a ring (0 to 3) and prints exception, error code, CR2, flags, and out. */
void report(const char *name, unsigned ring, snippet *run);

/* Prints one value. */
void show(const char *name, uint32_t value);

#define ASM __asm__ volatile

#endif

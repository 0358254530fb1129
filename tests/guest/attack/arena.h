/*
 * One attack and its neighbour on one machine, and everything that must hold afterwards.
 *
 * The verdict is a sentence: empty if the attack was fended off, else the first thing that is
 * wrong. Both the test that demands an empty one and the test that takes a check away and demands
 * the opposite use it, so neither can be satisfied by looking less closely.
 */
#ifndef TESTS_GUEST_ATTACK_ARENA_H
#define TESTS_GUEST_ATTACK_ARENA_H

#include "../rig/rig.h"

enum likeness { NATIVE, ALONE }; /* does the attack behave the same on bare hardware? */

struct attack {
    char name[48];
    char end[48]; /* how the VM's end must begin, in rig_end's words */
    int like;     /* enum likeness */
    int mode;     /* enum hv_mode_id: trap or pv */
    char mutant[48];
};

extern const struct attack attacks[];
extern const unsigned attack_count;

struct verdict {
    char text[640];
};

/* Runs it beside an innocent VM and judges. Returns true if nothing is wrong. */
bool arena(const struct attack *a, struct verdict *v);

/* Runs the neighbour alone, and a trap attack on bare hardware; kept for all attacks that follow.
 */
void arena_prepare(int mode);

#endif

/*
 * One exit, told from the guest's instruction to what comes next.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include <stdio.h>

#include "debug/symbols.h"
#include "hv/hv.h"

/* Whose exits are told, and how. */
struct story_view {
    struct hv *hv;                 /* borrowed; only read */
    const struct symbols *symbols; /* of the kernel; null: addresses without names */
    bool plain;                    /* no bars: for a screen reader */
    const struct cpu_state *guest; /* fresh: the guest's registers */
    bool fresh; /* the open exit was not looked at yet: its cause and the guest's place are unknown
                 */
};

/*
 * Tells an exit. Of the last one completed also what the guest's registers are now; of the open one
 * (hv->open) what is known so far.
 */
void story_tell(FILE *to, const struct story_view *v, const struct vm_exit *x);

/* Adds the line about the exit that followed; x is the story's, next may be null. */
void story_next(FILE *to, const struct story_view *v, const struct vm_exit *x,
                const struct vm_exit *next);

#endif

/*
 * A lock file: what an instructor allows in a lesson. It is a help against getting lost, and no
 * guard against the will of whoever can start the program without it.
 *
 *     {"views": ["debug"], "modes": ["trap"], "verbs": ["step", "back"], "reverse": false}
 *
 * A member that is left out allows everything. Verbs are the debugger's commands by their full
 * names, and `predict` and `shot`; help, echo and quit are always allowed.
 */
#ifndef CLI_DEBUG_LOCK_H
#define CLI_DEBUG_LOCK_H

#include "hv/hv.h"
#include "complaint.h"

#define LOCK_VERBS 96u

extern const char *const view_names[4];

struct lock {
    const char *path; /* the command line's */
    uint8_t views;    /* bit i: view_names[i] */
    uint8_t modes;    /* bit i: enum hv_mode_id */
    bool no_reverse;
    bool all_verbs;               /* else these, by their full names: */
    const char *verb[LOCK_VERBS]; /* of the tables they stand in */
    unsigned verbs;
};

/* Reads it, strictly: unknown members and names are refused. */
bool lock_read(struct lock *lock, const char *path, struct complaint *why);

/* Null locks nothing. */
bool lock_allows_view(const struct lock *lock, const char *view);
bool lock_allows_mode(const struct lock *lock, enum hv_mode_id mode);
/* A command by its full name, and whether it always goes back; why (160 bytes) gets a sentence if
 * it is refused. */
bool lock_allows_verb(const struct lock *lock, const char *name, bool back, char why[160]);
/* The same of one use of a command that only may go back. */
bool lock_allows_back(const struct lock *lock, const char *name, char why[160]);
/* Are all of these modes allowed? Else why. */
bool lock_allows_modes(const struct lock *lock, const enum hv_mode_id *mode, unsigned n,
                       struct complaint *why);
/* The first view that is allowed. */
const char *lock_first_view(const struct lock *lock);
/* One sentence of all that is locked; "" if nothing is. Returns text. */
const char *lock_sentence(const struct lock *lock, char *text, size_t size);

#endif

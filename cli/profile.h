/*
 * Cost profiles: JSON files in which every number says what kind it is and where it comes from.
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "complaint.h"
#include "hv/cost.h"

#define PROFILE_SCHEMA "ringside.profile/1"
#define PROFILE_MAX_CYCLES                                                                         \
    1000000000u /* a second at 1 GHz for one atomic event: beyond is a typing error */

/* A profile as read: prices, and the sources for `explain`. Owned strings; profile_free accepts a
 * zeroed one. */
struct profile {
    struct cost_profile cost;
    char *title;
    char *clock_source;
    char *source[COST_KEYS];
    unsigned changed; /* keys set by --cost */
};

/* One --cost KEY=VALUE. */
struct cost_change {
    char key[40];
    uint32_t value;
};

/*
 * Loads a built-in profile by name, or a file. A missing, unknown, doubled, negative, fractional or
 * unsourced key is refused with its place.
 */
bool profile_load(struct profile *p, const char *name_or_path, struct complaint *why);

/* The same from text; `where` names it in complaints. */
bool profile_parse(struct profile *p, const char *where, const char *text, size_t size,
                   struct complaint *why);

void profile_free(struct profile *p);

/* Splits and checks "KEY=VALUE". */
bool profile_parse_change(struct cost_change *change, const char *text, struct complaint *why);

/* Sets one key; its kind becomes COST_CHANGED. */
void profile_apply(struct profile *p, const struct cost_change *change);

#endif

/*
 * Several runs of the same work, side by side. The first mode is the yardstick.
 */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include "report.h"
#include "runner.h"

/* Guest code against hypervisor, of one run. */
struct cost_parts {
    uint64_t guest; /* guest_user, guest_kernel, guest_event, tlb_walk, and the back ends' physical
                       transfers */
    uint64_t hypervisor; /* all phases, less those transfers, which native pays too */
    uint64_t exits;
};

/* Where the cycles went that run `to` needs less than run `from`: the three sum to the whole
 * difference. */
struct cost_split {
    double fewer_exits;    /* cycles: exits saved, at the old price */
    double price_per_exit; /* cycles: exits left, each cheaper */
    double guest_code;     /* cycles: guest code, walks, events and physical transfers */
};

struct comparison {
    const struct options *options; /* borrowed */
    unsigned runs;
    struct report report[OPTIONS_MAX_MODES];
    struct runner *runner[OPTIONS_MAX_MODES]; /* owned; consoles are theirs */
    char difference[OPTIONS_MAX_MODES][160];  /* why a run is not equivalent, "" if it is */
    int split_from, split_to;                 /* runs of `split`, -1: none */
    struct cost_split split;
};

/* True if two consoles say the same once every number after "cycles=" is masked; else where they
 * differ. */
bool consoles_equal(const char *a, const char *b, char *where, unsigned where_size);

struct cost_parts cost_parts_of(const struct report *r);
struct cost_split cost_split_of(const struct cost_parts *from, const struct cost_parts *to);

/* Judges equivalence against the first run and computes the split. */
void comparison_judge(struct comparison *c);

/* The worst status of the runs; a run that is not equivalent counts as CLI_GUEST_FAILED. */
int comparison_status(const struct comparison *c);

/* The mode's run, or -1. */
int comparison_find(const struct comparison *c, enum hv_mode_id mode);

/* At most 40 lines of 100 columns (long_form: as many as there are). */
void comparison_text(FILE *to, const struct comparison *c, bool color);
void comparison_json(FILE *to, const struct comparison *c);
void comparison_csv(FILE *to, const struct comparison *c);

/* The sentences and what to try next; returns the lines written. width: columns. */
unsigned comparison_words(FILE *to, const struct comparison *c);

/* --suite micro: the script that runs it, and its table. */
extern const char micro_script[];
void micro_text(FILE *to, const struct comparison *c, bool color);

#endif

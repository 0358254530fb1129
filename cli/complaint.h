/*
 * What is said when the command line or a file is wrong: one line that names the value and the
 * place, one that names the remedy. Nothing else is printed, and nothing is printed twice.
 */
#ifndef CLI_COMPLAINT_H
#define CLI_COMPLAINT_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/status.h"

/* Process statuses: what a script may rely on. */
enum cli_status {
    CLI_OK = 0,           /* the guest halted with 0 */
    CLI_GUEST_FAILED = 1, /* it halted with another value, or a check failed */
    CLI_USAGE = 2,        /* the command line or an input file is wrong */
    CLI_GUEST_DIED =
        3,          /* triple fault, killed, unsupported, nothing can end its HLT, no progress */
    CLI_BUDGET = 4, /* instructions, cycles or seconds allowed were spent */
    CLI_OURS = 5,   /* our own failure: memory, host I/O, a bug */
};

/* Plain data. An empty `what` means that all is well. */
struct complaint {
    enum cli_status status;
    char what[400];
    char remedy[300];
};

/* Fills *c with status CLI_USAGE; remedy may be null. Always returns false, for `return
 * complain(...)`. */
bool complain(struct complaint *c, const char *remedy, const char *fmt, ...) SIM_PRINTF(3, 4);

/* The same for what is not the user's doing. */
bool complain_ours(struct complaint *c, const char *remedy, const char *fmt, ...) SIM_PRINTF(3, 4);

/* What a hostile name or value holds must not command the terminal: a '?' replaces each control
 * character, and each byte that is no character (UTF-8) at all. */
void text_make_printable(char *text);

/* A word of the command line as a complaint shows it: "" if it is empty. */
const char *word_shown(const char *word);

/* Takes over an error of the simulator: bad input and unsupported are the user's, the rest is ours.
 */
bool complain_error(struct complaint *c, const struct sim_error *err, const char *remedy);

/* Prints it, nothing if `what` is empty, at most two lines, each cut to what a person reads;
 * returns its status. */
int complaint_print(const struct complaint *c, FILE *to);

/*
 * The name among names[0..n) nearest to `given` when at most two letters were mistyped, else null.
 * For "did you mean".
 */
const char *nearest_name(const char *given, const char *const *names, unsigned n);

/* Writes the names separated by ", " into text; cut with "..." if it does not fit. Returns text. */
const char *name_list(char *text, unsigned size, const char *const *names, unsigned n);

#endif

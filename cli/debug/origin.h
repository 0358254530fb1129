/*
 * The file of a recording or a saved session, and the options it was made with.
 */
#ifndef CLI_DEBUG_ORIGIN_H
#define CLI_DEBUG_ORIGIN_H

#include "debug/internal.h"

struct origin {
    struct file_bytes file;
    struct note note;
    const char *path; /* the command line's */
    char kind;        /* 'R', 'S'; 0: none */
};

/* Reads a file of the kind asked for; what ("--replay") stands before its path in complaints. */
bool origin_read(struct origin *origin, char kind, const char *what, const char *path,
                 struct complaint *why);
/* Reads what the options' --replay or --restore names; without them true, and kind 0. */
bool origin_open(struct origin *origin, const struct options *o, struct complaint *why);
/*
 * The options of the file's session, with what this command line says of how to show it. Strings
 * are the origin's and the command line's; options_free in any case.
 */
bool origin_options(struct options *made, const struct options *o, const struct origin *origin,
                    struct complaint *why);
/* Are the files what they were when it was made? */
bool origin_check(const struct origin *origin, const struct inputs *in, struct complaint *why);
/* Makes a new debugger's session the file's; without one nothing is done. */
bool origin_load(const struct origin *origin, struct debugger *d, struct complaint *why);
/* Accepts a zeroed one. */
void origin_free(struct origin *origin);

#endif

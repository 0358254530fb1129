/*
 * The file of a recording or a saved session, and the options it was made with.
 */
#ifndef CLI_DEBUG_ORIGIN_H
#define CLI_DEBUG_ORIGIN_H

#include "debug/internal.h"

struct origin {
    struct file_bytes file;
    struct note note;
    char kind; /* 'R', 'S'; 0: none */
};

/* Reads a file of the kind asked for; what ("--replay") stands before its path in complaints. */
bool origin_read(struct origin *origin, char kind, const char *what, const char *path,
                 struct complaint *why);
/* Accepts a zeroed one. */
void origin_free(struct origin *origin);

#endif

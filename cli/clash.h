/*
 * Files that the options name twice: an output that would fall on another output, or on what is
 * read. Names are compared as places, so ./x, x and a link to x are one.
 */
#ifndef CLI_CLASH_H
#define CLI_CLASH_H

#include "options.h"

/* True if every output has a file of its own; else why names two options and the file. */
bool clash_none(const struct options *o, struct complaint *why);

#endif

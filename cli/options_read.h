/* Readers of single options: one function per row of options.def. */
#ifndef CLI_OPTIONS_READ_H
#define CLI_OPTIONS_READ_H

#include "options.h"

#define OPTION(name, argument, verbs, reader, help)                                                \
    bool reader(struct options *o, const char *value, struct complaint *why);
#include "options.def"
#undef OPTION

#endif

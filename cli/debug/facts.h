/*
 * Answers made of names and values. For eyes they stand side by side in columns; for ears
 * (--accessible) each stands on a line of its own, with its name before it.
 */
#ifndef CLI_DEBUG_FACTS_H
#define CLI_DEBUG_FACTS_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/compiler.h"

/* Names with values, as many on a line as fit. */
struct facts {
    FILE *to;
    bool plain;
    unsigned width;       /* of one fact, in characters */
    unsigned column, pad; /* where the line is; blanks due before the next fact */
};

void facts_begin(struct facts *f, FILE *to, bool plain, unsigned width);
void facts_put(struct facts *f, const char *name, const char *fmt, ...) SIM_PRINTF(3, 4);
void facts_end(struct facts *f);

/* A table: columns with names; width below 0: left-aligned. The last column may be longer. */
struct table_column {
    const char *name;
    int width;
};

struct table {
    FILE *to;
    bool plain;
    const struct table_column *columns;
    unsigned count, at;
};

void table_begin(struct table *t, FILE *to, bool plain, const struct table_column *columns,
                 unsigned count);
/* The next cell, in order of columns. */
void table_put(struct table *t, const char *fmt, ...) SIM_PRINTF(2, 3);

#endif

/*
 * The columns that all forms with rows have (trace_columns.def): an exit as a list of values.
 */
#ifndef CLI_TRACE_COLUMNS_H
#define CLI_TRACE_COLUMNS_H

#include "trace.h"

enum trace_column {
#define COLUMN(name, kind, value) TRACE_COLUMN_##name,
#include "trace_columns.def"
#undef COLUMN
    TRACE_COLUMNS
};

struct trace_value {
    const char *text; /* null: a number, or nothing if it is not `there` */
    uint64_t number;
    bool there, hex;
};

/* Fills in value[TRACE_COLUMNS]. Texts are static. */
void trace_values(const struct trace *t, const struct vm_exit *x, struct trace_value *value);

#endif

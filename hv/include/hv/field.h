/*
 * The named numbers of exits and events: one list (field.def) for expressions, queries and
 * listings, so that a name means the same everywhere.
 */
#ifndef HV_FIELD_H
#define HV_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/trace.h"

/* How a value reads, and which constants it can be compared with. */
enum field_type {
    FIELD_NUMBER,
    FIELD_HEX,
    FIELD_REASON,      /* CR_ACCESS */
    FIELD_OUTCOME,     /* ADVANCE */
    FIELD_HYPERCALL,   /* mmu_update */
    FIELD_INSTRUCTION, /* popf, of sensitive.def */
    FIELD_TYPES
};

/* Which exits have a field. */
enum field_group {
    GROUP_ANY,
    GROUP_IO,
    GROUP_CR,
    GROUP_MEM, /* page faults that were not device accesses */
    GROUP_MSR,
    GROUP_TABLE,
    GROUP_HYPERCALL,
    GROUP_CPUID,
    GROUP_IRQ,
    FIELD_GROUPS
};

enum field_found {
    FIELD_UNKNOWN, /* nothing has such a field */
    FIELD_ABSENT,  /* others have it */
    FIELD_FOUND
};

/* Is there an exit field of this name? Its type (may be null). */
bool exit_field_known(const char *name, size_t length, enum field_type *type);

/* The field of an exit; *value and *type (may be null) with FIELD_FOUND. */
enum field_found exit_field(const struct vm_exit *x, const char *name, size_t length,
                            uint64_t *value, enum field_type *type);

/* The n-th field that this exit has, in the table's order; null after the last. For listings. */
const char *exit_field_next(const struct vm_exit *x, unsigned *n, uint64_t *value,
                            enum field_type *type);

/* The n-th field of a kind of event (not of its exit), with its value if e is not null. */
const char *event_field(enum trace_kind kind, unsigned n, const struct trace_event *e,
                        uint64_t *value, enum field_type *type);

/* The constant of that name and type; false: there is none. */
bool field_constant(enum field_type type, const char *name, size_t length, uint64_t *value);

/* The name of a value of that type; null: it is only a number. */
const char *field_value_name(enum field_type type, uint64_t value);

/* "an exit of port I/O"...: which exits have a field, in words, for messages. */
const char *exit_field_where(const char *name, size_t length);

#endif

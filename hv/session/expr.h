/*
 * What the expression parser and its table of names share.
 */
#ifndef HV_SESSION_EXPR_H
#define HV_SESSION_EXPR_H

#include "hv/expr.h"

#include "sim/cpu.h"

/* What a name turned out to be. */
enum name_found {
    NAME_UNKNOWN,
    NAME_VALUE,
    NAME_NOT_HERE, /* known, without a value at this moment: `why` says so in words */
};

struct name_scope {
    const struct expr_scope *scope;
    bool dry;             /* only the name is asked for */
    bool have_cpu;        /* cpu was read */
    struct cpu_state cpu; /* of the present guest */
    char why[160];
};

/* Positions, registers, exit fields, the hit, constants, symbols: in this order. */
enum name_found expr_name(struct name_scope *n, const char *name, size_t length, uint64_t *value);
/* Only registers ($eax), only symbols (&main). */
enum name_found expr_register(struct name_scope *n, const char *name, size_t length,
                              uint64_t *value);
enum name_found expr_symbol(const struct name_scope *n, const char *name, size_t length,
                            uint64_t *value);

#endif

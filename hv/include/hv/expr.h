/*
 * Expressions over a session: conditions of points, `print`, `expect`, `x`.
 *
 * C's operators on 64-bit unsigned numbers: || && | ^ & == != < <= > >= << >> + - * / % ! ~ - ( ).
 * Numbers are decimal, 0x hex, 'c'. Names: insn cycle exit; registers of the guest (eax .. edi,
 * eip, eflags, cs .. gs, cr0 .. cr4, cpl, also with $ or % before them); hash; of the last or open
 * exit: reason outcome vector error gva gpa port size write value cr msr number arg0..arg4 result
 * cycles; a point's own hit: address old now; exit reasons and outcomes as constants (CR_ACCESS,
 * ADVANCE); symbols through the resolver. Memory: [ADDR] four bytes, b[ADDR] w[ADDR] d[ADDR]
 * linear, p[ADDR] guest physical, m[ADDR] machine.
 */
#ifndef HV_EXPR_H
#define HV_EXPR_H

#include "hv/session.h"

/* Value of a symbol the front end knows; false: unknown. */
typedef bool (*expr_resolver)(void *opaque, const char *name, size_t length, uint64_t *value);

struct expr_scope {
    struct session *session;
    const struct vm_exit *exit;    /* null: the open one, else the last */
    const struct session_hit *hit; /* null: none */
    expr_resolver resolve;         /* null: none */
    void *opaque;
};

/* Evaluates; SIM_BAD_INPUT: err says what is wrong and at which column. *used (may be null): bytes
 * read; otherwise the text must end there. */
enum sim_status expr_eval(const struct expr_scope *scope, const char *text, uint64_t *value,
                          size_t *used, struct sim_error *err);

/* Only checks the syntax and the names (memory is not read). */
enum sim_status expr_check(const struct expr_scope *scope, const char *text, struct sim_error *err);

/* The session's resolver, for conditions. */
void session_set_resolver(struct session *s, expr_resolver resolve, void *opaque);

#endif

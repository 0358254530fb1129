/*
 * Expressions over a session: conditions of points, `print`, `expect`, `x`.
 *
 * C's operators on 64-bit unsigned numbers: || && | ^ & == != < <= > >= << >> + - * / % ! ~ - ( );
 * a shift by 64 or more gives 0. Numbers are decimal, 0x hex, 'c'. Names, asked in this order:
 *   insn exit cycle hash vm; registers of the guest (eax ax al ah .. edi, eip, eflags, flag_if ..,
 *   cs .. gs, ldtr tr, gdtr_base .., cr0 .. cr4, dr0 .. dr7, cpl; $ or % before one: only a
 *   register; real_ before one: the machine's); fields of the last or open exit (hv/field.def:
 *   reason outcome vector gva port value arg0 ..); a point's own hit: address old now access; exit
 *   reasons and outcomes as constants (CR_ACCESS, ADVANCE); symbols through the resolver (&main:
 *   only a symbol).
 * Memory: [ADDR] four bytes, b[ADDR] w[ADDR] d[ADDR] linear; p[ADDR] pb pw pd guest physical;
 * m[ADDR] mb mw md machine.
 *
 * What is not there now (an exit without that field, no memory at an address, division by zero) is
 * an error of evaluation, not of syntax: a condition that expr_check accepted may treat it as
 * false. The side of && and || that is not needed is not evaluated.
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
    const struct cpu_state *guest; /* registers; null: session_guest of the session's guest */
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

/*
 * Host errors: what can fail because of the host or of a file, never because of a running guest (a
 * guest's fault is an architectural event; our own bug is an assertion).
 */
#ifndef SIM_STATUS_H
#define SIM_STATUS_H

#include "sim/compiler.h"

enum sim_status {
    SIM_OK = 0,
    SIM_NO_MEMORY,   /* an allocation failed */
    SIM_BAD_INPUT,   /* a file or option says something impossible */
    SIM_IO_ERROR,    /* the host could not read or write */
    SIM_UNSUPPORTED, /* understood, but not built */
};

/* One clear line for the user: what, where, what to do. Plain data; no ownership. */
struct sim_error {
    enum sim_status status;
    char text[320];
};

/* Fills *err (which may be null) with a status and a formatted line; returns status for `return
 * sim_fail(...)`. */
enum sim_status sim_fail(struct sim_error *err, enum sim_status status, const char *fmt, ...)
    SIM_PRINTF(3, 4);

/* A stable lower-case name, such as "bad input". */
const char *sim_status_name(enum sim_status status);

#endif

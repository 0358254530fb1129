/*
 * gdb's server over a debugger: what --gdb does for `debug` and `run`.
 */
#ifndef CLI_GDB_SERVE_H
#define CLI_GDB_SERVE_H

#include "debug/debugger.h"
#include "gdb/socket.h"

/*
 * Serves gdb where --gdb says until a client kills it, `quit`, or a signal. debug: lines of
 * standard input are commands, and their end ends nothing. run: the guest runs unless -S was given,
 * standard input is its console, and its end without a client ends the serving. Returns the status
 * to end with; if it cannot listen, why says so.
 */
int gdb_serve_debugger(struct debugger *d, const struct options *o, struct complaint *why);

/* run --gdb: a session for that alone. console may be null. Returns the program's status. */
int gdb_run(const struct options *o, struct inputs *in, FILE *console);

#endif

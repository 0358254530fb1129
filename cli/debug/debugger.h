/*
 * The debugger: a session, the words a person drives it with, and what it answers.
 *
 * It is a function from a line to a text and a status, so that a terminal, a script, a pipe and
 * gdb's `monitor` are all the same to it. It owns no terminal: reading lines is prompt.h's.
 */
#ifndef CLI_DEBUG_DEBUGGER_H
#define CLI_DEBUG_DEBUGGER_H

#include <stdbool.h>
#include <stdio.h>

#include "hv/session.h"
#include "inputs.h"

struct debugger;

/*
 * Builds a session from options and inputs, both borrowed for the debugger's life. console: where
 * the guest's console goes, null: nowhere. False: why says what is wrong, nothing is left.
 */
bool debugger_create(struct debugger **out, const struct options *o, struct inputs *in,
                     FILE *console, struct complaint *why);
void debugger_destroy(struct debugger *d);

/*
 * Carries out one line and writes the answer to `out`. Returns 0, or the status of what went wrong
 * (enum cli_status), of which `out` has one clear line. An empty line repeats the last step-like
 * command if debugger_set_interactive said so, else it does nothing.
 */
int debug_command(struct debugger *d, const char *line, FILE *out);

struct lock;

/* What is locked from here on (debug/lock.h); borrowed; null: nothing. */
void debugger_lock(struct debugger *d, const struct lock *lock);
/* Is a person typing? */
void debugger_set_interactive(struct debugger *d, bool yes);
/* True once `quit` was said. */
bool debugger_quits(const struct debugger *d);
/* Tells every event of the session to one more watcher. */
void debugger_watch(struct debugger *d, struct trace_sink watcher);
/* Does a question of --predict wait for its answer? Then the session shall not move. */
bool debugger_asks(const struct debugger *d);
/* For gdb's server, which moves the session itself. */
struct session *debugger_session(struct debugger *d);
/* Says where the session stopped, as a command that moved would. Returns its status. */
int debugger_stopped(struct debugger *d, const struct session_event *e, FILE *out);

/*
 * Replays or restores a file's bytes ('R' or 'S' as session_note said), instead of what the session
 * has been so far; points stay.
 */
bool debugger_load(struct debugger *d, char kind, const struct file_bytes *file,
                   struct complaint *why);

/* Ends the guest's unfinished console line. */
void debugger_end(struct debugger *d);

/* Writes what --predict asked and was answered. */
void debugger_write_predictions(struct debugger *d, FILE *to);

#endif

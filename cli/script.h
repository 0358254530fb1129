/*
 * What --run says: a line of shell commands, or a file of them, brought to one line for Bantam's command line.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "complaint.h"

#define SCRIPT_MAX 4000u /* bytes of the one line */

/*
 * TEXT, @FILE, or @NAME of a built-in scenario (a file of that name goes first). Lines become commands separated
 * by "; "; empty lines and lines that begin with # are left out. *out is owned by the caller.
 */
bool script_load(char **out, const char *value, struct complaint *why);

/* The built-in scenario of that name, as script_load gives it. */
bool script_builtin(char **out, const char *name, struct complaint *why);

#endif

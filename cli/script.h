/*
 * What --run says: shell commands, or a file of them, brought onto Bantam's command line.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "complaint.h"

#define SCRIPT_MAX 4000u /* bytes of the commands, and of the words */

/* Owned strings; script_free accepts a zeroed one. */
struct script {
    char *text;    /* shell commands, a line each */
    char name[64]; /* "tour", "@FILE", or the text itself in quotes */
    char *words;   /* further words for the kernel's command line, "" if none */
};

/*
 * TEXT, @FILE, or @NAME of a built-in scenario (a file of that name goes first). Lines stay lines,
 * since a comment or an error of the shell's ends with its line; empty ones and those that begin
 * with # are left out. In a file, a line "cmdline WORDS" adds words to the kernel's command line.
 */
bool script_load(struct script *out, const char *value, struct complaint *why);

/* The built-in scenario of that name, as script_load gives it. */
bool script_builtin(struct script *out, const char *name, struct complaint *why);

void script_free(struct script *s);

#endif

/*
 * Lines of commands: from a terminal with editing and history (libedit, where the program was built
 * with it), from a pipe, or from a file.
 */
#ifndef CLI_DEBUG_PROMPT_H
#define CLI_DEBUG_PROMPT_H

#include "debug/debugger.h"

/*
 * Carries out the lines of a stream until its end, `quit`, or a signal; each is answered on stdout
 * and flushed before the next is read. stops: the first failing line ends it. Returns the first
 * failing status if it stopped for it, else 0.
 */
int prompt_run_stream(struct debugger *d, FILE *from, bool stops);

/* The same for a person at the terminal. */
int prompt_run_terminal(struct debugger *d);

#endif

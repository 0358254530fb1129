/*
 * The user's terminal and the signals: raw while a guest has it, restored on every way out, crashes
 * included.
 *
 * A process has one terminal; this is the one place of the program with state of its own.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT (they ask to stop, see terminal_stop_signal), ignores
 * SIGPIPE and SIGXFSZ (the write fails instead), and makes crashes restore the terminal first.
 */
void terminal_catch_signals(void);

/* The signal that asked the run to stop, or 0. */
int terminal_stop_signal(void);

/* Ctrl-C was heeded: it is as if it had not come. Other signals stay. */
void terminal_forget_interrupt(void);

/* Makes standard input raw, if it is a terminal. Output processing stays, so that LF begins a new
 * line. */
bool terminal_raw(void);

/* Gives the guest's screen the whole terminal on standard output, until terminal_restore. */
void terminal_screen(void);

/* Puts the terminal back as it was found. May be called at any time, any number of times. */
void terminal_restore(void);

/* Is the guest's console a person's? True between terminal_raw and terminal_restore. */
bool terminal_is_raw(void);

/* Waits until standard input has something (or is at its end), at most milliseconds (-1: for ever),
 * or a signal. */
bool terminal_wait(int milliseconds);

/* Reads what is there without waiting: bytes, 0 at the end of input, -1 if nothing is there now. */
long terminal_read(void *to, size_t size);

/* What keys mean before the guest sees them. */
enum key_action { KEY_NONE, KEY_PASS, KEY_LEAVE, KEY_STOP, KEY_HELP };

struct key_filter {
    bool escape; /* Ctrl-A was pressed */
};

/*
 * One byte typed. Ctrl-C: KEY_STOP. Ctrl-A x: KEY_LEAVE; Ctrl-A h: KEY_HELP; Ctrl-A Ctrl-A: passes
 * one Ctrl-A. KEY_PASS: *byte goes to the guest.
 */
enum key_action key_filter(struct key_filter *f, unsigned char *byte);

#endif

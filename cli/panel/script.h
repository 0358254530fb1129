/*
 * Scripts of the panel: what a person would do, line by line, for tests, pictures and lessons.
 *
 *   key NAME          a key, with its modifiers: key F8, key Shift+F11, key Ctrl++, key S
 *   type TEXT         characters, where a line is being typed or the guest has the keyboard
 *   click WIDGET      in the middle of what has that name: click exits.CR_ACCESS
 *   hover WIDGET      the mouse over it
 *   wheel WIDGET N    over it, N notches up (or down, if negative)
 *   drag WIDGET A B   with the left button, from A to B hundredths of its width
 *   pan WIDGET A B    with another button
 *   say LINE          a line of the panel's language, or a verb of the debugger
 *   run [MS]          lets what runs go on until it stops, at most so many simulated
 *                     milliseconds (60000)
 *   expect NAME VALUE of the panel: view, side, focus.exit, question (the exit that is asked
 *                     about, 0: none); else an expression of the debugger: expect exit == 4
 *   shot FILE         a picture, .png or .svg
 *   size WxH          of the window
 *   print hash        of the picture; else the debugger's print
 *   print widget NAME [A] where its middle is, or A hundredths of its width, in pixels
 *
 * `#` begins a comment.
 */
#ifndef CLI_PANEL_SCRIPT_H
#define CLI_PANEL_SCRIPT_H

#include "panel/show.h"

/* One line. Returns its status; `to` gets answers, and of a failure one line. */
int script_line(struct show *w, const char *line, FILE *to);

/* The script's next line, if nothing runs. False: there is none, or one failed: w->status. */
bool script_next(struct show *w, FILE *to);

#endif

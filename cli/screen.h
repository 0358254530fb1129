/*
 * A guest's VGA text screen: as text at the end, and live on a terminal.
 *
 * What is in text memory is shown from the CRT controller's start address on, 80 by 25, in the
 * PC's own character set (code page 437). Colours are the attributes' where colour is wanted.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdio.h>

#include "hv/hv.h"

#define SCREEN_COLUMNS 80u
#define SCREEN_ROWS    25u

/* One look at the screen. */
struct screen {
    uint8_t cell[SCREEN_ROWS][SCREEN_COLUMNS][2]; /* character, attribute */
    uint16_t row, column;                         /* of the cursor */
    bool cursor_on;                               /* and it is on the screen */
};

/* The screen of guest n as it is now. */
void screen_look(struct screen *s, struct hv *hv, unsigned n);

/*
 * Its lines as UTF-8, without what is blank at the ends of lines and of the screen; `prefix` before
 * each.
 */
void screen_text(FILE *to, const struct screen *s, const char *prefix);

/* Paints on a terminal what differs from `shown`, which then is s. All of it if `whole`. */
void screen_paint(FILE *to, const struct screen *s, struct screen *shown, bool whole, bool color);

#endif

/*
 * Color on a terminal, and nowhere else: NO_COLOR and --color decide.
 */
#ifndef CLI_PAINT_H
#define CLI_PAINT_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

/* Should this stream get color? */
bool paint_wanted(FILE *to, enum color_when when);

/* Escape sequences, or "" when color is off. */
const char *paint_bold(bool on);
const char *paint_off(bool on);

#endif

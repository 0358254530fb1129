/*
 * What the window remembers from one time to the next: theme, text size, window size. A small text
 * file, $XDG_CONFIG_HOME/ringside/panel, else ~/.config/ringside/panel.
 *
 * Only the window reads and writes it, and not when a script drives it: pictures depend on nothing
 * but their command line. RINGSIDE_NO_CONFIG in the environment: never.
 */
#ifndef CLI_PANEL_SETTINGS_H
#define CLI_PANEL_SETTINGS_H

#include <stddef.h>

#include "visualizer/panel.h"

/* What the file says; whatever in it makes no sense is as if it were not there. */
void settings_read(struct panel_looks *looks);
/* Writes it; where that is impossible, nothing happens. */
void settings_write(const struct panel_looks *looks);

/* The same of a text (read) and into one; for tests. */
void settings_parse(struct panel_looks *looks, const char *text);
void settings_format(const struct panel_looks *looks, char *text, size_t size);

#endif

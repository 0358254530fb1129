/* A snapshot as text: every string and number that views could draw. */
#ifndef TESTS_PANEL_DUMP_H
#define TESTS_PANEL_DUMP_H

#include <stdio.h>

#include "visualizer/snapshot.h"

/* One fact a line, but for the snapshot's own number. */
void dump_snapshot(FILE *to, const struct snapshot *s);

#endif

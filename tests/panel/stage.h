/*
 * A panel with real sessions of Bantam, as `ringside shot` has it, for tests: opened by options,
 * moved by lines of panel scripts.
 *
 * What fails here ends the program with status 1 and one line: these are drivers, not Criterion's.
 */
#ifndef TESTS_PANEL_STAGE_H
#define TESTS_PANEL_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/scene.h"
#include "panel/show.h"

#define STAGE_ARGS 12

/* A place in a run that is worth looking at: options, and a script that leads there. */
struct sight {
    const char *name;
    const char *args[STAGE_ARGS]; /* null ends them */
    const char *line[16];         /* null ends them */
};

/* All of them; the last one has no name. */
extern const struct sight sights[];

/* Opens a panel and leads it to a sight. */
void stage_open(struct show *w, const struct sight *s);
/* One line of a panel script, which must succeed. */
void stage_line(struct show *w, const char *line);
void stage_linef(struct show *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The window's size. */
void stage_size(struct show *w, int width, int height);

/* "debug", "compare", "memory", "schedule", "presenter"; null behind the last. */
extern const char *const stage_views[];
void stage_view(struct show *w, const char *view);

void stage_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif

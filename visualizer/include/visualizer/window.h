/*
 * The window: events in, pixels out. Whoever opens it says what to draw and what to do.
 */
#ifndef VISUALIZER_WINDOW_H
#define VISUALIZER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "visualizer/panel.h"

struct scene;

struct window_host {
    void *opaque;
    /* What is to be seen now; fresh: figures too, else only what the panel itself changed. */
    const struct scene *(*draw)(void *opaque, bool fresh);
    void (*event)(void *opaque, const struct panel_event *event);
    /* Lets the machines run for so many milliseconds. False: none runs. */
    bool (*run)(void *opaque, unsigned milliseconds);
    /* Once a frame, after it was shown; for scripts. May be null. */
    void (*frame)(void *opaque);
    bool (*quits)(void *opaque);
};

/*
 * Opens a window of *width by *height (the window system's units, which may be several pixels) and
 * stays until the host quits or it is closed; then they hold its last size. False: it cannot be
 * opened; why gets one line.
 */
bool window_run(int *width, int *height, const char *title, const struct window_host *host,
                char *why, size_t size);

/* Puts an event into the window system's own queue, as if it came from keyboard or mouse. */
void window_push(const struct panel_event *event);

#endif

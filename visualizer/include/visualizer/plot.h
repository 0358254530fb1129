/*
 * A chart for slides: of several runs of the same work, how many cycles each took, how many exits,
 * and where the cycles went. All bars of a part have one scale.
 */
#ifndef VISUALIZER_PLOT_H
#define VISUALIZER_PLOT_H

#include <stdint.h>

#include "visualizer/theme.h"

struct scene;

/* Where cycles go: a colour of the stacked bars. */
struct plot_key {
    const char *name;
    uint8_t colour, hatch; /* enum colour, enum hatch */
};

struct plot_bar {
    const char *name; /* "trap" */
    uint64_t cycles, exits;
    const uint64_t *part; /* cycles by key; they sum to `cycles` */
};

struct plot {
    const char *title, *note;
    const struct plot_bar *bar; /* the first one is the yardstick */
    unsigned bars;
    const struct plot_key *key;
    unsigned keys;
};

#define PLOT_LEAST_WIDTH  640 /* pixels */
#define PLOT_LEAST_HEIGHT 400

/* The chart; plot_free frees it. Null: no memory. */
struct scene *plot_scene(const struct plot *plot, int width, int height, enum theme theme);
void plot_free(struct scene *s);

#endif

/*
 * A scene as a file: pixels as PNG, or the same shapes as SVG.
 */
#ifndef VISUALIZER_PICTURE_H
#define VISUALIZER_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scene;

struct picture {
    uint8_t *bytes; /* malloc's; the caller's to free */
    size_t size;
};

/* False: no memory; *out is empty. */
bool picture_png(const struct scene *s, struct picture *out);
bool picture_svg(const struct scene *s, struct picture *out);

/* What golden tests compare: FNV-1a of the pixels; 0: no memory. */
uint64_t picture_hash(const struct scene *s);

#endif

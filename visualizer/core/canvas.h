/*
 * The software canvas: rectangles, hatches, lines and text into a buffer of pixels. Integer
 * arithmetic only: the same calls give the same bytes on every host.
 *
 * Nothing is drawn outside the clip and the buffer; coordinates may lie far outside of both, up to
 * a thousand million.
 */
#ifndef VISUALIZER_CANVAS_H
#define VISUALIZER_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "box.h"
#include "font.h"
#include "visualizer/theme.h"

struct canvas {
    uint32_t *pixel; /* 0xffRRGGBB, width * height, the caller's */
    int width, height;
    struct box clip;
};

/* A canvas on the caller's pixels, clipped to all of it. */
struct canvas canvas_on(uint32_t *pixel, int width, int height);

void canvas_fill(struct canvas *c, struct box b, uint32_t rgb);
/* Strokes of the pattern; it lies on a grid that does not move with b. */
void canvas_hatch(struct canvas *c, struct box b, enum hatch hatch, uint32_t rgb);
/* The outline, `thick` pixels inwards. */
void canvas_frame(struct canvas *c, struct box b, int thick, uint32_t rgb);
/* Both ends included; one pixel thick. */
void canvas_line(struct canvas *c, int x0, int y0, int x1, int y1, uint32_t rgb);
/* text[0..n), UTF-8, one cell a character, from the top left corner of the first. */
void canvas_text(struct canvas *c, int x, int y, const struct font_face *face, bool bold,
                 uint32_t rgb, const char *text, size_t n);

/* FNV-1a of the size and all pixels: what golden tests compare. */
uint64_t canvas_hash(const struct canvas *c);

#endif

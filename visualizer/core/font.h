/*
 * The panel's one typeface, DejaVu Sans Mono, as coverage bitmaps made at build time (font/bake.c):
 * the same bytes on every machine, so that a picture of the panel is exact.
 *
 * Every character is one cell of its face. What the face lacks is drawn as U+FFFD.
 */
#ifndef VISUALIZER_FONT_H
#define VISUALIZER_FONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FONT_FACES 5

struct font_face {
    int size;                      /* pixels an em */
    int width, height;             /* of a cell */
    int ascent;                    /* from the cell's top to the base line */
    const uint8_t *regular, *bold; /* glyph after glyph, width * height bytes: 0 none, 255 full */
};

extern const struct font_face font_faces[FONT_FACES];

/* Code points in rising order; a glyph's place is its code point's. Made by font/bake.c. */
extern const uint32_t font_points[];
extern const unsigned font_point_count;

/* Coverage of a character's cell in a face. */
const uint8_t *font_glyph(const struct font_face *face, bool bold, uint32_t point);

/*
 * Takes one character off UTF-8 text[0..n), n > 0; *used gets its bytes, at least 1. A byte that is
 * no UTF-8 gives U+FFFD.
 */
uint32_t font_decode(const char *text, size_t n, size_t *used);

/* Cells that text takes: its characters. */
size_t font_cells(const char *text, size_t n);

#endif

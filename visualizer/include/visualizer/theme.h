/*
 * Themes: what each colour of theme.def is on a light and on a dark page, and the hatches that tell
 * classes apart where colours do not (green, purple and grey are one to some eyes).
 */
#ifndef VISUALIZER_THEME_H
#define VISUALIZER_THEME_H

#include <stdint.h>

enum colour {
#define COLOUR(name, light, dark, ink) COLOUR_##name,
#include "visualizer/theme.def"
#undef COLOUR
    COLOURS
};

enum theme { THEME_LIGHT, THEME_DARK, THEMES };

enum hatch {
    HATCH_NONE,
    HATCH_RISING,  /* / / / */
    HATCH_FALLING, /* \ \ \ */
    HATCH_CROSS,   /* both */
    HATCH_LEVEL,   /* horizontal lines */
    HATCH_UPRIGHT, /* vertical lines */
    HATCH_DOTS,
    HATCH_GRID,
    HATCHES
};

extern const char *const theme_names[THEMES];
extern const char *const colour_names[COLOURS];
extern const char *const hatch_names[HATCHES];

/* 0xRRGGBB. */
uint32_t theme_rgb(enum theme theme, enum colour colour);
/* The colour of text on it. */
enum colour theme_ink(enum colour on);
/* Bit x of row y is set where the 8 by 8 pattern has a stroke. */
extern const uint8_t hatch_rows[HATCHES][8];

/*
 * Contrast of two colours, 100 times the ratio of 1 to 21 (WCAG 2.1, contrast ratio), exact on
 * every host: integers only.
 */
unsigned theme_contrast(uint32_t a, uint32_t b);

#endif

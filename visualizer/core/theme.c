/* Colours, hatches, and the contrast of two colours. */
#include "visualizer/theme.h"

const char *const theme_names[THEMES] = {"light", "dark"};

const char *const colour_names[COLOURS] = {
#define COLOUR(name, light, dark, ink) #name,
#include "visualizer/theme.def"
#undef COLOUR
};

const char *const hatch_names[HATCHES] = {"none",  "rising",  "falling", "cross",
                                          "level", "upright", "dots",    "grid"};

static const uint32_t values[THEMES][COLOURS] = {
    {
#define COLOUR(name, light, dark, ink) light,
#include "visualizer/theme.def"
#undef COLOUR
    },
    {
#define COLOUR(name, light, dark, ink) dark,
#include "visualizer/theme.def"
#undef COLOUR
    },
};

static const uint8_t inks[COLOURS] = {
#define COLOUR(name, light, dark, ink) COLOUR_##ink,
#include "visualizer/theme.def"
#undef COLOUR
};

const uint8_t hatch_rows[HATCHES][8] = {
    {0},
    {0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01},
    {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80},
    {0x81, 0x42, 0x24, 0x18, 0x18, 0x24, 0x42, 0x81},
    {0xff, 0x00, 0x00, 0x00, 0xff, 0x00, 0x00, 0x00},
    {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11},
    {0x00, 0x22, 0x00, 0x00, 0x00, 0x88, 0x00, 0x00},
    {0xff, 0x11, 0x11, 0x11, 0xff, 0x11, 0x11, 0x11},
};

uint32_t theme_rgb(enum theme theme, enum colour colour)
{
    return values[theme][colour];
}

enum colour theme_ink(enum colour on)
{
    return (enum colour)inks[on];
}

/*
 * Linear light of an sRGB byte, 0 to 10000: c/12.92 below 11, else ((c + 0.055)/1.055)^2.4, whose
 * power 12/5 is taken by hand: x^2 * x^(2/5), and the fifth root by bisection on integers.
 */
static uint64_t linear(unsigned byte)
{
    if (byte <= 10)
        return byte * 10000u * 100 / (255 * 1292);
    uint64_t x = (byte * 1000000u / 255 + 55000) * 1000 / 1055; /* millionths */
    uint64_t square = x * x / 1000000, low = 0, high = 1000001;
    while (high - low > 1) {
        uint64_t root = (low + high) / 2, power = root;
        for (int i = 0; i < 4; i++)
            power = power * root / 1000000;
        if (power <= square)
            low = root;
        else
            high = root;
    }
    return square * low / 1000000 / 100;
}

/* Relative luminance, 0 to 10000. */
static uint64_t luminance(uint32_t rgb)
{
    return (2126 * linear(rgb >> 16 & 255) + 7152 * linear(rgb >> 8 & 255) +
            722 * linear(rgb & 255)) /
           10000;
}

unsigned theme_contrast(uint32_t a, uint32_t b)
{
    uint64_t x = luminance(a) + 500, y = luminance(b) + 500;
    return (unsigned)(x > y ? x * 100 / y : y * 100 / x);
}

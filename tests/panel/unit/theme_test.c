/*
 * Themes: the palette is Okabe and Ito's and the same in both, what stands on a colour can be read,
 * and contrast is computed as WCAG 2.1 defines it. What scenes really put on each other is tested
 * on scenes (sweep.c).
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "visualizer/theme.h"

/* WCAG 2.1, "relative luminance", in floating point. */
static double luminance(uint32_t rgb)
{
    static const double share[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (unsigned i = 0; i < 3; i++) {
        double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += share[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

Test(theme, contrast_is_the_one_of_wcag_to_a_hundredth)
{
    uint32_t x = 1;
    cr_assert_eq(theme_contrast(0, 0xffffff), 2100u);
    for (unsigned n = 0; n < 20000; n++) {
        uint32_t a = (x = x * 1664525 + 1013904223) >> 8, b = (x = x * 1664525 + 1013904223) >> 8;
        double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;
        double want = la > lb ? la / lb : lb / la;
        cr_assert_lt(fabs(theme_contrast(a, b) / 100.0 - want), 0.01 + want * 0.002,
                     "%06x on %06x: %u, should be %f", (unsigned)a, (unsigned)b,
                     theme_contrast(a, b), want);
    }
}

Test(theme, ink_can_be_read_on_every_colour)
{
    for (unsigned t = 0; t < THEMES; t++)
        for (unsigned c = 0; c < COLOURS; c++) {
            if (c == COLOUR_edge || c == COLOUR_focus) /* lines, never below text */
                continue;
            uint32_t on = theme_rgb((enum theme)t, (enum colour)c);
            uint32_t ink = theme_rgb((enum theme)t, theme_ink((enum colour)c));
            cr_assert_geq(theme_contrast(on, ink), 450u, "%s: %s", theme_names[t], colour_names[c]);
        }
}

Test(theme, fills_are_okabe_and_itos_and_the_same_in_both)
{
    static const struct {
        enum colour colour;
        uint32_t rgb;
    } palette[] = {{COLOUR_orange, 0xe69f00}, {COLOUR_sky, 0x56b4e9},
                   {COLOUR_green, 0x009e73},  {COLOUR_yellow, 0xf0e442},
                   {COLOUR_blue, 0x0072b2},   {COLOUR_vermillion, 0xd55e00},
                   {COLOUR_purple, 0xcc79a7}};
    for (unsigned t = 0; t < THEMES; t++)
        for (unsigned i = 0; i < sizeof palette / sizeof *palette; i++)
            cr_assert_eq(theme_rgb((enum theme)t, palette[i].colour), palette[i].rgb);
    cr_assert_eq(theme_rgb(THEME_DARK, theme_ink(COLOUR_blue)), 0xffffffu, "white on blue");
    cr_assert_eq(theme_rgb(THEME_LIGHT, theme_ink(COLOUR_orange)), 0x000000u);
}

Test(theme, hatches_differ_in_every_place_they_could_stand)
{
    for (unsigned a = 0; a < HATCHES; a++)
        for (unsigned b = 0; b < a; b++) {
            unsigned differ = 0;
            for (unsigned y = 0; y < 8; y++)
                differ += hatch_rows[a][y] != hatch_rows[b][y];
            cr_assert_geq(differ, 2u, "%s and %s", hatch_names[a], hatch_names[b]);
        }
}

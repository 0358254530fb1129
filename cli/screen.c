/*
 * The VGA text screen: see screen.h. Source of the characters: IBM PC/AT Technical Reference,
 * Characters, Keystrokes and Color; of the sequences: ECMA-48.
 */
#include "screen.h"

#include <string.h>

#include "sim/abi/board.h"
#include "sim/pc.h"

#define CELLS (BOARD_VGA_TEXT_SIZE / 2u)

/* Code page 437 in Unicode. 20h to 7Eh are ASCII's. */
static const uint16_t low_glyphs[32] = {
    ' ',    0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
    0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
    0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t high_glyphs[129] = {
    0x2302, 0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
    0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb,
    0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3,
    0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab,
    0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551,
    0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e,
    0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565,
    0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590,
    0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9,
    0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7,
    0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static uint16_t glyph(uint8_t character)
{
    if (character < 32)
        return low_glyphs[character];
    return character < 127 ? character : high_glyphs[character - 127];
}

static void put_glyph(FILE *to, uint8_t character)
{
    unsigned u = glyph(character);
    if (u < 0x80) {
        (void)putc((int)u, to);
    } else if (u < 0x800) {
        (void)putc((int)(0xc0 | u >> 6), to);
        (void)putc((int)(0x80 | (u & 63)), to);
    } else {
        (void)putc((int)(0xe0 | u >> 12), to);
        (void)putc((int)(0x80 | (u >> 6 & 63)), to);
        (void)putc((int)(0x80 | (u & 63)), to);
    }
}

void screen_look(struct screen *s, struct hv *hv, unsigned n)
{
    const struct pc_screen view = hv_screen(hv, n);
    unsigned cursor = (view.cursor - view.start) % CELLS;
    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < SCREEN_ROWS * SCREEN_COLUMNS; i++) {
        uint32_t at = BOARD_VGA_TEXT_BASE + (view.start + i) % CELLS * 2u;
        (void)hv_guest_memory(hv, n, at, s->cell[i / SCREEN_COLUMNS][i % SCREEN_COLUMNS], 2);
    }
    s->cursor_on = view.cursor_on && cursor < SCREEN_ROWS * SCREEN_COLUMNS;
    s->row = (uint16_t)(s->cursor_on ? cursor / SCREEN_COLUMNS : 0);
    s->column = (uint16_t)(s->cursor_on ? cursor % SCREEN_COLUMNS : 0);
}

/* Columns up to the last that is not blank. */
static unsigned used_columns(const struct screen *s, unsigned row)
{
    unsigned n = SCREEN_COLUMNS;
    while (n && glyph(s->cell[row][n - 1][0]) == ' ')
        n--;
    return n;
}

void screen_text(FILE *to, const struct screen *s, const char *prefix)
{
    unsigned rows = SCREEN_ROWS;
    while (rows && !used_columns(s, rows - 1))
        rows--;
    for (unsigned row = 0; row < rows; row++) {
        (void)fputs(prefix, to);
        for (unsigned i = 0; i < used_columns(s, row); i++)
            put_glyph(to, s->cell[row][i][0]);
        (void)putc('\n', to);
    }
}

/* The sixteen colours of an attribute, in the order of ECMA-48's eight. */
static void set_color(FILE *to, uint8_t attribute)
{
    static const uint8_t order[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    unsigned ink = (attribute & 8 ? 90u : 30u) + order[attribute & 7];
    (void)fprintf(to, "\033[0;%u;%um", ink, 40u + order[attribute >> 4 & 7]);
}

static void paint_row(FILE *to, const struct screen *s, unsigned row, bool color)
{
    int attribute = -1;
    (void)fprintf(to, "\033[%u;1H", row + 1);
    for (unsigned i = 0; i < SCREEN_COLUMNS; i++) {
        const uint8_t *cell = s->cell[row][i];
        if (color && cell[1] != attribute)
            set_color(to, cell[1]);
        attribute = cell[1];
        put_glyph(to, cell[0]);
    }
    (void)fputs("\033[0m\033[K", to);
}

static bool same(const struct screen *a, const struct screen *b)
{
    return memcmp(a->cell, b->cell, sizeof a->cell) == 0 && a->row == b->row &&
           a->column == b->column && a->cursor_on == b->cursor_on;
}

void screen_paint(FILE *to, const struct screen *s, struct screen *shown, bool whole, bool color)
{
    if (!whole && same(s, shown))
        return;
    if (whole)
        (void)fputs("\033[2J", to);
    for (unsigned row = 0; row < SCREEN_ROWS; row++)
        if (whole || memcmp(s->cell[row], shown->cell[row], sizeof s->cell[row]) != 0)
            paint_row(to, s, row, color);
    (void)fprintf(to, "\033[%u;%uH\033[?25%c", s->row + 1u, s->column + 1u,
                  s->cursor_on ? 'h' : 'l');
    (void)fflush(to);
    *shown = *s;
}

/*
 * The screen: VGA text mode, 80 columns by 25 rows, written through the direct map.
 *
 * The cursor is drawn by swapping the colours of its cell, because moving the hardware's would cost
 * four port writes a time; the hardware's is switched off once. (IBM VGA Technical Reference,
 * Cursor Start.)
 */
#include "arch/native/native.h"
#include "lib/string.h"

#define COLUMNS           80u
#define ROWS              25u
#define COLOUR            0x0700u /* light grey on black */
#define COLOUR_CURSOR     0x7000u
#define CRTC_CURSOR_START 0x0a
#define CURSOR_OFF        0x20

static uint16_t *const screen = (uint16_t *)(KERNEL_BASE + BOARD_VGA_TEXT_BASE);
static unsigned at; /* the cursor's cell */

static void vga_blank(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        screen[i] = COLOUR | ' ';
}

static void vga_recolour_cursor(uint16_t colour)
{
    screen[at] = (uint16_t)(colour | (screen[at] & 0xff));
}

void vga_init(void)
{
    port_out8(BOARD_VGA_CRTC_PORT, CRTC_CURSOR_START);
    port_out8(BOARD_VGA_CRTC_PORT + 1, CURSOR_OFF);
    vga_blank(0, COLUMNS * ROWS);
    vga_recolour_cursor(COLOUR_CURSOR);
}

static void vga_put(char c)
{
    if (c == '\n')
        at += COLUMNS - at % COLUMNS;
    else if (c == '\r')
        at -= at % COLUMNS;
    else if (c == '\b')
        at -= at > 0;
    else if (c == '\t')
        at += 8 - at % 8;
    else
        screen[at++] = (uint16_t)(COLOUR | (uint8_t)c);
    if (at >= COLUMNS * ROWS) {
        memmove(screen, screen + COLUMNS, COLUMNS * (ROWS - 1) * sizeof *screen);
        vga_blank(COLUMNS * (ROWS - 1), COLUMNS * ROWS);
        at -= COLUMNS;
    }
}

void vga_write(const char *bytes, size_t n)
{
    vga_recolour_cursor(COLOUR);
    for (size_t i = 0; i < n; i++)
        vga_put(bytes[i]);
    vga_recolour_cursor(COLOUR_CURSOR);
}

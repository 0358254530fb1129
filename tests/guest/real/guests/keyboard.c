/*
 * A screen and keyboard kernel: 8259A at 20h, keys through IRQ 1 and the controller's translation,
 * echo into text memory with scrolling, the hardware cursor behind it, the date from the clock
 * chip. Prints what the screen holds at the end.
 */
#include "board.h"

#define COLUMNS 80u
#define ROWS    25u

static volatile uint16_t *const screen = (volatile uint16_t *)(uintptr_t)BOARD_VGA_TEXT_BASE;
static volatile uint32_t keys, strange;
static volatile uint8_t code[64];

static void on_key(struct kit_frame *f)
{
    (void)f;
    if ((kit_in8(BOARD_KBD_STATUS_PORT) & 1) == 0)
        strange++;
    code[keys % sizeof code] = kit_in8(BOARD_KBD_DATA_PORT);
    keys++;
    pic_eoi(BOARD_IRQ_KBD);
}

static uint8_t crtc(uint8_t index)
{
    kit_out8(BOARD_VGA_CRTC_PORT, index);
    return kit_in8(BOARD_VGA_CRTC_PORT + 1);
}

static unsigned cursor(void)
{
    return (unsigned)crtc(14) << 8 | crtc(15);
}

static void set_cursor(unsigned at)
{
    kit_out8(BOARD_VGA_CRTC_PORT, 14);
    kit_out8(BOARD_VGA_CRTC_PORT + 1, (uint8_t)(at >> 8));
    kit_out8(BOARD_VGA_CRTC_PORT, 15);
    kit_out8(BOARD_VGA_CRTC_PORT + 1, (uint8_t)at);
}

/* The place is read back from the chip each time, as kernels without a variable for it do. */
static void put(char c)
{
    unsigned at = cursor();
    if (c == '\n')
        at += COLUMNS - at % COLUMNS;
    else
        screen[at++] = (uint16_t)(0x0700 | (uint8_t)c);
    if (at >= (ROWS - 1) * COLUMNS) {
        for (unsigned i = 0; i < (ROWS - 2) * COLUMNS; i++)
            screen[i] = screen[i + COLUMNS];
        at -= COLUMNS;
        for (unsigned i = 0; i < COLUMNS; i++)
            screen[(ROWS - 2) * COLUMNS + i] = 0x0720;
    }
    set_cursor(at);
}

static uint8_t bcd(uint8_t reg)
{
    kit_out8(BOARD_RTC_PORT, reg);
    return kit_in8(BOARD_RTC_PORT + 1);
}

/* Reads the date twice, until both are the same and no update runs. */
static void date(void)
{
    uint8_t a[3], b[3];
    do {
        for (unsigned i = 0; i < 3; i++)
            a[i] = bcd((uint8_t)(7 + i));
        for (unsigned i = 0; i < 3; i++)
            b[i] = bcd((uint8_t)(7 + i));
    } while ((bcd(10) & 0x80) != 0 || memcmp(a, b, sizeof a) != 0);
    kit_printf("date 20%02x-%02x-%02x, %s\n", a[2], a[1], a[0],
               (bcd(11) & 4) != 0 ? "binary" : "BCD");
}

int main(void)
{
    static const char map[] = "..1234567890-=..qwertyuiop[]..asdfghjkl;'`.\\zxcvbnm,./";
    kit_on(VECTOR_BASE + BOARD_IRQ_KBD, on_key);
    for (unsigned i = 0; i < ROWS * COLUMNS; i++)
        screen[i] = 0x0720;
    set_cursor(0);
    date();
    pic_init((uint16_t) ~(1u << BOARD_IRQ_KBD));
    while ((kit_in8(BOARD_KBD_STATUS_PORT) & 1) != 0)
        (void)kit_in8(BOARD_KBD_DATA_PORT);
    kit_put("press keys\n");
    for (uint32_t seen = 0;; seen++) {
        wait_for(&keys, seen + 1);
        uint8_t c = code[seen % sizeof code];
        if (c == 0x1c)
            break; /* Enter, made */
        if (c < sizeof map - 1)
            put(map[c]);
    }
    kit_check(strange == 0, "every interrupt had a byte");
    kit_printf("cursor %u, text ", cursor());
    for (unsigned i = 0; i < 8; i++)
        kit_printf("%c", (char)screen[i]);
    for (unsigned i = 0; i < ROWS; i++)
        put('\n');
    put('x');
    kit_printf("; scrolled to %u, top %02x, last %02x\n", cursor(), screen[0] & 0xff,
               screen[(ROWS - 2) * COLUMNS] & 0xff);
    return kit_failures;
}

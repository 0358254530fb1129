/*
 * The PS/2 keyboard behind an i8042: scan codes, set 1, US layout.
 *
 * Shift, Ctrl and Caps Lock are followed; keys with an E0 prefix (arrows and such) are ignored.
 * (IBM PS/2 Technical Reference, Keyboard and Auxiliary Device Controller.)
 */
#include "arch/native/native.h"

#define STATUS_OUTPUT_FULL 0x01

enum {
    KEY_CTRL = 0x1d,
    KEY_SHIFT_LEFT = 0x2a,
    KEY_SHIFT_RIGHT = 0x36,
    KEY_CAPS_LOCK = 0x3a,
    KEY_RELEASED = 0x80,
    KEY_PREFIX = 0xe0,
};

/* By scan code 00h to 39h; 0: no character. */
static const char plain[0x3a] =
    "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[0x3a] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static bool shift, ctrl, caps, prefix;

void keyboard_init(void)
{
    while (port_in8(BOARD_KBD_STATUS_PORT) & STATUS_OUTPUT_FULL)
        (void)port_in8(BOARD_KBD_DATA_PORT);
    pic_enable(BOARD_IRQ_KBD);
}

static char key_character(uint8_t key)
{
    char c = (shift ? shifted : plain)[key];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter && ctrl)
        return (char)(c & 0x1f);
    return letter && caps ? (char)(c ^ 0x20) : c;
}

static void key_event(uint8_t key, bool down)
{
    if (key == KEY_SHIFT_LEFT || key == KEY_SHIFT_RIGHT)
        shift = down;
    else if (key == KEY_CTRL)
        ctrl = down;
    else if (key == KEY_CAPS_LOCK)
        caps ^= down;
    else if (down && key < sizeof plain && key_character(key) != 0)
        console_input(key_character(key));
}

void keyboard_irq(void)
{
    if (!(port_in8(BOARD_KBD_STATUS_PORT) & STATUS_OUTPUT_FULL))
        return;
    uint8_t code = port_in8(BOARD_KBD_DATA_PORT);
    if (!prefix && code != KEY_PREFIX)
        key_event(code & (uint8_t)~KEY_RELEASED, !(code & KEY_RELEASED));
    prefix = code == KEY_PREFIX;
}

/* Typed characters as keys: every one is read back as a keyboard driver reads it. */
#include <criterion/criterion.h>

#include <string.h>

#include "cli/keys.h"
#include "dev/ps2kbd.h"

/* What set 1's codes 00h to 39h are on a US keyboard, without and with Shift: a driver's tables. */
static const char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

struct driver {
    bool shift, ctrl, extended, release;
    unsigned down; /* keys held */
    int character; /* typed last, or -1 */
    uint8_t arrow; /* set 1 code of the last extended key */
};

static void key(struct driver *d, uint8_t code, bool up)
{
    d->down += up ? -1u : 1u;
    if (code == 0x2a)
        d->shift = !up;
    else if (code == 0x1d)
        d->ctrl = !up;
    else if (!up && d->extended)
        d->arrow = code;
    else if (!up)
        d->character = d->ctrl ? plain[code] & 0x1f : d->shift ? shifted[code] : plain[code];
}

static void hear(struct driver *d, const uint8_t *codes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (codes[i] == 0xe0) {
            d->extended = true;
        } else if (codes[i] == 0xf0) {
            d->release = true;
        } else {
            key(d, ps2_set2_to_set1[codes[i]], d->release);
            d->extended = d->release = false;
        }
    }
}

static struct driver type(const char *typed, unsigned n, unsigned *taken)
{
    struct driver d = {.character = -1};
    uint8_t codes[KEYS_MOST];
    unsigned count = 99;
    *taken = keys_take((const unsigned char *)typed, n, codes, &count);
    cr_assert_leq(count, KEYS_MOST);
    hear(&d, codes, count);
    cr_assert_eq(d.down, 0, "every key is let go");
    cr_assert_not(d.extended || d.release);
    return d;
}

Test(keys, every_printable_character_is_typed)
{
    for (char c = ' '; c < 127; c++) {
        unsigned taken;
        struct driver d = type(&c, 1, &taken);
        cr_expect_eq(d.character, c, "'%c' came as %d", c, d.character);
        cr_expect_eq(taken, 1);
    }
}

Test(keys, control_characters_are_their_keys_or_ctrl_and_a_letter)
{
    for (char c = 1; c < 27; c++) {
        unsigned taken;
        int expected = c == '\n' ? '\r' : c;
        cr_expect_eq(type(&c, 1, &taken).character, expected, "control character %d", c);
    }
    unsigned taken;
    cr_expect_eq(type("\177", 1, &taken).character, '\b', "DEL is Backspace");
    cr_expect_eq(type("\033", 1, &taken).character, '\033');
}

Test(keys, what_no_key_types_is_passed_over)
{
    unsigned taken;
    cr_expect_eq(type("\0", 1, &taken).character, -1);
    cr_expect_eq(taken, 1);
    cr_expect_eq(type("\303\244", 2, &taken).character, -1);
    cr_expect_eq(taken, 1);
}

Test(keys, a_terminals_arrows_are_keys_with_a_prefix)
{
    static const struct {
        const char *text;
        uint8_t code;
    } arrows[] = {{"\033[A", 0x48},  {"\033[B", 0x50},  {"\033OC", 0x4d},  {"\033[D", 0x4b},
                  {"\033[H", 0x47},  {"\033OF", 0x4f},  {"\033[2~", 0x52}, {"\033[3~", 0x53},
                  {"\033[5~", 0x49}, {"\033[6~", 0x51}, {"\033[1~", 0x47}, {"\033[4~", 0x4f}};
    for (unsigned i = 0; i < sizeof arrows / sizeof *arrows; i++) {
        unsigned taken, n = (unsigned)strlen(arrows[i].text);
        struct driver d = type(arrows[i].text, n, &taken);
        cr_expect_eq(d.arrow, arrows[i].code, "%s", arrows[i].text + 1);
        cr_expect_eq(d.character, -1);
        cr_expect_eq(taken, n);
    }
}

Test(keys, a_sequence_cut_short_is_escape_and_what_follows)
{
    unsigned taken;
    cr_expect_eq(type("\033[", 2, &taken).character, '\033');
    cr_expect_eq(taken, 1);
    cr_expect_eq(type("\033x", 2, &taken).character, '\033');
    cr_expect_eq(taken, 1);
}

/*
 * The US keyboard: see keys.h.
 */
#include "keys.h"

#include <stdbool.h>
#include <stddef.h>

#define UP       0xf0
#define EXTENDED 0xe0
#define SHIFT    0x12
#define CTRL     0x14

static const struct key {
    char plain, shifted; /* shifted 0: the plain one again */
    uint8_t code;
} keys[] = {
    {'a', 'A', 0x1c}, {'b', 'B', 0x32},  {'c', 'C', 0x21}, {'d', 'D', 0x23},  {'e', 'E', 0x24},
    {'f', 'F', 0x2b}, {'g', 'G', 0x34},  {'h', 'H', 0x33}, {'i', 'I', 0x43},  {'j', 'J', 0x3b},
    {'k', 'K', 0x42}, {'l', 'L', 0x4b},  {'m', 'M', 0x3a}, {'n', 'N', 0x31},  {'o', 'O', 0x44},
    {'p', 'P', 0x4d}, {'q', 'Q', 0x15},  {'r', 'R', 0x2d}, {'s', 'S', 0x1b},  {'t', 'T', 0x2c},
    {'u', 'U', 0x3c}, {'v', 'V', 0x2a},  {'w', 'W', 0x1d}, {'x', 'X', 0x22},  {'y', 'Y', 0x35},
    {'z', 'Z', 0x1a}, {'1', '!', 0x16},  {'2', '@', 0x1e}, {'3', '#', 0x26},  {'4', '$', 0x25},
    {'5', '%', 0x2e}, {'6', '^', 0x36},  {'7', '&', 0x3d}, {'8', '*', 0x3e},  {'9', '(', 0x46},
    {'0', ')', 0x45}, {'`', '~', 0x0e},  {'-', '_', 0x4e}, {'=', '+', 0x55},  {'[', '{', 0x54},
    {']', '}', 0x5b}, {'\\', '|', 0x5d}, {';', ':', 0x4c}, {'\'', '"', 0x52}, {',', '<', 0x41},
    {'.', '>', 0x49}, {'/', '?', 0x4a},  {' ', 0, 0x29},   {'\t', 0, 0x0d},   {'\r', 0, 0x5a},
    {'\n', 0, 0x5a},  {0x7f, 0, 0x66},   {'\b', 0, 0x66},  {0x1b, 0, 0x76},
};

/* What terminals send (ECMA-48 with xterm's and the VT220's keys) for keys with the E0h prefix. */
static const struct sequence {
    const char *text; /* behind ESC */
    uint8_t code;
} sequences[] = {
    {"[A", 0x75},  {"[B", 0x72},  {"[C", 0x74},  {"[D", 0x6b},  {"OA", 0x75},  {"OB", 0x72},
    {"OC", 0x74},  {"OD", 0x6b},  {"[H", 0x6c},  {"[F", 0x69},  {"OH", 0x6c},  {"OF", 0x69},
    {"[1~", 0x6c}, {"[4~", 0x69}, {"[2~", 0x70}, {"[3~", 0x71}, {"[5~", 0x7d}, {"[6~", 0x7a},
};

static unsigned put(uint8_t *to, unsigned n, uint8_t code)
{
    to[n] = code;
    return n + 1;
}

static unsigned press(uint8_t *to, uint8_t modifier, bool extended, uint8_t code)
{
    unsigned n = 0;
    if (modifier)
        n = put(to, n, modifier);
    if (extended)
        n = put(to, n, EXTENDED);
    n = put(to, n, code);
    if (extended)
        n = put(to, n, EXTENDED);
    n = put(to, n, UP);
    n = put(to, n, code);
    if (modifier) {
        n = put(to, n, UP);
        n = put(to, n, modifier);
    }
    return n;
}

/* Length of `text` if typed begins with it. */
static unsigned begins(const unsigned char *typed, unsigned n, const char *text)
{
    unsigned i = 0;
    while (i < n && text[i] && typed[i] == (unsigned char)text[i])
        i++;
    return text[i] ? 0 : i;
}

static const struct key *find(unsigned char typed, bool *shift)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        *shift = keys[i].shifted && typed == (unsigned char)keys[i].shifted;
        if (*shift || typed == (unsigned char)keys[i].plain)
            return &keys[i];
    }
    return NULL;
}

unsigned keys_take(const unsigned char *typed, unsigned n, uint8_t codes[KEYS_MOST],
                   unsigned *count)
{
    enum { ESCAPE = 0x1b, LAST_CONTROL = 0x1a };
    bool shift = false;
    for (size_t i = 0; typed[0] == ESCAPE && i < sizeof sequences / sizeof *sequences; i++) {
        unsigned length = begins(typed + 1, n - 1, sequences[i].text);
        if (length) {
            *count = press(codes, 0, true, sequences[i].code);
            return 1 + length;
        }
    }
    const struct key *key = find(typed[0], &shift);
    uint8_t modifier = shift ? SHIFT : 0;
    if (!key && typed[0] && typed[0] <= LAST_CONTROL) {
        key = find((unsigned char)(typed[0] + 'a' - 1), &shift);
        modifier = CTRL;
    }
    *count = key ? press(codes, modifier, false, key->code) : 0;
    return 1;
}

/*
 * What is typed, as the keys of a keyboard: a terminal sends characters, a PS/2 keyboard sends
 * which key went down and up (scan codes of set 2; IBM PS/2 Hardware Interface Technical Reference,
 * Keyboards). The layout is the US one.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdint.h>

/* Bytes that one typed character makes: a modifier, a prefixed key, both up. */
#define KEYS_MOST 12

/*
 * Takes one key off typed[0..n), n > 0: a character, a control character (Ctrl and its letter), or
 * a terminal's sequence for an arrow or its neighbours. Returns how many bytes of it there were;
 * codes gets the scan codes, *count of them (0: no such key).
 */
unsigned keys_take(const unsigned char *typed, unsigned n, uint8_t codes[KEYS_MOST],
                   unsigned *count);

#endif

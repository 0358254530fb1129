/*
 * Numbers as people write and read them.
 */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A whole number in decimal or 0x hexadecimal, nothing before or after it, below 2^64. Signs,
 * spaces, fractions and exponents are refused.
 */
bool number_parse(const char *text, uint64_t *value);

#define NUMBER_TEXT 32

/* "1,234,567" into text[NUMBER_TEXT]; returns text. */
const char *number_grouped(char *text, uint64_t value);

/* At most 6 characters: "999", "12.3k", "4.56M", "1.23G". Returns text. */
const char *number_short(char *text, uint64_t value);

#endif

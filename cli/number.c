/*
 * Numbers: see number.h.
 */
#include "number.h"

#include <stdio.h>
#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

bool number_parse(const char *text, uint64_t *value)
{
    unsigned base = 10;
    uint64_t v = 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned d = (unsigned)digit_of(*text);
        if (d >= base || v > (UINT64_MAX - d) / base)
            return false;
        v = v * base + d;
    }
    *value = v;
    return true;
}

const char *number_grouped(char *text, uint64_t value)
{
    char digits[NUMBER_TEXT];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    char *to = text;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return text;
}

const char *number_short(char *text, uint64_t value)
{
    static const char units[] = " kMGTPE";
    double v = (double)value;
    unsigned unit = 0;
    if (value < 10000) {
        (void)snprintf(text, NUMBER_TEXT, "%llu", (unsigned long long)value);
        return text;
    }
    while (v >= 999.5 && units[unit + 1]) {
        v /= 1000;
        unit++;
    }
    (void)snprintf(text, NUMBER_TEXT,
                   v < 9.995   ? "%.2f%c"
                   : v < 99.95 ? "%.1f%c"
                               : "%.0f%c",
                   v, units[unit]);
    return text;
}

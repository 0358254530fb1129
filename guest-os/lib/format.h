/*
 * printf's formatting, without the printing: every character goes to a function of the caller's.
 *
 * Understands %d %u %x %c %s %% with `-`, `0`, a width, `*`, and the lengths l, ll and z. No
 * floating point, no precision.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Where formatted characters go: put(sink, c) for each. */
struct format_sink {
    void (*put)(struct format_sink *sink, char c);
};

void format(struct format_sink *sink, const char *text, va_list args);

/* Formats into `buffer`, cutting off what does not fit; always ends with a zero byte. */
void format_buffer(char *buffer, size_t size, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

#endif

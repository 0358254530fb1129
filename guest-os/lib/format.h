/*
 * printf's formatting, without the printing: into a buffer of the caller's.
 *
 * Understands %d %u %x %c %s %% with `-`, `0`, a width, and the lengths l, ll and z. No floating
 * point, no precision. What does not fit is cut off; a zero byte always ends it.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Both return how many bytes are in the buffer, without the zero. */
size_t format_list(char *buffer, size_t size, const char *text, va_list args);
size_t format(char *buffer, size_t size, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

#endif

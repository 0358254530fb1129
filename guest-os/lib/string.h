/*
 * Memory and string functions, shared by the kernel, the user programs and the kit.
 *
 * The compiler may call memcpy, memmove, memset and memcmp on its own; the rest is what Bantam
 * uses. There is no libc and no libgcc below this.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/* Copies at most size - 1 characters and always ends the copy with a zero byte. */
void string_copy(char *to, const char *from, size_t size);

/* Reads a decimal number; false, and *value untouched, when `s` is not one or does not fit. */
bool string_number(const char *s, uint32_t *value);

static inline bool char_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline char char_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

#endif

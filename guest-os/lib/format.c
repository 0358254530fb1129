/*
 * printf's formatting. See format.h for what it understands.
 */
#include "lib/format.h"
#include "lib/string.h"

struct output {
    char *at, *last; /* the last byte is the closing zero's */
};

/* One conversion: what stands between the % and its letter. */
struct spec {
    bool left;
    char pad;
    unsigned width;
    unsigned longs; /* how many l; 2 means 64 bits */
};

static void put(struct output *out, char c)
{
    if (out->at < out->last)
        *out->at++ = c;
}

static void put_field(struct output *out, const struct spec *spec, const char *s, size_t n)
{
    for (size_t i = n; i < spec->width && !spec->left; i++)
        put(out, spec->pad);
    for (size_t i = 0; i < n; i++)
        put(out, s[i]);
    for (size_t i = n; i < spec->width && spec->left; i++)
        put(out, ' ');
}

static void put_number(struct output *out, const struct spec *spec, uint64_t v, unsigned base,
                       bool negative)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    if (negative)
        digits[--at] = '-';
    put_field(out, spec, digits + at, sizeof digits - at);
}

static const char *read_spec(const char *text, struct spec *spec)
{
    *spec = (struct spec){.pad = ' '};
    for (; *text == '-' || *text == '0'; text++) {
        spec->left |= *text == '-';
        spec->pad = *text == '0' ? '0' : spec->pad;
    }
    for (; *text >= '0' && *text <= '9'; text++)
        spec->width = spec->width * 10 + (unsigned)(*text - '0');
    for (; *text == 'l' || *text == 'z'; text++)
        spec->longs += *text == 'l';
    return text;
}

static void put_conversion(struct output *out, const struct spec *spec, char letter, va_list *args)
{
    if (letter == 'd') {
        int64_t v = spec->longs == 2 ? va_arg(*args, long long) : va_arg(*args, int);
        put_number(out, spec, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0);
    } else if (letter == 'u' || letter == 'x') {
        uint64_t v = spec->longs == 2 ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned);
        put_number(out, spec, v, letter == 'x' ? 16 : 10, false);
    } else if (letter == 's') {
        const char *s = va_arg(*args, const char *);
        put_field(out, spec, s, strlen(s));
    } else if (letter == 'c') {
        char c = (char)va_arg(*args, int);
        put_field(out, spec, &c, 1);
    } else {
        put(out, letter);
    }
}

size_t format_list(char *buffer, size_t size, const char *text, va_list args)
{
    struct output out = {buffer, buffer + size - 1};
    va_list rest;
    va_copy(rest, args);
    for (; *text != 0; text++) {
        if (*text != '%') {
            put(&out, *text);
            continue;
        }
        struct spec spec;
        text = read_spec(text + 1, &spec);
        if (*text == 0)
            break;
        put_conversion(&out, &spec, *text, &rest);
    }
    va_end(rest);
    *out.at = 0;
    return (size_t)(out.at - buffer);
}

size_t format(char *buffer, size_t size, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    size_t n = format_list(buffer, size, text, args);
    va_end(args);
    return n;
}

/*
 * printf's formatting. See format.h for what it understands.
 */
#include "lib/format.h"
#include "lib/string.h"

/* One conversion: what stands between the % and its letter. */
struct spec {
    bool left;
    char pad;
    unsigned width;
    unsigned longs; /* how many l; 2 means 64 bits */
};

static void put_repeated(struct format_sink *sink, char c, unsigned n)
{
    for (; n > 0; n--)
        sink->put(sink, c);
}

static void put_field(struct format_sink *sink, const struct spec *spec, const char *s, size_t n)
{
    unsigned fill = spec->width > n ? spec->width - (unsigned)n : 0;
    if (!spec->left)
        put_repeated(sink, spec->pad, fill);
    for (size_t i = 0; i < n; i++)
        sink->put(sink, s[i]);
    if (spec->left)
        put_repeated(sink, ' ', fill);
}

static void put_number(struct format_sink *sink, const struct spec *spec, uint64_t v, unsigned base,
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
    put_field(sink, spec, digits + at, sizeof digits - at);
}

static const char *read_spec(const char *text, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.pad = ' '};
    for (; *text == '-' || *text == '0'; text++) {
        spec->left |= *text == '-';
        spec->pad = *text == '0' ? '0' : spec->pad;
    }
    if (*text == '*') {
        spec->width = va_arg(*args, unsigned);
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++)
        spec->width = spec->width * 10 + (unsigned)(*text - '0');
    for (; *text == 'l' || *text == 'z'; text++)
        spec->longs += *text == 'l';
    return text;
}

static void put_conversion(struct format_sink *sink, const struct spec *spec, char letter,
                           va_list *args)
{
    if (letter == 'd') {
        int64_t v = spec->longs == 2 ? va_arg(*args, long long) : va_arg(*args, int);
        put_number(sink, spec, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0);
    } else if (letter == 'u' || letter == 'x') {
        uint64_t v = spec->longs == 2 ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned);
        put_number(sink, spec, v, letter == 'x' ? 16 : 10, false);
    } else if (letter == 's') {
        const char *s = va_arg(*args, const char *);
        put_field(sink, spec, s, strlen(s));
    } else if (letter == 'c') {
        char c = (char)va_arg(*args, int);
        put_field(sink, spec, &c, 1);
    } else {
        sink->put(sink, letter);
    }
}

void format(struct format_sink *sink, const char *text, va_list args)
{
    va_list rest;
    va_copy(rest, args);
    for (; *text != 0; text++) {
        if (*text != '%') {
            sink->put(sink, *text);
            continue;
        }
        struct spec spec;
        text = read_spec(text + 1, &spec, &rest);
        if (*text == 0)
            break;
        put_conversion(sink, &spec, *text, &rest);
    }
    va_end(rest);
}

struct buffer_sink {
    struct format_sink sink;
    char *at;
    char *last; /* keeps room for the closing zero */
};

static void buffer_put(struct format_sink *sink, char c)
{
    struct buffer_sink *b = (struct buffer_sink *)sink;
    if (b->at < b->last)
        *b->at++ = c;
}

void format_buffer(char *buffer, size_t size, const char *text, ...)
{
    struct buffer_sink b = {{buffer_put}, buffer, buffer + size - 1};
    va_list args;
    va_start(args, text);
    format(&b.sink, text, args);
    va_end(args);
    *b.at = 0;
}

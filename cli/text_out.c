/*
 * Collecting text: see text_out.h.
 */
#include "text_out.h"

void text_out_flush(struct text_out *o)
{
    (void)fwrite(o->text, 1, o->used, o->to);
    o->used = 0;
}

static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334"
                            "3536373839404142434445464748"
                            "4950515253545556575859606162636465666768697071727374757677787980818283"
                            "8485868788899091929394959697"
                            "9899";

void text_out_decimal(struct text_out *o, uint64_t v)
{
    char digits[20];
    unsigned at = sizeof digits;

    while (v >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * (v % 100), 2);
        v /= 100;
    }
    if (v >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * v, 2);
    } else {
        digits[--at] = (char)('0' + v);
    }
    text_out_bytes(o, digits + at, sizeof digits - at);
}

void text_out_digits(struct text_out *o, uint32_t v, unsigned n)
{
    for (unsigned i = n; i > 0; i--) {
        o->text[o->used + i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    o->used += n;
}

void text_out_hex(struct text_out *o, uint32_t v, unsigned n)
{
    for (unsigned i = n; i > 0; i--) {
        o->text[o->used + i - 1] = "0123456789abcdef"[v & 15u];
        v >>= 4;
    }
    o->used += n;
}

void text_out_string(struct text_out *o, const char *s)
{
    size_t n = strlen(s);

    if (n > TEXT_OUT_SPARE) {
        text_out_flush(o);
        (void)fwrite(s, 1, n, o->to);
        return;
    }
    text_out_room(o);
    text_out_bytes(o, s, n);
}

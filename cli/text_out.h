/*
 * Text collected in memory and written in large pieces: for traces, where stdio's formatting would
 * cost more than the simulation that is traced.
 *
 * Write errors stay in the stream (ferror), where its owner looks for them.
 */
#ifndef CLI_TEXT_OUT_H
#define CLI_TEXT_OUT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_OUT_SIZE  65536u
#define TEXT_OUT_SPARE 512u /* always free: what may be put between two text_out_room */

struct text_out {
    FILE *to;
    size_t used;
    char text[TEXT_OUT_SIZE];
};

/* Writes what was collected. */
void text_out_flush(struct text_out *o);

/* A number in decimal; one with exactly n digits; one in n hexadecimal digits. */
void text_out_decimal(struct text_out *o, uint64_t v);
void text_out_digits(struct text_out *o, uint32_t v, unsigned n);
void text_out_hex(struct text_out *o, uint32_t v, unsigned n);

/* A string of any length, as it is. */
void text_out_string(struct text_out *o, const char *s);

/* Makes room for TEXT_OUT_SPARE bytes. */
static inline void text_out_room(struct text_out *o)
{
    if (o->used > TEXT_OUT_SIZE - TEXT_OUT_SPARE)
        text_out_flush(o);
}

/* n bytes into room that was made. */
static inline void text_out_bytes(struct text_out *o, const char *s, size_t n)
{
    memcpy(o->text + o->used, s, n);
    o->used += n;
}
#define text_out_literal(o, literal) text_out_bytes((o), "" literal, sizeof(literal) - 1)

#endif

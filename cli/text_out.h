/*
 * Text collected in memory and written in large pieces: for traces, where stdio's formatting would
 * cost more than the simulation that is traced.
 *
 * One piece is one write(2), so that a killed program has lost only what it had not handed over
 * yet. Numbers are made eight digits at a time (SWAR: the digits of a number side by side in one
 * register) and copied as a whole; what is too much is overwritten by what follows.
 *
 * The first error ends the writing: the file is cut behind the last whole piece, and what comes
 * later is thrown away.
 */
#ifndef CLI_TEXT_OUT_H
#define CLI_TEXT_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sim/compiler.h"

#define TEXT_OUT_SIZE  (256u << 10) /* stays in a core's second-level cache */
#define TEXT_OUT_SPARE 4096u        /* always free: what may be put between two text_out_room */

struct text_out {
    int fd;
    int error; /* errno of the write that failed; 0: none did */
    size_t used;
    uint64_t written;                  /* bytes of whole pieces */
    uint64_t records, records_written; /* as counted by text_out_record; of whole pieces */
    bool regular;                      /* a file that began empty, not a pipe or device */
    uint64_t reserved; /* bytes of it the disk has promised; UINT64_MAX: it does not */
    char text[TEXT_OUT_SIZE];
};

/* Prepares writing to an open stream, which stays its owner's and is not to be used meanwhile. */
void text_out_init(struct text_out *o, FILE *to);

/* Hands over what was collected, in one write. */
void text_out_flush(struct text_out *o);

/* Flushes, and gives back what the disk had promised beyond the end. */
void text_out_finish(struct text_out *o);

/* A number in decimal; one with exactly n digits; one in n hexadecimal digits. */
void text_out_decimal(struct text_out *o, uint64_t v);
void text_out_digits(struct text_out *o, uint32_t v, unsigned n);
void text_out_hex(struct text_out *o, uint32_t v, unsigned n);

/* A string of any length, as it is. */
void text_out_string(struct text_out *o, const char *s);

/* Makes room for TEXT_OUT_SPARE bytes. */
static inline void text_out_room(struct text_out *o)
{
    if (SIM_UNLIKELY(o->used > TEXT_OUT_SIZE - TEXT_OUT_SPARE))
        text_out_flush(o);
}

/* The text before this is a whole record. */
static inline void text_out_record(struct text_out *o)
{
    o->records++;
}

/* n bytes into room that was made. */
static inline void text_out_bytes(struct text_out *o, const char *s, size_t n)
{
    memcpy(o->text + o->used, s, n);
    o->used += n;
}
#define text_out_literal(o, literal) text_out_bytes((o), "" literal, sizeof(literal) - 1)

/* The digits of v < 10^8 as eight bytes 0 to 9, the first digit in the lowest. */
static inline uint64_t text_digits8(uint32_t v)
{
    uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t hundreds = ((x * 10486u) >> 20) & 0x0000007f0000007fu;
    x = hundreds | (x - 100 * hundreds) << 16;
    uint64_t tens = ((x * 103u) >> 10) & 0x000f000f000f000fu;
    return tens | (x - 10 * tens) << 8;
}

/* The same as letters. */
static inline uint64_t text_letters8(uint32_t v)
{
    return text_digits8(v) | 0x3030303030303030u;
}

/* v < 10^8 in decimal at p, where eight bytes must be free; returns the end. */
static inline char *text_put_small(char *p, uint32_t v)
{
    uint64_t digits = text_digits8(v);
    unsigned zeros = SIM_CTZ64(digits | 1ull << 56) / 8;
    uint64_t letters = (digits | 0x3030303030303030u) >> (8 * zeros);
    memcpy(p, &letters, 8);
    return p + 8 - zeros;
}

/* Any v in decimal at p, where 24 bytes must be free; returns the end. */
char *text_put_large(char *p, uint64_t v);
static inline char *text_put_decimal(char *p, uint64_t v)
{
    return SIM_LIKELY(v < 100000000) ? text_put_small(p, (uint32_t)v) : text_put_large(p, v);
}

/* v as eight hexadecimal digits at p; returns the end. */
static inline char *text_put_hex8(char *p, uint32_t v)
{
    uint64_t x = v >> 16 | (uint64_t)(v & 0xffffu)
                               << 32; /* the first digits go to the lowest bytes */
    x = (x >> 8 & 0x000000ff000000ffu) | (x & 0x000000ff000000ffu) << 16;
    x = (x >> 4 & 0x000f000f000f000fu) | (x & 0x000f000f000f000fu) << 8;
    uint64_t over_nine = (x + 0x0606060606060606u) >> 4 & 0x0101010101010101u;
    x += 0x3030303030303030u + over_nine * ('a' - '0' - 10);
    memcpy(p, &x, 8);
    return p + 8;
}

#endif

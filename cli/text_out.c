/*
 * Collecting text: see text_out.h.
 */
#define _GNU_SOURCE /* fallocate */
#include "text_out.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE (4u << 20)

void text_out_init(struct text_out *o, FILE *to)
{
    struct stat st;
    (void)fflush(to);
    o->fd = fileno(to);
    o->error = 0;
    o->used = 0;
    o->written = o->records = o->records_written = 0;
    o->regular = fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
    o->reserved = o->regular ? 0 : UINT64_MAX;
}

/* Blocks promised in large steps make the writes that follow half as expensive. Whether it is done
 * changes nothing else: the file's length stays what was written. */
static void reserve(struct text_out *o)
{
    if (o->reserved == UINT64_MAX || o->written + o->used <= o->reserved || o->written < RESERVE)
        return;
    uint64_t from = o->reserved > o->written ? o->reserved : o->written;
    if (fallocate(o->fd, FALLOC_FL_KEEP_SIZE, (off_t)from, RESERVE) == 0)
        o->reserved = from + RESERVE;
    else
        o->reserved = UINT64_MAX;
}

void text_out_flush(struct text_out *o)
{
    size_t done = 0;
    if (!o->error)
        reserve(o);
    while (!o->error && done < o->used) {
        ssize_t n = write(o->fd, o->text + done, o->used - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            o->error = n == 0 ? EIO : errno;
    }
    if (!o->error) {
        o->written += o->used;
        o->records_written = o->records;
    } else if (done && o->regular) {
        (void)ftruncate(o->fd, (off_t)o->written);
    }
    o->used = 0;
}

void text_out_finish(struct text_out *o)
{
    text_out_flush(o);
    if (o->regular && o->reserved)
        (void)ftruncate(o->fd, (off_t)o->written); /* frees blocks behind the end too */
}

char *text_put_large(char *p, uint64_t v)
{
    char digits[24];
    unsigned at = sizeof digits;
    for (; v >= 100000000; v /= 100000000) {
        uint64_t letters = text_letters8((uint32_t)(v % 100000000));
        at -= 8;
        memcpy(digits + at, &letters, 8);
    }
    p = text_put_small(p, (uint32_t)v);
    memcpy(p, digits + at, sizeof digits - at);
    return p + (sizeof digits - at);
}

void text_out_decimal(struct text_out *o, uint64_t v)
{
    o->used = (size_t)(text_put_decimal(o->text + o->used, v) - o->text);
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
    for (size_t n = strlen(s); n;) {
        text_out_room(o);
        size_t part = n < TEXT_OUT_SPARE ? n : TEXT_OUT_SPARE;
        text_out_bytes(o, s, part);
        s += part;
        n -= part;
    }
}

/*
 * The bytes of a recording or a saved session, taken apart by their format: which of them are the
 * inputs, which the frames' records, which the pages. For tests that spoil files on purpose and
 * want to reach every part, however small, behind the checksum.
 *
 * The bytes must be what session_record or session_save wrote: nothing is checked.
 */
#ifndef TESTS_FUZZ_SESSION_PARTS_H
#define TESTS_FUZZ_SESSION_PARTS_H

#include "session/internal.h"

/* `count` pieces of `size` bytes, `stride` bytes apart. */
struct part {
    char name[48]; /* "vm0 p2m" */
    size_t at, size, stride, count;
};

#define PARTS_MOST 256u

struct parts {
    struct part part[PARTS_MOST];
    unsigned count;
};

/* The parts that have any bytes, in order; s is a session of the same configuration. */
void parts_of(struct session *s, const uint8_t *bytes, size_t n, struct parts *parts);

/* Where byte `offset` (modulo its size) of a part is. */
size_t part_place(const struct part *p, size_t offset);

/* Makes the checksum right again. */
void parts_seal(uint8_t *bytes, size_t n);

#endif

/*
 * State descriptors at work: hash, compare, pack and unpack any state struct field by field
 * (sim/state.h).
 *
 * On a little-endian host the bytes of an integer field are its serialized form, so all four walk
 * over bytes.
 */
#include "sim/state.h"

#include <stdbool.h>
#include <string.h>

#include "core/hash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "state is packed as the host's bytes");

static size_t field_bytes(const struct state_field *f)
{
    return (size_t)f->size * f->count;
}

#define WIDE 128u /* from so many bytes on lanes pay */

uint64_t state_hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t wide = n >= WIDE ? n & ~(size_t)31 : 0;
    hash = hash_mix(hash, n);
    if (wide)
        hash = hash_lanes(hash, p, wide);
    p += wide;
    n -= wide;
    for (; n >= 8; n -= 8, p += 8)
        hash = hash_mix(hash, hash_load(p));
    if (n) {
        uint8_t tail[8] = {0};
        memcpy(tail, p, n);
        hash = hash_mix(hash, hash_load(tail));
    }
    return hash_finish(hash);
}

/* Fields that follow each other in memory without a gap, from field `first` on: their bytes
 * together. Returns the number of the field behind them. */
static uint32_t run_of_fields(const struct state_desc *desc, uint32_t first, size_t *bytes)
{
    const struct state_field *f = &desc->fields[first];
    uint32_t i = first + 1;
    *bytes = field_bytes(f);
    while (i < desc->field_count && desc->fields[i].offset == f->offset + *bytes)
        *bytes += field_bytes(&desc->fields[i++]);
    return i;
}

uint64_t state_hash(uint64_t hash, const struct state_desc *desc, const void *data)
{
    hash = hash_mix(hash, desc->version);
    size_t bytes;
    for (uint32_t i = 0, next; i < desc->field_count; i = next) {
        next = run_of_fields(desc, i, &bytes);
        hash = state_hash_bytes(hash, (const uint8_t *)data + desc->fields[i].offset, bytes);
    }
    return hash;
}

const char *state_first_difference(const struct state_desc *desc, const void *a, const void *b)
{
    for (uint32_t i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        if (memcmp((const uint8_t *)a + f->offset, (const uint8_t *)b + f->offset, field_bytes(f)))
            return f->name;
    }
    return NULL;
}

size_t state_packed_size(const struct state_desc *desc)
{
    size_t n = 0;
    for (uint32_t i = 0; i < desc->field_count; i++)
        n += field_bytes(&desc->fields[i]);
    return n;
}

/* True if the packed form is the struct as it lies in memory. */
static bool is_plain(const struct state_desc *desc)
{
    size_t bytes;
    return desc->field_count && desc->fields[0].offset == 0 &&
           run_of_fields(desc, 0, &bytes) == desc->field_count && bytes == desc->size;
}

uint64_t state_hash_n(uint64_t hash, const struct state_desc *desc, const void *data,
                      uint32_t count)
{
    if (is_plain(desc))
        return state_hash_bytes(hash_mix(hash, desc->version), data, (size_t)desc->size * count);
    for (uint32_t n = 0; n < count; n++)
        hash = state_hash(hash, desc, (const uint8_t *)data + (size_t)n * desc->size);
    return hash;
}

void state_pack_n(const struct state_desc *desc, const void *data, uint32_t count, uint8_t *out)
{
    const uint8_t *from = data;
    if (is_plain(desc)) {
        memcpy(out, from, (size_t)desc->size * count);
        return;
    }
    for (uint32_t n = 0; n < count; n++, from += desc->size) {
        size_t bytes;
        for (uint32_t i = 0, next; i < desc->field_count; i = next, out += bytes) {
            next = run_of_fields(desc, i, &bytes);
            memcpy(out, from + desc->fields[i].offset, bytes);
        }
    }
}

void state_unpack_n(const struct state_desc *desc, void *data, uint32_t count, const uint8_t *in)
{
    uint8_t *to = data;
    if (is_plain(desc)) {
        memcpy(to, in, (size_t)desc->size * count);
        return;
    }
    for (uint32_t n = 0; n < count; n++, to += desc->size) {
        size_t bytes;
        for (uint32_t i = 0, next; i < desc->field_count; i = next, in += bytes) {
            next = run_of_fields(desc, i, &bytes);
            memcpy(to + desc->fields[i].offset, in, bytes);
        }
    }
}

void state_pack(const struct state_desc *desc, const void *data, uint8_t *out)
{
    state_pack_n(desc, data, 1, out);
}

int state_unpack(const struct state_desc *desc, void *data, const uint8_t *in, size_t n)
{
    if (n != state_packed_size(desc))
        return 0;
    state_unpack_n(desc, data, 1, in);
    return 1;
}

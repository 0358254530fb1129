/*
 * State descriptors at work: hash, compare, pack and unpack any state struct field by field
 * (sim/state.h).
 *
 * On a little-endian host the bytes of an integer field are its serialized form, so all four walk
 * over bytes.
 */
#include "sim/state.h"

#include <string.h>

#include "core/hash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "state is packed as the host's bytes");

static size_t field_bytes(const struct state_field *f)
{
    return (size_t)f->size * f->count;
}

uint64_t state_hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    hash = hash_mix(hash, n);
    for (; n >= 8; n -= 8, p += 8)
        hash = hash_mix(hash, hash_load(p));
    if (n) {
        uint8_t tail[8] = {0};
        memcpy(tail, p, n);
        hash = hash_mix(hash, hash_load(tail));
    }
    return hash_finish(hash);
}

uint64_t state_hash(uint64_t hash, const struct state_desc *desc, const void *data)
{
    hash = hash_mix(hash, desc->version);
    for (uint32_t i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        hash = state_hash_bytes(hash, (const uint8_t *)data + f->offset, field_bytes(f));
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

void state_pack(const struct state_desc *desc, const void *data, uint8_t *out)
{
    for (uint32_t i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        memcpy(out, (const uint8_t *)data + f->offset, field_bytes(f));
        out += field_bytes(f);
    }
}

int state_unpack(const struct state_desc *desc, void *data, const uint8_t *in, size_t n)
{
    if (n != state_packed_size(desc))
        return 0;
    for (uint32_t i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        memcpy((uint8_t *)data + f->offset, in, field_bytes(f));
        in += field_bytes(f);
    }
    return 1;
}

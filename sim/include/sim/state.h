/*
 * State descriptors: every struct that is saved, hashed, compared or migrated is listed field by
 * field, so that hashes never see padding and tools can name what differs.
 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <stddef.h>
#include <stdint.h>

struct state_field {
    const char *name;
    uint32_t offset;
    uint16_t size;  /* bytes of one element: 1, 2, 4 or 8 */
    uint32_t count; /* elements */
};

struct state_desc {
    const char *name;
    uint32_t version;
    uint32_t size; /* sizeof the struct */
    const struct state_field *fields;
    uint32_t field_count;
};

/* One field (integer or array of integers) of a state struct; ELEM is one element of it. */
#define STATE_FIELD(type, member)                                                                  \
    {                                                                                              \
#member, (uint32_t)offsetof(struct type, member),                                          \
            (uint16_t)sizeof(((struct type *)0)->member), 1                                        \
    }
#define STATE_ARRAY(type, member)                                                                  \
    {                                                                                              \
#member, (uint32_t)offsetof(struct type, member),                                          \
            (uint16_t)sizeof(((struct type *)0)->member[0]),                                       \
            (uint32_t)(sizeof(((struct type *)0)->member) / sizeof(((struct type *)0)->member[0])) \
    }
/* A member without padding inside (a struct, an array of them), as the bytes it lies in memory. */
#define STATE_BYTES(type, member)                                                                  \
    {                                                                                              \
#member, (uint32_t)offsetof(struct type, member), 1,                                       \
            (uint32_t)sizeof(((struct type *)0)->member)                                           \
    }
/* Defines `const struct state_desc NAME_desc` for struct TYPE over a field list. */
#define STATE_DESC(var, type, ver, list)                                                           \
    const struct state_desc var = {#type, ver, (uint32_t)sizeof(struct type), list,                \
                                   (uint32_t)(sizeof(list) / sizeof((list)[0]))}

/* One saved blob: where it is and what it is. */
struct state_blob {
    const struct state_desc *desc;
    void *data;
    uint32_t instance; /* tells equal descriptors apart, e.g. master and slave 8259A */
};

#define STATE_HASH_SEED 0x52696e6773696465ull

/* Folds all fields, as little-endian numbers, into a running 64-bit hash. Same result on every
 * host that aligns numbers naturally: fields without a gap between them are folded as one piece. */
uint64_t state_hash(uint64_t hash, const struct state_desc *desc, const void *data);

/* The same for `count` structs that lie one behind the other; as one piece where they have no
 * padding. */
uint64_t state_hash_n(uint64_t hash, const struct state_desc *desc, const void *data,
                      uint32_t count);

/* Folds n raw bytes into a running hash. */
uint64_t state_hash_bytes(uint64_t hash, const void *bytes, size_t n);

/* Name of the first field that differs between two states, or null if none does. */
const char *state_first_difference(const struct state_desc *desc, const void *a, const void *b);

/*
 * Serializes all fields little-endian into out (at least state_packed_size bytes) and back.
 * state_unpack never reads outside in[0..n); returns 0 if n is not exactly the packed size, 1
 * otherwise.
 */
size_t state_packed_size(const struct state_desc *desc);
void state_pack(const struct state_desc *desc, const void *data, uint8_t *out);
int state_unpack(const struct state_desc *desc, void *data, const uint8_t *in, size_t n);

/*
 * The same for `count` structs that lie one behind the other; as fast as a copy where the struct
 * has no padding. in and out: count times state_packed_size bytes.
 */
void state_pack_n(const struct state_desc *desc, const void *data, uint32_t count, uint8_t *out);
void state_unpack_n(const struct state_desc *desc, void *data, uint32_t count, const uint8_t *in);

#endif

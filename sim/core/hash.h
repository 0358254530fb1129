/*
 * The mixing step of all state hashes, defined on 64-bit numbers read little-endian from bytes, so
 * that a hash is the same on every host. It tells states apart; it is no defence against somebody
 * who looks for collisions.
 */
#ifndef SIM_CORE_HASH_H
#define SIM_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_PRIME_1 0x9e3779b97f4a7c15ull /* 2^64 / golden ratio, odd */
#define HASH_PRIME_2 0xff51afd7ed558ccdull /* an odd constant with good avalanche */

/* Folds one number into a hash. For a fixed hash it is a bijection of the number, and the other way
 * round. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * HASH_PRIME_1;
    return hash ^ (hash >> 29);
}

/* Spreads every bit over the whole word; used once at the end of a block. */
static inline uint64_t hash_finish(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= HASH_PRIME_2;
    return hash ^ (hash >> 32);
}

/* Eight bytes as a number. The project supports little-endian hosts (sim/core/state.c asserts it).
 */
static inline uint64_t hash_load(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Folds n bytes, a multiple of 32, in four lanes that do not wait for each other. */
static inline uint64_t hash_lanes(uint64_t hash, const uint8_t *p, size_t n)
{
    uint64_t a = hash, b = hash + 1, c = hash + 2, d = hash + 3;
    for (size_t i = 0; i < n; i += 32) {
        a = hash_mix(a, hash_load(p + i));
        b = hash_mix(b, hash_load(p + i + 8));
        c = hash_mix(c, hash_load(p + i + 16));
        d = hash_mix(d, hash_load(p + i + 24));
    }
    return hash_mix(hash_mix(hash_mix(a, b), c), d);
}

#endif

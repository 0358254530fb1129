/*
 * The one door to the host's heap. Everything in sim and hv allocates here, so that a test can make
 * the n-th allocation fail (it wraps sim_alloc at link time) and see a clean error and no leak.
 */
#ifndef SIM_ALLOC_H
#define SIM_ALLOC_H

#include <stddef.h>

/* count * size zeroed bytes, or null if the host has no memory or the product overflows. The caller
 * owns them. */
void *sim_alloc(size_t count, size_t size);

/* Gives memory from sim_alloc back; null is allowed. */
void sim_free(void *memory);

#endif

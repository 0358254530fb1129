/*
 * The time-stamp counter (SDM v2, RDTSC). Not privileged while CR4.TSD = 0, so user and kernel
 * share it.
 */
#ifndef LIB_CYCLES_H
#define LIB_CYCLES_H

#include <stdint.h>

static inline uint64_t cycles_now(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

#endif

/* sieve [N]: N times the primes among 8,191 odd numbers (Gilbreath, BYTE, September 1981). */
#include "user/bench/lib/bench.h"

#define FLAGS 8191u

static uint8_t flags[FLAGS];

static uint32_t step(uint32_t i)
{
    (void)i;
    uint32_t count = 0;
    memset(flags, 1, FLAGS);
    for (uint32_t k = 0; k < FLAGS; k++) {
        if (!flags[k])
            continue;
        uint32_t prime = k + k + 3;
        for (uint32_t m = k + prime; m < FLAGS; m += prime)
            flags[m] = 0;
        count++;
    }
    return count;
}

const struct benchmark benchmark = {.name = "sieve", .count = 20, .step = step};

/*
 * 64-bit division for a 32-bit machine: the functions gcc calls for `/` and `%` on unsigned 64-bit
 * numbers. (Nobody here divides signed ones.)
 *
 * They normally come from libgcc, which a bare i686 build does not have. The names and meanings are
 * libgcc's (GCC Internals, Integer library routines). Division by zero raises #DE, as DIV does.
 */
#include <stdint.h>

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);

/* The divisor fits DIV: two steps of schoolbook division with 32-bit digits. */
static uint64_t divide_by_word(uint64_t n, uint32_t d, uint64_t *rest)
{
    uint32_t high = (uint32_t)(n >> 32);
    uint32_t low = (uint32_t)n;
    uint32_t quotient_high, quotient_low, remainder;
    __asm__("divl %4" : "=a"(quotient_high), "=d"(remainder) : "a"(high), "d"(0), "rm"(d));
    __asm__("divl %4" : "=a"(quotient_low), "=d"(remainder) : "a"(low), "d"(remainder), "rm"(d));
    *rest = remainder;
    return (uint64_t)quotient_high << 32 | quotient_low;
}

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest)
{
    if (d >> 32 == 0)
        return divide_by_word(n, (uint32_t)d, rest);
    uint64_t quotient = 0;
    uint64_t part = n >> 32; /* a quotient by 2^32 or more has at most 32 bits */
    for (int bit = 31; bit >= 0; bit--) {
        part = part << 1 | (n >> bit & 1);
        quotient <<= 1;
        if (part >= d) {
            part -= d;
            quotient |= 1;
        }
    }
    *rest = part;
    return quotient;
}

uint64_t __udivdi3(uint64_t n, uint64_t d)
{
    uint64_t rest;
    return __udivmoddi4(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d)
{
    uint64_t rest;
    (void)__udivmoddi4(n, d, &rest);
    return rest;
}

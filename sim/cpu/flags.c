/*
 * EFLAGS as a whole, assembled from the lazy arithmetic flags and the rest.
 */
#include "cpu/flags.h"

#include "cpu/cache.h"

uint32_t cpu_eflags(const struct cpu *c)
{
    return (c->s.eflags & ~FLAG_ARITH) | flags_arith_bits(c) | FLAG_FIXED1;
}

void cpu_set_eflags(struct cpu *c, uint32_t eflags)
{
    uint32_t changed = c->s.eflags ^ eflags;

    c->s.eflags = eflags | FLAG_FIXED1;
    flags_set_arith(c, eflags);
    if (changed & FLAG_AC)
        cache_choose_fast(c);
    if (changed & (FLAG_IF | FLAG_TF | FLAG_RF))
        cpu_kick(c);
}

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
    /* What the run loop must see at the next boundary: stepping, and a request that IF now lets in.
     */
    if ((eflags & (FLAG_TF | FLAG_RF)) || ((changed & eflags & FLAG_IF) && c->s.intr))
        c->run_until = 0;
    if (changed & FLAG_AC) /* last, so that the usual way needs no stack frame */
        cache_choose_fast(c);
}

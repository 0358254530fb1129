/*
 * The two-level page walk, as a function. Its body is in the header so that the TLB's miss path can
 * have it inline.
 *
 * Accessed bits are set only when the whole walk succeeded; a walk that faults changes nothing.
 */
#include "sim/walk.h"

bool mmu_walk(const struct walk_ops *ops, void *opaque, const struct walk_mode *mode,
              uint32_t linear, enum cpu_access access, bool user, struct walk_result *r)
{
    return mmu_walk_inline(ops, opaque, mode, linear, access, user, r);
}

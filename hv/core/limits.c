/* The limits of a run, as hv_run was told them: asked wherever one may be met. */
#include "core/internal.h"

bool hv_limits_reached(const struct hv *hv, uint64_t exits)
{
    const struct cpu_state *s = &hv->machine->cpu.s;
    return s->cycle >= hv->limits.cycle || s->icount >= hv->limits.icount ||
           exits >= hv->limits.exits;
}

bool hv_limit_reached(const struct hv *hv)
{
    return hv_limits_reached(hv, 0);
}

/* See world.h. */
#include "world.h"

#include <string.h>

static uint32_t world_read(void *opaque, uint32_t mfn, unsigned slot)
{
    struct world *w = opaque;
    return w->entry[mfn][slot];
}

static void world_write(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry)
{
    struct world *w = opaque;
    w->entry[mfn][slot] = entry;
}

static uint32_t world_hypervisor_entry(void *opaque, unsigned slot)
{
    (void)opaque;
    (void)slot;
    return WORLD_HV_ENTRY;
}

static void world_flush(void *opaque)
{
    struct world *w = opaque;
    w->flushes++;
    pv_mmu_flushed(&w->mmu);
    if (w->on_flush)
        w->on_flush(w);
}

static void world_charge(void *opaque, enum hv_cost key, unsigned n)
{
    struct world *w = opaque;
    w->charged[key] += n;
}

static void world_released(void *opaque, uint32_t mfn)
{
    struct world *w = opaque;
    w->released[w->released_count++ % WORLD_FRAMES] = mfn;
}

static bool world_allowed(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry)
{
    struct world *w = opaque;
    (void)mfn;
    (void)slot;
    return w->vetoed == 0 || entry != w->vetoed;
}

/* Descriptors: the low half gets bit 0 cleared, the high half bit 1 set if it has bit 0; bit 31 may
 * not stand. */
static bool world_descriptor(void *opaque, uint32_t *lo, uint32_t *hi)
{
    const struct world *w = opaque;
    if (w->plain_descriptors)
        return true;
    if (*hi & 0x80000000u)
        return false;
    *lo &= ~1u;
    *hi |= (*hi & 1u) << 1;
    return true;
}

const struct pv_mmu_ops world_ops = {
    .read = world_read,
    .write = world_write,
    .hypervisor_entry = world_hypervisor_entry,
    .flush = world_flush,
    .charge = world_charge,
    .released = world_released,
    .allowed = world_allowed,
    .descriptor = world_descriptor,
};

void world_init(struct world *w, unsigned frames, unsigned slots, unsigned guest_slots)
{
    memset(w, 0, sizeof *w);
    w->frames = frames;
    for (unsigned f = 1; f < frames; f++) {
        w->frame[f].owner = f + 1 < frames ? WORLD_OWNER : WORLD_OWNER + 1;
        w->frame[f].refs = 1;
    }
    w->mmu = (struct pv_mmu){
        .frames = w->frame,
        .frame_count = frames,
        .owner = WORLD_OWNER,
        .slots = slots,
        .guest_slots = guest_slots,
        .policy = &pv_policy_real,
        .ops = &world_ops,
        .opaque = w,
        .flushes = 1,
    };
}

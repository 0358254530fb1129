/*
 * A world of a few tiny frames around the validator: entries in an array, counters instead of a
 * TLB.
 *
 * Frame 0 does not exist for the validator, frames 1 .. frames - 2 are the guest's (one plain
 * reference each, as dealt), the last one is somebody else's.
 */
#ifndef TESTS_UNIT_PV_WORLD_H
#define TESTS_UNIT_PV_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/abi/pv.h"
#include "mmu/pv_direct.h"

#define WORLD_FRAMES   16
#define WORLD_SLOTS    8
#define WORLD_OWNER    1
#define WORLD_HV_ENTRY 0x00f00063u /* what the hypervisor keeps in its slots */

/* Entries by frame number. */
#define RO(mfn) (((uint32_t)(mfn) << PAGE_SHIFT) | PTE_P | PTE_U)
#define RW(mfn) (RO(mfn) | PTE_W)

struct world {
    struct pv_mmu mmu;
    struct frame frame[WORLD_FRAMES];
    uint32_t entry[WORLD_FRAMES][WORLD_SLOTS];
    unsigned frames; /* existing */
    unsigned flushes;
    unsigned charged[HV_COSTS];
    uint32_t released[WORLD_FRAMES];
    unsigned released_count;
    bool plain_descriptors; /* every descriptor may stand as it is */
    uint32_t vetoed;        /* entry that the laboratory's handler refuses */
    void (*on_flush)(struct world *w);
};

/* A fresh world: `frames` frames, 0 and the last not the guest's, tables of `slots` entries, the
 * first guest_slots of a directory the guest's. */
void world_init(struct world *w, unsigned frames, unsigned slots, unsigned guest_slots);

extern const struct pv_mmu_ops world_ops;

#endif

/*
 * Machine frames: who owns each, and dealing them in a seeded shuffled order.
 *
 * Shuffled, and with frames between that belong to nobody and hold a pattern, so that code which
 * takes a guest physical address for a machine address meets somebody else's bytes at once. Every
 * frame is zero when it is given.
 */
#include "core/internal.h"

#include "sim/alloc.h"

#include <assert.h>

#define FOREIGN_PATTERN 0xdeadf00du

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a small generator with a full period. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void shuffle(uint32_t *deal, uint32_t n, uint64_t seed)
{
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(&seed) % (i + 1));
        uint32_t t = deal[i];
        deal[i] = deal[j];
        deal[j] = t;
    }
}

enum sim_status frames_create(struct hv *hv, struct sim_error *err)
{
    uint32_t n = hv->machine->ram.size / PAGE_SIZE;
    hv->frames = sim_alloc(n, sizeof(*hv->frames));
    hv->deal = sim_alloc(n, sizeof(*hv->deal));
    if (!hv->frames || !hv->deal)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for the records of %u frames", n);
    hv->frame_count = n;
    hv->frames[0].owner = FRAME_FOREIGN; /* never dealt: 0 means none */
    for (uint32_t i = 1; i < n; i++)
        hv->deal[i - 1] = i;
    hv->deal_count = n - 1;
    shuffle(hv->deal, hv->deal_count, hv->config.seed ^ 0x72696e6773696465ull);
    for (uint32_t i = 0; i < hv->foreign_count; i++) {
        uint32_t mfn = hv->deal[--hv->deal_count];
        hv->frames[mfn].owner = FRAME_FOREIGN;
        ram_write32(&hv->machine->ram, mfn << PAGE_SHIFT, FOREIGN_PATTERN);
    }
    return SIM_OK;
}

void frames_destroy(struct hv *hv)
{
    sim_free(hv->frames);
    sim_free(hv->deal);
    hv->frames = NULL;
    hv->deal = NULL;
}

uint32_t frame_alloc(struct hv *hv, unsigned owner, enum frame_type type)
{
    if (!hv->deal_count)
        return 0;
    uint32_t mfn = hv->deal[--hv->deal_count];
    hv->frames[mfn] = (struct frame){.owner = (uint8_t)owner, .type = (uint8_t)type};
    return mfn;
}

void frame_free(struct hv *hv, uint32_t mfn)
{
    struct frame *f = frame_of(hv, mfn);
    assert(f && f->owner != FRAME_FREE && f->owner != FRAME_FOREIGN);
    ram_zero_page(&hv->machine->ram, mfn << PAGE_SHIFT);
    *f = (struct frame){0};
    hv->deal[hv->deal_count++] = mfn;
}

struct frame *frame_of(struct hv *hv, uint32_t mfn)
{
    return mfn < hv->frame_count ? &hv->frames[mfn] : NULL;
}

const struct frame *frame_look(const struct hv *hv, uint32_t mfn)
{
    return mfn < hv->frame_count ? &hv->frames[mfn] : NULL;
}

bool frame_is_vms(struct hv *hv, uint32_t mfn, const struct vm *vm)
{
    return mfn < hv->frame_count && hv->frames[mfn].owner == vm->number + 1u;
}

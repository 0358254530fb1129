/*
 * Descriptors of a paravirtual guest: checked where they lie, in the guest's own frames, which the
 * CPU reads.
 *
 * Ring 1 is supervisor to the MMU, so only segments keep a guest out of the hypervisor's part of
 * linear space. A descriptor is cut so that no offset reaches past PV_SEGMENT_END; one of which no
 * part is safe - based in the hole, expand-down with the hole above its limit - is refused. The
 * guest knows that it is a guest, so refusing is fair. DEVIATION: Xen allows call gates and data
 * segments that wrap; all system descriptors are refused here. (SDM v3, Protected-Mode Memory
 * Management, Segment Descriptors.)
 */
#include "pv/pv.h"

#define HI_ACCESSED    0x00000100u
#define HI_EXPAND_DOWN 0x00000400u
#define HI_CODE        0x00000800u
#define HI_S           0x00001000u
#define HI_DPL         0x00006000u
#define HI_DPL_1       0x00002000u
#define HI_PRESENT     0x00008000u
#define HI_LIMIT       0x000f0000u
#define HI_BIG         0x00400000u
#define HI_GRANULARITY 0x00800000u

static uint32_t byte_limit(uint32_t lo, uint32_t hi)
{
    uint32_t limit = (hi & HI_LIMIT) | (lo & 0xffffu);
    return hi & HI_GRANULARITY ? limit << 12 | 0xfffu : limit;
}

/* The greatest limit expressible with the descriptor's granularity that is at most `bytes`, the
 * last offset allowed. */
static void cut(uint32_t *lo, uint32_t *hi, uint32_t bytes)
{
    uint32_t limit = bytes;
    if (bytes > 0xfffffu) {
        limit = ((bytes + 1) >> 12) - 1;
        *hi |= HI_GRANULARITY;
    } else {
        *hi &= ~HI_GRANULARITY;
    }
    *lo = (*lo & 0xffff0000u) | (limit & 0xffffu);
    *hi = (*hi & ~HI_LIMIT) | (limit & HI_LIMIT);
}

/* Offsets of an expand-down segment run from limit + 1 to the top: 64 KiB or 4 GiB. */
static bool expand_down_is_safe(uint32_t base, uint32_t limit, uint32_t hi)
{
    uint32_t top = hi & HI_BIG ? 0xffffffffu : 0xffffu;
    if (limit >= top)
        return true; /* nothing can be reached */
    uint64_t first = (uint64_t)base + limit + 1, last = (uint64_t)base + top;
    /* In linear space: [first, last], perhaps past 4 GiB, where it goes on at 0. */
    if (last < PV_SEGMENT_END)
        return true;
    return first >> 32 == 1 && (last & 0xffffffffu) < PV_SEGMENT_END && last >> 32 == 1;
}

bool pv_descriptor_fix(uint32_t *lo, uint32_t *hi)
{
    if (!(*hi & HI_PRESENT))
        return true; /* loading it always faults */
    if (!(*hi & HI_S))
        return false; /* gates, LDT and TSS descriptors */
    if (!(*hi & HI_DPL))
        *hi |= HI_DPL_1;
    *hi |= HI_ACCESSED; /* so that the CPU need not write into the guest's frame */
    uint32_t base = *lo >> 16 | (*hi & 0xffu) << 16 | (*hi & 0xff000000u);
    uint32_t limit = byte_limit(*lo, *hi);
    if ((*hi & (HI_CODE | HI_EXPAND_DOWN)) == HI_EXPAND_DOWN)
        return expand_down_is_safe(base, limit, *hi);
    if (base >= PV_SEGMENT_END)
        return false;
    uint32_t most = PV_SEGMENT_END - 1 - base;
    if (limit > most)
        cut(lo, hi, most);
    return true;
}

/* ------------------------------------------------------------------------------ tables of frames */

/* One kind of descriptor table: where its frames are listed and at which page of the VM's area they
 * are mapped. */
struct table {
    uint32_t *mfn;
    uint32_t frames, page;
    uint32_t *real; /* the hypervisor's own, empty frames */
};

static void table_map(struct pv *pv, const struct table *t)
{
    for (uint32_t i = 0; i < t->frames; i++)
        own_map_vm_page(pv->vm->hv, pv->vm->number, t->page + i,
                        t->mfn[i] ? t->mfn[i] : t->real[i]);
}

static int table_set(struct pv *pv, const struct table *t, const uint32_t *mfn, uint32_t entries)
{
    uint32_t frames = (entries + 511) / 512;
    for (uint32_t i = 0; i < frames; i++) {
        int error = pv_type_get(&pv->mmu, mfn[i], FRAME_SEGDESC);
        if (error) {
            while (i--)
                pv_type_put(&pv->mmu, mfn[i]);
            return error;
        }
    }
    for (uint32_t i = 0; i < t->frames; i++) {
        uint32_t old = t->mfn[i];
        t->mfn[i] = i < frames ? mfn[i] : 0;
        if (old)
            pv_type_put(&pv->mmu, old);
    }
    table_map(pv, t);
    pv->s.segments_suspect = 1;
    return 0;
}

int pv_gdt_set(struct pv *pv, const uint32_t *mfn, uint32_t entries)
{
    const struct table t = {pv->s.gdt_mfn, PV_GDT_GUEST_FRAMES, HV_AREA_GDT,
                            pv->vm->hv->own.gdt_mfn[pv->vm->number]};
    int error = table_set(pv, &t, mfn, entries);
    if (!error)
        pv->s.gdt_entries = entries;
    return error;
}

int pv_ldt_set(struct pv *pv, const uint32_t *mfn, uint32_t entries)
{
    const struct table t = {pv->s.ldt_mfn, PV_LDT_FRAMES, HV_AREA_LDT,
                            pv->vm->hv->own.ldt_mfn[pv->vm->number]};
    int error = table_set(pv, &t, mfn, entries);
    if (!error)
        pv->s.ldt_entries = entries;
    return error;
}

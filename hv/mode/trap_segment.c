/*
 * The wall: what of a guest's segment the real CPU may hold.
 *
 * Ring 1 is supervisor to the MMU, so paging does not keep a deprivileged kernel out of the
 * hypervisor's hole; segment limits do. An expand-up segment keeps the part below the hole, an
 * expand-down one the part above the wrap; what is left out is carried out by the hypervisor
 * instruction by instruction (segment_assist).
 */
#include "mode/trap.h"

#define ALL 0xffffffffu

static bool is_expand_down(const struct segment *s)
{
    return (s->ar & (AR_CODE | AR_EXPAND_DOWN)) == AR_EXPAND_DOWN;
}

/* A data segment without a single valid offset: expand-down with the highest limit. */
static bool make_empty(struct segment *s)
{
    if (s->ar & AR_CODE)
        return false;
    s->base = 0;
    s->limit = ALL;
    s->ar |= AR_EXPAND_DOWN | AR_G | AR_DB;
    return true;
}

/* Sets a limit that G = 1 or G = 0 can express, rounding towards the smaller segment. */
static bool set_limit_up(struct segment *s, uint32_t limit)
{
    if (limit < 0x100000u) {
        s->ar &= ~AR_G;
    } else {
        s->ar |= AR_G;
        limit = ((limit + 1) & PAGE_MASK) - 1;
    }
    s->limit = limit;
    return true;
}

static bool cut_up(struct segment *s)
{
    if (s->base >= HV_HOLE)
        return make_empty(s);
    uint32_t safe = HV_HOLE - 1 - s->base;
    return s->limit <= safe ? true : set_limit_up(s, safe);
}

/* Offsets limit+1 .. top, at linear addresses that may wrap. */
static bool cut_down(struct segment *s)
{
    uint32_t top = (s->ar & AR_DB) ? ALL : 0xffffu;
    if (s->limit >= top)
        return true;
    uint32_t bytes = top - s->limit; /* at most 2^32 - 1 */
    uint32_t first = s->base + s->limit + 1, last = s->base + top;
    if (first < HV_HOLE && bytes <= HV_HOLE - first)
        return true;
    if (last >= HV_HOLE)
        return make_empty(s);
    s->limit = top - last - 1; /* from linear 0 on */
    if (s->limit >= 0x100000u || (s->ar & AR_G)) {
        s->ar |= AR_G;
        s->limit |= ~PAGE_MASK;
    }
    return true;
}

bool segment_cut(const struct segment *in, struct segment *out)
{
    *out = *in;
    if (in->ar & AR_UNUSABLE)
        return true;
    return is_expand_down(in) ? cut_down(out) : cut_up(out);
}

struct segment segment_decode(const uint32_t desc[2], uint16_t sel)
{
    struct segment s = {.sel = sel};
    s.base = (desc[0] >> 16) | ((desc[1] & 0xffu) << 16) | (desc[1] & 0xff000000u);
    s.limit = (desc[0] & 0xffffu) | (desc[1] & 0xf0000u);
    s.ar = (desc[1] >> 8) & 0xd0ffu;
    if (s.ar & AR_G)
        s.limit = (s.limit << PAGE_SHIFT) | ~PAGE_MASK;
    return s;
}

/*
 * DEVIATION: ring 0 with a selector of RPL 1 could not load a data segment of DPL 0 on hardware
 * (#GP: the DPL is below the RPL). Here the guest's ring 0 is ring 1 and its DPL 0 looks like 1, so
 * the load succeeds, and gives what RPL 0 would have given. VERR and VERW tell the truth.
 */
bool trap_real_segment(const struct vcpu *v, const struct segment *guest, struct segment *real)
{
    bool ok = segment_cut(guest, real);
    if (!(real->ar & (AR_UNUSABLE | AR_DPL)) && v->s.gdt_raised)
        real->ar |= 1u << AR_DPL_SHIFT;
    return ok;
}

bool segment_reaches(const uint32_t desc[2], uint32_t end)
{
    struct segment s = segment_decode(desc, 0);
    uint64_t last = (uint64_t)s.base + s.limit;
    if (is_expand_down(&s)) {
        uint32_t top = (s.ar & AR_DB) ? ALL : 0xffffu;
        if (s.limit >= top)
            return false;
        last = (uint64_t)(uint32_t)(s.base + s.limit + 1) + (top - s.limit - 1);
    }
    return last >= end; /* a wrap passes through the top of linear space */
}

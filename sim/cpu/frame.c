/*
 * Stacks in the making: the one the TSS names, and the rare cases of frame.h.
 */
#include "cpu/frame.h"

#include "cpu/host.h"

/* SSn:ESPn of the current TSS (SDM v3, Task-State Segment; 16-bit: SSn:SPn). */
static bool read_tss_stack(struct cpu *c, unsigned cpl, uint32_t ext, uint32_t *sel, uint32_t *esp)
{
    const struct segment *tr = &c->s.seg[SEG_TR];
    bool tss32 = tr->ar & 8u;
    uint32_t at = tss32 ? cpl * 8u + 4u : cpl * 4u + 2u;
    unsigned width = tss32 ? 4 : 2;
    if ((tr->ar & AR_UNUSABLE) || at + width + 1u > tr->limit)
        return cpu_raise_error(c, VEC_TS, selector_error(tr->sel, ext));
    uintptr_t host = tss32 ? host_span(c, tr->base + at, 6, false, false) : 0;
    if (SIM_LIKELY(host)) {
        *esp = host_load(host, 4);
        *sel = host_load(host + 4, 2);
        return true;
    }
    return cpu_read_linear(c, tr->base + at, width, false, esp) &&
           cpu_read_linear(c, tr->base + at + width, 2, false, sel);
}

bool frame_open_inner(struct cpu *c, unsigned cpl, uint32_t ext, struct frame *f)
{
    uint32_t value;
    if (!read_tss_stack(c, cpl, ext, &value, &f->esp))
        return false;
    uint16_t sel = (uint16_t)value;
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_TS, ext);
    if (!host_read_descriptor(c, sel, VEC_TS, ext, &f->desc))
        return false;
    if ((sel & SEL_RPL) != cpl || desc_dpl(&f->desc) != cpl || !desc_is_writable_data(&f->desc))
        return cpu_raise_error(c, VEC_TS, selector_error(sel, ext));
    if (!desc_present(&f->desc))
        return cpu_raise_error(c, VEC_SS, selector_error(sel, ext));
    f->ss = segment_from_descriptor(&f->desc);
    f->mask = frame_mask(&f->ss);
    f->user = false;
    return true;
}

bool frame_covered_wrapping(const struct frame *f, uint32_t first, uint32_t bytes, unsigned item)
{
    for (uint32_t at = 0; at < bytes; at += item) {
        if (!segment_covers(&f->ss, (first + at) & f->mask, item))
            return false;
    }
    return true;
}

bool frame_prepare_pages(struct cpu *c, const struct frame *f, uint32_t bytes, unsigned item)
{
    for (uint32_t at = item; at <= bytes; at += item) {
        uint32_t offset = (f->esp - at) & f->mask;
        if (!cpu_probe_linear(c, f->ss.base + offset, item, f->user, ACCESS_WRITE))
            return false;
    }
    return true;
}

bool frame_push_all(struct cpu *c, struct frame *f, unsigned item, const uint32_t *words,
                    unsigned n)
{
    uintptr_t host = frame_doublewords(c, f, f->esp - 4 * n, item, n, true);
    if (SIM_LIKELY(host)) {
        memcpy((void *)host, words, 4 * (size_t)n);
        f->esp -= 4 * n;
        return true;
    }
    while (n) {
        if (!frame_push(c, f, item, words[--n]))
            return false;
    }
    return true;
}

bool frame_peek_all(struct cpu *c, const struct frame *f, unsigned item, uint32_t *words,
                    unsigned n)
{
    if (SIM_LIKELY(frame_glance(c, f, item, words, n)))
        return true;
    for (unsigned i = 0; i < n; i++) {
        if (!frame_peek(c, f, i * item, item, &words[i]))
            return false;
    }
    return true;
}

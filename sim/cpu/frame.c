/*
 * Stacks in the making: SS:ESP from the registers or from the TSS, room, pages, items.
 *
 * A frame that lies within one page needs no probing: if its first store is allowed, all are. That
 * is what keeps event delivery to five stores.
 */
#include "cpu/frame.h"

#include "sim/compiler.h"

void frame_open_current(const struct cpu *c, struct frame *f)
{
    f->ss = c->s.seg[SEG_SS];
    f->esp = c->s.gpr[R_ESP];
    f->mask = frame_mask(&f->ss);
    f->user = c->s.cpl == 3;
}

/* SSn:ESPn of the current TSS (SDM v3, Task-State Segment; 16-bit: SSn:SPn). */
static bool read_tss_stack(struct cpu *c, unsigned cpl, uint32_t ext, uint32_t *sel, uint32_t *esp)
{
    const struct segment *tr = &c->s.seg[SEG_TR];
    bool tss32 = tr->ar & 8u;
    uint32_t at = tss32 ? cpl * 8u + 4u : cpl * 4u + 2u;
    unsigned width = tss32 ? 4 : 2;
    if ((tr->ar & AR_UNUSABLE) || at + width + 1u > tr->limit)
        return cpu_raise_error(c, VEC_TS, selector_error(tr->sel, ext));
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
    if (!segment_read_descriptor(c, sel, VEC_TS, ext, &f->desc))
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

/* [first, first + bytes) modulo the stack's width, as one range if it does not wrap, else item by
 * item. */
static bool range_covered(const struct frame *f, uint32_t first, uint32_t bytes, unsigned item)
{
    first &= f->mask;
    if (SIM_LIKELY(bytes - 1u <= f->mask - first))
        return segment_covers(&f->ss, first, bytes);
    for (uint32_t at = 0; at < bytes; at += item) {
        if (!segment_covers(&f->ss, (first + at) & f->mask, item))
            return false;
    }
    return true;
}

bool frame_has_room(const struct frame *f, uint32_t bytes, unsigned item)
{
    return range_covered(f, f->esp - bytes, bytes, item);
}

bool frame_holds(const struct frame *f, uint32_t bytes, unsigned item)
{
    return range_covered(f, f->esp, bytes, item);
}

/* Alignment checking of the processor's own stack accesses at CPL 3 (SDM v3, Alignment Check
 * Exception). */
static bool misaligned(const struct cpu *c, const struct frame *f, uint32_t linear, unsigned item)
{
    return SIM_UNLIKELY(f->user) && (linear & (item - 1u)) && (c->s.cr0 & CR0_AM) &&
           (cpu_eflags(c) & FLAG_AC);
}

bool frame_prepare(struct cpu *c, const struct frame *f, uint32_t bytes, unsigned item)
{
    uint32_t first = (f->esp - bytes) & f->mask;
    uint32_t linear = f->ss.base + first;
    if (misaligned(c, f, linear, item))
        return cpu_raise_error(c, VEC_AC, 0);
    if (SIM_LIKELY(bytes - 1u <= f->mask - first && (linear & ~PAGE_MASK) + bytes <= PAGE_SIZE))
        return true;
    for (uint32_t at = bytes; at > 0; at -= item) {
        uint32_t offset = (first + at - item) & f->mask;
        if (!cpu_probe_linear(c, f->ss.base + offset, item, f->user, ACCESS_WRITE))
            return false;
    }
    return true;
}

bool frame_push(struct cpu *c, struct frame *f, unsigned item, uint32_t value)
{
    f->esp -= item;
    return cpu_write_linear(c, f->ss.base + (f->esp & f->mask), item, f->user, value);
}

bool frame_peek(struct cpu *c, const struct frame *f, uint32_t offset, unsigned item,
                uint32_t *value)
{
    uint32_t linear = f->ss.base + ((f->esp + offset) & f->mask);
    if (misaligned(c, f, linear, item))
        return cpu_raise_error(c, VEC_AC, 0);
    return cpu_read_linear(c, linear, item, f->user, value);
}

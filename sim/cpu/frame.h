/*
 * A stack that is being built or taken apart before anything is committed.
 *
 * Event delivery, call gates, far calls and the returns all work on a copy of SS:ESP: the present
 * stack or the one the TSS names for an inner ring. Room is checked first, then pages, then the
 * items move; SS and ESP change last.
 */
#ifndef SIM_CPU_FRAME_H
#define SIM_CPU_FRAME_H

#include "cpu/host.h"
#include "sim/compiler.h"
#include "sim/segment.h"

struct frame {
    struct segment ss;
    struct descriptor desc; /* where ss came from; only for a stack the TSS named */
    uint32_t esp;
    uint32_t mask; /* ESP or SP counts: SS.B */
    bool user;     /* its accesses are user-level ones */
};

static inline uint32_t frame_mask(const struct segment *ss)
{
    return (ss->ar & AR_DB) ? 0xffffffffu : 0xffffu;
}

/* The present SS:ESP at the present CPL. */
static inline void frame_open_current(const struct cpu *c, struct frame *f)
{
    f->ss = c->s.seg[SEG_SS];
    f->esp = c->s.gpr[R_ESP];
    f->mask = frame_mask(&f->ss);
    f->user = c->s.cpl == 3;
}

/*
 * The stack the current TSS holds for ring cpl (0 to 2), with all checks of an inner stack (SDM v3,
 * Stack Switching): #TS(TSS selector) if the TSS is too short, #TS(SS) for a bad segment, #SS(SS)
 * for an absent one. ext is EXT.
 */
bool frame_open_inner(struct cpu *c, unsigned cpl, uint32_t ext, struct frame *f);

/* The rare cases: a range that wraps around the stack's width, item by item; one of several pages.
 */
bool frame_covered_wrapping(const struct frame *f, uint32_t first, uint32_t bytes, unsigned item);
bool frame_prepare_pages(struct cpu *c, const struct frame *f, uint32_t bytes, unsigned item);

/* [first, first + bytes), modulo the stack's width, is within the limit. */
static inline bool frame_covered(const struct frame *f, uint32_t first, uint32_t bytes,
                                 unsigned item)
{
    first &= f->mask;
    if (SIM_LIKELY(bytes - 1u <= f->mask - first))
        return segment_covers(&f->ss, first, bytes);
    return frame_covered_wrapping(f, first, bytes, item);
}

/* True if bytes (a multiple of item) fit below ESP, or are there above it, within the limit. */
static inline bool frame_has_room(const struct frame *f, uint32_t bytes, unsigned item)
{
    return frame_covered(f, f->esp - bytes, bytes, item);
}
static inline bool frame_holds(const struct frame *f, uint32_t bytes, unsigned item)
{
    return frame_covered(f, f->esp, bytes, item);
}

/* Alignment checking of the processor's own stack accesses at CPL 3 (SDM v3, Alignment Check). */
static inline bool frame_misaligned(const struct cpu *c, const struct frame *f, uint32_t linear,
                                    unsigned item)
{
    return SIM_UNLIKELY(f->user) && (linear & (item - 1u)) && (c->s.cr0 & CR0_AM) &&
           (c->s.eflags & FLAG_AC);
}

/*
 * Makes sure that pushing bytes cannot page-fault half way. False: #PF is raised, or #AC(0). A
 * frame within one page needs no probing: if its first store is allowed, all are.
 */
static inline bool frame_prepare(struct cpu *c, const struct frame *f, uint32_t bytes,
                                 unsigned item)
{
    uint32_t first = (f->esp - bytes) & f->mask;
    uint32_t linear = f->ss.base + first;
    if (frame_misaligned(c, f, linear, item))
        return cpu_raise_error(c, VEC_AC, 0);
    if (SIM_LIKELY(bytes - 1u <= f->mask - first && (linear & ~PAGE_MASK) + bytes <= PAGE_SIZE))
        return true;
    return frame_prepare_pages(c, f, bytes, item);
}

/* Pushes one item of 2 or 4 bytes; reads the item at ESP + offset. */
static inline bool frame_push(struct cpu *c, struct frame *f, unsigned item, uint32_t value)
{
    f->esp -= item;
    return cpu_write_linear(c, f->ss.base + (f->esp & f->mask), item, f->user, value);
}
static inline bool frame_peek(struct cpu *c, const struct frame *f, uint32_t offset, unsigned item,
                              uint32_t *value)
{
    uint32_t linear = f->ss.base + ((f->esp + offset) & f->mask);
    if (frame_misaligned(c, f, linear, item))
        return cpu_raise_error(c, VEC_AC, 0);
    return cpu_read_linear(c, linear, item, f->user, value);
}

/* Host address of n doublewords from an offset of the stack; 0: not behind one pointer. No effects.
 */
static inline uintptr_t frame_doublewords(const struct cpu *c, const struct frame *f,
                                          uint32_t first, unsigned item, unsigned n, bool write)
{
    if (item != 4 || f->mask != 0xffffffffu)
        return 0;
    return host_span(c, f->ss.base + first, 4 * n, f->user, write);
}

/* Reads n items from ESP up where that cannot fault; false, and nothing happened: read them one by
 * one. */
static inline bool frame_glance(const struct cpu *c, const struct frame *f, unsigned item,
                                uint32_t *words, unsigned n)
{
    uintptr_t host = frame_doublewords(c, f, f->esp, item, n, false);
    if (SIM_UNLIKELY(!host || frame_misaligned(c, f, f->ss.base + f->esp, item)))
        return false;
    memcpy(words, (const void *)host, 4 * (size_t)n);
    return true;
}

/*
 * Pushes n items so that words[0] ends up on top. A frame of doublewords behind one host pointer is
 * stored at once; frame_prepare came before.
 */
bool frame_push_all(struct cpu *c, struct frame *f, unsigned item, const uint32_t *words,
                    unsigned n);

/* Reads n items from ESP up. False: c->fault. */
bool frame_peek_all(struct cpu *c, const struct frame *f, unsigned item, uint32_t *words,
                    unsigned n);

/* Makes ESP (only SP, if SS.B is 0) that of f; SS is the caller's business. */
static inline void frame_commit_esp(struct cpu *c, uint32_t mask, uint32_t esp)
{
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | (esp & mask);
}

#endif

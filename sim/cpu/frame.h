/*
 * A stack that is being built or taken apart before anything is committed.
 *
 * Event delivery, call gates, far calls and the returns all work on a copy of SS:ESP: the present
 * stack or the one the TSS names for an inner ring. Room is checked first, then pages, then the
 * items move; SS and ESP change last.
 */
#ifndef SIM_CPU_FRAME_H
#define SIM_CPU_FRAME_H

#include "sim/segment.h"

struct frame {
    struct segment ss;
    struct descriptor desc; /* where ss came from; only for a stack the TSS named */
    uint32_t esp;
    uint32_t mask; /* ESP or SP counts: SS.B */
    bool user;     /* its accesses are user-level ones */
};

/* The present SS:ESP at the present CPL. */
void frame_open_current(const struct cpu *c, struct frame *f);

/*
 * The stack the current TSS holds for ring cpl (0 to 2), with all checks of an inner stack (SDM v3,
 * Stack Switching): #TS(TSS selector) if the TSS is too short, #TS(SS) for a bad segment, #SS(SS)
 * for an absent one. ext is EXT.
 */
bool frame_open_inner(struct cpu *c, unsigned cpl, uint32_t ext, struct frame *f);

/* True if bytes (a multiple of item) fit below ESP, or are there above it, within the segment's
 * limit. */
bool frame_has_room(const struct frame *f, uint32_t bytes, unsigned item);
bool frame_holds(const struct frame *f, uint32_t bytes, unsigned item);

/* Makes sure that pushing bytes cannot page-fault half way. False: #PF is raised, or #AC(0). */
bool frame_prepare(struct cpu *c, const struct frame *f, uint32_t bytes, unsigned item);

/* Pushes one item of 2 or 4 bytes; reads the item at ESP + offset. */
bool frame_push(struct cpu *c, struct frame *f, unsigned item, uint32_t value);
bool frame_peek(struct cpu *c, const struct frame *f, uint32_t offset, unsigned item,
                uint32_t *value);

/* Makes ESP (only SP, if SS.B is 0) that of f; SS is the caller's business. */
static inline void frame_commit_esp(struct cpu *c, uint32_t mask, uint32_t esp)
{
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | (esp & mask);
}

static inline uint32_t frame_mask(const struct segment *ss)
{
    return (ss->ar & AR_DB) ? 0xffffffffu : 0xffffu;
}

#endif

/*
 * Pieces of control transfers between segments (SDM v2, RET and IRET, "Operation"; v3, Protection).
 */
#include "cpu/transfer.h"

/* A data segment register that an outer ring could not have loaded becomes null; conforming code
 * may stay. */
static void null_if_too_privileged(struct cpu *c, unsigned seg)
{
    uint32_t ar = c->s.seg[seg].ar;
    if ((ar & AR_DPL) >> AR_DPL_SHIFT >= c->s.cpl)
        return;
    bool conforming = (ar & (AR_CODE | AR_CONFORMING)) == (AR_CODE | AR_CONFORMING);
    if (!(ar & AR_UNUSABLE) && !conforming)
        segment_set(c, seg, segment_null(0));
}

void transfer_enter_outer(struct cpu *c, const struct descriptor *ss, uint32_t esp)
{
    struct segment value = segment_from_descriptor(ss);
    segment_set(c, SEG_SS, value);
    frame_commit_esp(c, frame_mask(&value), esp);
    null_if_too_privileged(c, SEG_ES);
    null_if_too_privileged(c, SEG_FS);
    null_if_too_privileged(c, SEG_GS);
    null_if_too_privileged(c, SEG_DS);
}

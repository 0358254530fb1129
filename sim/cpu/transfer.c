/*
 * Pieces of control transfers between segments (SDM v2, RET and IRET, "Operation"; v3, Protection).
 */
#include "cpu/transfer.h"

void transfer_set_cs(struct cpu *c, const struct descriptor *code, unsigned cpl, uint32_t eip)
{
    struct segment cs = segment_from_descriptor(code);
    cs.sel = (uint16_t)((code->sel & ~SEL_RPL) | cpl);
    if (cpl != c->s.cpl)
        cpu_set_cpl(c, cpl);
    segment_set(c, SEG_CS, cs);
    c->s.eip = eip;
}

bool transfer_eip_in_limit(const struct descriptor *code, uint32_t eip)
{
    uint32_t limit = (code->lo & 0xffffu) | (code->hi & 0x000f0000u);
    if (code->hi & 0x00800000u)
        limit = (limit << 12) | 0xfffu;
    return eip <= limit;
}

bool transfer_return_code(struct cpu *c, uint16_t sel, struct descriptor *code)
{
    unsigned rpl = sel & SEL_RPL;
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_read_descriptor(c, sel, VEC_GP, 0, code))
        return false;
    bool level_ok = desc_is_conforming(code) ? desc_dpl(code) <= rpl : desc_dpl(code) == rpl;
    if (!desc_is_code(code) || rpl < c->s.cpl || !level_ok)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(code))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return true;
}

bool transfer_return_stack(struct cpu *c, uint16_t sel, unsigned rpl, struct descriptor *ss)
{
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_read_descriptor(c, sel, VEC_GP, 0, ss))
        return false;
    if ((sel & SEL_RPL) != rpl || !desc_is_writable_data(ss) || desc_dpl(ss) != rpl)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(ss))
        return cpu_raise_error(c, VEC_SS, selector_error(sel, 0));
    return true;
}

/* A data segment register that an outer ring could not have loaded becomes null; conforming code
 * may stay. */
static void null_if_too_privileged(struct cpu *c, unsigned seg)
{
    const struct segment *s = &c->s.seg[seg];
    bool conforming = (s->ar & (AR_CODE | AR_CONFORMING)) == (AR_CODE | AR_CONFORMING);
    if ((s->ar & AR_UNUSABLE) || conforming)
        return;
    if (((s->ar & AR_DPL) >> AR_DPL_SHIFT) < c->s.cpl)
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

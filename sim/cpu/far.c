/*
 * Far CALL, JMP and RET (SDM v2, CALL, JMP, RET, "Operation"): direct transfers between code
 * segments of one ring, and returns to the same ring or an outer one. Gates are in far_gate.c.
 */
#include "cpu/far.h"

#include "cpu/exec_system.h"
#include "cpu/operand.h"

bool far_jump_same(struct cpu *c, struct descriptor *code, uint32_t eip)
{
    if (!transfer_eip_in_limit(code, eip))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code))
        return false;
    transfer_set_cs(c, code, c->s.cpl, eip);
    return true;
}

bool far_call_same(struct cpu *c, struct descriptor *code, uint32_t eip, unsigned item)
{
    struct frame f;
    frame_open_current(c, &f);
    if (!frame_has_room(&f, 2 * item, item))
        return cpu_raise_error(c, VEC_SS, 0);
    if (!transfer_eip_in_limit(code, eip))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code) || !frame_prepare(c, &f, 2 * item, item) ||
        !frame_push(c, &f, item, c->s.seg[SEG_CS].sel) || !frame_push(c, &f, item, c->s.eip))
        return false;
    transfer_set_cs(c, code, c->s.cpl, eip);
    frame_commit_esp(c, f.mask, f.esp);
    return true;
}

static bool far_transfer(struct cpu *c, const struct far_target *t)
{
    struct descriptor d;
    if (selector_is_null(t->sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_read_descriptor(c, t->sel, VEC_GP, 0, &d))
        return false;
    if (!desc_s(&d))
        return far_through_system(c, t, &d);

    unsigned rpl = t->sel & SEL_RPL;
    bool allowed = desc_is_conforming(&d) ? desc_dpl(&d) <= c->s.cpl
                                          : desc_dpl(&d) == c->s.cpl && rpl <= c->s.cpl;
    if (!desc_is_code(&d) || !allowed)
        return cpu_raise_error(c, VEC_GP, selector_error(t->sel, 0));
    if (!desc_present(&d))
        return cpu_raise_error(c, VEC_NP, selector_error(t->sel, 0));
    uint32_t eip = t->size == 2 ? t->offset & 0xffffu : t->offset;
    return t->call ? far_call_same(c, &d, eip, t->size) : far_jump_same(c, &d, eip);
}

static bool far_direct(struct cpu *c, const struct insn *in, bool call)
{
    struct far_target t = {in->imm2, in->disp, in->opsize, call};
    return far_transfer(c, &t) && exec_done(c, COST_far_transfer);
}

static bool far_indirect(struct cpu *c, const struct insn *in, bool call)
{
    struct far_target t = {.size = in->opsize, .call = call};
    uint32_t at = operand_offset(c, in);
    uint32_t sel;
    if (!cpu_read(c, in->seg, at, in->opsize, &t.offset) ||
        !cpu_read(c, in->seg, at + in->opsize, 2, &sel))
        return false;
    t.sel = (uint16_t)sel;
    return far_transfer(c, &t) && exec_done(c, COST_far_transfer);
}

bool exec_call_far_ptr(struct cpu *c, const struct insn *in)
{
    return far_direct(c, in, true);
}

bool exec_jmp_far_ptr(struct cpu *c, const struct insn *in)
{
    return far_direct(c, in, false);
}

bool exec_call_far_mem(struct cpu *c, const struct insn *in)
{
    return far_indirect(c, in, true);
}

bool exec_jmp_far_mem(struct cpu *c, const struct insn *in)
{
    return far_indirect(c, in, false);
}

/* Return to an outer ring: its SS:ESP lies behind the parameters, which are released on both
 * stacks. */
static bool return_outer(struct cpu *c, const struct frame *f, struct descriptor *code,
                         uint32_t eip, unsigned size, uint32_t release)
{
    struct descriptor ss;
    uint32_t esp, sel;
    unsigned rpl = code->sel & SEL_RPL;
    if (!frame_holds(f, 4 * size + release, 1))
        return cpu_raise_error(c, VEC_SS, 0);
    if (!frame_peek(c, f, 2 * size + release, size, &esp) ||
        !frame_peek(c, f, 3 * size + release, size, &sel))
        return false;
    if (!transfer_return_stack(c, (uint16_t)sel, rpl, &ss))
        return false;
    if (!transfer_eip_in_limit(code, eip))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code) || !segment_set_accessed(c, &ss))
        return false;
    transfer_set_cs(c, code, rpl, eip);
    transfer_enter_outer(c, &ss, esp + release);
    return true;
}

static bool ret_far(struct cpu *c, unsigned size, uint32_t release)
{
    struct frame f;
    struct descriptor code;
    uint32_t eip, sel;
    frame_open_current(c, &f);
    if (!frame_holds(&f, 2 * size, size))
        return cpu_raise_error(c, VEC_SS, 0);
    if (!frame_peek(c, &f, 0, size, &eip) || !frame_peek(c, &f, size, size, &sel))
        return false;
    if (!transfer_return_code(c, (uint16_t)sel, &code))
        return false;
    if ((sel & SEL_RPL) > c->s.cpl)
        return return_outer(c, &f, &code, eip, size, release);
    if (!far_jump_same(c, &code, eip))
        return false;
    frame_commit_esp(c, f.mask, f.esp + 2 * size + release);
    return true;
}

bool exec_ret_far(struct cpu *c, const struct insn *in)
{
    return ret_far(c, in->opsize, 0) && exec_done(c, COST_far_transfer);
}

bool exec_ret_far_imm(struct cpu *c, const struct insn *in)
{
    return ret_far(c, in->opsize, in->imm & 0xffffu) && exec_done(c, COST_far_transfer);
}

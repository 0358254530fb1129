/*
 * Moving segment registers: MOV, PUSH, POP and the far-pointer loads (SDM v2, MOV, PUSH, POP,
 * LDS/LES/LFS/LGS/LSS).
 */
#include "cpu/exec_system.h"
#include "cpu/operand.h"
#include "sim/segment.h"

bool exec_mov_to_seg(struct cpu *c, const struct insn *in)
{
    uint32_t sel;
    if (in->reg == SEG_CS || in->reg >= X86_SEGS)
        return cpu_raise(c, VEC_UD);
    if (in->mem) {
        if (!cpu_read(c, in->seg, operand_offset(c, in), 2, &sel))
            return false;
    } else {
        sel = reg_get(c, in->rm, 2);
    }
    if (!segment_load(c, in->reg, (uint16_t)sel))
        return false;
    if (in->reg == SEG_SS)
        c->s.shadow = SHADOW_SS;
    return exec_done(c, COST_seg_load);
}

bool exec_mov_from_seg(struct cpu *c, const struct insn *in)
{
    if (in->reg >= X86_SEGS)
        return cpu_raise(c, VEC_UD);
    uint32_t sel = c->s.seg[in->reg].sel;
    if (in->mem) /* always 16 bits in memory; a register is zero-extended (P6) */
        return cpu_write(c, in->seg, operand_offset(c, in), 2, sel);
    reg_set(c, in->rm, in->opsize, sel);
    return true;
}

bool exec_push_seg(struct cpu *c, const struct insn *in)
{
    return stack_push(c, in->opsize, c->s.seg[in->reg].sel);
}

bool exec_pop_seg(struct cpu *c, const struct insn *in)
{
    uint32_t value;
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t esp = c->s.gpr[R_ESP];
    if (!stack_peek(c, 0, in->opsize, &value) || !segment_load(c, in->reg, (uint16_t)value))
        return false;
    /* The width of the stack pointer is that of the stack popped from, also when SS was loaded. */
    c->s.gpr[R_ESP] = (esp & ~mask) | ((esp + in->opsize) & mask);
    if (in->reg == SEG_SS)
        c->s.shadow = SHADOW_SS;
    return exec_done(c, COST_seg_load);
}

/* Which segment register an LxS row loads. */
static unsigned far_pointer_segment(const struct insn *in)
{
    switch (insn_row_of(in)->opcode) {
    case 0xc4:
        return SEG_ES;
    case 0x0fb2:
        return SEG_SS;
    case 0x0fb4:
        return SEG_FS;
    case 0x0fb5:
        return SEG_GS;
    case 0xc5:
    default:
        return SEG_DS;
    }
}

bool exec_load_far_pointer(struct cpu *c, const struct insn *in)
{
    uint32_t at = operand_offset(c, in);
    uint32_t offset, sel;
    if (!cpu_read(c, in->seg, at, in->opsize, &offset) ||
        !cpu_read(c, in->seg, at + in->opsize, 2, &sel) ||
        !segment_load(c, far_pointer_segment(in), (uint16_t)sel))
        return false;
    reg_set(c, in->reg, in->opsize, offset);
    return exec_done(c, COST_seg_load);
}

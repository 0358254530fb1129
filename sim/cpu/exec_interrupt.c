/*
 * Instructions that raise events: INT n, INT3, INTO, INT1, UD2, BOUND (SDM v2).
 */
#include "cpu/exec_system.h"
#include "cpu/operand.h"

bool exec_int_n(struct cpu *c, const struct insn *in)
{
    return cpu_deliver_event(c, in->imm & 0xffu, EVENT_SOFTWARE, false, 0);
}

bool exec_int3(struct cpu *c, const struct insn *in)
{
    (void)in;
    return cpu_deliver_event(c, VEC_BP, EVENT_SOFT_TRAP, false, 0);
}

bool exec_into(struct cpu *c, const struct insn *in)
{
    (void)in;
    if (!(cpu_eflags(c) & FLAG_OF))
        return true;
    return cpu_deliver_event(c, VEC_OF, EVENT_SOFT_TRAP, false, 0);
}

/* ICEBP: a debug exception that no gate's DPL can refuse, and that leaves DR6 alone. What a MOV SS
 * before it held back comes with it: there is one #DB, not a second at the handler's door. */
bool exec_int1(struct cpu *c, const struct insn *in)
{
    (void)in;
    uint32_t held_back = c->s.pending_db;
    if (!cpu_deliver_event(c, VEC_DB, EVENT_ICEBP, false, 0))
        return false;
    c->s.dr[6] |= held_back;
    c->s.pending_db = 0;
    return true;
}

bool exec_ud2(struct cpu *c, const struct insn *in)
{
    (void)in;
    return cpu_raise(c, VEC_UD);
}

static int32_t as_signed(uint32_t value, unsigned size)
{
    return size == 2 ? (int16_t)value : (int32_t)value;
}

bool exec_bound(struct cpu *c, const struct insn *in)
{
    uint32_t at = operand_offset(c, in);
    uint32_t lower, upper;
    if (!cpu_read(c, in->seg, at, in->opsize, &lower) ||
        !cpu_read(c, in->seg, at + in->opsize, in->opsize, &upper))
        return false;
    int32_t index = as_signed(reg_get(c, in->reg, in->opsize), in->opsize);
    if (index < as_signed(lower, in->opsize) || index > as_signed(upper, in->opsize))
        return cpu_raise(c, VEC_BR);
    return true;
}

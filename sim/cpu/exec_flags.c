/*
 * The system side of EFLAGS: PUSHF, POPF (SDM v2); CLI and STI are in exec_interrupt_flag.c.
 *
 * POPF outside ring 0 drops IOPL, and IF when IOPL does not allow it, without a word: the classic
 * hole in x86 as a virtualizable architecture.
 */
#include "cpu/exec_system.h"
#include "cpu/operand.h"

static bool iopl_allows(const struct cpu *c)
{
    return c->s.cpl <= (c->s.eflags & FLAG_IOPL) >> FLAG_IOPL_SHIFT;
}

bool exec_pushf(struct cpu *c, const struct insn *in)
{
    return stack_push(c, in->opsize, cpu_eflags(c) & ~(FLAG_RF | FLAG_VM));
}

bool exec_popf(struct cpu *c, const struct insn *in)
{
    uint32_t value;
    if (!stack_pop(c, in->opsize, &value))
        return false;
    uint32_t mask = FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT;
    if (in->opsize == 4)
        mask |= FLAG_AC | FLAG_ID;
    if (iopl_allows(c))
        mask |= FLAG_IF;
    if (c->s.cpl == 0)
        mask |= FLAG_IOPL;
    cpu_set_eflags(c, (cpu_eflags(c) & ~(mask | FLAG_RF)) | (value & mask));
    return c->s.cpl == 3 || exec_done(c, COST_cli_sti);
}

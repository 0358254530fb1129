/*
 * Sensitive instructions that trap when a hypervisor says so.
 *
 * DEVIATION: a CPU never sold. Real x86 executes these silently outside ring 0, which is why it
 * could not be virtualized by trapping; later, CR4.UMIP made five of them fault at CPL 3.
 */
#include "cpu/sensitive.h"

const struct insn_sensitive insn_sensitive[INSN_TRAPS] = {
#define SENSITIVE(id, name, rings, kernel, user) [TRAP_##id] = {name, rings, kernel, user},
#include "sim/sensitive.def"
#undef SENSITIVE
};

/* Of the segment moves only those that show or take a ring count: the reads of CS and SS, the loads
 * of SS. */
static bool operand_is_sensitive(const struct insn *in, unsigned trap)
{
    if (insn_row_of(in)->operands == OPS_G_M) /* LSS: reg is the general register */
        return true;
    switch (trap) {
    case TRAP_MOV_FROM_SEG:
    case TRAP_PUSH_SEG:
        return in->reg == SEG_CS || in->reg == SEG_SS;
    case TRAP_MOV_TO_SS:
    case TRAP_POP_SS:
        return in->reg == SEG_SS;
    default:
        return true;
    }
}

bool sensitive_trap(struct cpu *c, const struct insn *in)
{
    if (c->s.cpl == 0)
        return true;
    uint32_t bits = c->s.cpl == 3 ? c->s.trap_user : c->s.trap_kernel;
    unsigned trap = insn_row_of(in)->trap;
    if (trap == TRAP_NONE || !operand_is_sensitive(in, trap))
        return true;
    if (bits >> trap & 1u)
        return cpu_raise_error(c, VEC_GP, 0);
    if (c->sensitive_passed)
        c->sensitive_passed(c->sensitive_context, c, in);
    return true;
}

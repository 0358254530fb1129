/*
 * Control and debug registers: MOV CR, MOV DR, CLTS, LMSW, SMSW, INVLPG (SDM v2).
 */
#include "cpu/debug.h"
#include "cpu/exec_system.h"
#include "cpu/operand.h"

static bool control_register_exists(unsigned n)
{
    return n == 0 || n == 2 || n == 3 || n == 4;
}

bool exec_mov_from_cr(struct cpu *c, const struct insn *in)
{
    if (!control_register_exists(in->reg))
        return cpu_raise(c, VEC_UD);
    if (!require_ring0(c))
        return false;
    const struct cpu_state *s = &c->s;
    unsigned n = in->reg;
    c->s.gpr[in->rm & 7] = n == 0 ? s->cr0 : n == 2 ? s->cr2 : n == 3 ? s->cr3 : s->cr4;
    return exec_done(c, COST_cr_read);
}

bool exec_mov_to_cr(struct cpu *c, const struct insn *in)
{
    if (!control_register_exists(in->reg))
        return cpu_raise(c, VEC_UD);
    if (!require_ring0(c) || !cpu_set_cr(c, in->reg, c->s.gpr[in->rm & 7]))
        return false;
    return exec_done(c, in->reg == 3 ? COST_cr3_load : COST_cr_write);
}

/*
 * The checks every debug-register access makes: ring 0, DR4 and DR5 (aliases of 6 and 7, or #UD
 * with CR4.DE), general detect. *n is the register meant.
 */
static bool check_debug_access(struct cpu *c, unsigned *n)
{
    if (!require_ring0(c))
        return false;
    if (*n == 4 || *n == 5) {
        if (c->s.cr4 & CR4_DE)
            return cpu_raise(c, VEC_UD);
        *n += 2;
    }
    if (c->s.dr[7] & DR7_GD)
        return debug_raise(c, DR6_BD, false);
    return true;
}

bool exec_mov_from_dr(struct cpu *c, const struct insn *in)
{
    unsigned n = in->reg & 7;
    if (!check_debug_access(c, &n))
        return false;
    c->s.gpr[in->rm & 7] = c->s.dr[n];
    return exec_done(c, COST_cr_read);
}

bool exec_mov_to_dr(struct cpu *c, const struct insn *in)
{
    unsigned n = in->reg & 7;
    if (!check_debug_access(c, &n))
        return false;
    debug_set_dr(c, n, c->s.gpr[in->rm & 7]);
    return exec_done(c, COST_cr_write);
}

bool exec_smsw(struct cpu *c, const struct insn *in)
{
    if (in->mem)
        return cpu_write(c, in->seg, operand_offset(c, in), 2, c->s.cr0 & 0xffffu) &&
               exec_done(c, COST_insn_system);
    reg_set(c, in->rm, in->opsize, c->s.cr0); /* 32 bits: all of CR0 */
    return exec_done(c, COST_insn_system);
}

bool exec_lmsw(struct cpu *c, const struct insn *in)
{
    uint32_t value = c->s.gpr[in->rm & 7];
    if (!require_ring0(c))
        return false;
    if (in->mem && !cpu_read(c, in->seg, operand_offset(c, in), 2, &value))
        return false;
    uint32_t loaded = CR0_MP | CR0_EM | CR0_TS;
    /* PE can be set, never cleared. */
    return cpu_set_cr(c, 0, (c->s.cr0 & ~loaded) | (value & (loaded | CR0_PE))) &&
           exec_done(c, COST_cr_write);
}

bool exec_clts(struct cpu *c, const struct insn *in)
{
    (void)in;
    return require_ring0(c) && cpu_set_cr(c, 0, c->s.cr0 & ~CR0_TS) && exec_done(c, COST_cr_write);
}

bool exec_invlpg(struct cpu *c, const struct insn *in)
{
    if (!require_ring0(c))
        return false;
    c->ops->invlpg(c, c->s.seg[in->seg].base + operand_offset(c, in));
    return exec_done(c, COST_invlpg);
}

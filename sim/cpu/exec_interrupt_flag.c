/*
 * CLI and STI (SDM v2).
 *
 * STI holds interrupts back until the next instruction is done. Inside a block with no request
 * pending nobody can see that: no interrupt is looked at before the block's end. So the handler
 * goes straight on unless it is the last in its block, runs alone, or a request is waiting; then it
 * leaves, and the run loop steps over the shadow.
 */
#include "cpu/exec.h"
#include "cpu/exec_system.h"

static bool iopl_allows(const struct cpu *c)
{
    return c->s.cpl <= (c->s.eflags & FLAG_IOPL) >> FLAG_IOPL_SHIFT;
}

static bool cli(struct cpu *c)
{
    if (!iopl_allows(c))
        return cpu_raise_error(c, VEC_GP, 0);
    c->s.eflags &= ~FLAG_IF;
    return true;
}

static bool sti(struct cpu *c)
{
    if (!iopl_allows(c))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!(c->s.eflags & FLAG_IF))
        c->s.shadow = SHADOW_STI;
    c->s.eflags |= FLAG_IF;
    return true;
}

static HANDLER(cli_rr)
{
    if (SIM_UNLIKELY(!cli(c)))
        return exec_fault(c, in);
    NEXT();
}
const struct handler_set handlers_cli = {.rr = {NULL, cli_rr, cli_rr}};

static HANDLER(sti_rr)
{
    if (SIM_UNLIKELY(!sti(c)))
        return exec_fault(c, in);
    if (SIM_UNLIKELY(c->s.shadow)) {
        if (c->block && !c->s.intr && !c->s.nmi_pending && in[1].fn != exec_fallthrough) {
            c->s.shadow = 0;
        } else {
            c->slow_insn = in;
            exec_detach(c);
            in = c->scratch;
        }
    }
    NEXT();
}
const struct handler_set handlers_sti = {.rr = {NULL, sti_rr, sti_rr}};

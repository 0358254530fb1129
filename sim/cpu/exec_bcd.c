/*
 * Decimal adjustment: DAA, DAS, AAA, AAS, AAM, AAD (SDM v2, each instruction's Operation).
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

/* Sets SF, ZF, PF from AL, CF and AF as given; OF is undefined and cleared. */
static void flags_bcd(struct cpu *c, uint32_t al, bool cf, bool af)
{
    flags_logic(c, al, 1);
    flags_set_cf_of(c, cf, false);
    if (af)
        c->flag_carry |= 8u;
}

static bool adjust_after(struct cpu *c, bool subtract)
{
    uint32_t old = reg_get(c, R_EAX, 1), al = old;
    bool old_cf = flag_cf(c), cf = false, af = false;

    if ((al & 15u) > 9 || flag_af(c)) {
        cf = old_cf || (subtract ? al < 6 : al > 0xf9);
        al = subtract ? al - 6 : al + 6;
        af = true;
    }
    if (old > 0x99 || old_cf) {
        al = subtract ? al - 0x60 : al + 0x60;
        cf = true;
    }
    reg_set(c, R_EAX, 1, al);
    flags_bcd(c, al, cf, af);
    return true;
}

bool exec_daa(struct cpu *c, const struct insn *in)
{
    (void)in;
    return adjust_after(c, false);
}

bool exec_das(struct cpu *c, const struct insn *in)
{
    (void)in;
    return adjust_after(c, true);
}

static bool ascii_adjust(struct cpu *c, bool subtract)
{
    uint32_t ax = reg_get(c, R_EAX, 2);
    bool adjust = (ax & 15u) > 9 || flag_af(c);

    if (adjust)
        ax = subtract ? ax - 0x106 : ax + 0x106;
    reg_set(c, R_EAX, 2, ax & 0xff0fu);
    flags_bcd(c, ax & 0x0fu, adjust, adjust);
    return true;
}

bool exec_aaa(struct cpu *c, const struct insn *in)
{
    (void)in;
    return ascii_adjust(c, false);
}

bool exec_aas(struct cpu *c, const struct insn *in)
{
    (void)in;
    return ascii_adjust(c, true);
}

bool exec_aam(struct cpu *c, const struct insn *in)
{
    uint32_t al = reg_get(c, R_EAX, 1);

    if (in->imm == 0)
        return cpu_raise(c, VEC_DE);
    reg_set(c, R_EAX, 2, ((al / in->imm) << 8) | (al % in->imm));
    flags_bcd(c, al % in->imm, false, false);
    return true;
}

bool exec_aad(struct cpu *c, const struct insn *in)
{
    uint32_t ax = reg_get(c, R_EAX, 2);
    uint32_t al = ((ax & 0xffu) + (ax >> 8) * in->imm) & 0xffu;

    reg_set(c, R_EAX, 2, al);
    flags_bcd(c, al, false, false);
    return true;
}

/*
 * Single bits: BT, BTS, BTR, BTC, BSF, BSR; and the flag instructions.
 */
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

enum bit_action { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

static uint32_t bit_apply(enum bit_action action, uint32_t v, uint32_t mask)
{
    static const struct {
        uint32_t clear, flip; /* all ones: the mask takes part */
    } rule[] = {
        [BIT_TEST] = {0, 0},
        [BIT_SET] = {~0u, ~0u},
        [BIT_RESET] = {~0u, 0},
        [BIT_COMPLEMENT] = {0, ~0u},
    };
    return (v & ~(mask & rule[action].clear)) ^ (mask & rule[action].flip);
}

/*
 * With a register index the memory operand is a bit string: the index is signed and may lie far
 * outside the addressed word (SDM v1, Bit and Byte Strings). With an immediate it is taken modulo
 * the operand size.
 */
static bool bit_instruction(struct cpu *c, const struct insn *in, enum bit_action action)
{
    unsigned bits = 8u * in->opsize;
    bool immediate = insn_row_of(in)->operands == OPS_E_Ib;
    uint32_t index =
        immediate ? in->imm : flag_sign_extend(reg_get(c, in->reg, in->opsize), in->opsize);
    uint32_t mask = 1u << (index & (bits - 1)), v;

    if (!in->mem) {
        v = reg_get(c, in->rm, in->opsize);
        if (action != BIT_TEST)
            reg_set(c, in->rm, in->opsize, bit_apply(action, v, mask));
    } else {
        uint32_t offset = operand_offset(c, in);
        if (!immediate)
            offset += (uint32_t)((int32_t)index >> (in->opsize == 4 ? 5 : 4)) * in->opsize;
        if (in->addrsize == 2)
            offset &= 0xffffu;
        if (action != BIT_TEST && !cpu_probe_write(c, in->seg, offset, in->opsize))
            return false;
        if (!cpu_read(c, in->seg, offset, in->opsize, &v))
            return false;
        if (action != BIT_TEST &&
            !cpu_write(c, in->seg, offset, in->opsize, bit_apply(action, v, mask)))
            return false;
    }
    flags_set_cf(c, (v & mask) != 0);
    return true;
}

bool exec_bt(struct cpu *c, const struct insn *in)
{
    return bit_instruction(c, in, BIT_TEST);
}
bool exec_bts(struct cpu *c, const struct insn *in)
{
    return bit_instruction(c, in, BIT_SET);
}
bool exec_btr(struct cpu *c, const struct insn *in)
{
    return bit_instruction(c, in, BIT_RESET);
}
bool exec_btc(struct cpu *c, const struct insn *in)
{
    return bit_instruction(c, in, BIT_COMPLEMENT);
}

/* BSF and BSR: a zero source sets ZF and leaves the destination as it was (the SDM: undefined; all
 * processors do). */
static bool bit_scan(struct cpu *c, const struct insn *in, bool reverse)
{
    uint32_t v;

    if (!operand_read_rm(c, in, &v))
        return false;
    uint32_t arith = flags_arith_bits(c) & ~FLAG_ZF;
    flags_set_arith(c, arith | (v ? 0 : FLAG_ZF));
    if (v)
        reg_set(c, in->reg, in->opsize, reverse ? 31u - SIM_CLZ32(v) : SIM_CTZ32(v));
    return true;
}

bool exec_bsf(struct cpu *c, const struct insn *in)
{
    return bit_scan(c, in, false);
}
bool exec_bsr(struct cpu *c, const struct insn *in)
{
    return bit_scan(c, in, true);
}

/* --- flags --- */

bool exec_cmc(struct cpu *c, const struct insn *in)
{
    (void)in;
    flags_set_cf(c, !flag_cf(c));
    return true;
}
bool exec_std(struct cpu *c, const struct insn *in)
{
    (void)in;
    c->s.eflags |= FLAG_DF;
    return true;
}

#define FLAG_HANDLER(name, action)                                                                 \
    static HANDLER(name##_rr)                                                                      \
    {                                                                                              \
        action;                                                                                    \
        NEXT();                                                                                    \
    }                                                                                              \
    const struct handler_set handlers_##name = {.rr = {NULL, name##_rr, name##_rr}};
FLAG_HANDLER(clc, flags_set_cf(c, false))
FLAG_HANDLER(stc, flags_set_cf(c, true))
FLAG_HANDLER(cld, c->s.eflags &= ~FLAG_DF)

bool exec_lahf(struct cpu *c, const struct insn *in)
{
    (void)in;
    reg_set(c, 4 /* AH */, 1, (flags_arith_bits(c) & 0xffu) | FLAG_FIXED1);
    return true;
}

bool exec_sahf(struct cpu *c, const struct insn *in)
{
    (void)in;
    flags_set_arith(c, (reg_get(c, 4 /* AH */, 1) & FLAG_ARITH) | (flag_of(c) ? FLAG_OF : 0));
    return true;
}

/* AL = CF ? FFh : 0 */
bool exec_salc(struct cpu *c, const struct insn *in)
{
    (void)in;
    reg_set(c, R_EAX, 1, flag_cf(c) ? 0xffu : 0);
    return true;
}

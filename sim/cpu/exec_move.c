/*
 * Data movement: MOV, LEA, MOVZX, MOVSX, CMOVcc, SETcc, XCHG, XLAT, conversions, BSWAP.
 */
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

#define MOV_SIZE(size)                                                                             \
    static HANDLER(mov_rr_##size)                                                                  \
    {                                                                                              \
        sreg(c, in->rm, size, greg(c, in->reg, size));                                             \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(mov_ri_##size)                                                                  \
    {                                                                                              \
        sreg(c, in->rm, size, in->imm);                                                            \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(mov_rm_##size)                                                                  \
    {                                                                                              \
        uint32_t v;                                                                                \
        LOAD_OPERAND(size, v);                                                                     \
        sreg(c, in->reg, size, v);                                                                 \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(mov_mr_##size)                                                                  \
    {                                                                                              \
        STORE_OPERAND(size, greg(c, in->reg, size));                                               \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(mov_mi_##size)                                                                  \
    {                                                                                              \
        STORE_OPERAND(size, in->imm);                                                              \
        NEXT();                                                                                    \
    }
MOV_SIZE(1)
MOV_SIZE(2)
MOV_SIZE(4)
const struct handler_set handlers_mov = {{mov_rr_1, mov_rr_2, mov_rr_4},
                                         {mov_rm_1, mov_rm_2, mov_rm_4},
                                         {mov_mr_1, mov_mr_2, mov_mr_4},
                                         {mov_ri_1, mov_ri_2, mov_ri_4},
                                         {mov_mi_1, mov_mi_2, mov_mi_4}};

static HANDLER(lea_4)
{
    c->s.gpr[in->reg] = exec_ea(c, in);
    NEXT();
}
const struct handler_set handlers_lea = {.rm = {NULL, NULL, lea_4}};

bool exec_lea(struct cpu *c, const struct insn *in)
{
    reg_set(c, in->reg, in->opsize, operand_offset(c, in));
    return true;
}

/* --- extension --- */

#define EXTEND(name, from, type)                                                                   \
    static HANDLER(name##_rr)                                                                      \
    {                                                                                              \
        c->s.gpr[in->rm] = (uint32_t)(type)greg(c, in->reg, from);                                 \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name##_rm)                                                                      \
    {                                                                                              \
        uint32_t v;                                                                                \
        LOAD_OPERAND(from, v);                                                                     \
        c->s.gpr[in->reg] = (uint32_t)(type)v;                                                     \
        NEXT();                                                                                    \
    }                                                                                              \
    const struct handler_set handlers_##name = {.rr = {NULL, NULL, name##_rr},                     \
                                                .rm = {NULL, NULL, name##_rm}};
EXTEND(movzx8, 1, uint8_t)
EXTEND(movzx16, 2, uint16_t)
EXTEND(movsx8, 1, int8_t)
EXTEND(movsx16, 2, int16_t)

/* The source of MOVZX and MOVSX: a byte or word, whatever the operand size. */
static bool read_narrow(struct cpu *c, const struct insn *in, unsigned *size, uint32_t *v)
{
    *size = insn_row_of(in)->operands == OPS_G_Eb ? 1 : 2;
    if (in->mem)
        return cpu_read(c, in->seg, operand_offset(c, in), *size, v);
    *v = reg_get(c, in->rm, *size);
    return true;
}

bool exec_movzx(struct cpu *c, const struct insn *in)
{
    unsigned size;
    uint32_t v;

    if (!read_narrow(c, in, &size, &v))
        return false;
    reg_set(c, in->reg, in->opsize, v);
    return true;
}

bool exec_movsx(struct cpu *c, const struct insn *in)
{
    unsigned size;
    uint32_t v;

    if (!read_narrow(c, in, &size, &v))
        return false;
    reg_set(c, in->reg, in->opsize, flag_sign_extend(v, size));
    return true;
}

static HANDLER(cbw_4)
{
    c->s.gpr[R_EAX] = (uint32_t)(int16_t)c->s.gpr[R_EAX];
    NEXT();
}
const struct handler_set handlers_cbw = {.rr = {NULL, NULL, cbw_4}};

bool exec_cbw(struct cpu *c, const struct insn *in)
{
    unsigned half = in->opsize / 2u;

    reg_set(c, R_EAX, in->opsize, flag_sign_extend(reg_get(c, R_EAX, half), half));
    return true;
}

static HANDLER(cwd_4)
{
    c->s.gpr[R_EDX] = (uint32_t)((int32_t)c->s.gpr[R_EAX] >> 31);
    NEXT();
}
const struct handler_set handlers_cwd = {.rr = {NULL, NULL, cwd_4}};

bool exec_cwd(struct cpu *c, const struct insn *in)
{
    bool negative = (reg_get(c, R_EAX, in->opsize) >> (8 * in->opsize - 1)) & 1u;

    reg_set(c, R_EDX, in->opsize, negative ? 0xffffffffu : 0);
    return true;
}

/* With a 16-bit operand the SDM leaves the result undefined; processors clear the word, and so do
 * we. */
bool exec_bswap(struct cpu *c, const struct insn *in)
{
    uint32_t v = c->s.gpr[in->rm];

    if (in->opsize == 2) {
        reg_set(c, in->rm, 2, 0);
        return true;
    }
    c->s.gpr[in->rm] = (v >> 24) | ((v >> 8) & 0xff00u) | ((v << 8) & 0xff0000u) | (v << 24);
    return true;
}

/* --- exchange --- */

bool exec_xchg(struct cpu *c, const struct insn *in)
{
    uint32_t v, r = reg_get(c, in->reg, in->opsize);

    if (!operand_modify_rm(c, in, &v) || !operand_write_rm(c, in, r))
        return false;
    reg_set(c, in->reg, in->opsize, v);
    if (in->mem)
        c->ops->charge(c, COST_insn_locked);
    return true;
}

/* XCHG with the accumulator; 90h is NOP (with F3h PAUSE). */
bool exec_xchg_acc(struct cpu *c, const struct insn *in)
{
    uint32_t a = reg_get(c, R_EAX, in->opsize);

    reg_set(c, R_EAX, in->opsize, reg_get(c, in->rm, in->opsize));
    reg_set(c, in->rm, in->opsize, a);
    return true;
}

bool exec_xlat(struct cpu *c, const struct insn *in)
{
    uint32_t offset = c->s.gpr[R_EBX] + reg_get(c, R_EAX, 1), v;

    if (in->addrsize == 2)
        offset &= 0xffffu;
    if (!cpu_read(c, in->seg, offset, 1, &v))
        return false;
    reg_set(c, R_EAX, 1, v);
    return true;
}

static HANDLER(nop_rr)
{
    (void)c;
    NEXT();
}
const struct handler_set handlers_nop = {.rr = {nop_rr, nop_rr, nop_rr},
                                         .mr = {nop_rr, nop_rr, nop_rr}};

/* --- by condition --- */

bool exec_cmov(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (in->mem) {
        if (!operand_read_rm(c, in, &v))
            return false;
    } else {
        v = reg_get(c, in->rm, in->opsize);
    }
    if (flag_condition(c, in->opcode & 15u))
        reg_set(c, in->reg, in->opsize, v);
    return true;
}

bool exec_setcc(struct cpu *c, const struct insn *in)
{
    return operand_write_rm(c, in, flag_condition(c, in->opcode & 15u));
}

#define CC(cc)                                                                                     \
    static HANDLER(setcc_r_##cc)                                                                   \
    {                                                                                              \
        sreg(c, in->rm, 1, flag_condition(c, cc));                                                 \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(cmov_r_##cc)                                                                    \
    {                                                                                              \
        if (flag_condition(c, cc))                                                                 \
            c->s.gpr[in->rm] = c->s.gpr[in->reg];                                                  \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(cmov_m_##cc)                                                                    \
    {                                                                                              \
        uint32_t v;                                                                                \
        LOAD_OPERAND(4, v);                                                                        \
        if (flag_condition(c, cc))                                                                 \
            c->s.gpr[in->reg] = v;                                                                 \
        NEXT();                                                                                    \
    }
EACH_CONDITION(CC)
#define SETCC_SET(cc) {.rr = {setcc_r_##cc, NULL, NULL}},
#define CMOV_SET(cc)  {.rr = {NULL, NULL, cmov_r_##cc}, .rm = {NULL, NULL, cmov_m_##cc}},
const struct handler_set handlers_setcc[16] = {EACH_CONDITION(SETCC_SET)};
const struct handler_set handlers_cmov[16] = {EACH_CONDITION(CMOV_SET)};

/*
 * Multiplication and division.
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

#define IMUL_SIZE(size)                                                                            \
    static HANDLER(imul_2_rr_##size)                                                               \
    {                                                                                              \
        sreg(c, in->rm, size, alu_imul(c, greg(c, in->rm, size), greg(c, in->reg, size), size));   \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(imul_2_rm_##size)                                                               \
    {                                                                                              \
        uint32_t b;                                                                                \
        LOAD_OPERAND(size, b);                                                                     \
        sreg(c, in->reg, size, alu_imul(c, greg(c, in->reg, size), b, size));                      \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(imul_3_rr_##size)                                                               \
    {                                                                                              \
        sreg(c, in->reg, size, alu_imul(c, greg(c, in->rm, size), in->imm, size));                 \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(imul_3_rm_##size)                                                               \
    {                                                                                              \
        uint32_t b;                                                                                \
        LOAD_OPERAND(size, b);                                                                     \
        sreg(c, in->reg, size, alu_imul(c, b, in->imm, size));                                     \
        NEXT();                                                                                    \
    }
IMUL_SIZE(2)
IMUL_SIZE(4)
const struct handler_set handlers_imul_2 = {.rr = {NULL, imul_2_rr_2, imul_2_rr_4},
                                            .rm = {NULL, imul_2_rm_2, imul_2_rm_4}};
const struct handler_set handlers_imul_3 = {.rr = {NULL, imul_3_rr_2, imul_3_rr_4},
                                            .rm = {NULL, imul_3_rm_2, imul_3_rm_4}};

/* A double-width product or dividend lives in AX, DX:AX or EDX:EAX. */
static void set_wide(struct cpu *c, uint64_t wide, unsigned size)
{
    if (size == 1) {
        reg_set(c, R_EAX, 2, (uint32_t)wide);
    } else {
        reg_set(c, R_EAX, size, (uint32_t)wide);
        reg_set(c, R_EDX, size, (uint32_t)(wide >> (8 * size)));
    }
}

static uint64_t get_wide(const struct cpu *c, unsigned size)
{
    if (size == 1)
        return reg_get(c, R_EAX, 2);
    return reg_get(c, R_EAX, size) | ((uint64_t)reg_get(c, R_EDX, size) << (8 * size));
}

bool exec_mul(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!operand_read_rm(c, in, &v))
        return false;
    uint64_t wide = (uint64_t)reg_get(c, R_EAX, in->opsize) * v;
    bool over = (wide >> (8 * in->opsize)) != 0;
    set_wide(c, wide, in->opsize);
    c->flag_result = flag_sign_extend((uint32_t)wide, in->opsize);
    flags_set_cf_of(c, over, over);
    return true;
}

bool exec_imul_1(struct cpu *c, const struct insn *in)
{
    uint32_t v;
    unsigned size = in->opsize;

    if (!operand_read_rm(c, in, &v))
        return false;
    int64_t a = (int32_t)flag_sign_extend(reg_get(c, R_EAX, size), size);
    int64_t wide = a * (int32_t)flag_sign_extend(v, size);
    bool over = (int32_t)flag_sign_extend((uint32_t)wide, size) != wide;
    set_wide(c, (uint64_t)wide, size);
    c->flag_result = flag_sign_extend((uint32_t)wide, size);
    flags_set_cf_of(c, over, over);
    return true;
}

/* Stores quotient and remainder: AL and AH, or (E)AX and (E)DX. */
static void set_quotient(struct cpu *c, uint64_t quotient, uint64_t remainder, unsigned size)
{
    reg_set(c, R_EAX, size, (uint32_t)quotient);
    reg_set(c, size == 1 ? 4 /* AH */ : R_EDX, size, (uint32_t)remainder);
}

/* Division leaves the flags undefined; we leave them alone. */
bool exec_div(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!operand_read_rm(c, in, &v))
        return false;
    uint64_t wide = get_wide(c, in->opsize);
    if (v == 0 || wide / v > size_mask(in->opsize))
        return cpu_raise(c, VEC_DE);
    set_quotient(c, wide / v, wide % v, in->opsize);
    return true;
}

bool exec_idiv(struct cpu *c, const struct insn *in)
{
    uint32_t v;
    unsigned size = in->opsize;

    if (!operand_read_rm(c, in, &v))
        return false;
    uint64_t raw = get_wide(c, size);
    int64_t wide = size == 4   ? (int64_t)raw
                   : size == 2 ? (int64_t)(int32_t)raw
                               : (int64_t)(int16_t)raw;
    int64_t by = (int32_t)flag_sign_extend(v, size);
    if (by == 0 || (wide == INT64_MIN && by == -1))
        return cpu_raise(c, VEC_DE);
    int64_t quotient = wide / by;
    if ((int32_t)flag_sign_extend((uint32_t)quotient, size) != quotient)
        return cpu_raise(c, VEC_DE);
    set_quotient(c, (uint64_t)quotient, (uint64_t)(wide % by), size);
    return true;
}

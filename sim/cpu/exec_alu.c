/*
 * Handlers of the arithmetic and logic instructions: ADD to CMP, TEST, INC, DEC, NOT, NEG, in every
 * operand form.
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

/* dst = OP(dst, src) for one size, in the five forms. */
#define BINARY_SIZE(op, size)                                                                      \
    static HANDLER(op##_rr_##size)                                                                 \
    {                                                                                              \
        sreg(c, in->rm, size, alu_##op(c, greg(c, in->rm, size), greg(c, in->reg, size), size));   \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_ri_##size)                                                                 \
    {                                                                                              \
        sreg(c, in->rm, size, alu_##op(c, greg(c, in->rm, size), in->imm &size_mask(size), size)); \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_rm_##size)                                                                 \
    {                                                                                              \
        uint32_t b;                                                                                \
        LOAD_OPERAND(size, b);                                                                     \
        sreg(c, in->reg, size, alu_##op(c, greg(c, in->reg, size), b, size));                      \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_mr_##size)                                                                 \
    {                                                                                              \
        MODIFY(size, alu_##op(c, v, greg(c, in->reg, size), size));                                \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_mi_##size)                                                                 \
    {                                                                                              \
        MODIFY(size, alu_##op(c, v, in->imm &size_mask(size), size));                              \
        NEXT();                                                                                    \
    }

/* OP(dst, src) for its flags only. */
#define COMPARE_SIZE(name, op, size)                                                               \
    static HANDLER(name##_rr_##size)                                                               \
    {                                                                                              \
        alu_##op(c, greg(c, in->rm, size), greg(c, in->reg, size), size);                          \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name##_ri_##size)                                                               \
    {                                                                                              \
        alu_##op(c, greg(c, in->rm, size), in->imm &size_mask(size), size);                        \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name##_rm_##size)                                                               \
    {                                                                                              \
        uint32_t b;                                                                                \
        LOAD_OPERAND(size, b);                                                                     \
        alu_##op(c, greg(c, in->reg, size), b, size);                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name##_mr_##size)                                                               \
    {                                                                                              \
        uint32_t a;                                                                                \
        LOAD_OPERAND(size, a);                                                                     \
        alu_##op(c, a, greg(c, in->reg, size), size);                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name##_mi_##size)                                                               \
    {                                                                                              \
        uint32_t a;                                                                                \
        LOAD_OPERAND(size, a);                                                                     \
        alu_##op(c, a, in->imm &size_mask(size), size);                                            \
        NEXT();                                                                                    \
    }

#define FORMS(name)                                                                                \
    const struct handler_set handlers_##name = {{name##_rr_1, name##_rr_2, name##_rr_4},           \
                                                {name##_rm_1, name##_rm_2, name##_rm_4},           \
                                                {name##_mr_1, name##_mr_2, name##_mr_4},           \
                                                {name##_ri_1, name##_ri_2, name##_ri_4},           \
                                                {name##_mi_1, name##_mi_2, name##_mi_4}};

#define BINARY(op) BINARY_SIZE(op, 1) BINARY_SIZE(op, 2) BINARY_SIZE(op, 4) FORMS(op)
#define COMPARE(name, op)                                                                          \
    COMPARE_SIZE(name, op, 1) COMPARE_SIZE(name, op, 2) COMPARE_SIZE(name, op, 4) FORMS(name)

BINARY(add)
BINARY(or)
BINARY(adc)
BINARY(sbb)
BINARY(and)
BINARY(sub)
BINARY(xor)
COMPARE(cmp, sub)
COMPARE(test, and)

static SIM_ALWAYS_INLINE uint32_t alu_not(struct cpu *c, uint32_t a, unsigned size)
{
    (void)c, (void)size;
    return ~a;
}

#define UNARY_SIZE(op, size)                                                                       \
    static HANDLER(op##_r_##size)                                                                  \
    {                                                                                              \
        sreg(c, in->rm, size, alu_##op(c, greg(c, in->rm, size), size));                           \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_m_##size)                                                                  \
    {                                                                                              \
        MODIFY(size, alu_##op(c, v, size));                                                        \
        NEXT();                                                                                    \
    }
#define UNARY(op)                                                                                  \
    UNARY_SIZE(op, 1)                                                                              \
    UNARY_SIZE(op, 2)                                                                              \
    UNARY_SIZE(op, 4)                                                                              \
    const struct handler_set handlers_##op = {.rr = {op##_r_1, op##_r_2, op##_r_4},                \
                                              .mr = {op##_m_1, op##_m_2, op##_m_4}};

UNARY(inc)
UNARY(dec)
UNARY(not )
UNARY(neg)

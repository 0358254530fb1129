/*
 * Shifts and rotates: fast handlers for the common forms, plain functions for RCL, RCR, SHLD, SHRD
 * and CL rotates.
 */
#include "cpu/alu.h"
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

/* By immediate (or 1). A count of 0 changes nothing, flags included; the memory operand is still
 * written. */
#define SHIFT_IMM_SIZE(op, size)                                                                   \
    static HANDLER(op##_ri_##size)                                                                 \
    {                                                                                              \
        unsigned count = in->imm & 31u;                                                            \
        if (SIM_LIKELY(count))                                                                     \
            sreg(c, in->rm, size, alu_##op(c, greg(c, in->rm, size), count, size));                \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_mi_##size)                                                                 \
    {                                                                                              \
        unsigned count = in->imm & 31u;                                                            \
        MODIFY(size, count ? alu_##op(c, v, count, size) : v);                                     \
        NEXT();                                                                                    \
    }
#define SHIFT_IMM(op)                                                                              \
    SHIFT_IMM_SIZE(op, 1)                                                                          \
    SHIFT_IMM_SIZE(op, 2)                                                                          \
    SHIFT_IMM_SIZE(op, 4)                                                                          \
    const struct handler_set handlers_##op = {.ri = {op##_ri_1, op##_ri_2, op##_ri_4},             \
                                              .mi = {op##_mi_1, op##_mi_2, op##_mi_4}};

SHIFT_IMM(shl)
SHIFT_IMM(shr)
SHIFT_IMM(sar)
SHIFT_IMM(rol)
SHIFT_IMM(ror)

/* By CL: OPS_E_CL rows look for rr and mr. */
#define SHIFT_CL_SIZE(op, size)                                                                    \
    static HANDLER(op##_cl_r_##size)                                                               \
    {                                                                                              \
        unsigned count = c->s.gpr[R_ECX] & 31u;                                                    \
        if (count)                                                                                 \
            sreg(c, in->rm, size, alu_##op(c, greg(c, in->rm, size), count, size));                \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(op##_cl_m_##size)                                                               \
    {                                                                                              \
        unsigned count = c->s.gpr[R_ECX] & 31u;                                                    \
        MODIFY(size, count ? alu_##op(c, v, count, size) : v);                                     \
        NEXT();                                                                                    \
    }
#define SHIFT_CL(op)                                                                               \
    SHIFT_CL_SIZE(op, 1)                                                                           \
    SHIFT_CL_SIZE(op, 2)                                                                           \
    SHIFT_CL_SIZE(op, 4)                                                                           \
    const struct handler_set handlers_##op##_cl = {.rr = {op##_cl_r_1, op##_cl_r_2, op##_cl_r_4},  \
                                                   .mr = {op##_cl_m_1, op##_cl_m_2, op##_cl_m_4}};

SHIFT_CL(shl)
SHIFT_CL(shr)
SHIFT_CL(sar)

static unsigned shift_count(const struct cpu *c, const struct insn *in)
{
    unsigned operands = insn_row_of(in)->operands;
    bool by_cl = operands == OPS_E_CL || operands == OPS_E_G_CL;

    return (by_cl ? c->s.gpr[R_ECX] : in->imm) & 31u;
}

typedef uint32_t (*shift_function)(struct cpu *c, uint32_t a, unsigned count, unsigned size);

static bool shift_plain(struct cpu *c, const struct insn *in, shift_function f)
{
    uint32_t v;
    unsigned count = shift_count(c, in);

    if (!operand_modify_rm(c, in, &v))
        return false;
    if (count)
        v = f(c, v, count, in->opsize);
    return operand_write_rm(c, in, v);
}

#define PLAIN(op)                                                                                  \
    static uint32_t value_##op(struct cpu *c, uint32_t a, unsigned count, unsigned size)           \
    {                                                                                              \
        return alu_##op(c, a, count, size);                                                        \
    }                                                                                              \
    bool exec_##op(struct cpu *c, const struct insn *in)                                           \
    {                                                                                              \
        return shift_plain(c, in, value_##op);                                                     \
    }

/* Rotates through CF: bits + 1 positions; counts are taken modulo 9 and 17 for small operands. */
static uint32_t alu_rcl(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    unsigned bits = 8 * size;
    uint64_t ring = a | ((uint64_t)flag_cf(c) << bits);

    count %= bits + 1;
    if (count)
        ring = (ring << count) | (ring >> (bits + 1 - count));
    uint32_t r = (uint32_t)ring & size_mask(size);
    bool cf = (ring >> bits) & 1u;
    flags_rotate(c, cf, ((r >> (bits - 1)) & 1u) ^ cf);
    return r;
}

static uint32_t alu_rcr(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    unsigned bits = 8 * size;
    uint64_t ring = a | ((uint64_t)flag_cf(c) << bits);

    count %= bits + 1;
    if (count)
        ring = (ring >> count) | (ring << (bits + 1 - count));
    uint32_t r = (uint32_t)ring & size_mask(size);
    bool cf = (ring >> bits) & 1u;
    flags_rotate(c, cf, ((r >> (bits - 1)) ^ (r >> (bits - 2))) & 1u);
    return r;
}

PLAIN(rol)
PLAIN(ror)
PLAIN(rcl)
PLAIN(rcr)

/*
 * Double shifts. For a 16-bit operand and a count over 16 the SDM leaves everything undefined; real
 * processors shift the 48-bit string dest:src:dest, and so do we.
 */
static void double_shift_flags(struct cpu *c, uint32_t before, uint32_t r, bool cf, unsigned size)
{
    c->flag_result = flag_sign_extend(r, size);
    flags_set_cf_of(c, cf, ((before ^ r) >> (8 * size - 1)) & 1u);
}

static uint32_t shld_value(struct cpu *c, uint32_t a, uint32_t b, unsigned count, unsigned size)
{
    uint32_t r;
    bool cf;

    if (size == 4) {
        r = (a << count) | (b >> (32 - count));
        cf = (a >> (32 - count)) & 1u;
    } else {
        uint64_t wide = ((uint64_t)a << 32) | ((uint64_t)b << 16) | a;
        r = (uint32_t)(wide >> (32 - count)) & 0xffffu;
        cf = (wide >> (48 - count)) & 1u;
    }
    double_shift_flags(c, a, r, cf, size);
    return r;
}

static uint32_t shrd_value(struct cpu *c, uint32_t a, uint32_t b, unsigned count, unsigned size)
{
    uint32_t r;
    bool cf;

    if (size == 4) {
        r = (a >> count) | (b << (32 - count));
    } else {
        uint64_t wide = ((uint64_t)a << 32) | ((uint64_t)b << 16) | a;
        r = (uint32_t)(wide >> count) & 0xffffu;
        cf = (wide >> (count - 1)) & 1u;
        double_shift_flags(c, a, r, cf, size);
        return r;
    }
    cf = (a >> (count - 1)) & 1u;
    double_shift_flags(c, a, r, cf, size);
    return r;
}

static bool double_shift(struct cpu *c, const struct insn *in,
                         uint32_t (*f)(struct cpu *, uint32_t, uint32_t, unsigned, unsigned))
{
    uint32_t v;
    unsigned count = shift_count(c, in);

    if (!operand_modify_rm(c, in, &v))
        return false;
    if (count)
        v = f(c, v, reg_get(c, in->reg, in->opsize), count, in->opsize);
    return operand_write_rm(c, in, v);
}

bool exec_shld(struct cpu *c, const struct insn *in)
{
    return double_shift(c, in, shld_value);
}

bool exec_shrd(struct cpu *c, const struct insn *in)
{
    return double_shift(c, in, shrd_value);
}

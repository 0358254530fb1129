/*
 * Arithmetic and logic on values: the result, with the flags left in the CPU. `size` is a constant
 * wherever it matters. SDM v2, each instruction's Operation and Flags Affected; the carry vector is
 * explained in flags.h.
 */
#ifndef SIM_CPU_ALU_H
#define SIM_CPU_ALU_H

#include "cpu/flags.h"

static SIM_ALWAYS_INLINE uint32_t size_mask(unsigned size)
{
    return size == 4 ? 0xffffffffu : size == 2 ? 0xffffu : 0xffu;
}

static SIM_ALWAYS_INLINE uint32_t carries_add(uint32_t a, uint32_t b, uint32_t r)
{
    return (a & b) | ((a | b) & ~r);
}
static SIM_ALWAYS_INLINE uint32_t carries_sub(uint32_t a, uint32_t b, uint32_t r)
{
    return (~a & b) | ((~a | b) & r);
}

static SIM_ALWAYS_INLINE uint32_t alu_add(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a + b;
    flags_arith(c, r, carries_add(a, b, r), size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_adc(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a + b + flag_cf(c);
    flags_arith(c, r, carries_add(a, b, r), size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_sub(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a - b;
    flags_arith(c, r, carries_sub(a, b, r), size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_sbb(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a - b - flag_cf(c);
    flags_arith(c, r, carries_sub(a, b, r), size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_and(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a & b;
    flags_logic(c, r, size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_or(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a | b;
    flags_logic(c, r, size);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_xor(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    uint32_t r = a ^ b;
    flags_logic(c, r, size);
    return r;
}
/* INC and DEC keep CF. */
static SIM_ALWAYS_INLINE uint32_t alu_inc(struct cpu *c, uint32_t a, unsigned size)
{
    bool cf = flag_cf(c);
    uint32_t r = a + 1;
    flags_arith(c, r, carries_add(a, 1, r), size);
    flags_set_cf(c, cf);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_dec(struct cpu *c, uint32_t a, unsigned size)
{
    bool cf = flag_cf(c);
    uint32_t r = a - 1;
    flags_arith(c, r, carries_sub(a, 1, r), size);
    flags_set_cf(c, cf);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_neg(struct cpu *c, uint32_t a, unsigned size)
{
    uint32_t r = 0u - a;
    flags_arith(c, r, carries_sub(0, a, r), size);
    return r;
}

/*
 * Shifts: count is already masked to 5 bits and not 0. OF is defined for a count of 1 only; for
 * other counts we give what the formula gives, and tests mask it.
 */
static SIM_ALWAYS_INLINE uint32_t alu_shl(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    uint64_t wide = (uint64_t)a << count;
    bool cf = (wide >> (8 * size)) & 1u;
    uint32_t r = (uint32_t)wide & size_mask(size);
    c->flag_result = flag_sign_extend(r, size);
    flags_set_cf_of(c, cf, ((r >> (8 * size - 1)) & 1u) ^ cf);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_shr(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    bool cf = (a >> (count - 1)) & 1u;
    uint32_t r = a >> count;
    c->flag_result = flag_sign_extend(r, size);
    flags_set_cf_of(c, cf, (a >> (8 * size - 1)) & 1u);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_sar(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    int64_t wide = (int32_t)flag_sign_extend(a, size);
    bool cf = (wide >> (count - 1)) & 1;
    uint32_t r = (uint32_t)(wide >> count) & size_mask(size);
    c->flag_result = flag_sign_extend(r, size);
    flags_set_cf_of(c, cf, false);
    return r;
}

/* Rotates change CF and OF only. count masked to 5 bits and not 0. */
static SIM_ALWAYS_INLINE void flags_rotate(struct cpu *c, bool cf, bool of)
{
    c->flag_carry = (c->flag_carry & 8u) | ((uint32_t)cf << 31) | ((uint32_t)(cf ^ of) << 30);
}
static SIM_ALWAYS_INLINE uint32_t alu_rol(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    unsigned bits = 8 * size, n = count & (bits - 1);
    uint32_t r = n ? ((a << n) | (a >> (bits - n))) & size_mask(size) : a;
    flags_rotate(c, r & 1u, ((r >> (bits - 1)) ^ r) & 1u);
    return r;
}
static SIM_ALWAYS_INLINE uint32_t alu_ror(struct cpu *c, uint32_t a, unsigned count, unsigned size)
{
    unsigned bits = 8 * size, n = count & (bits - 1);
    uint32_t r = n ? ((a >> n) | (a << (bits - n))) & size_mask(size) : a;
    flags_rotate(c, (r >> (bits - 1)) & 1u, ((r >> (bits - 1)) ^ (r >> (bits - 2))) & 1u);
    return r;
}

/* Signed multiplication truncated to size; CF = OF = "the product did not fit". SF and the rest are
 * undefined. */
static SIM_ALWAYS_INLINE uint32_t alu_imul(struct cpu *c, uint32_t a, uint32_t b, unsigned size)
{
    int64_t wide = (int64_t)(int32_t)flag_sign_extend(a, size) * (int32_t)flag_sign_extend(b, size);
    uint32_t r = (uint32_t)wide & size_mask(size);
    bool over = (int32_t)flag_sign_extend(r, size) != wide;
    c->flag_result = flag_sign_extend(r, size);
    flags_set_cf_of(c, over, over);
    return r;
}

#endif

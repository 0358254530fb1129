/*
 * Lazy arithmetic flags: an instruction leaves its result and its carries, and a flag is computed
 * when it is read.
 *
 * flag_result: the result, sign-extended to 32 bits, in the low half; ZF is "low half is 0". SF and
 * PF come from the low half XOR the high half, which is 0 except after instructions that set the
 * flags independently (POPF, SAHF). flag_carry: the carry out of every bit, aligned so that bit 31
 * is the carry out of the operand's top bit (CF), bit 30 the carry into it (OF = bit 31 XOR bit
 * 30), and bit 3 the auxiliary carry, which a shift keeps in place.
 */
#ifndef SIM_CPU_FLAGS_H
#define SIM_CPU_FLAGS_H

#include "sim/cpu.h"

static SIM_ALWAYS_INLINE bool flag_cf(const struct cpu *c)
{
    return c->flag_carry >> 31;
}
static SIM_ALWAYS_INLINE bool flag_of(const struct cpu *c)
{
    return ((c->flag_carry ^ (c->flag_carry << 1)) >> 31) & 1u;
}
static SIM_ALWAYS_INLINE bool flag_zf(const struct cpu *c)
{
    return (uint32_t)c->flag_result == 0;
}
static SIM_ALWAYS_INLINE bool flag_sf(const struct cpu *c)
{
    return ((uint32_t)c->flag_result ^ (uint32_t)(c->flag_result >> 32)) >> 31;
}
static SIM_ALWAYS_INLINE bool flag_pf(const struct cpu *c)
{
    return !SIM_PARITY8((uint32_t)c->flag_result ^ (uint32_t)(c->flag_result >> 32));
}
static SIM_ALWAYS_INLINE bool flag_af(const struct cpu *c)
{
    return (c->flag_carry >> 3) & 1u;
}

/* Sign-extends a result of `size` bytes. */
static SIM_ALWAYS_INLINE uint32_t flag_sign_extend(uint32_t v, unsigned size)
{
    return size == 4 ? v : size == 2 ? (uint32_t)(int32_t)(int16_t)v : (uint32_t)(int32_t)(int8_t)v;
}

/* After an arithmetic instruction: its result and its vector of carries. */
static SIM_ALWAYS_INLINE void flags_arith(struct cpu *c, uint32_t result, uint32_t carries,
                                          unsigned size)
{
    c->flag_result = flag_sign_extend(result, size);
    c->flag_carry = size == 4 ? carries : (carries << (32 - 8 * size)) | (carries & 8u);
}

/* After a logic instruction: CF = OF = 0; AF is undefined, we clear it. */
static SIM_ALWAYS_INLINE void flags_logic(struct cpu *c, uint32_t result, unsigned size)
{
    c->flag_result = flag_sign_extend(result, size);
    c->flag_carry = 0;
}

/* CF and OF given by hand (shifts, multiplications); AF cleared. */
static SIM_ALWAYS_INLINE void flags_set_cf_of(struct cpu *c, bool cf, bool of)
{
    c->flag_carry = ((uint32_t)cf << 31) | ((uint32_t)(cf ^ of) << 30);
}

/* CF alone: OF and AF stay. */
static SIM_ALWAYS_INLINE void flags_set_cf(struct cpu *c, bool cf)
{
    bool of = flag_of(c);
    c->flag_carry = (c->flag_carry & 8u) | ((uint32_t)cf << 31) | ((uint32_t)(cf ^ of) << 30);
}

/* All six at once from EFLAGS bits. */
static inline void flags_set_arith(struct cpu *c, uint32_t f)
{
    bool cf = f & FLAG_CF, of = (f & FLAG_OF) != 0;
    uint32_t low = (f & FLAG_ZF) ? 0u : 1u; /* parity of 1 is odd: PF 0, SF 0 */
    uint32_t want = ((f & FLAG_SF) ? 0x80000000u : 0u) | ((f & FLAG_PF) ? 0u : 1u);
    c->flag_result = ((uint64_t)(low ^ want) << 32) | low;
    c->flag_carry = ((uint32_t)cf << 31) | ((uint32_t)(cf ^ of) << 30) | ((f & FLAG_AF) ? 8u : 0u);
}

/* The six flags as EFLAGS bits. */
static inline uint32_t flags_arith_bits(const struct cpu *c)
{
    return (flag_cf(c) ? FLAG_CF : 0u) | (flag_pf(c) ? FLAG_PF : 0u) | (flag_af(c) ? FLAG_AF : 0u) |
           (flag_zf(c) ? FLAG_ZF : 0u) | (flag_sf(c) ? FLAG_SF : 0u) | (flag_of(c) ? FLAG_OF : 0u);
}

/* Condition codes as in Jcc's low opcode nibble (SDM v1, EFLAGS Condition Codes). cc is a constant
 * where it is hot. */
static SIM_ALWAYS_INLINE bool flag_condition(const struct cpu *c, unsigned cc)
{
    bool r;
    switch (cc >> 1) {
    case 0:
        r = flag_of(c);
        break;
    case 1:
        r = flag_cf(c);
        break;
    case 2:
        r = flag_zf(c);
        break;
    case 3:
        r = flag_cf(c) || flag_zf(c);
        break;
    case 4:
        r = flag_sf(c);
        break;
    case 5:
        r = flag_pf(c);
        break;
    case 6:
        r = flag_sf(c) != flag_of(c);
        break;
    default:
        r = flag_zf(c) || flag_sf(c) != flag_of(c);
        break;
    }
    return r ^ (cc & 1u);
}

#endif

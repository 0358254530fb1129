/*
 * Random instructions: rows of insns.def taken with equal chance, so that rare forms are tried as
 * often as MOV.
 */
#include "generate.h"

#include <string.h>

#include "cpu/exec.h"
#include "tests/insn/rig.h"

uint64_t rng_next(struct rng *rng)
{
    uint64_t x = rng->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct rng rng_of_case(uint64_t seed, uint64_t number)
{
    struct rng rng = {seed * 0x2545f4914f6cdd1du + number};
    rng.state = rng_next(&rng);
    return rng;
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

uint32_t rng_value(struct rng *rng)
{
    static const uint32_t extreme[] = {
        0,       1,           2,           0xffffffffu, 0x7fffffffu, 0x80000000u, 0x80000001u,
        0x7f,    0x80,        0xff,        0x100,       0x7fff,      0x8000,      0xffff,
        0x10000, 0xffff8000u, 0xffffff80u, 0x01010101u, 0x99999999u, 0x000f00f0u};
    switch (rng_below(rng, 4)) {
    case 0:
        return extreme[rng_below(rng, sizeof extreme / sizeof extreme[0])];
    case 1:
        return rng_below(rng, 300);
    default:
        return (uint32_t)rng_next(rng);
    }
}

static uint32_t data_address(struct rng *rng)
{
    uint32_t at = RIG_DATA + rng_below(rng, RIG_DATA_END - RIG_DATA - 16);
    return rng_below(rng, 8) ? at
                             : (at | 0xfffu) - rng_below(rng, 8); /* now and then at a page's end */
}

/* ------------------------------------------------------------------------------------------ bytes */

static const uint8_t prefixes[] = {0x66, 0x66, 0x66, 0x66, 0x67, 0x67, 0x26, 0x2e,
                                   0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf0, 0xf2, 0xf3};

static unsigned put_prefixes(struct rng *rng, uint8_t *bytes)
{
    unsigned n = 0;

    while (n < 4 && rng_below(rng, 3) == 0)
        bytes[n++] = prefixes[rng_below(rng, sizeof prefixes)];
    return n;
}

static void put32(uint8_t *at, uint32_t v)
{
    memcpy(at, &v, 4);
}

static bool is_moffs(const struct insn_row *row)
{
    return row->operands == OPS_A_O || row->operands == OPS_O_A;
}

/* How many successive opcodes a row stands for is known to the decoder only: ask it. */
static uint8_t spread_opcode(struct rng *rng, const struct insn_row *row, const uint8_t *before,
                             unsigned n)
{
    uint8_t bytes[16] = {0};
    struct insn in;
    uint8_t opcode = (uint8_t)(row->opcode + rng_below(rng, 16));

    memcpy(bytes, before, n);
    bytes[n] = opcode;
    if (insn_decode(bytes, INSN_MAX_LENGTH, DECODE_CODE32, &in) == DECODE_OK &&
        insn_row_of(&in) == row)
        return opcode;
    return (uint8_t)row->opcode;
}

void generate_from_rows(struct rng *rng, uint8_t bytes[INSN_MAX_LENGTH])
{
    const struct insn_row *row = &insn_rows[rng_below(rng, insn_row_count)];
    uint8_t out[32];
    unsigned n = put_prefixes(rng, out);

    for (unsigned i = n; i < sizeof out; i++)
        out[i] = (uint8_t)rng_next(rng);
    if (row->attr & ROW_REP) {
        if (rng_below(rng, 2))
            out[n++] = rng_below(rng, 2) ? 0xf3 : 0xf2;
    }
    if (row->opcode > 0xff)
        out[n++] = 0x0f;
    out[n] = spread_opcode(rng, row, out, n);
    n++;
    if (is_moffs(row)) {
        put32(out + n, data_address(rng));
    } else {
        uint8_t modrm = out[n];
        if (rng_below(rng, 3) == 0)
            modrm |= 0xc0;
        if (row->group >= 0)
            modrm = (uint8_t)((modrm & 0xc7) | (row->group << 3));
        out[n] = modrm;
        if ((modrm & 0xc7) == 5)
            put32(out + n + 1, data_address(rng));
        else if ((modrm & 0xc7) == 4 && (out[n + 1] & 7) == 5)
            put32(out + n + 2, data_address(rng));
    }
    memcpy(bytes, out, INSN_MAX_LENGTH);
}

void generate_bytes(struct rng *rng, uint8_t bytes[INSN_MAX_LENGTH])
{
    unsigned n = put_prefixes(rng, bytes);

    if (rng_below(rng, 3) == 0)
        bytes[n++] = 0x0f;
    while (n < INSN_MAX_LENGTH)
        bytes[n++] = (uint8_t)rng_next(rng);
}

/* ------------------------------------------------------------------------------------------ registers */

bool generate_repeats(const struct insn *in)
{
    return (insn_row_of(in)->attr & ROW_REP) && (in->prefix & (PREFIX_REP | PREFIX_REPNE));
}

/* Moves the ModRM operand into the data window (16-bit addresses: into the low window). */
static void aim(struct rng *rng, const struct insn *in, uint32_t gpr[8])
{
    uint32_t r[9] = {0};

    memcpy(r, gpr, 8 * sizeof *gpr);
    uint32_t at = r[in->base] + (r[in->index] << in->scale) + in->disp;
    uint32_t want = in->addrsize == 4 ? data_address(rng)
                                      : RIG_LOW + rng_below(rng, RIG_LOW_END - RIG_LOW - 16);
    if (in->addrsize == 2) {
        unsigned reg = in->base != GPR_ZERO ? in->base : in->index;
        if (reg != GPR_ZERO)
            gpr[reg] += want - at;
    } else if (in->base != GPR_ZERO && in->base != in->index) {
        gpr[in->base] += want - at;
    } else if (in->base == GPR_ZERO && in->index != GPR_ZERO) {
        gpr[in->index] = rng_below(rng, 64); /* the displacement is in the window */
    }
}

void generate_registers(struct rng *rng, const struct insn *in, uint32_t gpr[8])
{
    const struct insn_row *row = insn_row_of(in);

    for (unsigned i = 0; i < 8; i++)
        gpr[i] = rng_value(rng);
    static const uint8_t pointers[] = {R_ESI, R_EDI, R_EBX, R_EBP};
    for (unsigned i = 0; i < sizeof pointers; i++)
        if (rng_below(rng, 4))
            gpr[pointers[i]] = data_address(rng);
    if (in->addrsize == 2 && rng_below(rng, 4)) {
        gpr[R_ESI] = (gpr[R_ESI] & 0xffff0000u) | (RIG_LOW + rng_below(rng, 0x3ff0));
        gpr[R_EDI] = (gpr[R_EDI] & 0xffff0000u) | (RIG_LOW + rng_below(rng, 0x3ff0));
        gpr[R_EBX] = (gpr[R_EBX] & 0xffff0000u) | (RIG_LOW + rng_below(rng, 0x3e00));
    }
    gpr[R_ESP] = rng_below(rng, 16) ? RIG_STACK - rng_below(rng, 0x1000) : rng_value(rng);
    if (generate_repeats(in))
        gpr[R_ECX] = (in->addrsize == 2 ? rng_value(rng) & 0xffff0000u : 0) | rng_below(rng, 70);
    if (rng_below(rng, 8) == 0)
        return;
    if (in->mem && !is_moffs(row))
        aim(rng, in, gpr);
    if (row->operands == OPS_E_G && in->mem &&
        row->flags_written == FLAG_CF) /* BT: the string near the word */
        gpr[in->reg] = in->reg == in->base || in->reg == in->index ? gpr[in->reg]
                                                                   : rng_below(rng, 2048) - 1024;
}

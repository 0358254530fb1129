/*
 * The decoder: bytes to struct insn, by the rows of insns.def (SDM v2, Instruction Format).
 */
#include <string.h>

#include "cpu/exec.h"
#include "cpu/insns.h"

/* A reader that knows whether bytes ran out or the instruction is over-long. */
struct reader {
    const uint8_t *bytes;
    unsigned n;  /* available */
    unsigned at; /* consumed */
    bool short_of_bytes;
};

static uint8_t take8(struct reader *r)
{
    if (r->at >= r->n) {
        r->short_of_bytes = true;
        r->at++;
        return 0;
    }
    return r->bytes[r->at++];
}

static uint32_t take(struct reader *r, unsigned size)
{
    uint32_t v = 0;

    if (SIM_LIKELY(size == 4 && r->at + 4 <= r->n)) {
        memcpy(&v, r->bytes + r->at, 4);
        r->at += 4;
        return v;
    }
    for (unsigned i = 0; i < size; i++)
        v |= (uint32_t)take8(r) << (8 * i);
    return v;
}

/* --- prefixes --- */

/* Reads prefixes into *in; returns the first opcode byte. */
static uint8_t take_prefixes(struct reader *r, struct insn *in)
{
    for (;;) {
        uint8_t b = take8(r);
        switch (b) {
        case 0x26:
            in->seg = SEG_ES;
            break;
        case 0x2e:
            in->seg = SEG_CS;
            break;
        case 0x36:
            in->seg = SEG_SS;
            break;
        case 0x3e:
            in->seg = SEG_DS;
            break;
        case 0x64:
            in->seg = SEG_FS;
            break;
        case 0x65:
            in->seg = SEG_GS;
            break;
        case 0x66:
            in->prefix |= PREFIX_OPSIZE;
            break;
        case 0x67:
            in->prefix |= PREFIX_ADDRSIZE;
            break;
        case 0xf0:
            in->prefix |= PREFIX_LOCK;
            break;
        case 0xf2:
            in->prefix = (uint8_t)((in->prefix & ~PREFIX_REP) | PREFIX_REPNE);
            break;
        case 0xf3:
            in->prefix = (uint8_t)((in->prefix & ~PREFIX_REPNE) | PREFIX_REP);
            break;
        default:
            return b;
        }
        if (r->at > INSN_MAX_LENGTH || r->short_of_bytes)
            return b;
    }
}

/* --- ModRM --- */

static void default_segment(struct insn *in, unsigned seg)
{
    if (in->seg == NO_SEG)
        in->seg = (uint8_t)seg;
}

/* 16-bit addressing forms (SDM v2, table 2-1). */
static void take_modrm16(struct reader *r, struct insn *in, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = {R_EBX, R_EBX, R_EBP, R_EBP, GPR_ZERO, GPR_ZERO, R_EBP, R_EBX};
    static const uint8_t index[8] = {R_ESI, R_EDI, R_ESI, R_EDI, R_ESI, R_EDI, GPR_ZERO, GPR_ZERO};

    in->base = base[rm];
    in->index = index[rm];
    if (mod == 0 && rm == 6) {
        in->base = GPR_ZERO;
        in->disp = take(r, 2);
    } else if (mod == 1) {
        in->disp = (uint32_t)(int32_t)(int8_t)take8(r);
    } else if (mod == 2) {
        in->disp = take(r, 2);
    }
    default_segment(in, in->base == R_EBP ? SEG_SS : SEG_DS);
}

/* 32-bit addressing forms with SIB (SDM v2, tables 2-2 and 2-3). */
static void take_modrm32(struct reader *r, struct insn *in, unsigned mod, unsigned rm)
{
    bool no_base = mod == 0 && rm == 5;

    in->base = (uint8_t)rm;
    if (rm == 4) {
        uint8_t sib = take8(r);
        in->base = sib & 7;
        in->scale = sib >> 6;
        if (((sib >> 3) & 7) != 4)
            in->index = (sib >> 3) & 7;
        no_base = mod == 0 && in->base == 5;
    }
    if (no_base) {
        in->base = GPR_ZERO;
        in->disp = take(r, 4);
    } else if (mod == 1) {
        in->disp = (uint32_t)(int32_t)(int8_t)take8(r);
    } else if (mod == 2) {
        in->disp = take(r, 4);
    }
    default_segment(in, in->base == R_ESP || in->base == R_EBP ? SEG_SS : SEG_DS);
}

static void take_modrm(struct reader *r, struct insn *in, uint8_t modrm, bool register_rm)
{
    unsigned mod = modrm >> 6, rm = modrm & 7;

    in->reg = (modrm >> 3) & 7;
    in->rm = (uint8_t)rm;
    if (mod == 3 || register_rm)
        return;
    in->mem = 1;
    if (in->addrsize == 2)
        take_modrm16(r, in, mod, rm);
    else
        take_modrm32(r, in, mod, rm);
}

/* --- operands --- */

enum {
    HAS_MODRM = 1,
    IMM_SIZE = 2,
    IMM_BYTE = 4,
    IMM_WORD = 8,
    REG_IN_OPCODE = 16,
    MOFFS = 32,
    FAR_POINTER = 64,
    MEM_ONLY = 128,
    SEG_REG = 256,
    SEG_IN_OPCODE = 512,
    CONTROL_REG = 1024
};

static const uint16_t operand_parts[INSN_OPERAND_KINDS] = {
    [OPS_E_G] = HAS_MODRM,
    [OPS_G_E] = HAS_MODRM,
    [OPS_E] = HAS_MODRM,
    [OPS_E_I] = HAS_MODRM | IMM_SIZE,
    [OPS_E_Ib] = HAS_MODRM | IMM_BYTE,
    [OPS_E_1] = HAS_MODRM,
    [OPS_E_CL] = HAS_MODRM,
    [OPS_E_G_Ib] = HAS_MODRM | IMM_BYTE,
    [OPS_E_G_CL] = HAS_MODRM,
    [OPS_G_E_I] = HAS_MODRM | IMM_SIZE,
    [OPS_G_E_Ib] = HAS_MODRM | IMM_BYTE,
    [OPS_G_Eb] = HAS_MODRM,
    [OPS_G_Ew] = HAS_MODRM,
    [OPS_G_M] = HAS_MODRM | MEM_ONLY,
    [OPS_M] = HAS_MODRM | MEM_ONLY,
    [OPS_A_I] = IMM_SIZE,
    [OPS_A_Ib] = IMM_BYTE,
    [OPS_A_O] = MOFFS,
    [OPS_O_A] = MOFFS,
    [OPS_A_R] = REG_IN_OPCODE,
    [OPS_R] = REG_IN_OPCODE,
    [OPS_R_I] = REG_IN_OPCODE | IMM_SIZE,
    [OPS_S] = SEG_IN_OPCODE,
    [OPS_E_S] = HAS_MODRM | SEG_REG,
    [OPS_S_E] = HAS_MODRM | SEG_REG,
    [OPS_I] = IMM_SIZE,
    [OPS_Ib] = IMM_BYTE,
    [OPS_Iw] = IMM_WORD,
    [OPS_Iw_Ib] = IMM_WORD,
    [OPS_J] = IMM_SIZE,
    [OPS_Jb] = IMM_BYTE,
    [OPS_Ap] = FAR_POINTER,
    [OPS_R_C] = HAS_MODRM | CONTROL_REG,
    [OPS_C_R] = HAS_MODRM | CONTROL_REG,
    [OPS_R_D] = HAS_MODRM,
    [OPS_D_R] = HAS_MODRM,
};

static void take_immediates(struct reader *r, struct insn *in, const struct insn_row *row)
{
    unsigned parts = operand_parts[row->operands];

    if (parts & IMM_SIZE)
        in->imm = flag_sign_extend(take(r, in->opsize), in->opsize);
    if (parts & IMM_BYTE) {
        uint8_t b = take8(r);
        in->imm = (row->attr & ROW_UNSIGNED) ? b : (uint32_t)(int32_t)(int8_t)b;
    }
    if (parts & IMM_WORD)
        in->imm = take(r, 2);
    if (row->operands == OPS_Iw_Ib)
        in->imm2 = take8(r);
    if (row->operands == OPS_E_1)
        in->imm = 1;
    if (parts & MOFFS) {
        in->disp = take(r, in->addrsize);
        in->mem = 1;
        in->reg = R_EAX;
        default_segment(in, SEG_DS);
    }
    if (parts & FAR_POINTER) {
        in->disp = take(r, in->opsize);
        in->imm2 = (uint16_t)take(r, 2);
    }
    if (row->operands == OPS_STR || (row->attr & ROW_DEFAULT_DS))
        default_segment(in, SEG_DS);
}

/* The row of an opcode and ModRM byte, or null. */
static const struct insn_row *find_row(unsigned slot, uint8_t modrm)
{
    unsigned first = insn_first_row[slot];

    if (!first)
        return NULL;
    const struct insn_row *row = &insn_rows[first - 1], *end = insn_rows + insn_row_count;
    if (row->group < 0)
        return row;
    for (uint16_t opcode = row->opcode; row < end && row->opcode == opcode; row++) {
        if (row->group == ((modrm >> 3) & 7))
            return row;
    }
    return NULL;
}

/* Encodings that exist in the map and are undefined all the same. */
static bool undefined(const struct insn *in, const struct insn_row *row)
{
    unsigned parts = operand_parts[row->operands];

    if ((parts & MEM_ONLY) && !in->mem)
        return true;
    if ((in->prefix & PREFIX_LOCK) && !((row->attr & ROW_LOCKABLE) && in->mem))
        return true;
    if ((parts & SEG_REG) && (in->reg > SEG_GS || (row->operands == OPS_S_E && in->reg == SEG_CS)))
        return true;
    if ((parts & CONTROL_REG) && (in->reg == 1 || in->reg > 4))
        return true;
    return false;
}

/* --- handlers --- */

static insn_handler form_handler(const struct handler_set *set, struct insn *in, unsigned ops)
{
    unsigned size = in->opsize >> 1;

    switch (ops) {
    case OPS_E_G:
    case OPS_O_A:
        return in->mem ? set->mr[size] : set->rr[size];
    case OPS_G_E:
    case OPS_G_Eb:
    case OPS_G_Ew:
    case OPS_A_O:
        if (in->mem)
            return set->rm[size];
        if (set->rr[size]) { /* destination first */
            uint8_t source = in->rm;
            in->rm = in->reg;
            in->reg = source;
        }
        return set->rr[size];
    case OPS_G_M:
    case OPS_G_E_I:
    case OPS_G_E_Ib:
        return in->mem ? set->rm[size] : set->rr[size];
    case OPS_E_I:
    case OPS_E_Ib:
    case OPS_E_1:
        return in->mem ? set->mi[size] : set->ri[size];
    case OPS_A_I:
        in->rm = R_EAX;
        return set->ri[size];
    case OPS_R_I:
        return set->ri[size];
    default:
        return in->mem ? set->mr[size] : set->rr[size];
    }
}

static insn_handler choose_handler(const struct insn_row *row, struct insn *in, unsigned mode)
{
    const struct handler_set *set = row->handlers;

    if (!set)
        return exec_plain;
    if (((row->attr & ROW_STACK) && (!(mode & DECODE_STACK32) || in->addrsize == 2)) ||
        ((row->attr & ROW_ADDR32) && in->addrsize == 2))
        return exec_plain;
    if (row->attr & ROW_CONDITION)
        set += in->opcode & 15;
    insn_handler fn = form_handler(set, in, row->operands);
    return fn ? fn : exec_plain;
}

static bool operand_is_flat(const struct insn *in, unsigned mode)
{
    return (mode & DECODE_FLAT) && in->addrsize == 4 &&
           (in->seg == NO_SEG || in->seg == SEG_DS || in->seg == SEG_ES || in->seg == SEG_SS);
}

static void set_sizes(struct insn *in, unsigned mode)
{
    bool code32 = mode & DECODE_CODE32;

    in->opsize = (code32 != !!(in->prefix & PREFIX_OPSIZE)) ? 4 : 2;
    in->addrsize = (code32 != !!(in->prefix & PREFIX_ADDRSIZE)) ? 4 : 2;
}

static void set_opsize(struct insn *in, const struct insn_row *row)
{
    if (row->attr & ROW_BYTE)
        in->opsize = 1;
    else if (row->attr & ROW_WORD)
        in->opsize = 2;
    else if (row->attr & ROW_DWORD)
        in->opsize = 4;
}

static const struct insn_row *take_row(struct reader *r, struct insn *in)
{
    uint8_t opcode = take_prefixes(r, in);
    unsigned slot = opcode;

    if (opcode == 0x0f) {
        opcode = take8(r);
        slot = 0x100u | opcode;
    }
    in->opcode = opcode;
    if (r->short_of_bytes || !insn_first_row[slot])
        return NULL;
    uint8_t modrm = r->at < r->n ? r->bytes[r->at] : 0;
    const struct insn_row *row = find_row(slot, modrm);
    bool grouped = insn_rows[insn_first_row[slot] - 1].group >= 0;
    if (!row || grouped || (operand_parts[row->operands] & HAS_MODRM))
        take8(r);
    if (r->short_of_bytes || !row)
        return NULL;
    return row;
}

enum decode_status insn_decode(const uint8_t *bytes, unsigned n, unsigned mode, struct insn *in)
{
    struct reader r = {bytes, n > INSN_MAX_LENGTH ? INSN_MAX_LENGTH : n, 0, false};

    memset(in, 0, sizeof *in);
    in->seg = NO_SEG;
    in->base = in->index = GPR_ZERO;
    const struct insn_row *row = take_row(&r, in);
    if (row) {
        unsigned parts = operand_parts[row->operands];
        set_sizes(in, mode);
        if ((parts & HAS_MODRM))
            take_modrm(&r, in, bytes[r.at - 1], row->attr & ROW_REGISTER_RM);
        set_opsize(in, row);
        if (parts & REG_IN_OPCODE)
            in->rm = in->reg = in->opcode & 7;
        if (parts & SEG_IN_OPCODE)
            in->reg = (row->opcode >> 3) & 7;
        take_immediates(&r, in, row);
    }
    in->len = (uint8_t)(r.at > INSN_MAX_LENGTH ? INSN_MAX_LENGTH : r.at);
    if (r.short_of_bytes)
        return n >= INSN_MAX_LENGTH ? DECODE_TOO_LONG : DECODE_MORE;
    if (!row || undefined(in, row))
        return DECODE_UD;
    in->row = (uint16_t)(row - insn_rows);
    in->stack32 = (mode & DECODE_STACK32) ? 1 : 0;
    in->bias = operand_is_flat(in, mode) ? 0 : 2;
    in->fn = choose_handler(row, in, mode);
    return DECODE_OK;
}

/*
 * The instruction table as an array, and the map from opcodes to rows. Both are made from
 * insns.def.
 */
#include "cpu/insns.h"

#include <stddef.h>

#include "cpu/exec_functions.h"
#include "sim/cost.h"

#define F_ALL FLAG_ARITH

#define ROW(opcode, group, mnemonic, operands, attr, class, trap, cost, written, undefined, exec,  \
            handlers, title)                                                                       \
    {mnemonic,    opcode,  group,     OPS_##operands, attr,     CLASS_##class, TRAP_##trap,        \
     COST_##cost, written, undefined, exec,           handlers, title},

const struct insn_row insn_rows[] = {
#define INSN(...)      ROW(__VA_ARGS__)
#define INSN_MORE(...) ROW(__VA_ARGS__)
#define INSN_R8(...)   ROW(__VA_ARGS__)
#define INSN_C16(...)  ROW(__VA_ARGS__)
#include "cpu/insns.def"
#undef INSN
#undef INSN_MORE
#undef INSN_R8
#undef INSN_C16
};

const unsigned insn_row_count = sizeof insn_rows / sizeof insn_rows[0];

/* A row's number by its line in insns.def. */
#define CONCAT2(a, b) a##b
#define CONCAT(a, b)  CONCAT2(a, b)
enum {
#define INSN(...)      CONCAT(ROW_AT_LINE_, __LINE__),
#define INSN_MORE(...) CONCAT(ROW_AT_LINE_, __LINE__),
#define INSN_R8(...)   CONCAT(ROW_AT_LINE_, __LINE__),
#define INSN_C16(...)  CONCAT(ROW_AT_LINE_, __LINE__),
#include "cpu/insns.def"
#undef INSN
#undef INSN_MORE
#undef INSN_R8
#undef INSN_C16
};

#define SLOT(opcode) (((opcode)&0xff) | ((opcode) > 0xff ? 0x100 : 0))
#define HERE         (uint16_t)(CONCAT(ROW_AT_LINE_, __LINE__) + 1)
#define MAP2(o)      [SLOT(o)] = HERE, [SLOT((o) + 1)] = HERE
#define MAP8(o)      MAP2(o), MAP2((o) + 2), MAP2((o) + 4), MAP2((o) + 6)

const uint16_t insn_first_row[512] = {
#define INSN(opcode, ...) [SLOT(opcode)] = HERE,
#define INSN_MORE(opcode, ...)
#define INSN_R8(opcode, ...)  MAP8(opcode),
#define INSN_C16(opcode, ...) MAP8(opcode), MAP8((opcode) + 8),
#include "cpu/insns.def"
};

/*
 * From opcode to row.
 */
#ifndef SIM_CPU_INSNS_H
#define SIM_CPU_INSNS_H

#include "sim/insn.h"

/* Index + 1 of the first row of an opcode; two-byte opcodes from 256 on; 0: no such instruction. */
extern const uint16_t insn_first_row[512];

#endif

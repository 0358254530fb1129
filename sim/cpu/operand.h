/*
 * Operands as the plain instruction functions see them: registers by size, and the r/m operand
 * wherever it is.
 */
#ifndef SIM_CPU_OPERAND_H
#define SIM_CPU_OPERAND_H

#include <string.h>

#include "sim/cpu.h"

/* A general register by size in bytes; size 1 numbers AL CL DL BL AH CH DH BH. Zero-extended. */
static inline uint32_t reg_get(const struct cpu *c, unsigned n, unsigned size)
{
    if (size == 4)
        return c->s.gpr[n];
    if (size == 2)
        return c->s.gpr[n] & 0xffffu;
    return (c->s.gpr[n & 3] >> ((n & 4) * 2)) & 0xffu;
}

/* Writes a register's low part and leaves the rest. */
static inline void reg_set(struct cpu *c, unsigned n, unsigned size, uint32_t v)
{
    if (size == 4) {
        c->s.gpr[n] = v;
    } else if (size == 2) {
        c->s.gpr[n] = (c->s.gpr[n] & 0xffff0000u) | (v & 0xffffu);
    } else {
        unsigned shift = (n & 4) * 2;
        c->s.gpr[n & 3] = (c->s.gpr[n & 3] & ~(0xffu << shift)) | ((v & 0xffu) << shift);
    }
}

/* Offset of the ModRM memory operand in in->seg, wrapped to the address size. */
static inline uint32_t operand_offset(const struct cpu *c, const struct insn *in)
{
    uint32_t offset = c->s.gpr[in->base] + (c->s.gpr[in->index] << in->scale) + in->disp;
    return in->addrsize == 2 ? offset & 0xffffu : offset;
}

/* Reads / writes the r/m operand, in->opsize bytes. False: fault raised. */
static inline bool operand_read_rm(struct cpu *c, const struct insn *in, uint32_t *value)
{
    if (in->mem)
        return cpu_read(c, in->seg, operand_offset(c, in), in->opsize, value);
    *value = reg_get(c, in->rm, in->opsize);
    return true;
}

static inline bool operand_write_rm(struct cpu *c, const struct insn *in, uint32_t value)
{
    if (in->mem)
        return cpu_write(c, in->seg, operand_offset(c, in), in->opsize, value);
    reg_set(c, in->rm, in->opsize, value);
    return true;
}

/* Reads the r/m operand and makes sure that operand_write_rm will succeed. */
static inline bool operand_modify_rm(struct cpu *c, const struct insn *in, uint32_t *value)
{
    if (in->mem && !cpu_probe_write(c, in->seg, operand_offset(c, in), in->opsize))
        return false;
    return operand_read_rm(c, in, value);
}

/* Stack pushes and pops of size 2 or 4 at SS:ESP or SS:SP. ESP changes only on success. */
static inline bool stack_push(struct cpu *c, unsigned size, uint32_t value)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t esp = c->s.gpr[R_ESP];
    uint32_t top = (esp - size) & mask;
    if (!cpu_write(c, SEG_SS, top, size, value))
        return false;
    c->s.gpr[R_ESP] = (esp & ~mask) | top;
    return true;
}

static inline void stack_adjust(struct cpu *c, uint32_t delta)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | ((c->s.gpr[R_ESP] + delta) & mask);
}

static inline bool stack_peek(struct cpu *c, uint32_t at, unsigned size, uint32_t *value)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    return cpu_read(c, SEG_SS, (c->s.gpr[R_ESP] + at) & mask, size, value);
}

static inline bool stack_pop(struct cpu *c, unsigned size, uint32_t *value)
{
    if (!stack_peek(c, 0, size, value))
        return false;
    stack_adjust(c, size);
    return true;
}

#endif

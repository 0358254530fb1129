/*
 * IN and OUT, and who may use them (SDM v1, Input/Output; v2, IN, OUT). Strings are the string
 * instructions' business.
 */
#include "cpu/io.h"

#include "cpu/debug.h"
#include "cpu/exec_system.h"
#include "cpu/operand.h"

#define TSS_IO_MAP_BASE 0x66u

bool io_permission(struct cpu *c, uint16_t port, unsigned size)
{
    const struct segment *tr = &c->s.seg[SEG_TR];
    uint32_t base, map;
    if (c->s.cpl <= (c->s.eflags & FLAG_IOPL) >> FLAG_IOPL_SHIFT)
        return true;
    bool tss32 = !(tr->ar & AR_UNUSABLE) && (tr->ar & 8u);
    if (!tss32 || TSS_IO_MAP_BASE + 1u > tr->limit)
        return cpu_raise_error(c, VEC_GP, 0);
    if (!cpu_read_linear(c, tr->base + TSS_IO_MAP_BASE, 2, false, &base))
        return false;
    /* Two bytes are always read, so the map ends with a byte of ones inside the limit. */
    uint32_t at = base + port / 8u;
    if (at + 1u > tr->limit)
        return cpu_raise_error(c, VEC_GP, 0);
    if (!cpu_read_linear(c, tr->base + at, 2, false, &map))
        return false;
    if (map >> (port & 7u) & ((1u << size) - 1u))
        return cpu_raise_error(c, VEC_GP, 0);
    return true;
}

static bool port_in(struct cpu *c, const struct insn *in, uint16_t port)
{
    uint32_t value;
    if (!io_permission(c, port, in->opsize) || !c->ops->port_read(c, port, in->opsize, &value))
        return false;
    reg_set(c, R_EAX, in->opsize, value);
    debug_io_match(c, port, in->opsize);
    return true;
}

static bool port_out(struct cpu *c, const struct insn *in, uint16_t port)
{
    uint32_t value = reg_get(c, R_EAX, in->opsize);
    if (!io_permission(c, port, in->opsize) || !c->ops->port_write(c, port, in->opsize, value))
        return false;
    debug_io_match(c, port, in->opsize);
    return true;
}

bool exec_in_imm(struct cpu *c, const struct insn *in)
{
    return port_in(c, in, in->imm & 0xffu);
}

bool exec_in_dx(struct cpu *c, const struct insn *in)
{
    return port_in(c, in, (uint16_t)c->s.gpr[R_EDX]);
}

bool exec_out_imm(struct cpu *c, const struct insn *in)
{
    return port_out(c, in, in->imm & 0xffu);
}

bool exec_out_dx(struct cpu *c, const struct insn *in)
{
    return port_out(c, in, (uint16_t)c->s.gpr[R_EDX]);
}

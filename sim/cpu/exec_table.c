/*
 * Descriptor-table registers: SGDT SIDT LGDT LIDT SLDT STR LLDT LTR (SDM v2).
 *
 * The stores are not privileged: any ring may look (Popek and Goldberg's problem on this
 * architecture).
 */
#include "cpu/exec_system.h"
#include "cpu/operand.h"
#include "sim/segment.h"

/* Limit and base to memory, six bytes, all or nothing. */
static bool store_pseudo_descriptor(struct cpu *c, const struct insn *in, uint32_t limit,
                                    uint32_t base)
{
    uint32_t at = operand_offset(c, in);
    return cpu_probe_write(c, in->seg, at, 2) && cpu_probe_write(c, in->seg, at + 2u, 4) &&
           cpu_write(c, in->seg, at, 2, limit) && cpu_write(c, in->seg, at + 2u, 4, base) &&
           exec_done(c, COST_insn_system);
}

/* And from memory; a 16-bit operand size loads only 24 bits of base. */
static bool load_pseudo_descriptor(struct cpu *c, const struct insn *in, uint32_t *limit,
                                   uint32_t *base)
{
    uint32_t at = operand_offset(c, in);
    if (!require_ring0(c) || !cpu_read(c, in->seg, at, 2, limit) ||
        !cpu_read(c, in->seg, at + 2u, 4, base))
        return false;
    if (in->opsize == 2)
        *base &= 0x00ffffffu;
    return true;
}

bool exec_sgdt(struct cpu *c, const struct insn *in)
{
    return store_pseudo_descriptor(c, in, c->s.gdtr_limit, c->s.gdtr_base);
}

bool exec_sidt(struct cpu *c, const struct insn *in)
{
    return store_pseudo_descriptor(c, in, c->s.idtr_limit, c->s.idtr_base);
}

bool exec_lgdt(struct cpu *c, const struct insn *in)
{
    uint32_t limit, base;
    if (!load_pseudo_descriptor(c, in, &limit, &base))
        return false;
    c->s.gdtr_limit = limit;
    c->s.gdtr_base = base;
    c->ops->table_loaded(c, CPU_TABLE_GDT);
    return exec_done(c, COST_table_load);
}

bool exec_lidt(struct cpu *c, const struct insn *in)
{
    uint32_t limit, base;
    if (!load_pseudo_descriptor(c, in, &limit, &base))
        return false;
    c->s.idtr_limit = limit;
    c->s.idtr_base = base;
    c->ops->table_loaded(c, CPU_TABLE_IDT);
    return exec_done(c, COST_table_load);
}

/* A selector to r/m: 16 bits in memory, zero-extended in a register. */
static bool store_selector(struct cpu *c, const struct insn *in, uint16_t sel)
{
    if (in->mem)
        return cpu_write(c, in->seg, operand_offset(c, in), 2, sel) &&
               exec_done(c, COST_insn_system);
    reg_set(c, in->rm, in->opsize, sel);
    return exec_done(c, COST_insn_system);
}

bool exec_sldt(struct cpu *c, const struct insn *in)
{
    return store_selector(c, in, c->s.seg[SEG_LDTR].sel);
}

bool exec_str(struct cpu *c, const struct insn *in)
{
    return store_selector(c, in, c->s.seg[SEG_TR].sel);
}

static bool read_selector(struct cpu *c, const struct insn *in, uint16_t *sel)
{
    uint32_t value = c->s.gpr[in->rm & 7];
    if (!require_ring0(c))
        return false;
    if (in->mem && !cpu_read(c, in->seg, operand_offset(c, in), 2, &value))
        return false;
    *sel = (uint16_t)value;
    return true;
}

/* The system descriptor of a GDT selector, of the one type (avail: or the other) asked for, and
 * present. */
static bool read_system_descriptor(struct cpu *c, uint16_t sel, uint32_t types,
                                   struct descriptor *d)
{
    if (sel & SEL_TI)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!segment_read_descriptor(c, sel, VEC_GP, 0, d))
        return false;
    if (desc_s(d) || !(types >> desc_type(d) & 1u))
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(d))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return true;
}

bool exec_lldt(struct cpu *c, const struct insn *in)
{
    uint16_t sel;
    struct segment ldt;
    if (!read_selector(c, in, &sel))
        return false;
    if (selector_is_null(sel)) {
        ldt = segment_null(sel);
    } else {
        struct descriptor d;
        if (!read_system_descriptor(c, sel, 1u << SYS_LDT, &d))
            return false;
        ldt = segment_from_descriptor(&d);
    }
    segment_set(c, SEG_LDTR, ldt);
    c->ops->table_loaded(c, CPU_TABLE_LDT);
    return exec_done(c, COST_table_load);
}

bool exec_ltr(struct cpu *c, const struct insn *in)
{
    uint16_t sel;
    struct descriptor d;
    const uint32_t available = (1u << SYS_TSS16_AVAIL) | (1u << SYS_TSS32_AVAIL);
    if (!read_selector(c, in, &sel))
        return false;
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!read_system_descriptor(c, sel, available, &d))
        return false;
    d.hi |= 0x200u; /* busy, in memory and in the hidden part */
    if (!cpu_write_linear(c, d.linear + 5u, 1, false, (d.hi >> 8) & 0xffu))
        return false;
    segment_set(c, SEG_TR, segment_from_descriptor(&d));
    c->ops->table_loaded(c, CPU_TABLE_TR);
    return exec_done(c, COST_table_load);
}

/*
 * Questions about selectors that never fault on a bad one: LAR, LSL, VERR, VERW, ARPL (SDM v2).
 *
 * They answer in ZF from the real tables at the real CPL, in any ring: reading what they must not
 * (Robin & Irvine).
 */
#include "cpu/exec_system.h"
#include "cpu/operand.h"
#include "sim/segment.h"

/* The selector operand: 16 bits, whatever the operand size. */
static bool read_selector(struct cpu *c, const struct insn *in, uint16_t *sel)
{
    uint32_t value = c->s.gpr[in->rm & 7];
    if (in->mem && !cpu_read(c, in->seg, operand_offset(c, in), 2, &value))
        return false;
    *sel = (uint16_t)value;
    return true;
}

static void set_zf(struct cpu *c, bool value)
{
    cpu_set_eflags(c, (cpu_eflags(c) & ~FLAG_ZF) | (value ? FLAG_ZF : 0u));
}

/* Is the selector inside its table? Otherwise the answer is ZF = 0, and no fault stays pending. */
static bool within_table(const struct cpu *c, uint16_t sel)
{
    uint32_t limit = c->s.gdtr_limit;
    if (selector_is_null(sel))
        return false;
    if (sel & SEL_TI) {
        if (c->s.seg[SEG_LDTR].ar & AR_UNUSABLE)
            return false;
        limit = c->s.seg[SEG_LDTR].limit;
    }
    return (sel & SEL_INDEX) + 7u <= limit;
}

/* Fetches a descriptor to be looked at. *known is false if there is none; returns false on a page
 * fault. */
static bool look(struct cpu *c, uint16_t sel, struct descriptor *d, bool *known)
{
    *known = within_table(c, sel);
    return !*known || segment_read_descriptor(c, sel, VEC_GP, 0, d);
}

/* Conforming code is visible to all rings, everything else to CPL and RPL up to its DPL. */
static bool privileged_enough(const struct cpu *c, const struct descriptor *d)
{
    if (desc_is_conforming(d))
        return true;
    return desc_dpl(d) >= c->s.cpl && desc_dpl(d) >= (d->sel & SEL_RPL);
}

#define TYPE(t) (1u << (t))
static const uint32_t lar_types =
    TYPE(SYS_TSS16_AVAIL) | TYPE(SYS_LDT) | TYPE(SYS_TSS16_BUSY) | TYPE(SYS_CALL_GATE16) |
    TYPE(SYS_TASK_GATE) | TYPE(SYS_TSS32_AVAIL) | TYPE(SYS_TSS32_BUSY) | TYPE(SYS_CALL_GATE32);
static const uint32_t lsl_types = TYPE(SYS_TSS16_AVAIL) | TYPE(SYS_LDT) | TYPE(SYS_TSS16_BUSY) |
                                  TYPE(SYS_TSS32_AVAIL) | TYPE(SYS_TSS32_BUSY);
#undef TYPE

/* The descriptor for LAR and LSL, if this CPL may see it and its type is one of `system_types` or a
 * segment. */
static bool look_typed(struct cpu *c, const struct insn *in, uint32_t system_types,
                       struct descriptor *d, bool *valid)
{
    uint16_t sel;
    if (!read_selector(c, in, &sel) || !look(c, sel, d, valid))
        return false;
    if (*valid)
        *valid = (desc_s(d) || (system_types >> desc_type(d) & 1u)) && privileged_enough(c, d);
    return true;
}

bool exec_lar(struct cpu *c, const struct insn *in)
{
    struct descriptor d;
    bool valid;
    if (!look_typed(c, in, lar_types, &d, &valid))
        return false;
    if (valid)
        reg_set(c, in->reg, in->opsize, d.hi & (in->opsize == 2 ? 0xff00u : 0x00ffff00u));
    set_zf(c, valid);
    return exec_done(c, COST_insn_system);
}

bool exec_lsl(struct cpu *c, const struct insn *in)
{
    struct descriptor d;
    bool valid;
    if (!look_typed(c, in, lsl_types, &d, &valid))
        return false;
    if (valid)
        reg_set(c, in->reg, in->opsize, segment_from_descriptor(&d).limit);
    set_zf(c, valid);
    return exec_done(c, COST_insn_system);
}

bool exec_verr(struct cpu *c, const struct insn *in)
{
    struct descriptor d;
    uint16_t sel;
    bool valid;
    if (!read_selector(c, in, &sel) || !look(c, sel, &d, &valid))
        return false;
    valid = valid && desc_s(&d) && (!desc_is_code(&d) || (desc_type(&d) & AR_RW)) &&
            privileged_enough(c, &d);
    set_zf(c, valid);
    return exec_done(c, COST_insn_system);
}

bool exec_verw(struct cpu *c, const struct insn *in)
{
    struct descriptor d;
    uint16_t sel;
    bool valid;
    if (!read_selector(c, in, &sel) || !look(c, sel, &d, &valid))
        return false;
    set_zf(c, valid && desc_is_writable_data(&d) && privileged_enough(c, &d));
    return exec_done(c, COST_insn_system);
}

bool exec_arpl(struct cpu *c, const struct insn *in)
{
    uint32_t destination = reg_get(c, in->rm & 7u, 2);
    uint32_t source = reg_get(c, in->reg, 2);
    if (in->mem && !cpu_read(c, in->seg, operand_offset(c, in), 2, &destination))
        return false;
    bool raise_rpl = (destination & SEL_RPL) < (source & SEL_RPL);
    if (raise_rpl) {
        uint32_t result = (destination & ~SEL_RPL) | (source & SEL_RPL);
        if (in->mem && !cpu_write(c, in->seg, operand_offset(c, in), 2, result))
            return false;
        if (!in->mem)
            reg_set(c, in->rm, 2, result);
    }
    set_zf(c, raise_rpl);
    return true;
}

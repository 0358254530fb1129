/*
 * Segment registers: fetching descriptors, loading data segments, checking accesses.
 *
 * Descriptors are read as two supervisor doublewords, as the processor does; whoever loads one
 * decides which checks apply. Code segments and LDTR, TR are loaded by their own instructions
 * (far.c, exec_table.c), which share the pieces here. Nothing here knows of caches:
 * ops->segment_loaded tells the CPU's fast paths.
 */
#include "sim/segment.h"

#include "cpu/host.h"

struct segment segment_null(uint16_t sel)
{
    struct segment s = {0};
    s.ar = AR_UNUSABLE;
    s.sel = sel;
    return s;
}

bool segment_read_descriptor(struct cpu *c, uint16_t sel, unsigned vector, uint32_t ext,
                             struct descriptor *d)
{
    uint32_t base = c->s.gdtr_base;
    uint32_t limit = c->s.gdtr_limit;
    if (sel & SEL_TI) {
        const struct segment *ldt = &c->s.seg[SEG_LDTR];
        if (ldt->ar & AR_UNUSABLE)
            return cpu_raise_error(c, vector, selector_error(sel, ext));
        base = ldt->base;
        limit = ldt->limit;
    }
    if ((sel & SEL_INDEX) + 7u > limit)
        return cpu_raise_error(c, vector, selector_error(sel, ext));
    d->linear = base + (sel & SEL_INDEX);
    d->sel = sel;
    return read_two(c, d->linear, &d->lo, &d->hi);
}

bool segment_write_accessed(struct cpu *c, struct descriptor *d)
{
    if (!cpu_write_linear(c, d->linear + 5u, 1, false, ((d->hi >> 8) & 0xffu) | AR_ACCESSED))
        return false;
    d->hi |= 0x100u;
    return true;
}

/* SS: a present writable data segment of exactly this privilege level. */
static bool check_stack_segment(struct cpu *c, uint16_t sel, const struct descriptor *d)
{
    if ((sel & SEL_RPL) != c->s.cpl || !desc_is_writable_data(d) || desc_dpl(d) != c->s.cpl)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(d))
        return cpu_raise_error(c, VEC_SS, selector_error(sel, 0));
    return true;
}

/* DS, ES, FS, GS: data or readable code; only conforming code ignores privilege. */
static bool check_data_segment(struct cpu *c, uint16_t sel, const struct descriptor *d)
{
    bool readable = desc_s(d) && (!desc_is_code(d) || (desc_type(d) & AR_RW));
    if (!readable)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_is_conforming(d) && (desc_dpl(d) < c->s.cpl || desc_dpl(d) < (sel & SEL_RPL)))
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(d))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return true;
}

bool segment_load(struct cpu *c, unsigned seg, uint16_t sel)
{
    struct descriptor d;
    if (selector_is_null(sel)) {
        if (seg == SEG_SS)
            return cpu_raise_error(c, VEC_GP, 0);
        segment_set(c, seg, segment_null(sel));
        return true;
    }
    if (!segment_read_descriptor(c, sel, VEC_GP, 0, &d))
        return false;
    if (seg == SEG_SS ? !check_stack_segment(c, sel, &d) : !check_data_segment(c, sel, &d))
        return false;
    if (!segment_set_accessed(c, &d))
        return false;
    segment_set(c, seg, segment_from_descriptor(&d));
    return true;
}

/* Does the segment's type allow the access at all? */
static bool type_allows(uint32_t ar, enum cpu_access access)
{
    switch (access) {
    case ACCESS_WRITE:
        return (ar & (AR_CODE | AR_RW)) == AR_RW;
    case ACCESS_EXEC:
        return (ar & AR_CODE) != 0;
    case ACCESS_READ:
    default:
        return !(ar & AR_CODE) || (ar & AR_RW);
    }
}

bool segment_check(struct cpu *c, unsigned seg, uint32_t offset, unsigned size,
                   enum cpu_access access, uint32_t *linear)
{
    const struct segment *s = &c->s.seg[seg];
    unsigned vector = seg == SEG_SS ? VEC_SS : VEC_GP;
    if ((s->ar & AR_UNUSABLE) || !segment_covers(s, offset, size))
        return cpu_raise_error(c, vector, 0);
    if (!type_allows(s->ar, access))
        return cpu_raise_error(c, VEC_GP, 0);
    *linear = s->base + offset;
    return true;
}

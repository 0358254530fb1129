/*
 * Descriptors and segment registers, shared by the instructions that load them, event delivery and
 * far transfers.
 */
#ifndef SIM_SEGMENT_H
#define SIM_SEGMENT_H

#include "sim/cpu.h"

/* A raw descriptor and where it came from. */
struct descriptor {
    uint32_t lo, hi;
    uint32_t linear; /* address of its first byte */
    uint16_t sel;
};

static inline unsigned desc_type(const struct descriptor *d)
{
    return (d->hi >> 8) & 15u;
}
static inline unsigned desc_dpl(const struct descriptor *d)
{
    return (d->hi >> 13) & 3u;
}
static inline bool desc_s(const struct descriptor *d)
{
    return (d->hi >> 12) & 1u;
}
static inline bool desc_present(const struct descriptor *d)
{
    return (d->hi >> 15) & 1u;
}

/* A selector whose index and table indicator are 0, whatever its RPL. */
static inline bool selector_is_null(uint16_t sel)
{
    return (sel & ~SEL_RPL) == 0;
}

/* What error codes hold of a selector: index and table indicator; ext is 0 or 1. */
static inline uint32_t selector_error(uint16_t sel, uint32_t ext)
{
    return (sel & 0xfffcu) | ext;
}

/* Code segment? Writable data segment? Meaningful for any descriptor, system ones included. */
static inline bool desc_is_code(const struct descriptor *d)
{
    return (d->hi & 0x1800u) == 0x1800u;
}
static inline bool desc_is_conforming(const struct descriptor *d)
{
    return (d->hi & 0x1c00u) == 0x1c00u;
}
static inline bool desc_is_writable_data(const struct descriptor *d)
{
    return (d->hi & 0x1a00u) == 0x1200u;
}

/* True if [offset, offset + size) lies within the limit; expand-down data segments included. size >
 * 0. */
static inline bool segment_covers(const struct segment *s, uint32_t offset, uint32_t size)
{
    uint32_t last = offset + (size - 1u);
    if ((s->ar & (AR_S | AR_CODE | AR_EXPAND_DOWN)) == (AR_S | AR_EXPAND_DOWN)) {
        uint32_t top = (s->ar & AR_DB) ? 0xffffffffu : 0xffffu;
        return offset > s->limit && last >= offset && last <= top;
    }
    return last >= offset && last <= s->limit;
}

/* Base, byte limit and AR_* of a segment descriptor; the selector is d->sel. */
static inline struct segment segment_from_descriptor(const struct descriptor *d)
{
    struct segment s;
    s.base = (d->lo >> 16) | ((d->hi & 0xffu) << 16) | (d->hi & 0xff000000u);
    s.limit = (d->lo & 0xffffu) | (d->hi & 0x000f0000u);
    s.ar = (d->hi >> 8) & 0xd0ffu;
    if (s.ar & AR_G)
        s.limit = (s.limit << 12) | 0xfffu;
    s.sel = d->sel;
    s.reserved = 0;
    return s;
}

/* The hidden part of a data segment register that holds a null selector. */
struct segment segment_null(uint16_t sel);

/* Reads the descriptor of a non-null selector from GDT or LDT. Outside the table raises #vector(sel
 * & ~3 | ext). */
bool segment_read_descriptor(struct cpu *c, uint16_t sel, unsigned vector, uint32_t ext,
                             struct descriptor *d);

/* Sets the Accessed bit in memory if it is clear (a locked read-modify-write); the second writes
 * it. */
bool segment_write_accessed(struct cpu *c, struct descriptor *d);
static inline bool segment_set_accessed(struct cpu *c, struct descriptor *d)
{
    return (d->hi & 0x100u) || segment_write_accessed(c, d);
}

/* Loads ES, SS, DS, FS or GS with all checks (SDM v2 MOV; v3 Protection). Nothing changes on a
 * fault. */
bool segment_load(struct cpu *c, unsigned seg, uint16_t sel);

/* Puts a hidden part in place and tells ops->segment_loaded; no checks. */
static inline void segment_set(struct cpu *c, unsigned seg, struct segment value)
{
    c->s.seg[seg] = value;
    c->ops->segment_loaded(c, seg);
}

/*
 * Checks an access of size bytes at offset against a segment register's limit and type. On success
 * *linear is the address. Raises #SS(0) for SS, else #GP(0).
 */
bool segment_check(struct cpu *c, unsigned seg, uint32_t offset, unsigned size,
                   enum cpu_access access, uint32_t *linear);

#endif

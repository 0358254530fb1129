/*
 * Debug registers: breakpoint matching and their fixed bits (SDM v3, Debug Registers).
 *
 * The run loop asks; nothing here is on a fast path. Only enabled breakpoints set bits in DR6 (the
 * SDM leaves it open whether others do). Exact and non-exact matching (LE, GE) are the same, as on
 * every P6.
 */
#include "cpu/debug.h"

enum { RW_EXECUTE = 0, RW_WRITE = 1, RW_IO = 2, RW_READ_WRITE = 3 };

static bool enabled(const struct cpu *c, unsigned n)
{
    return (c->s.dr[7] >> (2 * n) & 3u) != 0;
}

static unsigned breakpoint_rw(const struct cpu *c, unsigned n)
{
    return c->s.dr[7] >> (16 + 4 * n) & 3u;
}

/* LENn minus 1, which is also the mask of address bits that do not count. LEN 10b is undefined:
 * taken as 8 bytes. */
static uint32_t breakpoint_span(const struct cpu *c, unsigned n)
{
    static const uint8_t span[4] = {0, 1, 7, 3};
    return span[c->s.dr[7] >> (18 + 4 * n) & 3u];
}

/* Do [at, at + size) and breakpoint n's aligned range share a byte? Both may end at the top of the
 * address space. */
static bool overlaps(const struct cpu *c, unsigned n, uint32_t at, unsigned size)
{
    uint32_t span = breakpoint_span(c, n);
    uint32_t first = c->s.dr[n] & ~span;
    return first - at < size || at - first <= span;
}

static uint32_t match(const struct cpu *c, uint32_t at, unsigned size, unsigned rw_set)
{
    uint32_t bits = 0;
    for (unsigned n = 0; n < 4; n++) {
        if (enabled(c, n) && (rw_set >> breakpoint_rw(c, n) & 1u) && overlaps(c, n, at, size))
            bits |= 1u << n;
    }
    return bits;
}

uint32_t debug_code_match(const struct cpu *c, uint32_t linear)
{
    uint32_t bits = 0;
    for (unsigned n = 0; n < 4; n++) {
        if (enabled(c, n) && breakpoint_rw(c, n) == RW_EXECUTE && c->s.dr[n] == linear)
            bits |= 1u << n;
    }
    return bits;
}

bool debug_code_breakpoint(struct cpu *c)
{
    if (!debug_enabled(c) || (c->s.eflags & FLAG_RF))
        return false;
    uint32_t bits = debug_code_match(c, c->s.seg[SEG_CS].base + c->s.eip);
    if (!bits)
        return false;
    debug_raise(c, bits, false);
    return true;
}

void debug_data_match(struct cpu *c, uint32_t linear, unsigned size, enum cpu_access access)
{
    unsigned rw_set = 1u << RW_READ_WRITE;
    if (access == ACCESS_EXEC || !debug_enabled(c))
        return;
    if (access == ACCESS_WRITE)
        rw_set |= 1u << RW_WRITE;
    c->s.pending_db |= match(c, linear, size, rw_set);
}

void debug_io_match(struct cpu *c, uint16_t port, unsigned size)
{
    if (!debug_enabled(c) || !(c->s.cr4 & CR4_DE))
        return;
    c->s.pending_db |= match(c, port, size, 1u << RW_IO);
}

bool debug_raise(struct cpu *c, uint32_t dr6_bits, bool trap)
{
    cpu_raise(c, VEC_DB);
    c->fault.error = dr6_bits;
    c->fault.trap = trap;
    return false;
}

void debug_set_dr(struct cpu *c, unsigned n, uint32_t value)
{
    if (n == 6)
        value = (value & 0xe00fu) | DR6_FIXED1;
    if (n == 7)
        value = (value & 0xffff23ffu) | DR7_FIXED1;
    c->s.dr[n] = value;
    cpu_kick(c);
}

/*
 * The wall: whatever descriptor a guest has, what the real CPU gets reaches no byte of the hole,
 * and nothing that the guest's own does not reach.
 */
#include <criterion/criterion.h>

#include "rig.h"

static uint64_t seed = 12345;

static uint32_t next(void)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 32);
}

/* Is an access of one byte at offset within the segment, by the SDM's words? */
static bool covers(const struct segment *s, uint32_t offset)
{
    if ((s->ar & (AR_CODE | AR_EXPAND_DOWN)) == AR_EXPAND_DOWN)
        return offset > s->limit && ((s->ar & AR_DB) || offset <= 0xffff);
    return offset <= s->limit;
}

/* Addresses that tend to matter. */
static uint32_t interesting(void)
{
    static const uint32_t at[] = {0,           1,          0xfff,       0x1000,
                                  0xffff,      0x10000,    0xfffff,     0x100000,
                                  HV_HOLE - 1, HV_HOLE,    HV_HOLE + 1, 0xffffffff,
                                  0xfffff000,  0x80000000, 0xf0000000,  HV_HOLE - 0x1000};
    uint32_t v = next();
    return v & 1 ? at[(v >> 8) % 16] + ((v >> 4) & 3) - 1 : next();
}

static struct segment random_segment(void)
{
    uint32_t hi = next(), lo = next();
    uint32_t base = interesting(), limit = interesting();
    uint32_t desc[2];
    struct segment s = {.base = base,
                        .limit = limit & 0xfffff,
                        .ar = AR_P | AR_S | ((hi >> 3) & 0x4e) | (lo & 0xc000)};
    if (s.ar & AR_G)
        s.limit = (s.limit << 12) | 0xfff;
    segment_encode(&s, desc);
    return segment_decode(desc, 0x50);
}

Test(wall, no_offset_of_any_cut_segment_reaches_the_hole)
{
    for (unsigned i = 0; i < 200000; i++) {
        struct segment guest = random_segment(), real;
        if (!segment_cut(&guest, &real))
            continue;
        for (unsigned k = 0; k < 24; k++) {
            uint32_t offset = k & 1 ? interesting() : real.limit + (k >> 1) - 4;
            if (!covers(&real, offset))
                continue;
            cr_assert_lt(real.base + offset, HV_HOLE, "base %x limit %x ar %x offset %x",
                         guest.base, guest.limit, guest.ar, offset);
            cr_assert(covers(&guest, offset), "offset %x was not the guest's", offset);
            cr_assert_eq(real.base, guest.base);
        }
    }
}

Test(wall, the_check_of_the_audit_agrees)
{
    for (unsigned i = 0; i < 200000; i++) {
        struct segment guest = random_segment(), real;
        uint32_t desc[2];
        if (!segment_cut(&guest, &real))
            continue;
        segment_encode(&real, desc);
        cr_assert_not(segment_reaches(desc, HV_HOLE), "base %x limit %x ar %x", guest.base,
                      guest.limit, guest.ar);
    }
}

Test(wall, a_cut_segment_survives_encoding)
{
    for (unsigned i = 0; i < 100000; i++) {
        struct segment guest = random_segment(), real;
        uint32_t desc[2];
        if (!segment_cut(&guest, &real))
            continue;
        segment_encode(&real, desc);
        struct segment back = segment_decode(desc, real.sel);
        cr_assert_eq(back.base, real.base);
        cr_assert_eq(back.limit, real.limit, "limit %x became %x", real.limit, back.limit);
        cr_assert_eq(back.ar, real.ar);
    }
}

Test(wall, a_segment_that_reaches_nothing_of_ours_is_not_touched)
{
    struct segment s = {.base = 0x1000, .limit = 0xffff, .ar = AR_P | AR_S | AR_RW | AR_DB}, real;
    cr_expect(segment_cut(&s, &real));
    cr_expect_eq(real.limit, s.limit);
    cr_expect_eq(real.ar, s.ar);
    s = (struct segment){.base = 0, .limit = 0x7fffffff, .ar = AR_P | AR_S | AR_RW | AR_DB | AR_G};
    cr_expect(segment_cut(&s, &real));
    cr_expect_eq(real.limit, s.limit);
}

Test(wall, a_flat_segment_ends_where_the_hole_begins)
{
    struct segment s = {.base = 0, .limit = 0xffffffff, .ar = AR_P | AR_S | AR_RW | AR_DB | AR_G},
                   real;
    cr_expect(segment_cut(&s, &real));
    cr_expect_eq(real.limit, HV_HOLE - 1);
    s.ar |= AR_CODE;
    cr_expect(segment_cut(&s, &real));
    cr_expect_eq(real.limit, HV_HOLE - 1);
}

Test(wall, data_based_in_the_hole_becomes_empty_and_code_is_refused)
{
    struct segment s = {.base = HV_HOLE + 5, .limit = 0xfff, .ar = AR_P | AR_S | AR_RW}, real;
    cr_expect(segment_cut(&s, &real));
    for (uint32_t offset = 0; offset < 0x2000; offset++)
        cr_assert_not(covers(&real, offset));
    cr_expect_not(covers(&real, 0xffffffff));
    s.ar |= AR_CODE;
    cr_expect_not(segment_cut(&s, &real));
}

Test(wall, an_expand_down_segment_keeps_its_part_above_the_wrap)
{
    struct segment s = {.base = 0x2000,
                        .limit = 0xfff,
                        .ar = AR_P | AR_S | AR_RW | AR_EXPAND_DOWN | AR_DB | AR_G},
                   real;
    cr_expect(segment_cut(&s, &real));
    cr_expect(covers(&real, 0xffffffff), "linear 0x1fff stays");
    cr_expect(covers(&real, 0xffffe000), "linear 0 stays");
    cr_expect_not(covers(&real, 0xffffdfff), "linear 0xffffffff does not");
    cr_expect_not(covers(&real, 0x1000));
}

Test(wall, a_null_segment_stays_null)
{
    struct segment s = {.ar = AR_UNUSABLE, .sel = 3}, real;
    cr_expect(segment_cut(&s, &real));
    cr_expect_eq(real.ar, AR_UNUSABLE);
    cr_expect_eq(real.sel, 3);
}

Test(wall, ring_0_looks_like_ring_1_only_while_that_is_asked_for)
{
    struct vcpu v = {.s = {.gdt_raised = 1}};
    struct segment s = {.limit = 0xffff, .ar = AR_P | AR_S | AR_RW}, real;
    cr_expect(trap_real_segment(&v, &s, &real));
    cr_expect_eq((real.ar & AR_DPL) >> AR_DPL_SHIFT, 1);
    v.s.gdt_raised = 0;
    cr_expect(trap_real_segment(&v, &s, &real));
    cr_expect_eq(real.ar & AR_DPL, 0);
    v.s.gdt_raised = 1;
    for (uint32_t dpl = 1; dpl < 4; dpl++) {
        s.ar = AR_P | AR_S | AR_RW | dpl << AR_DPL_SHIFT;
        cr_expect(trap_real_segment(&v, &s, &real));
        cr_expect_eq((real.ar & AR_DPL) >> AR_DPL_SHIFT, dpl);
    }
}

Test(wall, selectors_of_ring_0_are_shown_as_ring_1)
{
    struct vcpu v = {0};
    cr_expect_eq(trap_real_selector(&v, 0x08), 0x09);
    v.virt.s.cpl = 3;
    cr_expect_eq(trap_real_selector(&v, 0x1b), 0x1b);
    v.virt.s.cpl = 1;
    cr_expect_eq(trap_real_selector(&v, 0x19), 0x19);
}

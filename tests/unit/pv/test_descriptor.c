/*
 * Descriptors made harmless: no offset of a descriptor that passes reaches past the read-only
 * window of the hole.
 */
#include <criterion/criterion.h>

#include "pv/pv.h"

#define PRESENT   0x8000u
#define DPL_1     0x2000u
#define ACCESSED  0x0100u
#define DATA_RW   0x1200u
#define DATA_DOWN 0x1600u
#define CODE_R    0x1a00u
#define G         0x00800000u
#define D         0x00400000u

static uint32_t low(uint32_t base, uint32_t limit)
{
    return base << 16 | (limit & 0xffff);
}

static uint32_t high(uint32_t base, uint32_t limit, uint32_t bits)
{
    return (base & 0xff000000u) | (base >> 16 & 0xff) | (limit & 0xf0000) | bits;
}

/* The specification, independent of the code: walks the reachable linear addresses' ends. */
static bool reaches_hole(uint32_t lo, uint32_t hi)
{
    uint32_t base = lo >> 16 | (hi & 0xff) << 16 | (hi & 0xff000000u);
    uint64_t limit = (hi & 0xf0000) | (lo & 0xffff);
    if (hi & G)
        limit = limit << 12 | 0xfff;
    uint64_t first = 0, last = limit;
    if ((hi & 0x0c00) == 0x0400) {
        first = limit + 1;
        last = hi & D ? 0xffffffffu : 0xffff;
    }
    for (uint64_t page = first >> 12; page <= last >> 12 && first <= last; page++) {
        uint64_t offset = page << 12 < first ? first : page << 12,
                 end = (page << 12 | 0xfff) < last ? (page << 12 | 0xfff) : last;
        uint32_t a = (uint32_t)(base + offset), b = (uint32_t)(base + end);
        if (a >= PV_SEGMENT_END || b >= PV_SEGMENT_END)
            return true;
    }
    return false;
}

static const struct {
    const char *what;
    uint32_t base, limit, bits;
    bool fine;
    uint32_t byte_limit; /* after it was made harmless */
} cases[] = {
    {"flat code", 0, 0xfffff, PRESENT | CODE_R | G | D, true, 0xfc3fffff},
    {"flat data", 0, 0xfffff, PRESENT | DATA_RW | G | D, true, 0xfc3fffff},
    {"one page below the end", 0xfc3ff000, 0xfffff, PRESENT | DATA_RW | G | D, true, 0xfff},
    {"one byte below the end", 0xfc3fffff, 0xffff, PRESENT | DATA_RW, true, 0},
    {"based at the end", 0xfc400000, 0, PRESENT | DATA_RW, false, 0},
    {"based at the top", 0xffffffff, 0xfffff, PRESENT | DATA_RW | G, false, 0},
    {"wraps", 0x80000000, 0xfffff, PRESENT | DATA_RW | G | D, true, 0x7c3fffff},
    {"odd base", 0x00000123, 0xfffff, PRESENT | DATA_RW | G | D, true, 0xfc3fefff},
    {"byte-granular and small", 0x1000, 0x12345, PRESENT | DATA_RW, true, 0x12345},
    {"byte-granular across the end", 0xfc3ffff0, 0xfffff, PRESENT | DATA_RW, true, 0xf},
    {"nearly a mebibyte left", 0xfc300000, 0xfffff, PRESENT | DATA_RW | G, true, 0xfffff},
    {"more than a mebibyte left", 0xfc2ffff0, 0xfffff, PRESENT | DATA_RW | G, true, 0xfffff},
    {"expand-down with nothing in it", 0, 0xfffff, PRESENT | DATA_DOWN | G | D, true, 0xffffffff},
    {"expand-down over everything", 0, 0, PRESENT | DATA_DOWN | G | D, false, 0},
    {"expand-down that leaves the hole out", 0xfc000000, 0x3ffff, PRESENT | DATA_DOWN | G | D, true,
     0x3fffffff},
    {"16-bit expand-down, low", 0x10000, 0xff, PRESENT | DATA_DOWN, true, 0xff},
    {"16-bit expand-down, high", 0xfc3f8000, 0xff, PRESENT | DATA_DOWN, false, 0},
    {"16-bit expand-down that wraps whole", 0xffff8000, 0x7fff, PRESENT | DATA_DOWN, true, 0x7fff},
    {"16-bit expand-down that wraps in part", 0xffff8000, 0x7ffe, PRESENT | DATA_DOWN, false, 0},
    {"call gate", 0, 0, PRESENT | 0x0c00, false, 0},
    {"available TSS", 0, 0x67, PRESENT | 0x0900, false, 0},
    {"LDT", 0, 0xffff, PRESENT | 0x0200, false, 0},
};

Test(pv_descriptor, is_cut_refused_or_left)
{
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t lo = low(cases[i].base, cases[i].limit),
                 hi = high(cases[i].base, cases[i].limit, cases[i].bits);
        bool fine = pv_descriptor_fix(&lo, &hi);
        cr_expect_eq(fine, cases[i].fine, "%s", cases[i].what);
        if (!fine)
            continue;
        uint32_t limit = (hi & 0xf0000) | (lo & 0xffff);
        limit = hi & G ? limit << 12 | 0xfff : limit;
        cr_expect_eq(limit, cases[i].byte_limit, "%s: limit 0x%x", cases[i].what, limit);
        cr_expect_eq(hi & 0x6000, DPL_1, "%s: DPL 0 became 1", cases[i].what);
        cr_expect(hi & ACCESSED, "%s", cases[i].what);
        cr_expect(!reaches_hole(lo, hi), "%s reaches the hole", cases[i].what);
    }
}

Test(pv_descriptor, that_is_not_present_may_say_anything)
{
    uint32_t lo = 0xffffffff, hi = 0xffffffffu & ~PRESENT;
    cr_expect(pv_descriptor_fix(&lo, &hi));
    cr_expect_eq(lo, 0xffffffff);
    cr_expect_eq(hi, 0xffffffffu & ~PRESENT);
}

Test(pv_descriptor, of_an_outer_ring_keeps_its_privilege)
{
    uint32_t lo = low(0, 0xff), hi = high(0, 0xff, PRESENT | DATA_RW | 0x6000);
    cr_expect(pv_descriptor_fix(&lo, &hi));
    cr_expect_eq(hi & 0x6000, 0x6000);
}

Test(pv_descriptor, fixed_twice_is_the_same_as_once)
{
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t lo = low(cases[i].base, cases[i].limit),
                 hi = high(cases[i].base, cases[i].limit, cases[i].bits);
        if (!pv_descriptor_fix(&lo, &hi))
            continue;
        uint32_t lo2 = lo, hi2 = hi;
        cr_expect(pv_descriptor_fix(&lo2, &hi2));
        cr_expect(lo2 == lo && hi2 == hi, "%s", cases[i].what);
    }
}

Test(pv_descriptor, of_any_bits_never_reaches_the_hole)
{
    uint64_t x = 88172645463325252ull;
    unsigned passed = 0;
    for (unsigned i = 0; i < 300; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint32_t lo = (uint32_t)x, hi = (uint32_t)(x >> 32) | PRESENT | 0x1000;
        if (i % 2)
            hi = (hi & 0x00ffffffu) | (0xfb000000u + (i % 5 << 24)); /* bases about the end */
        if (!pv_descriptor_fix(&lo, &hi))
            continue;
        passed++;
        cr_assert(!reaches_hole(lo, hi), "0x%08x%08x", hi, lo);
    }
    cr_expect_gt(passed, 80);
}

Test(pv_selector, of_ring_0_is_not_the_guests)
{
    static const uint16_t fine[] = {PV_FLAT_RING1_CS, PV_FLAT_RING3_CS,           0x0009, 0x000c,
                                    0xdff9,           0xffff & ~3u & ~8u & 0xdff8};
    static const uint16_t bad[] = {0xe001, 0xe009, 0xff81, 0xff80, 0xffff & ~4u, 0xe039};
    for (unsigned i = 0; i < 6; i++) {
        cr_expect(pv_selector_ok(fine[i]), "%04x", fine[i]);
        cr_expect(!pv_selector_ok(bad[i]), "%04x", bad[i]);
    }
}

Test(pv_range, ends_at_the_hole_and_never_wraps)
{
    cr_expect(pv_range_ok(0, 0, 1));
    cr_expect(pv_range_ok(PV_HOLE - 16, 1, 16));
    cr_expect(!pv_range_ok(PV_HOLE - 15, 1, 16));
    cr_expect(!pv_range_ok(PV_HOLE, 1, 1));
    cr_expect(!pv_range_ok(0xffffffff, 0xffffffff, 0xffffffff));
    cr_expect(!pv_range_ok(16, 0x10000000, 16), "4 GiB wraps to nothing in 32 bits");
    cr_expect(!pv_range_ok(0xfffffff0u, 1, 32));
}

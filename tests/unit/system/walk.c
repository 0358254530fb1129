/*
 * The page walk over generated tables: every combination of the bits that matter in both levels,
 * with every access, against a second description of 32-bit paging written from the manual's text.
 */
#include "sim/walk.h"

#include <criterion/criterion.h>
#include <string.h>

#define DIRECTORY 0x1000u
#define TABLE     0x2000u
#define LINEAR    0x00c03abcu /* directory entry 3, table entry 3 */
#define PDE_AT    (DIRECTORY + 3 * 4)
#define PTE_AT    (TABLE + 3 * 4)

static struct {
    uint32_t pde, pte;
    unsigned reads, writes;
    bool refuse_pde, refuse_pte;
} tables;

static bool read_entry(void *opaque, uint32_t pa, uint32_t *entry)
{
    (void)opaque;
    tables.reads++;
    cr_assert(pa == PDE_AT || pa == PTE_AT, "read at %#x", pa);
    *entry = pa == PDE_AT ? tables.pde : tables.pte;
    return pa == PDE_AT ? !tables.refuse_pde : !tables.refuse_pte;
}

static bool write_entry(void *opaque, uint32_t pa, uint32_t entry)
{
    (void)opaque;
    tables.writes++;
    cr_assert(pa == PDE_AT || pa == PTE_AT, "write at %#x", pa);
    *(pa == PDE_AT ? &tables.pde : &tables.pte) = entry;
    return true;
}

static const struct walk_ops ops = {read_entry, write_entry};
static const struct walk_ops look = {read_entry, NULL};

struct expected {
    bool ok;
    uint32_t error;
    bool large;
    unsigned refs;
};

/* SDM v3, 32-Bit Paging, Access Rights, Page-Fault Exceptions: the rules one by one. */
static struct expected expect(const struct walk_mode *m, uint32_t pde, uint32_t pte,
                              enum cpu_access access, bool user)
{
    struct expected e = {.refs = 1};
    bool write = access == ACCESS_WRITE;
    uint32_t id = (write ? 2u : 0u) | (user ? 4u : 0u);
    e.large = m->pse && (pde & 0x80);
    bool present = (pde & 1) && (e.large || (pte & 1));
    if (!e.large && (pde & 1))
        e.refs = 2;
    if (!present) {
        e.error = id;
        return e;
    }
    bool reserved = e.large ? (pde & 0x003ff000) != 0 : m->pse && (pte & 0x80);
    if (reserved) {
        e.error = id | 1 | 8;
        return e;
    }
    bool w = (pde & 2) && (e.large || (pte & 2)), u = (pde & 4) && (e.large || (pte & 4));
    bool allowed;
    if (user)
        allowed = u && (!write || w);
    else
        allowed = !write || w || !m->wp;
    e.ok = allowed;
    e.error = allowed ? 0 : id | 1;
    return e;
}

/* Spreads the bits of n over the positions set in mask. */
static uint32_t deposit(uint32_t n, uint32_t mask)
{
    uint32_t out = 0;
    for (uint32_t bit = 1; bit && n; bit <<= 1) {
        if (mask & bit) {
            out |= n & 1 ? bit : 0;
            n >>= 1;
        }
    }
    return out;
}

static void check_one(const struct walk_mode *m, uint32_t pde, uint32_t pte, enum cpu_access access,
                      bool user)
{
    struct walk_result r;
    struct expected e = expect(m, pde, pte, access, user);
    memset(&tables, 0, sizeof tables);
    tables.pde = pde;
    tables.pte = pte;
    bool ok = mmu_walk(&ops, NULL, m, LINEAR, access, user, &r);
    cr_assert_eq(ok, e.ok, "pde %#x pte %#x access %d user %d wp %d pse %d", pde, pte, access, user,
                 m->wp, m->pse);
    cr_assert_eq(r.refs, e.refs);
    cr_assert_eq(tables.reads, e.refs);
    cr_assert_eq(r.error, e.error, "pde %#x pte %#x: error %#x, expected %#x", pde, pte, r.error,
                 e.error);
    if (!ok) {
        cr_assert(tables.pde == pde && tables.pte == pte, "a fault changes no entry");
        return;
    }
    uint32_t used = PTE_A | (access == ACCESS_WRITE ? PTE_D : 0u);
    uint32_t last = e.large ? pde : pte;
    cr_assert_eq(tables.pde, e.large ? pde | used : pde | PTE_A);
    cr_assert_eq(tables.pte, e.large ? pte : pte | used);
    cr_assert_eq(r.large, e.large);
    cr_assert_eq(r.frame, e.large ? (pde & 0xffc00000u) | 0x3000u : pte & 0xfffff000u);
    uint32_t both = e.large ? pde : pde & pte;
    uint32_t rights =
        (both & (PTE_W | PTE_U)) | ((last | used) & PTE_D) | (m->pge ? last & PTE_G : 0u);
    cr_assert_eq(r.rights, rights, "rights %#x, expected %#x", r.rights, rights);
}

static void check_all(bool wp, bool pse, bool pge)
{
    const struct walk_mode m = {DIRECTORY | 0x18u, wp, pse, pge};
    const uint32_t mask = PTE_P | PTE_W | PTE_U | PTE_A | PTE_D | PTE_PS | PTE_G;
    for (uint32_t n = 0; n < 1u << 14; n++) {
        uint32_t pde = TABLE | deposit(n & 127, mask), pte = 0x76543000u | deposit(n >> 7, mask);
        if (pse && (pde & PTE_PS)) /* then it is a frame address, of 4 MiB */
            pde = 0x87400000u | (pde & ~PTE_FRAME);
        for (unsigned a = 0; a < 6; a++)
            check_one(&m, pde, pte, (enum cpu_access)(a >> 1), a & 1);
    }
}

Test(walk, all_entries_and_accesses_with_wp)
{
    check_all(true, false, false);
}

Test(walk, all_entries_and_accesses_without_wp)
{
    check_all(false, false, true);
}

Test(walk, all_entries_and_accesses_with_large_pages_and_wp)
{
    check_all(true, true, true);
}

Test(walk, all_entries_and_accesses_with_large_pages_without_wp)
{
    check_all(false, true, false);
}

Test(walk, every_reserved_bit_of_a_large_page_faults)
{
    const struct walk_mode m = {DIRECTORY, true, true, true};
    for (uint32_t bit = 0x1000; bit < 0x400000; bit <<= 1) {
        struct walk_result r;
        memset(&tables, 0, sizeof tables);
        tables.pde = 0x87400000u | bit | PTE_P | PTE_PS;
        cr_assert_not(mmu_walk(&ops, NULL, &m, LINEAR, ACCESS_READ, false, &r));
        cr_assert_eq(r.error, PFERR_P | PFERR_RSVD, "bit %#x", bit);
    }
}

Test(walk, bits_already_set_are_not_written_again)
{
    const struct walk_mode m = {DIRECTORY, true, true, true};
    struct walk_result r;
    memset(&tables, 0, sizeof tables);
    tables.pde = TABLE | PTE_P | PTE_W | PTE_A;
    tables.pte = 0x5000 | PTE_P | PTE_W | PTE_A | PTE_D;
    cr_assert(mmu_walk(&ops, NULL, &m, LINEAR, ACCESS_WRITE, false, &r));
    cr_assert_eq(tables.writes, 0);
}

Test(walk, a_look_changes_nothing)
{
    const struct walk_mode m = {DIRECTORY, true, true, true};
    struct walk_result r;
    memset(&tables, 0, sizeof tables);
    tables.pde = TABLE | PTE_P | PTE_W;
    tables.pte = 0x5000 | PTE_P | PTE_W;
    cr_assert(mmu_walk(&look, NULL, &m, LINEAR, ACCESS_WRITE, false, &r));
    cr_assert_eq(tables.writes, 0);
    cr_assert_eq(r.frame, 0x5000);
    cr_assert_eq(r.pte, 0x5003);
}

Test(walk, missing_memory_is_no_page_fault)
{
    const struct walk_mode m = {DIRECTORY, true, true, true};
    struct walk_result r;
    memset(&tables, 0, sizeof tables);
    tables.pde = TABLE | PTE_P;
    tables.refuse_pte = true;
    cr_assert_not(mmu_walk(&ops, NULL, &m, LINEAR, ACCESS_READ, false, &r));
    cr_assert(r.no_memory);
    cr_assert_eq(r.error, 0);
    tables.refuse_pde = true;
    cr_assert_not(mmu_walk(&ops, NULL, &m, LINEAR, ACCESS_READ, false, &r));
    cr_assert(r.no_memory);
}

Test(walk, index_and_offset_come_from_the_linear_address)
{
    const struct walk_mode m = {DIRECTORY, true, true, false};
    struct walk_result r;
    memset(&tables, 0, sizeof tables);
    tables.pde = 0x87400000u | PTE_P | PTE_PS;
    cr_assert(mmu_walk(&ops, NULL, &m, 0x00ffffffu, ACCESS_READ, false, &r));
    cr_assert_eq(r.frame, 0x877ff000u);
    cr_assert(r.large);
}

Test(walk, directory_that_maps_itself_keeps_both_bits)
{
    const struct walk_mode m = {DIRECTORY, true, false, false};
    struct walk_result r;
    memset(&tables, 0, sizeof tables);
    tables.pde =
        DIRECTORY | PTE_P | PTE_W; /* entry 3 is its own table; table entry 3 is entry 3 again */
    cr_assert(mmu_walk(&ops, NULL, &m, LINEAR, ACCESS_WRITE, false, &r));
    cr_assert_eq(tables.pde, DIRECTORY | PTE_P | PTE_W | PTE_A | PTE_D);
}

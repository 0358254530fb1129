/*
 * Shadow tables against the guest's own, over random tables, accesses and changes: the hardware
 * never allows what the guest's tables do not, always shows the right frame, and knows after a fill
 * what it did not before.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "shadow_rig.h"

static uint64_t state;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(state >> 33) % below;
}

static const uint16_t slots[] = {0, 1, 2, 500, 1006, 1007};
static const uint16_t entries[] = {0, 1, 2, 511, 1022, 1023};

static uint32_t random_pde(bool large)
{
    uint32_t flags = next(8) | (next(2) ? PTE_A : 0) | (next(4) ? 0 : PTE_D);
    if (large && !next(3))
        return PTE_PS | flags; /* the first 4 MiB: all RAM */
    return PT(next(4)) | flags;
}

/* Data pages, now and then a page table or the directory, now and then no memory at all. */
static uint32_t random_pte(void)
{
    uint32_t flags = next(8) | (next(2) ? PTE_A : 0) | (next(3) ? 0 : PTE_D);
    switch (next(8)) {
    case 0:
        return PT(next(4)) | flags;
    case 1:
        return PD | flags;
    case 2:
        return 0x7000000 | flags;
    default:
        return (0x40000 + next(16) * 0x1000) | flags;
    }
}

static void change(struct rig *r, bool large)
{
    switch (next(12)) {
    case 0:
        guest_pde(r, slots[next(6)], random_pde(large));
        break;
    case 1:
        gpa_write(rig_vm(r, 0), PT(next(4)) + next(4096 - 2), 2, next(65536)); /* not an entry */
        break;
    default:
        guest_pte(r, next(4), entries[next(6)], random_pte());
        break;
    }
}

/* The hardware's answer against the guest's tables, without touching either. */
static void compare(struct rig *r, uint32_t gva, enum cpu_access access, bool user)
{
    struct guest_walk w;
    uint32_t pa;
    if (!hardware(r, gva, access, user, &pa))
        return;
    bool ok = guest_walk(rig_cpu(r), gva, access, user, false, &w);
    cr_assert(ok, "hardware allows gva %x access %d user %d, the guest's tables do not", gva,
              access, user);
    cr_assert_eq(pa, machine_address(r, w.gpa));
    uint32_t leaf = w.large ? w.pde : w.pte;
    cr_assert(leaf & PTE_A);
    cr_assert(access != ACCESS_WRITE || (leaf & PTE_D), "writable without Dirty: gva %x", gva);
    cr_assert(access != ACCESS_WRITE || !p2m_trace(rig_vm(r, 0), w.gpa),
              "a traced page is writable");
}

struct variant {
    uint32_t cr0, cr4;
    uint32_t pool;
};

static struct variant variants[] = {{CR0_WP, 0, 0},  {CR0_WP, CR4_PSE, 0}, {0, 0, 0},
                                    {0, CR4_PSE, 0}, {CR0_WP, CR4_PSE, 4}, {0, CR4_PSE, 5}};

ParameterizedTestParameters(shadow_agreement, holds_over_random_tables)
{
    return cr_make_param_array(struct variant, variants, sizeof(variants) / sizeof(variants[0]));
}

ParameterizedTest(struct variant *variant, shadow_agreement, holds_over_random_tables)
{
    struct rig r;
    unsigned allowed = 0;
    state = 42 + variant->cr0 + variant->cr4 + variant->pool;
    rig_init(&r, MODE_trap);
    r.config.shadow_pages = variant->pool;
    shadow_rig(&r, variant->cr0, variant->cr4);
    for (unsigned i = 0; i < 6; i++)
        guest_pde(&r, slots[i], random_pde(variant->cr4));
    for (unsigned step = 0; step < 40000; step++) {
        uint32_t gva =
            ((uint32_t)slots[next(6)] << 22) | ((uint32_t)entries[next(6)] << 12) | next(4096);
        enum cpu_access access = next(2) ? ACCESS_WRITE : ACCESS_READ;
        bool user = next(2);
        if (!next(3))
            change(&r, variant->cr4);
        compare(&r, gva, access, user);
        allowed += touch(&r, gva, access, user);
        compare(&r, gva, access, user);
        compare(&r, gva, !access, !user);
    }
    cr_expect_gt(allowed, 1000, "the tables allowed only %u accesses", allowed);
    struct hv_audit a = {0};
    shadow_audit(rig_vm(&r, 0), &a);
    cr_expect_eq(a.foreign + a.inconsistent, 0, "%s", a.first);
    cr_expect_gt(rig_vm(&r, 0)->stats.mmu.pages_unshadowed, 10);
    rig_destroy(&r);
}

/*
 * Attacks on the validator through its hypercalls, and on the tables as the CPU walks them.
 */
#include "guest.h"

#define EINVAL (-PV_EINVAL)

static const char *foreign_frame(uint32_t flags)
{
    uint32_t mfn = foreign_mfn();
    EXPECT(mfn != 0);
    EXPECT(map(pages[0], mfn, flags) == EINVAL);
    EXPECT(map(pages[0], 0x000fffff, flags) == EINVAL);
    return 0;
}

static const char *map_foreign_read_only(void)
{
    return foreign_frame(P);
}

static const char *map_foreign_writable(void)
{
    return foreign_frame(P | W);
}

static const char *map_frame_zero(void)
{
    EXPECT(map(pages[0], 0, P | W) == EINVAL);
    return 0;
}

static const char *map_page_table_writable(void)
{
    uint32_t table = root_entries()[BASE >> 22] / PAGE;
    EXPECT(map(pages[0], table, P | W) == EINVAL);
    EXPECT(map(pages[0], table, P) == 0);
    EXPECT(map(pages[0], table, P | W) == EINVAL);
    return 0;
}

static const char *map_directory_writable(void)
{
    EXPECT(map(pages[0], root_mfn(), P | W) == EINVAL);
    return 0;
}

static const char *store_through_read_only_map(void)
{
    uint32_t before = root_entries()[0];
    TRY("movl %[v], (%[p])", [p] "r"(root_entries()), [v] "r"(0xffffffffu));
    EXPECT(caught_vector == 14 && caught_error == 3);
    EXPECT(caught_cr2 == info->pt_base);
    EXPECT(root_entries()[0] == before);
    return 0;
}

static const char *pin_foreign(void)
{
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, foreign_mfn(), 0) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_PIN_L2_TABLE, foreign_mfn(), 0) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_NEW_BASEPTR, foreign_mfn(), 0) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_UNPIN_TABLE, foreign_mfn(), 0) == EINVAL);
    return 0;
}

static const char *pin_while_writable(void)
{
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, mfn_of(pages[0]), 0) == EINVAL);
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, mfn_of(pages[0]), 0) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, mfn_of(pages[0]), 0) == EINVAL);
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_UNPIN_TABLE, mfn_of(pages[0]), 0) == 0);
    EXPECT(mmuext(PV_MMUEXT_UNPIN_TABLE, mfn_of(pages[0]), 0) == EINVAL);
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0);
    return 0;
}

static const char *pin_table_with_foreign_entry(void)
{
    ((uint32_t *)(uintptr_t)pages[0])[777] = foreign_mfn() * PAGE | P;
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, mfn_of(pages[0]), 0) == EINVAL);
    return 0;
}

static const char *unpinned_root(void)
{
    uint32_t *directory = (uint32_t *)(uintptr_t)pages[0];
    for (unsigned i = 0; i < 1024; i++)
        directory[i] = root_entries()[i];
    directory[5] = foreign_mfn() * PAGE | P | W;
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(mmuext(PV_MMUEXT_NEW_BASEPTR, mfn_of(pages[0]), 0) == EINVAL);
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0);
    directory[5] = 0;
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(mmuext(PV_MMUEXT_NEW_BASEPTR, mfn_of(pages[0]), 0) == 0);
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == EINVAL);
    return 0;
}

static const char *retyped_root(void)
{
    EXPECT(mmuext(PV_MMUEXT_UNPIN_TABLE, root_mfn(), 0) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, root_mfn(), 0) == EINVAL);
    EXPECT(map((const void *)(uintptr_t)info->pt_base, root_mfn(), P | W) == EINVAL);
    return 0;
}

static const char *recursive_root(void)
{
    uint32_t at = root_mfn() * PAGE + 4;
    EXPECT(update(at, root_mfn() * PAGE | P | W) == EINVAL);
    EXPECT(update(at, root_mfn() * PAGE | P) == 0);
    /* Slot 1 shows the tables from 4 MiB up, and in its own slot's page the directory itself. */
    volatile uint32_t *self = (volatile uint32_t *)0x00401000u;
    EXPECT((self[1] & ~0x60u) == (root_mfn() * PAGE | P));
    TRY("movl %[v], (%[p])", [p] "r"(self), [v] "r"(0));
    EXPECT(caught_vector == 14);
    return 0;
}

static const char *recursive_root_made_writable(void) /* XSA-182 */
{
    uint32_t at = root_mfn() * PAGE + 4;
    EXPECT(update(at, root_mfn() * PAGE | P) == 0);
    EXPECT(update(at, root_mfn() * PAGE | P | W) == EINVAL);
    EXPECT(update(at | PV_MMU_PT_UPDATE_PRESERVE_AD, root_mfn() * PAGE | P | W) == EINVAL);
    return 0;
}

static const char *large_page(void) /* XSA-148 */
{
    uint32_t at = root_mfn() * PAGE + 4;
    uint32_t table = root_entries()[BASE >> 22];
    EXPECT(update(at, P | W | PS) == EINVAL);
    EXPECT(update(at, table | PS) == EINVAL);
    EXPECT(update(root_mfn() * PAGE + (BASE >> 22) * 4, table | PS) == EINVAL);
    return 0;
}

static const char *hypervisor_slots(void)
{
    for (uint32_t slot = PV_GUEST_SLOTS; slot < 1024; slot++)
        EXPECT(update(root_mfn() * PAGE + slot * 4, 0) == EINVAL);
    EXPECT(CALL(update_va_mapping, 0xfc400000u, mfn_of(pages[0]) * PAGE | P | W, 0, 0) == EINVAL);
    EXPECT(CALL(update_va_mapping, 0xffffffffu, mfn_of(pages[0]) * PAGE | P | W, 0, 0) == EINVAL);
    return 0;
}

static const char *unmapped_table(void)
{
    EXPECT(CALL(update_va_mapping, 0x00800000u, mfn_of(pages[0]) * PAGE | P | W, 0, 0) == EINVAL);
    EXPECT(CALL(update_va_mapping, addr(pages[0]), 0, 1, 0) ==
           EINVAL); /* an entry of over 32 bits */
    return 0;
}

static const char *wild_updates(void)
{
    uint32_t *word = (uint32_t *)(uintptr_t)pages[0];
    EXPECT(CALL(mmu_update, 0xdeadbeefu, 1, 0, PV_DOMID_SELF) == -PV_EFAULT);
    EXPECT(CALL(mmu_update, 0, 1, 0, PV_DOMID_SELF) == -PV_EFAULT);
    EXPECT(CALL(mmu_update, 0xfc400000u, 1, 0, PV_DOMID_SELF) == -PV_EFAULT);
    EXPECT(CALL(mmu_update, PV_M2P_BASE, 1, 0, PV_DOMID_SELF) == -PV_EFAULT);
    EXPECT(CALL(mmu_update, addr(word), 0xffffffffu, 0, PV_DOMID_SELF) == -PV_EFAULT);
    EXPECT(CALL(mmu_update, addr(word), 0x10000001u, 0, PV_DOMID_SELF) ==
           -PV_EFAULT); /* times 16 wraps */
    EXPECT(CALL(mmu_update, addr(word), 0x20000, 0, PV_DOMID_SELF) == -PV_E2BIG);
    word[0] = mfn_of(pages[1]) * PAGE;
    EXPECT(CALL(mmu_update, addr(word), 1, info->pt_base, PV_DOMID_SELF) ==
           -PV_EFAULT); /* read-only result */
    word[1] = 1;        /* an address past 4 GiB */
    EXPECT(CALL(mmu_update, addr(word), 1, 0, PV_DOMID_SELF) == EINVAL);
    word[1] = 0;
    word[0] |= 3;
    EXPECT(CALL(mmu_update, addr(word), 1, 0, PV_DOMID_SELF) == -PV_ENOSYS);
    return 0;
}

static const char *stops_at_the_first_bad_update(void)
{
    uint32_t at = mfn_of(pages[1]) * PAGE, done = 99;
    struct pv_mmu_update u[3] = {{at, 0, 1, 0}, {0, 0, 2, 0}, {at + 8, 0, 3, 0}};
    EXPECT(CALL(mmu_update, addr(u), 3, addr(&done), PV_DOMID_SELF) == EINVAL);
    EXPECT(done == 1);
    EXPECT(((uint32_t *)(uintptr_t)pages[1])[0] == 1 && ((uint32_t *)(uintptr_t)pages[1])[2] == 0);
    return 0;
}

static const char *stale_translation(void)
{
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)pages[0];
    *word = 0; /* the TLB has it writable now */
    EXPECT(CALL(update_va_mapping, addr(word), mfn_of(word) * PAGE | P, 0, PV_UVMF_NONE) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, mfn_of(word), 0) == 0);
    TRY("movl %[v], (%[p])", [p] "r"(word), [v] "r"(foreign_mfn() * PAGE | P | W));
    EXPECT(caught_vector == 14);
    EXPECT(*word == 0);
    return 0;
}

static const char *m2p_is_read_only(void)
{
    TRY("movl %[v], (%[p])", [p] "r"(PV_M2P_BASE + 64), [v] "r"(0));
    EXPECT(caught_vector == 14 && caught_error == 3);
    EXPECT(update(foreign_mfn() * PAGE | PV_MMU_MACHPHYS_UPDATE, 5) == EINVAL);
    EXPECT(update(mfn_of(pages[0]) * PAGE | PV_MMU_MACHPHYS_UPDATE, 0x77) == 0);
    EXPECT(((const uint32_t *)(uintptr_t)PV_M2P_BASE)[mfn_of(pages[0])] == 0x77);
    return 0;
}

static int32_t reserve(uint32_t command, uint32_t *list, uint32_t n)
{
    struct pv_memory_reservation r = {addr(list), n, 0, 0, PV_DOMID_SELF, 0};
    return CALL(memory_op, command, addr(&r), 0, 0);
}

static const char *frame_given_back_in_use(void)
{
    uint32_t table = root_entries()[BASE >> 22] / PAGE, mfn = mfn_of(pages[0]), other = 0;
    EXPECT(reserve(PV_XENMEM_DECREASE_RESERVATION, &mfn, 1) ==
           1); /* still mapped: it stays ours till then */
    EXPECT(reserve(PV_XENMEM_DECREASE_RESERVATION, &mfn, 1) == 0);
    *(volatile uint32_t *)(uintptr_t)pages[0] = 1;
    EXPECT(map(pages[0], 0, 0) == 0);
    EXPECT(map(pages[0], mfn, P | W) == EINVAL);
    EXPECT(reserve(PV_XENMEM_DECREASE_RESERVATION, &table, 1) == 1);
    EXPECT(map(pages[1], table, P | W) == EINVAL);
    EXPECT(reserve(PV_XENMEM_INCREASE_RESERVATION, &other, 1) == 1);
    EXPECT(map(pages[0], other, P | W) == 0);
    EXPECT(*(volatile uint32_t *)(uintptr_t)pages[0] == 0); /* whatever was in it is gone */
    return 0;
}

static const char *more_memory_than_allowed(void)
{
    static uint32_t list[8];
    uint32_t foreign = foreign_mfn();
    EXPECT(reserve(PV_XENMEM_INCREASE_RESERVATION, list, 8) == 0);
    EXPECT(reserve(PV_XENMEM_POPULATE_PHYSMAP, list, 8) == 0);
    EXPECT(reserve(PV_XENMEM_DECREASE_RESERVATION, &foreign, 1) == 0);
    EXPECT(reserve(PV_XENMEM_INCREASE_RESERVATION, list, 0xffffffffu) == EINVAL);
    return 0;
}

static const char *clear_and_copy_pages(void)
{
    uint32_t table = root_entries()[BASE >> 22] / PAGE;
    EXPECT(mmuext(PV_MMUEXT_CLEAR_PAGE, table, 0) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_CLEAR_PAGE, foreign_mfn(), 0) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_COPY_PAGE, mfn_of(pages[0]), foreign_mfn()) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_COPY_PAGE, table, mfn_of(pages[0])) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_COPY_PAGE, mfn_of(pages[0]), table) == 0);
    return 0;
}

const struct attack attacks_mmu[] = {
    {"map_foreign_read_only", map_foreign_read_only},
    {"map_foreign_writable", map_foreign_writable},
    {"map_frame_zero", map_frame_zero},
    {"map_page_table_writable", map_page_table_writable},
    {"map_directory_writable", map_directory_writable},
    {"store_through_read_only_map", store_through_read_only_map},
    {"pin_foreign", pin_foreign},
    {"pin_while_writable", pin_while_writable},
    {"pin_table_with_foreign_entry", pin_table_with_foreign_entry},
    {"unpinned_root", unpinned_root},
    {"retyped_root", retyped_root},
    {"recursive_root", recursive_root},
    {"recursive_root_made_writable", recursive_root_made_writable},
    {"large_page", large_page},
    {"hypervisor_slots", hypervisor_slots},
    {"unmapped_table", unmapped_table},
    {"wild_updates", wild_updates},
    {"stops_at_the_first_bad_update", stops_at_the_first_bad_update},
    {"stale_translation", stale_translation},
    {"m2p_is_read_only", m2p_is_read_only},
    {"frame_given_back_in_use", frame_given_back_in_use},
    {"more_memory_than_allowed", more_memory_than_allowed},
    {"clear_and_copy_pages", clear_and_copy_pages},
    {0, 0},
};

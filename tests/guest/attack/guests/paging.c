/*
 * Page tables that lie: frames that are nobody's, tables that show themselves, entries written in
 * every way there is, rights that must hold however the shadow came about.
 */
#include "attack.h"

#define RAM_END 0x01000000u
#define VA      0x40000000u
#define RW      (KIT_PRESENT | KIT_WRITE)

/* Frames beyond the guest's memory: on this machine they are the hypervisor's and the neighbour's.
 */
int attack_foreign_frames(void)
{
    uint32_t sum = 0;
    kit_paging_on();
    for (uint32_t pa = RAM_END; pa < 0xfe000000; pa += pa < 0x04000000 ? 0x1000 : 0x3ff000) {
        struct at a = {VA, 0};
        struct kit_fault f;
        kit_map(VA, pa, RW);
        int read = kit_catch(read_at, &a, &f);
        bool empty = read == KIT_NO_FAULT && a.value == 0xffffffff;
        if (!empty)
            kit_printf("frame %08x: %d %08x\n", pa, read, a.value);
        kit_failures += !empty;
        a.value = 0x0bad0bad;
        sum = fold(sum, (uint32_t)kit_catch(write_at, &a, &f));
    }
    kit_printf("writes: %08x\n", sum);
    return 0;
}

/* 4 MiB at once beyond the end of memory, and over its end. */
int attack_large_foreign_pages(void)
{
    uint32_t sum = 0;
    kit_paging_on();
    write_cr4(0x10);
    for (uint32_t pa = 0x00c00000; pa < 0x05000000; pa += 0x400000) {
        directory()[0x200] = pa | 0x87;
        write_cr3(read_cr3());
        for (uint32_t at = 0; at < 0x400000; at += 0x7f000) {
            struct at a = {0x80000000 + at, 0};
            struct kit_fault f;
            sum = fold(sum, (uint32_t)kit_catch(read_at, &a, &f));
            sum = fold(sum, a.value);
            if (pa >= RAM_END)
                kit_failures += a.value != 0xffffffff;
        }
    }
    kit_printf("read: %08x\n", sum);
    return 0;
}

/* A directory that is its own table, in the hole and outside of it; tables edited through it. */
static void through_self_map(unsigned slot)
{
    volatile uint32_t *ptes = (uint32_t *)(slot << 22);
    directory()[slot] = read_cr3() | RW;
    for (unsigned i = 0; i < 40; i++) {
        uint32_t page = PAGE(20 + i % 5);
        *(uint32_t *)page = i;
        directory()[slot] = 0; /* so that the window is mapped anew, onto live tables */
        directory()[slot] = read_cr3() | RW;
        (void)ptes[VA >> 12];
        ptes[VA >> 12] = page | RW;
        kit_failures += (ptes[VA >> 12] & ~0xfffu) != page; /* and the entry is mapped by now */
        kit_flush(VA);
        struct at a = {VA, 0};
        struct kit_fault f;
        bool good = kit_catch(read_at, &a, &f) == KIT_NO_FAULT && a.value == i;
        if (!good)
            kit_printf("slot %x, turn %u: %08x\n", slot, i, a.value);
        kit_failures += !good;
    }
    kit_printf("the entry that maps itself: %08x\n", ptes[slot * 1024 + slot] & 0xfff);
    directory()[slot] = 0;
    write_cr3(read_cr3());
}

int attack_recursive_directory(void)
{
    kit_paging_on();
    through_self_map(0x300);
    through_self_map(0x3f0);
    through_self_map(0x3ff);
    return 0;
}

static uint32_t read_mapped(void)
{
    struct at a = {VA, 0};
    struct kit_fault f;
    return kit_catch(read_at, &a, &f) == KIT_NO_FAULT ? a.value : 0xdead0000u + (uint32_t)f.vector;
}

static void string_store(volatile uint32_t *to, uint32_t value)
{
    uint32_t n = 1;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}

static void string_move(volatile uint32_t *to, const uint32_t *from)
{
    __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
}

/* Every kind of store to a live table; each must count at the next access (after INVLPG). */
int attack_table_stores(void)
{
    kit_paging_on();
    for (uint32_t i = 0; i < 16; i++)
        *(uint32_t *)PAGE(i) = i;
    volatile uint32_t *pte = kit_pte(VA);
    for (unsigned turn = 0; turn < 12; turn++) {
        uint32_t want = PAGE(turn) | RW;
        kit_map(VA, PAGE(15), RW);
        kit_check(read_mapped() == 15, "mapped");
        switch (turn) {
        case 0:
            *pte = want;
            break;
        case 1:
            for (unsigned b = 0; b < 4; b++)
                ((volatile uint8_t *)pte)[b] = (uint8_t)(want >> 8 * b);
            break;
        case 2:
            __asm__ volatile("xchgl %0, %1" : "+r"(want), "+m"(*pte));
            break;
        case 3:
            __asm__ volatile("lock cmpxchgl %1, %2" : : "a"(*pte), "r"(want), "m"(*pte) : "memory");
            break;
        case 4:
            string_store(pte, want);
            break;
        case 5: {
            uint32_t esp;
            __asm__ volatile("movl %%esp, %0; movl %1, %%esp; pushl %2; movl %0, %%esp"
                             : "=&r"(esp)
                             : "r"(pte + 1), "r"(want)
                             : "memory");
            break;
        }
        case 6: /* a store that begins in the entry before */
            *(volatile uint16_t *)((volatile uint8_t *)pte + 2) = (uint16_t)(want >> 16);
            *(volatile uint32_t *)((volatile uint8_t *)pte - 2) = want << 16;
            break;
        case 7:
            __asm__ volatile("addl %1, %0" : "+m"(*pte) : "r"(want - (*pte & ~0x60u)));
            break;
        case 8:
            __asm__ volatile("lock cmpxchg8b %0"
                             : "+m"(*(volatile uint64_t *)pte)
                             : "a"(pte[0]), "d"(pte[1]), "b"(want), "c"(0)
                             : "memory");
            break;
        case 9:
            string_move(pte, &want);
            break;
        default:
            *pte = want;
            break;
        }
        kit_flush(VA);
        uint32_t got = read_mapped();
        if (got != turn)
            kit_printf("store %u: %08x\n", turn, got);
        kit_failures += got != turn;
        pte[-1] = 0;
    }
    return 0;
}

int attack_rights(void)
{
    struct at a = {VA, 1};
    kit_paging_on();
    for (unsigned flags = 0; flags < 8; flags++) {
        kit_printf("entry %u\n", flags);
        kit_map(VA, PAGE(0), flags);
        if (!flags)
            *kit_pte(VA) = PAGE(0); /* not present, but with a frame */
        for (unsigned ring = 0; ring < 4; ring += 3) {
            int read = probe_in(ring, "read", read_at, &a);
            int write = probe_in(ring, "write", write_at, &a);
            bool may_read = (flags & 1) && (ring == 0 || (flags & 4));
            kit_check((read == KIT_NO_FAULT) == may_read, "reading");
            kit_check((write == KIT_NO_FAULT) == (may_read && (flags & 2)), "writing");
        }
        kit_printf("it is now %x\n", (unsigned)(*kit_pte(VA) & 0xfff));
    }
    return 0;
}

/* CR0.WP = 0: the kernel writes what is read-only, and programs still may not. */
int attack_write_protect_off(void)
{
    struct at a = {VA, 7};
    kit_paging_on();
    write_cr0(read_cr0() & ~0x10000u);
    for (unsigned turn = 0; turn < 3; turn++) {
        kit_map(VA, PAGE(1), KIT_PRESENT | (turn ? KIT_USER : 0));
        kit_check(probe("kernel write", write_at, &a) == KIT_NO_FAULT, "WP = 0 lets it");
        kit_check((probe_in(3, "user read", read_at, &a) == PF) == (turn == 0), "U counts");
        kit_check(probe_in(3, "user write", write_at, &a) == PF, "W counts for programs");
        kit_check(probe("kernel write again", write_at, &a) == KIT_NO_FAULT, "and still lets it");
    }
    write_cr0(read_cr0() | 0x10000u);
    kit_check(probe("kernel write with WP", write_at, &a) == PF, "WP = 1 does not");
    return 0;
}

/* The entry's Accessed and Dirty bits as seen by the guest, which the shadow must not swallow. */
int attack_accessed_dirty(void)
{
    struct at a = {VA, 0};
    kit_paging_on();
    for (unsigned turn = 0; turn < 3; turn++) {
        kit_map(VA, PAGE(2), RW);
        uint32_t fresh = *kit_pte(VA) & 0x60;
        probe("read", read_at, &a);
        uint32_t seen = *kit_pte(VA) & 0x60;
        probe("write", write_at, &a);
        uint32_t written = *kit_pte(VA) & 0x60;
        kit_printf("%x %x %x\n", fresh, seen, written);
        kit_check(fresh == 0 && seen == 0x20 && written == 0x60, "A, then A and D");
        *kit_pte(VA) &= ~0x40u;
        kit_flush(VA);
        probe("write again", write_at, &a);
        kit_check((*kit_pte(VA) & 0x60) == 0x60, "D comes back");
    }
    return 0;
}

int attack_unmapped_stays_unmapped(void)
{
    struct at a = {VA, 0};
    kit_paging_on();
    for (unsigned turn = 0; turn < 8; turn++) {
        kit_map(VA, PAGE(3), RW);
        kit_check(probe("mapped", write_at, &a) == KIT_NO_FAULT, "works");
        if (turn & 1)
            kit_map(VA, 0, 0);
        else
            kit_map(VA, PAGE(3), KIT_PRESENT);
        kit_check(probe("taken away", write_at, &a) == PF, "is taken away");
        if (turn & 2)
            directory()[VA >> 22] &= ~1u;
        write_cr3(read_cr3());
        kit_check((probe("read", read_at, &a) == PF) == (turn & 1 || turn & 2), "as it says");
        directory()[VA >> 22] |= 1u;
    }
    return 0;
}

/* Code in a page that is a page table as well, and changes while it runs. */
int attack_code_in_page_table(void)
{
    uint8_t *code = (uint8_t *)PAGE(64);
    struct at a = {(uint32_t)code, 0};
    kit_paging_on();
    memset(code, 0, 4096);
    directory()[0x340] = (uint32_t)code | RW;
    ((uint32_t *)code)[512] = PAGE(65) | RW;
    *(uint32_t *)PAGE(65) = 0x5eed;
    for (uint32_t i = 0; i < 20; i++) {
        code[0] = 0xb8;
        *(uint32_t *)(code + 1) = i;
        code[5] = 0xc3;
        call_at(&a);
        struct at through = {0xd0000000 + 512 * 4096, 0};
        read_at(&through);
        kit_failures += a.value != i || through.value != 0x5eed;
        ((uint32_t *)code)[512] ^= 0x40; /* touch the table part, too */
    }
    kit_printf("last %u, %d wrong\n", a.value, kit_failures);
    return 0;
}

/* Instructions and data across two pages of which the second is missing. */
int attack_across_pages(void)
{
    static const uint8_t code[] = {0xb8, 1, 2, 3, 4, 0xc3};
    struct at a = {VA + 0xffe, 0};
    kit_paging_on();
    kit_map(VA, PAGE(5), RW);
    memcpy((void *)(PAGE(5) + 0xffe), code, 2);
    kit_check(probe("code", call_at, &a) == PF && probed.cr2 == VA + 0x1000, "faults there");
    kit_check(probe("read", read_at, &a) == PF && probed.cr2 == VA + 0x1000, "faults there");
    a.value = 0xffffffff;
    kit_check(probe("write", write_at, &a) == PF && probed.cr2 == VA + 0x1000, "faults there");
    kit_check(*(uint16_t *)(PAGE(5) + 0xffe) == 0x01b8, "and nothing was half done");
    kit_map(VA + 0x1000, PAGE(6), RW);
    memcpy((void *)PAGE(6), code + 2, 4);
    kit_check(probe("code", call_at, &a) == KIT_NO_FAULT && a.value == 0x04030201, "runs");
    return 0;
}

static void load_cr3(void *value)
{
    write_cr3((uint32_t)value);
}

/* Tables and CR3 beyond all memory: no table is there, and nothing else may be taken for one. */
int attack_root_beyond_memory(void)
{
    kit_paging_on();
    for (uint32_t pa = RAM_END; pa < RAM_END + 0x40000; pa += 0x1000) {
        struct at a = {VA, 0};
        directory()[VA >> 22] = pa | RW;
        write_cr3(read_cr3());
        kit_check(probe("through a table", read_at, &a) == KIT_NO_FAULT && a.value == 0xffffffff,
                  "every entry floats");
    }
    load_cr3((void *)(uintptr_t)(RAM_END + 0x5000));
    return *(volatile int *)PAGE(0);
}

static void copy_root(uint32_t *to, uint32_t *table, unsigned n)
{
    memcpy(to, directory(), 4096);
    memset(table, 0, 4096);
    to[0x200 + n % 32] = (uint32_t)table | RW;
    table[n] = PAGE(900 + n) | RW;
    *(uint32_t *)PAGE(900 + n) = 0x10000 + n;
}

static bool sees_own_page(unsigned n)
{
    struct at a = {(0x200 + n % 32) << 22 | n << 12, 0};
    struct at other = {(0x200 + (n + 1) % 32) << 22 | n << 12, 0};
    struct kit_fault f;
    write_cr3(PAGE(100 + 2 * n));
    bool good = kit_catch(read_at, &a, &f) == KIT_NO_FAULT && a.value == 0x10000 + n &&
                kit_catch(read_at, &other, &f) == PF;
    if (!good)
        kit_printf("root %u: %08x\n", n, a.value);
    return good;
}

/* More directories and tables than the pool of shadow pages holds; some are used again soon. */
int attack_shadow_pool(void)
{
    enum { ROOTS = 120 };
    kit_paging_on();
    uint32_t first = read_cr3();
    for (unsigned n = 0; n < ROOTS; n++)
        copy_root((uint32_t *)PAGE(100 + 2 * n), (uint32_t *)PAGE(101 + 2 * n), n);
    for (unsigned turn = 0; turn < 3; turn++)
        for (unsigned n = 0; n < ROOTS; n++) {
            kit_failures += !sees_own_page(n);
            if (n >= 10)
                kit_failures += !sees_own_page(n - 10);
        }
    write_cr3(first);
    kit_put("all roots seen\n");
    return 0;
}

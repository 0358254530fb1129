/* Which instructions trap where? Each line is one answer; the exit value counts the wrong ones. */
#include "kit/kit.h"

static void hlt(void *unused)
{
    (void)unused;
    __asm__ volatile("hlt");
}

/* POPF outside ring 0 with IOPL 0 drops IF without a word: the most famous hole in x86. */
static void popf(void *flags)
{
    __asm__ volatile("pushl $0x202; popf; pushf; popl %0" : "=r"(*(uint32_t *)flags));
}

static void write_page(void *page)
{
    *(volatile uint32_t *)page = 1;
}

int main(void)
{
    struct kit_fault fault;
    uint32_t flags = 0;
    kit_check(kit_catch_in_ring(3, hlt, NULL, &fault) == 13, "HLT in ring 3 raises #GP");
    kit_check(fault.eip == (uint32_t)(uintptr_t)hlt, "and EIP points at it");
    kit_check(kit_catch_in_ring(1, hlt, NULL, &fault) == 13, "in ring 1 too");
    kit_check(kit_catch_in_ring(1, popf, &flags, &fault) == KIT_NO_FAULT && !(flags & 0x200),
              "POPF in ring 1 loses IF silently");

    void *page = (void *)0x40000000;
    kit_paging_on();
    kit_map((uint32_t)page, 0x00800000, KIT_PRESENT);
    kit_check(kit_catch(write_page, page, &fault) == 14 && fault.cr2 == (uint32_t)page &&
                  fault.error == 3,
              "CR0.WP: writing a read-only page faults in ring 0");
    kit_map((uint32_t)page, 0x00800000, KIT_PRESENT | KIT_WRITE);
    kit_expect_fault(KIT_NO_FAULT, write_page, page, "and no longer when it is writable");
    return kit_failures;
}

/*
 * Two ways into the upper half of the address space.
 *
 * 4 MiB pages, the way of teaching kernels: the same memory at 0 and at 2 GiB, a jump, and the low
 * mapping goes. Wrapping segments, the way of systems that are linked high and start without
 * paging: a base that brings 3 GiB down to 0, until page tables do it.
 */
#include "board.h"

#define HIGH   0x80000000u
#define HIGHER 0xc0000000u
#define LARGE  (KIT_PRESENT | KIT_WRITE | 0x80u)

static uint32_t directory[1024] __attribute__((aligned(4096)));
static volatile uint32_t cell;

static uint32_t cr0(void)
{
    uint32_t v;
    __asm__ volatile("movl %%cr0, %0" : "=r"(v));
    return v;
}

static void large_pages(void)
{
    directory[0] = LARGE;
    directory[HIGH >> 22] = LARGE;
    __asm__ volatile("movl %%cr4, %%eax; orl $0x10, %%eax; movl %%eax, %%cr4;"
                     "movl %0, %%cr3"
                     :
                     : "r"(directory)
                     : "eax", "memory");
    __asm__ volatile("movl %0, %%cr0" : : "r"(cr0() | 0x80010000u) : "memory");
    volatile uint32_t *alias = (volatile uint32_t *)((uintptr_t)&cell + HIGH);
    cell = 0x1234;
    kit_check(*alias == 0x1234, "one cell at two addresses");
    *alias = 0x5678;
    kit_check(cell == 0x5678, "in both directions");
    kit_check((directory[HIGH >> 22] & 0x60) == 0x60, "accessed and dirty are in the directory");
}

/* Code, stack and data high, the low mapping gone meanwhile. Returns the sum of 16 words and the
 * program counter there. */
static void without_low_half(void)
{
    static uint32_t words[16];
    uint32_t sum = 0, where = 0;
    for (unsigned i = 0; i < 16; i++)
        words[i] = i * i;
    __asm__ volatile("movl $1f + %c5, %%eax\n\t"
                     "jmp *%%eax\n"
                     "1:\n\t"
                     "addl %5, %%esp\n\t"
                     "call 2f\n"
                     "2:\n\t"
                     "popl %1\n\t"
                     "pushl (%2)\n\t"
                     "movl $0, (%2)\n\t"
                     "movl %%cr3, %%eax\n\t"
                     "movl %%eax, %%cr3\n\t"
                     "movl $16, %%ecx\n"
                     "3:\n\t"
                     "addl -4(%3,%%ecx,4), %0\n\t"
                     "loop 3b\n\t"
                     "popl (%2)\n\t"
                     "subl %5, %%esp\n\t"
                     "movl $4f, %%eax\n\t"
                     "jmp *%%eax\n"
                     "4:"
                     : "+&r"(sum), "+&r"(where)
                     : "r"((uintptr_t)directory + HIGH), "r"((uintptr_t)words + HIGH), "m"(cell),
                       "i"(HIGH)
                     : "eax", "ecx", "memory");
    kit_check(sum == 1240, "data read without the low half");
    kit_check(where > HIGH && where < HIGH + 0x400000, "by code that ran high");
}

static void fault(void *unused)
{
    (void)unused;
    cell = *(volatile uint32_t *)(uintptr_t)(HIGH + 0x400000);
}

/* Segments whose base brings 3 GiB to 0; as in systems linked at 3 GiB before they page. */
static void wrapping_segments(void)
{
    uint32_t sum = 0, cs_there = 0;
    kit_gdt[KIT_GDT_FREE] = kit_descriptor(0u - HIGHER, 0xfffff, 0x9a, 0xc);
    kit_gdt[KIT_GDT_FREE + 1] = kit_descriptor(0u - HIGHER, 0xfffff, 0x92, 0xc);
    cell = 41;
    __asm__ volatile("movw %w3, %%ds\n\t"
                     "ljmp %4, $1f + %c5\n"
                     "1:\n\t"
                     "movl %c5(%2), %0\n\t"
                     "incl %0\n\t"
                     "movl %0, %c5(%2)\n\t"
                     "movl %%cs, %1\n\t"
                     "movl $100, %%ecx\n"
                     "2:\n\t"
                     "addl $3, %0\n\t"
                     "loop 2b\n\t"
                     "movw %w6, %%ds\n\t"
                     "ljmp %7, $3f\n"
                     "3:"
                     : "=&r"(sum), "=&r"(cs_there)
                     : "r"(&cell), "r"((KIT_GDT_FREE + 1) * 8), "i"(KIT_GDT_FREE * 8), "i"(HIGHER),
                       "r"(KIT_DATA(0)), "i"(KIT_CODE(0))
                     : "ecx", "memory");
    kit_check(sum == 342 && cell == 42, "code and data through a base that wraps");
    kit_check((cs_there & 0xffff) == KIT_GDT_FREE * 8, "in that code segment");
}

int main(void)
{
    wrapping_segments();
    large_pages();
    without_low_half();
    struct kit_fault f;
    kit_check(kit_catch(fault, NULL, &f) == 14 && f.cr2 == HIGH + 0x400000 && f.error == 0,
              "beyond the large page nothing is mapped");
    wrapping_segments();
    return kit_failures;
}

/*
 * A kernel's first descriptor table of its own. Until a segment register is loaded anew it keeps
 * what it had; its selector may by then name something else, or the very entry that CS has.
 */
#include "board.h"

#define CODE  KIT_CODE(0)
#define DATA  KIT_DATA(0)
#define CLASH (KIT_GDT_FREE * 8) /* data in the kit's table, code in ours */

struct pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static uint64_t own[KIT_GDT_FREE + 1];
static volatile uint32_t calls;

static void on_call(struct kit_frame *f)
{
    calls += f->eax;
}

/* LGDT, a far jump into the entry that SS still names, work on the old stack with instructions that
 * trap, an interrupt, then SS; and back to the kit's table. */
static uint32_t walk(const struct pointer *mine, const struct pointer *kits)
{
    uint32_t sum = 0, seen = 0;
    __asm__ volatile("movl %4, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "lgdt %2\n\t"
                     "ljmp %4, $1f\n"
                     "1:\n\t"
                     "pushl $40\n\t"
                     "movl %%cr0, %%eax\n\t"
                     "movl %%eax, %%cr0\n\t"
                     "popl %0\n\t"
                     "movl $2, %%eax\n\t"
                     "int $0x42\n\t"
                     "movl %%ss, %1\n\t"
                     "movl %%cs, %%eax\n\t"
                     "cmpw %%ax, %w1\n\t"
                     "jne 2f\n\t"
                     "incl %0\n"
                     "2:\n\t"
                     "movl %5, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "pushl %0\n\t"
                     "int $0x42\n\t"
                     "popl %0\n\t"
                     "incl %0\n\t"
                     "lgdt %3\n\t"
                     "ljmp %6, $3f\n"
                     "3:\n\t"
                     "movl %5, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     : "=&b"(sum), "=&S"(seen)
                     : "m"(*mine), "m"(*kits), "i"(CLASH), "i"(DATA), "i"(CODE)
                     : "eax", "memory");
    return sum;
}

int main(void)
{
    static struct pointer mine, kits;
    mine = (struct pointer){sizeof own - 1, (uint32_t)(uintptr_t)own};
    __asm__ volatile("sgdt %0" : "=m"(kits));
    kit_gdt[KIT_GDT_FREE] = kit_descriptor(0, 0xfffff, 0x92, 0xc);
    own[CODE / 8] = own[CLASH / 8] = kit_descriptor(0, 0xfffff, 0x9a, 0xc);
    own[DATA / 8] = kit_descriptor(0, 0xfffff, 0x92, 0xc);
    kit_on(0x42, on_call);
    kit_check(walk(&mine, &kits) == 42, "CS and SS with one selector work side by side");
    kit_check(calls == 2 + DATA, "interrupts come and return meanwhile");
    return kit_failures;
}

/*
 * Descriptor tables: five flat segments, one task state segment, 256 gates.
 *
 * Segmentation and hardware tasks are otherwise unused; the TSS is there because the CPU takes the
 * kernel's stack from it, and because an I/O bitmap beyond its limit denies user mode every port.
 * (SDM v3, Protected-Mode Memory Management; Task Management; Interrupt and Exception Handling.)
 */
#include "arch/native/native.h"
#include "arch/native/selectors.h"
#include "abi/syscall.h"

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

/* 32-bit TSS; only the fields the CPU reads here are named. */
struct task_state {
    uint32_t link;
    uint32_t esp0, ss0;
    uint32_t unused[22];
    uint16_t trap;
    uint16_t bitmap;
};

#define SEGMENT_CODE   0x9a /* present, readable; DPL in bits 5-6 */
#define SEGMENT_DATA   0x92
#define SEGMENT_TSS    0x89
#define DPL_3          0x60
#define GATE_INTERRUPT 0x8e /* present, 32 bits, clears IF */
#define GATE_TRAP      0x8f

static struct task_state tss = {.ss0 = KERNEL_DATA, .bitmap = sizeof(struct task_state)};

/* In a page of their own: who watches these tables by write protection, as a hypervisor does, would
 * otherwise be told of every store to their neighbours. */
static struct {
    uint64_t gdt[6];
    uint64_t idt[256];
} __attribute__((aligned(4096))) tables;

extern const uint32_t entry_addresses[48];
void entry_syscall(void);

static uint64_t flat_segment(unsigned access)
{
    return 0x00cf00000000ffffull | (uint64_t)access << 40; /* base 0, 4 GiB, 32 bits */
}

static uint64_t tss_descriptor(void)
{
    uint64_t base = (uint32_t)(uintptr_t)&tss;
    return (sizeof tss - 1) | (base & 0xffffff) << 16 | (uint64_t)SEGMENT_TSS << 40 |
           (base >> 24) << 56;
}

static uint64_t gate(uint32_t target, unsigned access)
{
    return (uint64_t)(target & 0xffff0000) << 32 | (uint64_t)access << 40 |
           (uint64_t)KERNEL_CODE << 16 | (target & 0xffff);
}

static void load_gdt(void)
{
    tables.gdt[KERNEL_CODE / 8] = flat_segment(SEGMENT_CODE);
    tables.gdt[KERNEL_DATA / 8] = flat_segment(SEGMENT_DATA);
    tables.gdt[USER_CODE / 8] = flat_segment(SEGMENT_CODE | DPL_3);
    tables.gdt[USER_DATA / 8] = flat_segment(SEGMENT_DATA | DPL_3);
    tables.gdt[TASK_STATE / 8] = tss_descriptor();
    struct table_pointer pointer = {sizeof tables.gdt - 1, (uint32_t)(uintptr_t)tables.gdt};
    __asm__ volatile("lgdt %0\n\t"
                     "ljmp %1, $1f\n"
                     "1: movl %2, %%ds\n\t"
                     "movl %2, %%es\n\t"
                     "movl %2, %%ss\n\t"
                     "movl %3, %%fs\n\t"
                     "movl %3, %%gs\n\t"
                     "ltr %w4"
                     :
                     : "m"(pointer), "i"(KERNEL_CODE), "r"(KERNEL_DATA), "r"(0), "r"(TASK_STATE)
                     : "memory");
}

static void load_idt(void)
{
    for (unsigned v = 0; v < 48; v++) {
        bool users = v == 3 || v == 4; /* INT3, INTO */
        tables.idt[v] = gate(entry_addresses[v], users ? GATE_INTERRUPT | DPL_3 : GATE_INTERRUPT);
    }
    tables.idt[SYSCALL_VECTOR] = gate((uint32_t)(uintptr_t)entry_syscall, GATE_TRAP | DPL_3);
    struct table_pointer pointer = {sizeof tables.idt - 1, (uint32_t)(uintptr_t)tables.idt};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void arch_load_tables(void)
{
    load_idt(); /* before the GDT, whose page would be watched from then on */
    load_gdt();
    pic_init();
}

void arch_set_kernel_stack(uintptr_t top)
{
    tss.esp0 = (uint32_t)top;
}

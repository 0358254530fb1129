/*
 * A guest that uses the top 64 MiB of linear space itself: data, stack, code, tables and descriptor
 * tables up there. The hypervisor lives at those addresses; the guest must not notice.
 */
#include "report.h"

#define HOLE 0xfd000000u
#define PA   0x00900000u

static uint32_t high_table[1024] __attribute__((aligned(4096)));

static void map_high(void)
{
    uint32_t *pd;
    ASM("movl %%cr3, %0" : "=r"(pd));
    for (uint32_t i = 0; i < 1024; i++)
        high_table[i] = (PA + i * 0x1000) | 7;
    pd[HOLE >> 22] = (uint32_t)(uintptr_t)high_table | 7;
    ASM("movl %0, %%cr3" : : "r"(pd) : "memory");
}

static uint32_t where;

static void read_word(void *unused)
{
    (void)unused;
    out[0] = *(volatile uint32_t *)where;
}

static void write_word(void *unused)
{
    (void)unused;
    *(volatile uint32_t *)where = 0xabcd1234;
}

static void add_word(void *unused)
{
    (void)unused;
    ASM("lock addl $5, (%0); xchgl %1, (%0)" : : "r"(where), "r"(7) : "memory", "cc");
}

static void copy_string(void *unused)
{
    (void)unused;
    ASM("cld; rep movsl" : : "S"(where), "D"(where + 0x100), "c"(16) : "memory");
}

static void use_stack(void *unused)
{
    (void)unused;
    ASM("movl %%esp, %%ebx; movl %1, %%esp; pushl $0x55; pushl $0x66; popl %%eax; popl %%ecx; "
        "pusha; popa; movl %%ebx, %%esp;"
        "movl %%eax, %0"
        : "=m"(out[0])
        : "r"(where + 0x800)
        : "eax", "ebx", "ecx", "memory");
}

typedef uint32_t function(uint32_t);

/* A loop that sums to its argument, copied up and called there. */
void sum_code(void);
void sum_end(void);
__asm__(".globl sum_code, sum_end; sum_code: movl 4(%esp), %ecx; xorl %eax, %eax; 1: addl %ecx, "
        "%eax; decl %ecx; jnz 1b;"
        "pushl %eax; popl %eax; ret; sum_end:");

static void call_high(void *unused)
{
    (void)unused;
    out[0] = ((function *)where)(100);
}

static void interrupt_high(void *unused)
{
    (void)unused;
    ASM("call *%0" : : "r"(where + 0x100) : "memory");
}

static const struct named uses[] = {
    {"read", read_word},   {"write", write_word}, {"read back", read_word}, {"add", add_word},
    {"result", read_word}, {"copy", copy_string}, {"stack", use_stack},
};

static void tables_up_there(void)
{
    static struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } gdt, idt, old;
    ASM("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
    memcpy((void *)(HOLE + 0x10000), (void *)gdt.base, gdt.limit + 1u);
    memcpy((void *)(HOLE + 0x11000), (void *)idt.base, idt.limit + 1u);
    old = idt;
    gdt.base = HOLE + 0x10000;
    idt.base = HOLE + 0x11000;
    ASM("lgdt %0; lidt %1" : : "m"(gdt), "m"(idt));
    ASM("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs" : : "r"(0x10));
    where = HOLE;
    report("with the tables up there", 3, read_word);
    where = 0x50000000;
    report("a fault", 3, read_word);
    ASM("lidt %0" : : "m"(old));
}

int main(void)
{
    kit_paging_on();
    where = HOLE;
    report("not mapped", 0, read_word);
    report("not mapped", 3, write_word);
    map_high();
    for (unsigned ring = 0; ring < 4; ring++)
        for (unsigned i = 0; i < sizeof uses / sizeof *uses; i++) {
            report(uses[i].name, ring, uses[i].run);
            show("memory", *(volatile uint32_t *)(PA + 0x100));
        }
    memcpy((void *)(HOLE + 0x2000), (void *)(uintptr_t)sum_code,
           (uint32_t)((uintptr_t)sum_end - (uintptr_t)sum_code));
    memcpy((void *)(HOLE + 0x2100), "\xcd\x50\xc3", 3);
    where = HOLE + 0x2000;
    for (unsigned ring = 0; ring < 4; ring++) {
        report("code", ring, call_high);
        report("interrupt", ring, interrupt_high);
    }
    high_table[2] &= ~4u; /* supervisor only */
    kit_flush(HOLE + 0x2000);
    report("supervisor's code", 0, call_high);
    report("supervisor's code", 3, call_high);
    high_table[2] |= 4;
    high_table[0] &= ~2u; /* read-only */
    kit_flush(HOLE);
    where = HOLE;
    report("read-only", 0, write_word);
    report("read-only", 3, write_word);
    where = HOLE - 2; /* one half below the hole */
    report("across the border", 0, read_word);
    where = HOLE + 0xffe;
    report("across two pages", 3, read_word);
    where = 0xfc400000; /* where the hypervisor's stubs are */
    report("the stubs", 0, read_word);
    report("the stubs", 3, write_word);
    where = 0xfc403ff0; /* its stack */
    report("the stack", 0, write_word);
    tables_up_there();
    return 0;
}

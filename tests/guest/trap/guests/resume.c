/*
 * The resume flag: what a handler finds in its frame between two iterations of a repeated string
 * instruction, and how often a breakpoint on one is met while pages come and go beneath it.
 *
 * When a tick arrives is not printed; that RF in its frame says where it came is checked for each,
 * also when it comes while a hypervisor makes a page present that the instruction met.
 */
#include "report.h"

#define RF     0x10000u
#define BUFFER 0x00800000u
#define BYTES  0x10000u
#define TRIES  20000u

/* --- by tick --- */

extern const char rep_stos[];
static volatile uint32_t between, elsewhere, wrong;

static void on_tick(struct kit_frame *f)
{
    bool within = f->eip == (uint32_t)(uintptr_t)rep_stos && f->ecx < BYTES / 4;
    between += within;
    elsewhere += !within;
    wrong += within != ((f->eflags & RF) != 0);
    kit_out8(0x20, 0x20);
}

static __attribute__((noipa)) void fill(void *unused)
{
    (void)unused;
    ASM(".globl rep_stos\n"
        "cld; movl %0, %%edi; movl %1, %%ecx; xorl %%eax, %%eax\n"
        "rep_stos: rep stosl"
        :
        : "i"(BUFFER), "i"(BYTES / 4)
        : "eax", "ecx", "edi", "memory", "cc");
}

static void start_ticks(void)
{
    static const uint8_t setup[][2] = {
        {0x20, 0x11}, {0x21, 0x40},      {0x21, 4},       {0x21, 1}, {0x21, 0xfe},
        {0xa0, 0x11}, {0xa1, 0x48},      {0xa1, 2},       {0xa1, 1}, {0xa1, 0xff},
        {0x43, 0x34}, {0x40, 500 & 255}, {0x40, 500 >> 8}};
    for (unsigned i = 0; i < sizeof setup / sizeof *setup; i++)
        kit_out8(setup[i][0], setup[i][1]);
}

/* With these flags, or 0. */
static void map_buffer(uint32_t flags)
{
    for (uint32_t at = BUFFER; at < BUFFER + BYTES; at += 0x1000)
        kit_map(at, at, flags);
}

/* Afterwards a hypervisor's own tables are to be filled anew. */
static void remap_buffer(void)
{
    map_buffer(0);
    map_buffer(KIT_PRESENT | KIT_WRITE | KIT_USER);
}

static void by_tick(void)
{
    start_ticks();
    ASM("sti");
    for (unsigned i = 0; i < TRIES && (i < 1000 || between < 20 || elsewhere < 20); i++) {
        remap_buffer();
        for (uint32_t at = BUFFER; at < BUFFER + BYTES; at += 0x1000)
            *(volatile uint32_t *)at = i;
        remap_buffer();
        fill(NULL);
        for (volatile unsigned spin = 0; spin < 5000; spin++)
            continue;
    }
    ASM("cli");
    kit_out8(0x21, 0xff);
    kit_check(between >= 20, "ticks came between iterations");
    kit_check(elsewhere >= 20, "and elsewhere");
    kit_check(wrong == 0, "RF in the frame says which");
}

/* --- by fault and breakpoint --- */

static uint32_t faults, faults_without, breaks;

static void on_page_fault(struct kit_frame *f)
{
    uint32_t address;
    ASM("movl %%cr2, %0" : "=r"(address));
    faults++;
    faults_without += !(f->eflags & RF);
    kit_map(address & ~0xfffu, address & ~0xfffu, KIT_PRESENT | KIT_WRITE | KIT_USER);
}

static void on_debug(struct kit_frame *f)
{
    uint32_t dr6;
    ASM("movl %%dr6, %0; movl %1, %%dr6" : "=&r"(dr6) : "r"(0));
    kit_printf("  #DB dr6 %x eip %d ecx %x RF %x\n", dr6, f->eip == (uint32_t)(uintptr_t)rep_stos,
               f->ecx, f->eflags & RF);
    breaks++;
    f->eflags |= RF;
}

static void set_breakpoint(uint32_t address, uint32_t dr7)
{
    ASM("movl %0, %%dr0; movl %1, %%dr7" : : "r"(address), "r"(dr7));
}

/* Pages that are there, so that only a hypervisor has faults; then pages that are not. */
static void by_fault(unsigned ring)
{
    set_breakpoint((uint32_t)(uintptr_t)rep_stos, 0x402);
    remap_buffer();
    report("breakpoint on a repeat, pages present", ring, fill);
    map_buffer(0);
    report("breakpoint on a repeat, pages absent", ring, fill);
    set_breakpoint(BUFFER + 0x3ffc, 0xd0402);
    report("breakpoint on what it writes", ring, fill);
    set_breakpoint(0, 0x400);
    show("faults", faults);
    show("without RF", faults_without);
    show("breaks", breaks);
}

/* --- by single step: a repeat that runs directly, and one that a hypervisor carries out --- */

static void step_stores(void *unused)
{
    (void)unused;
    ASM("cld; movl %0, %%edi; movl $3, %%ecx; pushf; orl $0x100, (%%esp); popf; rep stosb; pushf;"
        "andl $~0x100, (%%esp); popf"
        :
        : "r"(out)
        : "edi", "ecx", "memory", "cc");
}

static void step_ports(void *unused)
{
    (void)unused;
    ASM("cld; movl %0, %%esi; movl $3, %%ecx; movl $0x80, %%edx; pushf; orl $0x100, (%%esp); popf;"
        "rep outsb; pushf; andl $~0x100, (%%esp); popf"
        :
        : "r"(out)
        : "esi", "ecx", "edx", "memory", "cc");
}

/* --- by instruction --- */

static uint32_t pushed[2];

static void on_int(struct kit_frame *f)
{
    pushed[f->vector & 1] = f->eflags & RF;
}

/* IRET to the INT with RF set: it ends as the instruction begins. */
static void interrupt_with_rf(void *unused)
{
    (void)unused;
    ASM("pushf; orl %0, (%%esp); pushl %%cs; pushl $1f; iret; 1: int $0x50\n"
        "pushf; orl %0, (%%esp); pushl %%cs; pushl $1f; iret; 1: nop; int $0x51"
        :
        : "i"(RF)
        : "memory", "cc");
    out[0] = pushed[0];
    out[1] = pushed[1];
}

int main(void)
{
    kit_on(1, on_debug);
    kit_on(14, on_page_fault);
    kit_on(0x40, on_tick);
    kit_on(0x50, on_int);
    kit_on(0x51, on_int);
    kit_paging_on();
    report("INT with RF", 0, interrupt_with_rf);
    report("steps through stores", 0, step_stores);
    report("steps through stores", 3, step_stores);
    report("steps through ports", 0, step_ports);
    by_fault(0);
    by_fault(3);
    by_tick();
    return kit_failures;
}

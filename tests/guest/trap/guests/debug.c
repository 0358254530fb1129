/*
 * Single steps and breakpoints, on instructions that run directly and on those that are carried out
 * for the guest.
 */
#include "report.h"

static uint32_t steps[64];
static unsigned count;
static uint32_t dr6_seen[64];

static void on_debug(struct kit_frame *f)
{
    uint32_t dr6;
    ASM("movl %%dr6, %0; movl %1, %%dr6" : "=&r"(dr6) : "r"(0));
    if (count < 64) {
        steps[count] = f->eip;
        dr6_seen[count++] = dr6;
    }
    if (dr6 & 0xf)
        f->eflags |= 0x10000; /* RF */
}

static void step_plain(void *unused)
{
    (void)unused;
    ASM("pushf; orl $0x100, (%%esp); popf; nop; nop; movl $1, %%eax; pushf; andl $~0x100, (%%esp); "
        "popf; nop"
        :
        :
        : "eax", "memory", "cc");
}

static void step_privileged(void *unused)
{
    (void)unused;
    ASM("pushf; orl $0x100, (%%esp); popf; movl %%cr0, %%eax; cli; movl %%cs, %%eax; cpuid; inb "
        "$0x80, %%al; pushf;"
        "andl $~0x100, (%%esp); popf; nop"
        :
        :
        : "eax", "ebx", "ecx", "edx", "memory", "cc");
}

static void step_ss(void *unused)
{
    (void)unused;
    ASM("movl %%ss, %%eax; pushf; orl $0x100, (%%esp); popf; movl %%eax, %%ss; nop; nop; pushf; "
        "andl $~0x100, (%%esp); popf"
        :
        :
        : "eax", "memory", "cc");
}

static void step_string(void *unused)
{
    (void)unused;
    ASM("cld; movl %0, %%esi; movl %0, %%edi; movl $3, %%ecx; pushf; orl $0x100, (%%esp); popf; "
        "rep movsb; pushf;"
        "andl $~0x100, (%%esp); popf"
        :
        : "r"(out)
        : "esi", "edi", "ecx", "memory", "cc");
}

static volatile uint32_t watched[4];

static void touch(void *unused)
{
    (void)unused;
    watched[0] = 1;
    watched[1] = watched[0];
    ASM("nop");
}

static void pushed(void *unused)
{
    (void)unused;
    ASM("pushl %0; popl %0" : "+m"(watched[0]));
}

/* MOV SS holds the breakpoint back; ICEBP takes it along. */
static void icebp_behind_ss(void *unused)
{
    (void)unused;
    ASM("movl %%ss, %%eax; movl %%eax, %0; mov %0, %%ss; .byte 0xf1; nop"
        : "=m"(watched[2])
        :
        : "eax", "memory");
}

static void nops_behind_ss(void *unused)
{
    (void)unused;
    ASM("movl %%ss, %%eax; movl %%eax, %0; mov %0, %%ss; nop; nop; nop"
        : "=m"(watched[2])
        :
        : "eax", "memory");
}

static void run(const char *name, unsigned ring, snippet *s)
{
    count = 0;
    report(name, ring, s);
    for (unsigned i = 0; i < count; i++)
        kit_printf("  +%x dr6 %x\n", steps[i] - (uint32_t)(uintptr_t)s, dr6_seen[i]);
}

static void set_breakpoint(uint32_t address, uint32_t dr7)
{
    ASM("movl %0, %%dr0; movl %1, %%dr7" : : "r"(address), "r"(dr7));
}

int main(void)
{
    kit_on(1, on_debug);
    kit_paging_on();
    for (unsigned ring = 0; ring < 4; ring += 3) {
        run("plain", ring, step_plain);
        run("mov ss", ring, step_ss);
        run("string", ring, step_string);
    }
    run("privileged", 0, step_privileged);
    for (unsigned ring = 0; ring < 4; ring++) {
        set_breakpoint((uint32_t)(uintptr_t)touch, 0x402);
        run("instruction breakpoint", ring, touch);
        set_breakpoint((uint32_t)(uintptr_t)&watched[0], 0xd0402);
        run("write breakpoint", ring, touch);
        set_breakpoint((uint32_t)(uintptr_t)&watched[0], 0xf0402);
        run("access breakpoint", ring, pushed);
    }
    set_breakpoint((uint32_t)(uintptr_t)&watched[2], 0xf0402);
    run("ICEBP behind MOV SS", 0, icebp_behind_ss);
    run("breakpoint of MOV SS", 0, nops_behind_ss);
    set_breakpoint(0xfffffff0, 0x402);
    run("breakpoint in the hole", 0, touch);
    set_breakpoint(0, 0x2400); /* general detect */
    uint32_t dr0;
    count = 0;
    ASM("movl %%dr0, %0" : "=r"(dr0));
    show("general detect", count);
    show("dr6", dr6_seen[0]);
    set_breakpoint(0, 0x400);
    return 0;
}

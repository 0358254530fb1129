/*
 * Single hardware events, repeated: a system call, a page fault, a port write, CLI/STI, sectors by
 * PIO. Handlers are a few instructions of assembly, so that the event itself is what is timed.
 */
#include "bench.h"

#define PAGE 0x40000000u

static uint64_t *idt(void)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) idtr;

    __asm__ volatile("sidt %0" : "=m"(idtr));
    return (uint64_t *)(uintptr_t)idtr.base;
}

/* An interrupt gate straight to assembly. */
static void set_gate(unsigned vector, void (*target)(void), unsigned dpl)
{
    uint32_t at = (uint32_t)(uintptr_t)target;

    idt()[vector] = ((uint64_t)((at & 0xffff0000u) | 0x8e00u | dpl << 13) << 32) |
                    (KIT_CODE(0) << 16) | (at & 0xffffu);
}

void just_iret(void);
void set_present(void);
extern uint32_t *fault_pte;
uint32_t *fault_pte;
__asm__(".globl just_iret, set_present\n"
        "just_iret: iret\n"
        "set_present: push %eax\n"
        "    mov fault_pte, %eax\n"
        "    orl $1, (%eax)\n"
        "    pop %eax\n"
        "    add $4, %esp\n"
        "    iret\n");

/* --- null system call --- */

static void int80_loop(void *count)
{
    for (uint32_t n = *(uint32_t *)count; n; n--)
        __asm__ volatile("int $0x80");
}

static uint32_t int80(uint32_t count)
{
    set_gate(0x80, just_iret, 3);
    return (uint32_t)kit_catch_in_ring(3, int80_loop, &count, &(struct kit_fault){0});
}

/* --- page fault --- */

static uint32_t pagefault(uint32_t count)
{
    kit_map(PAGE, 0x00800000, KIT_PRESENT | KIT_WRITE);
    fault_pte = kit_pte(PAGE);
    set_gate(14, set_present, 0);
    while (count--) {
        *fault_pte &= ~1u;
        __asm__ volatile("invlpg (%0)" : : "r"(PAGE) : "memory");
        (void)*(volatile uint32_t *)PAGE;
    }
    return *fault_pte & 1;
}

/* --- the rest --- */

static uint32_t out80(uint32_t count)
{
    while (count--)
        kit_out8(0x80, 0);
    return 0;
}

static uint32_t sticli(uint32_t count)
{
    for (uint16_t port = 0x21; port <= 0xa1; port += 0x80)
        kit_out8(port, 0xff); /* nothing pending */
    while (count--)
        __asm__ volatile("sti; cli");
    return 0;
}

/* Privileged at ring 1 means: trapped, emulated, resumed. Natively it is an ordinary MOV. */
static uint32_t readcr2(uint32_t count)
{
    uint32_t v = 0;

    while (count--)
        __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}

static uint16_t sector[256];

static void read_sectors(uint32_t count, bool rep)
{
    kit_out8(0x3f6, 2); /* no interrupts */
    while (count--) {
        kit_out8(0x1f2, 1);
        kit_out8(0x1f3, (uint8_t)count);
        kit_out8(0x1f4, 0);
        kit_out8(0x1f5, 0);
        kit_out8(0x1f6, 0xe0);
        kit_out8(0x1f7, 0x20);
        while ((kit_in8(0x1f7) & 0x88) != 0x08)
            ;
        void *to = sector;
        uint32_t words = 256;
        if (rep)
            __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(0x1f0) : "memory");
        for (unsigned i = 0; !rep && i < 256; i++)
            sector[i] = kit_in16(0x1f0);
    }
}

static uint32_t insw(uint32_t count)
{
    read_sectors(count, true);
    return sector[255];
}

static uint32_t inword(uint32_t count)
{
    read_sectors(count, false);
    return sector[255];
}

const struct bench benches[] = {
    {"int80", int80},     {"pagefault", pagefault}, {"out80", out80},   {"sticli", sticli},
    {"readcr2", readcr2}, {"insw", insw},           {"inword", inword},
};
const unsigned bench_count = sizeof benches / sizeof benches[0];

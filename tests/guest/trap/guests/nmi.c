/*
 * NMIs: messages that the processor sends to itself through its local APIC. Neither IF nor the task
 * priority holds them; another waits until IRET, and of several one is remembered (SDM v3, Handling
 * Multiple NMIs).
 */
#include "report.h"

#define MAPPED  0x40003000u
#define SEND    0x4400u /* NMI, assert, to the destination below */
#define ICR_LOW 0x300u

static uint32_t apic = BOARD_LAPIC_BASE;
static volatile uint32_t nmis, depth, deepest, more, eflags_seen, eip_seen;

static void apic_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(apic + reg) = value;
}

static void send_nmi(void)
{
    apic_write(0x310, 0);
    apic_write(ICR_LOW, SEND);
}

static void on_nmi(struct kit_frame *f)
{
    nmis++;
    if (++depth > deepest)
        deepest = depth;
    eflags_seen = f->eflags;
    eip_seen = f->eip;
    for (; more; more--)
        send_nmi();
    depth--;
}

static void neither_if_nor_tpr_matter(void)
{
    for (unsigned open = 0; open < 2; open++) {
        nmis = deepest = 0;
        if (open)
            ASM("sti");
        send_nmi();
        ASM("nop; cli");
        kit_check(nmis == 1 && deepest == 1, "one message, one NMI");
        kit_check((eflags_seen >> 9 & 1) == open, "IF as it was");
    }
    apic_write(0x80, 0xff);
    send_nmi();
    ASM("nop");
    kit_check(nmis == 2, "through the highest task priority");
    apic_write(0x80, 0);
}

static void others_wait_for_iret(void)
{
    nmis = deepest = 0;
    more = 10;
    send_nmi();
    ASM("nop");
    kit_check(nmis == 2, "ten meanwhile are one");
    kit_check(deepest == 1, "never inside the handler");
    nmis = 0;
    ASM("int $2");
    kit_check(nmis == 1, "INT 2 runs the handler");
    send_nmi();
    ASM("nop");
    kit_check(nmis == 2, "and blocks nothing afterwards");
}

/* The instruction behind MOV SS belongs to it: an NMI sent by that one comes after it. */
static void not_behind_mov_ss(void)
{
    uint32_t next;
    nmis = 0;
    apic_write(0x310, 0);
    ASM("movl %%ss, %%eax; movl %%eax, %%ss; movl %2, (%1); 1: nop; movl $1b, %0"
        : "=&r"(next)
        : "r"(apic + ICR_LOW), "r"(SEND)
        : "eax", "memory");
    kit_check(nmis == 1 && eip_seen == next, "the next instruction is the first interrupted");
}

static void from_a_program(void *unused)
{
    (void)unused;
    apic_write(ICR_LOW, SEND);
    out[0] = nmis;
}

int main(void)
{
    kit_on(2, on_nmi);
    for (unsigned paging = 0; paging < 2; paging++) {
        if (paging) {
            kit_paging_on();
            *kit_pte(MAPPED) = BOARD_LAPIC_BASE | KIT_PRESENT | KIT_WRITE | KIT_USER;
            kit_flush(MAPPED);
            apic = MAPPED;
        }
        neither_if_nor_tpr_matter();
        others_wait_for_iret();
        not_behind_mov_ss();
        nmis = 0;
        report("from ring 3", 3, from_a_program);
        report("from ring 1", 1, from_a_program);
    }
    return kit_failures;
}

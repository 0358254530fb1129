/*
 * Interrupts: the PIT through the 8259A, the shadows of STI and MOV SS, HLT, masking, and what a
 * handler finds.
 *
 * Counts and places that depend on when a tick arrives are not printed; what must hold whenever it
 * arrives is.
 */
#include "report.h"

static volatile uint32_t ticks, last_eip, last_cs, last_flags;

static void on_tick(struct kit_frame *f)
{
    ticks++;
    last_eip = f->eip;
    last_cs = f->cs & 0xffff;
    last_flags = f->eflags;
    kit_out8(0x20, 0x20);
}

static void start_pit(uint16_t divisor)
{
    kit_out8(0x43, 0x34);
    kit_out8(0x40, (uint8_t)divisor);
    kit_out8(0x40, (uint8_t)(divisor >> 8));
}

static void start_pic(void)
{
    static const uint8_t setup[][2] = {{0x20, 0x11}, {0x21, 0x40}, {0x21, 4},    {0x21, 1},
                                       {0x21, 0xfe}, {0xa0, 0x11}, {0xa1, 0x48}, {0xa1, 2},
                                       {0xa1, 1},    {0xa1, 0xff}};
    for (unsigned i = 0; i < sizeof setup / sizeof *setup; i++)
        kit_out8(setup[i][0], setup[i][1]);
}

/* Waits, without interrupts, until a tick is pending at the PIC. */
static void wait_pending(void)
{
    kit_out8(0x20, 0x0a);
    while (!(kit_in8(0x20) & 1))
        ;
}

static void halting(void)
{
    for (unsigned i = 0; i < 5; i++) {
        uint32_t before = ticks;
        ASM("sti; hlt; cli");
        kit_check(ticks == before + 1, "sti; hlt wakes by exactly one tick");
    }
    show("from ring", last_cs);
    show("IF in the frame", last_flags & 0x200);
}

/* With a tick pending, STI still lets the next instruction complete, and MOV SS does too. */
static void shadows(void)
{
    uint32_t before, mark, seen;
    wait_pending();
    before = ticks;
    ASM("movl $0, %0; sti; movl $1, %0; nop; cli" : "=&r"(mark) : : "memory");
    kit_check(ticks == before + 1 && mark == 1, "STI: one instruction, then the interrupt");
    seen = last_eip;
    wait_pending();
    before = ticks;
    ASM("sti; cli");
    kit_check(ticks == before, "STI; CLI lets none in");
    wait_pending();
    ASM("pushl $0x202; popf; 1: nop; cli; movl $1b, %0" : "=r"(mark) : : "memory", "cc");
    kit_check(last_eip == mark && last_eip != seen,
              "POPF has no shadow: the interrupt comes before the next one");
    wait_pending();
    ASM("movl %%ss, %%eax; pushl $0x202; popf; movl %%eax, %%ss; nop; nop; cli"
        :
        :
        : "eax", "memory", "cc");
    kit_check(ticks == before + 2, "and once more");
    wait_pending();
    ASM("pushf; orl $0x200, (%%esp); pushl %%cs; pushl $1f; iret; 1: nop; cli; movl $1b, %0"
        : "=r"(mark)
        :
        : "memory", "cc");
    kit_check(last_eip == mark, "IRET has no shadow either");
}

static void ask_pic(void *unused)
{
    (void)unused;
    out[0] = kit_in8(0x21);
}

int main(void)
{
    kit_on(0x40, on_tick);
    start_pic();
    start_pit(2000);
    for (unsigned paging = 0; paging < 2; paging++) {
        if (paging)
            kit_paging_on();
        halting();
        shadows();
    }
    kit_out8(0x21, 0xff);
    uint32_t before = ticks;
    ASM("sti");
    for (volatile uint32_t i = 0; i < 100000; i++)
        ;
    ASM("cli");
    kit_check(ticks - before <= 1, "masked at the PIC");
    kit_out8(0x21, 0xfe);
    ASM("pushl $0x3202; popf");
    report("PIC from ring 3, IOPL 3", 3, ask_pic);
    ASM("pushl $2; popf");
    report("PIC from ring 3", 3, ask_pic);
    kit_out8(0x43, 0x30); /* mode 0: one last */
    return kit_failures;
}

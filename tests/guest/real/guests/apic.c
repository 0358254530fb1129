/*
 * The APICs brought up as an SMP kernel does on its one processor: MP table, local APIC with its
 * timer, IO-APIC inputs for timer and serial port, a message to itself. First at the physical
 * addresses without paging, then through pages: in trap, neither is ever mapped.
 */
#include "board.h"

#define MAPPED_LOCAL 0x40003000u
#define MAPPED_IO    0x40005000u
#define CACHE_OFF    0x18u

enum { V_TIMER = 0x50, V_SELF = 0x61, V_ERROR = 0x33, V_SPURIOUS = 0x3f };

static volatile uint32_t ticks, selves, lines[16];
static uint32_t local;

static void on_timer(struct kit_frame *f)
{
    (void)f;
    ticks++;
    apic_write(local, 0xb0, 0);
}

static void on_self(struct kit_frame *f)
{
    (void)f;
    selves++;
    apic_write(local, 0xb0, 0);
}

static void on_line(struct kit_frame *f)
{
    unsigned irq = f->vector - VECTOR_BASE;
    lines[irq & 15]++;
    if (irq == BOARD_IRQ_COM1) {
        (void)kit_in8(BOARD_COM1_PORT + 2); /* IIR: the transmit request is seen */
        kit_out8(BOARD_COM1_PORT + 1, 0);
    }
    apic_write(local, 0xb0, 0);
}

static void bring_up(void)
{
    apic_write(local, 0xf0, 0x100 | V_SPURIOUS);
    apic_write(local, 0x350, 0x10000); /* LINT0, LINT1 */
    apic_write(local, 0x360, 0x10000);
    if ((apic_read(local, 0x30) >> 16 & 0xff) >= 4)
        apic_write(local, 0x340, 0x10000);
    apic_write(local, 0x370, V_ERROR);
    apic_write(local, 0x280, 0);
    apic_write(local, 0x280, 0);
    kit_check(apic_read(local, 0x280) == 0, "no errors so far");
    apic_write(local, 0xb0, 0); /* an EOI too many harms nobody */
    apic_write(local, 0x310, 0);
    apic_write(local, 0x300, 0x00088500); /* INIT level de-assert to all */
    while ((apic_read(local, 0x300) & 0x1000) != 0)
        ;
    apic_write(local, 0x80, 0);
}

static void timer(void)
{
    ticks = 0;
    apic_write(local, 0x3e0, 0x0b);
    apic_write(local, 0x320, 0x20000 | V_TIMER);
    apic_write(local, 0x380, 400000);
    wait_for(&ticks, 5);
    apic_write(local, 0x320, 0x10000 | V_TIMER);
    kit_check(ticks >= 5, "the periodic timer ticks");
    uint32_t before = ticks;
    apic_write(local, 0x320, V_TIMER);
    apic_write(local, 0x380, 1000);
    wait_for(&ticks, before + 1);
    kit_check(apic_read(local, 0x390) == 0, "a one-shot stops at zero");
}

static void priority(void)
{
    selves = 0;
    apic_write(local, 0x80, 0x70);
    apic_write(local, 0x310, 0);
    apic_write(local, 0x300, 0x44000 | V_SELF);
    __asm__ volatile("sti; nop; nop; cli");
    kit_check(selves == 0, "the task priority holds a message back");
    kit_check((apic_read(local, 0x200 + (V_SELF / 32) * 0x10) >> (V_SELF % 32) & 1) == 1,
              "it waits in IRR");
    apic_write(local, 0x80, 0);
    __asm__ volatile("sti; nop; nop; cli");
    kit_check(selves == 1, "and comes when the priority falls");
}

static void through_io_apic(const struct apics *a, uint32_t io)
{
    unsigned last = ioapic_read(io, 1) >> 16 & 0xff;
    kit_check(ioapic_read(io, 0) >> 24 == a->io_id, "the IO-APIC's ID is the table's");
    for (unsigned i = 0; i <= last; i++) {
        ioapic_write(io, 0x10 + 2 * i, 0x10000 | (VECTOR_BASE + i));
        ioapic_write(io, 0x11 + 2 * i, 0);
    }
    unsigned pit = a->input[BOARD_IRQ_PIT], com = a->input[BOARD_IRQ_COM1];
    lines[BOARD_IRQ_PIT] = lines[BOARD_IRQ_COM1] = 0;
    pit_rate(1000);
    ioapic_write(io, 0x10 + 2 * pit, VECTOR_BASE + BOARD_IRQ_PIT);
    wait_for(&lines[BOARD_IRQ_PIT], 3);
    ioapic_write(io, 0x10 + 2 * pit, 0x10000);
    kit_check(lines[BOARD_IRQ_PIT] >= 3, "the 8254 interrupts through the IO-APIC");

    ioapic_write(io, 0x10 + 2 * com, VECTOR_BASE + BOARD_IRQ_COM1);
    kit_out8(BOARD_COM1_PORT + 3, 3);
    kit_out8(BOARD_COM1_PORT + 4, 0x0b);
    kit_out8(BOARD_COM1_PORT + 1, 2);
    wait_for(&lines[BOARD_IRQ_COM1], 1);
    kit_check(lines[BOARD_IRQ_COM1] == 1, "so does the serial port");
    ioapic_write(io, 0x10 + 2 * com, 0x10000);
    kit_check((ioapic_read(io, 0x10 + 2 * com) & 0x10000) != 0, "a masked entry reads back");
}

int main(void)
{
    struct apics a;
    kit_check(find_apics(&a), "an MP table");
    kit_printf("cpus %u, local APIC %08x id %u, IO-APIC %08x\n", a.cpus, a.local, a.local_id, a.io);
    for (unsigned i = 0; i < 16; i++)
        kit_on(VECTOR_BASE + i, on_line);
    kit_on(V_TIMER, on_timer);
    kit_on(V_SELF, on_self);
    pic_init(0xffff);

    local = a.local;
    bring_up();
    timer();
    priority();
    through_io_apic(&a, a.io);

    kit_paging_on();
    kit_map(MAPPED_LOCAL, a.local, KIT_PRESENT | KIT_WRITE | CACHE_OFF);
    kit_map(MAPPED_IO, a.io, KIT_PRESENT | KIT_WRITE | CACHE_OFF);
    local = MAPPED_LOCAL;
    kit_check(apic_read(local, 0x20) >> 24 == a.local_id, "the same APIC through a page");
    timer();
    priority();
    through_io_apic(&a, MAPPED_IO);
    return kit_failures;
}

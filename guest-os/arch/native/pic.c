/*
 * The two 8259A interrupt controllers: fifteen lines, vectors 20h to 2Fh.
 *
 * An interrupt is acknowledged before its handler runs; handlers run with interrupts disabled, so
 * none nests. Lines 7 and 15, which nobody uses, also stand for a request that was gone before the
 * controller could say which it was ("spurious"). (Intel 8259A data sheet, Initialization Command
 * Words, End of Interrupt, Interrupt Sequence.)
 */
#include "arch/native/native.h"

#define ICW1_INIT_ICW4 0x11
#define ICW4_8086      0x01
#define OCW2_EOI       0x20

static uint16_t mask = 0xffff & ~(1u << BOARD_IRQ_CASCADE);

static void pic_init_one(uint16_t port, uint8_t vector, uint8_t cascade)
{
    port_out8(port, ICW1_INIT_ICW4);
    port_out8(port + 1, vector);
    port_out8(port + 1, cascade);
    port_out8(port + 1, ICW4_8086);
}

static void pic_write_mask(void)
{
    port_out8(BOARD_PIC1_PORT + 1, (uint8_t)mask);
    port_out8(BOARD_PIC2_PORT + 1, (uint8_t)(mask >> 8));
}

void pic_init(void)
{
    pic_init_one(BOARD_PIC1_PORT, IRQ_VECTOR_BASE, 1 << BOARD_IRQ_CASCADE);
    pic_init_one(BOARD_PIC2_PORT, IRQ_VECTOR_BASE + 8, BOARD_IRQ_CASCADE);
    pic_write_mask();
}

void pic_enable(unsigned irq)
{
    mask &= (uint16_t) ~(1u << irq);
    pic_write_mask();
}

/* Of a spurious request its controller knows nothing; but the first one took that of the second for
 * a real one. */
static void pic_acknowledge(unsigned irq, bool spurious)
{
    if (irq >= 8 && !spurious)
        port_out8(BOARD_PIC2_PORT, OCW2_EOI);
    if (irq >= 8 || !spurious)
        port_out8(BOARD_PIC1_PORT, OCW2_EOI);
}

void irq_dispatch(struct trap_frame *frame)
{
    static void (*const handlers[16])(void) = {
        [BOARD_IRQ_PIT] = timer_tick,
        [BOARD_IRQ_KBD] = keyboard_irq,
        [BOARD_IRQ_COM1] = uart_irq,
        [BOARD_IRQ_IDE] = ide_irq,
    };
    unsigned irq = frame->vector - IRQ_VECTOR_BASE;
    pic_acknowledge(irq, handlers[irq] == NULL);
    if (handlers[irq] != NULL)
        handlers[irq]();
}

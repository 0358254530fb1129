/* The 16550A as virtual machines have it: no line, so nothing takes time and nobody asks for OUT2.
 */
#include <criterion/criterion.h>

#include "dev/uart16550.h"
#include "rig.h"
#include "sim/abi/board.h"

static struct rig rig;
static struct uart16550 uart;
static char sent[64];
static unsigned sent_count;

static void transmit(void *line, uint8_t byte)
{
    (void)line;
    sent[sent_count++ % sizeof sent] = (char)byte;
}

static void out(uint32_t reg, uint8_t value)
{
    rig_out(&uart16550_ops, &uart, reg, value);
}

static uint8_t in(uint32_t reg)
{
    return rig_in(&uart16550_ops, &uart, reg);
}

static void setup(void)
{
    rig_init(&rig, BOARD_UART_HZ);
    sent_count = 0;
    uart = (struct uart16550){.intr = rig_line(&rig, 0),
                              .out2 = rig_line(&rig, 1),
                              .transmit = transmit,
                              .instant = true};
    uart16550_init(&uart, &rig.clock);
    uart16550_reset(&uart);
    out(3, 3);
}

TestSuite(uart16550_instant, .init = setup);

Test(uart16550_instant, the_transmitter_is_always_empty)
{
    for (unsigned i = 0; i < 20; i++) {
        out(0, (uint8_t)('a' + i));
        cr_assert_eq(in(5) & 0x60, 0x60);
    }
    cr_assert_eq(sent_count, 20);
    cr_assert_eq(sent[19], 't');
}

Test(uart16550_instant, every_character_is_a_new_transmit_interrupt)
{
    out(1, 2);
    cr_assert_eq(in(2), 0x02);
    cr_assert_not(rig.line[0].level);
    out(0, 'x');
    cr_assert(rig.line[0].level);
    unsigned edges = rig.line[0].rises;
    out(0, 'y');
    cr_assert_eq(rig.line[0].rises, edges + 1, "an edge-triggered controller sees each");
}

Test(uart16550_instant, interrupts_need_no_out2)
{
    out(4, 0);
    cr_assert(rig.line[1].level);
}

Test(uart16550_instant, a_received_byte_is_there_at_once)
{
    out(1, 1);
    cr_assert(uart16550_receive(&uart, 'q'));
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(0), 'q');
    cr_assert_not(rig.line[0].level);
}

Test(uart16550_instant, without_fifo_the_host_waits_instead_of_overrunning)
{
    unsigned taken = 0;
    while (taken < 100 && uart16550_receive(&uart, (uint8_t)taken))
        taken++;
    cr_assert_eq(taken, UART16550_FIFO);
    for (unsigned i = 0; i < taken; i++) {
        cr_assert_eq(in(5) & 0x03, 0x01, "data, no overrun");
        cr_assert_eq(in(0), i);
    }
    cr_assert_eq(in(5) & 0x01, 0);
}

Test(uart16550_instant, loopback_stays_inside)
{
    out(4, 0x10);
    out(0, 'z');
    cr_assert_eq(sent_count, 0);
    cr_assert_eq(in(5) & 1, 1);
    cr_assert_eq(in(0), 'z');
}

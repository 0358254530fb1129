/* 16550A by the data sheet: interrupts and their order, FIFOs, timing, loopback, modem lines. */
#include <criterion/criterion.h>

#include "dev/uart16550.h"
#include "rig.h"
#include "sim/abi/board.h"

static struct rig rig;
static struct uart16550 uart;
static char sent[256];
static unsigned sent_count;

#define CHARACTER 160u /* ticks of 8N1 at divisor 1: 10 bits of 16 */

enum { RBR = 0, THR = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };

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

/* One cycle is one tick of the UART's crystal; 8N1, divisor 1, no FIFO. */
static void setup(void)
{
    rig_init(&rig, BOARD_UART_HZ);
    sent_count = 0;
    uart = (struct uart16550){
        .intr = rig_line(&rig, 0), .out2 = rig_line(&rig, 1), .transmit = transmit};
    uart16550_init(&uart, &rig.clock);
    uart16550_reset(&uart);
    out(LCR, 3);
}

static void receive(uint8_t byte)
{
    cr_assert(uart16550_receive(&uart, byte));
    rig_advance(&rig, CHARACTER);
}

TestSuite(uart16550, .init = setup);

Test(uart16550, reset_values_are_the_data_sheets)
{
    uart16550_reset(&uart);
    cr_assert_eq(in(IER), 0);
    cr_assert_eq(in(IIR), 0x01);
    cr_assert_eq(in(LCR), 0);
    cr_assert_eq(in(MCR), 0);
    cr_assert_eq(in(LSR), 0x60);
    cr_assert_eq(in(MSR), 0xb0, "a terminal is there, no deltas");
    cr_assert_not(rig.line[0].level);
}

Test(uart16550, a_byte_takes_ten_bit_times)
{
    out(THR, 'a');
    cr_assert_eq(in(LSR)&0x60, 0x20, "holding register free, shift register busy");
    rig_advance(&rig, CHARACTER - 1);
    cr_assert_eq(in(LSR)&0x40, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(in(LSR)&0x60, 0x60);
    cr_assert_eq(sent[0], 'a');
}

Test(uart16550, line_control_and_divisor_set_the_time)
{
    out(LCR, 0x83);
    out(0, 12);
    out(1, 0);
    cr_assert_eq(in(0), 12);
    out(LCR, 0x0f); /* 8 bits, parity, 2 stop bits: 12 bit times */
    out(THR, 'a');
    rig_advance(&rig, 12 * 16 * 12 - 1);
    cr_assert_eq(in(LSR)&0x40, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(in(LSR)&0x40, 0x40);
}

Test(uart16550, five_bits_with_the_stop_flag_have_one_and_a_half_stop_bits)
{
    out(LCR, 0x04);
    out(THR, 0xff);
    cr_assert_eq((uint8_t)sent[0], 0x1f, "only five bits leave");
    rig_advance(&rig, 15 * 8 - 1);
    cr_assert_eq(in(LSR)&0x40, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(in(LSR)&0x40, 0x40);
}

Test(uart16550, characters_follow_each_other_without_drift)
{
    out(FCR, 0x01);
    for (int i = 0; i < 16; i++)
        out(THR, (uint8_t)('a' + i));
    rig_advance(&rig, 16 * CHARACTER - 1);
    cr_assert_eq(in(LSR)&0x40, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(in(LSR)&0x40, 0x40);
    cr_assert_eq(sent_count, 16);
    cr_assert(memcmp(sent, "abcdefghijklmnop", 16) == 0);
}

Test(uart16550, enabling_the_transmit_interrupt_when_empty_fires_at_once)
{
    out(IER, 2);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(IIR), 0x02);
    cr_assert_not(rig.line[0].level, "reading IIR clears it");
    cr_assert_eq(in(IIR), 0x01);
}

Test(uart16550, writing_ier_again_is_no_new_edge)
{
    out(IER, 2);
    in(IIR);
    out(IER, 2);
    cr_assert_not(rig.line[0].level);
    out(IER, 0);
    out(IER, 2);
    cr_assert(rig.line[0].level);
}

Test(uart16550, writing_thr_clears_the_transmit_interrupt)
{
    out(IER, 2);
    out(THR, 'x'); /* goes straight on into the shift register: a new edge */
    cr_assert(rig.line[0].level);
    out(THR, 'y'); /* stays in the holding register */
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, CHARACTER);
    cr_assert(rig.line[0].level);
}

Test(uart16550, reading_iir_for_another_reason_keeps_the_transmit_interrupt)
{
    out(IER, 3);
    receive('k');
    cr_assert_eq(in(IIR), 0x04);
    in(RBR);
    cr_assert_eq(in(IIR), 0x02);
}

Test(uart16550, a_lone_character_in_fifo_mode_interrupts_before_its_stop_bit)
{
    out(FCR, 0x01);
    out(IER, 2);
    in(IIR);
    out(THR, 'a');
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, CHARACTER - 16 - 1);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
}

Test(uart16550, two_characters_in_the_fifo_interrupt_when_the_second_starts)
{
    out(FCR, 0x01);
    out(IER, 2);
    in(IIR);
    out(THR, 'a');
    out(THR, 'b');
    out(THR, 'c');
    rig_advance(&rig, 2 * CHARACTER - 1);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(sent_count, 3);
}

Test(uart16550, a_full_transmit_fifo_loses_the_seventeenth)
{
    out(FCR, 0x01);
    for (int i = 0; i < 18; i++) /* one leaves for the shift register at once */
        out(THR, (uint8_t)('a' + i));
    rig_advance(&rig, 30 * CHARACTER);
    cr_assert_eq(sent_count, 17);
    cr_assert_eq(sent[16], 'q');
}

Test(uart16550, without_fifo_the_holding_register_is_overwritten)
{
    out(THR, 'a');
    out(THR, 'b');
    out(THR, 'c');
    rig_advance(&rig, 5 * CHARACTER);
    cr_assert_eq(sent_count, 2);
    cr_assert_eq(sent[1], 'c');
}

Test(uart16550, a_received_byte_interrupts_until_it_is_read)
{
    out(IER, 1);
    cr_assert(uart16550_receive(&uart, 'q'));
    cr_assert_eq(in(LSR)&1, 0);
    rig_advance(&rig, CHARACTER);
    cr_assert_eq(in(LSR)&1, 1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(RBR), 'q');
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(in(LSR)&1, 0);
}

Test(uart16550, a_polite_host_waits_for_room)
{
    cr_assert(uart16550_receive(&uart, 'a'));
    cr_assert_not(uart16550_receive(&uart, 'b'), "the line is busy");
    rig_advance(&rig, CHARACTER);
    cr_assert_not(uart16550_receive(&uart, 'b'), "the receiver is full");
    in(RBR);
    cr_assert(uart16550_receive(&uart, 'b'));
}

Test(uart16550, trigger_levels_count_characters)
{
    static const struct {
        uint8_t fcr, level;
    } rows[] = {{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}};
    out(IER, 1);
    for (unsigned i = 0; i < 4; i++) {
        out(FCR, rows[i].fcr | 2);
        for (unsigned n = 1; n <= rows[i].level; n++) {
            cr_assert_not(rig.line[0].level, "row %u before %u", i, n);
            receive((uint8_t)n);
        }
        cr_assert(rig.line[0].level, "row %u", i);
        cr_assert_eq(in(IIR), 0xc4);
        in(RBR);
        if (rows[i].level > 1)
            cr_assert_not(rig.line[0].level, "below the level again");
    }
}

Test(uart16550, the_character_timeout_comes_after_four_character_times)
{
    out(FCR, 0xc1);
    out(IER, 1);
    receive('x');
    rig_advance(&rig, 4 * CHARACTER - 1);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(IIR), 0xcc);
    cr_assert_eq(in(RBR), 'x');
    cr_assert_eq(in(IIR), 0xc1);
    rig_advance(&rig, 100 * CHARACTER);
    cr_assert_not(rig.line[0].level, "an empty FIFO has no timeout");
}

Test(uart16550, a_read_restarts_the_timeout)
{
    out(FCR, 0xc1);
    out(IER, 1);
    receive('x');
    receive('y');
    rig_advance(&rig, 3 * CHARACTER);
    in(RBR);
    rig_advance(&rig, 3 * CHARACTER);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, CHARACTER);
    cr_assert(rig.line[0].level);
}

Test(uart16550, fifo_order_is_kept)
{
    out(FCR, 0x01);
    for (uint8_t i = 0; i < 16; i++)
        receive((uint8_t)(i + 1));
    cr_assert_not(uart16550_receive(&uart, 99));
    for (uint8_t i = 0; i < 16; i++)
        cr_assert_eq(in(RBR), i + 1);
}

Test(uart16550, switching_fifos_on_or_off_empties_them)
{
    out(FCR, 0x01);
    receive('x');
    out(FCR, 0x00);
    cr_assert_eq(in(LSR)&1, 0);
    cr_assert_eq(in(IIR)&0xc0, 0);
}

Test(uart16550, fcr_bits_need_the_enable_bit)
{
    out(FCR, 0x01);
    receive('x');
    out(FCR, 0x03);
    cr_assert_eq(in(LSR)&1, 0, "receiver reset");
    receive('y');
    out(FCR, 0xc1);
    cr_assert_eq(in(LSR)&1, 1);
}

Test(uart16550, a_transmit_reset_spares_the_shift_register)
{
    out(FCR, 0x01);
    out(THR, 'a');
    out(THR, 'b');
    out(FCR, 0x05);
    rig_advance(&rig, 10 * CHARACTER);
    cr_assert_eq(sent_count, 1);
}

Test(uart16550, loopback_receives_what_it_sends_and_keeps_it_from_the_line)
{
    out(MCR, 0x10);
    out(THR, 'L');
    rig_advance(&rig, CHARACTER);
    cr_assert_eq(sent_count, 0);
    cr_assert_eq(in(RBR), 'L');
    cr_assert_not(uart16550_receive(&uart, 'h'), "the receive pin is disconnected");
}

Test(uart16550, loopback_overrun_sets_oe_until_lsr_is_read)
{
    out(MCR, 0x10);
    out(IER, 4);
    out(THR, 'a');
    rig_advance(&rig, CHARACTER);
    out(THR, 'b');
    rig_advance(&rig, CHARACTER);
    cr_assert_eq(in(IIR), 0x06);
    cr_assert_eq(in(LSR)&0x02, 0x02);
    cr_assert_eq(in(LSR)&0x02, 0);
    cr_assert_eq(in(RBR), 'b', "the new one destroys the old");
}

Test(uart16550, a_full_receive_fifo_keeps_the_old_characters)
{
    out(FCR, 0x01);
    out(MCR, 0x10);
    for (uint8_t i = 0; i < 17; i++) {
        out(THR, (uint8_t)(i + 1));
        rig_advance(&rig, CHARACTER);
    }
    cr_assert_eq(in(LSR)&0x02, 0x02);
    for (uint8_t i = 0; i < 16; i++)
        cr_assert_eq(in(RBR), i + 1);
    cr_assert_eq(in(LSR)&0x01, 0);
}

Test(uart16550, loopback_turns_modem_outputs_into_inputs)
{
    out(MCR, 0x10);
    cr_assert_eq(in(MSR)&0xf0, 0);
    out(MCR, 0x1a);
    cr_assert_eq(in(MSR), 0x90 | 0x09, "RTS to CTS, OUT2 to DCD, both changed");
    out(MCR, 0x15);
    cr_assert_eq(in(MSR), 0x60 | 0x0b, "DTR to DSR, OUT1 to RI; RI's rise leaves no trace");
    out(MCR, 0x11);
    cr_assert_eq(in(MSR), 0x20 | 0x04, "RI's end does");
}

Test(uart16550, modem_changes_interrupt_and_reading_msr_clears)
{
    out(IER, 8);
    cr_assert_not(rig.line[0].level);
    out(MCR, 0x10);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(IIR), 0x00);
    in(MSR);
    cr_assert_not(rig.line[0].level);
}

Test(uart16550, priorities_are_line_status_data_transmit_modem)
{
    out(MCR, 0x10);
    out(THR, 'a');
    rig_advance(&rig, CHARACTER);
    out(THR, 'b');
    rig_advance(&rig, CHARACTER);
    out(IER, 0x0f);
    cr_assert_eq(in(IIR), 0x06);
    in(LSR);
    cr_assert_eq(in(IIR), 0x04);
    in(RBR);
    cr_assert_eq(in(IIR), 0x02);
    cr_assert_eq(in(IIR), 0x00);
    in(MSR);
    cr_assert_eq(in(IIR), 0x01);
}

Test(uart16550, out2_is_inactive_in_loopback)
{
    out(MCR, 0x08);
    cr_assert(rig.line[1].level);
    out(MCR, 0x18);
    cr_assert_not(rig.line[1].level);
}

Test(uart16550, scratch_and_unused_bits)
{
    out(SCR, 0x5a);
    cr_assert_eq(in(SCR), 0x5a);
    out(IER, 0xff);
    cr_assert_eq(in(IER), 0x0f);
    out(MCR, 0xff);
    cr_assert_eq(in(MCR), 0x1f);
}

Test(uart16550, draining_sends_what_waits_and_only_once)
{
    out(FCR, 0x01);
    out(THR, 'a');
    out(THR, 'b');
    out(THR, 'c');
    uart16550_drain(&uart);
    cr_assert_eq(sent_count, 3);
    uart16550_drain(&uart);
    rig_advance(&rig, 10 * CHARACTER);
    cr_assert_eq(sent_count, 3);
}

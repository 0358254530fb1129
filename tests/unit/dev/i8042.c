/* The keyboard controller and the keyboard on its cable. */
#include <criterion/criterion.h>

#include "dev/i8042.h"
#include "rig.h"

#define BYTE_US 880u

static struct rig rig;
static struct i8042 kbc;
static unsigned resets;

static void count_reset(void *board, const char *through)
{
    (void)board, (void)through;
    resets++;
}

/* One cycle is one microsecond. */
static void setup(void)
{
    rig_init(&rig, 1000000);
    resets = 0;
    kbc = (struct i8042){.irq = rig_line(&rig, 0), .reset = count_reset};
    i8042_init(&kbc, &rig.clock);
    i8042_reset(&kbc);
}

static uint8_t status(void)
{
    return rig_in(&i8042_status_ops, &kbc, 0);
}

static uint8_t data(void)
{
    return rig_in(&i8042_data_ops, &kbc, 0);
}

static void command(uint8_t c)
{
    rig_out(&i8042_status_ops, &kbc, 0, c);
}

static void write_data(uint8_t v)
{
    rig_out(&i8042_data_ops, &kbc, 0, v);
}

/* The next byte from the keyboard, within its time. */
static uint8_t next(void)
{
    rig_advance(&rig, BYTE_US);
    cr_assert(status() & 1, "no byte arrived");
    return data();
}

TestSuite(i8042, .init = setup);

Test(i8042, power_up_is_empty_unlocked_and_tested)
{
    cr_assert_eq(status(), 0x14);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
}

Test(i8042, a_key_arrives_after_its_bits_translated_with_irq1)
{
    cr_assert(i8042_key(&kbc, 0x1c));
    rig_advance(&rig, BYTE_US - 1);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(status() & 1, 1);
    cr_assert_eq(data(), 0x1e, "set 1: A");
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(status() & 1, 0);
}

Test(i8042, a_release_is_one_byte_with_bit_7)
{
    i8042_key(&kbc, 0xf0);
    i8042_key(&kbc, 0x1c);
    rig_advance(&rig, 2 * BYTE_US);
    cr_assert_eq(data(), 0x9e);
    cr_assert_eq(rig.line[0].rises, 1);
}

Test(i8042, extended_keys_keep_their_prefix)
{
    static const uint8_t bytes[] = {0xe0, 0xf0, 0x75};
    for (unsigned i = 0; i < 3; i++)
        i8042_key(&kbc, bytes[i]);
    cr_assert_eq(next(), 0xe0);
    rig_advance(&rig, BYTE_US);
    cr_assert_eq(next(), 0xc8, "up arrow, released");
}

Test(i8042, without_translation_set_2_comes_through)
{
    command(0x60);
    write_data(0x05);
    i8042_key(&kbc, 0xf0);
    i8042_key(&kbc, 0x1c);
    cr_assert_eq(next(), 0xf0);
    cr_assert_eq(next(), 0x1c);
}

Test(i8042, each_byte_is_its_own_edge)
{
    i8042_key(&kbc, 0x1c);
    i8042_key(&kbc, 0x32);
    rig_advance(&rig, 10 * BYTE_US);
    cr_assert_eq(rig.line[0].rises, 1, "the second waits for the buffer");
    data();
    rig_advance(&rig, BYTE_US);
    cr_assert_eq(rig.line[0].rises, 2);
    cr_assert_eq(data(), 0x30);
}

Test(i8042, the_interrupt_needs_its_enable_bit)
{
    command(0x60);
    write_data(0x44);
    i8042_key(&kbc, 0x1c);
    rig_advance(&rig, BYTE_US);
    cr_assert_eq(status() & 1, 1);
    cr_assert_not(rig.line[0].level);
}

Test(i8042, the_command_byte_reads_back)
{
    command(0x60);
    write_data(0x47);
    command(0x20);
    cr_assert_eq(data(), 0x47);
    command(0x65);
    write_data(0x99);
    command(0x25);
    cr_assert_eq(data(), 0x99, "internal RAM");
}

Test(i8042, self_test_and_interface_test_pass)
{
    command(0xaa);
    cr_assert_eq(data(), 0x55);
    command(0xab);
    cr_assert_eq(data(), 0x00);
    command(0x20);
    cr_assert_eq(data() & 0x10, 0x10, "the self-test leaves the keyboard off");
}

Test(i8042, status_tells_commands_from_data)
{
    command(0xae);
    cr_assert_eq(status() & 0x08, 0x08);
    write_data(0xee);
    cr_assert_eq(status() & 0x08, 0);
}

Test(i8042, a_disabled_keyboard_keeps_its_bytes)
{
    command(0xad);
    i8042_key(&kbc, 0x1c);
    rig_advance(&rig, 10 * BYTE_US);
    cr_assert_eq(status() & 1, 0);
    command(0xae);
    cr_assert_eq(next(), 0x1e);
}

Test(i8042, disabling_during_a_byte_makes_the_keyboard_send_it_again)
{
    i8042_key(&kbc, 0x1c);
    rig_advance(&rig, BYTE_US / 2);
    command(0xad);
    rig_advance(&rig, 10 * BYTE_US);
    cr_assert_eq(status() & 1, 0);
    command(0xae);
    cr_assert_eq(next(), 0x1e);
}

Test(i8042, output_port_resets_when_bit_0_falls_and_keeps_a20)
{
    command(0xd1);
    write_data(0x01);
    cr_assert_eq(resets, 0);
    command(0xd0);
    cr_assert_eq(data() & 0x03, 0x01);
    command(0xd1);
    write_data(0x02);
    cr_assert_eq(resets, 1);
}

Test(i8042, pulse_commands_reset_only_with_bit_0_low)
{
    command(0xff);
    cr_assert_eq(resets, 0);
    command(0xfe);
    cr_assert_eq(resets, 1);
}

Test(i8042, d2_puts_a_byte_into_the_output_buffer_with_irq)
{
    command(0xd2);
    write_data(0x77);
    cr_assert(rig.line[0].level);
    cr_assert_eq(data(), 0x77);
}

Test(i8042, d3_claims_the_auxiliary_device)
{
    command(0xd3);
    write_data(0x77);
    cr_assert_eq(status() & 0x21, 0x21);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(data(), 0x77);
    cr_assert_eq(status() & 0x20, 0);
}

Test(i8042, there_is_no_auxiliary_device)
{
    command(0xa9);
    cr_assert_eq(data(), 0xff);
    command(0xd4);
    write_data(0xff);
    rig_advance(&rig, 1000000);
    cr_assert_eq(status() & 1, 0);
}

Test(i8042, an_answer_waits_for_an_unread_key)
{
    i8042_key(&kbc, 0x1c);
    rig_advance(&rig, BYTE_US);
    command(0x20);
    cr_assert_eq(data(), 0x1e);
    cr_assert_eq(data(), 0x65);
}

Test(i8042, echo_and_identify)
{
    write_data(0xee);
    cr_assert_eq(next(), 0xee);
    write_data(0xf2);
    cr_assert_eq(next(), 0xfa);
    cr_assert_eq(next(), 0xab);
    cr_assert_eq(next(), 0x41, "83 through the translation");
}

Test(i8042, keyboard_reset_acknowledges_and_tests_itself)
{
    write_data(0xff);
    cr_assert_eq(next(), 0xfa);
    rig_advance(&rig, 299000);
    cr_assert_eq(status() & 1, 0, "the test takes its time");
    rig_advance(&rig, 1000);
    cr_assert_eq(data(), 0xaa);
}

Test(i8042, leds_take_a_parameter)
{
    write_data(0xed);
    cr_assert_eq(next(), 0xfa);
    write_data(0x05);
    cr_assert_eq(next(), 0xfa);
    cr_assert_eq(kbc.keyboard.s.leds, 5);
}

Test(i8042, a_command_in_a_parameters_place_is_carried_out)
{
    write_data(0xed);
    next();
    write_data(0xee);
    cr_assert_eq(next(), 0xee);
    write_data(0x05);
    cr_assert_eq(next(), 0xfe, "nothing expects a parameter any more");
    cr_assert_eq(kbc.keyboard.s.leds, 0);
}

Test(i8042, typematic_is_stored)
{
    write_data(0xf3);
    next();
    write_data(0x20);
    cr_assert_eq(next(), 0xfa);
    cr_assert_eq(kbc.keyboard.s.typematic, 0x20);
}

Test(i8042, scan_code_set_can_be_asked_and_set)
{
    command(0x60);
    write_data(0x05);
    write_data(0xf0);
    next();
    write_data(0x00);
    cr_assert_eq(next(), 0xfa);
    cr_assert_eq(next(), 0x02);
    write_data(0xf0);
    next();
    write_data(0x01);
    cr_assert_eq(next(), 0xfa);
    i8042_key(&kbc, 0xf0);
    i8042_key(&kbc, 0x1c);
    cr_assert_eq(next(), 0x9e, "the keyboard itself speaks set 1");
}

Test(i8042, scan_code_set_3_is_refused)
{
    write_data(0xf0);
    next();
    write_data(0x03);
    cr_assert_eq(next(), 0xfe);
    cr_assert_eq(kbc.keyboard.s.set, 2);
}

Test(i8042, disabled_scanning_forgets_keys_until_enabled)
{
    write_data(0xf5);
    next();
    cr_assert(i8042_key(&kbc, 0x1c));
    rig_advance(&rig, 10 * BYTE_US);
    cr_assert_eq(status() & 1, 0);
    write_data(0xf4);
    cr_assert_eq(next(), 0xfa);
    i8042_key(&kbc, 0x1c);
    cr_assert_eq(next(), 0x1e);
}

Test(i8042, resend_repeats_the_last_byte)
{
    i8042_key(&kbc, 0x32);
    cr_assert_eq(next(), 0x30);
    write_data(0xfe);
    cr_assert_eq(next(), 0x30);
}

Test(i8042, unknown_commands_ask_to_resend)
{
    write_data(0x12);
    cr_assert_eq(next(), 0xfe);
    write_data(0xef);
    cr_assert_eq(next(), 0xfe);
}

Test(i8042, sixteen_keys_wait_and_the_next_must)
{
    command(0xad);
    for (unsigned i = 0; i < 16; i++)
        cr_assert(i8042_key(&kbc, 0x1c));
    cr_assert_not(i8042_key(&kbc, 0x1c));
    command(0xae);
    for (unsigned i = 0; i < 16; i++)
        cr_assert_eq(next(), 0x1e);
    cr_assert(i8042_key(&kbc, 0x1c));
}

Test(i8042, writing_to_the_keyboard_switches_it_on)
{
    command(0xad);
    write_data(0xee);
    cr_assert_eq(next(), 0xee);
    command(0x20);
    cr_assert_eq(data() & 0x10, 0);
}

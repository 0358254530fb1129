/* One 8259A by the data sheet: initialization, priorities, EOI, rotation, masks, poll, triggers. */
#include <criterion/criterion.h>

#include "dev/pic8259.h"
#include "rig.h"

static struct rig rig;
static struct pic8259 pic;

static void out(uint32_t offset, uint8_t value)
{
    rig_out(&pic8259_ops, &pic, offset, value);
}

static uint8_t in(uint32_t offset)
{
    return rig_in(&pic8259_ops, &pic, offset);
}

/* A single chip at vectors 20h-27h, everything unmasked. */
static void init_single(uint8_t icw1, uint8_t icw4)
{
    out(0, 0x12 | icw1 | 1);
    out(1, 0x20);
    out(1, 0x01 | icw4);
    out(1, 0x00);
}

static void setup(void)
{
    rig_init(&rig, 1000000);
    pic = (struct pic8259){.intr = rig_line(&rig, 0), .elcr_writable = 0xff};
    pic8259_reset(&pic);
    init_single(0, 0);
}

static void raise(unsigned n)
{
    pic8259_set_input(&pic, n, true);
}

static void lower(unsigned n)
{
    pic8259_set_input(&pic, n, false);
}

static void pulse(unsigned n)
{
    lower(n);
    raise(n);
}

static uint8_t isr(void)
{
    out(0, 0x0b);
    return in(0);
}

static uint8_t irr(void)
{
    out(0, 0x0a);
    return in(0);
}

TestSuite(pic8259, .init = setup);

Test(pic8259, power_up_masks_everything_and_is_quiet)
{
    struct pic8259 fresh = {.intr = rig_line(&rig, 1)};
    pic8259_reset(&fresh);
    for (unsigned n = 0; n < 8; n++)
        pic8259_set_input(&fresh, n, true);
    cr_assert_not(rig.line[1].level);
    cr_assert_eq(rig_in(&pic8259_ops, &fresh, 1), 0xff);
}

Test(pic8259, an_edge_raises_int_and_is_acknowledged_with_its_vector)
{
    raise(3);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x23);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(isr(), 0x08);
    cr_assert_eq(irr(), 0x00);
}

Test(pic8259, the_vector_base_ignores_the_low_three_bits)
{
    out(0, 0x13);
    out(1, 0x7f);
    out(1, 0x01);
    raise(2);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x7a);
}

Test(pic8259, a_line_that_stays_high_is_one_edge)
{
    raise(1);
    pic8259_acknowledge(&pic);
    out(0, 0x20);
    raise(1);
    cr_assert_not(rig.line[0].level);
    pulse(1);
    cr_assert(rig.line[0].level);
}

Test(pic8259, a_request_that_goes_away_before_acknowledge_is_withdrawn)
{
    raise(1);
    lower(1);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(irr(), 0);
}

Test(pic8259, acknowledge_without_a_request_gives_level_7_and_nothing_in_service)
{
    raise(1);
    lower(1);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x27);
    cr_assert_eq(isr(), 0);
}

Test(pic8259, a_real_level_7_sets_its_service_bit)
{
    raise(7);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x27);
    cr_assert_eq(isr(), 0x80);
}

Test(pic8259, the_lower_number_has_priority)
{
    raise(5);
    raise(2);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x22);
}

Test(pic8259, a_higher_request_nests_and_a_lower_one_waits_for_eoi)
{
    raise(4);
    pic8259_acknowledge(&pic);
    raise(6);
    cr_assert_not(rig.line[0].level);
    raise(1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x21);
    out(0, 0x20);
    cr_assert_not(rig.line[0].level, "level 4 is still in service");
    out(0, 0x20);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x26);
}

Test(pic8259, the_same_level_does_not_interrupt_itself)
{
    raise(4);
    pic8259_acknowledge(&pic);
    pulse(4);
    cr_assert_eq(irr(), 0x10);
    cr_assert_not(rig.line[0].level);
    out(0, 0x20);
    cr_assert(rig.line[0].level);
}

Test(pic8259, a_mask_hides_but_does_not_lose_the_request)
{
    out(1, 0x04);
    raise(2);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(irr(), 0x04);
    out(1, 0x00);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(1), 0x00);
}

Test(pic8259, specific_eoi_ends_the_named_level_only)
{
    raise(4);
    pic8259_acknowledge(&pic);
    raise(1);
    pic8259_acknowledge(&pic);
    out(0, 0x64);
    cr_assert_eq(isr(), 0x02);
}

Test(pic8259, nonspecific_eoi_ends_the_highest_in_service)
{
    raise(4);
    pic8259_acknowledge(&pic);
    raise(1);
    pic8259_acknowledge(&pic);
    out(0, 0x20);
    cr_assert_eq(isr(), 0x10);
}

Test(pic8259, automatic_eoi_leaves_nothing_in_service)
{
    init_single(0, 2);
    raise(3);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x23);
    cr_assert_eq(isr(), 0);
    pulse(3);
    cr_assert(rig.line[0].level);
}

Test(pic8259, int_falls_between_two_automatic_eoi_acknowledges)
{
    init_single(0, 2);
    raise(3);
    raise(4);
    unsigned falls = rig.line[0].falls;
    pic8259_acknowledge(&pic);
    cr_assert_eq(rig.line[0].falls, falls + 1);
    cr_assert(rig.line[0].level);
}

Test(pic8259, rotate_on_nonspecific_eoi_makes_the_level_lowest)
{
    raise(3);
    pic8259_acknowledge(&pic);
    out(0, 0xa0);
    pulse(3);
    raise(4);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x24);
}

Test(pic8259, rotate_on_specific_eoi_ends_and_makes_lowest)
{
    raise(5);
    pic8259_acknowledge(&pic);
    out(0, 0xe5);
    cr_assert_eq(isr(), 0);
    raise(0);
    raise(6);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x26);
}

Test(pic8259, set_priority_rotates_without_eoi)
{
    raise(7);
    pic8259_acknowledge(&pic);
    out(0, 0xc3);
    cr_assert_eq(isr(), 0x80);
    raise(2);
    cr_assert_not(rig.line[0].level, "with 3 lowest, 7 outranks 2");
    raise(5);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x25);
}

Test(pic8259, rotate_in_automatic_eoi_mode_gives_everybody_a_turn)
{
    init_single(0, 2);
    out(0, 0x80);
    raise(0);
    raise(1);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x20);
    pulse(0);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x21);
    out(0, 0x00);
    pulse(1);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x20);
    pulse(0);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x20, "rotation is off: 0 stays above 1");
}

Test(pic8259, special_mask_mode_lets_lower_levels_through)
{
    raise(2);
    pic8259_acknowledge(&pic);
    out(1, 0x04);
    raise(6);
    cr_assert_not(rig.line[0].level);
    out(0, 0x68);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&pic), 0x26);
    out(0, 0x48);
    cr_assert_eq(isr(), 0x44);
}

Test(pic8259, nonspecific_eoi_in_special_mask_mode_spares_masked_levels)
{
    raise(2);
    pic8259_acknowledge(&pic);
    out(1, 0x04);
    out(0, 0x68);
    raise(6);
    pic8259_acknowledge(&pic);
    out(0, 0x20);
    cr_assert_eq(isr(), 0x04);
    out(0, 0x20);
    cr_assert_eq(isr(), 0x04);
}

Test(pic8259, poll_acknowledges_and_names_the_level)
{
    raise(5);
    out(0, 0x0c);
    cr_assert_eq(in(0), 0x85);
    cr_assert_eq(isr(), 0x20);
    out(0, 0x0c);
    cr_assert_eq(in(1) & 0x80, 0, "nothing pending; any read answers the poll");
    cr_assert_eq(in(1), 0x00, "one read only");
}

Test(pic8259, a_level_triggered_input_requests_again_after_eoi)
{
    init_single(8, 0);
    raise(3);
    pic8259_acknowledge(&pic);
    cr_assert_eq(irr(), 0x08);
    cr_assert_not(rig.line[0].level);
    out(0, 0x20);
    cr_assert(rig.line[0].level);
    lower(3);
    cr_assert_not(rig.line[0].level);
}

Test(pic8259, elcr_makes_single_inputs_level_triggered)
{
    pic.elcr_writable = 0xf8;
    rig_out(&pic8259_elcr_ops, &pic, 0, 0xff);
    cr_assert_eq(rig_in(&pic8259_elcr_ops, &pic, 0), 0xf8);
    raise(5);
    pic8259_acknowledge(&pic);
    out(0, 0x20);
    cr_assert(rig.line[0].level);
    lower(5);
    raise(1);
    pic8259_acknowledge(&pic);
    out(0, 0x20);
    cr_assert_not(rig.line[0].level, "1 is an edge");
}

Test(pic8259, icw1_resets_edge_sense_mask_and_service)
{
    out(1, 0xf0);
    raise(0);
    raise(1);
    pic8259_acknowledge(&pic);
    init_single(0, 0);
    cr_assert_eq(isr(), 0);
    cr_assert_eq(irr(), 0, "lines that are still high need a new edge");
    cr_assert_eq(in(1), 0);
    pulse(1);
    cr_assert(rig.line[0].level);
}

Test(pic8259, no_interrupt_during_initialization)
{
    out(0, 0x13);
    raise(0);
    cr_assert_not(rig.line[0].level);
    out(1, 0x20);
    cr_assert_not(rig.line[0].level);
    out(1, 0x01);
    cr_assert(rig.line[0].level);
}

Test(pic8259, without_icw4_the_mode_is_mcs80_and_the_vector_its_call_address)
{
    out(0, 0x16 | 0xa0); /* interval 4, single, no ICW4 */
    out(1, 0x12);
    raise(3);
    cr_assert_eq(pic8259_acknowledge(&pic), 0xa0 | 3 << 2);
}

Test(pic8259, reading_defaults_to_irr_after_icw1)
{
    out(0, 0x0b);
    init_single(0, 0);
    raise(2);
    cr_assert_eq(in(0), 0x04);
}

Test(pic8259, ocw2_010_does_nothing)
{
    raise(2);
    pic8259_acknowledge(&pic);
    out(0, 0x42);
    cr_assert_eq(isr(), 0x04);
    cr_assert_eq(pic.s.lowest, 7);
}

/* Two 8259As as a PC has them: cascade, slave identity, special fully nested mode, default levels.
 */
#include <criterion/criterion.h>

#include "dev/pic8259.h"
#include "rig.h"

static struct rig rig;
static struct pic8259 master, slave;

static void init(struct pic8259 *p, uint8_t base, uint8_t icw3, uint8_t icw4)
{
    rig_out(&pic8259_ops, p, 0, 0x11);
    rig_out(&pic8259_ops, p, 1, base);
    rig_out(&pic8259_ops, p, 1, icw3);
    rig_out(&pic8259_ops, p, 1, 0x01 | icw4);
    rig_out(&pic8259_ops, p, 1, 0);
}

static void setup(void)
{
    rig_init(&rig, 1000000);
    slave = (struct pic8259){.intr = {pic8259_set_input, &master, 2}};
    master = (struct pic8259){.intr = rig_line(&rig, 0), .slave = &slave, .slave_input = 2};
    pic8259_reset(&slave);
    pic8259_reset(&master);
    init(&master, 0x20, 0x04, 0);
    init(&slave, 0x28, 0x02, 0);
}

static void eoi(struct pic8259 *p)
{
    rig_out(&pic8259_ops, p, 0, 0x20);
}

TestSuite(pic8259_cascade, .init = setup);

Test(pic8259_cascade, a_slave_request_gives_the_slaves_vector_and_both_are_in_service)
{
    pic8259_set_input(&slave, 6, true);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&master), 0x2e);
    cr_assert_eq(master.s.isr, 0x04);
    cr_assert_eq(slave.s.isr, 0x40);
}

Test(pic8259_cascade, slave_levels_rank_between_masters_1_and_3)
{
    pic8259_set_input(&master, 3, true);
    pic8259_set_input(&slave, 7, true);
    pic8259_set_input(&master, 1, true);
    cr_assert_eq(pic8259_acknowledge(&master), 0x21);
    eoi(&master);
    cr_assert_eq(pic8259_acknowledge(&master), 0x2f);
    eoi(&slave);
    eoi(&master);
    cr_assert_eq(pic8259_acknowledge(&master), 0x23);
}

Test(pic8259_cascade, a_second_slave_request_comes_after_both_eois)
{
    pic8259_set_input(&slave, 0, true);
    pic8259_acknowledge(&master);
    pic8259_set_input(&slave, 6, true);
    eoi(&slave);
    cr_assert_not(rig.line[0].level, "the master still serves its input 2");
    eoi(&master);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&master), 0x2e);
}

Test(pic8259_cascade, a_higher_slave_request_waits_in_plain_nesting)
{
    pic8259_set_input(&slave, 6, true);
    pic8259_acknowledge(&master);
    pic8259_set_input(&slave, 0, true);
    cr_assert_not(rig.line[0].level);
}

Test(pic8259_cascade, special_fully_nested_mode_lets_a_higher_slave_request_through)
{
    init(&master, 0x20, 0x04, 0x10);
    pic8259_set_input(&slave, 6, true);
    pic8259_acknowledge(&master);
    pic8259_set_input(&slave, 0, true);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pic8259_acknowledge(&master), 0x28);
    cr_assert_eq(slave.s.isr, 0x41);
}

Test(pic8259_cascade, special_fully_nested_mode_still_holds_lower_master_levels)
{
    init(&master, 0x20, 0x04, 0x10);
    pic8259_set_input(&slave, 6, true);
    pic8259_acknowledge(&master);
    pic8259_set_input(&master, 5, true);
    cr_assert_not(rig.line[0].level);
}

Test(pic8259_cascade, special_fully_nested_mode_does_not_nest_ordinary_inputs)
{
    init(&master, 0x20, 0x04, 0x10);
    pic8259_set_input(&master, 5, true);
    pic8259_acknowledge(&master);
    pic8259_set_input(&master, 5, false);
    pic8259_set_input(&master, 5, true);
    cr_assert_not(rig.line[0].level);
}

Test(pic8259_cascade, a_slave_with_another_identity_leaves_the_bus_to_itself)
{
    init(&slave, 0x28, 0x05, 0);
    pic8259_set_input(&slave, 1, true);
    cr_assert_eq(pic8259_acknowledge(&master), 0xff);
    cr_assert_eq(slave.s.isr, 0);
}

Test(pic8259_cascade, a_vanished_slave_request_is_the_masters_level_7)
{
    pic8259_set_input(&slave, 1, true);
    pic8259_set_input(&slave, 1, false);
    cr_assert_eq(pic8259_acknowledge(&master), 0x27);
    cr_assert_eq(master.s.isr, 0);
}

Test(pic8259_cascade, a_slave_without_request_answers_its_level_7_while_the_master_serves)
{
    pic8259_set_input(&master, 2, true); /* a glitch on the cascade line */
    cr_assert_eq(pic8259_acknowledge(&master), 0x2f);
    cr_assert_eq(slave.s.isr, 0, "spurious IRQ 15 needs no EOI at the slave");
    cr_assert_eq(master.s.isr, 0x04, "but one at the master");
}

Test(pic8259_cascade, polling_the_master_names_the_cascade_input_and_leaves_the_slave)
{
    pic8259_set_input(&slave, 3, true);
    rig_out(&pic8259_ops, &master, 0, 0x0c);
    cr_assert_eq(rig_in(&pic8259_ops, &master, 0), 0x82);
    rig_out(&pic8259_ops, &slave, 0, 0x0c);
    cr_assert_eq(rig_in(&pic8259_ops, &slave, 0), 0x83);
}

Test(pic8259_cascade, masking_input_2_silences_the_slave)
{
    rig_out(&pic8259_ops, &master, 1, 0x04);
    pic8259_set_input(&slave, 0, true);
    cr_assert_not(rig.line[0].level);
    rig_out(&pic8259_ops, &master, 1, 0x00);
    cr_assert_eq(pic8259_acknowledge(&master), 0x28);
}

/* Local APIC and IO-APIC: acceptance, priorities, EOI, IPIs, errors, the timer, LINT0, redirection.
 */
#include <criterion/criterion.h>

#include "dev/ioapic.h"
#include "dev/lapic.h"
#include "rig.h"
#include "sim/abi/board.h"

static struct rig rig;
static struct lapic apic;
static struct ioapic io;

static uint32_t get(uint32_t offset)
{
    return lapic_ops.read(&apic, offset, 4);
}

static void set(uint32_t offset, uint32_t value)
{
    lapic_ops.write(&apic, offset, 4, value);
}

/* One cycle is one bus tick. */
static void setup(void)
{
    rig_init(&rig, BOARD_LAPIC_HZ);
    apic = (struct lapic){.intr = rig_line(&rig, 0),
                          .nmi = rig_line(&rig, 1),
                          .eoi = ioapic_eoi,
                          .ready = ioapic_retry,
                          .ioapic = &io};
    io = (struct ioapic){.lapic = &apic};
    lapic_init(&apic, &rig.clock);
    ioapic_reset(&io);
    lapic_reset(&apic);
}

TestSuite(lapic, .init = setup);

Test(lapic, firmware_leaves_virtual_wire_mode)
{
    cr_assert_eq(get(0x30), 0x00050014);
    cr_assert_eq(get(0xf0), 0x10f);
    cr_assert_eq(get(0x350), 0x700);
    cr_assert_eq(get(0x360), 0x400);
    cr_assert_eq(get(0x320), 0x10000);
    cr_assert_eq(apic.s.base, 0xfee00900);
    cr_assert_not(rig.line[0].level);
}

Test(lapic, a_level_triggered_lint0_that_is_high_is_served_when_it_is_unmasked)
{
    set(0x350, 0x18031); /* fixed, level, masked */
    lapic_set_lint0(&apic, 0, true);
    cr_assert_not(rig.line[0].level);
    set(0x350, 0x08031);
    cr_assert_eq(lapic_acknowledge(&apic), 0x31);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE, "once until its end");
    lapic_set_lint0(&apic, 0, false);
    lapic_end_of_interrupt(&apic);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(lapic, lint0_passes_the_8259a_through)
{
    lapic_set_lint0(&apic, 0, true);
    cr_assert(rig.line[0].level);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_EXTINT);
    set(0x350, 0x10700);
    cr_assert_not(rig.line[0].level, "masked");
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(lapic, a_switched_off_apic_is_a_wire)
{
    set(0x350, 0x10700);
    lapic_set_lint0(&apic, 0, true);
    cr_assert_not(rig.line[0].level);
    cr_assert(lapic_set_base(&apic, 0xfee00100));
    cr_assert(rig.line[0].level);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_EXTINT);
    cr_assert_not(lapic_accept(&apic, 0x50, false));
}

Test(lapic, base_refuses_reserved_bits_and_forgets_when_switched_off)
{
    cr_assert_not(lapic_set_base(&apic, 0xfee00d00), "x2APIC");
    cr_assert_not(lapic_set_base(&apic, 0x1fee00900));
    cr_assert_not(lapic_set_base(&apic, 0xfee00901));
    cr_assert(lapic_set_base(&apic, 0xfed00900));
    set(0x80, 0x55);
    lapic_set_base(&apic, 0xfee00100);
    lapic_set_base(&apic, 0xfee00900);
    cr_assert_eq(get(0x80), 0);
    cr_assert_eq(get(0xf0), 0xff, "power-up state, not firmware's");
}

Test(lapic, the_highest_vector_goes_first_and_lower_classes_wait)
{
    lapic_accept(&apic, 0x41, false);
    lapic_accept(&apic, 0x62, false);
    lapic_accept(&apic, 0x65, false);
    cr_assert_eq(lapic_acknowledge(&apic), 0x65);
    cr_assert_eq(get(0xa0), 0x60);
    cr_assert_not(rig.line[0].level, "62h is of the same class");
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), 0x62);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), 0x41);
    cr_assert_eq(get(0x100 + 0x20), 1u << 1);
}

Test(lapic, a_higher_class_nests_and_eoi_retires_the_highest)
{
    lapic_accept(&apic, 0x41, false);
    lapic_acknowledge(&apic);
    lapic_accept(&apic, 0x91, false);
    cr_assert_eq(lapic_acknowledge(&apic), 0x91);
    set(0xb0, 0);
    cr_assert_eq(get(0xa0), 0x40);
    set(0xb0, 0);
    cr_assert_eq(get(0xa0), 0);
    set(0xb0, 0);
}

Test(lapic, the_task_priority_holds_classes_back)
{
    set(0x80, 0x5f);
    lapic_accept(&apic, 0x51, false);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(get(0xa0), 0x5f);
    cr_assert_eq(get(0x200 + 0x20), 1u << 17);
    set(0x80, 0x4f);
    cr_assert(rig.line[0].level);
}

Test(lapic, ppr_is_the_higher_of_task_and_service)
{
    lapic_accept(&apic, 0x73, false);
    lapic_acknowledge(&apic);
    set(0x80, 0x74);
    cr_assert_eq(get(0xa0), 0x74, "the same class: the TPR shows");
    set(0x80, 0x6f);
    cr_assert_eq(get(0xa0), 0x70);
}

Test(lapic, two_of_one_vector_pend_once_beside_one_in_service)
{
    lapic_accept(&apic, 0x50, false);
    lapic_acknowledge(&apic);
    lapic_accept(&apic, 0x50, false);
    lapic_accept(&apic, 0x50, false);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), 0x50);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(lapic, self_ipi_by_shorthand_and_by_address)
{
    set(0x300, 0x40045);
    cr_assert_eq(lapic_acknowledge(&apic), 0x45);
    set(0xb0, 0);
    set(0x310, 0x00000000);
    set(0x300, 0x00046);
    cr_assert_eq(lapic_acknowledge(&apic), 0x46);
    set(0xb0, 0);
    set(0x310, 0x05000000);
    set(0x300, 0x00047);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE, "nobody has id 5");
    set(0x300, 0xc0048);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE, "all but self");
    set(0x300, 0x80049);
    cr_assert_eq(lapic_acknowledge(&apic), 0x49);
    cr_assert_eq(get(0x300) & 0x1000, 0, "delivery is over at once");
}

Test(lapic, an_nmi_message_is_a_pulse_of_the_pin_whatever_its_vector)
{
    set(0x310, 0);
    set(0x300, 0x4400);
    cr_assert_eq(rig.line[1].rises, 1);
    cr_assert_not(rig.line[1].level);
    set(0x280, 0);
    cr_assert_eq(get(0x280), 0, "no error about the vector");
    set(0xf0, 0x0ff);
    set(0x300, 0x4400);
    cr_assert_eq(rig.line[1].rises, 2, "software-disabled too");
    set(0x310, 0x05000000);
    set(0x300, 0x4400);
    set(0x300, 0xc4400);
    cr_assert_eq(rig.line[1].rises, 2, "for others");
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(lapic, logical_destinations_flat_and_cluster)
{
    set(0xd0, 0x21000000);
    cr_assert(lapic_is_destination(&apic, 0x01, true));
    cr_assert(lapic_is_destination(&apic, 0x30, true));
    cr_assert_not(lapic_is_destination(&apic, 0x12, true));
    set(0xe0, 0x0fffffff);
    cr_assert(lapic_is_destination(&apic, 0x23, true));
    cr_assert_not(lapic_is_destination(&apic, 0x31, true));
    cr_assert_not(lapic_is_destination(&apic, 0x22, true));
    cr_assert(lapic_is_destination(&apic, 0xff, false));
}

Test(lapic, errors_show_after_a_write_and_interrupt_once)
{
    set(0x370, 0xe0);
    set(0x300, 0x40005);
    cr_assert_eq(get(0x280), 0, "not latched yet");
    cr_assert_eq(lapic_acknowledge(&apic), 0xe0);
    set(0xb0, 0);
    lapic_accept(&apic, 0x03, false);
    get(0x3f0);
    set(0x280, 0);
    cr_assert_eq(get(0x280), 0xe0, "sent, received illegal vector; illegal register");
    set(0x280, 0);
    cr_assert_eq(get(0x280), 0);
}

Test(lapic, software_disable_masks_the_local_table_and_keeps_it_masked)
{
    set(0x320, 0x40);
    set(0xf0, 0x0f);
    cr_assert_eq(get(0x320), 0x10040);
    cr_assert_eq(get(0x350), 0x10700);
    set(0x320, 0x41);
    cr_assert_eq(get(0x320), 0x10041);
    set(0xf0, 0x10f);
    set(0x320, 0x41);
    cr_assert_eq(get(0x320), 0x41);
}

Test(lapic, one_shot_fires_once_after_count_times_divide)
{
    set(0x320, 0x40);
    set(0x3e0, 0x3); /* by 16 */
    set(0x380, 100);
    rig_advance(&rig, 800);
    cr_assert_eq(get(0x390), 50);
    rig_advance(&rig, 799);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
    cr_assert_eq(get(0x390), 0);
    cr_assert_eq(lapic_acknowledge(&apic), 0x40);
    set(0xb0, 0);
    rig_advance(&rig, 100000);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
}

Test(lapic, all_divide_values)
{
    static const struct {
        uint8_t code, by;
    } rows[] = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {10, 128}, {11, 1}};
    set(0x320, 0x40);
    for (unsigned i = 0; i < 8; i++) {
        set(0x3e0, rows[i].code);
        set(0x380, 10);
        cr_assert_eq(clock_next(&rig.clock) - rig.cycle, 10u * rows[i].by, "code %u", rows[i].code);
    }
}

Test(lapic, periodic_fires_for_ever_without_drift)
{
    set(0x320, 0x20040);
    set(0x3e0, 0xb);
    set(0x380, 1000);
    for (unsigned i = 1; i <= 50; i++) {
        rig_advance(&rig, 999);
        cr_assert_not(rig.line[0].level);
        rig_advance(&rig, 1);
        cr_assert_eq(lapic_acknowledge(&apic), 0x40);
        set(0xb0, 0);
    }
    cr_assert_eq(get(0x390), 1000);
}

Test(lapic, a_masked_timer_counts_silently)
{
    set(0x320, 0x30040);
    set(0x3e0, 0xb);
    set(0x380, 1000);
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
    rig_advance(&rig, 2500);
    cr_assert_eq(get(0x390), 500);
    set(0x320, 0x20040);
    rig_advance(&rig, 499);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert(rig.line[0].level);
}

Test(lapic, a_one_shot_that_ended_masked_does_not_fire_when_unmasked)
{
    set(0x320, 0x10040);
    set(0x380, 10);
    rig_advance(&rig, 1000);
    set(0x320, 0x40);
    rig_advance(&rig, 1000);
    cr_assert_not(rig.line[0].level);
}

Test(lapic, initial_count_0_stops_the_timer)
{
    set(0x320, 0x20040);
    set(0x380, 10);
    set(0x380, 0);
    rig_advance(&rig, 1000);
    cr_assert_not(rig.line[0].level);
    cr_assert_not(lapic_will_fire(&apic));
}

Test(lapic, a_divide_change_goes_on_from_the_present_count)
{
    set(0x320, 0x40);
    set(0x3e0, 0xb);
    set(0x380, 1000);
    rig_advance(&rig, 400);
    set(0x3e0, 0x0);
    cr_assert_eq(get(0x390), 600);
    rig_advance(&rig, 1200);
    cr_assert(rig.line[0].level);
}

Test(lapic, the_host_deadline_is_exact_and_once)
{
    lapic_set_deadline(&apic, 0xf0, 12345);
    rig_advance(&rig, 12344);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 1);
    cr_assert_eq(lapic_acknowledge(&apic), 0xf0);
    lapic_end_of_interrupt(&apic);
    cr_assert_not(lapic_will_fire(&apic));
    lapic_set_deadline(&apic, 0xf0, 20000);
    lapic_set_deadline(&apic, 0xf0, CLOCK_NEVER);
    rig_advance(&rig, 100000);
    cr_assert_not(rig.line[0].level);
}

Test(lapic, odd_accesses_are_harmless)
{
    for (uint32_t offset = 0; offset < 0x1000; offset++)
        for (unsigned size = 1; size <= 4; size *= 2) {
            lapic_ops.read(&apic, offset, size);
            if (size < 4)
                lapic_ops.write(&apic, offset, size, 0xffffffff);
        }
    cr_assert_eq(get(0xf0), 0x10f);
    cr_assert_eq(lapic_ops.read(&apic, 0xf1, 1) & 0xff, 0x01);
}

/* --- IO-APIC --- */

static void io_set(uint8_t reg, uint32_t value)
{
    ioapic_ops.write(&io, 0, 4, reg);
    ioapic_ops.write(&io, 0x10, 4, value);
}

static uint32_t io_get(uint8_t reg)
{
    ioapic_ops.write(&io, 0, 4, reg);
    return ioapic_ops.read(&io, 0x10, 4);
}

TestSuite(ioapic, .init = setup);

Test(ioapic, power_up_is_masked_with_24_inputs)
{
    cr_assert_eq(io_get(1), 0x00170011);
    for (uint8_t i = 0; i < 24; i++)
        cr_assert_eq(io_get((uint8_t)(0x10 + 2 * i)), 0x10000);
    cr_assert_eq(io_get(0x40), 0);
    io_set(0, 0xff000000);
    cr_assert_eq(io_get(0), 0x0f000000);
}

Test(ioapic, an_edge_delivers_once)
{
    io_set(0x12, 0x51);
    ioapic_set_input(&io, 1, true);
    ioapic_set_input(&io, 1, true);
    cr_assert_eq(lapic_acknowledge(&apic), 0x51);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(ioapic, an_edge_on_a_masked_input_is_lost)
{
    io_set(0x12, 0x10051);
    ioapic_set_input(&io, 1, true);
    io_set(0x12, 0x51);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(ioapic, a_level_delivers_again_after_eoi_while_it_lasts)
{
    io_set(0x14, 0x8052);
    ioapic_set_input(&io, 2, true);
    cr_assert_eq(io_get(0x14), 0xc052, "remote IRR");
    cr_assert_eq(lapic_acknowledge(&apic), 0x52);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), 0x52);
    ioapic_set_input(&io, 2, false);
    set(0xb0, 0);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
    cr_assert_eq(io_get(0x14), 0x8052);
}

Test(ioapic, a_level_that_nobody_took_is_sent_again)
{
    io_set(0x14, 0x8052);
    set(0xf0, 0x0ff); /* software-disabled */
    ioapic_set_input(&io, 2, true);
    cr_assert_eq(io_get(0x14), 0x8052, "not taken");
    set(0xf0, 0x1ff);
    cr_assert_eq(lapic_acknowledge(&apic), 0x52);
}

Test(ioapic, unmasking_an_active_level_delivers)
{
    io_set(0x14, 0x18052);
    ioapic_set_input(&io, 2, true);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
    io_set(0x14, 0x8052);
    cr_assert_eq(lapic_acknowledge(&apic), 0x52);
}

Test(ioapic, active_low_turns_the_pin_around)
{
    ioapic_set_input(&io, 3, true);
    io_set(0x16, 0x2053);
    ioapic_set_input(&io, 3, false);
    cr_assert_eq(lapic_acknowledge(&apic), 0x53);
}

Test(ioapic, other_destinations_and_modes_deliver_nothing)
{
    io_set(0x19, 0x03000000);
    io_set(0x18, 0x54);
    ioapic_set_input(&io, 4, true);
    io_set(0x1a, 0x755);
    ioapic_set_input(&io, 5, true);
    cr_assert_eq(lapic_acknowledge(&apic), LAPIC_NONE);
}

Test(ioapic, read_only_bits_stay)
{
    io_set(0x20, 0xffffffff);
    cr_assert_eq(io_get(0x20), 0x1afff);
    io_set(0x21, 0xffffffff);
    cr_assert_eq(io_get(0x21), 0xff000000);
}

/* The small ones: VGA text, fw_cfg, the system ports, the two ports towards the host. */
#include <criterion/criterion.h>

#include "dev/fwcfg.h"
#include "dev/hostports.h"
#include "dev/sysports.h"
#include "dev/vgatext.h"
#include "rig.h"
#include "sim/abi/board.h"

/* --- VGA --- */

static void crtc(struct vgatext *v, uint8_t index, uint8_t value)
{
    rig_out(&vgatext_crtc_ops, v, 0, index);
    rig_out(&vgatext_crtc_ops, v, 1, value);
}

static uint8_t crtc_get(struct vgatext *v, uint8_t index)
{
    rig_out(&vgatext_crtc_ops, v, 0, index);
    return rig_in(&vgatext_crtc_ops, v, 1);
}

Test(vgatext, power_up_is_mode_3_with_the_cursor_at_home)
{
    struct vgatext v = {0};
    vgatext_reset(&v);
    struct vgatext_view view = vgatext_look(&v);
    cr_assert_eq(view.start, 0);
    cr_assert_eq(view.cursor, 0);
    cr_assert(view.cursor_on);
    cr_assert_eq(view.cursor_from, 13);
    cr_assert_eq(view.cursor_to, 14);
    cr_assert_eq(crtc_get(&v, 0x13), 40, "80 cells a row");
}

Test(vgatext, cursor_and_start_registers_are_what_the_screen_shows)
{
    struct vgatext v = {0};
    vgatext_reset(&v);
    crtc(&v, 0x0e, 0x07);
    crtc(&v, 0x0f, 0xcf);
    crtc(&v, 0x0c, 0x01);
    crtc(&v, 0x0d, 0x40);
    crtc(&v, 0x0a, 0x20);
    struct vgatext_view view = vgatext_look(&v);
    cr_assert_eq(view.cursor, 0x7cf);
    cr_assert_eq(view.start, 0x140);
    cr_assert_not(view.cursor_on);
    cr_assert_eq(crtc_get(&v, 0x0e), 0x07);
}

Test(vgatext, protection_keeps_registers_0_to_7_but_for_one_bit)
{
    struct vgatext v = {0};
    vgatext_reset(&v);
    crtc(&v, 0x00, 0x00);
    cr_assert_eq(crtc_get(&v, 0x00), 0x5f);
    crtc(&v, 0x07, 0x00);
    cr_assert_eq(crtc_get(&v, 0x07), 0x0f);
    crtc(&v, 0x11, 0x0e);
    crtc(&v, 0x00, 0x11);
    cr_assert_eq(crtc_get(&v, 0x00), 0x11);
}

Test(vgatext, registers_beyond_the_last_are_nowhere)
{
    struct vgatext v = {0};
    vgatext_reset(&v);
    crtc(&v, 0x3f, 0x55);
    cr_assert_eq(crtc_get(&v, 0x3f), 0);
    crtc(&v, 0x19, 0x55);
    cr_assert_eq(crtc_get(&v, 0x19), 0);
}

Test(vgatext, retrace_comes_seventy_times_a_second)
{
    struct rig rig;
    rig_init(&rig, 28322000);
    struct vgatext v = {.clock = &rig.clock};
    vgatext_reset(&v);
    unsigned retraces = 0, before = 0;
    for (unsigned i = 0; i < 28322000 / 450; i++) {
        unsigned now = rig_in(&vgatext_status_ops, &v, 0) & 8;
        retraces += now && !before;
        before = now;
        rig_advance(&rig, 450);
    }
    cr_assert_eq(retraces, 70);
}

/* --- fw_cfg --- */

static void select_item(struct fwcfg *f, uint16_t item)
{
    fwcfg_select_ops.write(f, 0, 2, item);
}

static uint64_t take(struct fwcfg *f, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)rig_in(&fwcfg_data_ops, f, 0) << (8 * i);
    return v;
}

Test(fwcfg, the_signature_is_qemus_and_then_zeroes)
{
    struct fwcfg f = {.ram_bytes = 64 << 20};
    fwcfg_reset(&f);
    cr_assert_eq(take(&f, 4), 0x554d4551);
    cr_assert_eq(take(&f, 4), 0);
    select_item(&f, 0);
    cr_assert_eq(take(&f, 2), 0x4551);
}

Test(fwcfg, cpu_count_and_ram_size)
{
    struct fwcfg f = {.ram_bytes = 0xc0000000u};
    fwcfg_reset(&f);
    select_item(&f, 5);
    cr_assert_eq(take(&f, 2), 1);
    select_item(&f, 15);
    cr_assert_eq(take(&f, 2), 1);
    select_item(&f, 3);
    cr_assert_eq(take(&f, 8), 0xc0000000u);
    select_item(&f, 1);
    cr_assert_eq(take(&f, 4), 1);
}

Test(fwcfg, the_directory_names_the_memory_map)
{
    struct fwcfg f = {.ram_bytes = 16 << 20};
    char name[57] = {0};
    fwcfg_reset(&f);
    select_item(&f, 0x19);
    cr_assert_eq(take(&f, 4), 0x01000000, "one file, big-endian");
    cr_assert_eq(take(&f, 4), 0x14000000);
    cr_assert_eq(take(&f, 2), 0x2000);
    take(&f, 2);
    for (unsigned i = 0; i < 56; i++)
        name[i] = (char)take(&f, 1);
    cr_assert_str_eq(name, "etc/e820");
    select_item(&f, 0x20);
    cr_assert_eq(take(&f, 8), 0);
    cr_assert_eq(take(&f, 8), 16 << 20);
    cr_assert_eq(take(&f, 4), 1);
    cr_assert_eq(take(&f, 8), 0);
}

Test(fwcfg, unknown_items_are_empty)
{
    struct fwcfg f = {.ram_bytes = 1};
    fwcfg_reset(&f);
    for (unsigned item = 0x21; item < 0x10000; item += 97) {
        select_item(&f, (uint16_t)item);
        cr_assert_eq(take(&f, 8), 0, "item %x", item);
    }
}

/* --- system ports --- */

static struct rig rig;
static struct pit8254 pit;
static struct sysports sys;
static unsigned resets;

static void count_reset(void *board, const char *through)
{
    (void)board, (void)through;
    resets++;
}

static void setup_system(void)
{
    rig_init(&rig, BOARD_PIT_HZ);
    resets = 0;
    pit = (struct pit8254){0};
    pit8254_init(&pit, &rig.clock);
    pit8254_reset(&pit);
    sys = (struct sysports){.pit = &pit, .reset = count_reset};
    sysports_reset(&sys);
}

TestSuite(sysports, .init = setup_system);

Test(sysports, port_61_times_with_counter_2)
{
    rig_out(&port61_ops, &sys, 0, 0x01);
    rig_out(&pit8254_ops, &pit, 3, 0xb0);
    rig_out(&pit8254_ops, &pit, 2, 100);
    rig_out(&pit8254_ops, &pit, 2, 0);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0x21, 0x01);
    rig_advance(&rig, 100);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0x20, 0);
    rig_advance(&rig, 1);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0x20, 0x20);
}

Test(sysports, port_61_gate_0_holds_counter_2)
{
    rig_out(&pit8254_ops, &pit, 3, 0xb0);
    rig_out(&pit8254_ops, &pit, 2, 100);
    rig_out(&pit8254_ops, &pit, 2, 0);
    rig_advance(&rig, 100000);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0x20, 0);
}

Test(sysports, the_refresh_bit_toggles_every_15_us)
{
    uint8_t first = rig_in(&port61_ops, &sys, 0) & 0x10;
    rig_advance(&rig, 18);
    cr_assert_neq(rig_in(&port61_ops, &sys, 0) & 0x10, first);
    rig_advance(&rig, 18);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0x10, first);
}

Test(sysports, port_61_stores_four_bits)
{
    rig_out(&port61_ops, &sys, 0, 0xfe);
    cr_assert_eq(rig_in(&port61_ops, &sys, 0) & 0xcf, 0x0e);
}

Test(sysports, port_80_is_a_latch)
{
    rig_out(&post_ops, &sys, 0, 0x5a);
    cr_assert_eq(rig_in(&post_ops, &sys, 0), 0x5a);
}

Test(sysports, port_92_resets_on_the_rise_of_bit_0_only)
{
    cr_assert_eq(rig_in(&port92_ops, &sys, 0) & 2, 2, "A20 is open");
    rig_out(&port92_ops, &sys, 0, 0x02);
    cr_assert_eq(resets, 0);
    rig_out(&port92_ops, &sys, 0, 0x03);
    cr_assert_eq(resets, 1);
    rig_out(&port92_ops, &sys, 0, 0x03);
    cr_assert_eq(resets, 1);
}

Test(sysports, pci_address_reads_back_and_no_device_answers)
{
    pci_ops.write(&sys, 0, 4, 0x80001234 | 3);
    cr_assert_eq(pci_ops.read(&sys, 0, 4), 0x80001234);
    cr_assert_eq(pci_ops.read(&sys, 4, 4), 0xffffffff);
    pci_ops.write(&sys, 0, 1, 0x55);
    cr_assert_eq(pci_ops.read(&sys, 0, 4), 0x80001234, "byte writes are not configuration");
}

/* --- towards the host --- */

static uint32_t seen[2];

static void see_byte(void *host, uint8_t byte)
{
    (void)host;
    seen[0] = byte;
}

static void see_exit(void *host, uint32_t value)
{
    (void)host;
    seen[1] = value;
}

Test(hostports, debug_and_exit_reach_the_host)
{
    struct hostports p = {see_byte, see_exit, NULL};
    cr_assert_eq(rig_in(&debugport_ops, &p, 0), 0xe9);
    rig_out(&debugport_ops, &p, 0, 'x');
    exitport_ops.write(&p, 0, 4, 0x12345678);
    cr_assert_eq(seen[0], 'x');
    cr_assert_eq(seen[1], 0x12345678);
}

/* The IDE channel: selection, PIO protocols, errors, resets, interrupts, who answers for whom. */
#include <criterion/criterion.h>
#include <string.h>

#include "dev/ide.h"
#include "rig.h"

#define SECTORS 2000u

static struct rig rig;
static struct ide ide;
static uint8_t disk[2][SECTORS * DISK_SECTOR];
static unsigned moved[2];
static bool broken;

static bool read_sector(void *opaque, uint32_t lba, uint8_t *to)
{
    if (broken && lba == 7)
        return false;
    memcpy(to, (uint8_t *)opaque + lba * DISK_SECTOR, DISK_SECTOR);
    return true;
}

static bool write_sector(void *opaque, uint32_t lba, const uint8_t *from)
{
    if (broken && lba == 7)
        return false;
    memcpy((uint8_t *)opaque + lba * DISK_SECTOR, from, DISK_SECTOR);
    return true;
}

static void count_moved(void *host, unsigned drive, bool write)
{
    (void)host, (void)write;
    moved[drive]++;
}

/* One cycle is one microsecond; drives as asked for. */
static void channel(bool master, bool slave)
{
    rig_init(&rig, 1000000);
    broken = false;
    memset(moved, 0, sizeof moved);
    for (unsigned n = 0; n < 2; n++)
        for (unsigned i = 0; i < sizeof disk[n]; i++)
            disk[n][i] = (uint8_t)(i / DISK_SECTOR + i * 3 + n);
    ide = (struct ide){.irq = rig_line(&rig, 0), .sector_moved = count_moved};
    if (master)
        ide.disk[0] = (struct disk_backend){SECTORS, read_sector, write_sector, disk[0]};
    if (slave)
        ide.disk[1] = (struct disk_backend){SECTORS, read_sector, write_sector, disk[1]};
    ide_init(&ide, &rig.clock);
    ide_reset(&ide);
}

static void setup(void)
{
    channel(true, true);
}

static uint8_t in(unsigned reg)
{
    return rig_in(&ide_command_ops, &ide, reg - 1);
}

static void out(unsigned reg, uint8_t v)
{
    rig_out(&ide_command_ops, &ide, reg - 1, v);
}

static uint8_t alternate(void)
{
    return rig_in(&ide_control_ops, &ide, 0);
}

static void control(uint8_t v)
{
    rig_out(&ide_control_ops, &ide, 0, v);
}

static void command(unsigned drive, uint32_t lba, uint8_t count, uint8_t opcode)
{
    out(6, (uint8_t)(0xe0 | drive << 4 | lba >> 24));
    out(2, count);
    out(3, (uint8_t)lba);
    out(4, (uint8_t)(lba >> 8));
    out(5, (uint8_t)(lba >> 16));
    out(7, opcode);
}

static void data_in(uint8_t *to, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2) {
        uint32_t w = ide_data_ops.read(&ide, 0, 2);
        to[i] = (uint8_t)w;
        to[i + 1] = (uint8_t)(w >> 8);
    }
}

static void data_out(const uint8_t *from, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2)
        ide_data_ops.write(&ide, 0, 2, from[i] | (uint32_t)from[i + 1] << 8);
}

static unsigned word(const uint8_t *id, unsigned n)
{
    return id[2 * n] | (unsigned)id[2 * n + 1] << 8;
}

TestSuite(ide, .init = setup);

Test(ide, power_up_shows_the_signature_and_no_interrupt)
{
    cr_assert_eq(in(7), 0x50);
    cr_assert_eq(in(1), 1);
    cr_assert_eq(in(2), 1);
    cr_assert_eq(in(3), 1);
    cr_assert_eq(in(4), 0);
    cr_assert_eq(in(5), 0);
    cr_assert_not(rig.line[0].level);
}

Test(ide, a_read_is_busy_then_requests_data_with_an_interrupt)
{
    uint8_t sector[512];
    command(0, 5, 1, 0x20);
    cr_assert_eq(alternate(), 0x80);
    rig_advance(&rig, 24);
    cr_assert_eq(alternate(), 0x80);
    rig_advance(&rig, 1);
    cr_assert_eq(alternate(), 0x58);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(7), 0x58);
    cr_assert_not(rig.line[0].level, "reading the status acknowledges");
    data_in(sector, 512);
    cr_assert_eq(in(7), 0x50);
    cr_assert_arr_eq(sector, disk[0] + 5 * 512, 512);
    cr_assert_eq(moved[0], 1);
}

Test(ide, alternate_status_does_not_acknowledge)
{
    command(0, 0, 1, 0x20);
    rig_advance(&rig, 100);
    alternate();
    cr_assert(rig.line[0].level);
}

Test(ide, several_sectors_interrupt_once_each)
{
    uint8_t sectors[3 * 512];
    command(1, 10, 3, 0x20);
    for (unsigned i = 0; i < 3; i++) {
        rig_advance(&rig, 100);
        cr_assert(rig.line[0].level);
        in(7);
        data_in(sectors + i * 512, 512);
    }
    rig_advance(&rig, 1000);
    cr_assert_not(rig.line[0].level, "none after the last");
    cr_assert_arr_eq(sectors, disk[1] + 10 * 512, sizeof sectors);
    cr_assert_eq(rig.line[0].rises, 3);
}

Test(ide, a_count_of_0_means_256_sectors)
{
    static uint8_t sectors[256 * 512];
    command(0, 100, 0, 0x20);
    for (unsigned i = 0; i < 256; i++) {
        rig_advance(&rig, 100);
        data_in(sectors + i * 512, 512);
    }
    cr_assert_eq(in(7), 0x50);
    cr_assert_arr_eq(sectors, disk[0] + 100 * 512, sizeof sectors);
}

Test(ide, dword_access_moves_two_words)
{
    command(0, 3, 1, 0x20);
    rig_advance(&rig, 100);
    for (unsigned i = 0; i < 128; i++) {
        uint32_t expected;
        memcpy(&expected, disk[0] + 3 * 512 + i * 4, 4);
        cr_assert_eq(ide_data_ops.read(&ide, 0, 4), expected);
    }
    cr_assert_eq(in(7), 0x50);
}

Test(ide, a_write_requests_data_without_interrupt_and_ends_with_one)
{
    uint8_t sector[512];
    memset(sector, 0xa7, sizeof sector);
    command(0, 9, 1, 0x30);
    cr_assert_eq(alternate(), 0x58);
    cr_assert_not(rig.line[0].level);
    data_out(sector, 512);
    cr_assert_eq(alternate(), 0x80);
    rig_advance(&rig, 5);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(7), 0x50);
    cr_assert_arr_eq(disk[0] + 9 * 512, sector, 512);
}

Test(ide, a_write_of_several_sectors_interrupts_for_each_next_block)
{
    uint8_t sectors[2 * 512];
    memset(sectors, 0x31, sizeof sectors);
    command(1, 20, 2, 0x30);
    data_out(sectors, 512);
    rig_advance(&rig, 10);
    cr_assert(rig.line[0].level);
    cr_assert_eq(in(7), 0x58);
    data_out(sectors + 512, 512);
    rig_advance(&rig, 10);
    cr_assert_eq(in(7), 0x50);
    cr_assert_eq(rig.line[0].rises, 2);
    cr_assert_arr_eq(disk[1] + 20 * 512, sectors, sizeof sectors);
}

Test(ide, multiple_mode_moves_blocks)
{
    static uint8_t sectors[6 * 512];
    command(0, 0, 4, 0xc6);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x50);
    command(0, 30, 6, 0xc4);
    rig_advance(&rig, 100);
    data_in(sectors, 4 * 512);
    cr_assert_eq(alternate(), 0x80);
    rig_advance(&rig, 100);
    data_in(sectors + 4 * 512, 2 * 512);
    cr_assert_eq(alternate(), 0x50);
    cr_assert_eq(rig.line[0].rises, 2 + 0,
                 "set multiple's was acknowledged, then two blocks, one still up");
    cr_assert_arr_eq(sectors, disk[0] + 30 * 512, sizeof sectors);
}

Test(ide, write_multiple_moves_a_short_last_block)
{
    static uint8_t sectors[5 * 512];
    memset(sectors, 0x66, sizeof sectors);
    command(0, 0, 4, 0xc6);
    rig_advance(&rig, 100);
    command(0, 40, 5, 0xc5);
    data_out(sectors, 4 * 512);
    rig_advance(&rig, 100);
    data_out(sectors, 512);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x50);
    cr_assert_arr_eq(disk[0] + 40 * 512, sectors, sizeof sectors);
    cr_assert_eq(disk[0][45 * 512], (uint8_t)(45 + 45 * 512 * 3));
}

Test(ide, multiple_commands_abort_without_the_mode)
{
    command(0, 0, 1, 0xc4);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x04);
    command(0, 0, 1, 0xc5);
    cr_assert_eq(in(7), 0x51);
}

Test(ide, set_multiple_takes_powers_of_two_up_to_16)
{
    for (unsigned n = 0; n < 256; n++) {
        command(0, 0, (uint8_t)n, 0xc6);
        rig_advance(&rig, 100);
        bool good = n == 0 || n == 1 || n == 2 || n == 4 || n == 8 || n == 16;
        cr_assert_eq(in(7), good ? 0x50 : 0x51, "%u", n);
    }
}

Test(ide, identify_tells_the_capacity_and_modes)
{
    uint8_t id[512];
    command(1, 0, 0, 0xec);
    rig_advance(&rig, 100);
    cr_assert(rig.line[0].level);
    data_in(id, 512);
    cr_assert_eq(in(7), 0x50);
    cr_assert_eq(word(id, 60) | word(id, 61) << 16, SECTORS);
    cr_assert_eq(word(id, 47) & 0xff, 16);
    cr_assert_eq(word(id, 49) & 0x0300, 0x0200, "LBA, no DMA");
    cr_assert_eq(word(id, 83) & 0xc000, 0x4000);
    cr_assert_eq(memcmp(id + 54, "iRgnisedd si k", 14), 0);
    cr_assert_eq(word(id, 1) * word(id, 3) * word(id, 6), 1 * 16 * 63);
}

Test(ide, chs_addresses_name_the_same_sectors)
{
    uint8_t sector[512];
    out(6, 0xa0 | 3);
    out(2, 1);
    out(3, 5);
    out(4, 0);
    out(5, 0);
    out(7, 0x20);
    rig_advance(&rig, 100);
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[0] + (3 * 63 + 4) * 512, 512);
}

Test(ide, chs_outside_the_geometry_is_not_found)
{
    out(6, 0xa0);
    out(2, 1);
    out(3, 0);
    out(7, 0x20);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x10);
}

Test(ide, a_disk_smaller_than_a_cylinder_still_has_addresses)
{
    uint8_t sector[512];
    ide.disk[0].sectors = 1000;
    out(6, 0xa0 | 15);
    out(2, 63);
    out(7, 0x91);
    rig_advance(&rig, 100);
    out(6, 0xa0);
    out(2, 1);
    out(3, 1);
    out(4, 0);
    out(5, 0);
    out(7, 0x20);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7) & 0x01, 0);
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[0], 512);
}

Test(ide, initialize_parameters_changes_the_translation)
{
    uint8_t sector[512];
    out(6, 0xa0 | 7);
    out(2, 10);
    out(7, 0x91);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x50);
    out(6, 0xa0 | 2);
    out(2, 1);
    out(3, 1);
    out(4, 3);
    out(5, 0);
    out(7, 0x20);
    rig_advance(&rig, 100);
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[0] + ((3 * 8 + 2) * 10) * 512, 512);
}

Test(ide, the_last_sector_reads_and_the_one_behind_does_not)
{
    uint8_t sector[512];
    command(0, SECTORS - 1, 2, 0x20);
    rig_advance(&rig, 100);
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[0] + (SECTORS - 1) * 512, 512);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x10);
    cr_assert_eq(in(3) | in(4) << 8, SECTORS, "the address that failed");
}

Test(ide, the_highest_lba_does_not_wrap)
{
    command(0, 0x0fffffff, 255, 0x20);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x10);
    command(0, 0x0fffffff, 1, 0x30);
    data_out(disk[1], 512);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
}

Test(ide, an_unreadable_sector_is_reported_with_its_address)
{
    uint8_t sector[512];
    broken = true;
    command(0, 6, 3, 0x20);
    rig_advance(&rig, 100);
    data_in(sector, 512);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x40);
    cr_assert_eq(in(3), 7);
    cr_assert_eq(in(2), 2, "sectors not moved");
}

Test(ide, a_failing_write_is_a_device_fault)
{
    broken = true;
    command(0, 7, 1, 0x30);
    data_out(disk[1], 512);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x71);
    cr_assert_eq(in(1), 0x04);
}

Test(ide, a_read_only_disk_aborts_writes)
{
    ide.disk[0].write = NULL;
    command(0, 0, 1, 0x30);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x04);
}

Test(ide, unknown_commands_abort_with_an_interrupt)
{
    static const uint8_t opcodes[] = {0x00, 0x08, 0x24, 0xa1, 0xc8, 0xca, 0xff};
    for (unsigned i = 0; i < sizeof opcodes; i++) {
        command(0, 0, 1, opcodes[i]);
        cr_assert(rig.line[0].level, "%02x", opcodes[i]);
        cr_assert_eq(in(7), 0x51, "%02x", opcodes[i]);
        cr_assert_eq(in(1), 0x04, "%02x", opcodes[i]);
    }
}

Test(ide, non_data_commands_end_with_an_interrupt)
{
    static const uint8_t opcodes[] = {0x10, 0x40, 0x70, 0xe7, 0xe0, 0xe1,
                                      0xe2, 0xe3, 0xe5, 0xe6, 0xf8};
    for (unsigned i = 0; i < sizeof opcodes; i++) {
        command(0, 1, 1, opcodes[i]);
        cr_assert_not(rig.line[0].level, "%02x", opcodes[i]);
        rig_advance(&rig, 1000);
        cr_assert(rig.line[0].level, "%02x", opcodes[i]);
        cr_assert_eq(in(7), 0x50, "%02x", opcodes[i]);
    }
}

Test(ide, seek_beyond_the_end_is_not_found)
{
    command(0, SECTORS, 0, 0x70);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
    cr_assert_eq(in(1), 0x10);
}

Test(ide, native_max_is_the_last_sector)
{
    command(0, 0, 0, 0xf8);
    rig_advance(&rig, 100);
    cr_assert_eq(in(3) | in(4) << 8 | in(5) << 16, SECTORS - 1);
}

Test(ide, set_features_knows_pio_modes_only)
{
    out(1, 0x03);
    command(0, 0, 0x0c, 0xef);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x50);
    out(1, 0x03);
    command(0, 0, 0x42, 0xef);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51, "no UDMA");
    out(1, 0x99);
    command(0, 0, 0, 0xef);
    rig_advance(&rig, 100);
    cr_assert_eq(in(7), 0x51);
}

Test(ide, nien_hides_the_interrupt_but_keeps_it)
{
    control(0x02);
    command(0, 0, 1, 0x20);
    rig_advance(&rig, 100);
    cr_assert_not(rig.line[0].level);
    control(0x00);
    cr_assert(rig.line[0].level);
}

Test(ide, a_new_command_clears_the_interrupt)
{
    command(0, 0, 0, 0xe7);
    rig_advance(&rig, 100);
    cr_assert(rig.line[0].level);
    command(0, 0, 0, 0xe7);
    cr_assert_not(rig.line[0].level);
}

Test(ide, the_line_belongs_to_the_selected_drive)
{
    command(1, 0, 0, 0xe7);
    rig_advance(&rig, 100);
    cr_assert(rig.line[0].level);
    out(6, 0xe0);
    cr_assert_not(rig.line[0].level);
    out(6, 0xf0);
    cr_assert(rig.line[0].level);
}

Test(ide, registers_are_ignored_while_busy)
{
    command(0, 5, 1, 0x20);
    out(3, 0x77);
    out(7, 0xec);
    out(6, 0xf0);
    rig_advance(&rig, 100);
    cr_assert_eq(alternate(), 0x58);
    uint8_t sector[512];
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[0] + 5 * 512, 512);
}

Test(ide, both_drives_take_register_writes)
{
    out(6, 0xe0);
    out(2, 0x12);
    out(6, 0xf0);
    cr_assert_eq(in(2), 0x12);
}

Test(ide, data_without_a_request_reads_ones_and_loses_writes)
{
    cr_assert_eq(ide_data_ops.read(&ide, 0, 2), 0xffff);
    ide_data_ops.write(&ide, 0, 2, 0x1234);
    cr_assert_eq(in(7), 0x50);
}

Test(ide, software_reset_ends_everything_without_an_interrupt)
{
    command(0, 0, 8, 0xc6);
    rig_advance(&rig, 100);
    command(0, 5, 3, 0x20);
    rig_advance(&rig, 100);
    control(0x04);
    cr_assert_eq(alternate(), 0x80);
    cr_assert_not(rig.line[0].level);
    rig_advance(&rig, 100000);
    cr_assert_eq(alternate(), 0x80, "as long as SRST is set");
    control(0x00);
    rig_advance(&rig, 1999);
    cr_assert_eq(alternate(), 0x80);
    rig_advance(&rig, 1);
    cr_assert_eq(in(7), 0x50);
    cr_assert_eq(in(2), 1);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(ide.s.drive[0].multiple, 0);
}

Test(ide, diagnostic_selects_the_master_with_one_interrupt)
{
    out(6, 0xf0);
    out(7, 0x90);
    rig_advance(&rig, 5000);
    cr_assert_eq(rig.line[0].rises, 1);
    cr_assert_eq(in(6), 0xa0);
    cr_assert_eq(in(1), 0x01);
    cr_assert_eq(in(2), 0x01);
    cr_assert_eq(in(7), 0x50);
    out(6, 0xf0);
    cr_assert_eq(in(1), 0x01);
    cr_assert_eq(in(7), 0x50);
}

Test(ide, an_empty_channel_floats)
{
    channel(false, false);
    cr_assert_eq(in(7), 0xff);
    cr_assert_eq(alternate(), 0xff);
    cr_assert_eq(in(2), 0xff);
    cr_assert_eq(ide_data_ops.read(&ide, 0, 2) & 0xffff, 0xffff);
    command(0, 0, 1, 0xec);
    control(4);
    control(0);
    out(7, 0x90);
    rig_advance(&rig, 100000);
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(in(7), 0xff);
}

Test(ide, a_master_answers_status_0_for_a_missing_slave)
{
    channel(true, false);
    out(6, 0xf0);
    cr_assert_eq(in(7), 0);
    cr_assert_eq(alternate(), 0);
    out(7, 0xec);
    rig_advance(&rig, 1000);
    cr_assert_eq(in(7), 0, "the command is ignored");
    cr_assert_not(rig.line[0].level);
    out(6, 0xe0);
    cr_assert_eq(in(7), 0x50);
}

Test(ide, a_lone_slave_works)
{
    channel(false, true);
    cr_assert_eq(in(7), 0xff);
    uint8_t sector[512];
    command(1, 2, 1, 0x20);
    rig_advance(&rig, 100);
    cr_assert(rig.line[0].level);
    data_in(sector, 512);
    cr_assert_arr_eq(sector, disk[1] + 2 * 512, 512);
}

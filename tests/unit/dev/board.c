/* All chips on one board: wiring, state coverage, save and restore, power-up silence, end of a
 * machine. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "sim/abi/board.h"
#include "sim/mem.h"
#include "sim/pc.h"

static struct rig rig;
static struct io_bus ports, mmio;
static struct pc *pc;
static char console[4096];
static unsigned console_used;
static uint32_t exit_value;
static unsigned exits, resets;

static void serial_out(void *opaque, uint8_t byte)
{
    (void)opaque;
    console[console_used++] = (char)byte;
}

static void on_exit_value(void *opaque, uint32_t value)
{
    (void)opaque;
    exits++;
    exit_value = value;
}

static const char *reset_through;
static void on_reset(void *opaque, const char *through)
{
    (void)opaque;
    reset_through = through;
    resets++;
}

static struct pc_config config_of(struct rig *r, bool with_apic)
{
    return (struct pc_config){
        .clock = &r->clock,
        .ports = &ports,
        .mmio = &mmio,
        .intr = rig_line(r, 0),
        .ram_bytes = 64u << 20,
        .boot_time = 1700000000,
        .host = {.serial_out = serial_out, .exited = on_exit_value, .reset = on_reset},
        .with_apic = with_apic,
    };
}

static void build(bool with_apic)
{
    rig_init(&rig, 100000000);
    bus_init(&ports);
    bus_init(&mmio);
    console_used = exits = resets = 0;
    const struct pc_config config = config_of(&rig, with_apic);
    cr_assert_eq(pc_create(&pc, &config, NULL), SIM_OK);
}

static void setup(void)
{
    build(true);
}

static void teardown(void)
{
    pc_destroy(pc);
}

static void out(uint16_t port, uint8_t v)
{
    bus_port_write(&ports, port, 1, v);
}

static uint8_t in(uint16_t port)
{
    return (uint8_t)bus_port_read(&ports, port, 1);
}

static void init_pics(void)
{
    static const uint8_t master[] = {0x20, 0x04, 0x01, 0x00}, slave[] = {0x28, 0x02, 0x01, 0x00};
    out(0x20, 0x11);
    out(0xa0, 0x11);
    for (unsigned i = 0; i < 4; i++) {
        out(0x21, master[i]);
        out(0xa1, slave[i]);
    }
}

TestSuite(board, .init = setup, .fini = teardown);

Test(board, power_up_leaves_no_interrupt_pending_and_no_timer)
{
    init_pics();
    cr_assert_not(rig.line[0].level);
    cr_assert_eq(pc_intr_ack(pc), -1);
    cr_assert_neq(pc_what_wakes(pc), PC_WAKE_TIME);
    cr_assert_eq(clock_next(&rig.clock), CLOCK_NEVER);
}

Test(board, the_timer_interrupts_through_8259a_and_lint0)
{
    init_pics();
    out(0x43, 0x34);
    out(0x40, 0x9c);
    out(0x40, 0x2e);
    cr_assert_eq(pc_what_wakes(pc), PC_WAKE_TIME);
    rig_advance(&rig, 1100000);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pc_intr_ack(pc), 0x20);
    cr_assert_not(rig.line[0].level);
}

Test(board, without_apics_the_8259a_is_the_intr_pin)
{
    pc_destroy(pc);
    build(false);
    cr_assert_null(bus_find_mmio(&mmio, BOARD_LAPIC_BASE));
    init_pics();
    cr_assert(pc_key_in(pc, 0x1c));
    rig_advance(&rig, 1000000);
    cr_assert_eq(pc_intr_ack(pc), 0x21);
    cr_assert_eq(in(0x60), 0x1e);
    cr_assert_not(pc_set_apic_base(pc, 0xfee00900));
}

Test(board, com1_needs_out2_to_reach_irq_4)
{
    init_pics();
    out(0x3f9, 2);
    cr_assert_not(rig.line[0].level);
    out(0x3fc, 0x08);
    cr_assert(rig.line[0].level);
    cr_assert_eq(pc_intr_ack(pc), 0x24);
}

Test(board, the_rtc_is_irq_8)
{
    init_pics();
    out(0x70, 0x0b);
    out(0x71, 0x12);
    rig_advance(&rig, 110000000);
    cr_assert_eq(pc_intr_ack(pc), 0x28);
}

Test(board, an_io_apic_input_has_its_irqs_number)
{
    const struct io_range *io = bus_find_mmio(&mmio, BOARD_IOAPIC_BASE);
    cr_assert_not_null(io);
    io->ops->write(io->device, 0, 4, 0x10 + 2 * 1);
    io->ops->write(io->device, 0x10, 4, 0x61);
    pc_key_in(pc, 0x1c);
    rig_advance(&rig, 1000000);
    cr_assert_eq(pc_intr_ack(pc), 0x61);
}

Test(board, the_timer_is_input_2_of_the_io_apic)
{
    const struct io_range *io = bus_find_mmio(&mmio, BOARD_IOAPIC_BASE);
    static const uint8_t vectors[] = {0x60, 0x61, 0x62};
    for (uint32_t input = 0; input < 3; input++) {
        io->ops->write(io->device, 0, 4, 0x10 + 2 * input);
        io->ops->write(io->device, 0x10, 4, vectors[input]);
    }
    out(0x43, 0x34);
    out(0x40, 0xe8);
    out(0x40, 0x03);
    rig_advance(&rig, 1000000);
    cr_assert_eq(pc_intr_ack(pc), 0x62);
    cr_assert_eq(pc_intr_ack(pc), -1, "and no other");
}

Test(board, the_apic_page_moves_and_disappears)
{
    cr_assert_not_null(bus_find_mmio(&mmio, 0xfee00ffc));
    cr_assert(pc_set_apic_base(pc, 0xfed10900));
    cr_assert_null(bus_find_mmio(&mmio, 0xfee00000));
    cr_assert_not_null(bus_find_mmio(&mmio, 0xfed10000));
    cr_assert(pc_set_apic_base(pc, 0xfed10100));
    cr_assert_null(bus_find_mmio(&mmio, 0xfed10000));
    cr_assert_eq(pc_apic_base(pc), 0xfed10100);
}

Test(board, unclaimed_ports_read_ones_at_every_width)
{
    cr_assert_eq(bus_port_read(&ports, 0x300, 1), 0xff);
    cr_assert_eq(bus_port_read(&ports, 0x300, 2), 0xffff);
    cr_assert_eq(bus_port_read(&ports, 0x300, 4), 0xffffffff);
    cr_assert_eq(bus_port_read(&ports, 0x1f7, 1), 0xff, "no disk");
}

Test(board, cmos_tells_the_memory_size)
{
    out(0x70, 0x30);
    unsigned low = in(0x71);
    out(0x70, 0x31);
    cr_assert_eq(low | (unsigned)in(0x71) << 8, 63 * 1024);
    out(0x70, 0x34);
    low = in(0x71);
    out(0x70, 0x35);
    cr_assert_eq(low | (unsigned)in(0x71) << 8, 48 * 16);
}

Test(board, the_exit_port_drains_the_console_first)
{
    out(0x3fa, 1);
    for (const char *p = "goodbye"; *p; p++)
        out(0x3f8, (uint8_t)*p);
    cr_assert_lt(console_used, 7);
    bus_port_write(&ports, 0xf4, 4, 42);
    cr_assert_eq(console_used, 7);
    cr_assert_eq(memcmp(console, "goodbye", 7), 0);
    cr_assert_eq(exits, 1);
    cr_assert_eq(exit_value, 42);
}

Test(board, three_ways_to_reset_and_each_is_named)
{
    out(0x64, 0xfe);
    cr_assert_eq(resets, 1);
    cr_assert(strstr(reset_through, "pulse"));
    out(0x92, 0x03);
    cr_assert_eq(resets, 2);
    cr_assert(strstr(reset_through, "92h"));
    out(0x64, 0xd1);
    out(0x60, 0x00);
    cr_assert_eq(resets, 3);
    cr_assert(strstr(reset_through, "output port"));
}

Test(board, console_bytes_come_back_in)
{
    init_pics();
    out(0x3fc, 0x08);
    out(0x3f9, 1);
    cr_assert(pc_serial_in(pc, 'k'));
    rig_advance(&rig, 10000000);
    cr_assert_eq(pc_intr_ack(pc), 0x24);
    cr_assert_eq(in(0x3f8), 'k');
}

/* --- state --- */

#define MAX_BLOBS 24

Test(board, every_byte_of_every_state_is_described_exactly_once)
{
    struct state_blob blobs[MAX_BLOBS];
    unsigned n = pc_state(pc, blobs, MAX_BLOBS);
    cr_assert_eq(n, 13);
    for (unsigned b = 0; b < n; b++) {
        const struct state_desc *d = blobs[b].desc;
        unsigned char *count = calloc(1, d->size);
        for (uint32_t f = 0; f < d->field_count; f++)
            for (uint32_t i = 0; i < d->fields[f].size * d->fields[f].count; i++)
                count[d->fields[f].offset + i]++;
        for (uint32_t i = 0; i < d->size; i++)
            cr_assert_eq(count[i], 1, "%s: byte %u of %u is listed %u times", d->name, i, d->size,
                         count[i]);
        free(count);
    }
}

static uint64_t hash_of(struct pc *which)
{
    struct state_blob blobs[MAX_BLOBS];
    unsigned n = pc_state(which, blobs, MAX_BLOBS);
    uint64_t hash = STATE_HASH_SEED;
    for (unsigned i = 0; i < n; i++)
        hash = state_hash(hash, blobs[i].desc, blobs[i].data);
    return hash;
}

/* Something of everything: timers at work, a byte on each line, interrupts pending. */
static void make_busy(void)
{
    init_pics();
    out(0x43, 0x36);
    out(0x40, 0x00);
    out(0x40, 0x10);
    out(0x70, 0x0b);
    out(0x71, 0x72);
    out(0x3fa, 0xc1);
    out(0x3fc, 0x08);
    out(0x3f9, 0x0f);
    for (unsigned i = 0; i < 10; i++)
        out(0x3f8, (uint8_t)('0' + i));
    pc_serial_in(pc, 'x');
    pc_key_in(pc, 0x1c);
    const struct io_range *apic = bus_find_mmio(&mmio, BOARD_LAPIC_BASE);
    apic->ops->write(apic->device, 0x320, 4, 0x20070);
    apic->ops->write(apic->device, 0x380, 4, 77777);
}

Test(board, a_restored_board_goes_on_like_the_saved_one)
{
    make_busy();
    rig_advance(&rig, 123457);
    struct state_blob blobs[MAX_BLOBS];
    uint8_t *saved[MAX_BLOBS];
    unsigned n = pc_state(pc, blobs, MAX_BLOBS);
    for (unsigned i = 0; i < n; i++) {
        saved[i] = malloc(state_packed_size(blobs[i].desc));
        state_pack(blobs[i].desc, blobs[i].data, saved[i]);
    }
    uint64_t at = rig.cycle, hash = hash_of(pc);
    bool intr = rig.line[0].level;
    rig_advance(&rig, 3000000);
    uint64_t later = hash_of(pc);
    cr_assert_neq(hash, later);

    pc_destroy(pc); /* into a board fresh from the factory, and where something else was going on */
    build(true);
    out(0x3fc, 0x08);
    out(0x3f9, 0x02);
    rig.cycle = at;
    n = pc_state(pc, blobs, MAX_BLOBS);
    for (unsigned i = 0; i < n; i++) {
        size_t size = state_packed_size(blobs[i].desc);
        cr_assert(state_unpack(blobs[i].desc, blobs[i].data, saved[i], size));
        free(saved[i]);
    }
    pc_state_restored(pc);
    cr_assert_eq(hash_of(pc), hash);
    cr_assert_eq(rig.line[0].level, intr);
    rig_advance(&rig, 3000000);
    cr_assert_eq(hash_of(pc), later);
}

Test(board, slicing_time_changes_nothing)
{
    make_busy();
    rig_advance(&rig, 5000000);
    uint64_t whole = hash_of(pc);
    pc_destroy(pc);
    build(true);
    make_busy();
    for (unsigned i = 0; i < 5000; i++)
        rig_advance(&rig, 1000);
    cr_assert_eq(hash_of(pc), whole);
}

Test(board, random_port_traffic_harms_nobody_and_repeats_exactly)
{
    uint64_t hashes[2];
    for (unsigned run = 0; run < 2; run++) {
        pc_destroy(pc);
        build(true);
        uint64_t x = 88172645463325252ull;
        for (unsigned i = 0; i < 200000; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            const struct io_range *r = &ports.range[x % ports.ranges];
            uint16_t port = (uint16_t)(r->base + (x >> 8) % r->size);
            unsigned size = 1u << ((x >> 20) % 3);
            if (x >> 30 & 1)
                bus_port_write(&ports, port, size, (uint32_t)(x >> 32));
            else
                bus_port_read(&ports, port, size);
            if (!(x >> 40 & 15))
                rig_advance(&rig, x >> 50);
            if (console_used > sizeof console / 2)
                console_used = 0;
            pc_intr_ack(pc);
        }
        hashes[run] = hash_of(pc);
    }
    cr_assert_eq(hashes[0], hashes[1]);
}

/* A back end that takes and gives everything. */
static bool any_sector(void *opaque, uint32_t lba, uint8_t *sector)
{
    (void)opaque, (void)lba, (void)sector;
    return true;
}

static bool any_sector_written(void *opaque, uint32_t lba, const uint8_t *sector)
{
    (void)opaque, (void)lba, (void)sector;
    return true;
}

Test(board, a_spoiled_state_harms_nobody)
{
    uint64_t x = 0x2545f4914f6cdd1dull;
    for (unsigned round = 0; round < 300; round++) {
        pc_destroy(pc);
        rig_init(&rig, 100000000);
        bus_init(&ports);
        bus_init(&mmio);
        struct pc_config config = config_of(&rig, true);
        config.host = (struct pc_host){0};
        config.disk[0] = config.disk[1] =
            (struct disk_backend){5000, any_sector, any_sector_written, NULL};
        cr_assert_eq(pc_create(&pc, &config, NULL), SIM_OK);
        struct state_blob blobs[MAX_BLOBS];
        unsigned n = pc_state(pc, blobs, MAX_BLOBS);
        for (unsigned i = 0; i < n; i++) {
            size_t size = state_packed_size(blobs[i].desc);
            uint8_t *bytes = malloc(size);
            for (size_t k = 0; k < size; k++) {
                x = x * 6364136223846793005ull + 1442695040888963407ull;
                bytes[k] = (uint8_t)(x >> 56);
            }
            cr_assert(state_unpack(blobs[i].desc, blobs[i].data, bytes, size));
            free(bytes);
        }
        pc_state_restored(pc);
        for (unsigned i = 0; i < 2000; i++) {
            x = x * 6364136223846793005ull + 1442695040888963407ull;
            const struct io_range *r = &ports.range[(x >> 33) % ports.ranges];
            uint16_t port = (uint16_t)(r->base + (x >> 45) % r->size);
            if (x >> 63)
                bus_port_write(&ports, port, 1u << ((x >> 60) % 3), (uint32_t)(x >> 20));
            else
                bus_port_read(&ports, port, 1u << ((x >> 60) % 3));
            rig.cycle += (x >> 50) % 1000;
            clock_run(&rig.clock);
            pc_intr_ack(pc);
        }
    }
}

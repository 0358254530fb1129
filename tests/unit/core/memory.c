/* RAM with its page knowledge and hash; buses with their widths and holes. */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/bus.h"
#include "sim/mem.h"

static struct ram ram;

static void setup(void)
{
    cr_assert_eq(ram_create(&ram, 16 * PAGE_SIZE, NULL), SIM_OK);
}

static void teardown(void)
{
    ram_destroy(&ram);
}

TestSuite(ram, .init = setup, .fini = teardown);

Test(ram, sizes_must_be_whole_pages)
{
    struct ram r;
    struct sim_error err;
    cr_assert_eq(ram_create(&r, 0, &err), SIM_BAD_INPUT);
    cr_assert_eq(ram_create(&r, 4097, &err), SIM_BAD_INPUT);
    cr_assert_null(r.bytes);
    ram_destroy(&r);
}

Test(ram, loads_and_stores_are_little_endian_at_any_alignment)
{
    ram_write(&ram, 0xfff, 4, 0x11223344);
    cr_assert_eq(ram.bytes[0xfff], 0x44);
    cr_assert_eq(ram.bytes[0x1002], 0x11);
    cr_assert_eq(ram_read(&ram, 0xfff, 4), 0x11223344);
    cr_assert_eq(ram_read(&ram, 0x1000, 2), 0x2233);
    cr_assert_eq(ram_read(&ram, 0x1000, 1), 0x33);
}

Test(ram, outside_reads_ones_and_ignores_writes)
{
    uint32_t end = ram.size;
    ram_write(&ram, end - 2, 4, 0x11223344);
    cr_assert_eq(ram_read(&ram, end - 2, 4), 0xffff3344);
    cr_assert_eq(ram_read(&ram, end, 4), 0xffffffff);
    cr_assert_eq(ram_read(&ram, 0xfffffffe, 4), 0xffffffff, "no wrap to address 0");
    ram_write(&ram, 0xfffffffe, 4, 0x55555555);
    cr_assert_eq(ram_read(&ram, 0, 4), 0);
}

Test(ram, contains_does_not_overflow)
{
    cr_assert(ram_contains(&ram, 0, ram.size));
    cr_assert_not(ram_contains(&ram, 1, ram.size));
    cr_assert_not(ram_contains(&ram, 0x1000, 0xfffff000));
    cr_assert_not(ram_contains(&ram, 0xfffff000, 0x2000));
}

Test(ram, copies_report_what_was_outside)
{
    uint8_t bytes[8];
    cr_assert(ram_copy_in(&ram, 0x1ffc, "12345678", 8));
    cr_assert(ram_copy_out(&ram, 0x1ffc, bytes, 8));
    cr_assert_eq(memcmp(bytes, "12345678", 8), 0);
    cr_assert_not(ram_copy_in(&ram, ram.size - 4, "abcdefgh", 8));
    cr_assert_not(ram_copy_out(&ram, ram.size - 4, bytes, 8));
    cr_assert_eq(memcmp(bytes, "abcd\377\377\377\377", 8), 0);
}

Test(ram, every_page_of_a_write_is_marked)
{
    ram_copy_in(&ram, 0x1ffc, "12345678", 8);
    cr_assert_eq(ram.page_flags[1], RAM_PAGE_DIRTY);
    cr_assert_eq(ram.page_flags[2], RAM_PAGE_DIRTY);
    cr_assert_eq(ram.page_flags[0] | ram.page_flags[3], 0);
}

static uint32_t told;
static unsigned tells;

static void code_written(void *cpu, uint32_t page)
{
    (void)cpu;
    told = page;
    tells++;
}

Test(ram, a_write_to_a_code_page_tells_the_cpu)
{
    tells = 0;
    ram.code_written = code_written;
    ram.page_flags[3] = RAM_PAGE_CODE;
    ram_write(&ram, 0x3ffe, 4, 1);
    cr_assert_eq(tells, 1);
    cr_assert_eq(told, 0x3000);
    ram_zero_page(&ram, 0x3123);
    cr_assert_eq(tells, 2);
}

Test(ram, zeroing_a_page_zeroes_that_page)
{
    ram_write(&ram, 0x2ffc, 4, 0x1111);
    ram_write(&ram, 0x3000, 4, 0x2222);
    ram_write(&ram, 0x4000, 4, 0x3333);
    ram_zero_page(&ram, 0x3abc);
    cr_assert_eq(ram_read32(&ram, 0x3000), 0);
    cr_assert_eq(ram_read32(&ram, 0x2ffc), 0x1111);
    cr_assert_eq(ram_read32(&ram, 0x4000), 0x3333);
    ram_zero_page(&ram, ram.size);
}

Test(ram, a_zero_page_hashes_as_one_never_written)
{
    uint64_t fresh = ram_hash(&ram, 7);
    ram_write32(&ram, 0x5000, 1);
    cr_assert_neq(ram_hash(&ram, 7), fresh);
    ram_write32(&ram, 0x5000, 0);
    cr_assert_eq(ram_hash(&ram, 7), fresh);
}

Test(ram, taking_the_mark_does_not_change_the_hash)
{
    ram_write32(&ram, 0x5004, 0xabcd);
    uint64_t hash = ram_hash(&ram, 7);
    ram_clear_dirty(&ram);
    cr_assert_eq(ram.page_flags[5] & RAM_PAGE_DIRTY, 0);
    cr_assert_eq(ram_hash(&ram, 7), hash);
    ram.page_flags[6] |= RAM_PAGE_DIRTY; /* the CPU's fast path: first the mark, then the bytes */
    ram.bytes[0x6000] = 1;
    cr_assert_neq(ram_hash(&ram, 7), hash);
}

/* Hashes are kept of clean pages only: whatever happens to the page afterwards is seen. */
Test(ram, what_a_hash_remembers_is_never_old)
{
    static uint8_t page[PAGE_SIZE] = {3};
    ram_write32(&ram, 0x5004, 0xabcd);
    ram_clear_dirty(&ram);
    uint64_t hash = ram_hash(&ram, 7);
    cr_assert(ram.page_flags[5] & RAM_PAGE_HASHED);
    cr_assert_eq(ram_hash(&ram, 7), hash);
    ram_write32(&ram, 0x5008, 1);
    uint64_t written = ram_hash(&ram, 7);
    cr_assert_neq(written, hash);
    ram.bytes[0x5008] = 2; /* a dirty page is written without a word */
    cr_assert_neq(ram_hash(&ram, 7), written);
    ram.bytes[0x5008] = 0;
    ram_clear_dirty(&ram);
    cr_assert_eq(ram_hash(&ram, 7), hash);
    ram.page_flags[5] |= RAM_PAGE_DIRTY;
    ram.bytes[0x5008] = 1;
    ram_clear_dirty(&ram); /* hashed, written, clean again */
    cr_assert_eq(ram_hash(&ram, 7), written);
    ram_restore_page(&ram, 5, page);
    cr_assert_neq(ram_hash(&ram, 7), written);
    cr_assert_neq(ram_hash(&ram, 7), hash);
}

Test(ram, the_hash_sees_every_byte_and_its_place)
{
    uint64_t seen[64];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t at = i * 997 % ram.size;
        ram.page_flags[at / PAGE_SIZE] |= RAM_PAGE_DIRTY;
        ram.bytes[at] ^= 1;
        seen[i] = ram_hash(&ram, 1);
        ram.bytes[at] ^= 1;
        for (unsigned j = 0; j < i; j++)
            cr_assert_neq(seen[i], seen[j]);
    }
}

Test(ram, equal_pages_in_exchanged_places_hash_differently)
{
    ram_write32(&ram, 0x1000, 1);
    ram_write32(&ram, 0x2000, 2);
    uint64_t hash = ram_hash(&ram, 1);
    ram_write32(&ram, 0x1000, 2);
    ram_write32(&ram, 0x2000, 1);
    cr_assert_neq(ram_hash(&ram, 1), hash);
}

Test(ram, different_sizes_hash_differently)
{
    struct ram other;
    ram_create(&other, 32 * PAGE_SIZE, NULL);
    cr_assert_neq(ram_hash(&other, 1), ram_hash(&ram, 1));
    ram_destroy(&other);
}

/* --- buses --- */

static struct {
    uint32_t offset, value;
    unsigned size;
    char kind;
} calls[8];
static unsigned n_calls;

static uint32_t dev_read(void *device, uint32_t offset, unsigned size)
{
    (void)device;
    calls[n_calls].offset = offset;
    calls[n_calls].size = size;
    calls[n_calls++].kind = 'r';
    return 0x80706050u + offset;
}

static void dev_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    (void)device;
    calls[n_calls].offset = offset;
    calls[n_calls].size = size;
    calls[n_calls].value = value;
    calls[n_calls++].kind = 'w';
}

static const struct io_ops ops = {dev_read, dev_write}, silent = {0};
static struct io_bus bus;

static void bus_setup(void)
{
    n_calls = 0;
    bus_init(&bus);
    const struct io_range ranges[] = {
        {0x100, 4, IO_LEGACY, &ops, NULL, "bytes", 1},
        {0x200, 8, IO_LEGACY, &ops, NULL, "words", 2},
        {0x300, 1, IO_LEGACY, &ops, NULL, "wide port", 4},
        {0x400, 4, IO_LEGACY, &silent, NULL, "deaf and dumb", 4},
        {0xfffe, 2, IO_LEGACY, &ops, NULL, "last", 1},
    };
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        bus_add_ports(&bus, &ranges[i]);
}

TestSuite(bus, .init = bus_setup);

Test(bus, a_device_sees_offsets)
{
    cr_assert_eq(bus_port_read(&bus, 0x102, 1), 0x52);
    cr_assert_eq(calls[0].offset, 2);
}

Test(bus, a_wide_access_to_a_byte_device_is_split_lowest_first)
{
    bus_port_write(&bus, 0x101, 2, 0xaabb);
    cr_assert_eq(n_calls, 2);
    cr_assert_eq(calls[0].offset, 1);
    cr_assert_eq(calls[0].value, 0xbb);
    cr_assert_eq(calls[1].offset, 2);
    cr_assert_eq(calls[1].value, 0xaa);
    cr_assert_eq(bus_port_read(&bus, 0x100, 4), 0x53525150);
}

Test(bus, an_access_past_a_range_goes_on_in_nobodys_land)
{
    cr_assert_eq(bus_port_read(&bus, 0x103, 2), 0xff53);
    cr_assert_eq(bus_port_read(&bus, 0xff, 2), 0x50ff);
}

Test(bus, a_16_bit_device_gets_words)
{
    bus_port_write(&bus, 0x200, 4, 0x11223344);
    cr_assert_eq(n_calls, 2);
    cr_assert_eq(calls[0].size, 2);
    cr_assert_eq(calls[0].value, 0x3344);
    cr_assert_eq(calls[1].offset, 2);
    cr_assert_eq(calls[1].value, 0x1122);
}

Test(bus, a_one_port_range_may_be_wider_than_its_address)
{
    bus_port_write(&bus, 0x300, 4, 0x11223344);
    cr_assert_eq(n_calls, 1);
    cr_assert_eq(calls[0].size, 4);
}

Test(bus, null_callbacks_are_an_empty_place)
{
    cr_assert_eq(bus_port_read(&bus, 0x400, 4), 0xffffffff);
    bus_port_write(&bus, 0x400, 4, 1);
    cr_assert_eq(n_calls, 0);
}

Test(bus, there_is_no_port_beyond_ffff)
{
    cr_assert_eq(bus_port_read(&bus, 0xffff, 4), 0xffffff51);
    bus_port_write(&bus, 0xffff, 2, 0x1234);
    cr_assert_eq(n_calls, 2);
    cr_assert_eq(calls[1].value, 0x34);
}

Test(bus, memory_mapped_ranges_move)
{
    struct io_bus mm;
    int device;
    bus_init(&mm);
    const struct io_range r = {0xfffff000, 0x1000, IO_APIC, &ops, &device, "top", 4};
    bus_add_mmio(&mm, &r);
    cr_assert_not_null(bus_find_mmio(&mm, 0xffffffff));
    cr_assert_null(bus_find_mmio(&mm, 0));
    bus_move_mmio(&mm, &device, 0x1000, 0x1000);
    cr_assert_not_null(bus_find_mmio(&mm, 0x1000));
    cr_assert_null(bus_find_mmio(&mm, 0xfffff000));
    bus_move_mmio(&mm, &device, 0x1000, 0);
    cr_assert_null(bus_find_mmio(&mm, 0x1000));
}

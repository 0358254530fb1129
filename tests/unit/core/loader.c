/* The Multiboot loader with good images: what lies where, what the information says, modules,
 * tables of the firmware. */
#include <criterion/criterion.h>
#include <string.h>

#include "elf.h"
#include "sim/abi/board.h"

static struct elf_world w;

static void setup(void)
{
    elf_good(&w);
}

TestSuite(loader, .init = setup);

Test(loader, segments_go_to_their_physical_addresses_and_bss_is_zero)
{
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    cr_assert_arr_eq(w.ram + 0x100000, w.image + 0x1000, 0x800);
    for (unsigned i = 0x800; i < 0x1800; i++)
        cr_assert_eq(w.ram[0x100000 + i], 0);
    cr_assert_eq(w.ram[0x101800], 0xcc, "nothing behind it");
    cr_assert_arr_eq(w.ram + 0x200000, w.image + 0x2000, 0x400);
}

Test(loader, a_virtual_entry_point_becomes_physical)
{
    cr_assert_eq(elf_load(&w), SIM_OK);
    cr_assert_eq(w.entry.eip, 0x100010);
    cr_assert_eq(w.entry.eax, 0x2badb002);
}

Test(loader, a_physical_entry_point_stays)
{
    elf_put32(&w, 24, 0x100020);
    cr_assert_eq(elf_load(&w), SIM_OK);
    cr_assert_eq(w.entry.eip, 0x100020);
}

Test(loader, an_entry_in_the_last_byte_of_a_segment_counts)
{
    elf_put32(&w, 24, 0xc0100000 + 0x17ff);
    cr_assert_eq(elf_load(&w), SIM_OK);
    elf_put32(&w, 24, 0xc0100000 + 0x1800);
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
}

Test(loader, the_information_says_memory_command_line_and_loader)
{
    cr_assert_eq(elf_load(&w), SIM_OK);
    uint32_t info = w.entry.ebx;
    cr_assert_eq(elf_ram32(&w, info), 0x245);
    cr_assert_eq(elf_ram32(&w, info + 4), 639);
    cr_assert_eq(elf_ram32(&w, info + 8), 3 * 1024);
    cr_assert_str_eq((char *)w.ram + elf_ram32(&w, info + 16), "a=1 b");
    cr_assert_str_eq((char *)w.ram + elf_ram32(&w, info + 64), "Ringside");
    cr_assert_eq(elf_ram32(&w, info + 20), 0);
    cr_assert_lt(info, BOARD_LOWMEM_END);
    cr_assert_geq(info, 0x1000);
}

Test(loader, the_memory_map_covers_the_ram_and_nothing_twice)
{
    cr_assert_eq(elf_load(&w), SIM_OK);
    uint32_t at = elf_ram32(&w, w.entry.ebx + 48), end = at + elf_ram32(&w, w.entry.ebx + 44);
    uint64_t available = 0, last = 0;
    unsigned entries = 0;
    for (; at < end; at += elf_ram32(&w, at) + 4, entries++) {
        uint64_t base = elf_ram32(&w, at + 4), length = elf_ram32(&w, at + 12);
        cr_assert_geq(base, last);
        last = base + length;
        if (elf_ram32(&w, at + 20) == 1)
            available += length;
    }
    cr_assert_eq(at, end);
    cr_assert_eq(entries, 4);
    cr_assert_eq(available, 0x9fc00 + ELF_GUEST_RAM - 0x100000);
    cr_assert_eq(last, ELF_GUEST_RAM);
}

Test(loader, modules_lie_on_pages_behind_the_kernel)
{
    static uint8_t first[5000], second[3] = {1, 2, 3};
    memset(first, 0x5a, sizeof first);
    const struct loader_module modules[] = {
        {first, sizeof first, "one x"}, {second, 3, NULL}, {second, 0, "empty"}};
    w.in.modules = modules;
    w.in.module_count = 3;
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    uint32_t info = w.entry.ebx, list = elf_ram32(&w, info + 24);
    cr_assert_eq(elf_ram32(&w, info) & 8, 8);
    cr_assert_eq(elf_ram32(&w, info + 20), 3);
    cr_assert_eq(elf_ram32(&w, list), 0x201000);
    cr_assert_eq(elf_ram32(&w, list + 4), 0x201000 + 5000);
    cr_assert_str_eq((char *)w.ram + elf_ram32(&w, list + 8), "one x");
    cr_assert_eq(elf_ram32(&w, list + 16), 0x203000);
    cr_assert_str_eq((char *)w.ram + elf_ram32(&w, list + 24), "");
    cr_assert_eq(elf_ram32(&w, list + 32), 0x204000);
    cr_assert_eq(elf_ram32(&w, list + 36), 0x204000);
    cr_assert_arr_eq(w.ram + 0x201000, first, sizeof first);
    cr_assert_arr_eq(w.ram + 0x203000, second, 3);
}

Test(loader, no_command_line_is_an_empty_one)
{
    w.in.cmdline = NULL;
    cr_assert_eq(elf_load(&w), SIM_OK);
    cr_assert_str_eq((char *)w.ram + elf_ram32(&w, w.entry.ebx + 16), "");
}

Test(loader, the_information_makes_way_for_a_kernel_in_low_memory)
{
    elf_put32(&w, ELF_PHDR + 32 + 12, 0x9f800);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    cr_assert_leq(w.entry.ebx, 0x9f800 - 88);
    cr_assert_arr_eq(w.ram + 0x9f800, w.image + 0x2000, 0x400);
}

Test(loader, every_optional_and_known_flag_is_taken)
{
    static const uint32_t flags[] = {0, 1, 2, 3, 4, 7, 0xfffe0000};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        elf_flags(&w, flags[i]);
        cr_assert_eq(elf_load(&w), SIM_OK, "%x: %s", flags[i], w.err.text);
    }
}

Test(loader, a_header_with_a_wrong_checksum_is_skipped_for_the_right_one)
{
    elf_put32(&w, 0x200, 0x1badb002);
    elf_put32(&w, 0x204, 0xffff);
    cr_assert_eq(elf_load(&w), SIM_OK);
}

/* The address fields: header at file offset 1000h is at 100000h; 800h bytes before it in the file
 * are loaded too. */
static void addresses(uint32_t header, uint32_t load, uint32_t load_end, uint32_t bss_end,
                      uint32_t entry)
{
    elf_flags(&w, 0x10003);
    const uint32_t field[5] = {header, load, load_end, bss_end, entry};
    for (unsigned i = 0; i < 5; i++)
        elf_put32(&w, ELF_HEADER + 12 + 4 * i, field[i]);
}

Test(loader, address_fields_load_a_flat_image)
{
    addresses(0x100800, 0x100000, 0x101000, 0x102000, 0x100400);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    cr_assert_arr_eq(w.ram + 0x100000, w.image + 0x800, 0x1000);
    for (unsigned i = 0x1000; i < 0x2000; i++)
        cr_assert_eq(w.ram[0x100000 + i], 0);
    cr_assert_eq(w.ram[0x102000], 0xcc);
    cr_assert_eq(w.entry.eip, 0x100400);
}

Test(loader, zero_ends_mean_the_whole_file_and_no_bss)
{
    addresses(0x101000, 0x100000, 0, 0, 0x100000);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    cr_assert_arr_eq(w.ram + 0x100000, w.image, ELF_SIZE);
    cr_assert_eq(w.ram[0x100000 + ELF_SIZE], 0xcc);
}

Test(loader, address_fields_need_no_elf)
{
    addresses(0x101000, 0x100000, 0, 0, 0x100000);
    memset(w.image, 0, 52);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
}

Test(loader, wrong_address_fields_are_refused)
{
    static const uint32_t rows[][5] = {
        {0x0ff000, 0x100000, 0, 0, 0x100000},               /* header before load */
        {0x101004, 0x100000, 0, 0, 0x100000},               /* load before the file */
        {0x101000, 0x100000, 0x0ff000, 0, 0x100000},        /* end before start */
        {0x101000, 0x100000, 0x104000, 0, 0x100000},        /* cut off */
        {0x101000, 0x100000, 0x102000, 0x101000, 0x100000}, /* bss inside data */
        {0x101000, 0x100000, 0, 0xfff00000, 0x100000},      /* bss beyond RAM */
        {0x101000, 0x100000, 0, 0, 0x90000},                /* entry elsewhere */
        {0x001000, 0x000000, 0, 0, 0x000000},               /* over the BIOS data area */
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        addresses(rows[i][0], rows[i][1], rows[i][2], rows[i][3], rows[i][4]);
        cr_assert_eq(elf_load(&w), SIM_BAD_INPUT, "row %u", i);
        cr_assert_eq(w.writes, 0);
    }
}

/* --- the firmware's tables --- */

static unsigned sum(uint32_t pa, unsigned n)
{
    unsigned s = 0;
    for (unsigned i = 0; i < n; i++)
        s += w.ram[pa + i];
    return s & 0xff;
}

Test(loader, the_mp_table_describes_one_cpu)
{
    cr_assert_eq(elf_load(&w), SIM_OK);
    uint32_t pointer = 0x9fc10;
    cr_assert_eq(memcmp(w.ram + pointer, "_MP_", 4), 0);
    cr_assert_eq(sum(pointer, 16), 0);
    uint32_t table = elf_ram32(&w, pointer + 4);
    cr_assert_eq(memcmp(w.ram + table, "PCMP", 4), 0);
    unsigned length = elf_ram32(&w, table + 4) & 0xffff, entries = elf_ram32(&w, table + 32) >> 16;
    cr_assert_eq(sum(table, length), 0);
    cr_assert_eq(elf_ram32(&w, table + 36), BOARD_LAPIC_BASE);
    unsigned kinds[5] = {0};
    uint32_t at = table + 44;
    for (unsigned i = 0; i < entries; i++) {
        cr_assert_lt(w.ram[at], 5);
        kinds[w.ram[at]]++;
        at += w.ram[at] == 0 ? 20 : 8;
    }
    cr_assert_eq(at, table + length);
    const unsigned expected[5] = {1, 1, 1, 15, 2};
    cr_assert_arr_eq(kinds, expected, sizeof kinds);
}

Test(loader, a_pc_without_apics_has_no_mp_table)
{
    w.mem.without_apic = true;
    cr_assert_eq(elf_load(&w), SIM_OK);
    cr_assert_neq(memcmp(w.ram + 0x9fc10, "_MP_", 4), 0);
}

Test(loader, the_bios_data_area_names_com1_ebda_and_memory)
{
    cr_assert_eq(elf_load(&w), SIM_OK);
    cr_assert_eq(elf_ram32(&w, 0x400) & 0xffff, 0x3f8);
    cr_assert_eq(elf_ram32(&w, 0x40e) & 0xffff, 0x9fc0);
    cr_assert_eq(elf_ram32(&w, 0x413) & 0xffff, 639);
    cr_assert_eq(w.ram[0x9fc00], 1);
}

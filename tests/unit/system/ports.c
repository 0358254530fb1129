/*
 * Port permission by IOPL and by the I/O bitmap, bit by bit; IN and OUT.
 */
#include "box.h"

#include "cpu/io.h"

static struct box b;

#define MAP 0x80u /* the bitmap's offset in the TSS */

static void with_bitmap(unsigned cpl, unsigned iopl, uint32_t tss_limit)
{
    box_init(&b, cpl);
    cpu_set_eflags(&b.cpu, FLAG_FIXED1 | iopl << 12);
    b.cpu.s.seg[SEG_TR].limit = tss_limit;
    box_write(&b, BOX_TSS + 0x66, 2, MAP);
    memset(b.ram + BOX_TSS + MAP, 0xff, 0x2001);
}

Test(ports, iopl_grants_all_ports_without_a_bitmap)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        for (unsigned iopl = 0; iopl < 4; iopl++) {
            with_bitmap(cpl, iopl, MAP + 0x2000);
            cr_assert_eq(io_permission(&b.cpu, 0x60, 1), cpl <= iopl, "CPL %u IOPL %u", cpl, iopl);
        }
    }
}

Test(ports, every_bit_of_an_access_must_be_clear)
{
    for (unsigned size = 1; size <= 4; size *= 2) {
        for (unsigned port = 0x3f0; port < 0x400; port++) {
            for (unsigned denied = 0x3f0; denied < 0x404; denied++) {
                with_bitmap(3, 0, MAP + 0x2000);
                memset(b.ram + BOX_TSS + MAP, 0, 0x2000);
                b.ram[BOX_TSS + MAP + denied / 8] = (uint8_t)(1u << (denied & 7));
                bool expected = denied < port || denied >= port + size;
                cr_assert_eq(io_permission(&b.cpu, (uint16_t)port, size), expected,
                             "port %#x size %u denied %#x", port, size, denied);
            }
        }
    }
}

struct limit_row {
    const char *what;
    uint32_t limit;
    uint16_t port;
    unsigned size;
    bool allowed;
};

static const struct limit_row limit_rows[] = {
    {"both bytes inside", MAP + 0x11, 0x80, 1, true},
    {"the byte past the port's is outside", MAP + 0x10, 0x80, 1, false},
    {"the port's byte is outside", MAP + 0x0f, 0x80, 1, false},
    {"a port further up is outside", MAP + 0x11, 0x88, 1, false},
    {"TSS ends within the map base", 0x66, 0x80, 1, false},
    {"TSS ends right after the map base, map outside", 0x67, 0x80, 1, false},
    {"last port with the closing byte", MAP + 0x2000, 0xffff, 1, true},
    {"last port without the closing byte", MAP + 0x1fff, 0xffff, 1, false},
    {"last port, word, closing byte of ones", MAP + 0x2000, 0xffff, 2, false},
};

ROWS_TEST(ports, two_bytes_of_the_map_are_read_within_the_limit, limit_rows)
{
    with_bitmap(3, 0, row->limit);
    memset(b.ram + BOX_TSS + MAP, 0, 0x2000);
    cr_assert_eq(io_permission(&b.cpu, row->port, row->size), row->allowed, "%s", row->what);
    if (!row->allowed)
        box_expect_fault(&b, row->what, GP(0));
}

Test(ports, map_may_lie_anywhere_in_the_tss_also_before_its_own_base)
{
    with_bitmap(3, 0, 0x67); /* the limit is the last byte of the map base */
    box_write(&b, BOX_TSS + 0x66, 2, 0x10);
    box_write(&b, BOX_TSS + 0x10, 2, 0xfffb);
    cr_assert(io_permission(&b.cpu, 2, 1));
    cr_assert_not(io_permission(&b.cpu, 1, 1));
}

Test(ports, sixteen_bit_tss_has_no_map)
{
    with_bitmap(3, 0, MAP + 0x2000);
    memset(b.ram + BOX_TSS + MAP, 0, 0x2000);
    b.cpu.s.seg[SEG_TR].ar = 0x83;
    cr_assert_not(io_permission(&b.cpu, 0x80, 1));
    box_expect_fault(&b, "16-bit TSS", GP(0));
}

Test(ports, map_on_an_absent_page_is_a_supervisor_page_fault)
{
    with_bitmap(3, 0, MAP + 0x2000);
    b.page_rights[(BOX_TSS + MAP + 0x1000) >> 12] = 0;
    cr_assert_not(io_permission(&b.cpu, 0x8000, 1));
    box_expect_fault(&b, "map", PF(0));
}

struct io_row {
    const char *bytes;
    unsigned length, size, port;
    bool in;
};

static const struct io_row io_rows[] = {
    {"\xe4\xf4", 2, 1, 0xf4, true},      {"\xe5\xf4", 2, 4, 0xf4, true},
    {"\x66\xe5\x60", 3, 2, 0x60, true},  {"\xec", 1, 1, 0xabcd, true},
    {"\xed", 1, 4, 0xabcd, true},        {"\x66\xed", 2, 2, 0xabcd, true},
    {"\xe6\xf4", 2, 1, 0xf4, false},     {"\xe7\xf4", 2, 4, 0xf4, false},
    {"\x66\xe7\x60", 3, 2, 0x60, false}, {"\xee", 1, 1, 0xabcd, false},
    {"\xef", 1, 4, 0xabcd, false},       {"\x66\xef", 2, 2, 0xabcd, false},
};

TABLE_TEST(ports, in_and_out_move_the_accumulators_low_part, io_rows)
{
    uint32_t mask = row->size == 4 ? 0xffffffffu : (1u << (8 * row->size)) - 1;
    box_init(&b, 0);
    b.cpu.s.gpr[R_EAX] = 0x11223344;
    b.cpu.s.gpr[R_EDX] = 0x9999abcd;
    b.port_value = 0x55667788u & mask;
    cr_assert(box_run(&b, row->bytes, row->length));
    cr_assert_eq(b.last_port, row->port);
    cr_assert_eq(b.last_port_size, row->size);
    if (row->in)
        cr_assert_eq(b.cpu.s.gpr[R_EAX], (0x11223344u & ~mask) | (0x55667788u & mask));
    else
        cr_assert_eq(b.port_value, 0x11223344u & mask);
}

Test(ports, refused_access_reaches_no_device)
{
    with_bitmap(3, 0, MAP + 0x2000);
    b.last_port = 0xdead;
    cr_assert_not(RUN(&b, "\xe4\x60"));
    box_expect_fault(&b, "in", GP(0));
    cr_assert_not(RUN(&b, "\xe6\x60"));
    cr_assert_eq(b.last_port, 0xdead);
}

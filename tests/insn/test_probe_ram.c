/*
 * Watching RAM and ports, and the proof that nothing is missed: a copy of memory that lives from
 * what is told alone stays equal to memory.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cache.h"
#include "probe_log.h"
#include "rig_words.h"

static struct rig *r;

/* What ram.watched told. */
static struct {
    uint8_t copy[RIG_RAM];
    unsigned n;
    uint32_t pa, size;
    uint8_t before, first;
} seen;

static void on_watched(void *context, uint32_t pa, uint32_t n, const void *bytes)
{
    const struct ram *ram = context;

    cr_assert_eq((pa ^ (pa + n - 1)) & PAGE_MASK, 0, "within a page");
    cr_assert_arr_eq(seen.copy + pa, ram->bytes + pa, n,
                     "told before, and of all that came before");
    memcpy(seen.copy + pa, bytes, n);
    seen.n++;
    seen.pa = pa;
    seen.size = n;
    seen.before = ram->bytes[pa];
    seen.first = *(const uint8_t *)bytes;
}

static void setup(void)
{
    r = rig_create();
    cr_assert(r);
    rig_reset(r, 3);
    r->m->ram.watched = on_watched;
    r->m->ram.watch_context = &r->m->ram;
    memcpy(seen.copy, r->m->ram.bytes, RIG_RAM);
    seen.n = 0;
}

static void teardown(void)
{
    rig_destroy(r);
}

TestSuite(probe_ram, .init = setup, .fini = teardown);

Test(probe_ram, the_cpus_stores_to_a_watched_page_are_told_also_after_it_was_fast)
{
    PUT(r, RIG_CODE, 0x89, 0x0b, 0x41, 0xeb, 0xfb); /* mov [ebx], ecx; inc ecx; jmp */
    memcpy(seen.copy, r->m->ram.bytes, RIG_RAM);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA + 8;
    rig_go(r, 300);
    cr_expect_eq(seen.n, 0);
    memcpy(seen.copy, r->m->ram.bytes, RIG_RAM);
    cpu_watch_ram(CPU(r), RIG_DATA + 0x123, true);
    rig_go(r, 30);
    cr_expect_eq(seen.n, 10);
    cr_expect_eq(seen.pa, RIG_DATA + 8);
    cr_expect_eq(seen.size, 4);
    cr_expect_eq(seen.before, 108);
    cr_expect_eq(seen.first, 109);
    cpu_watch_ram(CPU(r), RIG_DATA, false);
    rig_go(r, 30);
    cr_expect_eq(seen.n, 10);
}

Test(probe_ram, loads_are_not_told_and_stay_fast)
{
    PUT(r, RIG_CODE, 0x8b, 0x03, 0xeb, 0xfc);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    cpu_watch_ram(CPU(r), RIG_DATA, true);
    rig_go(r, 30);
    cr_expect_eq(seen.n, 0);
    cr_expect_eq(CPU(r)->cache->fast[FAST_USER][RIG_DATA >> PAGE_SHIFT & 255].read_tag, RIG_DATA);
}

Test(probe_ram, stores_from_outside_are_told)
{
    static const uint8_t three_pages[2 * PAGE_SIZE + 2] = {[0] = 7, [PAGE_SIZE + 5] = 9};
    struct ram *ram = &r->m->ram;

    cpu_watch_ram(CPU(r), RIG_DATA, true);
    ram_write32(ram, RIG_DATA + 4, 0x01020304);
    cr_expect(seen.n == 1 && seen.size == 4 && seen.pa == RIG_DATA + 4 && seen.first == 4);
    ram_write(ram, RIG_DATA + 7, 1, 0xfe);
    cr_expect(seen.n == 2 && seen.size == 1 && seen.before == 1 && seen.first == 0xfe);
    ram_copy_in(ram, RIG_DATA - 1, three_pages, 3);
    cr_expect(seen.n == 3 && seen.size == 2 && seen.pa == RIG_DATA, "the part in the page");
    ram_copy_in(ram, RIG_DATA - PAGE_SIZE, three_pages, sizeof three_pages);
    cr_expect(seen.n == 4 && seen.size == PAGE_SIZE);
    ram_zero_page(ram, RIG_DATA);
    cr_expect(seen.n == 5 && seen.size == PAGE_SIZE && seen.first == 0 && seen.before == 0);
    ram_write32(ram, RIG_DATA + PAGE_SIZE, 5);
    cr_expect_eq(seen.n, 5);
}

Test(probe_ram, accessed_and_dirty_bits_are_told)
{
    PUT(r, RIG_CODE, 0x89, 0x0b, 0xeb, 0xfe);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    cpu_watch_ram(CPU(r), RIG_TABLE, true);
    memcpy(seen.copy, r->m->ram.bytes, RIG_RAM);
    rig_go(r, 1);
    cr_expect_eq(seen.n, 2, "A of the code page, A and D of the data page");
    cr_expect_eq(seen.pa, RIG_TABLE + 4 * (RIG_DATA >> PAGE_SHIFT));
    cr_expect_eq(seen.first & (PTE_A | PTE_D), PTE_A | PTE_D);
    cr_expect_eq(seen.before & (PTE_A | PTE_D), 0);
}

Test(probe_ram, an_address_outside_ram_is_refused_quietly)
{
    cpu_watch_ram(CPU(r), RIG_RAM, true);
    cpu_watch_ram(CPU(r), 0xfee00000, true);
    cpu_watch_ram(CPU(r), 0xfee00000, false);
    rig_go(r, 1);
}

/* ------------------------------------------------------------------------------------------ nothing is missed */

static struct probe_log *told;
static uint8_t by_data[RIG_RAM];

static void apply_data(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                       enum cpu_access access, uint32_t value)
{
    (void)context, (void)c, (void)linear;
    if (access == ACCESS_WRITE)
        memcpy(by_data + pa, &value, size);
    else
        cr_assert_arr_eq(by_data + pa, &value, size, "a load of what was never told");
}

static uint64_t next(uint64_t *x)
{
    return (*x = *x * 6364136223846793005u + 1442695040888963407u) >> 16;
}

/* Bytes that are often instructions with memory operands near the data. */
static void random_code(uint64_t *x)
{
    static const uint8_t likely[] = {0x01, 0x03, 0x10, 0x29, 0x31, 0x50, 0x58, 0x60, 0x61, 0x66,
                                     0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8f, 0xa4, 0xa5, 0xaa,
                                     0xab, 0xc6, 0xc8, 0xc9, 0xcc, 0xd1, 0xe8, 0xf2, 0xf3, 0xfe,
                                     0xff, 0x0f, 0xab, 0xb0, 0xc1, 0x1e, 0x07, 0xce, 0x68, 0x6a};
    uint8_t code[256];

    for (unsigned i = 0; i < sizeof code; i++)
        code[i] = next(x) % 3 ? likely[next(x) % sizeof likely] : (uint8_t)next(x);
    rig_put(r, RIG_CODE, code, sizeof code);
}

/* Runs random code at both levels; afterwards both copies are what memory is, page tables aside for
 * the one that is told of instructions only. */
Test(probe_ram, copies_that_live_from_what_is_told_stay_equal_to_memory)
{
    uint64_t x = 99;
    unsigned stores = 0;

    told = calloc(1, sizeof *told);
    cr_assert(told);
    log_attach(told, r);
    told->all = true;
    told->probe.data = apply_data;
    for (uint32_t page = 0; page < RIG_RAM; page += PAGE_SIZE)
        cpu_watch_ram(CPU(r), page, true);
    for (unsigned turn = 0; turn < 4000; turn++) {
        told->n = 0;
        rig_clear(r);
        random_code(&x);
        rig_reset(r, turn & 1 ? 3 : 0);
        for (unsigned i = 0; i < 8; i++)
            CPU(r)->s.gpr[i] = RIG_DATA + (uint32_t)(next(&x) % 0x3f80);
        CPU(r)->s.gpr[R_ECX] = (uint32_t)(next(&x) % 40);
        for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at += 64)
            ram_write32(&r->m->ram, at, (uint32_t)next(&x));
        memcpy(by_data, r->m->ram.bytes, RIG_RAM);
        unsigned before = seen.n;
        rig_go(r, 60);
        stores += seen.n - before;
        cr_assert_arr_eq(seen.copy, r->m->ram.bytes, RIG_RAM, "turn %u", turn);
        memcpy(by_data + RIG_DIRECTORY, r->m->ram.bytes + RIG_DIRECTORY, 2 * PAGE_SIZE);
        cr_assert_arr_eq(by_data, r->m->ram.bytes, RIG_RAM, "turn %u", turn);
    }
    cr_expect_gt(stores, 20000, "%u stores only: the code does nothing", stores);
    free(told);
}

/* ------------------------------------------------------------------------------------------ ports */

static struct {
    unsigned n;
    uint16_t port[16];
    unsigned size[16];
    bool write[16];
    uint32_t value[16];
} ports;

static void on_port(void *context, uint16_t port, unsigned size, bool write, uint32_t value)
{
    (void)context;
    ports.port[ports.n] = port;
    ports.size[ports.n] = size;
    ports.write[ports.n] = write;
    ports.value[ports.n++] = value;
}

static void expect_port(unsigned i, uint16_t port, unsigned size, bool write, uint32_t value)
{
    cr_expect(ports.port[i] == port && ports.size[i] == size && ports.write[i] == write &&
                  ports.value[i] == value,
              "access %u: port %#x, %u bytes, %d, %#x", i, ports.port[i], ports.size[i],
              ports.write[i], ports.value[i]);
}

/* out 80h, al; in al, 80h; out dx, eax; in ax, dx; rep outsb: one each, however many cycles the bus
 * makes of it. */
Test(probe_ram, port_accesses_are_told_once_each)
{
    rig_reset(r, 0);
    r->m->ports.watch = on_port;
    CPU(r)->s.gpr[R_EAX] = 0x11223344;
    CPU(r)->s.gpr[R_EDX] = 0x2e0;
    CPU(r)->s.gpr[R_ESI] = RIG_DATA;
    CPU(r)->s.gpr[R_ECX] = 3;
    PUT(r, RIG_DATA, 7, 8, 9);
    PUT(r, RIG_CODE, 0xe6, 0x80, 0xe4, 0x80, 0xef, 0x66, 0xed, 0xf3, 0x6e, 0xeb, 0xfe);
    rig_go(r, 7);
    cr_assert_eq(ports.n, 7);
    expect_port(0, 0x80, 1, true, 0x44);
    expect_port(1, 0x80, 1, false, 0x44);
    expect_port(2, 0x2e0, 4, true, 0x11223344);
    expect_port(3, 0x2e0, 2, false, 0xffff);
    for (unsigned i = 0; i < 3; i++)
        expect_port(4 + i, 0x2e0, 1, true, 7 + i);
}

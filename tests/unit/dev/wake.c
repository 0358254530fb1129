/*
 * What can wake a halted processor (pc_what_wakes), against what does: boards programmed at random,
 * then left alone, then given a byte and a key.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "rig.h"
#include "sim/abi/board.h"
#include "sim/mem.h"
#include "sim/pc.h"

#define HZ     1000000u
#define BOARDS 60000u

static struct rig rig;
static struct io_bus ports, mmio;
static struct pc *pc;
static uint64_t random_state;

static uint32_t any(void)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33);
}

static uint32_t one_of(const uint32_t *values, unsigned n)
{
    return values[any() % n];
}
#define ONE_OF(...)                                                                                \
    one_of((const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void build(bool with_apic)
{
    rig_init(&rig, HZ);
    bus_init(&ports);
    bus_init(&mmio);
    const struct pc_config config = {.clock = &rig.clock,
                                     .ports = &ports,
                                     .mmio = &mmio,
                                     .intr = rig_line(&rig, 0),
                                     .nmi = rig_line(&rig, 1),
                                     .ram_bytes = 1u << 20,
                                     .with_apic = with_apic};
    cr_assert_eq(pc_create(&pc, &config, NULL), SIM_OK);
}

static void out(uint16_t port, uint32_t v)
{
    bus_port_write(&ports, port, 1, v & 0xffu);
}

static void apic(uint32_t pa, uint32_t v)
{
    const struct io_range *r = bus_find_mmio(&mmio, pa);
    if (r)
        r->ops->write(r->device, pa & ~PAGE_MASK, 4, v);
}

/* ---------------------------------------- something done to each chip */

static void touch_pics(void)
{
    if (any() % 4)
        for (unsigned i = 0; i < 2; i++) {
            uint16_t at = i ? BOARD_PIC2_PORT : BOARD_PIC1_PORT;
            out(at, ONE_OF(0x11, 0x11, 0x11, 0x13, 0x19));
            out(at + 1, i ? 0x28 : 0x20);
            out(at + 1, i ? 2 : 4);
            out(at + 1, ONE_OF(1, 1, 3, 0x11));
        }
    out(BOARD_PIC1_PORT + 1, ONE_OF(0, 0xff, 0xfe, 0xfb, 0xef, 0xfd, any()));
    out(BOARD_PIC2_PORT + 1, ONE_OF(0, 0xff, 0xfe, any()));
    if (any() % 4 == 0)
        out(BOARD_PIC_ELCR_PORT, any());
}

/* Takes interrupts and sometimes forgets to end them. */
static void serve(void)
{
    for (unsigned i = 0; rig.line[0].level && i < 20; i++) {
        (void)pc_intr_ack(pc);
        if (any() % 2)
            out(BOARD_PIC2_PORT, 0x20);
        if (any() % 2)
            out(BOARD_PIC1_PORT, 0x20);
        if (any() % 2)
            apic(BOARD_LAPIC_BASE + 0xb0, 0);
    }
}

static void touch_pit(void)
{
    out(BOARD_PIT_PORT + 3, ONE_OF(0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x31));
    out(BOARD_PIT_PORT, any());
    if (any() % 8)
        out(BOARD_PIT_PORT, any() | 0x20u); /* at most 146 times a second */
}

static void touch_rtc(void)
{
    for (unsigned reg = 1; reg < 6; reg += 2) {
        out(BOARD_RTC_PORT, reg);
        out(BOARD_RTC_PORT + 1, reg == 1 ? ONE_OF(0xff, 0x12, 0x61) : ONE_OF(0xff, 0xff, 0x61));
    }
    out(BOARD_RTC_PORT, 0x0a);
    out(BOARD_RTC_PORT + 1, ONE_OF(0x26, 0x26, 0x20, 0x76));
    out(BOARD_RTC_PORT, 0x0b);
    out(BOARD_RTC_PORT + 1, ONE_OF(0x02, 0x12, 0x22, 0x42, 0x82, 0x32));
    out(BOARD_RTC_PORT, 0x0c);
    if (any() % 2)
        (void)bus_port_read(&ports, BOARD_RTC_PORT + 1, 1);
}

static void touch_uart(void)
{
    out(BOARD_COM1_PORT + 2, ONE_OF(0, 1, 0x07, 0xc7));
    out(BOARD_COM1_PORT + 4, ONE_OF(0x08, 0x0b, 0x00, 0x1b));
    if (any() % 2)
        out(BOARD_COM1_PORT, any());
    out(BOARD_COM1_PORT + 1, ONE_OF(0, 1, 1, 2, 0x0f));
    if (any() % 2)
        (void)pc_serial_in(pc, (uint8_t)any());
}

static void touch_keyboard(void)
{
    out(BOARD_KBD_STATUS_PORT, ONE_OF(0xad, 0xae, 0xae, 0x60, 0xd2, 0xd3, 0x20));
    if (any() % 2)
        out(BOARD_KBD_DATA_PORT, ONE_OF(0x45, 0x44, 0x65, 0xf5, 0xf4, 0xed));
    if (any() % 2)
        (void)pc_key_in(pc, 0x1c);
    if (any() % 2)
        (void)bus_port_read(&ports, BOARD_KBD_DATA_PORT, 1);
}

static void touch_lapic(void)
{
    static const uint32_t registers[] = {0x080, 0x0f0, 0x320, 0x350, 0x370, 0x380, 0x3e0, 0x300};
    uint32_t reg = one_of(registers, 8);
    apic(BOARD_LAPIC_BASE + reg,
         reg == 0x0f0   ? ONE_OF(0x1ff, 0x1ff, 0x0ff)
         : reg == 0x080 ? ONE_OF(0, 0x40, 0xf0)
         : reg == 0x380 ? any() % 100000
         : reg == 0x300 ? 0x40000u | ONE_OF(0x35, 0xf1, 0x05)
                        : ONE_OF(0x700, 0x10700, 0x31, 0x20031, 0x10031, 0x8031, 0x05, 0xe1));
    if (any() % 40 == 0)
        (void)pc_set_apic_base(pc, 0xfee00100);
}

static void touch_ioapic(void)
{
    unsigned input = ONE_OF(0, 1, 2, 4, 8);
    apic(BOARD_IOAPIC_BASE, 0x10 + 2 * input);
    apic(BOARD_IOAPIC_BASE + 0x10,
         ONE_OF(0x31, 0x10031, 0x2031, 0x8031, 0xa031, 0x831, 0x5, 0xd1, 0x431));
    apic(BOARD_IOAPIC_BASE, 0x11 + 2 * input);
    apic(BOARD_IOAPIC_BASE + 0x10, ONE_OF(0, 0, 0xff000000, 0x01000000));
}

static void program(void)
{
    static void (*const touch[])(void) = {touch_pics, touch_pit,      touch_rtc,   touch_uart,
                                          serve,      touch_keyboard, touch_lapic, touch_ioapic};
    for (unsigned n = 4 + any() % 12; n; n--) {
        touch[any() % 8]();
        rig_advance(&rig, any() % 3 ? any() % 20000 : 0);
    }
    serve();
}

/* ---------------------------------------- what comes of it */

static void advance_to_next(void)
{
    uint64_t next = clock_next(&rig.clock);
    if (next != CLOCK_NEVER)
        rig_advance(&rig, next > rig.cycle ? next - rig.cycle : 0);
}

/* Time alone: until an interrupt comes, or it is said that none will. */
static void waiting_is_worth_it(uint64_t seed)
{
    for (unsigned i = 0; i < 100000 && !rig.line[0].level; i++) {
        if (pc_what_wakes(pc) != PC_WAKE_TIME)
            return;
        advance_to_next();
    }
    cr_assert(rig.line[0].level, "board %llu: nothing came of waiting", (unsigned long long)seed);
}

static void time_changes_nothing(uint64_t seed)
{
    for (unsigned i = 0; i < 40 && !rig.line[0].level; i++)
        advance_to_next();
    cr_assert_not(rig.line[0].level, "board %llu woke by itself", (unsigned long long)seed);
}

static void input(void)
{
    (void)pc_serial_in(pc, 'x');
    (void)pc_key_in(pc, 0x1c);
    for (unsigned i = 0; i < 40 && !rig.line[0].level; i++)
        advance_to_next();
}

static unsigned met[3];

static void check(uint64_t seed)
{
    enum pc_wake wake = pc_what_wakes(pc);
    met[wake]++;
    if (wake == PC_WAKE_TIME) {
        waiting_is_worth_it(seed);
        return;
    }
    time_changes_nothing(seed);
    cr_assert_eq(pc_what_wakes(pc), wake, "board %llu: said otherwise later",
                 (unsigned long long)seed);
    input();
    cr_assert_eq(rig.line[0].level, wake == PC_WAKE_INPUT, "board %llu: input",
                 (unsigned long long)seed);
}

Test(wake, what_is_said_to_wake_a_board_is_what_wakes_it)
{
    const char *given = getenv("RINGSIDE_SEED");
    uint64_t first = given ? strtoull(given, NULL, 0) : 1;
    for (uint64_t seed = first; seed < first + BOARDS; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15ull;
        build(any() % 4);
        program();
        if (!rig.line[0].level)
            check(seed);
        pc_destroy(pc);
    }
    for (unsigned i = 0; i < 3; i++)
        cr_expect_gt(met[i], BOARDS / 50, "%u", i);
}

Test(wake, power_up_waits_for_nothing)
{
    build(true);
    cr_expect_eq(pc_what_wakes(pc), PC_WAKE_NEVER);
    pc_destroy(pc);
}

/* The machine as a box: create, refuse, load, run a few instructions, exit, hash, save and restore.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine.h"

static struct sim_costs costs;
static struct machine *m;
static unsigned exits, resets;

static void on_exit_value(void *opaque, uint32_t value)
{
    (void)opaque, (void)value;
    exits++;
}

static void on_reset(void *opaque, const char *through)
{
    (void)opaque, (void)through;
    resets++;
}

static struct machine_config config(void)
{
    for (unsigned i = 0; i < SIM_COSTS; i++)
        costs.cycles[i] = 1;
    return (struct machine_config){.ram_bytes = 4u << 20,
                                   .clock_hz = 100000000,
                                   .costs = &costs,
                                   .boot_time = 1700000000,
                                   .host = {.exited = on_exit_value, .reset = on_reset}};
}

/* A machine whose CPU is about to execute these bytes at 1 MiB, flat and in ring 0. */
static struct machine *machine_with(const uint8_t *code, size_t n)
{
    struct machine *made;
    const struct machine_config c = config();
    struct sim_error err;
    exits = resets = 0;
    cr_assert_eq(machine_create(&made, &c, &err), SIM_OK, "%s", err.text);
    ram_copy_in(&made->ram, 0x100000, code, n);
    const struct loader_entry entry = {.eip = 0x100000, .eax = 0x2badb002, .ebx = 0x1234};
    loader_enter(&made->cpu, &entry);
    return made;
}

static void teardown(void)
{
    machine_destroy(m);
}

TestSuite(machine, .fini = teardown);

Test(machine, impossible_configurations_are_refused_in_words)
{
    struct machine_config c = config();
    struct sim_error err;
    m = NULL;
    c.ram_bytes = 0xe0001000u;
    cr_assert_eq(machine_create(&m, &c, &err), SIM_BAD_INPUT);
    c = config();
    c.ram_bytes = 12345;
    cr_assert_eq(machine_create(&m, &c, &err), SIM_BAD_INPUT);
    c = config();
    c.clock_hz = 0;
    cr_assert_eq(machine_create(&m, &c, &err), SIM_BAD_INPUT);
    cr_assert_not_null(strstr(err.text, "0 Hz"));
    cr_assert_null(m);
}

Test(machine, the_entry_state_is_multiboots)
{
    m = machine_with((const uint8_t *)"\x90", 1);
    const struct cpu_state *s = &m->cpu.s;
    cr_assert_eq(s->gpr[R_EAX], 0x2badb002);
    cr_assert_eq(s->gpr[R_EBX], 0x1234);
    cr_assert_eq(s->cr0 & (CR0_PE | CR0_PG), CR0_PE);
    cr_assert_eq(cpu_eflags(&m->cpu) & (FLAG_IF | FLAG_VM), 0);
    for (unsigned i = SEG_ES; i <= SEG_GS; i++) {
        cr_assert_eq(s->seg[i].base, 0);
        cr_assert_eq(s->seg[i].limit, 0xffffffff);
        cr_assert_eq(s->seg[i].ar & AR_CODE, i == SEG_CS ? AR_CODE : 0);
    }
    cr_assert_eq(s->cpl, 0);
}

/* mov $42, %al; out %al, $0xf4 */
static const uint8_t exit_42[] = {0xb0, 42, 0xe6, 0xf4, 0xf4};

Test(machine, the_exit_port_ends_the_run)
{
    m = machine_with(exit_42, sizeof exit_42);
    cr_assert_eq(machine_run(m, 100000, 1000), CPU_STOP_REQUEST);
    cr_assert(m->exited);
    cr_assert_eq(m->exit_value, 42);
    cr_assert_eq(exits, 1);
}

Test(machine, a_board_reset_ends_as_a_shutdown)
{
    /* mov $0xfe, %al; out %al, $0x64; jmp . */
    static const uint8_t code[] = {0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe};
    m = machine_with(code, sizeof code);
    cr_assert_eq(machine_run(m, 100000, 1000), CPU_STOP_SHUTDOWN);
    cr_assert_eq(resets, 1);
    cr_assert_not(m->exited);
}

/*
 * Initializes both 8259As and the timer at 1 kHz, an IDT with one gate at 10000h whose handler
 * counts in memory and ends the interrupt; then STI and HLT for ever.
 */
static const uint8_t ticker[] = {
    0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21,
    0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xfe, 0xe6, 0x21, /* master at 20h, IRQ 0 only */
    0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40, 0xb0, 0x04, 0xe6, 0x40, /* 1193 */
    0xc7, 0x05, 0x00, 0x01, 0x01, 0x00, 0x80, 0x00, 0x08, 0x00, /* movl $0x00080080, 0x10100 */
    0xc7, 0x05, 0x04, 0x01, 0x01, 0x00, 0x00, 0x8e, 0x10, 0x00, /* movl $0x00108e00, 0x10104 */
    0x0f, 0x01, 0x1d, 0x70, 0x00, 0x10, 0x00,                   /* lidt 0x100070 */
    0x0f, 0x01, 0x15, 0x78, 0x00, 0x10, 0x00,                   /* lgdt 0x100078 */
    0xbc, 0x00, 0x00, 0x09, 0x00,                               /* mov $0x90000, %esp */
    0xfb, 0xf4, 0xeb, 0xfc,                                     /* sti; 1: hlt; jmp 1b-1 */
};

static const uint8_t ticker_tables[] = {
    0xff, 0x07, 0x00, 0x00, 0x01, 0x00, 0,    0, /* 70h: IDT at 10000h */
    0x17, 0x00, 0x90, 0x00, 0x10, 0x00, 0,    0, /* 78h: GDT at 100090h */
    0xff, 0x05, 0x00, 0x00, 0x02, 0x00,          /* 80h: incl 0x20000 */
    0x50, 0xb0, 0x20, 0xe6, 0x20, 0x58, 0xcf,    /* push %eax; mov $0x20, %al; out; pop; iret */
    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0,    0xff, 0xff, 0,
    0,    0,    0x9a, 0xcf, 0,    0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0,
};

static struct machine *ticking(void)
{
    struct machine *made = machine_with(ticker, sizeof ticker);
    ram_copy_in(&made->ram, 0x100070, ticker_tables, sizeof ticker_tables);
    return made;
}

Test(machine, the_timer_wakes_a_halted_cpu_at_its_rate)
{
    m = ticking();
    cr_assert_eq(machine_run(m, 100000000, UINT64_MAX), CPU_STOP_BUDGET, "%s", m->cpu.unsupported);
    unsigned ticks = ram_read32(&m->ram, 0x20000);
    cr_assert_geq(ticks, 999);
    cr_assert_leq(ticks, 1001);
}

/* The same with IRQ 0 masked: the timer goes on, and nothing comes of it, at any limit. */
Test(machine, a_halted_cpu_that_nothing_can_wake_is_idle)
{
    m = ticking();
    uint8_t masked = 0xff;
    ram_copy_in(&m->ram, 0x100011, &masked, 1);
    cr_assert_eq(machine_run(m, 100000000, UINT64_MAX), CPU_STOP_IDLE, "%s", m->cpu.unsupported);
    cr_assert_lt(m->cpu.s.cycle, 100000);
    cr_assert_eq(ram_read32(&m->ram, 0x20000), 0);
}

Test(machine, slicing_a_run_changes_nothing)
{
    m = ticking();
    machine_run(m, 5000000, UINT64_MAX);
    uint64_t whole = machine_hash(m);
    machine_destroy(m);
    m = ticking();
    for (uint64_t at = 777; at < 5000000; at += 777)
        machine_run(m, at, UINT64_MAX);
    machine_run(m, 5000000, UINT64_MAX);
    cr_assert_eq(machine_hash(m), whole);
}

Test(machine, a_restored_machine_goes_on_like_the_saved_one)
{
    m = ticking();
    machine_run(m, 1234567, UINT64_MAX);
    struct state_blob blobs[MACHINE_MAX_BLOBS];
    uint8_t *saved[MACHINE_MAX_BLOBS];
    unsigned n = machine_state(m, blobs, MACHINE_MAX_BLOBS);
    for (unsigned i = 0; i < n; i++) {
        saved[i] = malloc(state_packed_size(blobs[i].desc));
        state_pack(blobs[i].desc, blobs[i].data, saved[i]);
    }
    uint8_t *memory = malloc(m->ram.size);
    ram_copy_out(&m->ram, 0, memory, m->ram.size);
    uint64_t then = machine_hash(m);
    machine_run(m, 9000000, UINT64_MAX);
    uint64_t later = machine_hash(m);
    machine_destroy(m);

    m = machine_with(exit_42, sizeof exit_42);
    machine_run(m, 100000, 1000);
    ram_copy_in(&m->ram, 0, memory, m->ram.size);
    n = machine_state(m, blobs, MACHINE_MAX_BLOBS);
    for (unsigned i = 0; i < n; i++) {
        cr_assert(
            state_unpack(blobs[i].desc, blobs[i].data, saved[i], state_packed_size(blobs[i].desc)));
        free(saved[i]);
    }
    free(memory);
    machine_state_restored(m);
    cr_assert_not(m->exited);
    cr_assert_eq(machine_hash(m), then);
    machine_run(m, 9000000, UINT64_MAX);
    cr_assert_eq(machine_hash(m), later);
}

Test(machine, two_machines_interleaved_equal_each_alone)
{
    m = ticking();
    machine_run(m, 3000000, UINT64_MAX);
    uint64_t alone = machine_hash(m);
    machine_destroy(m);
    m = ticking();
    struct machine *other = ticking();
    for (uint64_t at = 10000; at <= 3000000; at += 10000) {
        machine_run(m, at, UINT64_MAX);
        machine_run(other, at, UINT64_MAX);
    }
    cr_assert_eq(machine_hash(m), alone);
    cr_assert_eq(machine_hash(other), alone);
    machine_destroy(other);
}

Test(machine, destroying_nothing_is_allowed)
{
    machine_destroy(NULL);
    pc_destroy(NULL);
    m = NULL;
}

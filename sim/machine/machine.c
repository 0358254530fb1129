/*
 * The machine: RAM, one CPU, buses, a PC's chips and the clock in one box (sim/machine.h).
 *
 * Time is the CPU's cycle counter; the clock reads it. The CPU asks for the next deadline at block
 * boundaries and after every kick, and devices' timers fire inside that question.
 */
#include "sim/machine.h"

#include <assert.h>

#include "cpu/cache.h"
#include "sim/alloc.h"

#define MAX_RAM 0xe0000000u /* 3.5 GiB: above are the APICs and the firmware */

/* --- wires --- */

static void drive_intr(void *cpu, unsigned input, bool level)
{
    (void)input;
    cpu_set_intr(cpu, level);
}

static void drive_nmi(void *cpu, unsigned input, bool level)
{
    (void)input;
    if (level)
        cpu_raise_nmi(cpu);
}

static void timer_earlier(void *cpu)
{
    cpu_kick(cpu);
}

static uint64_t next_deadline(void *owner)
{
    struct machine *m = owner;
    clock_run(&m->clock);
    uint64_t next = clock_next(&m->clock);
    return next == CLOCK_NEVER ? next : next - m->clock.s.offset;
}

static bool may_wake(void *owner)
{
    const struct machine *m = owner;
    return pc_what_wakes(m->pc) == PC_WAKE_TIME;
}

/* Exit port: the guest ends the machine. */
static void on_exit_port(void *opaque, uint32_t value)
{
    struct machine *m = opaque;
    m->exited = 1;
    m->exit_value = value;
    m->cpu.stop = CPU_STOP_REQUEST;
    cpu_kick(&m->cpu);
    if (m->host.exited)
        m->host.exited(m->host.opaque, value);
}

/* A board reset stops the processor as a triple fault does, which resets a real board too. */
static void on_reset(void *opaque, const char *through)
{
    struct machine *m = opaque;
    m->cpu.s.shutdown = 1;
    m->cpu.stop = CPU_STOP_SHUTDOWN;
    cpu_kick(&m->cpu);
    if (m->host.reset)
        m->host.reset(m->host.opaque, through);
}

static void on_serial(void *opaque, uint8_t byte)
{
    const struct machine *m = opaque;
    if (m->host.serial_out)
        m->host.serial_out(m->host.opaque, byte);
}

static void on_debug(void *opaque, uint8_t byte)
{
    const struct machine *m = opaque;
    if (m->host.debug_out)
        m->host.debug_out(m->host.opaque, byte);
}

static void on_sector(void *opaque, unsigned drive, bool write)
{
    const struct machine *m = opaque;
    if (m->host.sector_moved)
        m->host.sector_moved(m->host.opaque, drive, write);
}

/* --- life --- */

static enum sim_status build(struct machine *m, const struct machine_config *config,
                             struct sim_error *err)
{
    enum sim_status status = ram_create(&m->ram, config->ram_bytes, err);
    if (status != SIM_OK)
        return status;
    status = cpu_init(&m->cpu, &cpu_hw_ops, m, &m->ram, config->costs, true, err);
    if (status != SIM_OK)
        return status;
    m->ram.cpu = &m->cpu;
    m->ram.code_written = cache_code_written;
    m->cpu.next_deadline = next_deadline;
    m->cpu.may_wake = may_wake;
    clock_init(&m->clock, &m->cpu.s.cycle, config->clock_hz);
    m->clock.earlier = timer_earlier;
    m->clock.earlier_context = &m->cpu;
    bus_init(&m->ports);
    bus_init(&m->mmio);
    const struct pc_config pc = {
        .clock = &m->clock,
        .ports = &m->ports,
        .mmio = &m->mmio,
        .intr = {drive_intr, &m->cpu, 0},
        .nmi = {drive_nmi, &m->cpu, 0},
        .ram_bytes = config->ram_bytes,
        .boot_time = config->boot_time,
        .disk = {config->disk[0], config->disk[1]},
        .host = {m, on_serial, on_debug, on_exit_port, on_reset, on_sector,
                 config->host.instant_serial},
        .with_apic = true,
    };
    return pc_create(&m->pc, &pc, err);
}

enum sim_status machine_create(struct machine **out, const struct machine_config *config,
                               struct sim_error *err)
{
    *out = NULL;
    if (config->ram_bytes > MAX_RAM)
        return sim_fail(err, SIM_BAD_INPUT, "%u bytes of RAM: a machine has at most 3584 MiB",
                        config->ram_bytes);
    if (!config->clock_hz)
        return sim_fail(err, SIM_BAD_INPUT, "the clock rate is 0 Hz: it must be at least 1");
    struct machine *m = sim_alloc(1, sizeof *m);
    if (!m)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a machine");
    m->host = config->host;
    enum sim_status status = build(m, config, err);
    if (status != SIM_OK) {
        machine_destroy(m);
        return status;
    }
    cpu_reset(&m->cpu);
    *out = m;
    return SIM_OK;
}

void machine_destroy(struct machine *m)
{
    if (!m)
        return;
    pc_destroy(m->pc);
    cpu_fini(&m->cpu);
    ram_destroy(&m->ram);
    sim_free(m);
}

/* --- running --- */

enum cpu_stop machine_run(struct machine *m, uint64_t cycle_limit, uint64_t insn_limit)
{
    enum cpu_stop stop = cpu_run(&m->cpu, cycle_limit, insn_limit);
    if (stop == CPU_STOP_HALT || stop == CPU_STOP_SHUTDOWN || stop == CPU_STOP_UNSUPPORTED)
        pc_drain_output(m->pc);
    return stop;
}

/* --- state --- */

/* How the machine ended: two members of struct machine, side by side. */
struct machine_end {
    uint32_t exited, exit_value;
};
_Static_assert(offsetof(struct machine, exit_value) == offsetof(struct machine, exited) + 4 &&
                   sizeof(struct machine_end) == 8,
               "they are one struct");
static const struct state_field end_fields[] = {
    STATE_FIELD(machine_end, exited),
    STATE_FIELD(machine_end, exit_value),
};
static STATE_DESC(end_desc, machine_end, 1, end_fields);

unsigned machine_state(struct machine *m, struct state_blob *blobs, unsigned max)
{
    assert(max >= 3);
    blobs[0] = (struct state_blob){&cpu_state_desc, &m->cpu.s, 0};
    blobs[1] = (struct state_blob){&clock_state_desc, &m->clock.s, 0};
    blobs[2] = (struct state_blob){&end_desc, &m->exited, 0};
    return 3 + pc_state(m->pc, blobs + 3, max - 3);
}

void machine_take_dirty(struct machine *m)
{
    ram_clear_dirty(&m->ram);
    cache_protect_all(&m->cpu);
}

void machine_state_restored(struct machine *m)
{
    clock_restored(&m->clock);
    cpu_state_changed(&m->cpu);
    pc_state_restored(m->pc);
}

uint64_t machine_hash(struct machine *m)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS];
    unsigned n = machine_state(m, blobs, MACHINE_MAX_BLOBS);
    uint64_t hash = STATE_HASH_SEED;
    for (unsigned i = 0; i < n; i++)
        hash = state_hash(hash, blobs[i].desc, blobs[i].data);
    return ram_hash(&m->ram, hash);
}

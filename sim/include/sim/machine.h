/*
 * The machine: RAM, one CPU, buses, devices, clock. What is bolted into the box, and nothing of
 * what runs on it.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/cpu.h"
#include "sim/mem.h"
#include "sim/pc.h"

struct machine_config {
    uint32_t ram_bytes; /* multiple of 4 KiB, at most 3.5 GiB */
    uint64_t clock_hz;
    const struct sim_costs *costs; /* borrowed for the machine's life */
    uint64_t boot_time;
    struct disk_backend disk[2];
    struct pc_host host;
};

struct machine {
    struct ram ram;
    struct cpu cpu;
    struct sim_clock clock;
    struct io_bus ports;
    struct io_bus mmio;
    struct pc *pc;
    struct pc_host host; /* the caller's; ours sits between to see exit and reset */
    uint32_t exited;     /* 1: port F4h was written; state, as is its value */
    uint32_t exit_value;
};

/* Builds a machine in its power-up state. On failure nothing is left allocated. */
enum sim_status machine_create(struct machine **out, const struct machine_config *config,
                               struct sim_error *err);
void machine_destroy(struct machine *m);

/*
 * Runs the bare machine (native mode) until a limit, exactly, or a stop. Time is idled forward
 * while the CPU halts and a device can wake it. CPU_STOP_REQUEST with m->exited: the guest ended
 * the machine.
 */
enum cpu_stop machine_run(struct machine *m, uint64_t cycle_limit, uint64_t insn_limit);

/* Hash of all state: CPU, clock, devices, RAM. */
uint64_t machine_hash(struct machine *m);

#define MACHINE_MAX_BLOBS 24 /* at least as many as machine_state returns */

/* All saved state but RAM, in a fixed order; returns the number of blobs. Restored: the caller
 * filled them again, RAM included. */
unsigned machine_state(struct machine *m, struct state_blob *blobs, unsigned max);
void machine_state_restored(struct machine *m);

/*
 * Takes the marks of all RAM pages (ram_clear_dirty) so that the CPU's next store to any page marks
 * it again. Copy what ram_next_dirty lists before.
 */
void machine_take_dirty(struct machine *m);

/* --- loading --- */

struct loader_module {
    const uint8_t *bytes;
    uint32_t size;
    const char *string; /* the module's command line */
};

struct loader_input {
    const uint8_t *image; /* the ELF file's bytes */
    size_t image_size;
    const char *image_name; /* for messages */
    const char *cmdline;
    const struct loader_module *modules;
    unsigned module_count;
};

/* What a loaded guest's memory looks like to whoever copies it in: physical addresses of the guest.
 */
struct loader_memory {
    void *opaque;
    uint32_t ram_bytes;
    bool (*write)(void *opaque, uint32_t gpa, const void *bytes, uint32_t n);
    bool without_apic; /* this PC has no APICs (pc_config.with_apic): leave the MP table out */
};

/* Registers and segments at a Multiboot kernel's entry (Multiboot 1, Machine state). */
struct loader_entry {
    uint32_t eip, eax, ebx;
};

/*
 * Loads a Multiboot 1 ELF32 kernel: segments by physical address, BSS cleared, modules page-aligned
 * behind the kernel, memory map, command line, MP table. Every offset in the file is checked;
 * SIM_BAD_INPUT names what is wrong and where.
 */
enum sim_status loader_multiboot(const struct loader_input *in, const struct loader_memory *mem,
                                 struct loader_entry *entry, struct sim_error *err);

/* Sets a CPU to the Multiboot machine state: protected mode, flat segments, paging off, interrupts
 * off. */
void loader_enter(struct cpu *c, const struct loader_entry *entry);

/* A machine's RAM as loader memory. */
struct loader_memory machine_loader_memory(struct machine *m);

#endif

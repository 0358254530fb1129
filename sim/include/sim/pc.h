/*
 * The chips of a PC, wired: one set on the bare machine, one set on each VM's virtual bus.
 *
 * pc_create builds every device, puts it on the given buses, clock and interrupt input, and that is
 * all that the rest of the simulator sees of devices. sim/machine/board_pc.c holds the whole
 * wiring, readable top to bottom.
 */
#ifndef SIM_PC_H
#define SIM_PC_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/state.h"
#include "sim/status.h"

#define DISK_SECTOR 512u

/* A disk's contents, kept by the caller. write may be null: the disk is read-only. Both return
 * false on an error. */
struct disk_backend {
    uint32_t sectors; /* 0: no disk */
    bool (*read)(void *opaque, uint32_t lba, uint8_t *sector);
    bool (*write)(void *opaque, uint32_t lba, const uint8_t *sector);
    void *opaque;
};

/* Where a PC's output goes, and what its devices cost the host. Callbacks may be null. */
struct pc_host {
    void *opaque;
    void (*serial_out)(void *opaque, uint8_t byte);   /* COM1 */
    void (*debug_out)(void *opaque, uint8_t byte);    /* port E9h */
    void (*exited)(void *opaque, uint32_t value);     /* port F4h */
    void (*reset)(void *opaque, const char *through); /* the board is reset, and through what */
    void (*sector_moved)(void *opaque, unsigned drive,
                         bool write); /* a back end moved one sector */
    bool instant_serial;              /* COM1 is a virtual machine's: see uart16550.h */
};

struct pc_config {
    struct sim_clock *clock;
    struct io_bus *ports;
    struct io_bus *mmio;
    struct irq_line intr;        /* the CPU's INTR input */
    struct irq_line nmi;         /* the CPU's NMI input: a rise is one NMI */
    uint64_t ram_bytes;          /* for CMOS and fw_cfg */
    uint64_t boot_time;          /* seconds since 1970-01-01 UTC at cycle 0, shown by the RTC */
    struct disk_backend disk[2]; /* master, slave */
    struct pc_host host;
    bool with_apic; /* local APIC and IO-APIC on the mmio bus */
};

struct pc; /* all devices */

/* Allocates and wires all devices in their power-up state: no interrupt pending. pc_destroy frees;
 * null is allowed. */
enum sim_status pc_create(struct pc **out, const struct pc_config *config, struct sim_error *err);
void pc_destroy(struct pc *pc);

/* Interrupt acknowledge: the vector of the highest pending interrupt (local APIC first, then
 * 8259A); -1: none. */
int pc_intr_ack(struct pc *pc);

/* MSR 1Bh: what the local APIC's base register may change. Returns false for reserved bits. */
uint64_t pc_apic_base(const struct pc *pc);
bool pc_set_apic_base(struct pc *pc, uint64_t value);

/* Input from the host. Return false if the device has no room now (the caller tries again later).
 */
bool pc_serial_in(struct pc *pc, uint8_t byte);
bool pc_key_in(struct pc *pc, uint8_t scancode_set2_byte);

/*
 * Sends what the serial transmitter still holds, at once. Whoever ends a machine or a VM calls it:
 * the CPU has stopped, the chip on a real board would go on. A write to the exit port has done it
 * already.
 */
void pc_drain_output(struct pc *pc);

/* What the screen shows: character cells counted from BOARD_VGA_TEXT_BASE; the cursor's scan lines,
 * both included. */
struct pc_screen {
    uint16_t start, cursor;
    uint8_t cursor_from, cursor_to;
    bool cursor_on;
};
struct pc_screen pc_screen(const struct pc *pc);

/*
 * What can interrupt a processor that halts now, with interrupts on and nothing pending? Masks,
 * priorities and levels stay as they are, since nobody runs who could change them. TIME: a device
 * will, or one is at work and has to be asked again when it is done; else INPUT: a byte or a key
 * from the host would; else nothing ever will.
 */
enum pc_wake { PC_WAKE_NEVER, PC_WAKE_INPUT, PC_WAKE_TIME };
enum pc_wake pc_what_wakes(const struct pc *pc);

/* All saved state, in a fixed order; returns the number of blobs (at most max). */
unsigned pc_state(struct pc *pc, struct state_blob *blobs, unsigned max);

/* After a state was restored: recomputes derived levels (INTR) and timers. */
void pc_state_restored(struct pc *pc);

/* The local APIC for a host that programs it itself (the hypervisor): one-shot at an absolute cycle
 * of the clock. */
void pc_apic_timer_oneshot(struct pc *pc, uint8_t vector, uint64_t deadline);
void pc_apic_eoi(struct pc *pc);

#endif

/*
 * 82093AA I/O APIC, 24 inputs. Source: Intel 82093AA data sheet (290566).
 *
 * Memory-mapped: 00h IOREGSEL, 10h IOWIN. Indirect registers: 00h ID, 01h version, 02h arbitration,
 * 10h-3Fh redirection table. Edge and level, masks, polarity, remote IRR and its end by EOI,
 * physical and logical destinations.
 *
 * Not implemented: SMI, NMI, INIT and ExtINT delivery (such an entry delivers nothing: the 8259A is
 * on LINT0).
 */
#ifndef SIM_DEV_IOAPIC_H
#define SIM_DEV_IOAPIC_H

#include "dev/lapic.h"
#include "sim/bus.h"
#include "sim/state.h"

#define IOAPIC_INPUTS 24

struct ioapic_state {
    uint64_t entry[IOAPIC_INPUTS];
    uint32_t lines; /* levels at the pins */
    uint32_t id;
    uint8_t select;
    uint8_t reserved[7];
};

struct ioapic {
    struct ioapic_state s;
    struct lapic *lapic; /* wire: the other end of the APIC bus */
};

extern const struct state_desc ioapic_desc;
extern const struct io_ops ioapic_ops;

/* Power-up: everything masked. */
void ioapic_reset(struct ioapic *io);

/* Drives an input; fits irq_line.set. */
void ioapic_set_input(void *ioapic, unsigned input, bool level);

/* The local APIC is another destination now: levels that nobody took are sent again. */
void ioapic_retry(void *ioapic);

/* Would a rise of this input reach the processor as an interrupt? toggles: as for the 8259A. */
bool ioapic_would_interrupt(const struct ioapic *io, unsigned input, bool toggles);

/* The local APIC's EOI message for a level-triggered vector. */
void ioapic_eoi(void *ioapic, uint8_t vector);

#endif

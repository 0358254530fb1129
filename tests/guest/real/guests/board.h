/*
 * What the guests of this folder have in common: finding the APICs in the MP table as kernels do,
 * and waiting for something that an interrupt handler counts.
 *
 * They repeat the hardware sequences that teaching kernels and old systems use. Nothing here may
 * print a time or a count that depends on one: native and trap must print the same.
 */
#ifndef REAL_GUESTS_BOARD_H
#define REAL_GUESTS_BOARD_H

#include "kit/kit.h"

#define VECTOR_BASE 0x20u /* of IRQ 0, as nearly all kernels have it */

struct apics {
    uint32_t local, io; /* physical addresses; 0: not found */
    uint8_t local_id, io_id;
    uint8_t input[16]; /* IO-APIC input of an ISA line; ffh: none */
    unsigned cpus;
};

/* Searches EBDA, the last KiB of base memory and the BIOS for an MP table and reads it. */
bool find_apics(struct apics *to);

/* Registers of an APIC mapped at `at`. */
uint32_t apic_read(uint32_t at, uint32_t reg);
void apic_write(uint32_t at, uint32_t reg, uint32_t value);
uint32_t ioapic_read(uint32_t at, uint32_t reg);
void ioapic_write(uint32_t at, uint32_t reg, uint32_t value);

/* The two 8259A as a PC's: vectors from VECTOR_BASE, IRQs in the mask blocked. */
void pic_init(uint16_t mask);
void pic_eoi(unsigned irq);

/* Sets IF and halts until *counter is at least `until`. */
void wait_for(volatile uint32_t *counter, uint32_t until);

/* 8254 channel 0 as a rate generator. */
void pit_rate(unsigned hz);

#endif

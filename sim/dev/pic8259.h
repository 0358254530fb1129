/*
 * 8259A Programmable Interrupt Controller. Source: Intel 8259A data sheet (231468), and the 82371
 * (PIIX) data sheet for the edge/level control register.
 *
 * Registers, by offset and what is written before:
 *   0  write  ICW1 (bit 4 = 1), OCW2 (bits 4:3 = 00), OCW3 (bits 4:3 = 01)    read  IRR or ISR, or
 * the poll word 1  write  ICW2, ICW3, ICW4 in sequence after ICW1, else OCW1 (the mask)   read  the
 * mask, or the poll word ELCR (its own port): a 1 makes the input level-triggered
 *
 * All of ICW1-4 and OCW1-3 work: rotation, specific and automatic EOI, special mask, special fully
 * nested, poll, single, cascade, the default level 7 of a request that went away. Buffered mode has
 * no effect (SP/EN is strapped by the board). In MCS-80 mode the vector is what an x86 sees in its
 * second acknowledge cycle; the third cycle never comes.
 */
#ifndef SIM_DEV_PIC8259_H
#define SIM_DEV_PIC8259_H

#include <stdint.h>

#include "sim/bus.h"
#include "sim/irq.h"
#include "sim/state.h"

struct pic8259_state {
    uint8_t lines; /* levels at the inputs */
    uint8_t irr;
    uint8_t isr;
    uint8_t imr;
    uint8_t icw1, icw2, icw3, icw4;
    uint8_t expect; /* number of the ICW that the next write to offset 1 is; 0: initialized */
    uint8_t elcr;
    uint8_t lowest; /* the level that has the lowest priority now */
    uint8_t read_isr;
    uint8_t special_mask;
    uint8_t rotate_on_aeoi;
    uint8_t poll;
    uint8_t reserved;
};

struct pic8259 {
    struct pic8259_state s;
    struct irq_line intr;  /* wire: the INT output */
    struct pic8259 *slave; /* wire: the chip at slave_input on the cascade bus, or null */
    unsigned slave_input;
    uint8_t elcr_writable; /* wire: inputs whose trigger may be chosen */
};

extern const struct state_desc pic8259_desc;
extern const struct io_ops pic8259_ops;
extern const struct io_ops pic8259_elcr_ops;

/* Power-up: every input masked, nothing pending, not initialized. Wires are left alone. */
void pic8259_reset(struct pic8259 *p);

/* Drives input 0..7 to a level; fits irq_line.set with the chip as controller. */
void pic8259_set_input(void *pic, unsigned input, bool level);

/* True if the INT output is high. */
bool pic8259_interrupting(const struct pic8259 *p);

/* Would a rise of this input be one of INT, with all else as it is? toggles: the input's driver
 * makes it fall first, should it be high. */
bool pic8259_would_interrupt(const struct pic8259 *p, unsigned input, bool toggles);

/* The processor's interrupt acknowledge cycles: the vector, also if no request is left (level 7,
 * nothing in service). */
uint8_t pic8259_acknowledge(struct pic8259 *p);

/* After a state was restored: drives INT again. Call it for the slave before the master. */
void pic8259_restored(struct pic8259 *p);

#endif

/*
 * One counter of an 8254 as arithmetic on ticks (pit8254.h): the six modes, and nothing of
 * registers or interrupts.
 */
#ifndef SIM_DEV_PIT8254_COUNTER_H
#define SIM_DEV_PIT8254_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/pit8254.h"

/* The mode 0..5 of the last control word. */
unsigned pit_counter_mode(const struct pit8254_counter *c);

/* 65536 or, in BCD, 10000. */
uint32_t pit_counter_modulus(const struct pit8254_counter *c);

/* Lets CLK pulses pass until c->tick is `tick`. Returns true if the output rose on the way. */
bool pit_counter_advance(struct pit8254_counter *c, uint64_t tick);

/* CLK pulses from c->tick to the next rise of the output, CLOCK_NEVER if none will come by itself.
 */
uint64_t pit_counter_next_rise(const struct pit8254_counter *c);

/* A control word, a complete new count (0 means the modulus), the first byte of two, an edge of the
 * gate. */
void pit_counter_set_mode(struct pit8254_counter *c, uint8_t control);
void pit_counter_set_count(struct pit8254_counter *c, uint32_t count);
void pit_counter_first_byte(struct pit8254_counter *c);
void pit_counter_set_gate(struct pit8254_counter *c, bool level);

#endif

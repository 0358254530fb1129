/* A bench for one chip: a cycle counter to turn, a clock on it, and interrupt lines that count
 * their edges. */
#ifndef TESTS_UNIT_DEV_RIG_H
#define TESTS_UNIT_DEV_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"

#define RIG_LINES 4

struct rig {
    uint64_t cycle;
    struct sim_clock clock;
    struct {
        bool level;
        unsigned rises, falls;
        uint64_t rose_at; /* cycle of the last rise */
    } line[RIG_LINES];
};

/* A clock of hz cycles a second at cycle 0, all lines low. */
void rig_init(struct rig *r, uint64_t hz);

/* A line that the rig watches. */
struct irq_line rig_line(struct rig *r, unsigned n);

/* Lets cycles pass as a machine does: every timer fires at its own cycle. */
void rig_advance(struct rig *r, uint64_t cycles);

/* Byte accesses to a chip. */
uint8_t rig_in(const struct io_ops *ops, void *device, uint32_t offset);
void rig_out(const struct io_ops *ops, void *device, uint32_t offset, uint8_t value);

#endif

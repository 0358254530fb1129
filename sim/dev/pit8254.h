/*
 * 8254 Programmable Interval Timer: three counters, six modes. Source: Intel 82C54 data sheet
 * (231244).
 *
 * Registers: 0, 1, 2 the counters (read and write); 3 the control word: counter latch, read-back,
 * mode (write only).
 *
 * Binary and BCD counting, one- and two-byte access, latched count and status, null count, gates,
 * and the one-CLK delay between a write or trigger and the load all follow the data sheet. A
 * counter is brought up to date by arithmetic when somebody looks, not clock by clock.
 *
 * DEVIATION: the outputs' falling edges in modes 2 and 3 are seen by reads and by port 61h, but not
 * by an interrupt controller: it sees the fall just before the next rise. A falling edge would only
 * withdraw a request that nobody took for half a period; as an event it would double what a
 * hypervisor pays for each tick.
 */
#ifndef SIM_DEV_PIT8254_H
#define SIM_DEV_PIT8254_H

#include "sim/clock.h"
#include "sim/bus.h"
#include "sim/irq.h"
#include "sim/state.h"

#define PIT8254_COUNTERS 3

struct pit8254_counter {
    uint64_t tick;    /* CLK tick up to which the rest is true */
    uint32_t count;   /* counting element, binary; 0 .. modulus, which reads as 0 */
    uint32_t loaded;  /* the number that was last loaded: 1 .. modulus */
    uint32_t initial; /* count register as a number: 1 .. modulus */
    uint16_t latched; /* count caught by a latch command, as read */
    uint8_t control;  /* RW, mode, BCD of the last control word */
    uint8_t gate;
    uint8_t out;
    uint8_t null_count; /* written and not loaded yet */
    uint8_t loading;    /* the next CLK loads the count register */
    uint8_t counting;   /* loaded, and triggered where the mode needs it */
    uint8_t first_byte; /* of a two-byte write */
    uint8_t write_high; /* the next write is the high byte */
    uint8_t read_high;  /* the next read is the high byte */
    uint8_t latch_left; /* bytes of `latched` still to read */
    uint8_t status;     /* caught by read-back */
    uint8_t status_latched;
    uint8_t armed;   /* modes 0, 1, 4, 5: terminal count is still to come */
    uint8_t written; /* a count was written since the control word */
    uint8_t reserved[4];
};

struct pit8254_state {
    struct pit8254_counter c[PIT8254_COUNTERS];
};

struct pit8254 {
    struct pit8254_state s;
    struct sim_clock *clock;               /* wire */
    struct irq_line out[PIT8254_COUNTERS]; /* wires: outputs that somebody listens to */
    unsigned timer[PIT8254_COUNTERS];      /* wires: used where out is connected */
};

extern const struct state_desc pit8254_desc;
extern const struct io_ops pit8254_ops;

/* Wires the chip to a clock and registers timers for the outputs that are connected (set them
 * before). */
void pit8254_init(struct pit8254 *p, struct sim_clock *clock);

/* Power-up: outputs high, gates high, nothing counts. The data sheet leaves this state undefined.
 */
void pit8254_reset(struct pit8254 *p);

/* Drives a gate input. */
void pit8254_set_gate(struct pit8254 *p, unsigned counter, bool level);

/* Level of an output now. */
bool pit8254_output(struct pit8254 *p, unsigned counter);

/* CLK ticks since the clock's beginning. */
uint64_t pit8254_ticks(const struct pit8254 *p);

/* True if a connected output will rise without anybody touching the chip. */
bool pit8254_will_fire(const struct pit8254 *p);

/* After a state was restored: arms timers and drives outputs. */
void pit8254_restored(struct pit8254 *p);

#endif

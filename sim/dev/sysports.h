/*
 * The AT board's system ports. Source: IBM PC/AT Technical Reference; PS/2 and 82371 data sheets;
 * PCI 2.1.
 *
 *   61h  bit 0 gate of timer counter 2, 1 speaker, 2-3 parity checks off (stored); read: 4 refresh
 * toggle, 5 OUT2, 6-7 = 0 80h  power-on self-test code: a latch 92h  bit 0 pulses reset when it
 * rises, bit 1 A20; others stored CF8h PCI configuration address (32-bit writes only); CFCh reads
 * all ones: no device answers on any bus
 *
 * DEVIATION: A20 is always open, whatever 92h says: nothing here starts in real mode. The refresh
 * toggle follows the timer's input clock (counter 1 as every firmware programs it, 18 clocks), not
 * counter 1 itself.
 */
#ifndef SIM_DEV_SYSPORTS_H
#define SIM_DEV_SYSPORTS_H

#include "dev/pit8254.h"
#include "sim/bus.h"
#include "sim/state.h"

struct sysports_state {
    uint8_t port61; /* bits 0-3 as written */
    uint8_t post;
    uint8_t port92;
    uint8_t reserved;
    uint32_t pci_address;
};

struct sysports {
    struct sysports_state s;
    struct pit8254 *pit;                             /* wire */
    void (*reset)(void *board, const char *through); /* wire; `through` says which pin, in words */
    void *board;
};

extern const struct state_desc sysports_desc;
extern const struct io_ops port61_ops, post_ops, port92_ops, pci_ops;

/* Power-up: A20 open, speaker off, gate 2 low. */
void sysports_reset(struct sysports *p);

#endif

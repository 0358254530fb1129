/*
 * 16550A UART. Source: National Semiconductor PC16550D data sheet.
 *
 * Registers: 0 RBR/THR (DLL with DLAB), 1 IER (DLM with DLAB), 2 IIR/FCR, 3 LCR, 4 MCR, 5 LSR, 6
 * MSR, 7 SCR.
 *
 * A character takes its time on the line in both directions, as the divisor and LCR say. Both
 * FIFOs, trigger levels, character timeout, all four interrupts with their priorities, the delayed
 * transmit interrupt of a single character, loopback and the modem bits work. A byte reaches the
 * host when its start bit would leave.
 *
 * DEVIATION: `instant`, chosen by the board's owner, is the port that virtual machines have
 * (QEMU's, for one): characters take no time on the line, the host waits instead of overrunning a
 * receiver without FIFO, and interrupts reach the controller whatever OUT2 says. Kernels that were
 * written for such machines need it.
 *
 * Not implemented: parity, framing and break errors (the line is perfect), DMA mode. A divisor of 0
 * counts as 65536.
 */
#ifndef SIM_DEV_UART16550_H
#define SIM_DEV_UART16550_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/state.h"

#define UART16550_FIFO 16

struct uart16550_state {
    uint64_t tx_end;     /* tick at which the character in the shift register is through; 0: idle */
    uint64_t thre_at;    /* tick of a delayed transmit interrupt; 0: none */
    uint64_t rx_end;     /* tick at which the character on the receive line is complete; 0: none */
    uint64_t timeout_at; /* tick of the character timeout; 0: none */
    uint16_t divisor;
    uint8_t ier, fcr, lcr, mcr, lsr_errors, msr, scr;
    uint8_t tx[UART16550_FIFO], rx[UART16550_FIFO]; /* oldest first */
    uint8_t tx_count, rx_count;
    uint8_t tx_shift, tx_looped; /* character being sent; it goes to our own receiver */
    uint8_t rx_shift;
    uint8_t tx_had_two; /* two bytes were in the transmit FIFO since THRE was last 1 */
    uint8_t thre_interrupt, timeout_interrupt;
    uint8_t reserved[7];
};

struct uart16550 {
    struct uart16550_state s;
    struct sim_clock *clock;                    /* wire */
    struct irq_line intr;                       /* wire: INTR pin */
    struct irq_line out2;                       /* wire: OUT2 pin, true = active (low) */
    void (*transmit)(void *line, uint8_t byte); /* wire, may be null */
    void *line;
    bool instant; /* strap: see above */
    unsigned tx_timer, rx_timer, timeout_timer;
};

extern const struct state_desc uart16550_desc;
extern const struct io_ops uart16550_ops;

/* Wires the chip to a clock and registers its timers. */
void uart16550_init(struct uart16550 *u, struct sim_clock *clock);

/* Master reset (data sheet, table of reset values). The divisor, which reset leaves alone,
 * becomes 1. */
void uart16550_reset(struct uart16550 *u);

/* Puts a byte on the receive line. False while the line is busy or the receiver would overrun: try
 * again later. */
bool uart16550_receive(struct uart16550 *u, uint8_t byte);

/* Sends what is still in the transmit FIFO at once: the machine has stopped, the UART would not
 * have. */
void uart16550_drain(struct uart16550 *u);

/* True if an interrupt may still come without a byte from outside. */
bool uart16550_busy(const struct uart16550 *u);

/* True if a byte from outside would be taken, and raise the interrupt pin. */
bool uart16550_listens(const struct uart16550 *u);

/* After a state was restored: drives the pins and arms the timers. */
void uart16550_restored(struct uart16550 *u);

#endif

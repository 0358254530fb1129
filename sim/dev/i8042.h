/*
 * i8042 keyboard controller. Source: IBM PS/2 Hardware Interface Technical Reference, Keyboard
 * Controller; Intel 8042.
 *
 * Ports: 60h data (read: output buffer; write: to the keyboard, or the parameter of a command), 64h
 * status / command. Commands: 20-3F and 60-7F internal RAM (20, 60: the command byte), A7 A8 A9, AA
 * self-test, AB interface test, AD AE keyboard off and on, C0 input port, D0 D1 output port, D2 D3
 * write output buffer, D4, E0 test inputs, F0-FF pulse (bit 0: reset).
 *
 * A byte from the keyboard takes its 11 bits at 12.5 kHz on the cable, the self-test after FF 300
 * ms; translation of set 2 to set 1 is in the command byte. There is no auxiliary device: D4 is
 * lost, A9 answers FF.
 *
 * DEVIATION: a command is carried out at once (input buffer full is never seen), and A20 in the
 * output port is stored only.
 */
#ifndef SIM_DEV_I8042_H
#define SIM_DEV_I8042_H

#include "dev/ps2kbd.h"
#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/state.h"

struct i8042_state {
    uint64_t arrival; /* microsecond at which the byte on the cable is complete; 0: cable idle */
    uint8_t ram[32];  /* [0] is the command byte */
    uint8_t output;   /* output buffer */
    uint8_t output_full;
    uint8_t output_aux; /* the byte claims to come from the auxiliary device */
    uint8_t answer;     /* a command's answer waits for the output buffer */
    uint8_t answer_full;
    uint8_t command; /* whose parameter comes next by port 60h; 0: none */
    uint8_t last_was_command;
    uint8_t output_port; /* bit 1 A20 as stored */
    uint8_t release;     /* translation swallowed an F0 */
    uint8_t reserved[7];
};

struct i8042 {
    struct i8042_state s;
    struct ps2kbd keyboard;
    struct sim_clock *clock;                         /* wires */
    struct irq_line irq;                             /* keyboard interrupt */
    void (*reset)(void *board, const char *through); /* `through` says which pin, in words */
    void *board;
    unsigned timer;
};

extern const struct state_desc i8042_desc;
extern const struct io_ops i8042_data_ops;   /* port 60h */
extern const struct io_ops i8042_status_ops; /* port 64h */

void i8042_init(struct i8042 *k, struct sim_clock *clock);

/* Power-up as firmware leaves it: tested, keyboard on, interrupt on, translation on, buffers empty.
 */
void i8042_reset(struct i8042 *k);

/* A byte of set 2 from the host's keyboard; false: no room. */
bool i8042_key(struct i8042 *k, uint8_t byte);

/* True if a byte is on its way. */
bool i8042_busy(const struct i8042 *k);

/* True if a key would raise the interrupt pin. */
bool i8042_listens(const struct i8042 *k);

void i8042_restored(struct i8042 *k);

#endif

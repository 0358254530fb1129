/*
 * PS/2 keyboard, the device at the end of the cable. Source: IBM PS/2 Hardware Interface Technical
 * Reference, Keyboards.
 *
 * It has no ports: the keyboard controller (i8042.h) fetches bytes and passes commands on. Replies
 * go before keys. Commands: ED LEDs, EE echo, F0 scan-code set, F2 identify, F3 typematic, F4
 * enable, F5 disable, F6 defaults, F7-FD (set 3 key types: acknowledged, without effect), FE
 * resend, FF reset.
 *
 * Keys come in as the bytes of set 2, the host decides about repetition. In set 1 they are
 * converted. Not implemented: set 3 (asked for, it answers FE "resend"), so key types and typematic
 * values are stored or ignored.
 */
#ifndef SIM_DEV_PS2KBD_H
#define SIM_DEV_PS2KBD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/state.h"

#define PS2KBD_KEYS    16
#define PS2KBD_REPLIES 4

struct ps2kbd_state {
    uint8_t keys[PS2KBD_KEYS]; /* oldest first */
    uint8_t replies[PS2KBD_REPLIES];
    uint8_t key_count, reply_count;
    uint8_t expects; /* the command whose parameter comes next, 0: none */
    uint8_t scanning;
    uint8_t set;  /* 1 or 2 */
    uint8_t leds; /* bit 0 scroll, 1 num, 2 caps */
    uint8_t typematic;
    uint8_t last;    /* byte sent last, for resend */
    uint8_t release; /* set 1: an F0 was swallowed */
    uint8_t testing; /* the self-test runs: the next byte takes long */
    uint8_t reserved[2];
};

struct ps2kbd {
    struct ps2kbd_state s;
};

extern const struct state_desc ps2kbd_desc;

/* Set 2 to set 1, as this keyboard and the controller's translation do (IBM, Keyboard Controller).
 */
extern const uint8_t ps2_set2_to_set1[256];

/* Power-up after a successful self-test that firmware has read: scanning, set 2, nothing to send.
 */
void ps2kbd_reset(struct ps2kbd *k);

/* A byte from the controller: command or parameter. */
void ps2kbd_command(struct ps2kbd *k, uint8_t byte);

/* A byte from the host's key, set 2. False: buffer full, try again later. A keyboard that does not
 * scan forgets it. */
bool ps2kbd_key(struct ps2kbd *k, uint8_t byte);

/* After a state was restored, from wherever it came: the queues are inside their arrays. */
void ps2kbd_restored(struct ps2kbd *k);

/* True if there is a byte to fetch; fetch takes it. */
bool ps2kbd_has_byte(const struct ps2kbd *k);
uint8_t ps2kbd_fetch(struct ps2kbd *k);

#endif

/*
 * VGA in text mode, as far as software that prints needs it. Source: IBM VGA (PS/2 Hardware
 * Interface Technical Reference, Video Subsystem), CRT Controller and Input Status Register 1.
 *
 * Ports: 3D4h CRTC index, 3D5h data (registers 00h-18h with the write protection of 00h-07h), 3DAh
 * status (retrace bits from the clock, 70 Hz and 31.5 kHz). Text memory at B8000h is ordinary RAM.
 *
 * Not implemented: sequencer, graphics and attribute controllers, the DAC, fonts, mode changes: it
 * is always mode 3.
 */
#ifndef SIM_DEV_VGATEXT_H
#define SIM_DEV_VGATEXT_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/state.h"

#define VGATEXT_CRTC_REGISTERS 25

struct vgatext_state {
    uint8_t crtc[VGATEXT_CRTC_REGISTERS];
    uint8_t index;
    uint8_t reserved[6];
};

struct vgatext {
    struct vgatext_state s;
    struct sim_clock *clock; /* wire */
};

extern const struct state_desc vgatext_desc;
extern const struct io_ops vgatext_crtc_ops;
extern const struct io_ops vgatext_status_ops;

/* Mode 3: 80 x 25, the cursor at the top left. */
void vgatext_reset(struct vgatext *v);

/* What a screen shows: first character cell and the cursor's cell, both counted from B8000h; cursor
 * scan lines. */
struct vgatext_view {
    uint16_t start, cursor;
    uint8_t cursor_from, cursor_to; /* scan lines 0..15, both included */
    bool cursor_on;
};
struct vgatext_view vgatext_look(const struct vgatext *v);

#endif

/* VGA text mode: see vgatext.h. */
#include "dev/vgatext.h"

#include <string.h>

enum {
    CURSOR_START = 0x0a,
    CURSOR_END,
    START_HIGH,
    START_LOW,
    CURSOR_HIGH,
    CURSOR_LOW,
    VRETRACE_END = 0x11
};

#define CURSOR_OFF      0x20u
#define PROTECT         0x80u /* in VRETRACE_END: registers 0-7 */
#define OVERFLOW_LINE8  0x10u /* the one bit of register 7 that protection leaves open */
#define STATUS_BLANK    0x01u
#define STATUS_VRETRACE 0x08u
#define PIXEL_HZ        28322000u
#define PIXELS_LINE     900u
#define PIXELS_SHOWN    720u
#define LINES_FRAME     449u
#define LINES_SHOWN     400u
#define RETRACE_FROM    412u
#define RETRACE_TO      414u

static const struct state_field fields[] = {
    STATE_ARRAY(vgatext_state, crtc),
    STATE_FIELD(vgatext_state, index),
    STATE_ARRAY(vgatext_state, reserved),
};
STATE_DESC(vgatext_desc, vgatext_state, 1, fields);

/* What the video BIOS programs for mode 3 at 720 x 400. */
static const uint8_t mode3[VGATEXT_CRTC_REGISTERS] = {
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
    0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
};

void vgatext_reset(struct vgatext *v)
{
    memset(&v->s, 0, sizeof v->s);
    memcpy(v->s.crtc, mode3, sizeof mode3);
}

static uint32_t crtc_read(void *device, uint32_t offset, unsigned size)
{
    const struct vgatext_state *s = &((struct vgatext *)device)->s;
    (void)size;
    if (offset == 0)
        return s->index;
    return s->index < VGATEXT_CRTC_REGISTERS ? s->crtc[s->index] : 0;
}

static void crtc_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct vgatext_state *s = &((struct vgatext *)device)->s;
    uint8_t v = (uint8_t)value;
    (void)size;
    if (offset == 0) {
        s->index = v & 0x3f;
        return;
    }
    if (s->index >= VGATEXT_CRTC_REGISTERS)
        return;
    if (s->index <= 7 && (s->crtc[VRETRACE_END] & PROTECT)) {
        if (s->index == 7)
            s->crtc[7] = (uint8_t)((s->crtc[7] & ~OVERFLOW_LINE8) | (v & OVERFLOW_LINE8));
        return;
    }
    s->crtc[s->index] = v;
}

/* Input Status Register 1: where the beam is. */
static uint32_t status_read(void *device, uint32_t offset, unsigned size)
{
    const struct vgatext *v = device;
    (void)offset, (void)size;
    uint64_t pixel = clock_cycles_to_ticks(v->clock, clock_now(v->clock), PIXEL_HZ);
    unsigned x = (unsigned)(pixel % PIXELS_LINE);
    unsigned y = (unsigned)(pixel / PIXELS_LINE % LINES_FRAME);
    return (x >= PIXELS_SHOWN || y >= LINES_SHOWN ? STATUS_BLANK : 0) |
           (y >= RETRACE_FROM && y < RETRACE_TO ? STATUS_VRETRACE : 0);
}

const struct io_ops vgatext_crtc_ops = {crtc_read, crtc_write};
const struct io_ops vgatext_status_ops = {status_read, 0};

struct vgatext_view vgatext_look(const struct vgatext *v)
{
    const uint8_t *r = v->s.crtc;
    return (struct vgatext_view){
        .start = (uint16_t)(r[START_HIGH] << 8 | r[START_LOW]),
        .cursor = (uint16_t)(r[CURSOR_HIGH] << 8 | r[CURSOR_LOW]),
        .cursor_from = r[CURSOR_START] & 0x1f,
        .cursor_to = r[CURSOR_END] & 0x1f,
        .cursor_on =
            !(r[CURSOR_START] & CURSOR_OFF) && (r[CURSOR_START] & 0x1f) <= (r[CURSOR_END] & 0x1f),
    };
}

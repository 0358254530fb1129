/* 8254 timer, its registers and outputs: see pit8254.h; the counters themselves are in
 * pit8254_counter.c. */
#include "dev/pit8254.h"

#include <string.h>

#include "dev/pit8254_counter.h"
#include "sim/abi/board.h"

#define CONTROL_SC         6 /* shift: select counter, 3 = read-back */
#define CONTROL_RW         4 /* shift: 0 latch, 1 low byte, 2 high byte, 3 both */
#define READBACK_NO_COUNT  0x20u
#define READBACK_NO_STATUS 0x10u

#define COUNTER_FIELDS(i)                                                                          \
    STATE_FIELD(pit8254_state, c[i].tick), STATE_FIELD(pit8254_state, c[i].count),                 \
        STATE_FIELD(pit8254_state, c[i].loaded), STATE_FIELD(pit8254_state, c[i].initial),         \
        STATE_FIELD(pit8254_state, c[i].latched), STATE_FIELD(pit8254_state, c[i].control),        \
        STATE_FIELD(pit8254_state, c[i].gate), STATE_FIELD(pit8254_state, c[i].out),               \
        STATE_FIELD(pit8254_state, c[i].null_count), STATE_FIELD(pit8254_state, c[i].loading),     \
        STATE_FIELD(pit8254_state, c[i].counting), STATE_FIELD(pit8254_state, c[i].first_byte),    \
        STATE_FIELD(pit8254_state, c[i].write_high), STATE_FIELD(pit8254_state, c[i].read_high),   \
        STATE_FIELD(pit8254_state, c[i].latch_left), STATE_FIELD(pit8254_state, c[i].status),      \
        STATE_FIELD(pit8254_state, c[i].status_latched), STATE_FIELD(pit8254_state, c[i].armed),   \
        STATE_FIELD(pit8254_state, c[i].written), STATE_ARRAY(pit8254_state, c[i].reserved)

static const struct state_field fields[] = {COUNTER_FIELDS(0), COUNTER_FIELDS(1),
                                            COUNTER_FIELDS(2)};
STATE_DESC(pit8254_desc, pit8254_state, 1, fields);

uint64_t pit8254_ticks(const struct pit8254 *p)
{
    return clock_cycles_to_ticks(p->clock, clock_now(p->clock), BOARD_PIT_HZ);
}

/* Shows an output to whoever listens (see the DEVIATION in pit8254.h), and sets the timer for its
 * next rise. */
static void drive(struct pit8254 *p, unsigned i, bool rose)
{
    const struct pit8254_counter *c = &p->s.c[i];
    unsigned mode = pit_counter_mode(c);
    if (!p->out[i].set)
        return;
    if (rose || (!c->out && mode != 2 && mode != 3))
        irq_line_set(&p->out[i], false);
    if (rose || c->out)
        irq_line_set(&p->out[i], c->out || mode == 2 || mode == 3);
    uint64_t next = pit_counter_next_rise(c);
    if (next != CLOCK_NEVER)
        next = clock_ticks_to_cycles(p->clock, c->tick + next, BOARD_PIT_HZ);
    clock_arm(p->clock, p->timer[i], next);
}

/* Brings a counter to the present tick. */
static struct pit8254_counter *sync(struct pit8254 *p, unsigned i)
{
    if (pit_counter_advance(&p->s.c[i], pit8254_ticks(p)))
        drive(p, i, true);
    return &p->s.c[i];
}

#define TIMER_CALLBACK(i)                                                                          \
    static void output_##i(void *device, uint64_t now)                                             \
    {                                                                                              \
        (void)now;                                                                                 \
        sync(device, i);                                                                           \
    }
TIMER_CALLBACK(0)
TIMER_CALLBACK(1)
TIMER_CALLBACK(2)

void pit8254_init(struct pit8254 *p, struct sim_clock *clock)
{
    static const clock_callback callbacks[PIT8254_COUNTERS] = {output_0, output_1, output_2};
    p->clock = clock;
    for (unsigned i = 0; i < PIT8254_COUNTERS; i++)
        if (p->out[i].set)
            p->timer[i] = clock_add_timer(clock, callbacks[i], p);
}

void pit8254_reset(struct pit8254 *p)
{
    memset(&p->s, 0, sizeof p->s);
    for (unsigned i = 0; i < PIT8254_COUNTERS; i++) {
        struct pit8254_counter *c = &p->s.c[i];
        c->tick = pit8254_ticks(p);
        c->control = 3 << CONTROL_RW | 2 << 1; /* both bytes, mode 2 */
        c->initial = c->loaded = pit_counter_modulus(c);
        c->gate = c->out = c->null_count = 1;
        drive(p, i, false);
    }
}

void pit8254_restored(struct pit8254 *p)
{
    for (unsigned i = 0; i < PIT8254_COUNTERS; i++) {
        struct pit8254_counter *c = &p->s.c[i];
        if (!c->initial)
            c->initial = pit_counter_modulus(c);
        if (!c->loaded)
            c->loaded = pit_counter_modulus(c);
        drive(p, i, false);
    }
}

void pit8254_set_gate(struct pit8254 *p, unsigned counter, bool level)
{
    struct pit8254_counter *c = sync(p, counter);
    bool was = c->out;
    pit_counter_set_gate(c, level);
    drive(p, counter, !was && c->out);
}

bool pit8254_output(struct pit8254 *p, unsigned counter)
{
    return sync(p, counter)->out;
}

bool pit8254_will_fire(const struct pit8254 *p)
{
    for (unsigned i = 0; i < PIT8254_COUNTERS; i++)
        if (p->out[i].set && pit_counter_next_rise(&p->s.c[i]) != CLOCK_NEVER)
            return true;
    return false;
}

static uint32_t from_bcd(uint32_t v)
{
    return (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
}

static uint32_t to_bcd(uint32_t v)
{
    return (v / 1000 % 10) << 12 | (v / 100 % 10) << 8 | (v / 10 % 10) << 4 | v % 10;
}

/* The counting element as the two bytes that a read shows. */
static uint16_t shown(const struct pit8254_counter *c)
{
    uint32_t count = c->count % pit_counter_modulus(c);
    return (uint16_t)(c->control & 1 ? to_bcd(count) : count);
}

static unsigned access_of(const struct pit8254_counter *c)
{
    return (c->control >> CONTROL_RW) & 3u;
}

/* Counter Latch Command: held until read; a second latch before that is ignored. */
static void latch_count(struct pit8254_counter *c)
{
    if (c->latch_left)
        return;
    c->latched = shown(c);
    c->latch_left = access_of(c) == 3 ? 2 : 1;
}

static void latch_status(struct pit8254_counter *c)
{
    if (c->status_latched)
        return;
    c->status =
        (uint8_t)((c->out ? 0x80u : 0) | (c->null_count ? 0x40u : 0) | (c->control & 0x3fu));
    c->status_latched = 1;
}

static void write_control(struct pit8254 *p, uint8_t value)
{
    unsigned i = value >> CONTROL_SC;
    if (i == 3) {
        for (unsigned k = 0; k < PIT8254_COUNTERS; k++) {
            if (!(value & 2u << k))
                continue;
            struct pit8254_counter *c = sync(p, k);
            if (!(value & READBACK_NO_COUNT))
                latch_count(c);
            if (!(value & READBACK_NO_STATUS))
                latch_status(c);
        }
        return;
    }
    struct pit8254_counter *c = sync(p, i);
    if (!((value >> CONTROL_RW) & 3u)) {
        latch_count(c);
        return;
    }
    bool was = c->out;
    pit_counter_set_mode(c, value & 0x3f);
    drive(p, i, !was && c->out);
}

static void write_counter(struct pit8254 *p, unsigned i, uint8_t value)
{
    struct pit8254_counter *c = sync(p, i);
    uint32_t count = value;
    switch (access_of(c)) {
    case 2:
        count = (uint32_t)value << 8;
        break;
    case 3:
        c->write_high = !c->write_high;
        if (c->write_high) {
            c->first_byte = value;
            pit_counter_first_byte(c);
            drive(p, i, false);
            return;
        }
        count = (uint32_t)value << 8 | c->first_byte;
        break;
    default:
        break;
    }
    pit_counter_set_count(c, c->control & 1 ? from_bcd(count) : count);
    drive(p, i, false);
}

static void pit_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    (void)size;
    if (offset == 3)
        write_control(device, (uint8_t)value);
    else
        write_counter(device, offset, (uint8_t)value);
}

static uint32_t pit_read(void *device, uint32_t offset, unsigned size)
{
    struct pit8254 *p = device;
    (void)size;
    if (offset == 3)
        return 0xff; /* the data bus floats */
    struct pit8254_counter *c = sync(p, offset);
    if (c->status_latched) {
        c->status_latched = 0;
        return c->status;
    }
    uint16_t value = c->latch_left ? c->latched : shown(c);
    if (c->latch_left)
        c->latch_left--;
    bool high = access_of(c) == 2;
    if (access_of(c) == 3) {
        high = c->read_high;
        c->read_high = !c->read_high;
    }
    return high ? value >> 8 : value & 0xffu;
}

const struct io_ops pit8254_ops = {pit_read, pit_write};

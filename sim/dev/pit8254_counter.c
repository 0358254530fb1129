/*
 * The six modes of an 8254 counter (pit8254_counter.h). Source: Intel 82C54 data sheet, Mode
 * Definitions.
 *
 * Between events (output changes, reloads) the counting element only decrements, so a counter jumps
 * from event to event; in modes 2 and 3 whole periods are skipped at once.
 */
#include "dev/pit8254_counter.h"

#define CONTROL_BCD 1u

unsigned pit_counter_mode(const struct pit8254_counter *c)
{
    unsigned mode = (c->control >> 1) & 7u;
    return mode > 5 ? mode - 4 : mode; /* 110 and 111 are modes 2 and 3 */
}

uint32_t pit_counter_modulus(const struct pit8254_counter *c)
{
    return c->control & CONTROL_BCD ? 10000 : 0x10000;
}

static bool periodic(unsigned mode)
{
    return mode == 2 || mode == 3;
}

static bool hardware_triggered(unsigned mode)
{
    return mode == 1 || mode == 5;
}

/* Count register to counting element; mode 3 counts an even number down in twos. */
static void reload(struct pit8254_counter *c)
{
    c->loaded = c->initial;
    c->null_count = 0;
    c->count = pit_counter_mode(c) == 3 ? c->loaded & ~1u : c->loaded;
}

/* The CLK pulse that loads after a write or a trigger. */
static void load(struct pit8254_counter *c)
{
    unsigned mode = pit_counter_mode(c);
    reload(c);
    c->loading = 0;
    c->counting = 1;
    c->armed = !periodic(mode);
    c->out = mode != 0 && mode != 1;
}

/* True if the gate's level holds the counter still. The end of a mode 4 strobe does not ask the
 * gate. */
static bool held(const struct pit8254_counter *c)
{
    unsigned mode = pit_counter_mode(c);
    if (!c->counting)
        return true;
    return !c->gate && !hardware_triggered(mode) && !(mode == 4 && !c->out);
}

/* CLKs of the present half of a square wave: an odd count's high half is one longer. */
static uint64_t half_left(const struct pit8254_counter *c)
{
    return c->count / 2 + (c->out && (c->loaded & 1));
}

/* CLKs to the next event of a running counter. */
static uint64_t to_event(const struct pit8254_counter *c)
{
    switch (pit_counter_mode(c)) {
    case 2:
        return c->out && c->count > 1 ? c->count - 1 : 1;
    case 3:
        return half_left(c);
    case 4:
    case 5:
        if (!c->out)
            return 1;
        break;
    default:
        break;
    }
    return c->armed ? c->count : CLOCK_NEVER;
}

/* n CLKs of mere counting. */
static void count_down(struct pit8254_counter *c, uint64_t n)
{
    unsigned mode = pit_counter_mode(c);
    uint32_t modulus = pit_counter_modulus(c);
    if (mode == 3) {
        c->count -= c->count >= 2 * n ? (uint32_t)(2 * n) : c->count;
    } else if (c->gate || hardware_triggered(mode)) {
        c->count = n <= c->count ? c->count - (uint32_t)n
                                 : (c->count + modulus - (uint32_t)(n % modulus)) % modulus;
    }
}

/* What happens at an event. */
static void event(struct pit8254_counter *c)
{
    switch (pit_counter_mode(c)) {
    case 2:
        c->out = !(c->out && c->count == 1 && c->loaded > 1);
        if (c->out)
            reload(c);
        break;
    case 3:
        reload(c);
        c->out = !c->out || c->loaded == 1; /* a count of 1 is illegal: no low half */
        break;
    case 4:
    case 5:
        c->out = !c->out;
        c->armed = 0;
        break;
    default:
        c->out = 1;
        c->armed = 0;
        break;
    }
}

/* At the start of a period of mode 2 or 3: skips whole periods that end by `tick`. Returns true if
 * it skipped any. */
static bool skip_periods(struct pit8254_counter *c, uint64_t tick)
{
    unsigned mode = pit_counter_mode(c);
    uint32_t start = mode == 3 ? c->loaded & ~1u : c->loaded;
    if (!periodic(mode) || !c->out || c->null_count || c->count != start)
        return false;
    uint64_t periods = (tick - c->tick) / c->loaded;
    c->tick += periods * c->loaded;
    return periods && c->loaded > 1;
}

bool pit_counter_advance(struct pit8254_counter *c, uint64_t tick)
{
    bool rose = false;
    while (c->tick < tick) {
        bool was = c->out;
        if (c->loading) {
            load(c);
            c->tick++;
            rose |= !was && c->out;
            continue;
        }
        uint64_t left = tick - c->tick, n = held(c) ? CLOCK_NEVER : to_event(c);
        if (left < n) {
            if (!held(c))
                count_down(c, left);
            c->tick = tick;
            break;
        }
        count_down(c, n);
        event(c);
        c->tick += n;
        rose |= !was && c->out;
        rose |= skip_periods(c, tick);
    }
    return rose;
}

uint64_t pit_counter_next_rise(const struct pit8254_counter *now)
{
    struct pit8254_counter c = *now;
    uint64_t before = 0;
    if (c.loading) {
        load(&c);
        before = 1;
        if (!now->out && c.out)
            return before;
    }
    if (held(&c))
        return CLOCK_NEVER;
    switch (pit_counter_mode(&c)) {
    case 2:
        if (!c.out || c.count > 1)
            return before + c.count;
        return c.initial > 1 ? before + 1 + c.initial : CLOCK_NEVER;
    case 3:
        if (!c.out)
            return before + half_left(&c);
        return c.initial > 1 ? before + half_left(&c) + c.initial / 2 : CLOCK_NEVER;
    case 4:
    case 5:
        if (!c.out)
            return before + 1;
        return c.armed ? before + c.count + 1 : CLOCK_NEVER;
    default:
        return c.armed ? before + c.count : CLOCK_NEVER;
    }
}

void pit_counter_set_mode(struct pit8254_counter *c, uint8_t control)
{
    c->control = control;
    c->out = pit_counter_mode(c) != 0;
    c->null_count = 1;
    c->loading = c->counting = c->armed = c->written = 0;
    c->write_high = c->read_high = c->latch_left = c->status_latched = 0;
}

void pit_counter_set_count(struct pit8254_counter *c, uint32_t count)
{
    unsigned mode = pit_counter_mode(c);
    c->initial = count ? count : pit_counter_modulus(c);
    c->null_count = 1;
    c->written = 1;
    if (mode == 0)
        c->out = 0;
    if (mode == 0 || mode == 4 || (periodic(mode) && !c->counting))
        c->loading = 1;
}

void pit_counter_first_byte(struct pit8254_counter *c)
{
    if (pit_counter_mode(c) != 0)
        return;
    c->out = 0;
    c->loading = c->counting = c->armed = 0;
}

void pit_counter_set_gate(struct pit8254_counter *c, bool level)
{
    unsigned mode = pit_counter_mode(c);
    bool rises = level && !c->gate;
    c->gate = level;
    if (rises && c->written && mode != 0 && mode != 4)
        c->loading = 1;
    if (!level && periodic(mode))
        c->out = 1;
}

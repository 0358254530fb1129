/* Local APIC: accepting, prioritizing and retiring interrupts. See lapic.h. */
#include "dev/lapic.h"

#include <string.h>

#include "dev/lapic_internal.h"
#include "sim/abi/board.h"
#include "sim/compiler.h"

#define BASE_BSP          0x100ull
#define BASE_ENABLED      0x800ull
#define BASE_ADDRESS      0xfffff000ull
#define FIRMWARE_SPURIOUS 0x0fu

static const struct state_field fields[] = {
    STATE_FIELD(lapic_state, base),          STATE_FIELD(lapic_state, timer_start),
    STATE_FIELD(lapic_state, deadline),      STATE_ARRAY(lapic_state, irr),
    STATE_ARRAY(lapic_state, isr),           STATE_ARRAY(lapic_state, tmr),
    STATE_ARRAY(lapic_state, lvt),           STATE_FIELD(lapic_state, id),
    STATE_FIELD(lapic_state, tpr),           STATE_FIELD(lapic_state, ldr),
    STATE_FIELD(lapic_state, dfr),           STATE_FIELD(lapic_state, svr),
    STATE_FIELD(lapic_state, icr_low),       STATE_FIELD(lapic_state, icr_high),
    STATE_FIELD(lapic_state, esr),           STATE_FIELD(lapic_state, esr_pending),
    STATE_FIELD(lapic_state, timer_initial), STATE_FIELD(lapic_state, timer_divide),
    STATE_FIELD(lapic_state, timer_running), STATE_FIELD(lapic_state, lint0),
    STATE_ARRAY(lapic_state, reserved),
};
STATE_DESC(lapic_desc, lapic_state, 1, fields);

/* --- vectors --- */

/* Highest vector in a 256-bit register, -1 if it is empty. */
static int highest(const uint32_t reg[8])
{
    for (int i = 7; i >= 0; i--)
        if (reg[i])
            return 32 * i + 31 - (int)SIM_CLZ32(reg[i]);
    return -1;
}

static void set_vector(uint32_t reg[8], unsigned vector, bool on)
{
    uint32_t bit = 1u << (vector % 32);
    reg[vector / 32] = on ? reg[vector / 32] | bit : reg[vector / 32] & ~bit;
}

static bool get_vector(const uint32_t reg[8], unsigned vector)
{
    return reg[vector / 32] >> (vector % 32) & 1;
}

uint32_t lapic_ppr(const struct lapic_state *s)
{
    int serving = highest(s->isr);
    uint32_t class = serving < 0 ? 0 : (uint32_t)serving & 0xf0u;
    return (s->tpr & 0xf0u) >= class ? s->tpr & 0xffu : class;
}

/* The interrupt to give the processor now, -1 if there is none above its priority. */
static int deliverable(const struct lapic_state *s)
{
    int vector = lapic_soft_enabled(s) ? highest(s->irr) : -1;
    return vector >= 0 && ((uint32_t)vector & 0xf0u) > (lapic_ppr(s) & 0xf0u) ? vector : -1;
}

/* True if LINT0 carries the 8259A's request to the processor. A disabled APIC is not there: the pin
 * is INTR. */
static bool extint(const struct lapic *l)
{
    uint32_t lvt = l->s.lvt[LVT_LINT0];
    if (!l->s.lint0)
        return false;
    return !lapic_enabled(l) || (!(lvt & LVT_MASKED) && (lvt & LVT_MODE) == LVT_MODE_EXTINT);
}

void lapic_update(struct lapic *l)
{
    irq_line_set(&l->intr, (lapic_enabled(l) && deliverable(&l->s) >= 0) || extint(l));
}

/* --- messages --- */

void lapic_error(struct lapic *l, uint32_t bits)
{
    struct lapic_state *s = &l->s;
    bool fresh = bits & ~s->esr_pending;
    s->esr_pending |= bits;
    uint32_t lvt = s->lvt[LVT_ERROR];
    if (fresh && !(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) >= 16)
        lapic_accept(l, (uint8_t)lvt, false);
}

bool lapic_accept(struct lapic *l, uint8_t vector, bool level_triggered)
{
    struct lapic_state *s = &l->s;
    if (!lapic_enabled(l) || !lapic_soft_enabled(s))
        return false;
    if (vector < 16) {
        lapic_error(l, ESR_RECEIVED_ILLEGAL);
        return true;
    }
    set_vector(s->irr, vector, true);
    set_vector(s->tmr, vector, level_triggered);
    lapic_update(l);
    return true;
}

bool lapic_would_interrupt(const struct lapic *l, uint8_t vector)
{
    const struct lapic_state *s = &l->s;
    if (vector < 16) { /* an error, which may have an interrupt of its own */
        uint32_t lvt = s->lvt[LVT_ERROR];
        if ((s->esr_pending & ESR_RECEIVED_ILLEGAL) || (lvt & LVT_MASKED))
            return false;
        vector = (uint8_t)lvt;
    }
    return lapic_enabled(l) && lapic_soft_enabled(s) && vector >= 16 &&
           (vector & 0xf0u) > (lapic_ppr(s) & 0xf0u);
}

bool lapic_lint0_would_interrupt(const struct lapic *l)
{
    uint32_t lvt = l->s.lvt[LVT_LINT0];
    if (!lapic_enabled(l))
        return true;
    if (lvt & LVT_MASKED)
        return false;
    if ((lvt & LVT_MODE) == LVT_MODE_EXTINT)
        return true;
    bool served = (lvt & LVT_LEVEL) && (lvt & LVT_REMOTE_IRR);
    return !(lvt & LVT_MODE) && !served && lapic_would_interrupt(l, (uint8_t)lvt);
}

bool lapic_is_destination(const struct lapic *l, uint8_t destination, bool logical)
{
    uint8_t own = (uint8_t)(l->s.id >> 24), ldr = (uint8_t)(l->s.ldr >> 24);
    if (destination == 0xff)
        return true;
    if (!logical)
        return destination == own;
    if (l->s.dfr >> 28 == 0xf) /* flat model */
        return destination & ldr;
    return destination >> 4 == ldr >> 4 && (destination & ldr & 0xf); /* cluster model */
}

/* A level-triggered LINT0 in fixed mode delivers while the pin is high; an edge once. */
static void lint0_fixed(struct lapic *l, bool rises)
{
    uint32_t *lvt = &l->s.lvt[LVT_LINT0];
    if ((*lvt & LVT_MASKED) || (*lvt & LVT_MODE))
        return;
    if (*lvt & LVT_LEVEL) {
        if (!l->s.lint0 || (*lvt & LVT_REMOTE_IRR))
            return;
        *lvt |= LVT_REMOTE_IRR;
        lapic_accept(l, (uint8_t)*lvt, true);
    } else if (rises) {
        lapic_accept(l, (uint8_t)*lvt, false);
    }
}

void lapic_serve_lint0(struct lapic *l)
{
    lint0_fixed(l, false);
}

void lapic_set_lint0(void *lapic, unsigned input, bool level)
{
    struct lapic *l = lapic;
    (void)input;
    bool rises = level && !l->s.lint0;
    l->s.lint0 = level;
    lint0_fixed(l, rises);
    lapic_update(l);
}

int lapic_acknowledge(struct lapic *l)
{
    struct lapic_state *s = &l->s;
    int vector = lapic_enabled(l) ? deliverable(s) : -1;
    if (vector < 0)
        return extint(l) ? LAPIC_EXTINT : LAPIC_NONE;
    set_vector(s->irr, (unsigned)vector, false);
    set_vector(s->isr, (unsigned)vector, true);
    irq_line_set(&l->intr, false);
    lapic_update(l);
    return vector;
}

void lapic_end_of_interrupt(struct lapic *l)
{
    struct lapic_state *s = &l->s;
    int vector = highest(s->isr);
    if (vector < 0)
        return;
    set_vector(s->isr, (unsigned)vector, false);
    if (get_vector(s->tmr, (unsigned)vector)) {
        if ((s->lvt[LVT_LINT0] & LVT_VECTOR) == (uint32_t)vector) {
            s->lvt[LVT_LINT0] &= ~LVT_REMOTE_IRR;
            lapic_serve_lint0(l);
        }
        if (l->eoi)
            l->eoi(l->ioapic, (uint8_t)vector);
    }
    lapic_update(l);
}

/* --- life --- */

bool lapic_enabled(const struct lapic *l)
{
    return l->s.base & BASE_ENABLED;
}

static void power_up(struct lapic *l)
{
    uint8_t lint0 = l->s.lint0;
    l->s = (struct lapic_state){.base = BOARD_LAPIC_BASE | BASE_ENABLED | BASE_BSP,
                                .deadline = CLOCK_NEVER,
                                .dfr = UINT32_MAX,
                                .svr = 0xff,
                                .lint0 = lint0};
    for (unsigned i = 0; i < LAPIC_LVTS; i++)
        l->s.lvt[i] = LVT_MASKED;
}

void lapic_reset(struct lapic *l)
{
    power_up(l);
    l->s.svr = SVR_ENABLED | FIRMWARE_SPURIOUS;
    l->s.lvt[LVT_LINT0] = LVT_MODE_EXTINT;
    l->s.lvt[LVT_LINT1] = LVT_MODE_NMI;
    lapic_restored(l);
}

/* Switched off, the APIC forgets itself; switched on again it is as after power-up, without
 * firmware's settings. */
bool lapic_set_base(struct lapic *l, uint64_t value)
{
    if (value & ~(BASE_ADDRESS | BASE_ENABLED | BASE_BSP))
        return false;
    bool was = lapic_enabled(l);
    if (was && !(value & BASE_ENABLED))
        power_up(l);
    l->s.base = value;
    lapic_restored(l);
    if (l->ready)
        l->ready(l->ioapic);
    return true;
}

void lapic_restored(struct lapic *l)
{
    if (!l->s.timer_initial)
        l->s.timer_running = 0;
    lapic_timer_rearm(l);
    lapic_update(l);
}

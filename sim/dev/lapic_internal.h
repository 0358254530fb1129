/* Inside the local APIC: interrupt acceptance (lapic.c), the timer (lapic_timer.c), registers
 * (lapic_registers.c). */
#ifndef SIM_DEV_LAPIC_INTERNAL_H
#define SIM_DEV_LAPIC_INTERNAL_H

#include "dev/lapic.h"

#define LVT_VECTOR         0x000ffu
#define LVT_MODE           0x00700u
#define LVT_MODE_NMI       0x00400u
#define LVT_MODE_EXTINT    0x00700u
#define LVT_REMOTE_IRR     0x04000u
#define LVT_LEVEL          0x08000u
#define LVT_MASKED         0x10000u
#define LVT_TIMER_MODE     0x60000u
#define LVT_TIMER_PERIODIC 0x20000u
#define LVT_TIMER_DEADLINE 0x40000u

#define SVR_ENABLED  0x100u
#define SVR_WRITABLE 0x3ffu

#define ESR_SEND_ILLEGAL     0x20u
#define ESR_RECEIVED_ILLEGAL 0x40u
#define ESR_ILLEGAL_REGISTER 0x80u

/* Drives INTR from everything that decides it. */
void lapic_update(struct lapic *l);

/* Delivers LINT0 if its entry is level-triggered, not served yet, and the pin is high. */
void lapic_serve_lint0(struct lapic *l);

/* Records errors, and raises the error interrupt if they are new. */
void lapic_error(struct lapic *l, uint32_t bits);

/* The processor's priority: the higher of the task's and of what is in service. */
uint32_t lapic_ppr(const struct lapic_state *s);

static inline bool lapic_soft_enabled(const struct lapic_state *s)
{
    return s->svr & SVR_ENABLED;
}

/* Timer: what the current count shows; new initial count, divide value, LVT entry; all at the
 * present tick. */
uint32_t lapic_timer_current(struct lapic *l);
void lapic_timer_set_initial(struct lapic *l, uint32_t count);
void lapic_timer_set_divide(struct lapic *l, uint32_t value);
void lapic_timer_set_lvt(struct lapic *l, uint32_t value);
void lapic_timer_rearm(struct lapic *l);

#endif

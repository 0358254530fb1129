/*
 * Local APIC of the one CPU. Source: SDM v3, Advanced Programmable Interrupt Controller (the
 * Pentium 4 / xAPIC form).
 *
 * Registers (memory-mapped, 32 bits each on 16-byte boundaries): 020 ID, 030 version, 080 TPR, 090
 * APR, 0A0 PPR, 0B0 EOI, 0C0 RRD, 0D0 LDR, 0E0 DFR, 0F0 SVR, 100 ISR, 180 TMR, 200 IRR, 280 ESR,
 * 300/310 ICR, 320-370 LVT (timer, thermal, performance, LINT0, LINT1, error), 380/390 timer
 * counts, 3E0 divide. MSR 1Bh: base and global enable.
 *
 * Fixed and lowest-priority delivery, self IPIs, level-triggered EOI to the IO-APIC, error
 * reporting, the timer one-shot and periodic, LINT0 as ExtINT for the 8259A. The timer counts a 100
 * MHz bus clock.
 *
 * LVT timer mode 10b is the deadline mode of later CPUs, with the deadline set by
 * lapic_set_deadline: only the hypervisor uses it (DEVIATION: no MSR 6E0h, no CPUID bit; a guest
 * that writes it gets a timer that never fires).
 *
 * NMI messages reach the processor whether the APIC is software-enabled or not; the vector does not
 * count.
 *
 * Not implemented: SMI, INIT and start-up messages (accepted and lost: there is no other CPU),
 * thermal and performance interrupts (nothing raises them), LINT1 (nobody drives it), x2APIC.
 */
#ifndef SIM_DEV_LAPIC_H
#define SIM_DEV_LAPIC_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/state.h"

enum { LVT_TIMER, LVT_THERMAL, LVT_PERFORMANCE, LVT_LINT0, LVT_LINT1, LVT_ERROR, LAPIC_LVTS };

struct lapic_state {
    uint64_t base;        /* MSR 1Bh */
    uint64_t timer_start; /* bus tick at which the count began */
    uint64_t deadline;    /* cycle, in deadline mode; CLOCK_NEVER: none */
    uint32_t irr[8], isr[8], tmr[8];
    uint32_t lvt[LAPIC_LVTS];
    uint32_t id, tpr, ldr, dfr, svr, icr_low, icr_high;
    uint32_t esr;         /* as last latched by a write */
    uint32_t esr_pending; /* errors since */
    uint32_t timer_initial, timer_divide;
    uint8_t timer_running;
    uint8_t lint0; /* level of the pin */
    uint8_t reserved[2];
};

struct lapic {
    struct lapic_state s;
    struct sim_clock *clock;                   /* wires */
    struct irq_line intr;                      /* to the CPU's INTR */
    struct irq_line nmi;                       /* to the CPU's NMI, which feels the rise */
    void (*eoi)(void *ioapic, uint8_t vector); /* end of a level-triggered interrupt; may be null */
    void (*ready)(void *ioapic);               /* it may take what it refused before; may be null */
    void *ioapic;
    unsigned timer;
};

extern const struct state_desc lapic_desc;
extern const struct io_ops lapic_ops;

void lapic_init(struct lapic *l, struct sim_clock *clock);

/* Power-up (SDM, Local APIC State After Power-Up or Reset), then virtual wire mode as firmware sets
 * it up. */
void lapic_reset(struct lapic *l);

/* The LINT0 pin, where the board connects the 8259A; fits irq_line.set. */
void lapic_set_lint0(void *lapic, unsigned input, bool level);

/* Takes an interrupt message; false while disabled. Illegal vectors (below 16) are recorded in ESR
 * and dropped. */
bool lapic_accept(struct lapic *l, uint8_t vector, bool level_triggered);

/* True if a message for this destination is for this APIC (8-bit destination; logical: by LDR and
 * DFR). */
bool lapic_is_destination(const struct lapic *l, uint8_t destination, bool logical);

/* Result of the interrupt acknowledge: a vector, or one of these. */
enum { LAPIC_NONE = -1, LAPIC_EXTINT = -2 /* ask the 8259A */ };
int lapic_acknowledge(struct lapic *l);

/* Retires the interrupt in service of highest priority, as a write to EOI does. */
void lapic_end_of_interrupt(struct lapic *l);

/* MSR 1Bh. False for reserved bits; the caller moves the register page. */
bool lapic_set_base(struct lapic *l, uint64_t value);
bool lapic_enabled(const struct lapic *l);

/* Programs the timer for one interrupt at a cycle of the clock; CLOCK_NEVER disarms it. */
void lapic_set_deadline(struct lapic *l, uint8_t vector, uint64_t deadline);

/* True if a timer interrupt will come by itself, and one the processor takes. */
bool lapic_will_fire(const struct lapic *l);

/* Would the processor get this vector, or a rise of LINT0, with priorities and masks as they are?
 */
bool lapic_would_interrupt(const struct lapic *l, uint8_t vector);
bool lapic_lint0_would_interrupt(const struct lapic *l);

/* After a state was restored: arms the timer, drives INTR. */
void lapic_restored(struct lapic *l);

#endif

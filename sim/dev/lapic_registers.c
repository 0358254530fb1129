/* The local APIC's register page: see lapic.h. */
#include "dev/lapic_internal.h"

#define VERSION   0x00050014u /* xAPIC, highest LVT entry 5 */
#define REG_SHIFT 4

enum {
    REG_ID = 0x02,
    REG_VERSION,
    REG_TPR = 0x08,
    REG_APR,
    REG_PPR,
    REG_EOI,
    REG_RRD,
    REG_LDR,
    REG_DFR,
    REG_SVR,
    REG_ISR,
    REG_TMR = 0x18,
    REG_IRR = 0x20,
    REG_ESR = 0x28,
    REG_ICR_LOW = 0x30,
    REG_ICR_HIGH,
    REG_LVT,
    REG_TIMER_INITIAL = 0x38,
    REG_TIMER_CURRENT,
    REG_DIVIDE = 0x3e
};

#define ICR_MODE      0x700u
#define ICR_LOWEST    0x100u
#define ICR_NMI       0x400u
#define ICR_LOGICAL   0x800u
#define ICR_SHORTHAND 0xc0000u
#define ICR_TO_SELF   0x40000u
#define ICR_TO_ALL    0x80000u
#define ICR_WRITABLE  0xccfffu

static const uint32_t lvt_writable[LAPIC_LVTS] = {
    [LVT_TIMER] = LVT_VECTOR | LVT_MASKED | LVT_TIMER_MODE,
    [LVT_THERMAL] = LVT_VECTOR | LVT_MODE | LVT_MASKED,
    [LVT_PERFORMANCE] = LVT_VECTOR | LVT_MODE | LVT_MASKED,
    [LVT_LINT0] = LVT_VECTOR | LVT_MODE | 0x2000u | LVT_LEVEL | LVT_MASKED,
    [LVT_LINT1] = LVT_VECTOR | LVT_MODE | 0x2000u | LVT_LEVEL | LVT_MASKED,
    [LVT_ERROR] = LVT_VECTOR | LVT_MASKED,
};

/* Sends an interrupt message. This CPU is the only one, so it is for us or for nobody. */
static void send(struct lapic *l, uint32_t command)
{
    uint32_t mode = command & ICR_MODE;
    bool ours;
    switch (command & ICR_SHORTHAND) {
    case ICR_TO_SELF:
    case ICR_TO_ALL:
        ours = true;
        break;
    case 0:
        ours = lapic_is_destination(l, (uint8_t)(l->s.icr_high >> 24), command & ICR_LOGICAL);
        break;
    default: /* all excluding self */
        ours = false;
        break;
    }
    if (mode == ICR_NMI && ours) {
        irq_line_set(&l->nmi, true);
        irq_line_set(&l->nmi, false);
    }
    if (mode > ICR_LOWEST)
        return;
    if ((command & LVT_VECTOR) < 16) {
        lapic_error(l, ESR_SEND_ILLEGAL);
        return;
    }
    if (ours)
        lapic_accept(l, (uint8_t)command, false); /* IPIs are edges */
}

static void write_lvt(struct lapic *l, unsigned entry, uint32_t value)
{
    uint32_t kept = l->s.lvt[entry] & LVT_REMOTE_IRR;
    value &= lvt_writable[entry];
    if (!lapic_soft_enabled(&l->s))
        value |= LVT_MASKED;
    if (entry == LVT_TIMER)
        lapic_timer_set_lvt(l, value);
    else
        l->s.lvt[entry] = value | kept;
    if (entry == LVT_LINT0)
        lapic_serve_lint0(l);
}

/* Software disable masks every local interrupt; what is pending or in service stays. */
static void write_svr(struct lapic *l, uint32_t value)
{
    l->s.svr = value & SVR_WRITABLE;
    if (!lapic_soft_enabled(&l->s))
        for (unsigned i = 0; i < LAPIC_LVTS; i++)
            l->s.lvt[i] |= LVT_MASKED;
    lapic_timer_rearm(l);
}

static uint32_t read_register(struct lapic *l, unsigned reg)
{
    const struct lapic_state *s = &l->s;
    if (reg >= REG_ISR && reg < REG_ISR + 8)
        return s->isr[reg - REG_ISR];
    if (reg >= REG_TMR && reg < REG_TMR + 8)
        return s->tmr[reg - REG_TMR];
    if (reg >= REG_IRR && reg < REG_IRR + 8)
        return s->irr[reg - REG_IRR];
    if (reg >= REG_LVT && reg < REG_LVT + LAPIC_LVTS)
        return s->lvt[reg - REG_LVT];
    switch (reg) {
    case REG_ID:
        return s->id;
    case REG_VERSION:
        return VERSION;
    case REG_TPR:
        return s->tpr;
    case REG_PPR:
    case REG_APR: /* one agent: it arbitrates with its processor priority */
        return lapic_ppr(s);
    case REG_EOI:
    case REG_RRD:
        return 0;
    case REG_LDR:
        return s->ldr;
    case REG_DFR:
        return s->dfr;
    case REG_SVR:
        return s->svr;
    case REG_ESR:
        return s->esr;
    case REG_ICR_LOW:
        return s->icr_low;
    case REG_ICR_HIGH:
        return s->icr_high;
    case REG_TIMER_INITIAL:
        return s->timer_initial;
    case REG_TIMER_CURRENT:
        return lapic_timer_current(l);
    case REG_DIVIDE:
        return s->timer_divide;
    default:
        lapic_error(l, ESR_ILLEGAL_REGISTER);
        return 0;
    }
}

static bool is_read_only(unsigned reg)
{
    return reg == REG_VERSION || reg == REG_APR || reg == REG_PPR || reg == REG_RRD ||
           reg == REG_TIMER_CURRENT || (reg >= REG_ISR && reg < REG_ESR);
}

/* Of those who may be sent to: messages that nobody took are sent again. */
static bool is_address(unsigned reg)
{
    return reg == REG_ID || reg == REG_LDR || reg == REG_DFR || reg == REG_SVR;
}

static void write_register(struct lapic *l, unsigned reg, uint32_t value)
{
    struct lapic_state *s = &l->s;
    if (reg >= REG_LVT && reg < REG_LVT + LAPIC_LVTS) {
        write_lvt(l, reg - REG_LVT, value);
        return;
    }
    switch (reg) {
    case REG_ID:
        s->id = value & 0xff000000u;
        break;
    case REG_TPR:
        s->tpr = value & 0xffu;
        break;
    case REG_EOI:
        lapic_end_of_interrupt(l);
        break;
    case REG_LDR:
        s->ldr = value & 0xff000000u;
        break;
    case REG_DFR:
        s->dfr = value | 0x0fffffffu;
        break;
    case REG_SVR:
        write_svr(l, value);
        break;
    case REG_ESR: /* any value: shows what came since the last write */
        s->esr = s->esr_pending;
        s->esr_pending = 0;
        break;
    case REG_ICR_LOW:
        s->icr_low = value & ICR_WRITABLE;
        send(l, s->icr_low);
        break;
    case REG_ICR_HIGH:
        s->icr_high = value & 0xff000000u;
        break;
    case REG_TIMER_INITIAL:
        lapic_timer_set_initial(l, value);
        break;
    case REG_DIVIDE:
        lapic_timer_set_divide(l, value);
        break;
    default:
        if (!is_read_only(reg))
            lapic_error(l, ESR_ILLEGAL_REGISTER);
        break;
    }
}

/* Accesses narrower than a register see its bytes; writes must be whole (SDM: other widths are
 * undefined). */
static uint32_t mmio_read(void *device, uint32_t offset, unsigned size)
{
    (void)size;
    if ((offset & 15u) > 3u)
        return 0;
    return read_register(device, offset >> REG_SHIFT) >> (8 * (offset & 3u));
}

static void mmio_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    if ((offset & 15u) || size != 4)
        return;
    struct lapic *l = device;
    write_register(l, offset >> REG_SHIFT, value);
    lapic_update(l);
    if (is_address(offset >> REG_SHIFT) && l->ready)
        l->ready(l->ioapic);
}

const struct io_ops lapic_ops = {mmio_read, mmio_write};

/* 82093AA I/O APIC: see ioapic.h. */
#include "dev/ioapic.h"

#define ENTRY_VECTOR     0xffu
#define ENTRY_MODE       0x700u
#define ENTRY_LOWEST     0x100u
#define ENTRY_LOGICAL    0x800u
#define ENTRY_ACTIVE_LOW 0x2000u
#define ENTRY_REMOTE_IRR 0x4000u
#define ENTRY_LEVEL      0x8000u
#define ENTRY_MASKED     0x10000u
#define ENTRY_READ_ONLY  0x5000u /* delivery status, remote IRR */
#define ENTRY_WRITABLE   0xff0000000001ffffull

enum { SELECT = 0x00, WINDOW = 0x10 };
enum { REG_ID, REG_VERSION, REG_ARBITRATION, REG_ENTRIES = 0x10 };
#define VERSION (0x11u | (IOAPIC_INPUTS - 1) << 16)

static const struct state_field fields[] = {
    STATE_ARRAY(ioapic_state, entry),    STATE_FIELD(ioapic_state, lines),
    STATE_FIELD(ioapic_state, id),       STATE_FIELD(ioapic_state, select),
    STATE_ARRAY(ioapic_state, reserved),
};
STATE_DESC(ioapic_desc, ioapic_state, 1, fields);

void ioapic_reset(struct ioapic *io)
{
    uint32_t lines = io->s.lines;
    io->s = (struct ioapic_state){.lines = lines};
    for (unsigned i = 0; i < IOAPIC_INPUTS; i++)
        io->s.entry[i] = ENTRY_MASKED;
}

static bool active(const struct ioapic_state *s, unsigned input)
{
    return (s->lines >> input & 1) != !!(s->entry[input] & ENTRY_ACTIVE_LOW);
}

/* Sends the entry's message; returns true if somebody accepted it. */
static bool deliver(struct ioapic *io, unsigned input)
{
    uint64_t e = io->s.entry[input];
    if ((e & ENTRY_MODE) > ENTRY_LOWEST ||
        !lapic_is_destination(io->lapic, (uint8_t)(e >> 56), e & ENTRY_LOGICAL))
        return false;
    return lapic_accept(io->lapic, (uint8_t)(e & ENTRY_VECTOR), e & ENTRY_LEVEL);
}

/* A level-triggered input delivers while it is active, once until its EOI. */
static void serve_level(struct ioapic *io, unsigned input)
{
    uint64_t *e = &io->s.entry[input];
    if (!(*e & ENTRY_LEVEL) || (*e & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) || !active(&io->s, input))
        return;
    *e |= ENTRY_REMOTE_IRR; /* first: the processor may end it while we deliver */
    if (!deliver(io, input))
        *e &= ~(uint64_t)ENTRY_REMOTE_IRR;
}

void ioapic_set_input(void *ioapic, unsigned input, bool level)
{
    struct ioapic *io = ioapic;
    uint64_t e = io->s.entry[input];
    bool was = active(&io->s, input);
    uint32_t bit = 1u << input;
    io->s.lines = level ? io->s.lines | bit : io->s.lines & ~bit;
    if (e & ENTRY_LEVEL)
        serve_level(io, input);
    else if (!was && active(&io->s, input) && !(e & ENTRY_MASKED))
        deliver(io, input); /* an edge on a masked pin is lost */
}

void ioapic_retry(void *ioapic)
{
    for (unsigned i = 0; i < IOAPIC_INPUTS; i++)
        serve_level(ioapic, i);
}

bool ioapic_would_interrupt(const struct ioapic *io, unsigned input, bool toggles)
{
    uint64_t e = io->s.entry[input];
    bool rise_activates = !(e & ENTRY_ACTIVE_LOW) && !(io->s.lines >> input & 1);
    if ((e & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) || (e & ENTRY_MODE) > ENTRY_LOWEST ||
        !lapic_is_destination(io->lapic, (uint8_t)(e >> 56), e & ENTRY_LOGICAL))
        return false;
    return (toggles || rise_activates) &&
           lapic_would_interrupt(io->lapic, (uint8_t)(e & ENTRY_VECTOR));
}

void ioapic_eoi(void *ioapic, uint8_t vector)
{
    struct ioapic *io = ioapic;
    for (unsigned i = 0; i < IOAPIC_INPUTS; i++) {
        uint64_t *e = &io->s.entry[i];
        if (!(*e & ENTRY_REMOTE_IRR) || (*e & ENTRY_VECTOR) != vector)
            continue;
        *e &= ~(uint64_t)ENTRY_REMOTE_IRR;
        serve_level(io, i);
    }
}

static void write_entry(struct ioapic *io, unsigned index, uint32_t value)
{
    unsigned input = index / 2;
    uint64_t *e = &io->s.entry[input], half = 0xffffffffull;
    uint64_t merged = index & 1 ? (*e & half) | (uint64_t)value << 32 : (*e & ~half) | value;
    *e = (merged & ENTRY_WRITABLE & ~(uint64_t)ENTRY_READ_ONLY) | (*e & ENTRY_READ_ONLY);
    if (!(*e & ENTRY_LEVEL))
        *e &= ~(uint64_t)ENTRY_REMOTE_IRR; /* has no meaning for edges */
    serve_level(io, input);
}

static uint32_t read_window(const struct ioapic_state *s)
{
    unsigned entry = s->select - (unsigned)REG_ENTRIES;
    if (entry < 2 * IOAPIC_INPUTS)
        return (uint32_t)(s->entry[entry / 2] >> (entry & 1 ? 32 : 0));
    switch (s->select) {
    case REG_ID:
    case REG_ARBITRATION:
        return s->id;
    case REG_VERSION:
        return VERSION;
    default:
        return 0;
    }
}

static uint32_t mmio_read(void *device, uint32_t offset, unsigned size)
{
    const struct ioapic *io = device;
    (void)size;
    if (offset == SELECT)
        return io->s.select;
    return offset == WINDOW ? read_window(&io->s) : 0;
}

static void mmio_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct ioapic *io = device;
    (void)size;
    if (offset == SELECT) {
        io->s.select = (uint8_t)value;
    } else if (offset == WINDOW) {
        unsigned entry = io->s.select - (unsigned)REG_ENTRIES;
        if (entry < 2 * IOAPIC_INPUTS)
            write_entry(io, entry, value);
        else if (io->s.select == REG_ID)
            io->s.id = value & 0x0f000000u;
    }
}

const struct io_ops ioapic_ops = {mmio_read, mmio_write};

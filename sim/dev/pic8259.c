/* 8259A interrupt controller: see pic8259.h. Section names below are those of the data sheet. */
#include "dev/pic8259.h"

#define ICW1_IC4  0x01u
#define ICW1_SNGL 0x02u
#define ICW1_ADI  0x04u
#define ICW1_LTIM 0x08u
#define ICW1_MARK 0x10u
#define ICW4_UPM  0x01u
#define ICW4_AEOI 0x02u
#define ICW4_SFNM 0x10u

#define OCW2_LEVEL 0x07u
#define OCW2_EOI   0x20u
#define OCW2_SL    0x40u
#define OCW2_R     0x80u
#define OCW3_RIS   0x01u
#define OCW3_RR    0x02u
#define OCW3_POLL  0x04u
#define OCW3_MARK  0x08u
#define OCW3_SMM   0x20u
#define OCW3_ESMM  0x40u

#define NO_LEVEL 8u

static const struct state_field fields[] = {
    STATE_FIELD(pic8259_state, lines),        STATE_FIELD(pic8259_state, irr),
    STATE_FIELD(pic8259_state, isr),          STATE_FIELD(pic8259_state, imr),
    STATE_FIELD(pic8259_state, icw1),         STATE_FIELD(pic8259_state, icw2),
    STATE_FIELD(pic8259_state, icw3),         STATE_FIELD(pic8259_state, icw4),
    STATE_FIELD(pic8259_state, expect),       STATE_FIELD(pic8259_state, elcr),
    STATE_FIELD(pic8259_state, lowest),       STATE_FIELD(pic8259_state, read_isr),
    STATE_FIELD(pic8259_state, special_mask), STATE_FIELD(pic8259_state, rotate_on_aeoi),
    STATE_FIELD(pic8259_state, poll),         STATE_FIELD(pic8259_state, reserved),
};
STATE_DESC(pic8259_desc, pic8259_state, 1, fields);

static uint8_t bit(unsigned level)
{
    return (uint8_t)(1u << level);
}

static uint8_t level_triggered(const struct pic8259_state *s)
{
    return s->icw1 & ICW1_LTIM ? 0xff : s->elcr;
}

/* The level of highest priority among some, NO_LEVEL if there are none; *rank is 0 for the highest
 * of all. */
static unsigned highest(const struct pic8259_state *s, uint8_t levels, unsigned *rank)
{
    for (*rank = 0; *rank < 8; ++*rank) {
        unsigned level = (s->lowest + 1u + *rank) & 7u;
        if (levels & bit(level))
            return level;
    }
    return NO_LEVEL;
}

/* True if another request may come from the level in service: a slave's, in special fully nested
 * mode. */
static bool nests_in_itself(const struct pic8259_state *s, unsigned level)
{
    return (s->icw4 & ICW4_SFNM) && !(s->icw1 & ICW1_SNGL) && (s->icw3 & bit(level));
}

/* The level that asks for service: unmasked, and of higher priority than what is in service (Fully
 * Nested Mode). */
static unsigned requesting(const struct pic8259_state *s)
{
    if (s->expect)
        return NO_LEVEL;
    uint8_t serving = s->special_mask ? (uint8_t)(s->isr & ~s->imr) : s->isr;
    unsigned request_rank, service_rank;
    unsigned level = highest(s, (uint8_t)(s->irr & ~s->imr), &request_rank);
    if (level == NO_LEVEL)
        return NO_LEVEL;
    highest(s, serving, &service_rank);
    if (request_rank < service_rank || (request_rank == service_rank && nests_in_itself(s, level)))
        return level;
    return NO_LEVEL;
}

bool pic8259_interrupting(const struct pic8259 *p)
{
    return requesting(&p->s) != NO_LEVEL;
}

bool pic8259_would_interrupt(const struct pic8259 *p, unsigned input, bool toggles)
{
    struct pic8259_state s = p->s;
    if ((s.lines & bit(input)) && !toggles)
        return false;
    s.irr &= (uint8_t)~bit(input); /* low first */
    bool other = requesting(&s) != NO_LEVEL;
    s.irr |= bit(input);
    return !other && requesting(&s) != NO_LEVEL;
}

static void update(struct pic8259 *p)
{
    irq_line_set(&p->intr, pic8259_interrupting(p));
}

void pic8259_restored(struct pic8259 *p)
{
    update(p);
}

void pic8259_reset(struct pic8259 *p)
{
    uint8_t lines = p->s.lines;
    p->s = (struct pic8259_state){.lines = lines, .imr = 0xff, .lowest = 7};
    update(p);
}

void pic8259_set_input(void *pic, unsigned input, bool level)
{
    struct pic8259 *p = pic;
    struct pic8259_state *s = &p->s;
    uint8_t b = bit(input);
    bool was = s->lines & b;
    s->lines = (uint8_t)(level ? s->lines | b : s->lines & ~b);
    if (!level)
        s->irr &= (uint8_t)~b; /* a request must stay until it is acknowledged */
    else if (!was || (level_triggered(s) & b))
        s->irr |= b;
    if (was != level)
        update(p);
}

/* Ends service of a level; rotate makes it the lowest (Automatic Rotation, Specific Rotation). */
static void end_of_interrupt(struct pic8259_state *s, unsigned level, bool rotate)
{
    if (level == NO_LEVEL)
        return;
    s->isr &= (uint8_t)~bit(level);
    if (rotate)
        s->lowest = (uint8_t)level;
}

/* What a non-specific EOI ends: the highest level in service that the special mask does not hide.
 */
static unsigned nonspecific(const struct pic8259_state *s)
{
    unsigned rank;
    uint8_t serving = s->special_mask ? (uint8_t)(s->isr & ~s->imr) : s->isr;
    return highest(s, serving, &rank);
}

/* First acknowledge cycle: freezes priorities, moves the request from IRR to ISR. NO_LEVEL if it is
 * gone. */
static unsigned take(struct pic8259_state *s)
{
    unsigned level = requesting(s);
    if (level == NO_LEVEL)
        return level;
    s->isr |= bit(level);
    if (!(level_triggered(s) & bit(level)))
        s->irr &= (uint8_t)~bit(level);
    return level;
}

/* The byte on the data bus in the second acknowledge cycle (Interrupt Sequence). */
static uint8_t vector_of(const struct pic8259_state *s, unsigned level)
{
    if (s->icw4 & ICW4_UPM)
        return (uint8_t)((s->icw2 & 0xf8u) | level);
    if (s->icw1 & ICW1_ADI)
        return (uint8_t)((s->icw1 & 0xe0u) | level << 2);
    return (uint8_t)((s->icw1 & 0xc0u) | level << 3);
}

uint8_t pic8259_acknowledge(struct pic8259 *p)
{
    struct pic8259_state *s = &p->s;
    unsigned level = take(s);
    bool spurious = level == NO_LEVEL;
    irq_line_set(&p->intr,
                 false); /* INT falls with the acknowledge, so that a further request is an edge */
    if (spurious)
        level = 7;
    uint8_t vector = vector_of(s, level);
    if (!spurious && !(s->icw1 & ICW1_SNGL) && (s->icw3 & bit(level))) {
        struct pic8259 *slave = level == p->slave_input ? p->slave : NULL;
        bool answers = slave && (slave->s.icw3 & 7u) == level;
        vector = answers ? pic8259_acknowledge(slave) : 0xff; /* nobody drives the data bus */
    }
    if (!spurious && (s->icw4 & ICW4_AEOI))
        end_of_interrupt(s, nonspecific(s), s->rotate_on_aeoi);
    update(p);
    return vector;
}

/* Poll Command: the read is the acknowledge; bit 7 says whether there was a request. */
static uint8_t poll_read(struct pic8259 *p)
{
    struct pic8259_state *s = &p->s;
    s->poll = 0;
    unsigned level = take(s);
    irq_line_set(&p->intr, false);
    if (level != NO_LEVEL && (s->icw4 & ICW4_AEOI))
        end_of_interrupt(s, nonspecific(s), s->rotate_on_aeoi);
    update(p);
    return level == NO_LEVEL ? 0x07 : (uint8_t)(0x80u | level);
}

/* ICW1 starts initialization and resets the edge sense: an edge input must fall before it can
 * request again. */
static void write_icw1(struct pic8259_state *s, uint8_t value)
{
    *s = (struct pic8259_state){
        .lines = s->lines, .elcr = s->elcr, .icw1 = value, .icw3 = 7, .expect = 2, .lowest = 7};
    s->irr = s->lines & level_triggered(s);
}

static void write_ocw2(struct pic8259_state *s, uint8_t value)
{
    unsigned level = value & OCW2_LEVEL;
    bool rotate = value & OCW2_R;
    switch (value & (OCW2_R | OCW2_SL | OCW2_EOI)) {
    case 0:
    case OCW2_R:
        s->rotate_on_aeoi = rotate;
        break;
    case OCW2_EOI:
    case OCW2_R | OCW2_EOI:
        end_of_interrupt(s, nonspecific(s), rotate);
        break;
    case OCW2_SL | OCW2_EOI:
    case OCW2_R | OCW2_SL | OCW2_EOI:
        end_of_interrupt(s, level, rotate);
        break;
    case OCW2_R | OCW2_SL:
        s->lowest = (uint8_t)level;
        break;
    default: /* 010: no operation */
        break;
    }
}

static void write_ocw3(struct pic8259_state *s, uint8_t value)
{
    if (value & OCW3_ESMM)
        s->special_mask = !!(value & OCW3_SMM);
    s->poll = !!(value & OCW3_POLL);
    if (!(value & OCW3_POLL) && (value & OCW3_RR))
        s->read_isr = value & OCW3_RIS;
}

/* The write to offset 1 that ICW1 announced. */
static void write_icw(struct pic8259_state *s, uint8_t value)
{
    uint8_t after_icw3 = s->icw1 & ICW1_IC4 ? 4 : 0;
    switch (s->expect) {
    case 2:
        s->icw2 = value;
        s->expect = s->icw1 & ICW1_SNGL ? after_icw3 : 3;
        break;
    case 3:
        s->icw3 = value;
        s->expect = after_icw3;
        break;
    default:
        s->icw4 = value;
        s->expect = 0;
        break;
    }
}

static void pic_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct pic8259 *p = device;
    uint8_t v = (uint8_t)value;
    (void)size;
    if (offset & 1) {
        if (p->s.expect)
            write_icw(&p->s, v);
        else
            p->s.imr = v;
    } else if (v & ICW1_MARK) {
        write_icw1(&p->s, v);
    } else if (v & OCW3_MARK) {
        write_ocw3(&p->s, v);
    } else {
        write_ocw2(&p->s, v);
    }
    update(p);
}

static uint32_t pic_read(void *device, uint32_t offset, unsigned size)
{
    struct pic8259 *p = device;
    (void)size;
    if (p->s.poll)
        return poll_read(p);
    if (offset & 1)
        return p->s.imr;
    return p->s.read_isr ? p->s.isr : p->s.irr;
}

static uint32_t elcr_read(void *device, uint32_t offset, unsigned size)
{
    const struct pic8259 *p = device;
    (void)offset, (void)size;
    return p->s.elcr;
}

/* Changing an input to level-triggered makes its level its request; to edge-triggered keeps what is
 * latched. */
static void elcr_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct pic8259 *p = device;
    (void)offset, (void)size;
    p->s.elcr = (uint8_t)(value & p->elcr_writable);
    p->s.irr |= p->s.lines & level_triggered(&p->s);
    update(p);
}

const struct io_ops pic8259_ops = {pic_read, pic_write};
const struct io_ops pic8259_elcr_ops = {elcr_read, elcr_write};

/* The IDE channel's registers, selection, interrupt and resets: see ide.h. Commands are in
 * ide_command.c. */
#include "dev/ide.h"

#include <string.h>

#include "dev/ide_drive.h"

#define CONTROL_NIEN 0x02u
#define CONTROL_SRST 0x04u
#define MICROSECONDS 1000000u

#define DRIVE_FIELDS(i)                                                                            \
    STATE_FIELD(ide_state, drive[i].done_at), STATE_FIELD(ide_state, drive[i].lba),                \
        STATE_FIELD(ide_state, drive[i].sectors_left), STATE_FIELD(ide_state, drive[i].position),  \
        STATE_FIELD(ide_state, drive[i].length), STATE_FIELD(ide_state, drive[i].error),           \
        STATE_FIELD(ide_state, drive[i].features), STATE_FIELD(ide_state, drive[i].count),         \
        STATE_FIELD(ide_state, drive[i].lba_low), STATE_FIELD(ide_state, drive[i].lba_mid),        \
        STATE_FIELD(ide_state, drive[i].lba_high), STATE_FIELD(ide_state, drive[i].status),        \
        STATE_FIELD(ide_state, drive[i].command), STATE_FIELD(ide_state, drive[i].interrupt),      \
        STATE_FIELD(ide_state, drive[i].writing), STATE_FIELD(ide_state, drive[i].block),          \
        STATE_FIELD(ide_state, drive[i].multiple), STATE_FIELD(ide_state, drive[i].heads),         \
        STATE_FIELD(ide_state, drive[i].sectors_track),                                            \
        STATE_FIELD(ide_state, drive[i].cylinders), STATE_ARRAY(ide_state, drive[i].reserved),     \
        STATE_ARRAY(ide_state, drive[i].buffer)

static const struct state_field fields[] = {
    DRIVE_FIELDS(0),
    DRIVE_FIELDS(1),
    STATE_FIELD(ide_state, device),
    STATE_FIELD(ide_state, control),
    STATE_ARRAY(ide_state, reserved),
};
STATE_DESC(ide_desc, ide_state, 1, fields);

/* --- time, interrupt --- */

void ide_drive_irq(struct ide *c)
{
    unsigned n = ide_selected(c);
    irq_line_set(&c->irq,
                 ide_present(c, n) && c->s.drive[n].interrupt && !(c->s.control & CONTROL_NIEN));
}

/* One timer for both drives: the earlier one's. */
static void arm(struct ide *c)
{
    uint64_t first = 0;
    for (unsigned n = 0; n < 2; n++) {
        uint64_t at = c->s.drive[n].done_at;
        if (at && (!first || at < first))
            first = at;
    }
    clock_arm(c->clock, c->timer,
              first ? clock_ticks_to_cycles(c->clock, first, MICROSECONDS) : CLOCK_NEVER);
}

static uint64_t now_us(const struct ide *c)
{
    return clock_cycles_to_ticks(c->clock, clock_now(c->clock), MICROSECONDS);
}

void ide_start(struct ide *c, unsigned n, unsigned microseconds)
{
    c->s.drive[n].status = IDE_BSY;
    c->s.drive[n].done_at = now_us(c) + microseconds;
    arm(c);
}

static void on_timer(void *device, uint64_t now)
{
    struct ide *c = device;
    (void)now;
    uint64_t us = now_us(c);
    for (unsigned n = 0; n < 2; n++) {
        struct ide_drive_state *d = &c->s.drive[n];
        if (d->done_at && d->done_at <= us) {
            d->done_at = 0;
            ide_step(c, n);
        }
    }
    arm(c);
    ide_drive_irq(c);
}

/* --- resets --- */

void ide_signature(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    d->error = d->count = d->lba_low = 1;
    d->lba_mid = d->lba_high = 0;
    c->s.device = IDE_DEVICE_ONES;
}

static void reset_drive(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    memset(d, 0, sizeof *d);
    if (!ide_present(c, n))
        return;
    ide_default_geometry(d, c->disk[n].sectors);
    d->status = IDE_READY;
    ide_signature(c, n);
}

/* Device control: SRST holds both drives busy; when it falls they test themselves, without an
 * interrupt. */
static void write_control(struct ide *c, uint8_t value)
{
    bool was = c->s.control & CONTROL_SRST, is = value & CONTROL_SRST;
    c->s.control = value & (CONTROL_NIEN | CONTROL_SRST);
    for (unsigned n = 0; n < 2; n++) {
        if (!ide_present(c, n) || was == is)
            continue;
        if (is) {
            reset_drive(c, n);
            c->s.drive[n].status = IDE_BSY;
        } else {
            ide_start(c, n, IDE_RESET_TIME);
        }
    }
    arm(c);
    ide_drive_irq(c);
}

/* --- data port --- */

/* The next 16-bit word of a block, fast: REP INSW comes here 256 times a sector. */
static uint32_t read_word(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (!(d->status & IDE_DRQ) || d->writing)
        return 0xffff;
    uint16_t word;
    memcpy(&word, d->buffer + d->position, sizeof word);
    d->position = (uint16_t)(d->position + 2);
    if (d->position == d->length)
        ide_block_done(c, n);
    return word;
}

static void write_word(struct ide *c, unsigned n, uint16_t word)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (!(d->status & IDE_DRQ) || !d->writing)
        return;
    memcpy(d->buffer + d->position, &word, sizeof word);
    d->position = (uint16_t)(d->position + 2);
    if (d->position == d->length)
        ide_block_done(c, n);
}

static uint32_t data_read(void *device, uint32_t offset, unsigned size)
{
    struct ide *c = device;
    (void)offset;
    unsigned n = ide_selected(c);
    if (!ide_present(c, n))
        return UINT32_MAX;
    uint32_t value = read_word(c, n);
    return size == 4 ? value | read_word(c, n) << 16 : value;
}

static void data_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct ide *c = device;
    (void)offset;
    unsigned n = ide_selected(c);
    if (!ide_present(c, n))
        return;
    write_word(c, n, (uint16_t)value);
    if (size == 4)
        write_word(c, n, (uint16_t)(value >> 16));
}

/* --- registers --- */

/* The drive that answers a read: the selected one, or the master for a missing slave; -1 if nobody
 * does. */
static int answering(const struct ide *c)
{
    unsigned n = ide_selected(c);
    if (ide_present(c, n))
        return (int)n;
    return n == 1 && ide_present(c, 0) ? 0 : -1;
}

/* Status of the selected drive; a master shows 0 for its missing slave. */
static uint8_t status(const struct ide *c)
{
    unsigned n = ide_selected(c);
    if (ide_present(c, n))
        return c->s.drive[n].status;
    return answering(c) < 0 ? 0xff : 0;
}

static uint32_t command_block_read(void *device, uint32_t offset, unsigned size)
{
    struct ide *c = device;
    (void)size;
    int n = answering(c);
    if (n < 0)
        return 0xff;
    struct ide_drive_state *d = &c->s.drive[n];
    if (d->status & IDE_BSY)
        return status(c); /* while BSY is set every register shows the status */
    switch (offset + 1) {
    case 1:
        return d->error;
    case 2:
        return d->count;
    case 3:
        return d->lba_low;
    case 4:
        return d->lba_mid;
    case 5:
        return d->lba_high;
    case 6:
        return c->s.device;
    default: /* reading the status acknowledges the interrupt */
        c->s.drive[ide_selected(c)].interrupt = 0;
        ide_drive_irq(c);
        return status(c);
    }
}

/* Both drives take every register write; only the selected one is asked whether it is busy. */
static void write_registers(struct ide *c, uint32_t offset, uint8_t v)
{
    for (unsigned n = 0; n < 2; n++) {
        struct ide_drive_state *d = &c->s.drive[n];
        if (d->status & IDE_BSY)
            continue;
        switch (offset) {
        case 1:
            d->features = v;
            break;
        case 2:
            d->count = v;
            break;
        case 3:
            d->lba_low = v;
            break;
        case 4:
            d->lba_mid = v;
            break;
        default:
            d->lba_high = v;
            break;
        }
    }
}

static void command_block_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct ide *c = device;
    uint8_t v = (uint8_t)value;
    unsigned n = ide_selected(c);
    (void)size;
    if ((c->s.drive[n].status & IDE_BSY) || (c->s.control & CONTROL_SRST))
        return;
    offset++; /* numbered as the standard does, with the data port */
    if (offset == 6)
        c->s.device = v | IDE_DEVICE_ONES;
    else if (offset < 6)
        write_registers(c, offset, v);
    else if (v == 0x90 && (ide_present(c, 0) || ide_present(c, 1)))
        ide_command(c, ide_present(c, 0) ? 0 : 1, v);
    else if (ide_present(c, n))
        ide_command(c, n, v);
    ide_drive_irq(c);
}

static uint32_t control_block_read(void *device, uint32_t offset, unsigned size)
{
    (void)offset, (void)size;
    return status(device);
}

static void control_block_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    (void)offset, (void)size;
    write_control(device, (uint8_t)value);
}

const struct io_ops ide_data_ops = {data_read, data_write};
const struct io_ops ide_command_ops = {command_block_read, command_block_write};
const struct io_ops ide_control_ops = {control_block_read, control_block_write};

/* --- life --- */

void ide_init(struct ide *c, struct sim_clock *clock)
{
    c->clock = clock;
    c->timer = clock_add_timer(clock, on_timer, c);
    clock_timer_alone(clock, c->timer);
}

void ide_reset(struct ide *c)
{
    memset(&c->s, 0, sizeof c->s);
    c->s.device = IDE_DEVICE_ONES;
    for (unsigned n = 0; n < 2; n++)
        reset_drive(c, n);
    ide_restored(c);
}

bool ide_busy(const struct ide *c)
{
    return c->s.drive[0].done_at || c->s.drive[1].done_at;
}

/* What a drive's code relies on; a state may come from a file that somebody spoiled. */
static void make_sane(struct ide_drive_state *d)
{
    if (d->length > IDE_BUFFER || d->length % DISK_SECTOR || d->position > d->length ||
        d->position % 2)
        d->position = d->length = 0;
    if (d->position == d->length)
        d->status &= (uint8_t)~IDE_DRQ;
    if (d->block > IDE_MAX_MULTIPLE || (d->sectors_left && !d->block))
        d->block = 1;
    if (d->multiple > IDE_MAX_MULTIPLE)
        d->multiple = 0;
    if (!d->heads || !d->sectors_track)
        ide_default_geometry(d, 1);
}

void ide_restored(struct ide *c)
{
    for (unsigned n = 0; n < 2; n++) {
        if (ide_present(c, n))
            make_sane(&c->s.drive[n]);
        else
            c->s.drive[n].done_at = 0;
    }
    arm(c);
    ide_drive_irq(c);
}

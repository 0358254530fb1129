/*
 * The commands of an ATA disk (ATA/ATAPI-4, Command descriptions; protocols PIO data in, PIO data
 * out, non-data).
 *
 * Every command is a row of the table: its opcode, what happens when it is written, and what when
 * its busy time is over. Transfers go block by block through the drive's buffer; a block is one
 * sector, or SET MULTIPLE MODE's number of them.
 */
#include <stddef.h>

#include "dev/ide_drive.h"

#define MAX_LBA28 0x0fffffffu

/* --- endings --- */

static void finish(struct ide *c, unsigned n)
{
    c->s.drive[n].status = IDE_READY;
    c->s.drive[n].interrupt = 1;
}

static void fail(struct ide *c, unsigned n, uint8_t error, uint8_t extra_status)
{
    struct ide_drive_state *d = &c->s.drive[n];
    d->error = error;
    d->status = (uint8_t)(IDE_READY | IDE_ERR | extra_status);
    d->sectors_left = 0;
    d->interrupt = 1;
}

static void aborted(struct ide *c, unsigned n)
{
    fail(c, n, IDE_ABRT, 0);
}

/* Opens the buffer to the host. */
static void request_data(struct ide_drive_state *d, unsigned bytes, bool writing)
{
    d->position = 0;
    d->length = (uint16_t)bytes;
    d->writing = writing;
    d->status = IDE_READY | IDE_DRQ;
}

/* --- addresses --- */

/* The address in the registers as a sector number; false if CHS names no sector. */
static bool get_address(const struct ide *c, const struct ide_drive_state *d, uint32_t *lba)
{
    uint32_t cylinder = d->lba_mid | (uint32_t)d->lba_high << 8, head = c->s.device & 15u;
    if (c->s.device & IDE_DEVICE_LBA) {
        *lba = d->lba_low | cylinder << 8 | head << 24;
        return true;
    }
    if (!d->lba_low || d->lba_low > d->sectors_track || head >= d->heads ||
        cylinder >= d->cylinders)
        return false;
    *lba = (cylinder * d->heads + head) * d->sectors_track + d->lba_low - 1;
    return true;
}

/* Shows a sector number in the registers, in the addressing the host chose. */
static void show_address(struct ide *c, struct ide_drive_state *d, uint32_t lba)
{
    uint32_t low = lba & 0xff, cylinder = lba >> 8 & 0xffff, head = lba >> 24 & 15;
    if (!(c->s.device & IDE_DEVICE_LBA)) {
        uint32_t track = lba / d->sectors_track;
        low = lba % d->sectors_track + 1;
        head = track % d->heads;
        cylinder = track / d->heads;
    }
    d->lba_low = (uint8_t)low;
    d->lba_mid = (uint8_t)cylinder;
    d->lba_high = (uint8_t)(cylinder >> 8);
    c->s.device = (uint8_t)((c->s.device & 0xf0u) | head);
}

static void bad_sector(struct ide *c, unsigned n, uint8_t error, uint8_t extra_status)
{
    struct ide_drive_state *d = &c->s.drive[n];
    show_address(c, d, d->lba);
    d->count = (uint8_t)d->sectors_left;
    fail(c, n, error, extra_status);
}

/* --- transfers --- */

/* Sectors of the next block. */
static unsigned next_block(const struct ide_drive_state *d)
{
    return d->sectors_left < d->block ? d->sectors_left : d->block;
}

/* Takes address and count over from the registers. */
static bool begin_transfer(struct ide *c, unsigned n, unsigned block)
{
    struct ide_drive_state *d = &c->s.drive[n];
    d->sectors_left = d->count ? d->count : 256;
    d->block = (uint8_t)block;
    if (!block) {
        aborted(c, n);
        return false;
    }
    if (!get_address(c, d, &d->lba)) {
        fail(c, n, IDE_IDNF, 0);
        return false;
    }
    return true;
}

/* Moves one sector between the buffer and the back end; the drive's place and count go on. */
static bool move_sector(struct ide *c, unsigned n, unsigned index)
{
    struct ide_drive_state *d = &c->s.drive[n];
    const struct disk_backend *disk = &c->disk[n];
    uint8_t *bytes = d->buffer + index * DISK_SECTOR;
    if (d->lba >= disk->sectors) {
        bad_sector(c, n, IDE_IDNF, 0);
        return false;
    }
    bool ok = d->writing ? disk->write(disk->opaque, d->lba, bytes)
                         : disk->read(disk->opaque, d->lba, bytes);
    if (!ok) {
        bad_sector(c, n, d->writing ? IDE_ABRT : IDE_UNC, d->writing ? IDE_DF : 0);
        return false;
    }
    if (c->sector_moved)
        c->sector_moved(c->host, n, d->writing);
    show_address(c, d, d->lba); /* at the end: the last sector's */
    d->lba++;
    d->sectors_left--;
    d->count = (uint8_t)d->sectors_left;
    return true;
}

static void start_read(struct ide *c, unsigned n, unsigned block)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (begin_transfer(c, n, block)) {
        d->writing = 0;
        ide_start(c, n, IDE_COMMAND_TIME + next_block(d) * IDE_SECTOR_TIME);
    }
}

static void step_read(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    unsigned sectors = next_block(d);
    for (unsigned i = 0; i < sectors; i++)
        if (!move_sector(c, n, i))
            return;
    request_data(d, sectors * DISK_SECTOR, false);
    d->interrupt = 1;
}

static void start_write(struct ide *c, unsigned n, unsigned block)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (!begin_transfer(c, n, block))
        return;
    if (!c->disk[n].write)
        aborted(c, n); /* write protected */
    else
        request_data(d, next_block(d) * DISK_SECTOR, true); /* the first block without interrupt */
}

static void step_write(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    for (unsigned i = 0; i < d->length / DISK_SECTOR; i++)
        if (!move_sector(c, n, i))
            return;
    if (d->sectors_left)
        request_data(d, next_block(d) * DISK_SECTOR, true);
    else
        d->status = IDE_READY;
    d->interrupt = 1;
}

void ide_block_done(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (d->writing)
        ide_start(c, n, d->length / DISK_SECTOR * IDE_SECTOR_TIME);
    else if (d->sectors_left)
        ide_start(c, n, next_block(d) * IDE_SECTOR_TIME);
    else
        d->status = IDE_READY;
}

static void cmd_read(struct ide *c, unsigned n)
{
    start_read(c, n, 1);
}

static void cmd_read_multiple(struct ide *c, unsigned n)
{
    start_read(c, n, c->s.drive[n].multiple);
}

static void cmd_write(struct ide *c, unsigned n)
{
    start_write(c, n, 1);
}

static void cmd_write_multiple(struct ide *c, unsigned n)
{
    start_write(c, n, c->s.drive[n].multiple);
}

/* READ VERIFY: as a read whose data stay in the drive. */
static void step_verify(struct ide *c, unsigned n)
{
    while (c->s.drive[n].sectors_left)
        if (!move_sector(c, n, 0))
            return;
    finish(c, n);
}

/* --- others --- */

static void cmd_delay(struct ide *c, unsigned n)
{
    ide_start(c, n, IDE_COMMAND_TIME);
}

static void step_identify(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    ide_identify(c, n, d->buffer);
    d->sectors_left = 0;
    request_data(d, DISK_SECTOR, false);
    d->interrupt = 1;
}

/* SET MULTIPLE MODE: a power of two up to 16; 0 switches it off. */
static void cmd_set_multiple(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    if (d->count > IDE_MAX_MULTIPLE || (d->count & (d->count - 1))) {
        d->multiple = 0;
        aborted(c, n);
        return;
    }
    d->multiple = d->count;
    cmd_delay(c, n);
}

/* INITIALIZE DEVICE PARAMETERS: sectors a track, and the highest head. */
static void cmd_set_geometry(struct ide *c, unsigned n)
{
    struct ide_drive_state *d = &c->s.drive[n];
    unsigned heads = (c->s.device & 15u) + 1, sectors = d->count;
    if (!sectors) {
        aborted(c, n);
        return;
    }
    uint32_t cylinders = c->disk[n].sectors / (heads * sectors);
    if (!cylinders)
        cylinders = 1; /* incomplete, as a tiny disk's default geometry has it */
    d->heads = (uint8_t)heads;
    d->sectors_track = (uint8_t)sectors;
    d->cylinders = (uint16_t)(cylinders > 0xffff ? 0xffff : cylinders);
    cmd_delay(c, n);
}

/* SEEK: the address must exist. */
static void step_seek(struct ide *c, unsigned n)
{
    uint32_t lba;
    if (get_address(c, &c->s.drive[n], &lba) && lba < c->disk[n].sectors)
        finish(c, n);
    else
        fail(c, n, IDE_IDNF, 0);
}

/* SET FEATURES: transfer mode PIO default or flow control 0-4, write cache and look-ahead on or
 * off, power-on defaults. */
static void cmd_features(struct ide *c, unsigned n)
{
    const struct ide_drive_state *d = &c->s.drive[n];
    switch (d->features) {
    case 0x03:
        if (d->count > 1 && (d->count < 0x08 || d->count > 0x0c))
            break;
        cmd_delay(c, n);
        return;
    case 0x02:
    case 0x82:
    case 0xaa:
    case 0x55:
    case 0x66:
    case 0xcc:
        cmd_delay(c, n);
        return;
    default:
        break;
    }
    aborted(c, n);
}

/* CHECK POWER MODE: always active. */
static void step_power_mode(struct ide *c, unsigned n)
{
    c->s.drive[n].count = 0xff;
    finish(c, n);
}

/* READ NATIVE MAX ADDRESS */
static void step_native_max(struct ide *c, unsigned n)
{
    uint32_t last = c->disk[n].sectors - 1;
    if (!(c->s.device & IDE_DEVICE_LBA)) {
        aborted(c, n);
        return;
    }
    show_address(c, &c->s.drive[n], last > MAX_LBA28 - 1 ? MAX_LBA28 - 1 : last);
    finish(c, n);
}

/* EXECUTE DEVICE DIAGNOSTIC: both drives test themselves; the master answers and is selected. */
static void cmd_diagnose(struct ide *c, unsigned n)
{
    for (unsigned k = 0; k < 2; k++) {
        struct ide_drive_state *d = &c->s.drive[k];
        if (!ide_present(c, k))
            continue;
        d->interrupt = 0;
        d->command = 0x90;
        d->sectors_left = 0;
        ide_start(c, k, IDE_RESET_TIME);
    }
    c->s.device = (uint8_t)(IDE_DEVICE_ONES | (n ? IDE_DEVICE_SLAVE : 0));
}

static void step_diagnose(struct ide *c, unsigned n)
{
    uint8_t device = c->s.device;
    ide_signature(c, n);
    c->s.device = device & (IDE_DEVICE_ONES | IDE_DEVICE_SLAVE);
    c->s.drive[n].status = IDE_READY;
    c->s.drive[n].interrupt = n == ide_selected(c);
}

/* --- table --- */

struct command {
    uint8_t first, last; /* opcodes */
    void (*start)(struct ide *c, unsigned n);
    void (*step)(struct ide *c, unsigned n);
};

static const struct command commands[] = {
    {0x10, 0x1f, cmd_delay, finish},              /* RECALIBRATE */
    {0x20, 0x21, cmd_read, step_read},            /* READ SECTORS */
    {0x30, 0x31, cmd_write, step_write},          /* WRITE SECTORS */
    {0x40, 0x41, cmd_read, step_verify},          /* READ VERIFY SECTORS */
    {0x70, 0x7f, cmd_delay, step_seek},           /* SEEK */
    {0x90, 0x90, cmd_diagnose, step_diagnose},    /* EXECUTE DEVICE DIAGNOSTIC */
    {0x91, 0x91, cmd_set_geometry, finish},       /* INITIALIZE DEVICE PARAMETERS */
    {0xc4, 0xc4, cmd_read_multiple, step_read},   /* READ MULTIPLE */
    {0xc5, 0xc5, cmd_write_multiple, step_write}, /* WRITE MULTIPLE */
    {0xc6, 0xc6, cmd_set_multiple, finish},       /* SET MULTIPLE MODE */
    {0xe0, 0xe3, cmd_delay, finish},          /* STANDBY IMMEDIATE, IDLE IMMEDIATE, STANDBY, IDLE */
    {0xe5, 0xe5, cmd_delay, step_power_mode}, /* CHECK POWER MODE */
    {0xe6, 0xe6, cmd_delay, finish},          /* SLEEP */
    {0xe7, 0xe7, cmd_delay, finish},          /* FLUSH CACHE */
    {0xec, 0xec, cmd_delay, step_identify},   /* IDENTIFY DEVICE */
    {0xef, 0xef, cmd_features, finish},       /* SET FEATURES */
    {0xf8, 0xf8, cmd_delay, step_native_max}, /* READ NATIVE MAX ADDRESS */
};

static const struct command *find(uint8_t opcode)
{
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (opcode >= commands[i].first && opcode <= commands[i].last)
            return &commands[i];
    return NULL;
}

/* NOP, DEVICE RESET, IDENTIFY PACKET DEVICE and everything unknown are aborted, as the standard
 * asks of a disk. */
void ide_command(struct ide *c, unsigned n, uint8_t opcode)
{
    struct ide_drive_state *d = &c->s.drive[n];
    const struct command *command = find(opcode);
    d->interrupt = 0;
    d->error = 0;
    d->command = opcode;
    d->sectors_left = 0;
    d->status = IDE_READY;
    if (command)
        command->start(c, n);
    else
        aborted(c, n);
}

/* After a software reset no command runs: the drive is just ready again. */
void ide_step(struct ide *c, unsigned n)
{
    const struct command *command = find(c->s.drive[n].command);
    if (command)
        command->step(c, n);
    else
        c->s.drive[n].status = IDE_READY;
}

/*
 * IDE (ATA) channel with a master and a slave disk, programmed I/O. Source: ATA/ATAPI-4 (T13
 * 1153D).
 *
 * Command block (offset): 0 data (16 bit), 1 error / features, 2 sector count, 3-5 LBA or CHS, 6
 * device/head, 7 status / command. Control block: 0 alternate status / device control (nIEN, SRST).
 * Commands are the table in ide_command.c. LBA28 and CHS addressing; READ and WRITE MULTIPLE up to
 * 16 sectors a block.
 *
 * A command takes 20 us until its first block, 5 us for each sector on the medium. DEVIATION: no
 * seeks, no rotation: that is a disk with everything in its cache. Not implemented: DMA, LBA48,
 * packet devices, security, power-down (the power commands succeed and do nothing).
 *
 * Nobody there: an empty channel floats and reads all ones; a missing slave reads status 0 from its
 * master.
 */
#ifndef SIM_DEV_IDE_H
#define SIM_DEV_IDE_H

#include "sim/bus.h"
#include "sim/clock.h"
#include "sim/irq.h"
#include "sim/pc.h"
#include "sim/state.h"

#define IDE_MAX_MULTIPLE 16
#define IDE_BUFFER       (IDE_MAX_MULTIPLE * DISK_SECTOR)

struct ide_drive_state {
    uint64_t done_at;          /* microsecond at which the present step is over; 0: not busy */
    uint32_t lba;              /* next sector of the running transfer */
    uint32_t sectors_left;     /* of it */
    uint16_t position, length; /* bytes of the buffer, while DRQ */
    uint8_t error, features, count, lba_low, lba_mid, lba_high;
    uint8_t status;
    uint8_t command;              /* running or last */
    uint8_t interrupt;            /* pending at the drive, whatever nIEN says */
    uint8_t writing;              /* the transfer goes to the disk */
    uint8_t block;                /* sectors a block of this transfer */
    uint8_t multiple;             /* as SET MULTIPLE MODE left it, 0: off */
    uint8_t heads, sectors_track; /* CHS translation */
    uint16_t cylinders;
    uint8_t reserved[4];
    uint8_t buffer[IDE_BUFFER];
};

struct ide_state {
    struct ide_drive_state drive[2];
    uint8_t device;  /* device/head register, shared by both */
    uint8_t control; /* nIEN, SRST */
    uint8_t reserved[6];
};

struct ide {
    struct ide_state s;
    struct disk_backend disk[2]; /* wires */
    struct sim_clock *clock;
    struct irq_line irq;
    void (*sector_moved)(void *host, unsigned drive, bool write); /* may be null */
    void *host;
    unsigned timer;
};

extern const struct state_desc ide_desc;
extern const struct io_ops ide_data_ops;    /* 1F0h, one port of 16 (or 32) bits */
extern const struct io_ops ide_command_ops; /* 1F1h, 7 ports */
extern const struct io_ops ide_control_ops; /* 3F6h */

void ide_init(struct ide *c, struct sim_clock *clock);

/* Power-up: drives ready with their signature, no interrupt. */
void ide_reset(struct ide *c);

/* True if a drive is at work and will interrupt. */
bool ide_busy(const struct ide *c);

void ide_restored(struct ide *c);

#endif

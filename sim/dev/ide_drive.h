/* Inside the IDE channel: one drive's registers (ide.c) and commands (ide_command.c). */
#ifndef SIM_DEV_IDE_DRIVE_H
#define SIM_DEV_IDE_DRIVE_H

#include "dev/ide.h"

#define IDE_ERR          0x01u
#define IDE_DRQ          0x08u
#define IDE_DSC          0x10u
#define IDE_DF           0x20u
#define IDE_DRDY         0x40u
#define IDE_BSY          0x80u
#define IDE_ABRT         0x04u
#define IDE_IDNF         0x10u
#define IDE_UNC          0x40u
#define IDE_DEVICE_LBA   0x40u
#define IDE_DEVICE_SLAVE 0x10u
#define IDE_DEVICE_ONES  0xa0u /* obsolete bits that read as one */
#define IDE_READY        (IDE_DRDY | IDE_DSC)

#define IDE_COMMAND_TIME 20u /* microseconds */
#define IDE_SECTOR_TIME  5u
#define IDE_RESET_TIME   2000u

static inline bool ide_present(const struct ide *c, unsigned n)
{
    return c->disk[n].sectors != 0;
}

static inline unsigned ide_selected(const struct ide *c)
{
    return c->s.device & IDE_DEVICE_SLAVE ? 1 : 0;
}

/* Makes a drive busy for some microseconds; ide_step follows. */
void ide_start(struct ide *c, unsigned n, unsigned microseconds);

/* Drives INTRQ: the selected drive's interrupt, unless nIEN. */
void ide_drive_irq(struct ide *c);

/* What a drive shows after reset or diagnostic: the ATA signature and diagnostic code 1. */
void ide_signature(struct ide *c, unsigned n);

/* A command byte for drive n; for EXECUTE DEVICE DIAGNOSTIC n is 0. */
void ide_command(struct ide *c, unsigned n, uint8_t command);

/* The busy time is over: goes on with the drive's command. */
void ide_step(struct ide *c, unsigned n);

/* The host has moved the last byte of a block. */
void ide_block_done(struct ide *c, unsigned n);

/* IDENTIFY DEVICE's 512 bytes. */
void ide_identify(const struct ide *c, unsigned n, uint8_t out[DISK_SECTOR]);

/* The geometry a drive starts with, by its size. */
void ide_default_geometry(struct ide_drive_state *d, uint32_t sectors);

#endif

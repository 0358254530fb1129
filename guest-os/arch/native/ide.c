/*
 * The disk: master of the primary IDE channel, PIO, 28-bit LBA, one interrupt a sector.
 *
 * A read waits for each sector's interrupt and takes the data with REP INSW; a write gives the
 * first sector at once and each further one at the interrupt that ends the one before.
 * (ATA/ATAPI-5, PIO data in and out command protocols; IDENTIFY DEVICE.)
 */
#include "arch/native/native.h"

enum {
    IDE_DATA = BOARD_IDE_PORT,
    IDE_COUNT = BOARD_IDE_PORT + 2,
    IDE_LBA0 = BOARD_IDE_PORT + 3,
    IDE_LBA1 = BOARD_IDE_PORT + 4,
    IDE_LBA2 = BOARD_IDE_PORT + 5,
    IDE_DEVICE = BOARD_IDE_PORT + 6,
    IDE_STATUS_COMMAND = BOARD_IDE_PORT + 7,
};

#define STATUS_ERROR         0x01
#define STATUS_DRQ           0x08
#define STATUS_FAULT         0x20
#define STATUS_READY         0x40
#define STATUS_BUSY          0x80
#define STATUS_FLOATING      0xff
#define DEVICE_LBA_MASTER    0xe0
#define CONTROL_NO_INTERRUPT 0x02
#define COMMAND_READ         0x20
#define COMMAND_WRITE        0x30
#define COMMAND_IDENTIFY     0xec
#define WORDS                256u

static uint32_t sectors;
static struct {
    bool active, write;
    unsigned left; /* sectors whose interrupt is still to come */
    char *at;
} request;

static uint8_t ide_wait_not_busy(void)
{
    uint8_t status;
    do {
        status = port_in8(IDE_STATUS_COMMAND);
    } while (status & STATUS_BUSY);
    return status;
}

/* The number of sectors, or 0 when no disk answers. */
static uint32_t ide_identify(void)
{
    static uint16_t data[WORDS];
    port_out8(IDE_DEVICE, DEVICE_LBA_MASTER);
    uint8_t status = port_in8(IDE_STATUS_COMMAND);
    if (status == STATUS_FLOATING || status == 0)
        return 0;
    port_out8(IDE_STATUS_COMMAND, COMMAND_IDENTIFY);
    if (port_in8(IDE_STATUS_COMMAND) == 0)
        return 0;
    status = ide_wait_not_busy();
    if (status & (STATUS_ERROR | STATUS_FAULT) || !(status & STATUS_DRQ))
        return 0;
    port_in16_block(IDE_DATA, data, WORDS);
    return (uint32_t)data[61] << 16 | data[60];
}

void ide_init(void)
{
    port_out8(BOARD_IDE_CTRL_PORT, CONTROL_NO_INTERRUPT);
    sectors = ide_identify();
    port_out8(BOARD_IDE_CTRL_PORT, 0);
    if (sectors != 0)
        pic_enable(BOARD_IRQ_IDE);
}

uint32_t arch_block_sectors(void)
{
    return sectors;
}

static void ide_move_sector(void)
{
    if (request.write)
        port_out16_block(IDE_DATA, request.at, WORDS);
    else
        port_in16_block(IDE_DATA, request.at, WORDS);
    request.at += WORDS * 2;
}

void arch_block_start(bool write, uint32_t sector, unsigned count, void *buffer)
{
    uint32_t saved = arch_irq_save();
    request.active = true;
    request.write = write;
    request.left = count;
    request.at = buffer;
    (void)ide_wait_not_busy();
    port_out8(IDE_DEVICE, (uint8_t)(DEVICE_LBA_MASTER | (sector >> 24 & 0x0f)));
    port_out8(IDE_COUNT, (uint8_t)count);
    port_out8(IDE_LBA0, (uint8_t)sector);
    port_out8(IDE_LBA1, (uint8_t)(sector >> 8));
    port_out8(IDE_LBA2, (uint8_t)(sector >> 16));
    port_out8(IDE_STATUS_COMMAND, write ? COMMAND_WRITE : COMMAND_READ);
    if (write && ide_wait_not_busy() & STATUS_DRQ)
        ide_move_sector();
    arch_irq_restore(saved);
}

void ide_irq(void)
{
    uint8_t status = port_in8(IDE_STATUS_COMMAND); /* reading it takes the interrupt back */
    if (!request.active || status & STATUS_BUSY)
        return;
    bool ok = !(status & (STATUS_ERROR | STATUS_FAULT));
    if (ok && (!request.write || request.left > 1))
        ide_move_sector();
    if (!ok || --request.left == 0) {
        request.active = false;
        block_done(ok);
    }
}

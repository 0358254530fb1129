/*
 * The root block device, and a small cache of its sectors.
 *
 * The device is the disk, or a copy of a disk image in memory. The cache writes through: what was
 * written is on the device, so stopping the machine needs no sync. Victims are the least recently
 * used.
 */
#include "kernel/block.h"

#include "abi/syscall.h"
#include "kernel/frame.h"
#include "kernel/print.h"
#include "kernel/proc.h"
#include "lib/string.h"

static char *ramdisk;
static uint32_t sectors;
static bool transfer_done, transfer_ok;

static struct slot {
    bool valid;
    uint32_t sector;
    uint32_t used; /* when, counted in cache_get calls */
    uint8_t *bytes;
} slots[CACHE_SECTORS];
static uint32_t uses;

bool block_init(const struct boot_info *boot, bool prefer_ram)
{
    sectors = arch_block_sectors();
    if (boot->ramdisk != NULL && (prefer_ram || sectors == 0)) {
        ramdisk = boot->ramdisk;
        sectors = (uint32_t)boot->ramdisk_size / SECTOR_SIZE;
    }
    for (struct slot *s = slots; s < slots + CACHE_SECTORS; s++) {
        s->bytes = heap_alloc(SECTOR_SIZE);
        ASSERT(s->bytes != NULL);
    }
    return sectors != 0;
}

uint32_t block_sectors(void)
{
    return sectors;
}

void block_done(bool ok)
{
    transfer_done = true;
    transfer_ok = ok;
    wakeup(&transfer_done);
}

static int disk_transfer(bool write, uint32_t sector, unsigned count, void *buffer)
{
    uint32_t saved = arch_irq_save();
    transfer_done = false;
    arch_block_start(write, sector, count, buffer);
    while (!*(volatile bool *)&transfer_done)
        wait_on(&transfer_done);
    arch_irq_restore(saved);
    return transfer_ok ? 0 : -EIO;
}

int block_transfer(bool write, uint32_t sector, unsigned count, void *buffer)
{
    if (sector >= sectors || count > sectors - sector)
        return -EIO;
    if (ramdisk == NULL)
        return disk_transfer(write, sector, count, buffer);
    char *place = ramdisk + sector * SECTOR_SIZE;
    memcpy(write ? place : buffer, write ? buffer : place, count * SECTOR_SIZE);
    return 0;
}

/* The slot that holds the sector, or else the one to give up for it. */
static struct slot *find_slot(uint32_t sector)
{
    struct slot *found = slots;
    for (struct slot *s = slots; s < slots + CACHE_SECTORS; s++) {
        if (s->valid && s->sector == sector) {
            found = s;
            break;
        }
        if (s->used < found->used)
            found = s;
    }
    found->used = ++uses;
    return found;
}

void *cache_get(uint32_t sector)
{
    struct slot *s = find_slot(sector);
    if (!s->valid || s->sector != sector) {
        s->sector = sector;
        s->valid = block_transfer(false, sector, 1, s->bytes) == 0;
    }
    return s->valid ? s->bytes : NULL;
}

void *cache_get_zeroed(uint32_t sector)
{
    struct slot *s = find_slot(sector);
    s->sector = sector;
    s->valid = true;
    return memset(s->bytes, 0, SECTOR_SIZE);
}

int cache_write(const void *changed)
{
    for (struct slot *s = slots; s < slots + CACHE_SECTORS; s++)
        if (s->valid && (uintptr_t)changed - (uintptr_t)s->bytes < SECTOR_SIZE)
            return block_transfer(true, s->sector, 1, s->bytes);
    panic("cache_write of a sector that is not cached");
}

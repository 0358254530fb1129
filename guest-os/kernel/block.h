/*
 * The root block device, and a small cache of its sectors.
 *
 * All of this is used under the file system's lock: one transfer at a time, and a cached sector
 * stays where it is until the lock is released or CACHE_SECTORS others were asked for.
 */
#ifndef KERNEL_BLOCK_H
#define KERNEL_BLOCK_H

#include "arch/arch_ops.h"

#define SECTOR_SIZE   512u
#define CACHE_SECTORS 64u

/* Chooses the disk, or the ramdisk when there is no disk or `prefer_ram`. False: neither exists. */
bool block_init(const struct boot_info *boot, bool prefer_ram);
uint32_t block_sectors(void);

/* One transfer past the cache; 0 or -EIO. The buffer must not cross a page. */
int block_transfer(bool write, uint32_t sector, unsigned count, void *buffer);

/* The sector's bytes in the cache; NULL when it cannot be read. */
void *cache_get(uint32_t sector);
/* The same without reading: the caller is about to overwrite all of it; it starts as zeroes. */
void *cache_get_zeroed(uint32_t sector);
/* Writes the cached sector that holds this byte to the device; 0 or -EIO. */
int cache_write(const void *changed);

#endif

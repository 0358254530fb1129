/*
 * The file system: FAT16 on the root block device (Microsoft, FAT: General Overview of On-Disk
 * Format, 1.03).
 *
 * Long names (VFAT) are read; names made here must fit 8.3. No partition table, no attributes but
 * "directory".
 */
#ifndef KERNEL_FAT_H
#define KERNEL_FAT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

/* An open file or directory; everybody who has it open shares one. */
struct fat_node {
    unsigned users;
    bool directory;
    uint32_t first; /* cluster; 0: none yet, or the root directory */
    uint32_t size;  /* bytes; 0 for directories */
    int entry;      /* where its directory entry is: sector * 16 + index; 0: the root directory */
    uint32_t seen_index, seen_cluster; /* the chain was last followed to here */
};

/* 0, -EIO, or -EINVAL when the device holds no FAT16. */
int fat_mount(void);
struct fat_node *fat_root(void);

/* Paths have at most PATH_MAX characters; `from` is where a relative one starts. Flags are open's;
 * the node is the caller's to close. */
int fat_open(struct fat_node *from, const char *path, unsigned flags, struct fat_node **node);
struct fat_node *fat_share(struct fat_node *node);
void fat_close(struct fat_node *node);

/* Bytes done, or an error. Writing may start at most at the end. */
int fat_read(struct fat_node *node, uint32_t offset, void *to, uint32_t n);
int fat_write(struct fat_node *node, uint32_t offset, const void *from, uint32_t n);

/* The entry at *position, which moves on; 1, 0 at the end, or an error. */
int fat_readdir(struct fat_node *node, uint32_t *position, struct dir_entry *entry);
int fat_mkdir(struct fat_node *from, const char *path);
int fat_unlink(struct fat_node *from, const char *path);

/* `count` sectors to a buffer within a page, past the cache (for the disk benchmark). */
int fat_raw_read(uint32_t sector, unsigned count, void *buffer);

#endif

/*
 * What the files of the file system share. Everything here runs under its lock.
 */
#ifndef KERNEL_FAT_PRIVATE_H
#define KERNEL_FAT_PRIVATE_H

#include "kernel/block.h"
#include "kernel/fat.h"

#define FAT_FIRST_CLUSTER      2u
#define FAT_ENTRY_SIZE         32u
#define FAT_ENTRIES_PER_SECTOR (SECTOR_SIZE / FAT_ENTRY_SIZE)

enum fat_attribute { FAT_VOLUME = 0x08, FAT_DIRECTORY = 0x10, FAT_LONG_NAME = 0x0f };

/* A directory entry on the disk. */
struct fat_raw_entry {
    char name[11];
    uint8_t attributes, case_bits, creation_hundredths;
    uint16_t creation_time, creation_date, access_date, cluster_high;
    uint16_t time, date, cluster;
    uint32_t size;
};

struct fat_volume {
    uint32_t cluster_sectors;
    uint32_t fat_start, fat_sectors, fats;
    uint32_t root_start, root_sectors;
    uint32_t data_start;
    uint32_t clusters_end; /* one past the last cluster's number */
    uint16_t date, time;   /* stamped on everything: when this boot began */
};

extern struct fat_volume fat;

/* --- fat_chain.c --- */

/* The sector that holds the node's n-th; with `extend` the chain grows. 0 past its end, or an
 * error. */
int fat_sector(struct fat_node *node, uint32_t n, bool extend);
int fat_free_chain(uint32_t first);

/* --- fat_dir.c --- */

/* One directory entry in use. */
struct fat_found {
    struct fat_raw_entry raw;
    char name[NAME_MAX + 1];
    uint32_t first, end; /* its positions in the directory: those of its long name, and its own */
    int place;           /* sector * 16 + index */
};

bool fat_is_dots(const char *name);
/* The first entry in use at or after *position, which moves past it; 1, 0 at the end, or an error:
 * -ENOTDIR when `dir` is none. */
int fat_next_entry(struct fat_node *dir, uint32_t *position, struct fat_found *found);
int fat_lookup(struct fat_node *dir, const char *name, struct fat_found *found);
/* Its place, or an error. */
int fat_add_entry(struct fat_node *dir, const char *name, uint8_t attributes, uint32_t cluster);
int fat_remove_entry(struct fat_node *dir, const struct fat_found *found);
/* Writes the node's first cluster and size into its entry. */
int fat_update_entry(const struct fat_node *node);

#endif

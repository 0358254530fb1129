/*
 * Disks: an image read into memory, and for every VM an overlay of its own that takes the writes.
 * The file is touched once, after the run, and only if ",rw" asked for it.
 */
#ifndef CLI_DISK_H
#define CLI_DISK_H

#include "file.h"
#include "sim/pc.h"

#define DISK_MAX_SECTORS (1u << 28) /* LBA28 */

/* An image, shared by all overlays and never changed by them. */
struct disk_image {
    struct file_bytes file; /* owned */
    char *path;             /* owned; null when it may not be written back */
    uint32_t sectors;
};

/* What one VM sees. Owned chunks hold what it wrote. */
struct disk_overlay {
    const struct disk_image *image; /* borrowed */
    uint8_t **chunk;                /* owned; null: as in the image */
    uint32_t chunks;
    bool dirty;
};

/* Reads an image; its size must be a multiple of 512 and not 0. rw: write_back will be used. */
bool disk_open(struct disk_image *d, const char *path, bool rw, struct complaint *why);
void disk_close(struct disk_image *d);

/* The image itself, for whoever only reads; borrowed. A write fails. */
struct disk_backend disk_backend_of(struct disk_image *d);

bool overlay_init(struct disk_overlay *o, const struct disk_image *d, struct complaint *why);
void overlay_fini(struct disk_overlay *o);

/* The simulator's view of an overlay, borrowed. */
struct disk_backend overlay_backend(struct disk_overlay *o);

/* Hash of all bytes the VM sees. */
uint64_t overlay_hash(const struct disk_overlay *o);

/* Writes what the VM sees over the image's file, atomically, if anything changed. */
bool overlay_write_back(const struct disk_overlay *o, struct complaint *why);

#endif

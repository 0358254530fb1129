/*
 * Disks: see disk.h. Overlays are kept in chunks of 4 KiB.
 */
#include "disk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

#define CHUNK_SECTORS 8u
#define CHUNK_BYTES   (CHUNK_SECTORS * DISK_SECTOR)

bool disk_open(struct disk_image *d, const char *path, bool rw, struct complaint *why)
{
    memset(d, 0, sizeof *d);
    if (!file_read(&d->file, "--disk", path, why))
        return false;
    size_t size = d->file.size;
    if (size == 0 || size % DISK_SECTOR != 0 || size / DISK_SECTOR > DISK_MAX_SECTORS) {
        disk_close(d);
        return complain(why, "pad it to whole sectors: truncate -s %512 FILE",
                        "--disk %s: %zu bytes is not a whole number of 512-byte sectors", path,
                        size);
    }
    d->sectors = (uint32_t)(size / DISK_SECTOR);
    if (!rw)
        return true;
    struct output probe; /* proves now that the file can be replaced later */
    if (!output_open(&probe, "--disk", path, why)) {
        disk_close(d);
        return false;
    }
    bool regular = probe.temp != NULL;
    output_abandon(&probe);
    d->path = regular ? strdup(path) : NULL;
    if (d->path)
        return true;
    disk_close(d);
    return complain(why, "leave ,rw out, or name a regular file",
                    "--disk %s,rw: cannot be written back", path);
}

void disk_close(struct disk_image *d)
{
    file_free(&d->file);
    free(d->path);
    memset(d, 0, sizeof *d);
}

static bool image_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct disk_image *d = opaque;
    if (lba >= d->sectors)
        return false;
    memcpy(sector, d->file.bytes + (size_t)lba * DISK_SECTOR, DISK_SECTOR);
    return true;
}

struct disk_backend disk_backend_of(struct disk_image *d)
{
    struct disk_backend b = {d->sectors, image_read, NULL, d};
    return b;
}

bool overlay_init(struct disk_overlay *o, const struct disk_image *d, struct complaint *why)
{
    memset(o, 0, sizeof *o);
    o->image = d;
    o->chunks = (d->sectors + CHUNK_SECTORS - 1) / CHUNK_SECTORS;
    o->chunk = calloc(o->chunks ? o->chunks : 1, sizeof *o->chunk);
    return o->chunk ? true : complain_ours(why, NULL, "no memory for a disk overlay");
}

void overlay_fini(struct disk_overlay *o)
{
    for (uint32_t i = 0; o->chunk && i < o->chunks; i++)
        free(o->chunk[i]);
    free(o->chunk);
    memset(o, 0, sizeof *o);
}

/* The bytes of one sector as the VM sees them. */
static const uint8_t *sector_at(const struct disk_overlay *o, uint32_t lba)
{
    const uint8_t *chunk = o->chunk[lba / CHUNK_SECTORS];
    if (chunk)
        return chunk + (size_t)(lba % CHUNK_SECTORS) * DISK_SECTOR;
    return o->image->file.bytes + (size_t)lba * DISK_SECTOR;
}

static bool overlay_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct disk_overlay *o = opaque;
    if (lba >= o->image->sectors)
        return false;
    memcpy(sector, sector_at(o, lba), DISK_SECTOR);
    return true;
}

static bool overlay_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    struct disk_overlay *o = opaque;
    if (lba >= o->image->sectors)
        return false;
    uint32_t c = lba / CHUNK_SECTORS;
    if (!o->chunk[c]) {
        uint8_t *chunk = calloc(1, CHUNK_BYTES);
        if (!chunk)
            return false;
        size_t at = (size_t)c * CHUNK_BYTES, left = o->image->file.size - at;
        memcpy(chunk, o->image->file.bytes + at, left < CHUNK_BYTES ? left : CHUNK_BYTES);
        o->chunk[c] = chunk;
    }
    memcpy(o->chunk[c] + (size_t)(lba % CHUNK_SECTORS) * DISK_SECTOR, sector, DISK_SECTOR);
    o->dirty = true;
    return true;
}

struct disk_backend overlay_backend(struct disk_overlay *o)
{
    struct disk_backend b = {o->image->sectors, overlay_read, overlay_write, o};
    return b;
}

uint64_t overlay_hash(const struct disk_overlay *o)
{
    uint64_t hash = STATE_HASH_SEED;
    for (uint32_t lba = 0; o->image && lba < o->image->sectors; lba++)
        hash = state_hash_bytes(hash, sector_at(o, lba), DISK_SECTOR);
    return hash;
}

bool overlay_write_back(const struct disk_overlay *o, struct complaint *why)
{
    struct output out;
    if (!o->dirty || !o->image->path)
        return true;
    if (!output_open(&out, "--disk", o->image->path, why))
        return false;
    for (uint32_t lba = 0; lba < o->image->sectors; lba++) {
        if (fwrite(sector_at(o, lba), 1, DISK_SECTOR, out.stream) != DISK_SECTOR) {
            (void)complain_ours(why, "the old image is as it was",
                                "--disk %s: the host cannot write it", o->image->path);
            output_abandon(&out);
            return false;
        }
    }
    return output_commit(&out, why);
}

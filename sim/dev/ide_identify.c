/* What an ATA disk says of itself (ATA/ATAPI-4, IDENTIFY DEVICE), and the geometry that it pretends
 * to have. */
#include <string.h>

#include "dev/ide_drive.h"

#define HEADS             16u
#define SECTORS_TRACK     63u
#define MAX_CYLINDERS     16383u
#define MAX_LBA28_SECTORS 0x0fffffffu

void ide_default_geometry(struct ide_drive_state *d, uint32_t sectors)
{
    uint32_t cylinders = sectors / (HEADS * SECTORS_TRACK);
    if (!cylinders)
        cylinders = 1;
    d->heads = HEADS;
    d->sectors_track = SECTORS_TRACK;
    d->cylinders = (uint16_t)(cylinders > MAX_CYLINDERS ? MAX_CYLINDERS : cylinders);
}

static void put(uint8_t *out, unsigned word, uint32_t value)
{
    out[2 * word] = (uint8_t)value;
    out[2 * word + 1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *out, unsigned word, uint32_t value)
{
    put(out, word, value & 0xffff);
    put(out, word + 1, value >> 16);
}

/* ATA strings: padded with blanks, the first character of a pair in the high byte. */
static void put_string(uint8_t *out, unsigned word, unsigned words, const char *text)
{
    size_t length = strlen(text);
    for (unsigned i = 0; i < 2 * words; i++)
        out[2 * word + (i ^ 1)] = i < length ? (uint8_t)text[i] : ' ';
}

void ide_identify(const struct ide *c, unsigned n, uint8_t out[DISK_SECTOR])
{
    const struct ide_drive_state *d = &c->s.drive[n];
    uint32_t sectors = c->disk[n].sectors;
    if (sectors > MAX_LBA28_SECTORS)
        sectors = MAX_LBA28_SECTORS;
    struct ide_drive_state native;
    ide_default_geometry(&native, sectors);
    memset(out, 0, DISK_SECTOR);
    put(out, 0, 0x0040); /* fixed disk */
    put(out, 1, native.cylinders);
    put(out, 3, native.heads);
    put(out, 6, native.sectors_track);
    put_string(out, 10, 10, n ? "RS00000002" : "RS00000001");
    put_string(out, 23, 4, "1.0");
    put_string(out, 27, 20, "Ringside disk");
    put(out, 47, 0x8000 | IDE_MAX_MULTIPLE);
    put(out, 49, 0x0a00); /* LBA, IORDY; no DMA */
    put(out, 51, 0x0200); /* PIO timing mode 2 for drivers that know no word 64 */
    put(out, 53, 0x0003); /* words 54-58 and 64-70 are valid */
    put(out, 54, d->cylinders);
    put(out, 55, d->heads);
    put(out, 56, d->sectors_track);
    put32(out, 57, (uint32_t)d->cylinders * d->heads * d->sectors_track);
    put(out, 59, d->multiple ? 0x0100u | d->multiple : 0);
    put32(out, 60, sectors);
    put(out, 64, 0x0003); /* PIO modes 3 and 4 */
    put(out, 67, 120);    /* ns a cycle without and with IORDY */
    put(out, 68, 120);
    put(out, 80, 0x001e); /* ATA-1 to ATA-4 */
    put(out, 83, 0x4000);
    put(out, 84, 0x4000);
    put(out, 87, 0x4000);
}

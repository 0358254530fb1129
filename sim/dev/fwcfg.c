/* fw_cfg: see fwcfg.h. An item is built anew for each byte: the largest has 68, and nobody is in a
 * hurry here. */
#include "dev/fwcfg.h"

#include <string.h>

enum {
    SIGNATURE = 0x00,
    ID = 0x01,
    UUID = 0x02,
    RAM_SIZE = 0x03,
    NO_GRAPHIC = 0x04,
    CPUS = 0x05,
    NUMA = 0x0d,
    BOOT_MENU = 0x0e,
    MAX_CPUS = 0x0f,
    DIRECTORY = 0x19,
    FIRST_FILE = 0x20
};

#define ITEM_MAX       128u
#define E820_ENTRY     20u
#define E820_RAM       1u
#define DIRECTORY_NAME 12u /* offset of the first file's name: count, size, select, reserved */
#define DIRECTORY_SIZE 68u

static const struct state_field fields[] = {
    STATE_FIELD(fwcfg_state, offset),
    STATE_FIELD(fwcfg_state, select),
    STATE_ARRAY(fwcfg_state, reserved),
};
STATE_DESC(fwcfg_desc, fwcfg_state, 1, fields);

void fwcfg_reset(struct fwcfg *f)
{
    f->s = (struct fwcfg_state){0};
}

static uint32_t put_le(uint8_t *p, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (uint8_t)(value >> (8 * i));
    return n;
}

static void put_be(uint8_t *p, uint32_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

/* The directory of files, big-endian, with the one file that there is. */
static uint32_t directory(uint8_t *p)
{
    put_be(p, 1, 4);
    put_be(p + 4, E820_ENTRY, 4);
    put_be(p + 8, FIRST_FILE, 2);
    memcpy(p + DIRECTORY_NAME, "etc/e820", 9);
    return DIRECTORY_SIZE;
}

/* An item's bytes; returns its length. */
static uint32_t item(const struct fwcfg *f, uint8_t p[ITEM_MAX])
{
    memset(p, 0, ITEM_MAX);
    switch (f->s.select) {
    case SIGNATURE:
        memcpy(p, "QEMU", 4);
        return 4;
    case ID:
        return put_le(p, 1, 4); /* the traditional interface, no DMA */
    case UUID:
        return 16;
    case RAM_SIZE:
        return put_le(p, f->ram_bytes, 8);
    case CPUS:
    case MAX_CPUS:
        return put_le(p, 1, 2);
    case NO_GRAPHIC:
    case BOOT_MENU:
        return put_le(p, 0, 2);
    case NUMA:
        return put_le(p, 0, 8);
    case DIRECTORY:
        return directory(p);
    case FIRST_FILE:
        put_le(p, 0, 8);
        put_le(p + 8, f->ram_bytes, 8);
        return 16 + put_le(p + 16, E820_RAM, 4);
    default:
        return 0;
    }
}

static void select_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct fwcfg *f = device;
    (void)offset, (void)size;
    f->s.select = (uint16_t)value;
    f->s.offset = 0;
}

static uint32_t data_read(void *device, uint32_t offset, unsigned size)
{
    struct fwcfg *f = device;
    uint8_t bytes[ITEM_MAX];
    (void)offset, (void)size;
    return f->s.offset < item(f, bytes) ? bytes[f->s.offset++] : 0;
}

const struct io_ops fwcfg_select_ops = {0, select_write};
const struct io_ops fwcfg_data_ops = {data_read, 0};

/*
 * A session's disk: what was written, over a base that is only read. What cannot be kept is refused
 * whole, and said.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "session/internal.h"
#include "sim/alloc.h"
#include "tests/oom/lack.h"

#define SECTORS  21u /* two pages of eight, and five more */
#define PER_PAGE (HISTORY_PAGE / DISK_SECTOR)

struct base {
    unsigned bad; /* the sector that cannot be read; SECTORS: none */
};

static bool read_base(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct base *b = opaque;
    memset(sector, (int)lba + 1, DISK_SECTOR);
    return lba != b->bad;
}

static struct base base;
static struct session_disk disk;
static struct disk_backend d;
static bool starved;

static void setup(void)
{
    base.bad = SECTORS;
    starved = false;
    disk = (struct session_disk){
        .base = {.sectors = SECTORS, .read = read_base, .opaque = &base},
        .pages = 3,
        .starved = &starved,
    };
    disk.page = sim_alloc(disk.pages, sizeof(*disk.page));
    disk.dirty = sim_alloc(1, 1);
    d = store_disk(&disk);
}

static void teardown(void)
{
    for (unsigned i = 0; i < disk.pages; i++)
        sim_free(disk.page[i]);
    sim_free(disk.page);
    sim_free(disk.dirty);
}

TestSuite(session_disk, .init = setup, .fini = teardown);

static void expect_sector(uint32_t lba, int value)
{
    uint8_t want[DISK_SECTOR], sector[DISK_SECTOR];
    memset(want, value, sizeof(want));
    cr_assert(d.read(d.opaque, lba, sector), "sector %u", lba);
    cr_expect_eq(memcmp(sector, want, sizeof(want)), 0, "sector %u holds %u", lba, sector[0]);
}

static bool write_sector(uint32_t lba, int value)
{
    uint8_t sector[DISK_SECTOR];
    memset(sector, value, sizeof(sector));
    return d.write(d.opaque, lba, sector);
}

Test(session_disk, what_was_written_lies_over_the_base)
{
    cr_assert_eq(d.sectors, SECTORS);
    cr_assert(write_sector(9, 200) && write_sector(SECTORS - 1, 201) && write_sector(9, 202));
    for (uint32_t lba = 0; lba < SECTORS; lba++)
        expect_sector(lba, lba == 9 ? 202 : lba == SECTORS - 1 ? 201 : (int)lba + 1);
    cr_expect_eq(disk.dirty[0], 6, "pages 1 and 2");
    cr_expect_null(disk.page[0]);
}

Test(session_disk, nothing_lies_behind_its_end)
{
    uint8_t sector[DISK_SECTOR];
    cr_expect_not(d.read(d.opaque, SECTORS, sector));
    cr_expect_not(write_sector(SECTORS, 1));
    cr_expect_not(write_sector(UINT32_MAX, 1));
    cr_expect_eq(disk.dirty[0], 0);
}

/* A page is kept whole: with a sector that cannot be read none of it is. */
Test(session_disk, a_bad_sector_beside_it_refuses_a_write)
{
    base.bad = 10;
    lack_forget();
    cr_expect_not(write_sector(9, 200));
    cr_expect_eq(lack_held(), 0);
    cr_expect_not(starved, "the disk is bad, not the host");
    cr_expect(write_sector(7, 200) && write_sector(16, 201));
    expect_sector(9, 10);
    base.bad = SECTORS;
    cr_expect(write_sector(9, 202));
    expect_sector(9, 202);
}

Test(session_disk, without_memory_it_says_so_and_works_later)
{
    lack(1, true);
    cr_expect_not(write_sector(3, 200));
    lack(0, false);
    cr_expect(starved);
    expect_sector(3, 4);
    cr_expect(write_sector(3, 200));
    expect_sector(3, 200);
}

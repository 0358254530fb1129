/* Snapshots of a rig: see snap.h. No test framework: drivers use it too. */
#include "snap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/saved.h"

/* ---------------------------------------- ways to run */

const struct way ways_few[WAYS_FEW] = {
    {MODE_native, 1, 0, "", false, 0},
    {MODE_trap, 1, 0, "", false, 0},
    {MODE_trap, 2, 9000, "", false, 24},
    {MODE_pv, 2, 9000, "", false, 0},
};

const char *way_name(const struct way *w)
{
    static char text[64];
    (void)snprintf(text, sizeof text, "%s, %u VMs %s", hv_modes[w->mode]->name, w->vms, w->cpu);
    return text;
}

void way_start(struct rig *r, const struct way *w, const char *cmdline)
{
    struct rig_plan plan = {.mode = (enum hv_mode_id)w->mode,
                            .vms = w->vms,
                            .seed = 7,
                            .cpu = w->cpu[0] ? w->cpu : NULL,
                            .slice_cycles = w->slice,
                            .mem_mib = 8,
                            .tsc_emulate = w->tsc_emulate,
                            .shadow_pages = w->shadow_pages};
    for (unsigned n = 0; n < w->vms; n++)
        plan.guest[n] =
            (struct rig_guest){.image = w->mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                               .cmdline = cmdline,
                               .disk = "disk.img"};
    rig_start(r, &plan);
}

/* ---------------------------------------- snapshots */

_Noreturn static void fail(const char *how, uint64_t at, const char *what)
{
    (void)fprintf(stderr, "%s, cycle %llu: %s\n", how, (unsigned long long)at, what);
    abort();
}

static void *get(size_t n)
{
    void *p = malloc(n);
    if (!p)
        fail("snapshot", 0, "no memory");
    return p;
}

static uint8_t *packed(struct rig *r, size_t *size)
{
    *size = hv_saved_size(r->hv);
    uint8_t *p = get(*size);
    hv_saved_pack(r->hv, p);
    return p;
}

struct snap snap_take(struct rig *r)
{
    struct snap s = {0};
    const struct ram *ram = &r->hv->machine->ram;
    s.state = packed(r, &s.size);
    s.ram = get(ram->size);
    memcpy(s.ram, ram->bytes, ram->size);
    for (unsigned n = 0; n < r->hv->vms; n++) {
        struct disk_backend d = overlay_backend(&r->overlay[n]);
        s.disk[n] = get((size_t)d.sectors * DISK_SECTOR);
        for (uint32_t lba = 0; lba < d.sectors; lba++)
            d.read(d.opaque, lba, s.disk[n] + (size_t)lba * DISK_SECTOR);
    }
    return s;
}

void snap_put_memory(struct rig *r, const struct snap *s)
{
    struct ram *ram = &r->hv->machine->ram;
    uint8_t now[DISK_SECTOR];
    for (uint32_t page = 0; page < ram->size / PAGE_SIZE; page++)
        if (memcmp(ram->bytes + (size_t)page * PAGE_SIZE, s->ram + (size_t)page * PAGE_SIZE,
                   PAGE_SIZE) != 0)
            ram_restore_page(ram, page, s->ram + (size_t)page * PAGE_SIZE);
    for (unsigned n = 0; n < r->hv->vms; n++) {
        struct disk_backend d = overlay_backend(&r->overlay[n]);
        for (uint32_t lba = 0; lba < d.sectors; lba++) {
            const uint8_t *sector = s->disk[n] + (size_t)lba * DISK_SECTOR;
            d.read(d.opaque, lba, now);
            if (memcmp(now, sector, DISK_SECTOR) != 0)
                d.write(d.opaque, lba, sector);
        }
    }
}

void snap_put(struct rig *r, const struct snap *s)
{
    struct sim_error err = {SIM_OK, ""};
    snap_put_memory(r, s);
    if (hv_saved_unpack(r->hv, s->state, s->size, &err) != SIM_OK)
        fail("a state taken here is refused", hv_cycle(r->hv), err.text);
}

void snap_free(struct snap *s)
{
    free(s->state);
    free(s->ram);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        free(s->disk[n]);
}

/* ---------------------------------------- comparing */

static void expect_disk(struct rig *r, unsigned n, const uint8_t *want, const char *how,
                        uint64_t at)
{
    struct disk_backend d = overlay_backend(&r->overlay[n]);
    uint8_t sector[DISK_SECTOR];
    for (uint32_t lba = 0; lba < d.sectors; lba++) {
        d.read(d.opaque, lba, sector);
        if (memcmp(sector, want + (size_t)lba * DISK_SECTOR, DISK_SECTOR) != 0)
            fail(how, at, "a disk differs");
    }
}

void snap_expect(struct rig *r, const struct snap *want, const char *how, uint64_t at)
{
    char where[128];
    size_t size;
    uint8_t *now = packed(r, &size);
    if (size != want->size)
        fail(how, at, "the size differs");
    if (hv_saved_difference(r->hv, now, want->state, where, sizeof where))
        fail(how, at, where);
    free(now);
    if (memcmp(r->hv->machine->ram.bytes, want->ram, r->hv->machine->ram.size) != 0)
        fail(how, at, "RAM differs");
    for (unsigned n = 0; n < r->hv->vms; n++)
        expect_disk(r, n, want->disk[n], how, at);
}

uint64_t snap_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return *seed >> 33;
}

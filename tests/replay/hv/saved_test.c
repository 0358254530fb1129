/*
 * A saved state put back, into the hypervisor it came from or into another, goes on exactly as if
 * nothing had been: same hash, same counters, same packed bytes.
 *
 * Positions are pseudo-random, by cycles, instructions and exits, over a guest's boot and a
 * workload with page faults, processes and disk writes; so they lie in the middle of direct
 * execution and of exits. Disks are the host's and are put back here.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest/rig/rig.h"
#include "hv/saved.h"

#define WORK   "hz=1000 run=\"forkwait 3; sieve 20 | sieve 20; fault stack; disk 4; halt\""
#define CYCLES 12000000u

struct way {
    int mode;
    unsigned vms;
    uint64_t slice;
    char cpu[24];
    bool tsc_emulate;
    unsigned shadow_pages;
};

static struct way ways[] = {
    {MODE_native, 1, 0, "", false, 0},      {MODE_trap, 1, 0, "", false, 0},
    {MODE_trap, 1, 0, "classic", false, 0}, {MODE_trap, 1, 0, "", true, 24},
    {MODE_trap, 3, 20000, "", false, 0},    {MODE_pv, 1, 0, "", false, 0},
    {MODE_pv, 3, 20000, "", true, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

static const char *name_of(const struct way *w)
{
    static char text[64];
    (void)snprintf(text, sizeof text, "%s, %u VMs %s", hv_modes[w->mode]->name, w->vms, w->cpu);
    return text;
}

static void start(struct rig *r, const struct way *w)
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
                               .cmdline = WORK,
                               .disk = "disk.img"};
    rig_start(r, &plan);
}

/* ---------------------------------------- snapshots */

struct snap {
    uint8_t *state, *ram, *disk[HV_MAX_VMS];
    size_t size;
};

static void *get(size_t n)
{
    void *p = malloc(n);
    cr_assert(p);
    return p;
}

static uint8_t *packed(struct rig *r, size_t *size)
{
    *size = hv_saved_size(r->hv);
    uint8_t *p = get(*size);
    hv_saved_pack(r->hv, p);
    return p;
}

static struct snap take(struct rig *r)
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

static void put_memory(struct rig *r, const struct snap *s)
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

static void put(struct rig *r, const struct snap *s)
{
    struct sim_error err = {SIM_OK, ""};
    put_memory(r, s);
    cr_assert_eq(hv_saved_unpack(r->hv, s->state, s->size, &err), SIM_OK, "%s", err.text);
}

static void drop(struct snap *s)
{
    free(s->state);
    free(s->ram);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        free(s->disk[n]);
}

/* ---------------------------------------- comparing */

static void expect_state(struct rig *r, const struct snap *want, const char *how, uint64_t at)
{
    char where[128];
    size_t size;
    uint8_t *now = packed(r, &size);
    cr_assert_eq(size, want->size);
    bool differs = hv_saved_difference(r->hv, now, want->state, where, sizeof where);
    free(now);
    cr_assert_not(differs, "%s, cycle %llu: %s differs", how, (unsigned long long)at, where);
    cr_assert(!memcmp(r->hv->machine->ram.bytes, want->ram, r->hv->machine->ram.size),
              "%s, cycle %llu: RAM differs", how, (unsigned long long)at);
    for (unsigned n = 0; n < r->hv->vms; n++) {
        struct disk_backend d = overlay_backend(&r->overlay[n]);
        uint8_t sector[DISK_SECTOR];
        for (uint32_t lba = 0; lba < d.sectors; lba++) {
            d.read(d.opaque, lba, sector);
            cr_assert(!memcmp(sector, want->disk[n] + (size_t)lba * DISK_SECTOR, DISK_SECTOR),
                      "%s: disk of VM %u, sector %u", how, n, lba);
        }
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return *seed >> 33;
}

/* To somewhere not far: by cycles, by instructions, or just behind an exit. */
static enum hv_stop run_on(struct rig *r, uint64_t *seed, uint64_t most)
{
    uint64_t n = next_random(seed) % most + 1;
    struct hv_limits l = {.cycle = CYCLES};
    switch (next_random(seed) % (r->hv->mode->has_hypervisor ? 3 : 2)) {
    case 0:
        l.cycle = hv_cycle(r->hv) + n;
        break;
    case 1:
        l.icount = hv_icount(r->hv) + n / 3 + 1;
        break;
    default:
        l.exits = r->hv->exits + n / 2000 + 1;
        break;
    }
    return hv_run(r->hv, &l);
}

/* ---------------------------------------- tests */

ParameterizedTestParameters(saved, a_state_put_back_goes_on_as_before)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, saved, a_state_put_back_goes_on_as_before)
{
    struct rig r;
    uint64_t seed = 11, inside = 0, positions = 0;
    start(&r, w);
    while (run_on(&r, &seed, 150000) == HV_STOP_LIMIT && hv_cycle(r.hv) < CYCLES) {
        struct snap before = take(&r);
        uint64_t at = hv_cycle(r.hv), hash = hv_hash(r.hv), again = seed;
        positions++;
        inside += r.hv->open != NULL;
        run_on(&r, &seed, 100000);
        struct snap after = take(&r);
        uint64_t hash_after = hv_hash(r.hv);
        put(&r, &before);
        expect_state(&r, &before, name_of(w), at);
        cr_assert_eq(hv_hash(r.hv), hash, "%s", name_of(w));
        run_on(&r, &again, 100000);
        expect_state(&r, &after, name_of(w), at);
        cr_assert_eq(hv_hash(r.hv), hash_after, "%s", name_of(w));
        drop(&before);
        drop(&after);
    }
    if (strcmp(w->cpu, "classic") != 0) /* there the guest comes to an early end */
        cr_expect_gt(positions, 30, "%s: only %llu positions", name_of(w),
                     (unsigned long long)positions);
    if (w->vms > 1)
        cr_expect_gt(inside, 0, "%s: no position inside an exit", name_of(w));
    rig_stop(&r);
}

ParameterizedTestParameters(saved, another_hypervisor_goes_on_with_it)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, saved, another_hypervisor_goes_on_with_it)
{
    struct rig r;
    uint64_t seed = 5;
    start(&r, w);
    while (run_on(&r, &seed, 3000000) == HV_STOP_LIMIT && hv_cycle(r.hv) < CYCLES) {
        struct rig other;
        struct snap before = take(&r);
        uint64_t at = hv_cycle(r.hv), again = seed;
        start(&other, w);
        cr_assert_eq(hv_saved_layout(other.hv), hv_saved_layout(r.hv));
        put(&other, &before);
        expect_state(&other, &before, name_of(w), at);
        run_on(&r, &seed, 1000000);
        run_on(&other, &again, 1000000);
        struct snap after = take(&r);
        expect_state(&other, &after, name_of(w), at);
        cr_assert_eq(hv_hash(other.hv), hv_hash(r.hv), "%s", name_of(w));
        rig_stop(&other);
        drop(&before);
        drop(&after);
    }
    rig_stop(&r);
}

/* See machine.h. */
#include "machine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *pv_read_file(const char *name, size_t *size)
{
    char path[512];
    const char *folder = getenv("RINGSIDE_GUESTS");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : RINGSIDE_BUILD_DIR "/guest-os", name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s: cannot be opened", path);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*size);
    cr_assert_eq(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

static bool disk_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    struct pv_machine *m = opaque;
    memcpy(sector, m->disk + lba * DISK_SECTOR, DISK_SECTOR);
    return lba < m->disk_sectors;
}

static bool disk_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    struct pv_machine *m = opaque;
    memcpy(m->disk + lba * DISK_SECTOR, sector, DISK_SECTOR);
    return lba < m->disk_sectors;
}

static void console_out(void *opaque, uint8_t byte)
{
    struct pv_machine *m = opaque;
    if (m->console_bytes + 1 < PV_CONSOLE_SIZE && byte && byte != '\r')
        m->console[m->console_bytes++] = (char)byte;
}

static void make_profile(struct cost_profile *p)
{
    *p = (struct cost_profile){.name = "test", .clock_hz = 100000000};
    for (unsigned key = 0; key < COST_KEYS; key++)
        cost_set(p, key, key < SIM_COSTS ? 2 : 20, COST_ASSUMED);
    p->hw.cycles[COST_int_deliver] = p->hw.cycles[COST_fault_deliver] = 800; /* entering is dear */
}

void pv_machine_start(struct pv_machine *m, const struct pv_start *start)
{
    struct hv_config config;
    size_t size = 0;
    memset(m, 0, sizeof *m);
    make_profile(&m->profile);
    m->console = calloc(1, PV_CONSOLE_SIZE);
    m->disk_sectors = PV_DISK_SECTORS;
    m->disk = start->disk ? pv_read_file(start->disk, &size) : calloc(PV_DISK_SECTORS, DISK_SECTOR);
    if (start->disk)
        m->disk_sectors = (uint32_t)(size / DISK_SECTOR);
    hv_config_init(&config, start->mode);
    config.profile = &m->profile;
    config.ram_bytes = start->ram_bytes ? start->ram_bytes : 8u << 20;
    config.vms = start->vms;
    config.seed = 7;
    config.boot_time = 1000000000;
    for (unsigned n = 0; n < start->vms; n++) {
        config.vm[n].disk[0] = (struct disk_backend){m->disk_sectors, disk_read, disk_write, m};
        config.vm[n].host = (struct pc_host){.opaque = m, .serial_out = console_out};
    }
    cr_assert_eq(hv_create(&m->hv, &config, &m->error), SIM_OK, "%s", m->error.text);
    uint8_t *image = pv_read_file(start->image, &size);
    struct loader_input in = {
        .image = image, .image_size = size, .image_name = start->image, .cmdline = start->cmdline};
    for (unsigned n = 0; n < start->loaded; n++)
        cr_assert_eq(hv_load(m->hv, n, &in, &m->error), SIM_OK, "%s", m->error.text);
    free(image);
}

void pv_machine_stop(struct pv_machine *m)
{
    hv_destroy(m->hv);
    free(m->disk);
    free(m->console);
}

enum hv_stop pv_machine_run(struct pv_machine *m, uint64_t cycles)
{
    const struct hv_limits limits = {.cycle = hv_cycle(m->hv) + cycles};
    return hv_run(m->hv, &limits);
}

/* A hypervisor in a test. */
#include "rig.h"

#include <criterion/criterion.h>

#include "sim/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rig_profile(struct cost_profile *p)
{
    *p = (struct cost_profile){.name = "test", .clock_hz = 100000000};
    for (unsigned i = 0; i < SIM_COSTS; i++)
        p->hw.cycles[i] = i <= COST_insn_system ? 1 : 10;
    for (unsigned i = 0; i < HV_COSTS; i++)
        p->hv.cycles[i] = 100;
}

static void put(void *opaque, uint8_t byte)
{
    struct rig_console *c = opaque;
    if (c->length + 1 < RIG_CONSOLE)
        c->text[c->length++] = (char)byte;
}

void rig_init(struct rig *r, enum hv_mode_id mode)
{
    *r = (struct rig){0};
    rig_profile(&r->profile);
    hv_config_init(&r->config, mode);
    r->config.profile = &r->profile;
    r->config.ram_bytes = 4u << 20;
    r->console = sim_alloc(HV_MAX_VMS, sizeof(*r->console));
    cr_assert(r->console);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        r->config.vm[n].host =
            (struct pc_host){.opaque = &r->console[n], .serial_out = put, .debug_out = put};
}

/* The bytes of <build>/guest-os/NAME, allocated. */
static uint8_t *read_built(const char *name, size_t *size)
{
    char path[512];
    const char *guests = getenv("RINGSIDE_GUESTS");
    snprintf(path, sizeof(path), "%s/%s", guests ? guests : RINGSIDE_BUILD_DIR "/guest-os", name);
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s cannot be read", path);
    uint8_t *bytes = sim_alloc(1, 16u << 20);
    cr_assert(bytes);
    *size = fread(bytes, 1, 16u << 20, f);
    fclose(f);
    return bytes;
}

static bool disk_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct rig_disk *d = opaque;
    memcpy(sector, d->bytes + (size_t)lba * DISK_SECTOR, DISK_SECTOR);
    return true;
}

static bool disk_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    const struct rig_disk *d = opaque;
    memcpy(d->bytes + (size_t)lba * DISK_SECTOR, sector, DISK_SECTOR);
    return true;
}

void rig_disk(struct rig *r, unsigned n)
{
    size_t size;
    r->disk[n].bytes = read_built("disk.img", &size);
    r->disk[n].sectors = (uint32_t)(size / DISK_SECTOR);
    r->config.vm[n].disk[0] = (struct disk_backend){.sectors = r->disk[n].sectors,
                                                    .read = disk_read,
                                                    .write = disk_write,
                                                    .opaque = &r->disk[n]};
}

void rig_create(struct rig *r)
{
    struct sim_error err = {0};
    enum sim_status status = hv_create(&r->hv, &r->config, &err);
    cr_assert_eq(status, SIM_OK, "%s", err.text);
}

void rig_destroy(struct rig *r)
{
    hv_destroy(r->hv);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        sim_free(r->disk[n].bytes);
    sim_free(r->console);
    *r = (struct rig){0};
}

/* ELF32 header, one program header, and at 1 MiB the Multiboot header with the code behind it. */
void rig_load_code(struct rig *r, unsigned n, const void *code, size_t bytes)
{
    static const uint32_t multiboot[3] = {0x1badb002, 0, 0u - 0x1badb002};
    uint8_t image[8192] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    const uint16_t kind[2] = {2, 3};
    const uint32_t size = (uint32_t)bytes + 12;
    const uint32_t header[] = {1, RIG_ENTRY, 52, 0, 0};
    const uint16_t counts[] = {52, 32, 1, 40, 0, 0};
    const uint32_t program[] = {1, 4096, 0x100000, 0x100000, size, size, 7, 4096};
    struct sim_error err = {0};
    cr_assert(bytes < 4000);
    memcpy(image + 16, kind, sizeof(kind));
    memcpy(image + 20, header, sizeof(header));
    memcpy(image + 40, counts, sizeof(counts));
    memcpy(image + 52, program, sizeof(program));
    memcpy(image + 4096, multiboot, sizeof(multiboot));
    memcpy(image + 4096 + 12, code, bytes);
    const struct loader_input in = {
        .image = image, .image_size = 4096 + size, .image_name = "code", .cmdline = ""};
    cr_assert_eq(hv_load(r->hv, n, &in, &err), SIM_OK, "%s", err.text);
}

void rig_load_guest(struct rig *r, unsigned n, const char *name, const char *cmdline)
{
    char file[128];
    size_t size;
    snprintf(file, sizeof(file), "%s.elf", name);
    uint8_t *image = read_built(file, &size);
    struct sim_error err = {0};
    const struct loader_input in = {
        .image = image, .image_size = size, .image_name = name, .cmdline = cmdline};
    cr_assert_eq(hv_load(r->hv, n, &in, &err), SIM_OK, "%s", err.text);
    sim_free(image);
}

enum hv_stop rig_run(struct rig *r, uint64_t cycles)
{
    const struct hv_limits limits = {.cycle = cycles};
    return hv_run(r->hv, &limits);
}

enum hv_stop rig_run_exits(struct rig *r, uint64_t exits)
{
    const struct hv_limits limits = {.exits = exits, .cycle = 1000000000};
    return hv_run(r->hv, &limits);
}

const struct vm_exit *rig_last(const struct rig *r)
{
    return hv_exit(r->hv, r->hv->exits);
}

uint64_t rig_count(const struct rig *r, unsigned n, enum exit_reason reason)
{
    uint64_t sum = 0;
    for (unsigned o = 0; o < EXIT_OUTCOMES; o++)
        sum += hv_stats(r->hv, n)->exit[reason][o].count;
    return sum;
}

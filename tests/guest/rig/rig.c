/*
 * Hypervisors with guests, for tests: see rig.h.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *what, const char *detail)
{
    (void)fprintf(stderr, "rig: %s: %s\n", what, detail);
    abort();
}

const char *rig_guest_path(const char *name, char *to, size_t size)
{
    const char *folder = getenv("RINGSIDE_GUESTS");
    (void)snprintf(to, size, "%s/%s", folder ? folder : RINGSIDE_BUILD_DIR "/guest-os", name);
    return to;
}

uint8_t *rig_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        give_up("cannot read", path);
    (void)fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    uint8_t *bytes = n >= 0 ? malloc((size_t)n + 1) : NULL;
    if (!bytes || fread(bytes, 1, (size_t)n, f) != (size_t)n)
        give_up("cannot read", path);
    bytes[n] = 0;
    *size = (size_t)n;
    (void)fclose(f);
    return bytes;
}

/* ---------------------------------------- consoles */

static void on_byte(void *opaque, uint8_t byte)
{
    struct rig_console *c = opaque;
    c->total++;
    if (c->size + 1 < RIG_CONSOLE) {
        c->text[c->size++] = (char)byte;
        c->text[c->size] = 0;
    }
}

static bool blank_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    memcpy(sector, (uint8_t *)opaque + (size_t)lba * DISK_SECTOR, DISK_SECTOR);
    return true;
}

static bool blank_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    memcpy((uint8_t *)opaque + (size_t)lba * DISK_SECTOR, sector, DISK_SECTOR);
    return true;
}

static void init_vm(struct rig *r, unsigned n, const struct rig_guest *g, struct hv_vm_config *vm)
{
    struct complaint why = {CLI_OK, "", ""};
    struct rig_console *c = &r->console[n];
    c->text = calloc(1, RIG_CONSOLE);
    if (!c->text)
        give_up("no memory", "console");
    vm->host.opaque = c;
    vm->host.serial_out = on_byte;
    vm->host.debug_out = on_byte;
    if (g->blank_sectors) {
        r->blank[n] = calloc(g->blank_sectors, DISK_SECTOR);
        vm->disk[0] = (struct disk_backend){g->blank_sectors, blank_read, blank_write, r->blank[n]};
    }
    if (!g->disk)
        return;
    char path[512];
    rig_guest_path(g->disk, path, sizeof path);
    if (!r->has_disk && !disk_open(&r->image, path, false, &why))
        give_up("disk", why.what);
    r->has_disk = true;
    if (!overlay_init(&r->overlay[n], &r->image, &why))
        give_up("disk", why.what);
    vm->disk[0] = overlay_backend(&r->overlay[n]);
}

/* ---------------------------------------- life */

static bool load(struct rig *r, unsigned n, const struct rig_guest *g, struct sim_error *err)
{
    char path[512];
    size_t size;
    uint8_t *image = rig_read(rig_guest_path(g->image, path, sizeof path), &size);
    const struct loader_input in = {
        .image = image, .image_size = size, .image_name = g->image, .cmdline = g->cmdline};
    bool ok = hv_load(r->hv, n, &in, err) == SIM_OK;
    free(image);
    return ok;
}

bool rig_try(struct rig *r, const struct rig_plan *plan, struct sim_error *err)
{
    struct complaint why = {CLI_OK, "", ""};
    struct hv_config config;
    memset(r, 0, sizeof *r);
    hv_config_init(&config, plan->mode);
    if (!profile_load(&r->profile, plan->profile ? plan->profile : "flat", &why))
        give_up("profile", why.what);
    if (plan->cpu && cpu_model_parse(plan->cpu, &config.cpu, err) != SIM_OK)
        give_up("cpu model", plan->cpu);
    config.profile = &r->profile.cost;
    config.ram_bytes = (plan->mem_mib ? plan->mem_mib : 16u) << 20;
    config.vms = plan->vms ? plan->vms : 1;
    config.seed = plan->seed;
    config.slice_cycles = plan->slice_cycles;
    config.shadow_pages = plan->shadow_pages;
    config.tsc_emulate = plan->tsc_emulate;
    config.pv_batch = !plan->no_batch;
    config.boot_time = 1131969600u;
    for (unsigned n = 0; n < config.vms; n++)
        init_vm(r, n, &plan->guest[n], &config.vm[n]);
    bool ok = hv_create(&r->hv, &config, err) == SIM_OK;
    for (unsigned n = 0; ok && n < config.vms; n++)
        ok = load(r, n, &plan->guest[n], err);
    if (!ok)
        rig_stop(r);
    return ok;
}

void rig_start(struct rig *r, const struct rig_plan *plan)
{
    struct sim_error err = {SIM_OK, ""};
    if (!rig_try(r, plan, &err))
        give_up("the hypervisor refuses", err.text);
}

void rig_stop(struct rig *r)
{
    hv_destroy(r->hv);
    for (unsigned n = 0; n < HV_MAX_VMS; n++) {
        free(r->console[n].text);
        free(r->blank[n]);
        overlay_fini(&r->overlay[n]);
    }
    if (r->has_disk)
        disk_close(&r->image);
    profile_free(&r->profile);
    memset(r, 0, sizeof *r);
}

enum hv_stop rig_run(struct rig *r, uint64_t cycles)
{
    const struct hv_limits limits = {.cycle = cycles};
    return hv_run(r->hv, &limits);
}

/* ---------------------------------------- comparing */

const char *rig_end(const struct rig *r, unsigned n, char *to, size_t size)
{
    const struct vm *vm = r->hv->vm[n];
    if (vm->s.end == VM_EXITED)
        (void)snprintf(to, size, "exited %u", vm->s.exit_value);
    else
        (void)snprintf(to, size, "%s%s%s", vm_end_names[vm->s.end], vm->end_text[0] ? ": " : "",
                       vm->end_text);
    return to;
}

uint64_t rig_disk_hash(const struct rig *r, unsigned n)
{
    return r->has_disk ? overlay_hash(&r->overlay[n]) : 0;
}

void rig_mask_cycles(char *text)
{
    static const char key[] = "cycles=";
    char *to = text;
    while (*text) {
        size_t n = sizeof key - 1;
        if (strncmp(text, key, n) != 0) {
            *to++ = *text++;
            continue;
        }
        memmove(to, key, n);
        to += n;
        text += n;
        const char *digits = text;
        while (*text >= '0' && *text <= '9')
            text++;
        if (text > digits)
            *to++ = '#';
    }
    *to = 0;
}

static size_t line_length(const char *s)
{
    return strcspn(s, "\n");
}

const char *rig_difference(const char *a, const char *b, char *to, size_t size)
{
    unsigned line = 1;
    while (a[line_length(a)] && line_length(a) == line_length(b) &&
           !strncmp(a, b, line_length(a) + 1)) {
        a += line_length(a) + 1;
        b += line_length(b) + 1;
        line++;
    }
    (void)snprintf(to, size, "line %u: `%.*s' | `%.*s'", line, (int)line_length(a), a,
                   (int)line_length(b), b);
    return to;
}

/*
 * Sessions for tests: see desk.h.
 */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int desk_modes[3] = {MODE_native, MODE_trap, MODE_pv};

static void need(bool ok, const char *what, const char *why)
{
    if (ok)
        return;
    (void)fprintf(stderr, "desk: %s: %s\n", what, why);
    abort();
}

static void on_output(void *opaque, unsigned vm, uint8_t byte)
{
    struct desk *d = opaque;
    if (vm == 0 && d->said_size < sizeof(d->said))
        d->said[d->said_size++] = (char)byte;
}

void desk_open(struct desk *d, enum hv_mode_id mode, const char *cmdline, unsigned mem_mib)
{
    struct complaint why = {CLI_OK, "", ""};
    char path[1024];
    memset(d, 0, sizeof(*d));
    need(profile_load(&d->profile, "p4-2005", &why), "profile", why.what);
    (void)snprintf(path, sizeof(path), RINGSIDE_BUILD_DIR "/guest-os/%s",
                   mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf");
    need(file_read(&d->guest, "guest", path, &why), path, why.what);
    (void)snprintf(path, sizeof(path), "%s", RINGSIDE_BUILD_DIR "/guest-os/disk.img");
    need(disk_open(&d->image, path, false, &why), path, why.what);
    need(overlay_init(&d->base, &d->image, &why), path, why.what);
    hv_config_init(&d->config.hv, mode);
    d->config.hv.profile = &d->profile.cost;
    d->config.hv.ram_bytes = mem_mib << 20;
    d->config.hv.seed = 1;
    d->config.disk[0][0] = overlay_backend(&d->base);
    d->config.input = (struct loader_input){.image = d->guest.bytes,
                                            .image_size = d->guest.size,
                                            .image_name = "bantam",
                                            .cmdline = cmdline};
    d->config.output = on_output;
    d->config.opaque = d;
}

void desk_close(struct desk *d)
{
    overlay_fini(&d->base);
    disk_close(&d->image);
    file_free(&d->guest);
    profile_free(&d->profile);
}

struct session *desk_session(struct desk *d)
{
    struct session *s;
    struct sim_error err;
    d->said_size = 0;
    need(session_create(&s, &d->config, &err) == SIM_OK, "session", err.text);
    return s;
}

struct session *desk_begin(struct desk *d, int mode, const char *cmdline, unsigned mem_mib)
{
    desk_open(d, (enum hv_mode_id)mode, cmdline, mem_mib);
    return desk_session(d);
}

void desk_end(struct desk *d, struct session *s)
{
    session_destroy(s);
    desk_close(d);
}

struct session_event desk_go(struct session *s, enum session_verb verb, bool back, uint64_t count)
{
    const struct session_move m = {.verb = verb, .back = back, .count = count, .reason = -1};
    struct session_event e;
    if (!session_go(s, &m, &e))
        need(false, session_why_names[e.why], e.text);
    return e;
}

struct session_event desk_continue(struct session *s, bool back)
{
    return desk_go(s, SESSION_CONTINUE, back, 0);
}

unsigned desk_point(struct session *s, struct session_point p)
{
    struct sim_error err = {SIM_OK, ""};
    p.enabled = true;
    p.vm = POINT_ANY;
    p.cr3 = p.cr3 ? p.cr3 : POINT_ANY;
    unsigned number = session_point_add(s, &p, &err);
    need(number != 0, "point", err.text);
    return number;
}

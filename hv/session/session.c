/*
 * A session's life.
 */
#include "session/internal.h"

#include <string.h>

#include "sim/alloc.h"

/* Work between snapshots at first: about 10 ms of a fast host. */
#define EVERY 8000000u

const char *const session_why_names[SESSION_WHYS] = {
    [SESSION_DONE] = "done",           [SESSION_POINT] = "point",     [SESSION_ENDED] = "ended",
    [SESSION_BEGINNING] = "beginning", [SESSION_PRESENT] = "present", [SESSION_INPUT] = "input",
    [SESSION_INTERRUPT] = "interrupt", [SESSION_REFUSED] = "refused", [SESSION_FAILED] = "failed",
};

/* ---------------------------------------- life */

static struct hv_config configured(struct session *s, const struct session_config *config)
{
    struct hv_config hv = config->hv;
    for (unsigned n = 0; n < hv.vms && n < HV_MAX_VMS; n++) {
        s->port[n] = (struct session_guest_port){s, n};
        hv.vm[n].host.opaque = &s->port[n];
        hv.vm[n].host.serial_out = output_byte;
        hv.vm[n].host.debug_out = output_byte;
        for (unsigned d = 0; d < 2; d++) {
            s->disk[n][d].base = config->disk[n][d];
            s->disk[n][d].starved = &s->starved;
            hv.vm[n].disk[d] = store_disk(&s->disk[n][d]);
        }
    }
    return hv;
}

static enum sim_status build(struct session *s, const struct session_config *config,
                             struct sim_error *err)
{
    const struct hv_config hv = configured(s, config);
    enum sim_status status = hv_create(&s->hv, &hv, err);
    for (unsigned n = 0; status == SIM_OK && n < s->hv->vms; n++)
        status = hv_load(s->hv, n, &config->input, err);
    if (status != SIM_OK)
        return status;
    if (!store_init(s, config))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a history");
    s->every = config->history_every ? config->history_every : EVERY;
    s->no_history = config->no_history;
    spot_hooks(s);
    store_position(s);
    if (!store_take(s, false))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for the first snapshot");
    return SIM_OK;
}

enum sim_status session_create(struct session **out, const struct session_config *config,
                               struct sim_error *err)
{
    *out = NULL;
    struct session *s = sim_alloc(1, sizeof(*s));
    if (!s)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a session");
    s->output = config->output;
    s->output_opaque = config->opaque;
    s->cut = config->cut;
    enum sim_status status = build(s, config, err);
    if (status != SIM_OK) {
        session_destroy(s);
        return status;
    }
    s->last.at = s->now;
    *out = s;
    return SIM_OK;
}

void session_destroy(struct session *s)
{
    if (!s)
        return;
    if (s->hv)
        spot_off(s);
    store_fini(s);
    hv_destroy(s->hv);
    points_fini(s);
    work_fini(s);
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        sim_free(s->out[n].text);
    sim_free(s->input);
    sim_free(s->queue);
    sim_free(s->mark);
    sim_free(s->check);
    sim_free(s);
}

enum sim_status session_watch_work(struct session *s, const struct work_config *config,
                                   struct sim_error *err)
{
    enum sim_status status = work_begin(s, config, err);
    if (status == SIM_OK)
        spot_rest(s);
    return status;
}

/* The sessions that a panel shows: one for each mode that the options name. */
#include <stdlib.h>
#include <string.h>

#include "panel/ask.h"

/* Some 130 MB of guest work: hours of a class, minutes of a benchmark. */
#define STRETCHES_MOST 500000u

/* What the guest's kernel calls the process that runs: the key of guest work. */
static struct work_config work_of(struct debugger *d)
{
    struct symbol current;
    uint32_t offset, bytes;
    struct work_config config = {.own_time = false, .most = STRETCHES_MOST};
    if (symbols_find(d->kernel, "current", 7, &current) &&
        symbols_member(d->kernel, "proc", "pid", &offset, &bytes) && bytes == 4) {
        config.current = current.value;
        config.pid_offset = offset;
    }
    return config;
}

static bool open_side(struct panel_side *s, const struct options *o, unsigned n, struct inputs *in,
                      struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    s->options = *o;
    s->options.modes[0] = o->modes[n];
    s->options.mode_count = 1;
    s->options.keyboard = o->keyboard && o->modes[n] != MODE_pv;
    s->options.predict = o->predict && hv_modes[o->modes[n]]->has_hypervisor;
    if (!debugger_create(&s->d, &s->options, in, NULL, why))
        return false;
    s->timeline = timeline_create(0);
    bool good = s->timeline != NULL;
    for (unsigned i = 0; i < SNAP_VMS; i++) {
        s->turns.vm[i].time = timeline_create(TIMELINE_MOST / SNAP_VMS);
        good = good && s->turns.vm[i].time;
    }
    if (!good || !turns_begin(&s->turns, session_hv(s->d->session), 0))
        return complain_ours(why, NULL, "no memory");
    debugger_watch(s->d, (struct trace_sink){track_event, s});
    s->d->work = work_of(s->d);
    s->d->works = true; /* of sessions that are loaded later too */
    if (session_watch_work(s->d->session, &s->d->work, &err) != SIM_OK)
        return complain_error(why, &err, NULL);
    return true;
}

static void close_side(struct panel_side *s)
{
    debugger_destroy(s->d);
    timeline_destroy(s->timeline);
    for (unsigned i = 0; i < SNAP_VMS; i++)
        timeline_destroy(s->turns.vm[i].time);
    free(s->note);
    free(s->entry);
    ask_free(s);
}

bool driver_open(struct driver *v, const struct options *o, struct inputs *in,
                 struct complaint *why)
{
    memset(v, 0, sizeof *v);
    while (v->sides < o->mode_count && v->sides < SNAP_SIDES) {
        unsigned n = v->sides++;
        if (!open_side(&v->side[n], o, n, in, why)) {
            driver_close(v);
            return false;
        }
    }
    return true;
}

void driver_lock(struct driver *v, const struct lock *lock)
{
    v->lock = lock;
    for (unsigned i = 0; i < v->sides; i++)
        debugger_lock(v->side[i].d, lock);
}

void driver_close(struct driver *v)
{
    for (unsigned i = 0; i < v->sides; i++)
        close_side(&v->side[i]);
    for (size_t i = 0; i < v->logged && i < PANEL_LOG; i++)
        free(v->log[i]);
    snapshot_free(&v->snapshot);
    memset(v, 0, sizeof *v);
}

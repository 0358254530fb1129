/* The sessions that a panel shows: built from one command line, a mode each. */
#include <stdlib.h>
#include <string.h>

#include "panel/driver.h"

static bool add_argument(struct panel_side *s, const char *text)
{
    s->argv[s->argc] = strdup(text);
    return s->argv[s->argc] && ++s->argc;
}

/* What the guest's kernel calls the process that runs: the key of guest work. */
static struct work_config work_of(struct debugger *d)
{
    struct symbol current;
    uint32_t offset, bytes;
    struct work_config config = {.own_time = false};
    if (symbols_find(d->kernel, "current", 7, &current) &&
        symbols_member(d->kernel, "proc", "pid", &offset, &bytes) && bytes == 4) {
        config.current = current.value;
        config.pid_offset = offset;
    }
    return config;
}

static bool open_side(struct panel_side *s, int argc, char *const *argv, const char *mode,
                      struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    s->argv = calloc((size_t)argc + 3, sizeof *s->argv);
    bool ok = s->argv != NULL;
    for (int i = 0; ok && i < argc; i++)
        ok = add_argument(s, argv[i]);
    if (mode)
        ok = ok && add_argument(s, "--mode") && add_argument(s, mode);
    if (!ok)
        return complain_ours(why, NULL, "no memory");
    s->has_options = true;
    if (!options_parse(&s->options, V_DEBUG, s->argc, s->argv, why) ||
        !inputs_open(&s->inputs, &s->options, why))
        return false;
    s->has_inputs = true;
    if (!debugger_create(&s->d, &s->options, &s->inputs, NULL, why))
        return false;
    s->timeline = timeline_create(0);
    if (!s->timeline)
        return complain_ours(why, NULL, "no memory");
    debugger_watch(s->d, (struct trace_sink){track_event, s});
    const struct work_config work = work_of(s->d);
    if (session_watch_work(s->d->session, &work, &err) != SIM_OK)
        return complain_error(why, &err, NULL);
    return true;
}

static void close_side(struct panel_side *s)
{
    debugger_destroy(s->d);
    timeline_destroy(s->timeline);
    free(s->note);
    if (s->has_inputs)
        inputs_close(&s->inputs);
    if (s->has_options)
        options_free(&s->options);
    for (int i = 0; i < s->argc; i++)
        free(s->argv[i]);
    free(s->argv);
}

bool driver_open(struct driver *v, int argc, char *const *argv, const char *const *mode,
                 unsigned modes, struct complaint *why)
{
    memset(v, 0, sizeof *v);
    unsigned sides = modes ? modes : 1;
    for (v->sides = 0; v->sides < sides && v->sides < SNAP_SIDES; v->sides++)
        if (!open_side(&v->side[v->sides], argc, argv, modes ? mode[v->sides] : NULL, why)) {
            v->sides++;
            driver_close(v);
            return false;
        }
    return true;
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

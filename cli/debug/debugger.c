/*
 * The debugger's life: its session, its log. See debugger.h.
 */
#include "debug/debugger.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "terminal.h"

/* ---------------------------------------- the session's callbacks */

static void on_event(void *opaque, const struct trace_event *e)
{
    struct debugger *d = opaque;
    struct session_happened now;
    char text[500];
    session_happened(d->session, &now);
    log_add(&d->log, e, &now);
    if (d->watcher.event)
        d->watcher.event(d->watcher.opaque, e);
    if (!d->tracing || !d->out || !query_matches(d->tracing, e))
        return;
    console_rest(d);
    trace_event_text(e, text, sizeof text);
    (void)fprintf(d->out, "%s\n", text);
}

static void on_cut(void *opaque, const struct session_happened *now)
{
    struct debugger *d = opaque;
    log_cut(&d->log, now);
}

static bool on_poll(void *opaque)
{
    (void)opaque;
    return terminal_stop_signal() != 0;
}

void debugger_watch(struct debugger *d, struct trace_sink watcher)
{
    d->watcher = watcher;
}

bool debug_open_session(struct debugger *d, struct session **out, struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    if (session_create(out, &d->config, &err) != SIM_OK)
        return guest_refused(why, &err, d->config.hv.mode);
    if (d->works && session_watch_work(*out, &d->work, &err) != SIM_OK) {
        session_destroy(*out);
        *out = NULL;
        return complain_error(why, &err, NULL);
    }
    session_set_resolver(*out, resolve_symbol, d);
    session_set_sink(*out, (struct trace_sink){on_event, d});
    session_set_poll(*out, on_poll, d);
    return true;
}

/* ---------------------------------------- life */

static bool configure(struct debugger *d, struct complaint *why)
{
    const struct options *o = d->options;
    struct inputs *in = d->inputs;
    enum hv_mode_id mode = o->modes[0];
    hv_config_from_options(&d->config.hv, o, in, mode, NULL);
    if (!guest_load_from_options(&d->load, o, in, mode, why))
        return false;
    d->config.input = d->load.input;
    for (unsigned vm = 0; vm < o->vms; vm++)
        for (unsigned i = 0; i < in->disks; i++)
            d->config.disk[vm][i] = disk_backend_of(&in->disk[i]);
    d->config.output = console_byte;
    d->config.cut = on_cut;
    d->config.opaque = d;
    const struct file_bytes *kernel = &in->guest[mode].file;
    d->kernel = symbols_open(kernel->bytes, kernel->size);
    programs_init(&d->programs, in->guest[mode].path);
    return true;
}

bool debugger_create(struct debugger **out, const struct options *o, struct inputs *in,
                     FILE *console, struct complaint *why)
{
    struct debugger *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d)
        return complain_ours(why, NULL, "no memory");
    d->options = o;
    d->inputs = in;
    d->console = console;
    d->plain = o->accessible;
    bool ok = configure(d, why) && debug_open_session(d, &d->session, why);
    ok = ok && (!o->predict || predict_begin(d, why));
    if (!ok) {
        debugger_destroy(d);
        return false;
    }
    struct cpu_state cpu;
    d->examine_at = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    *out = d;
    return true;
}

void debugger_destroy(struct debugger *d)
{
    if (!d)
        return;
    session_destroy(d->session);
    query_destroy(d->tracing);
    predict_destroy(d->predict);
    log_clear(&d->log);
    programs_fini(&d->programs);
    symbols_close(d->kernel);
    file_free(&d->source.text);
    free(d->source.path);
    free(d);
}

void debugger_lock(struct debugger *d, const struct lock *lock)
{
    d->lock = lock;
}

void debugger_set_interactive(struct debugger *d, bool yes)
{
    d->interactive = yes;
}

bool debugger_quits(const struct debugger *d)
{
    return d->quits;
}

bool debugger_asks(const struct debugger *d)
{
    return predict_waits(d);
}

struct session *debugger_session(struct debugger *d)
{
    return d->session;
}

void debugger_write_predictions(struct debugger *d, FILE *to)
{
    if (d->predict)
        predict_write(&d, 1, to);
}

void debugger_end(struct debugger *d)
{
    d->out = d->console;
    console_rest(d);
}

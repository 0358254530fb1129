/*
 * The debugger's life: its session, its log, the guest's console. See debugger.h.
 */
#include "debug/debugger.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "terminal.h"

/* ---------------------------------------- the guest's console */

/* What stands before a line of the guest's. */
static void put_prefix(struct debugger *d, unsigned vm)
{
    if (d->plain)
        (void)fputs("console: ", d->console);
    if (d->config.hv.vms > 1)
        (void)fprintf(d->console, "vm%u: ", vm);
}

/* Several guests speak at once: each in whole lines. */
static void show_line(struct debugger *d, unsigned vm)
{
    struct console_line *line = &d->line[vm];
    put_prefix(d, vm);
    (void)fprintf(d->console, "%.*s\n", (int)line->n, line->text);
    line->n = 0;
}

void console_rest(struct debugger *d)
{
    if (d->out != d->console) { /* they do not meet: its line may stay as it is */
        if (d->console)
            (void)fflush(d->console);
        return;
    }
    for (unsigned i = 0; i < HV_MAX_VMS && d->console; i++) {
        if (d->line[i].open)
            (void)putc('\n', d->console);
        d->line[i].open = false;
        if (d->line[i].n)
            show_line(d, i);
    }
    if (d->console)
        (void)fflush(d->console);
}

static void on_console_of_one(struct debugger *d, uint8_t byte)
{
    if (!d->line[0].open)
        put_prefix(d, 0);
    d->line[0].open = byte != '\n';
    (void)putc(byte, d->console);
}

static void on_console(void *opaque, unsigned vm, uint8_t byte)
{
    struct debugger *d = opaque;
    if (!d->console || byte == '\r' || vm >= HV_MAX_VMS)
        return;
    struct console_line *line = &d->line[vm];
    if (d->config.hv.vms == 1) {
        on_console_of_one(d, byte);
    } else {
        if (byte != '\n')
            line->text[line->n++] = (char)byte;
        if (byte == '\n' || line->n == sizeof line->text)
            show_line(d, vm);
    }
    if (byte == '\n' || d->interactive)
        (void)fflush(d->console);
}

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
    d->config.output = on_console;
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

int debugger_stopped(struct debugger *d, const struct session_event *e, FILE *out)
{
    d->out = out;
    if (e->why == SESSION_INTERRUPT)
        terminal_forget_interrupt();
    if (predict_asks(d, e))
        return CLI_OK;
    return debug_tell_stop(d, e);
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

/*
 * What is said: the guest's console between our own lines, and what is wrong.
 */
#include <stdarg.h>

#include "debug/internal.h"

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

void console_byte(void *opaque, unsigned vm, uint8_t byte)
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

/* ---------------------------------------- complaints */

int refuse(struct debugger *d, int status, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    text_make_printable(text);
    (void)fprintf(d->out, "%s\n", text);
    return status;
}

int refuse_error(struct debugger *d, const struct sim_error *err)
{
    bool theirs = err->status == SIM_BAD_INPUT || err->status == SIM_UNSUPPORTED;
    return refuse(d, theirs ? CLI_USAGE : CLI_OURS, "%s", err->text);
}

int refuse_complaint(struct debugger *d, const struct complaint *why)
{
    return refuse(d, (int)why->status, "%s%s%s", why->what, why->remedy[0] ? ": " : "",
                  why->remedy);
}

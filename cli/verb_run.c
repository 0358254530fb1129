/*
 * run: one guest in one mode.
 */
#include <string.h>
#include <unistd.h>

#include "gdb/serve.h"
#include "paint.h"
#include "runner.h"
#include "screen.h"
#include "terminal.h"
#include "verbs.h"
#include "why.h"

/* A screen that is shown live has the terminal for itself. */
static bool screen_is_live(const struct options *o, const struct inputs *in)
{
    return o->display_text && isatty(STDOUT_FILENO) && !inputs_take_stdout(in);
}

/* Where the console goes: not to a stdout that holds a report. */
static FILE *console_stream(const struct options *o, const struct inputs *in)
{
    if (o->console == CONSOLE_STDIO && screen_is_live(o, in))
        return NULL;
    if (o->console == CONSOLE_NONE || inputs_take_stdout(in))
        return o->console == CONSOLE_FILE ? in->console.stream : NULL;
    return o->console == CONSOLE_FILE ? in->console.stream : stdout;
}

/* The screens as they were left, behind what the console said. */
static void tell_screens(struct runner *r, const struct inputs *in)
{
    FILE *to = inputs_take_stdout(in) ? stderr : stdout;
    const struct console *c = &r->console[0];
    if (c->to == to && c->bytes)
        (void)fputs(
            c->kept_size && c->kept[c->kept_size - 1] != '\n' ? "\n[screen]\n" : "[screen]\n", to);
    for (unsigned n = 0; n < r->hv->vms; n++) {
        struct screen s;
        char prefix[16] = "";
        if (r->hv->vms > 1)
            (void)snprintf(prefix, sizeof prefix, "vm%u: ", n);
        screen_look(&s, r->hv, n);
        screen_text(to, &s, prefix);
    }
    (void)fflush(to);
}

static void drive(struct runner *r, const struct options *o)
{
    bool interactive = r->feeds_stdin && o->console == CONSOLE_STDIO && isatty(STDOUT_FILENO);
    r->shows_screen = screen_is_live(o, r->inputs);
    if (interactive && terminal_raw() && !o->quiet)
        (void)fputs("ringside: Ctrl-A x leaves, Ctrl-A h helps\n", stderr);
    if (r->shows_screen)
        terminal_screen();
    r->shows_progress = !o->quiet && isatty(STDERR_FILENO) && !terminal_is_raw() &&
                        !r->shows_screen && !(r->console[0].to == stdout && isatty(STDOUT_FILENO));
    runner_run(r, 0);
    terminal_restore();
    if (o->display_text)
        tell_screens(r, r->inputs);
    const struct console *c = &r->console[0];
    if (c->to == stdout && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !o->quiet &&
        c->kept_size && c->kept[c->kept_size - 1] != '\n')
        (void)fputc('\n',
                    stderr); /* the summary begins on a line of its own, not behind a prompt */
}

static int run_one(const struct options *o, struct inputs *in, struct complaint *why)
{
    static struct runner r; /* large */
    static struct report report;
    static struct trace trace;
    struct run_plan plan = {
        .mode = o->modes[0], .console = console_stream(o, in), .feeds_stdin = !o->script.text};
    if (!runner_init_traced(&r, o, in, &plan, &trace, why))
        return complaint_print(why, stderr);
    drive(&r, o);
    runner_report(&r, &report);
    bool ok = runner_write(&r, in, &report, why);
    if (!o->quiet)
        report_summary(stderr, &report, paint_wanted(stderr, o->color));
    report_silent(stderr, &report);
    int status = (int)report.status;
    if (ok && o->why && report.total.silent_total)
        ok = why_tell(stderr, o, in, &report, why);
    if (!ok)
        status = complaint_print(why, stderr);
    runner_fini(&r);
    return status;
}

int verb_run(int argc, char *const *argv)
{
    struct options o;
    struct inputs in;
    struct complaint why = {CLI_OK, "", ""};
    int status;
    if (!options_parse(&o, V_RUN, argc, argv, &why) || !inputs_open(&in, &o, &why)) {
        status = complaint_print(&why, stderr);
    } else {
        status = o.gdb ? gdb_run(&o, &in, console_stream(&o, &in)) : run_one(&o, &in, &why);
        inputs_close(&in);
    }
    options_free(&o);
    return status;
}

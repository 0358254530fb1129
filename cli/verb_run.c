/*
 * run: one guest in one mode.
 */
#include <string.h>
#include <unistd.h>

#include "paint.h"
#include "runner.h"
#include "terminal.h"
#include "verbs.h"
#include "why.h"

/* Where the console goes: not to a stdout that holds a report. */
static FILE *console_stream(const struct options *o, const struct inputs *in)
{
    if (o->console == CONSOLE_NONE || in->json.is_stdout || in->csv.is_stdout)
        return o->console == CONSOLE_FILE ? in->console.stream : NULL;
    return o->console == CONSOLE_FILE ? in->console.stream : stdout;
}

static void drive(struct runner *r, const struct options *o)
{
    bool interactive = r->feeds_stdin && o->console == CONSOLE_STDIO && isatty(STDOUT_FILENO);
    if (interactive && terminal_raw() && !o->quiet)
        (void)fputs("ringside: Ctrl-A x leaves, Ctrl-A h helps\n", stderr);
    r->shows_progress = !o->quiet && isatty(STDERR_FILENO) && !terminal_is_raw() &&
                        !(r->console[0].to == stdout && isatty(STDOUT_FILENO));
    runner_run(r, 0);
    terminal_restore();
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
    if (in->trace.stream) {
        if (!trace_begin(&trace, o->trace_format, &in->trace, why))
            return complaint_print(why, stderr);
        plan.trace = &trace;
    }
    if (!runner_init(&r, o, in, &plan, why)) {
        trace_abandon(&trace);
        return complaint_print(why, stderr);
    }
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
        status = run_one(&o, &in, &why);
        inputs_close(&in);
    }
    options_free(&o);
    return status;
}

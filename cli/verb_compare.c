/*
 * compare: the same work in several modes, side by side.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"
#include "paint.h"
#include "terminal.h"
#include "verbs.h"

/* Runs one mode and keeps its runner, which owns the console text. */
static bool run_mode(struct comparison *c, struct inputs *in, enum hv_mode_id mode,
                     struct trace *trace, struct complaint *why)
{
    const struct run_plan plan = {.mode = mode, .trace = in->trace.stream ? trace : NULL};
    struct runner *r = calloc(1, sizeof *r);
    if (!r)
        return complain_ours(why, NULL, "no memory");
    if (!runner_init(r, c->options, in, &plan, why)) {
        free(r);
        return false;
    }
    c->runner[c->runs] = r;
    r->shows_progress = !c->options->quiet && isatty(STDERR_FILENO);
    runner_run(r, 0);
    runner_report(r, &c->report[c->runs]);
    c->runs++;
    return true;
}

static bool run_all(struct comparison *c, struct inputs *in, struct trace *trace,
                    struct complaint *why)
{
    if (in->trace.stream && !trace_begin(trace, c->options->trace_format, &in->trace, why))
        return false;
    for (unsigned i = 0; i < c->options->mode_count; i++) {
        if (!run_mode(c, in, c->options->modes[i], trace, why))
            return false;
        if (terminal_stop_signal())
            break;
    }
    comparison_judge(c);
    return true;
}

static bool write_all(struct comparison *c, struct inputs *in, struct trace *trace,
                      struct complaint *why)
{
    bool color = paint_wanted(stdout, c->options->color);
    if (in->json.stream)
        comparison_json(in->json.stream, c);
    if (in->csv.stream)
        comparison_csv(in->csv.stream, c);
    if (!inputs_take_stdout(in)) {
        if (c->options->suite_micro)
            micro_text(stdout, c, color);
        else
            comparison_text(stdout, c, color);
    }
    for (unsigned i = 0; i < c->runs; i++)
        report_silent(stderr, &c->report[i]);
    bool whole = trace_end(trace, why);
    return inputs_commit(in, why) && whole;
}

static int compare(const struct options *o, struct inputs *in, struct complaint *why)
{
    static struct trace trace;
    struct comparison *c = calloc(1, sizeof *c);
    if (!c) {
        (void)complain_ours(why, NULL, "no memory");
        return complaint_print(why, stderr);
    }
    c->options = o;
    bool ok = run_all(c, in, &trace, why) && write_all(c, in, &trace, why);
    trace_abandon(&trace);
    int status = ok ? comparison_status(c) : complaint_print(why, stderr);
    for (unsigned i = 0; i < c->runs; i++) {
        runner_fini(c->runner[i]);
        free(c->runner[i]);
    }
    free(c);
    return status;
}

/* What to run when nothing was said. */
static bool choose_script(struct options *o, struct complaint *why)
{
    if (o->suite_micro)
        return script_load(&o->script, micro_script, why);
    return o->script.text || (o->guest && !o->script.text)
               ? true
               : script_builtin(&o->script, "tour", why);
}

int verb_compare(int argc, char *const *argv)
{
    struct options o;
    struct inputs in;
    struct complaint why = {CLI_OK, "", ""};
    int status;
    if (!options_parse(&o, V_COMPARE, argc, argv, &why) || !choose_script(&o, &why) ||
        !inputs_open(&in, &o, &why)) {
        status = complaint_print(&why, stderr);
    } else {
        status = compare(&o, &in, &why);
        inputs_close(&in);
    }
    options_free(&o);
    return status;
}

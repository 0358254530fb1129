/*
 * exits: the table of reasons, or one exit as a story.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "exits_file.h"
#include "paint.h"
#include "runner.h"
#include "story.h"
#include "verbs.h"

/* Runs to the exit, tells it, and goes on to the next for the last line. */
static bool tell(struct runner *r, uint64_t number, struct complaint *why)
{
    static struct vm_exit story, next;
    const struct file_bytes *elf = &r->inputs->guest[r->mode].file;
    runner_run(r, number);
    const struct vm_exit *x = hv_exit(r->hv, number);
    if (!x)
        return complain(why, "ringside exits shows how many there are",
                        "--story %" PRIu64 ": the run ended after %" PRIu64 " exits", number,
                        r->hv->exits);
    story = *x;
    struct symbols *symbols = symbols_open(elf->bytes, elf->size);
    const struct story_view view = {.hv = r->hv, .symbols = symbols};
    story_tell(stdout, &view, &story);
    runner_run(r, number + 1);
    x = hv_exit(r->hv, number + 1);
    if (x)
        next = *x;
    story_next(stdout, &view, &story, x ? &next : NULL);
    symbols_close(symbols);
    return true;
}

static int finish(struct runner *r, const struct options *o, struct inputs *in,
                  struct complaint *why)
{
    static struct report report;
    bool to_stdout = inputs_take_stdout(in);
    int status = CLI_OK;
    bool ok = true;
    if (o->story) {
        ok = tell(r, o->story, why);
    } else {
        runner_run(r, 0);
        runner_report(r, &report);
        status = (int)report.status;
        if (!to_stdout)
            report_exits(stdout, &report, o->long_form);
        if (!o->quiet)
            report_summary(stderr, &report, paint_wanted(stderr, o->color));
        report_silent(stderr, &report);
        ok = runner_write(r, in, &report, why);
    }
    return ok ? status : complaint_print(why, stderr);
}

static int exits(struct options *o, struct inputs *in, struct complaint *why)
{
    static struct runner r;
    static struct trace trace;
    struct run_plan plan = {.mode = o->modes[0]};
    if (!runner_init_traced(&r, o, in, &plan, &trace, why))
        return complaint_print(why, stderr);
    r.shows_progress = !o->quiet && isatty(STDERR_FILENO);
    int status = finish(&r, o, in, why);
    runner_fini(&r);
    return status;
}

int verb_exits(int argc, char *const *argv)
{
    int file = exits_file_argument(argc, argv);
    if (file < argc)
        return exits_of_file(argc, argv, file);
    struct options o;
    struct inputs in;
    struct complaint why = {CLI_OK, "", ""};
    int status;
    bool ok = options_parse(&o, V_EXITS, argc, argv, &why);
    if (ok && !o.script.text)
        ok = script_builtin(&o.script, "tour", &why);
    if (ok && o.story && !hv_modes[o.modes[0]]->has_hypervisor)
        ok = complain(&why, "use --mode trap or --mode pv", "--story: mode %s has no exits",
                      hv_modes[o.modes[0]]->name);
    if (ok && o.story && (o.json || o.trace))
        ok = complain(&why, "leave it out, or leave --story out",
                      "--story: has no report to write to a file");
    if (!ok || !inputs_open(&in, &o, &why)) {
        status = complaint_print(&why, stderr);
    } else {
        status = exits(&o, &in, &why);
        inputs_close(&in);
    }
    options_free(&o);
    return status;
}

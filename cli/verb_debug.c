/*
 * debug: a session that a person, a script or gdb drives.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug/internal.h"
#include "debug/origin.h"
#include "debug/prompt.h"
#include "gdb/serve.h"
#include "terminal.h"
#include "verbs.h"

static FILE *console_stream(const struct options *o, const struct inputs *in)
{
    if (o->console == CONSOLE_FILE)
        return in->console.stream;
    return o->console == CONSOLE_NONE || in->json.is_stdout ? NULL : stdout;
}

/* -x FILE, or standard input. Returns the status of what failed, if that ends it. */
static int run_commands(struct debugger *d, const struct options *o, struct complaint *why)
{
    int status = CLI_OK;
    bool from_stdin = !o->commands || strcmp(o->commands, "-") == 0;
    if (o->commands && !from_stdin) {
        struct stat st;
        FILE *file = fopen(o->commands, "r");
        if (file && fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
            (void)fclose(file);
            file = NULL;
        }
        if (!file) {
            (void)complain(why, "name a readable file of commands", "-x %s: cannot be read",
                           o->commands);
            return CLI_USAGE;
        }
        status = prompt_run_stream(d, file, true);
        (void)fclose(file);
    }
    if (debugger_quits(d) || (o->batch && !from_stdin) || (o->batch && status != CLI_OK))
        return status;
    if (o->gdb)
        return gdb_serve_debugger(d, o, why);
    if (!o->batch && isatty(STDIN_FILENO)) {
        debugger_set_interactive(d, true);
        return prompt_run_terminal(d);
    }
    int now = prompt_run_stream(d, stdin, o->batch);
    return status != CLI_OK ? status : now;
}

static int debug(const struct options *o, struct inputs *in, const struct origin *origin,
                 const struct lock *lock, struct complaint *why)
{
    struct debugger *d = NULL;
    int status = CLI_OK;
    bool ok = origin_check(origin, in, why) &&
              debugger_create(&d, o, in, console_stream(o, in), why) && origin_load(origin, d, why);
    if (ok) {
        debugger_lock(d, lock);
        if (!o->quiet && !o->batch && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
            (void)puts("help lists the commands, quit ends.");
        status = run_commands(d, o, why);
        ok = !why->what[0];
        debugger_end(d);
    }
    if (ok && in->json.stream)
        debugger_write_predictions(d, in->json.stream);
    ok = ok && inputs_commit(in, why);
    debugger_destroy(d);
    return ok ? status : complaint_print(why, stderr);
}

int verb_debug(int argc, char *const *argv)
{
    struct options o, made;
    struct inputs in;
    struct lock lock = {.path = NULL};
    struct origin origin = {.kind = 0};
    struct complaint why = {CLI_OK, "", ""};
    int status;
    bool have_made = false;
    bool ok = options_parse(&o, V_DEBUG, argc, argv, &why);
    ok = ok && (!o.lock || lock_read(&lock, o.lock, &why)) && origin_open(&origin, &o, &why);
    if (ok && origin.kind) {
        have_made = true;
        ok = origin_options(&made, &o, &origin, &why);
    }
    const struct options *used = have_made ? &made : &o;
    const struct lock *locks = o.lock ? &lock : NULL;
    ok = ok && lock_allows_modes(locks, used->modes, used->mode_count, &why);
    if (!ok || !inputs_open(&in, used, &why)) {
        status = complaint_print(&why, stderr);
    } else {
        status = debug(used, &in, &origin, locks, &why);
        inputs_close(&in);
    }
    if (have_made)
        options_free(&made);
    origin_free(&origin);
    options_free(&o);
    return status;
}

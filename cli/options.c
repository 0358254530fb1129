/*
 * Walking the command line: see options.h. What a value means is in options_read.c.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "clash.h"
#include "options_read.h"

const struct option_row option_rows[] = {
#define OPTION(name, argument, verbs, reader, help) {name, argument, verbs, reader, help},
#include "options.def"
#undef OPTION
};
const unsigned option_count = sizeof option_rows / sizeof *option_rows;

static int find_row(const char *name, size_t n)
{
    for (unsigned i = 0; i < option_count; i++)
        if (strlen(option_rows[i].name) == n && memcmp(option_rows[i].name, name, n) == 0)
            return (int)i;
    return -1;
}

const char *options_verb(unsigned verb)
{
    return verb == V_RUN       ? "run"
           : verb == V_COMPARE ? "compare"
           : verb == V_DEBUG   ? "debug"
           : verb == V_DIVERGE ? "diverge"
           : verb == V_PANEL   ? "panel"
           : verb == V_SHOT    ? "shot"
           : verb == V_PLOT    ? "plot"
                               : "exits";
}

static bool unknown_option(const char *argument, size_t n, unsigned verb, struct complaint *why)
{
    const char *names[64];
    char given[40], remedy[160];
    unsigned count = 0;
    for (unsigned i = 0; i < option_count && count < 64; i++)
        if (option_rows[i].verbs & verb)
            names[count++] = option_rows[i].name;
    (void)snprintf(given, sizeof given, "%.*s", (int)(n < 39 ? n : 39), argument);
    const char *near = nearest_name(given, names, count);
    (void)snprintf(remedy, sizeof remedy, "%s%s%sringside help %s shows all options",
                   near ? "did you mean --" : "", near ? near : "", near ? "? " : "",
                   options_verb(verb));
    return complain(why, remedy, "--%s: %s has no such option", given, options_verb(verb));
}

/* The row of one argument, and its value if it is attached with '='. */
static const struct option_row *row_of(const char *argument, unsigned verb, const char **value,
                                       struct complaint *why)
{
    char remedy[80];
    (void)snprintf(remedy, sizeof remedy, "options begin with --; ringside help %s shows them",
                   options_verb(verb));
    bool dash = argument[0] == '-' && argument[1] && argument[1] != '-';
    int single = dash ? find_row(argument + 1, strlen(argument + 1)) : -1;
    if (single >= 0 && (option_rows[single].verbs & V_DASH) && (option_rows[single].verbs & verb)) {
        *value = NULL;
        return &option_rows[single];
    }
    if (strncmp(argument, "--", 2) != 0 || !argument[2]) {
        (void)complain(why, remedy, "%s: is not an option", word_shown(argument));
        return NULL;
    }
    const char *name = argument + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    int i = find_row(name, n);
    if (i < 0) {
        (void)unknown_option(name, n, verb, why);
        return NULL;
    }
    const struct option_row *row = &option_rows[i];
    if (!(row->verbs & verb)) {
        unsigned other = row->verbs & V_RUN       ? V_RUN
                         : row->verbs & V_COMPARE ? V_COMPARE
                         : row->verbs & V_EXITS   ? V_EXITS
                         : row->verbs & V_DEBUG   ? V_DEBUG
                                                  : V_PANEL;
        (void)snprintf(remedy, sizeof remedy, "leave it out, or use ringside %s",
                       options_verb(other));
        (void)complain(why, remedy, "--%s: is not an option of %s", row->name, options_verb(verb));
        return NULL;
    }
    *value = equals ? equals + 1 : NULL;
    return row;
}

static bool may_repeat(const struct option_row *row)
{
    return row->read == read_cost || row->read == read_module || row->read == read_disk;
}

static bool may_be_empty(const struct option_row *row)
{
    return row->read == read_cmdline;
}

static void set_defaults(struct options *o, unsigned verb)
{
    memset(o, 0, sizeof *o);
    o->verb = verb;
    o->profile = "p4-2005";
    o->mem_mib = 64;
    o->vms = 1;
    o->seed = 1;
    o->trace_format = TRACE_FORMATS;
    if (verb == V_COMPARE) {
        static const enum hv_mode_id all[] = {MODE_native, MODE_trap, MODE_pv};
        memcpy(o->modes, all, sizeof all);
        o->mode_count = 3;
    } else {
        o->modes[0] = MODE_trap;
        o->mode_count = 1;
    }
}

bool options_given(const struct options *o, const char *name)
{
    int i = find_row(name, strlen(name));
    return i >= 0 && (o->given >> i & 1);
}

/* A paravirtual guest has neither ports nor text memory. */
static bool check_pc(const struct options *o, struct complaint *why)
{
    bool pc = false;
    for (unsigned i = 0; i < o->mode_count; i++)
        pc |= o->modes[i] != MODE_pv;
    if (pc || !(o->display_text || o->keyboard))
        return true;
    return complain(why, "use --mode native or trap, or leave it out", "--%s: mode pv has no %s",
                    o->display_text ? "display text" : "keyboard",
                    o->display_text ? "screen" : "keyboard");
}

static bool check_mode(const struct options *o, enum hv_mode_id id, struct complaint *why)
{
    const struct hv_mode *mode = hv_modes[id];
    if (o->io != HV_IO_DEFAULT && !(mode->io_allowed >> o->io & 1))
        return complain(why, "leave --io out for each mode's own",
                        "--io %s: mode %s cannot do that", hv_io_names[o->io], mode->name);
    if (o->vms > 1 && !mode->has_hypervisor)
        return complain(why, "use --mode trap or --mode pv, or leave --vms out",
                        "--vms %u: mode %s has no hypervisor to share the machine", o->vms,
                        mode->name);
    if (o->tsc_emulate && !mode->has_hypervisor && o->mode_count == 1)
        return complain(why, "use --mode trap, or leave --tsc out",
                        "--tsc emulate: mode %s has no hypervisor to do it", mode->name);
    if (o->cpu && !mode->has_hypervisor && o->mode_count == 1)
        return complain(
            why, "use --mode trap, or leave --cpu out",
            "--cpu %s: in mode %s the kernel is in ring 0, where nothing is made to trap", o->cpu,
            mode->name);
    return true;
}

/* The form of the trace, if the option did not say it. */
static bool choose_trace_format(struct options *o, struct complaint *why)
{
    const char *suffixes[TRACE_FORMATS];
    char list[80], remedy[160];
    if (!o->trace)
        return o->trace_format == TRACE_FORMATS
                   ? true
                   : complain(why, "add --trace FILE", "--trace-format: there is no --trace");
    if (o->trace_format == TRACE_FORMATS)
        o->trace_format = trace_format_of(o->trace);
    if (o->trace_format != TRACE_FORMATS)
        return true;
    for (unsigned i = 0; i < TRACE_FORMATS; i++)
        suffixes[i] = trace_format_rows[i].suffix;
    (void)snprintf(remedy, sizeof remedy, "end it in one of %s, or say --trace-format",
                   name_list(list, sizeof list, suffixes, TRACE_FORMATS));
    return complain(why, remedy, "--trace %s: its name does not say which form it shall have",
                    word_shown(o->trace));
}

static bool is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* What a file says it was made with is not said once more; what is the front end's, is. */
static bool check_debug(const struct options *o, struct complaint *why)
{
    static const char *const ours[] = {"json",     "quiet", "color", "console",
                                       "keyboard", "gdb",   "s",     "S"};
    const char *file = o->replay ? o->replay : o->restore;
    if (!(o->verb & (V_DEBUG | V_DIVERGE | V_SHOW)))
        return true;
    if (o->replay && o->restore)
        return complain(why, "give one of them", "--replay and --restore both say where to begin");
    if (file)
        for (unsigned i = 0; i < option_count; i++)
            if ((o->given >> i & 1) &&
                (option_rows[i].verbs & V_GUEST || strcmp(option_rows[i].name, "compare") == 0) &&
                !is_among(ours, sizeof ours / sizeof *ours, option_rows[i].name))
                return complain(why, "leave it out: the file says what it was made with",
                                "--%s: stands in %s already", option_rows[i].name, file);
    for (unsigned i = 0; i < o->disks; i++)
        if (o->disk[i].rw)
            return complain(why, "leave ,rw out: a session keeps what the guest writes to itself",
                            "--disk %s,rw: a session goes back, a file does not", o->disk[i].path);
    if (o->json && !o->predict && o->verb == V_DEBUG)
        return complain(why, "add --predict, or use ringside run --json",
                        "--json %s: debug writes JSON with --predict only", o->json);
    return true;
}

/* With gdb a run is a session, as debug's. */
static bool check_gdb(const struct options *o, struct complaint *why)
{
    static const char *const others[] = {"json", "csv",     "trace",     "display",   "keyboard",
                                         "why",  "timeout", "max-insns", "max-cycles"};
    if (o->gdb && o->lock)
        return complain(why, "leave one of them out", "--lock %s: gdb heeds no lock file", o->lock);
    if (o->gdb_stopped && !o->gdb)
        return complain(why, "add -s or --gdb PORT", "-S: there is no gdb to wait for");
    if (o->verb != V_RUN || !o->gdb)
        return true;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (options_given(o, others[i]))
            return complain(why, "leave one of them out",
                            "--%s: a run that gdb stops and turns back has none", others[i]);
    for (unsigned i = 0; i < o->disks; i++)
        if (o->disk[i].rw)
            return complain(why, "leave ,rw out: a session keeps what the guest writes to itself",
                            "--disk %s,rw: a session goes back, a file does not", o->disk[i].path);
    return true;
}

static bool check_together(struct options *o, struct complaint *why)
{
    for (unsigned i = 0; i < o->mode_count; i++)
        if (!check_mode(o, o->modes[i], why))
            return false;
    for (unsigned i = 0; i < o->disks; i++)
        if (o->disk[i].rw && (o->vms > 1 || o->mode_count > 1))
            return complain(why, "leave ,rw out: each guest gets an overlay of its own",
                            "--disk %s,rw: several guests cannot share a writable disk",
                            o->disk[i].path);
    if (!check_pc(o, why))
        return false;
    if (o->suite_micro && options_given(o, "run"))
        return complain(why, "give one of them", "--suite and --run both say what to run");
    if (o->story && o->csv)
        return complain(why, "leave one of them out", "--csv %s: a story has no table", o->csv);
    return check_debug(o, why) && check_gdb(o, why) && clash_none(o, why) &&
           choose_trace_format(o, why);
}

bool options_parse(struct options *o, unsigned verb, int argc, char *const *argv,
                   struct complaint *why)
{
    set_defaults(o, verb);
    for (int i = 0; i < argc; i++) {
        const char *value = NULL;
        const struct option_row *row = row_of(argv[i], verb, &value, why);
        if (!row)
            return false;
        uint64_t bit = 1ull << (row - option_rows);
        if ((o->given & bit) && !may_repeat(row))
            return complain(why, "give it once", "--%s: given twice", row->name);
        o->given |= bit;
        if (row->argument && !value && ++i < argc)
            value = argv[i];
        bool empty = value && !value[0] && !may_be_empty(row);
        if (row->argument && (!value || empty)) {
            const char *dashes = row->verbs & V_DASH ? "-" : "--";
            char remedy[160];
            (void)snprintf(remedy, sizeof remedy, "%s%s %s: %s", dashes, row->name, row->argument,
                           row->help);
            return complain(why, remedy, "%s%s%s: its value is %s", dashes, row->name,
                            empty ? " \"\"" : "", empty ? "empty" : "missing");
        }
        if (!row->argument && value)
            return complain(why, "it takes no value", "--%s=%s: is a switch", row->name, value);
        if (!row->read(o, value, why))
            return false;
    }
    return check_together(o, why);
}

void options_free(struct options *o)
{
    for (unsigned i = 0; i < 2; i++)
        free(o->disk[i].owned);
    script_free(&o->script);
    memset(o, 0, sizeof *o);
}

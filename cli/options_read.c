/*
 * What each option's value means: one function per row of options.def.
 */
#include "options_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "debug/lock.h"
#include "script.h"

/* Complains about a word that is none of names[0..n). */
static bool not_one_of(const char *option, const char *value, const char *const *names, unsigned n,
                       struct complaint *why)
{
    char list[160], remedy[240];
    const char *near = nearest_name(value, names, n);
    (void)snprintf(remedy, sizeof remedy, "%s%s%sthere are %s", near ? "did you mean " : "",
                   near ? near : "", near ? "? " : "", name_list(list, sizeof list, names, n));
    return complain(why, remedy, "--%s %s: unknown", option, value);
}

static bool read_number(const char *option, const char *value, uint64_t low, uint64_t high,
                        uint64_t *to, struct complaint *why)
{
    char remedy[100];
    if (number_parse(value, to) && *to >= low && *to <= high)
        return true;
    if (high == UINT64_MAX)
        (void)snprintf(remedy, sizeof remedy, "give a whole number from %llu",
                       (unsigned long long)low);
    else
        (void)snprintf(remedy, sizeof remedy, "give a whole number from %llu to %llu",
                       (unsigned long long)low, (unsigned long long)high);
    return complain(why, remedy, "--%s %s: not a number that makes sense here", option, value);
}

static bool find_mode(const char *option, const char *value, enum hv_mode_id *id,
                      struct complaint *why)
{
    const char *names[HV_MODES];
    for (unsigned i = 0; i < HV_MODES; i++) {
        names[i] = hv_modes[i]->name;
        if (strcmp(names[i], value) == 0) {
            *id = (enum hv_mode_id)i;
            return true;
        }
    }
    static const char *const later[] = {"bt", "vtx", "vtx-ept"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(later[i], value) == 0)
            return complain(why, "use native, trap or pv",
                            "--%s %s: this mode is planned and not built yet", option, value);
    return not_one_of(option, value, names, HV_MODES, why);
}

bool read_mode(struct options *o, const char *value, struct complaint *why)
{
    return find_mode("mode", value, &o->modes[0], why);
}

bool read_modes(struct options *o, const char *value, struct complaint *why)
{
    o->mode_count = 0;
    for (const char *at = value;; at++) {
        char name[24];
        size_t n = strcspn(at, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)(n < 23 ? n : 23), at);
        enum hv_mode_id id;
        if (!find_mode("modes", name, &id, why))
            return false;
        for (unsigned i = 0; i < o->mode_count; i++)
            if (o->modes[i] == id)
                return complain(why, "name each mode once", "--modes %s: %s stands twice", value,
                                name);
        o->modes[o->mode_count++] = id;
        at += n;
        if (!*at)
            return true;
    }
}

bool read_io(struct options *o, const char *value, struct complaint *why)
{
    for (unsigned i = HV_IO_DEFAULT + 1; i < HV_IO_KINDS; i++)
        if (strcmp(hv_io_names[i], value) == 0) {
            o->io = (enum hv_io)i;
            return true;
        }
    if (strcmp(value, "virtio") == 0)
        return complain(why, "use emulated or ring", "--io virtio: is planned and not built yet");
    return not_one_of("io", value, hv_io_names + 1, HV_IO_KINDS - 1, why);
}

bool read_cpu(struct options *o, const char *value, struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    o->cpu = value;
    if (cpu_model_parse(value, &o->cpu_model, &err) == SIM_OK)
        return true;
    return complain(
        why, "classic or virtualizable, then ,+NAME or ,-NAME; ringside list cpus shows them",
        "--cpu %s: %s", value, err.text);
}

bool read_profile(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->profile = value;
    return true;
}

bool read_cost(struct options *o, const char *value, struct complaint *why)
{
    struct cost_change change;
    if (!profile_parse_change(&change, value, why))
        return false;
    for (unsigned i = 0; i < o->costs; i++)
        if (strcmp(o->cost[i].key, change.key) == 0)
            return complain(why, "change each key once", "--cost %s: %s was changed before", value,
                            change.key);
    if (o->costs == OPTIONS_MAX_COSTS)
        return complain(why, "write a profile file for more", "--cost %s: more than %u changes",
                        value, OPTIONS_MAX_COSTS);
    o->cost[o->costs++] = change;
    return true;
}

bool read_guest(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->guest = value;
    return true;
}

bool read_module(struct options *o, const char *value, struct complaint *why)
{
    if (o->modules == OPTIONS_MAX_MODULES)
        return complain(why, "leave some out", "--module %s: more than %u modules", value,
                        OPTIONS_MAX_MODULES);
    o->module[o->modules++] = value;
    return true;
}

bool read_disk(struct options *o, const char *value, struct complaint *why)
{
    if (o->disks == 2)
        return complain(why, "there are two: master and slave", "--disk %s: a third disk", value);
    struct disk_option *d = &o->disk[o->disks];
    size_t n = strlen(value);
    d->path = value;
    d->rw = n > 3 && strcmp(value + n - 3, ",rw") == 0;
    if (d->rw) {
        d->owned = strndup(value, n - 3);
        if (!d->owned)
            return complain_ours(why, NULL, "no memory");
        d->path = d->owned;
    }
    o->disks++;
    for (unsigned i = 0; i + 1 < o->disks; i++)
        if (o->disk[i].rw && d->rw && strcmp(o->disk[i].path, d->path) == 0)
            return complain(why, "give two images", "--disk %s: both disks would write one file",
                            value);
    return true;
}

bool read_cmdline(struct options *o, const char *value, struct complaint *why)
{
    if (strpbrk(value, "\r\n"))
        return complain(why, "write it on one line",
                        "--cmdline: the command line has a line break");
    o->cmdline = value;
    return true;
}

bool read_run(struct options *o, const char *value, struct complaint *why)
{
    o->run_file = value[0] == '@' ? value + 1 : NULL;
    return script_load(&o->script, value, why);
}

bool read_suite(struct options *o, const char *value, struct complaint *why)
{
    static const char *const suites[] = {"micro"};
    o->suite_micro = strcmp(value, "micro") == 0;
    return o->suite_micro ? true : not_one_of("suite", value, suites, 1, why);
}

bool read_mem(struct options *o, const char *value, struct complaint *why)
{
    uint64_t n;
    if (!read_number("mem", value, 1, 1024, &n, why))
        return complain(why, "give MiB of one guest, 1 to 1024", "--mem %s: not a memory size",
                        value);
    o->mem_mib = (uint32_t)n;
    return true;
}

bool read_vms(struct options *o, const char *value, struct complaint *why)
{
    uint64_t n;
    if (!read_number("vms", value, 1, HV_MAX_VMS, &n, why))
        return false;
    o->vms = (unsigned)n;
    return true;
}

bool read_tsc(struct options *o, const char *value, struct complaint *why)
{
    static const char *const kinds[] = {"direct", "emulate"};
    o->tsc_emulate = strcmp(value, "emulate") == 0;
    return o->tsc_emulate || strcmp(value, "direct") == 0 ? true
                                                          : not_one_of("tsc", value, kinds, 2, why);
}

bool read_serial(struct options *o, const char *value, struct complaint *why)
{
    static const char *const kinds[] = {"line", "instant"};
    o->serial_instant = strcmp(value, "instant") == 0;
    return o->serial_instant || strcmp(value, "line") == 0
               ? true
               : not_one_of("serial", value, kinds, 2, why);
}

bool read_max_insns(struct options *o, const char *value, struct complaint *why)
{
    return read_number("max-insns", value, 1, INT64_MAX, &o->max_insns, why);
}

bool read_max_cycles(struct options *o, const char *value, struct complaint *why)
{
    return read_number("max-cycles", value, 1, INT64_MAX, &o->max_cycles, why);
}

bool read_timeout(struct options *o, const char *value, struct complaint *why)
{
    char *end;
    bool plain = value[0] && !value[strspn(value, "0123456789.")];
    o->timeout = plain ? strtod(value, &end) : 0;
    if (plain && !*end && isfinite(o->timeout) && o->timeout >= 0.001 && o->timeout <= 1e6)
        return true;
    return complain(why, "give seconds from 0.001 to 1000000", "--timeout %s: not a time", value);
}

bool read_seed(struct options *o, const char *value, struct complaint *why)
{
    return read_number("seed", value, 0, UINT64_MAX, &o->seed, why);
}

bool read_story(struct options *o, const char *value, struct complaint *why)
{
    if (number_parse(value, &o->story) && o->story >= 1)
        return true;
    return complain(why, "exits are numbered from 1", "--story %s: not an exit's number", value);
}

bool read_json(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->json = value;
    return true;
}

bool read_csv(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->csv = value;
    return true;
}

bool read_trace(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->trace = value;
    return true;
}

bool read_trace_format(struct options *o, const char *value, struct complaint *why)
{
    const char *names[TRACE_FORMATS];
    for (unsigned i = 0; i < TRACE_FORMATS; i++) {
        names[i] = trace_format_rows[i].name;
        if (strcmp(names[i], value) == 0) {
            o->trace_format = (enum trace_format)i;
            return true;
        }
    }
    return not_one_of("trace-format", value, names, TRACE_FORMATS, why);
}

bool read_console(struct options *o, const char *value, struct complaint *why)
{
    static const char *const kinds[] = {"stdio", "none", "file:F"};
    if (strcmp(value, "stdio") == 0)
        o->console = CONSOLE_STDIO;
    else if (strcmp(value, "none") == 0)
        o->console = CONSOLE_NONE;
    else if (strncmp(value, "file:", 5) == 0 && value[5]) {
        o->console = CONSOLE_FILE;
        o->console_file = value + 5;
    } else
        return not_one_of("console", value, kinds, 3, why);
    return true;
}

bool read_display(struct options *o, const char *value, struct complaint *why)
{
    static const char *const kinds[] = {"none", "text"};
    o->display_text = strcmp(value, "text") == 0;
    return o->display_text || strcmp(value, "none") == 0
               ? true
               : not_one_of("display", value, kinds, 2, why);
}

bool read_keyboard(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->keyboard = true;
    return true;
}

bool read_why(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->why = true;
    return true;
}

bool read_long(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->long_form = true;
    return true;
}

bool read_quiet(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->quiet = true;
    return true;
}

bool read_color(struct options *o, const char *value, struct complaint *why)
{
    static const char *const kinds[] = {"auto", "always", "never"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(kinds[i], value) == 0) {
            o->color = (enum color_when)i;
            return true;
        }
    return not_one_of("color", value, kinds, 3, why);
}

bool read_x(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->commands = value;
    return true;
}

bool read_batch(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->batch = true;
    return true;
}

bool read_accessible(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->accessible = true;
    return true;
}

bool read_predict(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->predict = true;
    return true;
}

bool read_replay(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->replay = value;
    return true;
}

bool read_restore(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->restore = value;
    return true;
}

bool read_gdb(struct options *o, const char *value, struct complaint *why)
{
    uint64_t port;
    const char *colon = strrchr(value, ':');
    if (!number_parse(colon ? colon + 1 : value, &port) || port > 65535 || colon == value)
        return complain(why, "give [HOST:]PORT, such as 1234 or 127.0.0.1:1234",
                        "--gdb %s: is no port", value);
    o->gdb = value;
    return true;
}

bool read_gdb_default(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    if (o->gdb)
        return complain(why, "give one of them", "-s and --gdb %s both name a port", o->gdb);
    o->gdb = "127.0.0.1:1234";
    return true;
}

bool read_gdb_stopped(struct options *o, const char *value, struct complaint *why)
{
    (void)value, (void)why;
    o->gdb_stopped = true;
    return true;
}

/* ---------------------------------------- the panel's */

bool read_pair(struct options *o, const char *value, struct complaint *why)
{
    if (!read_modes(o, value, why))
        return false;
    return o->mode_count == 2 ||
           complain(why, "name two, as --compare trap,pv", "--compare %s: not two modes", value);
}

bool read_view(struct options *o, const char *value, struct complaint *why)
{
    o->view = value;
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(view_names[i], value) == 0)
            return true;
    return not_one_of("view", value, view_names, 4, why);
}

bool read_theme(struct options *o, const char *value, struct complaint *why)
{
    static const char *const names[] = {"dark", "light"};
    o->theme = value;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], value) == 0)
            return true;
    return not_one_of("theme", value, names, sizeof names / sizeof *names, why);
}

bool read_text(struct options *o, const char *value, struct complaint *why)
{
    static const char *const sizes[] = {"13", "16", "20", "24", "32"}; /* of the panel's font */
    static const int pixels[] = {13, 16, 20, 24, 32};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(sizes[i], value) == 0) {
            o->text = pixels[i];
            return true;
        }
    return not_one_of("text", value, sizes, sizeof sizes / sizeof *sizes, why);
}

bool read_size(struct options *o, const char *value, struct complaint *why)
{
    const char *x = strchr(value, 'x');
    char width[8] = "";
    uint64_t w = 0, h = 0;
    if (x && x - value < (ptrdiff_t)sizeof width) {
        memcpy(width, value, (size_t)(x - value));
        if (number_parse(width, &w) && number_parse(x + 1, &h) && w >= 320 && h >= 200 &&
            w <= 16384 && h <= 16384) {
            o->width = (int)w;
            o->height = (int)h;
            return true;
        }
    }
    return complain(why, "give width and height in pixels, as --size 1600x1000",
                    "--size %s: not 320x200 to 16384x16384", value);
}

bool read_lock(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->lock = value;
    return true;
}

bool read_panel_script(struct options *o, const char *value, struct complaint *why)
{
    (void)why;
    o->panel_script = value;
    return true;
}

bool read_picture(struct options *o, const char *value, struct complaint *why)
{
    size_t n = strlen(value);
    o->picture = value;
    if (n > 4 && (strcmp(value + n - 4, ".png") == 0 || strcmp(value + n - 4, ".svg") == 0))
        return true;
    return complain(why, "end it in .png or .svg", "-o %s: neither PNG nor SVG", value);
}

/* A panel with its driver: see show.h. */
#include "panel/show.h"

#include <stdlib.h>
#include <string.h>

#include "panel/script.h"
#include "visualizer/picture.h"

#define WIDTH  1600
#define HEIGHT 1000

/* ---------------------------------------- options */

/* The options again, with others before them. */
static bool read_again(struct options *o, unsigned verb, char *const *first, int firsts, int argc,
                       char *const *argv, struct complaint *why)
{
    char **all = calloc((size_t)argc + (size_t)firsts, sizeof *all);
    if (!all)
        return complain_ours(why, NULL, "no memory");
    memcpy(all, first, (size_t)firsts * sizeof *all);
    memcpy(all + firsts, argv, (size_t)argc * sizeof *all);
    options_free(o);
    bool ok = options_parse(o, verb, argc + firsts, all, why);
    free(all);
    return ok;
}

/* Without arguments: the tour, under trap beside pv; where that is locked, under one mode. */
static bool read_options(struct options *o, const struct lock *lock, unsigned verb, int argc,
                         char *const *argv, struct complaint *why)
{
    static char compare[] = "--compare=trap,pv", run[] = "--run=@tour";
    static char trap[] = "--mode=trap", pv[] = "--mode=pv", native[] = "--mode=native";
    char *tour[2] = {compare, run};
    bool bare = !options_given(o, "mode") && !options_given(o, "compare") &&
                !options_given(o, "run") && !options_given(o, "guest") && !o->replay && !o->restore;
    if (!bare)
        return true;
    if (!lock_allows_view(lock, "compare") || !lock_allows_mode(lock, MODE_trap) ||
        !lock_allows_mode(lock, MODE_pv))
        tour[0] = lock_allows_mode(lock, MODE_trap) ? trap
                  : lock_allows_mode(lock, MODE_pv) ? pv
                                                    : native;
    return read_again(o, verb, tour, 2, argc, argv, why);
}

/* Do the options ask for what is locked? */
static bool heed_lock(const struct options *o, const struct lock *lock, struct complaint *why)
{
    if (!lock)
        return true;
    const char *locked = o->view && !lock_allows_view(lock, o->view) ? o->view : NULL;
    if (!locked && o->mode_count > 1 && !lock_allows_view(lock, "compare"))
        locked = "compare";
    if (locked)
        return complain(why, "leave it out, or ask whoever wrote the file",
                        "view %s: is locked by %s", locked, lock->path);
    return lock_allows_modes(lock, o->modes, o->mode_count, why);
}

/* Command line, lock file and recording, into w->options. */
static bool read_all(struct show *w, unsigned verb, int argc, char *const *argv,
                     struct complaint *why)
{
    struct options *o = &w->said;
    if (!options_parse(o, verb, argc, argv, why) ||
        (o->lock && !lock_read(&w->lock, o->lock, why)) || !origin_open(&w->origin, o, why))
        return false;
    const struct lock *lock = o->lock ? &w->lock : NULL;
    if (!read_options(o, lock, verb, argc, argv, why))
        return false;
    if (w->origin.kind) {
        if (!origin_options(&w->options, o, &w->origin, why))
            return false;
    } else {
        w->options = *o;
        memset(o, 0, sizeof *o); /* what it owned is w->options' */
    }
    return heed_lock(&w->options, lock, why);
}

/* What the options say of the panel itself, as its own lines. */
static void set_up(struct show *w)
{
    const struct options *o = &w->options;
    char line[PANEL_LINE], text[12];
    const struct {
        const char *word, *value;
    } first[] = {{"view", o->view             ? o->view
                          : o->mode_count > 1 ? "compare"
                                              : lock_first_view(w->driver.lock)},
                 {"theme", o->theme},
                 {"text", o->text ? text : NULL}};
    (void)snprintf(text, sizeof text, "%d", o->text);
    (void)show_draw(w, true);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (first[i].value) {
            (void)snprintf(line, sizeof line, "%s %s", first[i].word, first[i].value);
            (void)panel_say(w->panel, &w->driver.snapshot, line);
        }
    (void)show_draw(w, true); /* the driver knows what is looked at */
}

static bool open_script(struct show *w, struct complaint *why)
{
    const char *path = w->options.panel_script;
    if (!path)
        return true;
    w->script = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    return w->script || complain(why, "name a readable file", "--script %s: cannot be read", path);
}

bool show_open(struct show *w, unsigned verb, int argc, char *const *argv, struct complaint *why)
{
    memset(w, 0, sizeof *w);
    if (!read_all(w, verb, argc, argv, why) || !open_script(w, why) ||
        !inputs_open(&w->inputs, &w->options, why))
        return false;
    w->has_inputs = true;
    if (!origin_check(&w->origin, &w->inputs, why) ||
        !driver_open(&w->driver, &w->options, &w->inputs, why) ||
        !origin_load(&w->origin, w->driver.side[0].d, why))
        return false;
    driver_lock(&w->driver, w->options.lock ? &w->lock : NULL);
    const struct options *o = &w->options;
    w->panel = panel_create(o->width ? o->width : WIDTH, o->height ? o->height : HEIGHT);
    if (!w->panel)
        return complain_ours(why, NULL, "no memory");
    if (w->driver.sides > 1)
        driver_boot(&w->driver);
    set_up(w);
    return true;
}

void show_close(struct show *w)
{
    panel_destroy(w->panel);
    driver_close(&w->driver);
    if (w->has_inputs)
        inputs_close(&w->inputs);
    if (w->script && w->script != stdin)
        (void)fclose(w->script);
    options_free(&w->options);
    options_free(&w->said);
    origin_free(&w->origin);
}

bool show_commit(struct show *w, struct complaint *why)
{
    struct debugger *d[SNAP_SIDES] = {NULL};
    if (!w->inputs.json.stream)
        return true;
    for (unsigned i = 0; i < w->driver.sides; i++)
        d[i] = w->driver.side[i].d;
    predict_write(d, w->driver.sides, w->inputs.json.stream);
    return inputs_commit(&w->inputs, why);
}

/* Where the machine stands belongs to what is looked at, and comes back with it. */
static void note_moment(struct show *w)
{
    char line[PANEL_LINE], moment[DRIVER_MOMENT];
    (void)snprintf(line, sizeof line, "look moment %s", driver_moment(&w->driver, moment));
    (void)panel_say(w->panel, &w->driver.snapshot, line);
}

/* One goes on from a place, step by step, or comes to another one. */
static bool is_jump(const char *line, const struct session_position *from,
                    const struct session_position *to)
{
    uint64_t far = from->insn > to->insn ? from->insn - to->insn : to->insn - from->insn;
    return far > 1 || strstr(line, "exit") != NULL;
}

const struct scene *show_draw(struct show *w, bool fresh)
{
    const struct panel_wants wants = panel_wants(w->panel);
    if (fresh) {
        (void)driver_look(&w->driver, &wants);
        note_moment(w);
    }
    return panel_draw(w->panel, &w->driver.snapshot);
}

/* F12: into the folder one is in, never over a file that is there. */
static int shoot(struct show *w, const char *kind)
{
    struct complaint why = {CLI_OK, "", ""};
    char path[64];
    FILE *there;
    for (unsigned n = 1;; n++) {
        (void)snprintf(path, sizeof path, "ringside-%u.%.3s", n, kind);
        there = fopen(path, "r");
        if (!there)
            break;
        (void)fclose(there);
    }
    bool ok = show_picture(w, path, &why);
    (void)snprintf(w->driver.message, sizeof w->driver.message, "%.120s%.60s",
                   ok ? "Written: " : why.what, ok ? path : "");
    return ok ? CLI_OK : CLI_OURS;
}

int show_do(struct show *w, const struct panel_command *command)
{
    const struct panel_wants wants = panel_wants(w->panel);
    if (!command->line[0])
        return CLI_OK;
    driver_wants(&w->driver, &wants); /* it may have been chosen since the last look */
    if (strncmp(command->line, "shot ", 5) == 0) {
        if (lock_allows_verb(w->driver.lock, "shot", false, w->driver.message))
            return shoot(w, command->line + 5);
        return CLI_USAGE;
    }
    struct session *session = w->driver.side[w->driver.front].d->session;
    const struct session_position before = *session_position(session);
    const unsigned vm = session_vm(session);
    int status = driver_command(&w->driver, command->line);
    /* A verb may have made it another session. */
    session = w->driver.side[w->driver.front].d->session;
    const struct session_position *now = session_position(session);
    bool again = strncmp(command->line, "moment ", 7) == 0;
    bool moved = driver_runs(&w->driver) || session_compare(&before, now) != 0;
    bool jumped = driver_runs(&w->driver) || vm != session_vm(session) ||
                  (moved && is_jump(command->line, &before, now));
    if (!again && (moved || jumped))
        (void)panel_say(w->panel, &w->driver.snapshot, jumped ? "look elsewhere" : "look here");
    note_moment(w);
    return status;
}

int show_event(struct show *w, const struct panel_event *event)
{
    struct panel_command command = panel_take(w->panel, &w->driver.snapshot, event);
    return show_do(w, &command);
}

bool show_picture(struct show *w, const char *path, struct complaint *why)
{
    const char *dot = strrchr(path, '.');
    struct picture picture = {NULL, 0};
    const struct scene *scene = show_draw(w, true);
    bool svg = dot && strcmp(dot, ".svg") == 0;
    if (!dot || (!svg && strcmp(dot, ".png") != 0))
        return complain(why, "call it .png or .svg", "%s: neither PNG nor SVG", path);
    if (svg ? !picture_svg(scene, &picture) : !picture_png(scene, &picture))
        return complain_ours(why, NULL, "no memory");
    bool ok = file_replace("picture", path, picture.bytes, picture.size, why);
    free(picture.bytes);
    return ok;
}

/* A panel with its driver: see show.h. */
#include "panel/show.h"

#include <stdlib.h>
#include <string.h>

#include "panel/script.h"
#include "visualizer/picture.h"

#define WIDTH  1600
#define HEIGHT 1000

/* Without arguments: the tour, under trap beside pv. */
static bool read_options(struct options *o, unsigned verb, int argc, char *const *argv,
                         struct complaint *why)
{
    static char compare[] = "--compare=trap,pv", run[] = "--run=@tour";
    static char *const tour[] = {compare, run};
    if (!options_parse(o, verb, argc, argv, why))
        return false;
    bool bare = !options_given(o, "mode") && !options_given(o, "compare") &&
                !options_given(o, "run") && !options_given(o, "guest") && !o->replay;
    if (!bare)
        return true;
    char **all = calloc((size_t)argc + 2, sizeof *all);
    if (!all)
        return complain_ours(why, NULL, "no memory");
    memcpy(all, tour, sizeof tour);
    memcpy(all + 2, argv, (size_t)argc * sizeof *all);
    options_free(o);
    bool ok = options_parse(o, verb, argc + 2, all, why);
    free(all);
    return ok;
}

/* What the options say of the panel itself, as its own lines. */
static void set_up(struct show *w)
{
    const struct options *o = &w->options;
    char line[PANEL_LINE];
    const struct {
        const char *word, *value;
    } first[] = {{"view", o->view             ? o->view
                          : o->mode_count > 1 ? "compare"
                                              : "debug"},
                 {"theme", o->theme}};
    (void)show_draw(w, true);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (first[i].value) {
            (void)snprintf(line, sizeof line, "%s %s", first[i].word, first[i].value);
            (void)panel_say(w->panel, &w->driver.snapshot, line);
        }
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
    if (!read_options(&w->options, verb, argc, argv, why) || !open_script(w, why) ||
        !inputs_open(&w->inputs, &w->options, why))
        return false;
    w->has_inputs = true;
    if (!driver_open(&w->driver, &w->options, &w->inputs, why))
        return false;
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
}

const struct scene *show_draw(struct show *w, bool fresh)
{
    const struct panel_wants wants = panel_wants(w->panel);
    return panel_draw(w->panel, fresh ? driver_look(&w->driver, &wants) : &w->driver.snapshot);
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
    if (!command->line[0])
        return CLI_OK;
    if (strncmp(command->line, "shot ", 5) == 0)
        return shoot(w, command->line + 5);
    return driver_command(&w->driver, command->line);
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

/*
 * shot: a picture of the panel, without a window.
 */
#include <stdlib.h>
#include <string.h>

#include "panel/script.h"
#include "verbs.h"

static int run_script(struct show *w, const char *path, struct complaint *why)
{
    char line[PANEL_LINE];
    int status = CLI_OK;
    FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!from) {
        (void)complain(why, "name a readable file", "--script %s: cannot be read", path);
        return CLI_USAGE;
    }
    while (status == CLI_OK && fgets(line, sizeof line, from))
        status = script_line(w, line, stdout);
    if (from != stdin)
        (void)fclose(from);
    return status;
}

/* What the options say of the panel itself, as lines of a script. */
static int set_up(struct show *w, const struct options *o)
{
    char line[PANEL_LINE];
    int status = CLI_OK;
    const struct {
        const char *word, *value;
    } first[] = {{"say view", o->view}, {"say theme", o->theme}};
    for (size_t i = 0; i < sizeof first / sizeof *first && status == CLI_OK; i++)
        if (first[i].value) {
            (void)snprintf(line, sizeof line, "%s %s", first[i].word, first[i].value);
            status = script_line(w, line, stdout);
        }
    return status;
}

static int shoot(const struct options *o, struct show *w, struct complaint *why)
{
    w->panel = panel_create(o->width ? o->width : 1600, o->height ? o->height : 1000);
    if (!w->panel) {
        (void)complain_ours(why, NULL, "no memory");
        return CLI_OURS;
    }
    (void)show_draw(w);
    int status = set_up(w, o);
    if (status == CLI_OK && o->panel_script)
        status = run_script(w, o->panel_script, why);
    if (status == CLI_OK && o->picture && !show_picture(w, o->picture, why))
        status = CLI_OURS;
    return status;
}

int verb_shot(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    struct options o;
    struct inputs in;
    struct show w = {.panel = NULL};
    int status = CLI_USAGE;
    if (options_parse(&o, V_SHOT, argc, argv, &why) && inputs_open(&in, &o, &why)) {
        if (driver_open(&w.driver, &o, &in, &why)) {
            status = shoot(&o, &w, &why);
            panel_destroy(w.panel);
            driver_close(&w.driver);
        }
        inputs_close(&in);
    }
    options_free(&o);
    return why.what[0] ? complaint_print(&why, stderr) : status;
}

/*
 * shot: a picture of the panel, without a window.
 */
#include <stdlib.h>
#include <string.h>

#include "panel/script.h"
#include "verbs.h"

struct shot {
    const char *view, *script, *size, *theme, *out;
    const char *mode[SNAP_SIDES];
    char modes_text[64];
    unsigned modes;
    char **rest; /* owned; run's options */
    int count;
};

static bool split_modes(struct shot *s, const char *text, struct complaint *why)
{
    (void)snprintf(s->modes_text, sizeof s->modes_text, "%s", text);
    char *comma = strchr(s->modes_text, ',');
    if (!comma || strchr(comma + 1, ','))
        return complain(why, "name two, as --compare trap,pv", "--compare %s: not two modes", text);
    *comma = 0;
    s->mode[0] = s->modes_text;
    s->mode[1] = comma + 1;
    s->modes = 2;
    return true;
}

/* Takes our own options out; the others are run's. */
static bool read_options(struct shot *s, int argc, char *const *argv, struct complaint *why)
{
    const char *compare = NULL;
    const struct {
        const char *name;
        const char **value;
    } ours[] = {{"--view", &s->view},   {"--script", &s->script}, {"--size", &s->size},
                {"--theme", &s->theme}, {"-o", &s->out},          {"--compare", &compare}};
    s->rest = calloc((size_t)argc + 1, sizeof *s->rest);
    if (!s->rest)
        return complain_ours(why, NULL, "no memory");
    for (int i = 0; i < argc; i++) {
        bool taken = false;
        for (size_t o = 0; o < sizeof ours / sizeof *ours && !taken; o++) {
            size_t n = strlen(ours[o].name);
            if (strncmp(argv[i], ours[o].name, n) != 0 || (argv[i][n] && argv[i][n] != '='))
                continue;
            if (!argv[i][n] && i + 1 == argc)
                return complain(why, "give its value", "%s: needs a value", argv[i]);
            *ours[o].value = argv[i][n] ? argv[i] + n + 1 : argv[++i];
            taken = true;
        }
        if (!taken)
            s->rest[s->count++] = argv[i];
    }
    return !compare || split_modes(s, compare, why);
}

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

static int shoot(struct shot *s, struct show *w, struct complaint *why)
{
    char line[PANEL_LINE];
    int status = CLI_OK;
    w->panel = panel_create(1600, 1000);
    if (!w->panel) {
        (void)complain_ours(why, NULL, "no memory");
        return CLI_OURS;
    }
    (void)show_draw(w);
    const struct {
        const char *word, *value;
    } first[] = {{"size", s->size}, {"say view", s->view}, {"say theme", s->theme}};
    for (size_t i = 0; i < sizeof first / sizeof *first && status == CLI_OK; i++)
        if (first[i].value) {
            (void)snprintf(line, sizeof line, "%s %s", first[i].word, first[i].value);
            status = script_line(w, line, stdout);
        }
    if (status == CLI_OK && s->script)
        status = run_script(w, s->script, why);
    if (status == CLI_OK && s->out && !show_picture(w, s->out, why))
        status = CLI_OURS;
    return status;
}

int verb_shot(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    struct shot s = {.view = NULL};
    struct show w = {.panel = NULL};
    int status = CLI_USAGE;
    if (read_options(&s, argc, argv, &why) &&
        driver_open(&w.driver, s.count, s.rest, s.mode, s.modes, &why)) {
        status = shoot(&s, &w, &why);
        panel_destroy(w.panel);
        driver_close(&w.driver);
    }
    free(s.rest);
    return why.what[0] ? complaint_print(&why, stderr) : status;
}

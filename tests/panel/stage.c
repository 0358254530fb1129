/* The stage: see stage.h. */
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/internal.h"
#include "panel/script.h"
#include "verbs.h"

#define WORK "--run", "sieve 2; fork 2; forktree 2"

const struct sight sights[] = {
    {"fresh", {"--mode", "trap", WORK, NULL}, {NULL}},
    {"exit",
     {"--mode", "trap", WORK, NULL},
     {"key e", "key 0", "key 8", "key e", "key s", "key s", NULL}},
    {"point",
     {"--mode", "trap", WORK, NULL},
     {"say goto exit 700", "say finish", "key b", "say break kmain", "say info frames", "key S",
      NULL}},
    {"work", {"--mode", "pv", WORK, NULL}, {"say goto exit 150", "say x/8xw $esp", NULL}},
    {"native", {"--mode", "native", WORK, NULL}, {"say goto insn 300000", NULL}},
    {"ended", {"--mode", "trap", WORK, NULL}, {"key c", "run", NULL}},
    {"both", {"--compare", "trap,pv", WORK, NULL}, {"key F8", "key F8", NULL}},
    {"after", {"--compare", "trap,pv", WORK, NULL}, {"key c", "run", NULL}},
    {"vms", {"--mode", "trap", "--vms", "2", WORK, NULL}, {"say goto exit 2500", NULL}},
    {NULL, {NULL}, {NULL}},
};

const char *const stage_views[] = {"debug", "compare", "memory", "schedule", "presenter", NULL};

void stage_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fprintf(stdout, "FAILED: ");
    (void)vfprintf(stdout, format, args);
    (void)fprintf(stdout, "\n");
    va_end(args);
    exit(1);
}

void stage_line(struct show *w, const char *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        stage_fail("no memory");
    int status = script_line(w, line, to);
    (void)fclose(to);
    if (status != CLI_OK)
        stage_fail("%s: status %d: %s", line, status, text);
    free(text);
}

void stage_linef(struct show *w, const char *format, ...)
{
    char line[PANEL_LINE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    stage_line(w, line);
}

void stage_open(struct show *w, const struct sight *s)
{
    char args[STAGE_ARGS][PANEL_LINE];
    char *argv[STAGE_ARGS + 1] = {NULL};
    struct complaint why = {CLI_OK, "", ""};
    int argc = 0;
    for (; s->args[argc]; argc++) {
        (void)snprintf(args[argc], PANEL_LINE, "%s", s->args[argc]);
        argv[argc] = args[argc];
    }
    if (!show_open(w, V_SHOT, argc, argv, &why))
        stage_fail("%s: %s", s->name, why.what);
    for (unsigned i = 0; s->line[i]; i++)
        stage_line(w, s->line[i]);
}

void stage_size(struct show *w, int width, int height)
{
    const struct panel_event e = {.kind = PANEL_RESIZE, .x = width, .y = height};
    (void)show_event(w, &e);
}

void stage_view(struct show *w, const char *view)
{
    if (w->panel->state.presenter)
        stage_line(w, "say presenter");
    if (strcmp(view, "presenter") == 0)
        stage_line(w, "say view debug");
    stage_linef(w, strcmp(view, "presenter") == 0 ? "say %s" : "say view %s", view);
}

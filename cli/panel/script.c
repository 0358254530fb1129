/* Scripts of the panel: see script.h. */
#include "panel/script.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "options_read.h"
#include "visualizer/picture.h"

/* From a script: by the window's own queue, if there is a window. */
static int give(struct show *w, const struct panel_event *event, FILE *to)
{
    if (!w->push) {
        int status = show_event(w, event);
        if (status != CLI_OK)
            (void)fprintf(to, "%s\n", w->driver.message);
        return status;
    }
    w->push(event);
    return CLI_OK;
}

/* ---------------------------------------- lines */

/* "Ctrl+F10", "S", "Ctrl++". */
static int line_key(struct show *w, const char *rest, FILE *to)
{
    struct panel_event e = {.kind = PANEL_KEY};
    static const struct {
        const char *name;
        unsigned bit;
    } modifiers[] = {{"Shift+", 1}, {"Ctrl+", 2}, {"Alt+", 4}};
    for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        size_t n = strlen(modifiers[i].name);
        if (strncmp(rest, modifiers[i].name, n) == 0 && rest[n]) {
            e.modifiers |= modifiers[i].bit;
            rest += n;
        }
    }
    (void)snprintf(e.key, sizeof e.key, "%s", rest);
    if (!panel_has_key(e.key) || strcmp(e.key, rest) != 0) {
        (void)fprintf(to, "key %s: there is no such key\n", rest);
        return CLI_USAGE;
    }
    return give(w, &e, to);
}

static int line_type(struct show *w, const char *rest, FILE *to)
{
    int status = CLI_OK;
    (void)to;
    while (*rest && status == CLI_OK) {
        struct panel_event e = {.kind = PANEL_TEXT};
        size_t n = 1; /* bytes of the character */
        while (n < sizeof e.text - 1 && ((unsigned char)rest[n] & 0xc0) == 0x80)
            n++;
        memcpy(e.text, rest, n);
        rest += n;
        status = give(w, &e, to);
    }
    return status;
}

/* The next word as a whole number within bounds; false: it is none. */
static bool next_number(const char **rest, int least, int most, int *value)
{
    char word[16], *end = NULL;
    next_word(rest, word, sizeof word);
    long n = strtol(word, &end, 10);
    *value = (int)(n < least ? least : n > most ? most : n);
    return word[0] && !*end && n == *value;
}

/* The place that a line is about; false: said so. */
static bool find_place(struct show *w, const char *verb, const char *widget, int hundredths,
                       struct panel_event *e, FILE *to)
{
    if (panel_find(w->panel, widget, hundredths, &e->x, &e->y))
        return true;
    (void)fprintf(to, "%s %s: nothing of that name is to be seen\n", verb, widget);
    return false;
}

static int line_click(struct show *w, const char *rest, FILE *to)
{
    struct panel_event e = {.kind = PANEL_CLICK};
    if (!find_place(w, "click", rest, 50, &e, to))
        return CLI_GUEST_FAILED;
    int status = give(w, &e, to);
    e.kind = PANEL_DROP;
    (void)give(w, &e, to);
    return status;
}

static int line_hover(struct show *w, const char *rest, FILE *to)
{
    struct panel_event e = {.kind = PANEL_MOVE};
    return find_place(w, "hover", rest, 50, &e, to) ? give(w, &e, to) : CLI_GUEST_FAILED;
}

/* "WIDGET N": a notch at a time, as a wheel gives them. */
static int line_wheel(struct show *w, const char *rest, FILE *to)
{
    struct panel_event e = {.kind = PANEL_WHEEL};
    char widget[80] = "";
    int n = 0, status = CLI_OK;
    const char *line = rest;
    next_word(&rest, widget, sizeof widget);
    if (!next_number(&rest, -1000, 1000, &n) || n == 0 || *rest) {
        (void)fprintf(to, "wheel %s: a widget, and how many notches, up if positive\n", line);
        return CLI_USAGE;
    }
    if (!find_place(w, "wheel", widget, 50, &e, to))
        return CLI_GUEST_FAILED;
    e.by = n > 0 ? 1 : -1;
    for (int i = 0; i < n * e.by && status == CLI_OK; i++)
        status = give(w, &e, to);
    return status;
}

/* "WIDGET FROM TO": hundredths of its width; "pan" with the other button. */
static int drag(struct show *w, const char *verb, bool other, const char *rest, FILE *to)
{
    struct panel_event e = {.kind = PANEL_CLICK, .other = other};
    struct panel_event last = {.kind = PANEL_DRAG, .other = other};
    char widget[80] = "";
    int from, until;
    const char *line = rest;
    next_word(&rest, widget, sizeof widget);
    if (!next_number(&rest, 0, 100, &from) || !next_number(&rest, 0, 100, &until) || *rest) {
        (void)fprintf(to, "%s %s: a widget, and two hundredths of its width\n", verb, line);
        return CLI_USAGE;
    }
    if (!find_place(w, verb, widget, from, &e, to) ||
        !find_place(w, verb, widget, until, &last, to))
        return CLI_GUEST_FAILED;
    int status = give(w, &e, to);
    if (status == CLI_OK)
        status = give(w, &last, to);
    last.kind = PANEL_DROP;
    (void)give(w, &last, to);
    return status;
}

static int line_drag(struct show *w, const char *rest, FILE *to)
{
    return drag(w, "drag", false, rest, to);
}

static int line_pan(struct show *w, const char *rest, FILE *to)
{
    return drag(w, "pan", true, rest, to);
}

static int line_say(struct show *w, const char *rest, FILE *to)
{
    struct panel_command command = panel_say(w->panel, &w->driver.snapshot, rest);
    size_t before = w->driver.logged;
    int status = show_do(w, &command);
    for (size_t i = before; i < w->driver.logged; i++)
        (void)fprintf(to, "%s\n", w->driver.log[i % PANEL_LOG]);
    if (status != CLI_OK && w->driver.logged == before)
        (void)fprintf(to, "%s\n", w->driver.message);
    return status;
}

/* A verb of the debugger that is a word of scripts too. */
static int line_verb(struct show *w, const char *verb, const char *rest, FILE *to)
{
    char line[PANEL_LINE];
    (void)snprintf(line, sizeof line, "%s %s", verb, rest);
    return line_say(w, line, to);
}

/* Slices of the driver's, so that what a window would see on the way is seen here. */
static int line_run(struct show *w, const char *rest, FILE *to)
{
    uint64_t milliseconds = 60000;
    if (*rest && (!number_parse(rest, &milliseconds) || milliseconds > 100000000)) {
        (void)fprintf(to, "run %s: so many simulated milliseconds\n", rest);
        return CLI_USAGE;
    }
    driver_run_to(&w->driver, milliseconds);
    while (!w->push && driver_run(&w->driver, 50))
        (void)show_draw(w, true);
    return CLI_OK;
}

static int line_expect(struct show *w, const char *rest, FILE *to)
{
    char name[64] = "", value[64] = "", have[64];
    const struct panel_wants wants = panel_wants(w->panel);
    (void)sscanf(rest, "%63s %63s", name, value);
    if (strcmp(name, "view") == 0)
        (void)snprintf(have, sizeof have, "%s", wants.view);
    else if (strcmp(name, "side") == 0)
        (void)snprintf(have, sizeof have, "%u", wants.side);
    else if (strcmp(name, "focus.exit") == 0)
        (void)snprintf(
            have, sizeof have, "%llu",
            (unsigned long long)w->driver.snapshot.side[w->driver.front].exit_shown.number);
    else if (strcmp(name, "question") == 0)
        (void)snprintf(have, sizeof have, "%llu",
                       (unsigned long long)w->driver.side[w->driver.front].ask.exit);
    else
        return line_verb(w, "expect", rest, to);
    if (strcmp(have, value) == 0)
        return CLI_OK;
    (void)fprintf(to, "expect %s: it is %s\n", rest, have);
    return CLI_GUEST_FAILED;
}

static int line_shot(struct show *w, const char *rest, FILE *to)
{
    struct complaint why = {CLI_OK, "", ""};
    return show_picture(w, rest, &why) ? CLI_OK : complaint_print(&why, to);
}

static int line_size(struct show *w, const char *rest, FILE *to)
{
    struct options o = {.width = 0};
    struct complaint why = {CLI_OK, "", ""};
    if (!read_size(&o, rest, &why))
        return complaint_print(&why, to);
    const struct panel_event e = {.kind = PANEL_RESIZE, .x = o.width, .y = o.height};
    return give(w, &e, to);
}

/* "widget NAME [A]": of its middle, or of a hundredth of its width. */
static int print_widget(struct show *w, const char *line, FILE *to)
{
    struct panel_event e;
    char widget[80] = "";
    int hundredths = 50;
    const char *rest = skip_blanks(line + strlen("widget "));
    next_word(&rest, widget, sizeof widget);
    if (!widget[0] || (*rest && !next_number(&rest, 0, 100, &hundredths)) || *rest) {
        (void)fprintf(to, "print %s: a widget, and a hundredth of its width\n", line);
        return CLI_USAGE;
    }
    if (!find_place(w, "print widget", widget, hundredths, &e, to))
        return CLI_GUEST_FAILED;
    (void)fprintf(to, "%s = %d,%d\n", line, e.x, e.y);
    return CLI_OK;
}

static int line_print(struct show *w, const char *rest, FILE *to)
{
    if (strncmp(rest, "widget ", 7) == 0)
        return print_widget(w, rest, to);
    if (strcmp(rest, "hash") != 0)
        return line_verb(w, "print", rest, to);
    (void)fprintf(to, "hash = %016llx\n", (unsigned long long)picture_hash(show_draw(w, true)));
    return CLI_OK;
}

static const struct {
    const char *word;
    int (*run)(struct show *w, const char *rest, FILE *to);
} words[] = {{"key", line_key},       {"type", line_type},   {"click", line_click},
             {"hover", line_hover},   {"wheel", line_wheel}, {"drag", line_drag},
             {"pan", line_pan},       {"say", line_say},     {"run", line_run},
             {"expect", line_expect}, {"shot", line_shot},   {"size", line_size},
             {"print", line_print}};

int script_line(struct show *w, const char *line, FILE *to)
{
    char text[PANEL_LINE];
    (void)snprintf(text, sizeof text, "%s", skip_blanks(line));
    text[strcspn(text, "\r\n")] = 0;
    size_t word = strcspn(text, " ");
    if (!word || text[0] == '#')
        return CLI_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == word && strncmp(words[i].word, text, word) == 0) {
            int status = words[i].run(w, skip_blanks(text + word), to);
            (void)show_draw(w, true);
            return status;
        }
    (void)fprintf(to, "%.*s: no word of panel scripts\n", (int)word, text);
    return CLI_USAGE;
}

bool script_next(struct show *w, FILE *to)
{
    char line[PANEL_LINE];
    if (!w->script || w->status != CLI_OK || !fgets(line, sizeof line, w->script))
        return false;
    w->status = script_line(w, line, to);
    return w->status == CLI_OK;
}

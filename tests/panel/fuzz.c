/*
 * Random events on a panel with real sessions: keys, text, clicks, the wheel, drags, new sizes and
 * lines of the panel's language, seeded. Nothing may fault, and every scene drawn must be whole.
 *
 *   fuzz SECONDS [SEED]
 *   fuzz SECONDS =STATE SIGHT    from a state that was printed on
 *
 * SECONDS are CPU time. Every so many events the panel is closed and another sight opened. What one
 * event does is bounded too: the window's thread is the one that does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/internal.h"
#include "app/keys.h"
#include "panel/script.h"
#include "stage.h"

#define EVENTS      700u
#define PATIENCE_MS 1000u /* as a window has it, so that no event is for ever */

struct fuzz {
    uint64_t x;
    struct show *w;
    unsigned long events, scenes, opened;
};

static uint64_t draw(struct fuzz *z)
{
    z->x ^= z->x << 13;
    z->x ^= z->x >> 7;
    z->x ^= z->x << 17;
    return z->x;
}

static unsigned below(struct fuzz *z, unsigned n)
{
    return (unsigned)(draw(z) >> 20) % n;
}

/* Not what ends the panel or writes files. */
static bool harmless(const char *line)
{
    static const char *const not [] = {"q",       "shot",   "save",  "record",
                                       "restore", "replay", "source"};
    for (unsigned i = 0; i < sizeof not / sizeof *not ; i++)
        if (strncmp(line, not [i], strlen(not [i])) == 0)
            return false;
    return true;
}

/* What takes long is said. */
static void carry_out(struct fuzz *z, const struct panel_command *c)
{
    clock_t began = clock();
    if (!harmless(c->line))
        return;
    (void)show_do(z->w, c);
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (took > 2)
        (void)printf("%.1f s: %s\n", took, c->line);
}

static void give(struct fuzz *z, const struct panel_event *e)
{
    struct panel_command c = panel_take(z->w->panel, &z->w->driver.snapshot, e);
    carry_out(z, &c);
}

static void random_key(struct fuzz *z)
{
    struct panel_event e = {.kind = PANEL_KEY};
    const struct key_row *k = &key_rows[below(z, (unsigned)key_row_count)];
    (void)snprintf(e.key, sizeof e.key, "%s", k->key);
    e.modifiers = below(z, 4) ? 0 : below(z, 8);
    if (strstr(k->modifiers, "Ctrl"))
        e.modifiers |= KEY_CTRL;
    if (strstr(k->modifiers, "Alt"))
        e.modifiers |= KEY_ALT;
    if (below(z, 10) == 0)
        (void)snprintf(e.key, sizeof e.key, "%s", below(z, 2) ? "Enter" : "Backspace");
    give(z, &e);
}

static void random_text(struct fuzz *z)
{
    static const char *const odd[] = {"\xc3\xa4", "\xf0\x9f\x98\x80", "\xff", "\xc3", " ", "0",
                                      "7"};
    struct panel_event e = {.kind = PANEL_TEXT};
    if (below(z, 3) == 0)
        (void)snprintf(e.text, sizeof e.text, "%s", odd[below(z, sizeof odd / sizeof *odd)]);
    else
        (void)snprintf(e.text, sizeof e.text, "%c", (char)(' ' + below(z, 95)));
    give(z, &e);
}

static void random_mouse(struct fuzz *z)
{
    static const enum panel_event_kind kinds[] = {PANEL_CLICK, PANEL_DRAG, PANEL_DROP, PANEL_MOVE,
                                                  PANEL_WHEEL};
    struct panel_event e = {
        .kind = kinds[below(z, 5)], .by = (int)below(z, 7) - 3, .other = below(z, 4) == 0};
    const struct scene *s = &z->w->panel->scene;
    e.x = (int)below(z, (unsigned)s->width + 40) - 20;
    e.y = (int)below(z, (unsigned)s->height + 40) - 20;
    if (s->widgets && below(z, 2)) {
        const struct widget *at = &s->widget[below(z, (unsigned)s->widgets)];
        e.x = at->box.x + (int)below(z, (unsigned)at->box.w);
        e.y = at->box.y + (int)below(z, (unsigned)at->box.h);
    }
    give(z, &e);
}

static void random_size(struct fuzz *z)
{
    struct panel_event e = {.kind = PANEL_RESIZE, .x = 1 + (int)below(z, 2000)};
    e.y = 1 + (int)below(z, 1200);
    if (below(z, 20) == 0)
        e.x = (int)below(z, 9) - 4;
    give(z, &e);
}

/* What a person could type at the prompt. */
static void random_line(struct fuzz *z)
{
    static const char *const forms[] = {"view compare",
                                        "view memory",
                                        "view schedule",
                                        "look exit %u",
                                        "look address %x",
                                        "look side %u",
                                        "look side 1 exit %u",
                                        "look present",
                                        "scroll %d",
                                        "pan %d",
                                        "time closer",
                                        "time wider",
                                        "time all",
                                        "text %u",
                                        "goto insn %u",
                                        "goto exit %u",
                                        "goto cycle %u",
                                        "break *0x%x",
                                        "catch exit hypercall",
                                        "delete",
                                        "info exits",
                                        "info exit %u",
                                        "x/%uxw 0x%x",
                                        "set eax = %u",
                                        "set [0x%x] = %u",
                                        "type \"echo %u\\n\"",
                                        "continue",
                                        "back %u",
                                        "until insn %u",
                                        "who wrote 0x%x",
                                        "watch 0x%x",
                                        "rcontinue",
                                        "finish",
                                        "predict",
                                        "axis",
                                        "presenter",
                                        "answer %u",
                                        "point reason HLT",
                                        "mark m%u",
                                        "info pt 0x%x",
                                        "%u",
                                        "print %u + %u",
                                        "disassemble",
                                        "zoom"};
    struct panel_command c;
    char line[PANEL_LINE];
    unsigned most[] = {10, 3000, 2000000, 0xffffffff};
    unsigned a = below(z, most[below(z, 4)]), b = below(z, most[below(z, 4)]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(line, sizeof line, forms[below(z, sizeof forms / sizeof *forms)], a, b);
#pragma GCC diagnostic pop
    c = panel_say(z->w->panel, &z->w->driver.snapshot, line);
    carry_out(z, &c);
}

static void (*const kinds[])(struct fuzz *z) = {random_key,   random_key,   random_key, random_text,
                                                random_mouse, random_mouse, random_line};

static void one_event(struct fuzz *z)
{
    z->events++;
    if (below(z, 25) == 0)
        random_size(z);
    else
        kinds[below(z, sizeof kinds / sizeof *kinds)](z);
    if (driver_runs(&z->w->driver))
        (void)driver_run(&z->w->driver, 2);
    if (below(z, 3) == 0) {
        const struct scene *s = show_draw(z->w, below(z, 3) > 0);
        z->scenes++;
        if (s->short_of)
            stage_fail("a scene is incomplete after %lu events", z->events);
        size_t pixels = (size_t)s->width * (size_t)s->height;
        uint32_t *pixel = calloc(pixels ? pixels : 1, sizeof *pixel);
        if (!pixel)
            stage_fail("no memory");
        struct canvas canvas = canvas_on(pixel, s->width, s->height);
        scene_draw(s, &canvas);
        free(pixel);
    }
}

static const struct sight *sight_of(const char *name)
{
    const struct sight *s = sights;
    while (s->name && strcmp(s->name, name) != 0)
        s++;
    return s->name ? s : sights;
}

static double seconds_used(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
    const char *seed = argc > 2 ? argv[2] : getenv("RINGSIDE_SEED");
    double seconds = argc > 1 ? atof(argv[1]) : 20;
    struct fuzz z = {.x = seed ? strtoull(seed, NULL, 10) * 2654435761u + 1 : 88172645463325252u};
    unsigned kinds_of_sight = 0;
    if (seed && seed[0] == '=')
        z.x = strtoull(seed + 1, NULL, 10);
    while (sights[kinds_of_sight].name)
        kinds_of_sight++;
    while (seconds_used() < seconds) {
        struct show w;
        bool given = argc > 3 && z.opened == 0; /* its state is from behind the choice */
        const struct sight *s = given ? sight_of(argv[3]) : &sights[below(&z, kinds_of_sight)];
        (void)printf("=%llu %s\n", (unsigned long long)z.x, s->name);
        (void)fflush(stdout);
        stage_open(&w, s);
        w.driver.patience = PATIENCE_MS;
        z.w = &w;
        z.opened++;
        for (unsigned n = 0; n < EVENTS && !w.driver.quits && seconds_used() < seconds; n++)
            one_event(&z);
        show_close(&w);
    }
    (void)printf("%lu events, %lu scenes, %lu panels\n", z.events, z.scenes, z.opened);
    return z.events > 100 ? 0 : 1;
}

/*
 * What drawing the panel costs the host: CPU time of this process, at 1920x1080.
 *
 *   bench-panel ROUNDS
 *
 * Real sessions of Bantam under trap beside pv, first where a program begins (its names and lines
 * are looked up in its own debug information), then run to their end. Of every view: reading the
 * sessions (`look`), which happens four times a second while a machine runs, and drawing (scene and
 * pixels), sixty times. Then the Debug view over a timeline of a million exits, scrolled and
 * zoomed; these exits are made up, as only how long the index takes is asked here. Prints `name
 * value` lines in milliseconds; tests/bench/run makes the table of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/internal.h"
#include "core/canvas.h"
#include "tests/bench/timing.h"
#include "tests/panel/stage.h"

#define WIDTH       1920
#define HEIGHT      1080
#define MILLION     1000000u
#define MOST_ROUNDS 999u

static void figure(const char *name, const char *what, double *v, unsigned n)
{
    (void)printf("%s_%s_ms %.3f\n", name, what, quantile(v, n, 0.5));
    (void)fflush(stdout);
}

static void draw(struct show *w, struct canvas *c)
{
    scene_draw(show_draw(w, false), c);
}

static void time_view(struct show *w, struct canvas *c, const char *view, const char *name,
                      unsigned rounds)
{
    double look[MOST_ROUNDS], drawn[MOST_ROUNDS];
    stage_view(w, view);
    for (unsigned n = 0; n < rounds; n++) {
        const struct panel_wants wants = panel_wants(w->panel);
        double began = milliseconds();
        (void)driver_look(&w->driver, &wants);
        double seen = milliseconds();
        draw(w, c);
        drawn[n] = milliseconds() - seen;
        look[n] = seen - began;
    }
    figure(name, "look", look, rounds);
    figure(name, "draw", drawn, rounds);
}

/* A kernel's span and an exit's, a million times. */
static struct timeline *million_exits(void)
{
    struct timeline *t = timeline_create(0);
    uint64_t cycle = 0, x = 1;
    for (unsigned n = 1; t && n <= MILLION; n++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        const unsigned classes = CLASSES - CLASS_privileged;
        const struct span kernel = {.begin = cycle, .class = CLASS_kernel};
        const struct span exit = {.begin = cycle + 100 + (x >> 40) % 2000,
                                  .exit = n,
                                  .class = (uint8_t)(CLASS_privileged + (x >> 33) % classes)};
        if (!timeline_add(t, &kernel) || !timeline_add(t, &exit))
            stage_fail("no memory");
        cycle = exit.begin + 1000 + (x >> 45) % 4000;
        timeline_reach(t, cycle);
    }
    return t;
}

static void time_million(struct show *w, struct canvas *c, unsigned rounds)
{
    static const char *const moves[] = {"time closer", "pan 3",  "time closer", "pan -5",
                                        "time closer", "pan 7",  "time closer", "time closer",
                                        "pan 40",      "pan -9", "time wider",  "time closer"};
    const unsigned steps = sizeof moves / sizeof *moves;
    double drawn[MOST_ROUNDS], worst[MOST_ROUNDS];
    struct timeline *t = million_exits();
    stage_view(w, "debug");
    (void)show_draw(w, true);
    struct snap_side *side = &w->driver.snapshot.side[w->driver.snapshot.front];
    side->timeline = t;
    side->cycle = timeline_end(t) / 2;
    for (unsigned n = 0; n < rounds; n++) {
        worst[n] = drawn[n] = 0;
        (void)panel_say(w->panel, &w->driver.snapshot, "time all");
        for (unsigned i = 0; i < steps; i++) {
            (void)panel_say(w->panel, &w->driver.snapshot, moves[i]);
            double began = milliseconds();
            draw(w, c);
            double took = milliseconds() - began;
            drawn[n] += took / steps;
            worst[n] = took > worst[n] ? took : worst[n];
        }
    }
    figure("million", "draw", drawn, rounds);
    figure("million", "worst", worst, rounds);
    (void)printf("million_mib %.1f\n", (double)timeline_bytes(t) / 1048576);
    (void)show_draw(w, true);
    timeline_destroy(t);
}

int main(int argc, char **argv)
{
    static const struct sight both = {
        "both",
        {"--compare", "trap,pv", "--run", "sieve 2; fork 8; forktree 3; ls; cat README", NULL},
        {"key F8", "key F8", NULL}};
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 51;
    rounds = rounds < 1 ? 1 : rounds > MOST_ROUNDS ? MOST_ROUNDS : rounds;
    struct show w;
    uint32_t *pixel = calloc((size_t)WIDTH * HEIGHT, sizeof *pixel);
    if (!pixel)
        stage_fail("no memory");
    struct canvas c = canvas_on(pixel, WIDTH, HEIGHT);
    stage_open(&w, &both);
    stage_size(&w, WIDTH, HEIGHT);
    time_view(&w, &c, "debug", "program", rounds); /* where a program begins */
    stage_view(&w, "compare");
    stage_line(&w, "key c");
    stage_line(&w, "run");
    for (unsigned v = 0; stage_views[v]; v++)
        time_view(&w, &c, stage_views[v], stage_views[v], rounds);
    time_million(&w, &c, rounds);
    show_close(&w);
    free(pixel);
    return 0;
}

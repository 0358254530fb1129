/*
 * Every view of real sessions at every size of window and text, with everything that can lie over
 * it: each scene is inspected (inspect.h).
 *
 *   sweep [SIGHT]
 */
#include <stdio.h>
#include <string.h>

#include "app/internal.h"
#include "inspect.h"
#include "stage.h"

static const struct {
    int width, height;
} sizes[] = {{640, 400},   {800, 480},   {1024, 600},  {1280, 720}, {1366, 768},
             {1600, 1000}, {1920, 1080}, {2560, 1440}, {3840, 2160}};

/* What can lie over a view. */
static const struct {
    const char *name, *open, *close;
} overlays[] = {{"", NULL, NULL},
                {"help", "key ?", "key Escape"},
                {"prompt", "key :", "key Escape"},
                {"search", "key /", "key Escape"},
                {"guest", "key F6", "key F6"}};

static void inspect(struct inspection *in, struct show *w, const char *sight, const char *view,
                    const char *overlay)
{
    char where[160];
    const struct panel_state *s = &w->panel->state;
    (void)snprintf(where, sizeof where, "%s %s%s%s %dx%d text %d", sight, view, *overlay ? "+" : "",
                   overlay, s->width, s->height, font_faces[s->face].size);
    inspect_scene(in, show_draw(w, false), where);
}

/* A tooltip over some widgets of what was drawn last. */
static void inspect_tips(struct inspection *in, struct show *w, const char *sight, const char *view)
{
    const struct scene *s = show_draw(w, false);
    size_t step = s->widgets / 5 + 1;
    for (size_t i = 0; i < s->widgets; i += step) {
        struct box b = s->widget[i].box;
        const struct panel_event e = {.kind = PANEL_MOVE, .x = b.x + b.w / 2, .y = b.y + b.h / 2};
        (void)show_event(w, &e);
        inspect(in, w, sight, view, "tip");
        s = show_draw(w, false);
    }
    const struct panel_event away = {.kind = PANEL_MOVE, .x = -1, .y = -1};
    (void)show_event(w, &away);
}

static void sweep_view(struct inspection *in, struct show *w, const char *sight, const char *view,
                       bool thorough)
{
    stage_view(w, view);
    for (unsigned n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        if (!thorough && n != 0 && n != 4 && n != 6) /* 640x400, 1366x768, 1920x1080 */
            continue;
        stage_size(w, sizes[n].width, sizes[n].height);
        for (unsigned f = 0; f < FONT_FACES; f++) {
            w->panel->state.face = f;
            (void)show_draw(w, false);
            for (unsigned o = 0; o < sizeof overlays / sizeof *overlays; o++) {
                if (o && (f + n) % 3) /* a third of all sizes */
                    continue;
                if (overlays[o].open)
                    stage_line(w, overlays[o].open);
                if (overlays[o].open && overlays[o].name[0] != 'g' && overlays[o].name[0] != 'h')
                    stage_line(w, "type a line 0x1234 that is longer than what there is room for "
                                  "in any but the largest windows, 123456789");
                inspect(in, w, sight, view, overlays[o].name);
                if (overlays[o].close)
                    stage_line(w, overlays[o].close);
            }
            if ((f + n) % 3 == 0)
                inspect_tips(in, w, sight, view);
        }
    }
    /* Each pane alone, and scrolled. */
    stage_size(w, 1280, 720);
    w->panel->state.face = 1;
    for (unsigned i = 0; i < view_of(&w->panel->state)->panes; i++) {
        stage_line(w, "say pane next");
        stage_line(w, "say zoom");
        inspect(in, w, sight, view, "zoomed");
        stage_line(w, "say scroll 7");
        inspect(in, w, sight, view, "scrolled");
        stage_line(w, "say scroll 100000");
        inspect(in, w, sight, view, "far");
        stage_line(w, "say scroll -200000");
        inspect(in, w, sight, view, "before");
        stage_line(w, "say scroll 100000");
        stage_line(w, "say zoom");
    }
    stage_line(w, "say time closer");
    stage_line(w, "say time closer");
    inspect(in, w, sight, view, "closer");
    stage_line(w, "say pan 5");
    inspect(in, w, sight, view, "panned");
    stage_line(w, "say time all");
    stage_line(w, "say axis");
    inspect(in, w, sight, view, "axis");
    stage_line(w, "say axis");
}

int main(int argc, char **argv)
{
    static struct inspection in;
    for (const struct sight *s = sights; s->name; s++) {
        struct show w;
        if (argc > 1 && strcmp(argv[1], s->name) != 0)
            continue;
        stage_open(&w, s);
        for (unsigned v = 0; stage_views[v]; v++)
            sweep_view(&in, &w, s->name, stage_views[v],
                       strcmp(s->name, "exit") == 0 || strcmp(s->name, "both") == 0);
        show_close(&w);
    }
    inspect_end(&in);
    return in.wrong || !in.scenes ? 1 : 0;
}

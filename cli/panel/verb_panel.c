/* panel: the window. */
#include <string.h>

#include "panel/script.h"
#include "panel/settings.h"
#include "terminal.h"
#include "verbs.h"
#include "visualizer/window.h"

#if RINGSIDE_HAVE_SDL

#define PATIENCE_MS 3000u /* of whoever waits for a key's answer */

static const struct scene *draw(void *opaque, bool fresh)
{
    return show_draw(opaque, fresh);
}

static void take(void *opaque, const struct panel_event *event)
{
    (void)show_event(opaque, event);
}

static bool run(void *opaque, unsigned milliseconds)
{
    struct show *w = opaque;
    return driver_run(&w->driver, milliseconds);
}

static bool quits(void *opaque)
{
    const struct show *w = opaque;
    return w->driver.quits || terminal_stop_signal() != 0;
}

/* A line of the script each time all has come to rest: its events come back by the window. */
static void frame(void *opaque)
{
    struct show *w = opaque;
    if (driver_runs(&w->driver) || (w->settle && w->settle--))
        return;
    w->settle = 2;
    if (!script_next(w, stdout))
        w->driver.quits = true;
}

/* As it was the last time, where the command line says nothing else. */
static void remember(struct show *w, struct panel_looks *looks)
{
    char line[40];
    settings_read(looks);
    if (looks->theme[0] && !w->options.theme) {
        (void)snprintf(line, sizeof line, "theme %s", looks->theme);
        (void)panel_say(w->panel, &w->driver.snapshot, line);
    }
    if (looks->text && !w->options.text) {
        (void)snprintf(line, sizeof line, "text %d", looks->text);
        (void)panel_say(w->panel, &w->driver.snapshot, line);
    }
}

static bool show_window(struct show *w, struct complaint *why)
{
    char reason[160] = "";
    struct window_host host = {w, draw, take, run, w->script ? frame : NULL, quits};
    struct panel_looks looks = {"", 0, 1600, 1000};
    bool remembers = !w->script;
    if (remembers)
        remember(w, &looks);
    if (w->options.width) {
        looks.width = w->options.width;
        looks.height = w->options.height;
    }
    w->driver.patience = w->script ? 0 : PATIENCE_MS;
    w->push = window_push;
    if (window_run(&looks.width, &looks.height, "Ringside", &host, reason, sizeof reason)) {
        const struct panel_looks last = panel_looks(w->panel);
        looks.text = last.text;
        memcpy(looks.theme, last.theme, sizeof looks.theme);
        if (remembers)
            settings_write(&looks);
        return true;
    }
    return complain(why,
                    "set DISPLAY, or use ringside shot for a picture and ringside debug for the "
                    "same steps in text",
                    "panel: no window can be opened: %s", reason);
}

#else

static bool show_window(struct show *w, struct complaint *why)
{
    (void)w;
    return complain(why,
                    "install libsdl2-dev and build again, or use ringside shot and ringside debug",
                    "panel: this program was built without windows");
}

#endif

int verb_panel(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    struct show w;
    int status = CLI_USAGE;
    if (show_open(&w, V_PANEL, argc, argv, &why) && show_window(&w, &why))
        status = w.status;
    if (status == CLI_OK && !why.what[0] && !show_commit(&w, &why))
        status = CLI_OURS;
    show_close(&w);
    return why.what[0] ? complaint_print(&why, stderr) : status;
}

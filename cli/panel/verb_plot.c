/* plot: a chart of a comparison. */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "panel/buckets.h"
#include "panel/plot_read.h"
#include "verbs.h"
#include "visualizer/picture.h"

#define WIDTH  1280
#define HEIGHT 720

static struct scene *chart_of(const struct comparison_read *c, const struct options *o)
{
    struct plot_bar bar[OPTIONS_MAX_MODES];
    struct plot_key key[SIM_BUCKETS];
    char title[160];
    for (unsigned i = 0; i < c->runs; i++)
        bar[i] = (struct plot_bar){c->run[i].mode, c->run[i].busy, c->run[i].exits, c->run[i].part};
    for (unsigned b = 0; b < SIM_BUCKETS; b++) {
        const struct bucket_look look = bucket_look(b);
        key[b] = (struct plot_key){sim_bucket_names[b], look.colour, look.hatch};
    }
    (void)snprintf(title, sizeof title, "The same work of %s, by mode", c->guest);
    char note[160];
    (void)snprintf(note, sizeof note, "Cycles are modelled by profile %s, not measured.",
                   c->profile);
    const struct plot plot = {title, note, bar, c->runs, key, SIM_BUCKETS};
    return plot_scene(&plot, o->width ? o->width : WIDTH, o->height ? o->height : HEIGHT,
                      o->theme && strcmp(o->theme, "dark") == 0 ? THEME_DARK : THEME_LIGHT);
}

static bool write_chart(const struct scene *s, const char *path, struct complaint *why)
{
    struct picture picture = {NULL, 0};
    bool svg = strcmp(strrchr(path, '.'), ".svg") == 0;
    bool ok = s && (svg ? picture_svg(s, &picture) : picture_png(s, &picture));
    ok = ok ? file_replace("-o", path, picture.bytes, picture.size, why)
            : complain_ours(why, NULL, "no memory");
    free(picture.bytes);
    return ok;
}

static bool plot(const char *path, const struct options *o, struct complaint *why)
{
    struct comparison_read c;
    if (!o->picture)
        return complain(why, "add -o FILE.svg or -o FILE.png", "plot: where shall the chart go?");
    if (o->width && (o->width < PLOT_LEAST_WIDTH || o->height < PLOT_LEAST_HEIGHT))
        return complain(why, "make it at least 640x400", "--size %dx%d: too small for a chart",
                        o->width, o->height);
    if (!comparison_read(&c, path, why))
        return false;
    struct scene *s = chart_of(&c, o);
    bool ok = write_chart(s, o->picture, why);
    plot_free(s);
    return ok;
}

int verb_plot(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    struct options o;
    memset(&o, 0, sizeof o);
    bool ok = argc > 0 && argv[0][0] != '-'
                  ? options_parse(&o, V_PLOT, argc - 1, argv + 1, &why)
                  : complain(&why, "for example ringside plot compare.json -o chart.svg",
                             "plot: the file of a comparison comes first");
    ok = ok && plot(argv[0], &o, &why);
    options_free(&o);
    return ok ? CLI_OK : complaint_print(&why, stderr);
}

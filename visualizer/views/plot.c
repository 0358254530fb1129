/*
 * The chart of a comparison: three parts below each other, a bar a run in each, their numbers
 * beside them, and the keys of the stacked one below. Text is as large as the picture allows.
 */
#include "visualizer/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pane.h"

#define NAME_CELLS  8
#define VALUE_CELLS 28

struct chart {
    struct scene *s;
    const struct plot *plot;
    unsigned face_index;
    const struct font_face *face;
    int left, bar_width; /* pixels of the bars */
    int row;             /* pixels of a row */
    int y;               /* where the next row begins */
};

/* Pixels left free at both sides. */
static int margin(const struct chart *c)
{
    return 2 * c->face->width;
}

static int key_columns(const struct chart *c)
{
    int n = (c->s->width / c->face->width - 4) / 18;
    return n < 1 ? 1 : n;
}

static unsigned keys_used(const struct plot *plot)
{
    unsigned used = 0;
    for (unsigned k = 0; k < plot->keys; k++)
        for (unsigned b = 0; b < plot->bars; b++)
            if (plot->bar[b].part[k]) {
                used++;
                break;
            }
    return used;
}

/* Title, three parts with a heading and a row for every run, the keys, the note, and half rows. */
static int rows_of(const struct chart *c)
{
    int columns = key_columns(c);
    return 2 + 3 * (1 + (int)c->plot->bars) + ((int)keys_used(c->plot) + columns - 1) / columns + 4;
}

/* The largest text that leaves room for names, bars and numbers. */
static void choose_face(struct chart *c)
{
    for (unsigned f = FONT_FACES; f-- > 0;) {
        c->face_index = f;
        c->face = &font_faces[f];
        if (c->s->width / c->face->width >= 76 && rows_of(c) * c->face->height <= c->s->height)
            break;
    }
    c->row = c->s->height / rows_of(c);
    c->left = margin(c) + NAME_CELLS * c->face->width;
    c->bar_width = c->s->width - c->left - (VALUE_CELLS + 1) * c->face->width;
}

static void put(struct chart *c, int x, bool bold, enum colour colour, const char *text)
{
    int cells = (c->s->width - x) / c->face->width;
    size_t n = strlen(text);
    n = n < (size_t)(cells > 0 ? cells : 0) ? n : (size_t)(cells > 0 ? cells : 0);
    scene_text(c->s, x, c->y + (c->row - c->face->height) / 2, c->face_index, bold, colour, text,
               n);
}

static void heading(struct chart *c, const char *text)
{
    c->y += c->row / 2;
    put(c, margin(c), true, COLOUR_ink, text);
    c->y += c->row;
}

/* Of a value of the scale, pixels of the bars' width. */
static int length_of(const struct chart *c, uint64_t value, uint64_t most)
{
    return most ? (int)((double)value * c->bar_width / (double)most) : 0;
}

static void draw_name(struct chart *c, unsigned b)
{
    put(c, margin(c), false, COLOUR_ink, c->plot->bar[b].name);
}

static void fill(struct chart *c, int from, int to, enum colour colour, enum hatch hatch)
{
    int gap = c->row / 6;
    struct box b = {c->left + from, c->y + gap, to - from, c->row - 2 * gap};
    scene_fill(c->s, b, colour);
    scene_hatch(c->s, b, hatch, theme_ink(colour));
}

static void draw_one(struct chart *c, unsigned b, uint64_t value, uint64_t most, enum colour colour,
                     const char *text)
{
    int to = length_of(c, value, most);
    draw_name(c, b);
    fill(c, 0, to, colour, HATCH_NONE);
    put(c, c->left + to + c->face->width / 2, false, COLOUR_ink, text);
    c->y += c->row;
}

static void draw_overhead(struct chart *c, uint64_t most)
{
    const struct plot *p = c->plot;
    char text[96], digits[32];
    (void)snprintf(text, sizeof text, "Cycles, idling left out, and how many times %s's",
                   p->bar[0].name);
    heading(c, text);
    for (unsigned b = 0; b < p->bars; b++) {
        double times = p->bar[0].cycles ? (double)p->bar[b].cycles / (double)p->bar[0].cycles : 0;
        (void)snprintf(text, sizeof text, "%.2f x  %s", times,
                       pane_digits(digits, p->bar[b].cycles));
        draw_one(c, b, p->bar[b].cycles, most, COLOUR_sky, text);
    }
}

static void draw_exits(struct chart *c)
{
    const struct plot *p = c->plot;
    uint64_t most = 0;
    char digits[32];
    for (unsigned b = 0; b < p->bars; b++)
        most = p->bar[b].exits > most ? p->bar[b].exits : most;
    heading(c, "VM exits");
    for (unsigned b = 0; b < p->bars; b++)
        draw_one(c, b, p->bar[b].exits, most, COLOUR_orange, pane_digits(digits, p->bar[b].exits));
}

static void draw_stacks(struct chart *c, uint64_t most)
{
    const struct plot *p = c->plot;
    heading(c, "Where the cycles went");
    for (unsigned b = 0; b < p->bars; b++) {
        uint64_t before = 0;
        draw_name(c, b);
        for (unsigned k = 0; k < p->keys; k++) {
            int from = length_of(c, before, most);
            before += p->bar[b].part[k];
            fill(c, from, length_of(c, before, most), (enum colour)p->key[k].colour,
                 (enum hatch)p->key[k].hatch);
        }
        c->y += c->row;
    }
}

static void draw_keys(struct chart *c)
{
    const struct plot *p = c->plot;
    int columns = key_columns(c), n = 0, width = 18 * c->face->width;
    for (unsigned k = 0; k < p->keys; k++) {
        bool used = false;
        for (unsigned b = 0; b < p->bars; b++)
            used |= p->bar[b].part[k] != 0;
        if (!used)
            continue;
        if (n && n % columns == 0)
            c->y += c->row;
        int x = margin(c) + n++ % columns * width;
        struct box b = {x, c->y + (c->row - c->face->height) / 2 + 2, c->face->width,
                        c->face->height - 4};
        scene_fill(c->s, b, (enum colour)p->key[k].colour);
        scene_hatch(c->s, b, (enum hatch)p->key[k].hatch, theme_ink((enum colour)p->key[k].colour));
        put(c, x + c->face->width * 3 / 2, false, COLOUR_ink, p->key[k].name);
    }
    c->y += c->row;
}

struct scene *plot_scene(const struct plot *plot, int width, int height, enum theme theme)
{
    struct scene *s = calloc(1, sizeof *s);
    struct chart c = {.s = s, .plot = plot};
    uint64_t most = 0;
    if (!s)
        return NULL;
    scene_begin(s, width, height, theme);
    scene_fill(s, s->clip, COLOUR_page);
    choose_face(&c);
    for (unsigned b = 0; b < plot->bars; b++)
        most = plot->bar[b].cycles > most ? plot->bar[b].cycles : most;
    heading(&c, plot->title);
    draw_overhead(&c, most);
    draw_exits(&c);
    draw_stacks(&c, most);
    c.y += c.row / 2;
    draw_keys(&c);
    put(&c, margin(&c), false, COLOUR_dim, plot->note);
    if (!s->short_of)
        return s;
    plot_free(s);
    return NULL;
}

void plot_free(struct scene *s)
{
    if (s)
        scene_free(s);
    free(s);
}

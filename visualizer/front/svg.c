/*
 * SVG: the same shapes at the same places. Text is text, in the same face where the reader has it,
 * stretched to the same cells where not.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/scene.h"
#include "visualizer/picture.h"

struct writer {
    char *text;
    size_t used, room;
    bool failed;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
    for (;;) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(w->text ? w->text + w->used : NULL, w->room - w->used, format, args);
        va_end(args);
        if (w->failed || n < 0)
            return;
        if ((size_t)n < w->room - w->used) {
            w->used += (size_t)n;
            return;
        }
        size_t room = w->room * 2 + (size_t)n + 65536;
        char *bigger = realloc(w->text, room);
        if (!bigger) {
            w->failed = true;
            return;
        }
        w->text = bigger;
        w->room = room;
    }
}

static void put_escaped(struct writer *w, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        const char *entity = c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '>' ? "&gt;" : NULL;
        if (entity)
            put(w, "%s", entity);
        else
            put(w, "%c", c < ' ' ? ' ' : c);
    }
}

static unsigned rgb_of(const struct scene *s, const struct shape *p)
{
    return (unsigned)theme_rgb(s->theme, (enum colour)p->colour);
}

static void put_fill(struct writer *w, const struct scene *s, const struct shape *p)
{
    struct box b = box_cut(p->box, p->clip);
    put(w, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", b.x, b.y, b.w,
        b.h, rgb_of(s, p));
}

static void put_hatch(struct writer *w, const struct scene *s, const struct shape *p)
{
    struct box b = box_cut(p->box, p->clip);
    put(w, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"url(#h%u-%u)\"/>\n", b.x, b.y,
        b.w, b.h, p->style, p->colour);
    (void)s;
}

static void put_frame(struct writer *w, const struct scene *s, const struct shape *p)
{
    put(w,
        "<rect x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#%06x\" "
        "stroke-width=\"%u\"/>\n",
        p->box.x, p->box.y, p->box.w - 1, p->box.h - 1, rgb_of(s, p), p->style);
}

static void put_line(struct writer *w, const struct scene *s, const struct shape *p)
{
    put(w, "<line x1=\"%d.5\" y1=\"%d.5\" x2=\"%d.5\" y2=\"%d.5\" stroke=\"#%06x\"/>\n", p->box.x,
        p->box.y, p->box.x + p->box.w, p->box.y + p->box.h, rgb_of(s, p));
}

static void put_text(struct writer *w, const struct scene *s, const struct shape *p)
{
    const struct font_face *f = &font_faces[p->face];
    put(w,
        "<text x=\"%d\" y=\"%d\" font-size=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s "
        "xml:space=\"preserve\">",
        p->box.x, p->box.y + f->ascent, f->size, p->box.w, rgb_of(s, p),
        p->style ? " font-weight=\"bold\"" : "");
    put_escaped(w, scene_string(s, p->text), p->bytes);
    put(w, "</text>\n");
}

/* A pattern for every hatch in a colour that is used. */
static void put_patterns(struct writer *w, const struct scene *s)
{
    bool used[HATCHES][COLOURS] = {{false}};
    put(w, "<defs>\n");
    for (size_t i = 0; i < s->shapes; i++) {
        const struct shape *p = &s->shape[i];
        if (p->kind != SHAPE_HATCH || used[p->style][p->colour])
            continue;
        used[p->style][p->colour] = true;
        put(w, "<pattern id=\"h%u-%u\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">",
            p->style, p->colour);
        for (int bit = 0; bit < 64; bit++)
            if (hatch_rows[p->style][bit / 8] >> (bit % 8) & 1)
                put(w, "<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"1\" fill=\"#%06x\"/>", bit % 8,
                    bit / 8, rgb_of(s, p));
        put(w, "</pattern>\n");
    }
    put(w, "</defs>\n");
}

bool picture_svg(const struct scene *s, struct picture *out)
{
    static void (*const puts[])(struct writer *, const struct scene *, const struct shape *) = {
        [SHAPE_FILL] = put_fill, [SHAPE_HATCH] = put_hatch, [SHAPE_FRAME] = put_frame,
        [SHAPE_LINE] = put_line, [SHAPE_TEXT] = put_text,
    };
    struct writer w = {NULL, 0, 0, false};
    put(&w,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" font-family=\"DejaVu Sans Mono, monospace\" shape-rendering=\"crispEdges\">\n",
        s->width, s->height, s->width, s->height);
    put_patterns(&w, s);
    for (size_t i = 0; i < s->shapes; i++) {
        const struct shape *p = &s->shape[i];
        if (p->kind == SHAPE_LINE || !box_empty(box_cut(p->box, p->clip)))
            puts[p->kind](&w, s, p);
    }
    put(&w, "</svg>\n");
    *out = (struct picture){(uint8_t *)w.text, w.used};
    if (w.failed) {
        free(w.text);
        *out = (struct picture){NULL, 0};
    }
    return !w.failed;
}

/* Inspecting scenes: see inspect.h. The fills are painted one by one, as colours' names. */
#include "inspect.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

#define CONTRAST 450u /* WCAG 2.1, level AA */
#define HATCHED  0x80u

static void wrong(struct inspection *in, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void wrong(struct inspection *in, const char *where, const char *format, ...)
{
    char text[WRONG_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    in->wrong++;
    for (unsigned i = 0; i < in->shown; i++)
        if (strcmp(in->said[i], text) == 0) /* each is said once */
            return;
    if (in->shown >= WRONG_SHOWN)
        return;
    (void)snprintf(in->said[in->shown++], WRONG_TEXT, "%s", text);
    (void)printf("%s: %s\n", where, text);
}

static const char *text_of(const struct scene *s, const struct shape *p)
{
    return scene_string(s, p->text);
}

static bool within(struct box a, struct box b)
{
    return a.x >= b.x && a.y >= b.y && a.x + a.w <= b.x + b.w && a.y + a.h <= b.y + b.h;
}

/* ---------------------------------------- what text stands on */

static void paint(struct inspection *in, const struct scene *s, const struct shape *p)
{
    struct box b = box_cut(box_cut(p->box, p->clip), (struct box){0, 0, s->width, s->height});
    for (int y = b.y; y < b.y + b.h; y++) {
        unsigned char *row = in->below + (size_t)y * (size_t)s->width + b.x;
        if (p->kind == SHAPE_FILL)
            memset(row, p->colour, (size_t)b.w);
        else
            for (int x = 0; x < b.w; x++)
                row[x] |= HATCHED;
    }
}

static void check_contrast(struct inspection *in, const struct scene *s, const struct shape *p,
                           const char *where)
{
    bool seen[256] = {false};
    struct box b = box_cut(box_cut(p->box, p->clip), (struct box){0, 0, s->width, s->height});
    for (int y = b.y; y < b.y + b.h; y++) {
        const unsigned char *row = in->below + (size_t)y * (size_t)s->width;
        for (int x = b.x; x < b.x + b.w; x++)
            seen[row[x]] = true;
    }
    for (unsigned c = 0; c < 256; c++) {
        if (!seen[c])
            continue;
        if (c & HATCHED)
            wrong(in, where, "\"%s\" stands on a hatch", text_of(s, p));
        for (unsigned t = 0; t < THEMES; t++) {
            unsigned have = theme_contrast(theme_rgb((enum theme)t, (enum colour)p->colour),
                                           theme_rgb((enum theme)t, (enum colour)(c & ~HATCHED)));
            if (have < CONTRAST)
                wrong(in, where, "\"%s\": %s on %s, %s: contrast %u.%02u", text_of(s, p),
                      colour_names[p->colour], colour_names[c & ~HATCHED], theme_names[t],
                      have / 100, have % 100);
        }
    }
}

/* ---------------------------------------- where text stands */

/* Does a fill between two shapes cover what both of them do? */
static bool covered(const struct scene *s, size_t first, size_t second, struct box both)
{
    for (size_t i = first + 1; i < second; i++) {
        const struct shape *p = &s->shape[i];
        if (p->kind == SHAPE_FILL && within(both, box_cut(p->box, p->clip)))
            return true;
    }
    return false;
}

static void check_overlap(struct inspection *in, const struct scene *s, size_t n, const char *where)
{
    const struct shape *p = &s->shape[n];
    struct box b = box_cut(p->box, p->clip);
    for (size_t t = 0; t < in->in_scene; t++) {
        size_t i = in->text[t];
        const struct shape *q = &s->shape[i];
        if (q->box.y >= b.y + b.h || q->box.y + q->box.h <= b.y)
            continue;
        struct box both = box_cut(b, box_cut(q->box, q->clip));
        if (!box_empty(both) && !covered(s, i, n, both))
            wrong(in, where, "\"%s\" is written over \"%s\"", text_of(s, p), text_of(s, q));
    }
}

/* "12,3..." is another number. */
static void check_number(struct inspection *in, const struct shape *p, const char *text,
                         const char *where)
{
    const char *cut = strstr(text, "\xe2\x80\xa6");
    if (cut && cut > text && isdigit((unsigned char)cut[-1]))
        wrong(in, where, "\"%s\" has a number that is cut", text);
    if (p->bytes > 1 && strspn(text, "#") == p->bytes)
        wrong(in, where, "no room for a number");
}

static void check_text(struct inspection *in, const struct scene *s, size_t n, const char *where)
{
    const struct shape *p = &s->shape[n];
    in->texts++;
    if (!within(p->box, p->clip))
        wrong(in, where, "\"%s\" at %d,%d is %d wide, and cut by %d,%d %dx%d", text_of(s, p),
              p->box.x, p->box.y, p->box.w, p->clip.x, p->clip.y, p->clip.w, p->clip.h);
    check_number(in, p, text_of(s, p), where);
    check_contrast(in, s, p, where);
    check_overlap(in, s, n, where);
    if (in->in_scene < TEXTS_MOST)
        in->text[in->in_scene++] = n;
    else
        wrong(in, where, "more texts than are looked at");
}

/* ---------------------------------------- widgets */

static const struct scene *sorted; /* qsort's callback has no context */

static int by_name(const void *a, const void *b)
{
    const struct widget *x = a, *y = b;
    return strcmp(scene_string(sorted, x->name), scene_string(sorted, y->name));
}

static void check_widgets(struct inspection *in, const struct scene *s, const char *where)
{
    const struct box window = {0, 0, s->width, s->height};
    struct widget *w = malloc((s->widgets + 1) * sizeof *w);
    if (!w)
        stage_fail("no memory");
    memcpy(w, s->widget, s->widgets * sizeof *w);
    sorted = s;
    qsort(w, s->widgets, sizeof *w, by_name);
    for (size_t i = 0; i < s->widgets; i++) {
        const char *name = scene_string(s, w[i].name);
        if (!within(w[i].box, window))
            wrong(in, where, "widget %s leaves the window", name);
        if (!*name || strchr(name, ' '))
            wrong(in, where, "a widget is called \"%s\"", name);
        if (i && strcmp(name, scene_string(s, w[i - 1].name)) == 0)
            wrong(in, where, "two widgets are called %s", name);
    }
    free(w);
}

void inspect_scene(struct inspection *in, const struct scene *s, const char *where)
{
    size_t pixels = (size_t)s->width * (size_t)s->height;
    if (pixels > in->room) {
        free(in->below);
        in->below = malloc(pixels);
        in->room = pixels;
    }
    if (!in->below)
        stage_fail("no memory");
    memset(in->below, COLOUR_page, pixels);
    in->scenes++;
    in->in_scene = 0;
    if (s->short_of)
        wrong(in, where, "the scene is incomplete");
    for (size_t i = 0; i < s->shapes; i++) {
        const struct shape *p = &s->shape[i];
        if (p->kind == SHAPE_FILL || p->kind == SHAPE_HATCH)
            paint(in, s, p);
        else if (p->kind == SHAPE_TEXT)
            check_text(in, s, i, where);
    }
    check_widgets(in, s, where);
}

void inspect_end(struct inspection *in)
{
    free(in->below);
    (void)printf("%lu scenes, %lu texts, %u wrong\n", in->scenes, in->texts, in->wrong);
}

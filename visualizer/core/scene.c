/* Scenes: lists of shapes and widgets, and drawing them. */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

void scene_begin(struct scene *s, int width, int height, enum theme theme)
{
    s->width = width;
    s->height = height;
    s->theme = theme;
    s->clip = (struct box){0, 0, width, height};
    s->shapes = s->widgets = s->used = 0;
    s->short_of = false;
}

void scene_free(struct scene *s)
{
    free(s->shape);
    free(s->widget);
    free(s->chars);
    *s = (struct scene){0};
}

struct box scene_clip(struct scene *s, struct box b)
{
    struct box before = s->clip;
    s->clip = box_cut(before, b);
    return before;
}

void scene_unclip(struct scene *s, struct box before)
{
    s->clip = before;
}

/* Room for one more of `each` bytes; the array grows by doubling. */
static bool make_room(struct scene *s, void **array, size_t used, size_t *room, size_t more,
                      size_t each)
{
    if (*room - used >= more)
        return true;
    size_t wanted = *room ? *room * 2 : 256;
    while (wanted - used < more)
        wanted *= 2;
    void *bigger = wanted * each / each == wanted ? realloc(*array, wanted * each) : NULL;
    if (!bigger) {
        s->short_of = true;
        return false;
    }
    *array = bigger;
    *room = wanted;
    return true;
}

/* Copies and terminates; the offset, UINT32_MAX without memory. */
static uint32_t keep_text(struct scene *s, const char *text, size_t n)
{
    void *chars = s->chars;
    bool room = make_room(s, &chars, s->used, &s->room, n + 1, 1);
    s->chars = chars;
    if (!room)
        return UINT32_MAX;
    uint32_t at = (uint32_t)s->used;
    memcpy(s->chars + at, text, n);
    s->chars[at + n] = 0;
    s->used += n + 1;
    return at;
}

static void add(struct scene *s, struct shape shape)
{
    void *array = s->shape;
    bool room = s->shapes < SCENE_MOST &&
                make_room(s, &array, s->shapes, &s->shape_room, 1, sizeof *s->shape);
    s->shape = array;
    if (!room) {
        s->short_of = true;
        return;
    }
    shape.clip = s->clip;
    s->shape[s->shapes++] = shape;
}

static bool unseen(const struct scene *s, struct box b)
{
    return box_empty(box_cut(s->clip, b));
}

void scene_fill(struct scene *s, struct box b, enum colour colour)
{
    if (!unseen(s, b))
        add(s, (struct shape){.kind = SHAPE_FILL, .colour = (uint8_t)colour, .box = b});
}

void scene_hatch(struct scene *s, struct box b, enum hatch hatch, enum colour colour)
{
    if (hatch != HATCH_NONE && !unseen(s, b))
        add(s,
            (struct shape){
                .kind = SHAPE_HATCH, .colour = (uint8_t)colour, .style = (uint8_t)hatch, .box = b});
}

void scene_frame(struct scene *s, struct box b, int thick, enum colour colour)
{
    if (!unseen(s, b))
        add(s,
            (struct shape){
                .kind = SHAPE_FRAME, .colour = (uint8_t)colour, .style = (uint8_t)thick, .box = b});
}

void scene_line(struct scene *s, int x0, int y0, int x1, int y1, enum colour colour)
{
    add(s, (struct shape){
               .kind = SHAPE_LINE, .colour = (uint8_t)colour, .box = {x0, y0, x1 - x0, y1 - y0}});
}

void scene_text(struct scene *s, int x, int y, unsigned face, bool bold, enum colour colour,
                const char *text, size_t n)
{
    const struct font_face *f = &font_faces[face];
    struct box b = {x, y, (int)font_cells(text, n) * f->width, f->height};
    if (unseen(s, b))
        return;
    uint32_t at = keep_text(s, text, n);
    if (at != UINT32_MAX)
        add(s, (struct shape){.kind = SHAPE_TEXT,
                              .colour = (uint8_t)colour,
                              .face = (uint8_t)face,
                              .style = bold,
                              .box = b,
                              .text = at,
                              .bytes = (uint32_t)n});
}

void scene_widget(struct scene *s, struct box b, const char *name, const char *command,
                  const char *tip)
{
    b = box_cut(b, s->clip);
    if (box_empty(b))
        return;
    struct widget w = {b, keep_text(s, name, strlen(name)), keep_text(s, tip, strlen(tip)),
                       keep_text(s, command, strlen(command))};
    void *array = s->widget;
    bool room = make_room(s, &array, s->widgets, &s->widget_room, 1, sizeof *s->widget);
    s->widget = array;
    if (room && w.name != UINT32_MAX && w.tip != UINT32_MAX && w.command != UINT32_MAX)
        s->widget[s->widgets++] = w;
}

const struct widget *scene_at(const struct scene *s, int x, int y)
{
    for (size_t i = s->widgets; i-- > 0;)
        if (box_holds(s->widget[i].box, x, y))
            return &s->widget[i];
    return NULL;
}

const struct widget *scene_find(const struct scene *s, const char *name)
{
    for (size_t i = 0; i < s->widgets; i++)
        if (strcmp(scene_string(s, s->widget[i].name), name) == 0)
            return &s->widget[i];
    return NULL;
}

const char *scene_string(const struct scene *s, uint32_t offset)
{
    return s->chars + offset;
}

static void draw_fill(const struct scene *s, const struct shape *p, struct canvas *c, uint32_t rgb)
{
    (void)s;
    canvas_fill(c, p->box, rgb);
}

static void draw_hatch(const struct scene *s, const struct shape *p, struct canvas *c, uint32_t rgb)
{
    (void)s;
    canvas_hatch(c, p->box, (enum hatch)p->style, rgb);
}

static void draw_frame(const struct scene *s, const struct shape *p, struct canvas *c, uint32_t rgb)
{
    (void)s;
    canvas_frame(c, p->box, p->style, rgb);
}

static void draw_line(const struct scene *s, const struct shape *p, struct canvas *c, uint32_t rgb)
{
    (void)s;
    canvas_line(c, p->box.x, p->box.y, p->box.x + p->box.w, p->box.y + p->box.h, rgb);
}

static void draw_text(const struct scene *s, const struct shape *p, struct canvas *c, uint32_t rgb)
{
    canvas_text(c, p->box.x, p->box.y, &font_faces[p->face], p->style, rgb,
                scene_string(s, p->text), p->bytes);
}

static void (*const draw[])(const struct scene *, const struct shape *, struct canvas *,
                            uint32_t) = {
    [SHAPE_FILL] = draw_fill, [SHAPE_HATCH] = draw_hatch, [SHAPE_FRAME] = draw_frame,
    [SHAPE_LINE] = draw_line, [SHAPE_TEXT] = draw_text,
};

void scene_draw(const struct scene *s, struct canvas *c)
{
    struct box before = c->clip;
    for (size_t i = 0; i < s->shapes; i++) {
        const struct shape *p = &s->shape[i];
        c->clip = box_cut(before, p->clip);
        draw[p->kind](s, p, c, theme_rgb(s->theme, (enum colour)p->colour));
    }
    c->clip = before;
}

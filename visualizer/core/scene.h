/*
 * A scene: what is on the panel, as a list of shapes and of widgets, in the order they are drawn.
 *
 * Views write scenes; front ends draw them: into pixels, or as SVG. Events find the widget below
 * the mouse in the scene that was drawn, never by arithmetic of their own. A scene is a value of
 * its own: its text is copied, it refers to nothing.
 *
 * A scene that runs out of memory or of SCENE_MOST shapes says so (`short_of`) and goes on without.
 */
#ifndef VISUALIZER_SCENE_H
#define VISUALIZER_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "box.h"
#include "canvas.h"
#include "visualizer/theme.h"

#define SCENE_MOST 200000u

enum shape_kind { SHAPE_FILL, SHAPE_HATCH, SHAPE_FRAME, SHAPE_LINE, SHAPE_TEXT };

struct shape {
    uint8_t kind;   /* enum shape_kind */
    uint8_t colour; /* enum colour */
    uint8_t face;   /* text: index into font_faces */
    uint8_t style;  /* hatch: enum hatch; frame: thickness; text: 1 bold */
    struct box box; /* line: x, y to x + w, y + h, which may be negative */
    struct box clip;
    uint32_t text, bytes; /* text: where in the scene's characters */
};

/* A place one can point at. Its name is what scripts and tests call it. */
struct widget {
    struct box box;     /* what of it is seen */
    uint32_t name, tip; /* offsets of strings; tip: "" is none */
    uint32_t command;   /* what a click does, as a line of the panel's language; "": selects */
};

struct scene {
    int width, height;
    enum theme theme;
    struct box clip; /* of what is added now */
    struct shape *shape;
    struct widget *widget;
    char *chars;
    size_t shapes, shape_room, widgets, widget_room, used, room;
    bool short_of;
};

/* An empty scene; keeps the memory of one that was used before. Zeroed memory is a scene. */
void scene_begin(struct scene *s, int width, int height, enum theme theme);
void scene_free(struct scene *s);

/* Narrows the clip to b; returns the one before, to be put back by scene_unclip. */
struct box scene_clip(struct scene *s, struct box b);
void scene_unclip(struct scene *s, struct box before);

void scene_fill(struct scene *s, struct box b, enum colour colour);
void scene_hatch(struct scene *s, struct box b, enum hatch hatch, enum colour colour);
void scene_frame(struct scene *s, struct box b, int thick, enum colour colour);
void scene_line(struct scene *s, int x0, int y0, int x1, int y1, enum colour colour);
void scene_text(struct scene *s, int x, int y, unsigned face, bool bold, enum colour colour,
                const char *text, size_t n);

/* Whatever of b is outside the clip is not part of the widget; nothing at all: none is added. */
void scene_widget(struct scene *s, struct box b, const char *name, const char *command,
                  const char *tip);

/* The widget in front at a pixel; null. */
const struct widget *scene_at(const struct scene *s, int x, int y);
/* By name, the first; null. */
const struct widget *scene_find(const struct scene *s, const char *name);
const char *scene_string(const struct scene *s, uint32_t offset);

/* Draws all of it; the canvas is as large as the scene. */
void scene_draw(const struct scene *s, struct canvas *c);

#endif

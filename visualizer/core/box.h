/*
 * Rectangles of pixels. Half open: x <= px < x + w. Empty when w or h is not positive.
 */
#ifndef VISUALIZER_BOX_H
#define VISUALIZER_BOX_H

#include <stdbool.h>

struct box {
    int x, y, w, h;
};

static inline bool box_empty(struct box b)
{
    return b.w <= 0 || b.h <= 0;
}

static inline bool box_holds(struct box b, int x, int y)
{
    return x >= b.x && y >= b.y && x < b.x + b.w && y < b.y + b.h;
}

/* What both cover; empty (w = h = 0) when they do not meet. */
static inline struct box box_cut(struct box a, struct box b)
{
    int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
    int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    struct box c = {x, y, right - x, bottom - y};
    return box_empty(c) ? (struct box){x, y, 0, 0} : c;
}

static inline struct box box_inset(struct box b, int by)
{
    return (struct box){b.x + by, b.y + by, b.w - 2 * by, b.h - 2 * by};
}

#endif

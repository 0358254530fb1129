/* The canvas: see canvas.h. Every shape ends in rows of pixels inside the clip. */
#include "canvas.h"

#include <stdlib.h>

#define OPAQUE 0xff000000u

struct canvas canvas_on(uint32_t *pixel, int width, int height)
{
    return (struct canvas){pixel, width, height, {0, 0, width, height}};
}

/* What of b is seen. */
static struct box seen(const struct canvas *c, struct box b)
{
    return box_cut(box_cut(b, c->clip), (struct box){0, 0, c->width, c->height});
}

static uint32_t *row_of(const struct canvas *c, int y)
{
    return c->pixel + (size_t)y * (size_t)c->width;
}

void canvas_fill(struct canvas *c, struct box b, uint32_t rgb)
{
    b = seen(c, b);
    for (int y = b.y; y < b.y + b.h; y++) {
        uint32_t *row = row_of(c, y);
        for (int x = b.x; x < b.x + b.w; x++)
            row[x] = OPAQUE | rgb;
    }
}

void canvas_hatch(struct canvas *c, struct box b, enum hatch hatch, uint32_t rgb)
{
    b = seen(c, b);
    for (int y = b.y; y < b.y + b.h; y++) {
        uint32_t *row = row_of(c, y);
        uint8_t strokes = hatch_rows[hatch][y & 7];
        for (int x = b.x; strokes && x < b.x + b.w; x++)
            if (strokes >> (x & 7) & 1)
                row[x] = OPAQUE | rgb;
    }
}

void canvas_frame(struct canvas *c, struct box b, int thick, uint32_t rgb)
{
    if (box_empty(b))
        return;
    int t = thick * 2 < b.h ? thick : (b.h + 1) / 2;
    int s = thick * 2 < b.w ? thick : (b.w + 1) / 2;
    canvas_fill(c, (struct box){b.x, b.y, b.w, t}, rgb);
    canvas_fill(c, (struct box){b.x, b.y + b.h - t, b.w, t}, rgb);
    canvas_fill(c, (struct box){b.x, b.y, s, b.h}, rgb);
    canvas_fill(c, (struct box){b.x + b.w - s, b.y, s, b.h}, rgb);
}

void canvas_line(struct canvas *c, int x0, int y0, int x1, int y1, uint32_t rgb)
{
    if (x0 == x1 || y0 == y1) {
        int x = x0 < x1 ? x0 : x1, y = y0 < y1 ? y0 : y1;
        canvas_fill(c, (struct box){x, y, abs(x1 - x0) + 1, abs(y1 - y0) + 1}, rgb);
        return;
    }
    int dx = abs(x1 - x0), dy = abs(y1 - y0), steps = dx > dy ? dx : dy;
    for (int i = 0; i <= steps; i++) {
        int64_t across = (int64_t)(x1 - x0) * i * 2, down = (int64_t)(y1 - y0) * i * 2;
        int x = x0 + (int)((across + (across < 0 ? -steps : steps)) / (2 * (int64_t)steps));
        int y = y0 + (int)((down + (down < 0 ? -steps : steps)) / (2 * (int64_t)steps));
        canvas_fill(c, (struct box){x, y, 1, 1}, rgb);
    }
}

/* Each channel of `over` at coverage 0..255 on `under`. */
static uint32_t blend(uint32_t under, uint32_t over, uint32_t coverage)
{
    uint32_t share = coverage + (coverage >> 7); /* 0..256 */
    uint32_t rb = (under & 0xff00ff) * (256 - share) + (over & 0xff00ff) * share;
    uint32_t g = (under & 0x00ff00) * (256 - share) + (over & 0x00ff00) * share;
    return OPAQUE | (rb >> 8 & 0xff00ff) | (g >> 8 & 0x00ff00);
}

static void put_glyph(struct canvas *c, struct box cell, const uint8_t *coverage, uint32_t rgb)
{
    struct box b = seen(c, cell);
    for (int y = b.y; y < b.y + b.h; y++) {
        const uint8_t *from = coverage + (y - cell.y) * cell.w - cell.x;
        uint32_t *row = row_of(c, y);
        for (int x = b.x; x < b.x + b.w; x++) {
            uint8_t share = from[x];
            if (share == 255)
                row[x] = OPAQUE | rgb;
            else if (share)
                row[x] = blend(row[x], rgb, share);
        }
    }
}

void canvas_text(struct canvas *c, int x, int y, const struct font_face *face, bool bold,
                 uint32_t rgb, const char *text, size_t n)
{
    struct box line = seen(c, (struct box){0, y, c->width, face->height});
    size_t used;
    if (box_empty(line))
        return;
    for (size_t i = 0; i < n && x < line.x + line.w; i += used, x += face->width) {
        uint32_t point = font_decode(text + i, n - i, &used);
        if (point != ' ' && x + face->width > line.x)
            put_glyph(c, (struct box){x, y, face->width, face->height},
                      font_glyph(face, bold, point), rgb);
    }
}

uint64_t canvas_hash(const struct canvas *c)
{
    uint64_t hash = 0xcbf29ce484222325u;
    const uint64_t prime = 0x100000001b3u;
    hash = (hash ^ (uint32_t)c->width) * prime;
    hash = (hash ^ (uint32_t)c->height) * prime;
    for (size_t i = 0; i < (size_t)c->width * (size_t)c->height; i++)
        hash = (hash ^ (c->pixel[i] & ~OPAQUE)) * prime;
    return hash;
}

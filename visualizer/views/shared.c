/* What panes share. */
#include <stdio.h>

#include "view.h"

void draw_swatch(struct pane *p, struct box b, enum colour colour, enum hatch hatch)
{
    scene_fill(p->scene, b, colour);
    scene_hatch(p->scene, b, hatch, theme_ink(colour));
}

void draw_lines(struct pane *p, const char *const *line, size_t n, bool tail)
{
    size_t first = p->first > 0 ? (size_t)p->first : 0;
    if (tail) {
        size_t most = n > (size_t)p->rows ? n - (size_t)p->rows : 0;
        first = first < most ? most - first : 0;
    }
    for (int row = 0; row < p->rows && first + (size_t)row < n; row++)
        (void)pane_text(p, 0, row, -1, COLOUR_ink, PANE_PLAIN, "%s", line[first + (size_t)row]);
}

const char *share_of(char out[16], uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return "-";
    unsigned tenths = (unsigned)((__extension__(unsigned __int128) part) * 1000 / whole);
    (void)snprintf(out, 16, "%u.%u%%", tenths / 10 % 100000, tenths % 10);
    return out;
}

void draw_empty(struct pane *p, const char *text)
{
    (void)pane_paragraph(p, 0, 0, -1, p->rows, COLOUR_dim, PANE_PLAIN, text);
}

const char *note_side(const struct view_input *in)
{
    return in->side->state;
}

const char *note_scale(const struct view_input *in)
{
    return in->side->scale;
}

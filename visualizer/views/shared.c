/* What panes share. */
#include <stdio.h>

#include "view.h"

void draw_swatch(struct pane *p, struct box b, enum colour colour, enum hatch hatch)
{
    scene_fill(p->scene, b, colour);
    scene_hatch(p->scene, b, hatch, theme_ink(colour));
}

void draw_named(struct pane *p, struct box b, enum colour fill, char letter)
{
    const struct font_face *f = p->face;
    struct box at = {b.x + (b.w - f->width) / 2, b.y + (b.h - f->height) / 2, f->width, f->height};
    scene_fill(p->scene, at, fill);
    scene_text(p->scene, at.x, at.y, p->face_index, true, theme_ink(fill), &letter, 1);
}

void draw_letter(struct pane *p, int column, int row, unsigned class)
{
    enum colour fill = (enum colour)class_colours[class];
    pane_shade(p, column, row, 1, fill);
    (void)pane_text(p, column, row, 1, theme_ink(fill), PANE_BOLD, "%c", class_letters[class]);
    struct box b = pane_cells(p, column + 1, row, 1);
    b.w /= 2;
    draw_swatch(p, b, fill, (enum hatch)class_hatches[class]);
}

void draw_lines(struct pane *p, const char *const *line, size_t n, bool tail)
{
    size_t first = p->first > 0 ? (size_t)p->first : 0, end = n;
    if (tail) {
        end = first < n ? n - first : n ? 1 : 0;
        int rows = 0;
        for (first = end; first > 0; first--) {
            rows += pane_rows(line[first - 1], p->columns);
            if (rows > p->rows)
                break;
        }
        first -= first == end && end > 0; /* of one that is too long, its beginning */
    }
    for (int row = 0; row < p->rows && first < end; first++) {
        int used = pane_paragraph(p, 0, row, -1, p->rows, COLOUR_ink, PANE_PLAIN, line[first]);
        row += used ? used : 1;
    }
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

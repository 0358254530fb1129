/* What panes share. */
#include <stdio.h>
#include <string.h>

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
    struct box b = pane_cells(p, column, row, 2);
    b.w -= p->face->width / 3;
    if (column + 2 > p->columns || row >= p->rows)
        return;
    draw_swatch(p, b, fill, (enum hatch)class_hatches[class]);
    draw_named(p, b, fill, class_letters[class]);
}

/* A key's name, dark on light or the other way round, as wide as its backquotes allow. */
static int draw_key(struct pane *p, int column, int row, const char *name, int length)
{
    struct box cap = pane_cells(p, column, row, length + 2);
    if (column + length + 2 > p->columns || row >= p->rows)
        return 0;
    cap.x += p->face->width / 2;
    cap.w -= p->face->width;
    scene_fill(p->scene, cap, COLOUR_ink);
    (void)pane_text(p, column + 1, row, length, COLOUR_page, PANE_BOLD, "%.*s", length, name);
    return length + 2;
}

/* The next piece of a line with keys: its bytes, whether it is a key, what comes behind it. */
static const char *next_piece(const char *text, size_t *n, bool *key)
{
    *key = *text == '`' && strchr(text + 1, '`');
    if (*key) {
        *n = strcspn(text + 1, "`");
        text += *n + 2;
        return text + (*text == ' '); /* a key has air of its own */
    }
    *n = strcspn(text + 1, "`") + 1;
    text += *n;
    *n -= *text == '`' && text[-1] == ' ';
    return text;
}

int keyed_cells(const char *text)
{
    int cells = 0;
    while (*text) {
        size_t n;
        bool key;
        const char *behind = next_piece(text, &n, &key);
        cells += (int)font_cells(text + key, n) + 2 * key;
        text = behind;
    }
    return cells;
}

int draw_keyed(struct pane *p, int column, int row, enum colour colour, const char *text)
{
    int used = 0;
    while (*text && column + used < p->columns) {
        size_t n;
        bool key;
        const char *behind = next_piece(text, &n, &key);
        int cells =
            key ? draw_key(p, column + used, row, text + 1, (int)n)
                : pane_text(p, column + used, row, -1, colour, PANE_PLAIN, "%.*s", (int)n, text);
        used += cells;
        if (cells < (int)font_cells(text + key, n) + 2 * key)
            break;
        text = behind;
    }
    return used;
}

/* How many lines from the first on fit. */
static size_t fit(const struct pane *p, const char *const *line, size_t n)
{
    int rows = 0;
    for (size_t i = 0; i < n; i++) {
        rows += pane_rows(line[i], p->columns);
        if (rows > p->rows)
            return i ? i : 1;
    }
    return n;
}

void draw_lines(struct pane *p, const char *const *line, size_t n, bool tail)
{
    size_t end = n;
    if (tail)
        pane_scrolls(p, (int)fit(p, line, n) - (int)n, 0);
    else
        pane_scrolls(p, 0, (int)n - 1);
    size_t first = (size_t)(p->first > 0 ? p->first : 0);
    if (tail) {
        end = n - (size_t)-p->first;
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

uint64_t cycles_each(uint64_t cycles, uint64_t count)
{
    return count ? cycles / count : 0;
}

void draw_empty(struct pane *p, const char *text)
{
    (void)pane_paragraph(p, 0, 0, -1, p->rows, COLOUR_dim, PANE_PLAIN, text);
}

const char *note_scale(const struct view_input *in)
{
    return in->side->scale;
}

/* Text in cells: cut, aligned, wrapped. */
#include "pane.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define LINE     512
#define PANE_BAR 3 /* pixels of the bar that says where one has scrolled to */

bool pane_open(struct pane *p, struct scene *scene, const struct pane_spec *spec,
               const struct pane_place *place, unsigned face_index, bool focused, const char *note)
{
    const struct font_face *face = &font_faces[face_index];
    if (box_empty(place->box))
        return false;
    *p = (struct pane){.scene = scene, .name = spec->name, .face = face, .face_index = face_index};
    int air = PANE_AIR(face);
    scene_fill(scene, place->box, spec->bare ? COLOUR_story : COLOUR_pane);
    if (!spec->bare) {
        if (box_empty(place->content))
            note = "closed: Tab or a click opens it";
        struct box bar = box_inset(place->box, 1);
        bar.h = bar.h < layout_title(face) - 1 ? bar.h : layout_title(face) - 1;
        scene_fill(scene, bar, COLOUR_bar);
        scene_frame(scene, place->box, focused ? 2 : 1, focused ? COLOUR_focus : COLOUR_edge);
        p->box = (struct box){place->box.x + air, bar.y + 2, place->box.w - 2 * air, face->height};
        p->columns = p->box.w / face->width;
        p->rows = 1;
        int used = pane_text(p, 0, 0, -1, COLOUR_ink, PANE_BOLD, "%s", spec->title);
        if (note && used + 2 < p->columns)
            used += 2 + pane_text(p, used + 2, 0, -1, COLOUR_dim, PANE_PLAIN, "%s", note);
        p->bar = p->box;
        p->bar.x += (used + 2) * face->width;
        p->bar.w -= (used + 2) * face->width;
        pane_widget(p, 0, 0, p->columns, "title", "", "");
    }
    p->box = place->content;
    if (box_empty(p->box))
        return false;
    p->box.x = place->box.x + air;
    p->box.w = place->box.w - 2 * air;
    p->columns = p->box.w / face->width;
    p->rows = p->box.h / face->height;
    return p->columns > 0 && p->rows > 0;
}

void pane_scrolls(struct pane *p, int least, int most)
{
    p->least = least < 0 ? least : 0;
    p->most = most > 0 ? most : 0;
    p->first = p->first < p->least ? p->least : p->first > p->most ? p->most : p->first;
}

struct box pane_cells(const struct pane *p, int column, int row, int cells)
{
    return (struct box){p->box.x + column * p->face->width, p->box.y + row * p->face->height,
                        cells * p->face->width, p->face->height};
}

/* Cells there are from a column, of those wanted. */
static int room_for(const struct pane *p, int column, int row, int cells)
{
    if (column < 0 || row < 0 || row >= p->rows || column >= p->columns)
        return 0;
    int most = p->columns - column;
    return cells < 0 || cells > most ? most : cells;
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t length, int n)
{
    size_t at = 0, used;
    for (; n > 0 && at < length; n--, at += used)
        (void)font_decode(text + at, length - at, &used);
    return at;
}

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ',' || c == '.';
}

/*
 * Bytes of a text that is cut behind `length` of them: a number that the cut would make another one
 * is left out as a whole, hexadecimal ones with their 0x.
 */
static size_t whole_numbers(const char *text, size_t length)
{
    size_t at = length;
    while (at && is_digit(text[at - 1]))
        at--;
    at -= at > 1 && text[at - 1] == 'x' && text[at - 2] == '0' ? 2 : 0;
    for (size_t i = at; i < length; i++)
        if (text[i] >= '0' && text[i] <= '9')
            return at;
    return length;
}

/* Shades what was looked for, upper or lower case; text on other fills than the pane's is left. */
static void shade_sought(struct pane *p, struct box at, enum colour colour, const char *text)
{
    size_t n = p->sought ? strlen(p->sought) : 0;
    if (!n || (colour != COLOUR_ink && colour != COLOUR_dim))
        return;
    for (const char *found = text; *found; found++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)found[i]) == tolower((unsigned char)p->sought[i]))
            i++;
        if (i < n)
            continue;
        struct box b = at;
        b.x += (int)font_cells(text, (size_t)(found - text)) * p->face->width;
        b.w = (int)font_cells(found, n) * p->face->width;
        scene_fill(p->scene, b, COLOUR_changed);
        found += n - 1;
    }
}

int pane_text(struct pane *p, int column, int row, int cells, enum colour colour,
              enum pane_style style, const char *format, ...)
{
    char text[LINE + sizeof ELLIPSIS];
    int room = room_for(p, column, row, cells);
    if (!room)
        return 0;
    va_list args;
    va_start(args, format);
    int made = vsnprintf(text, LINE, format, args);
    va_end(args);
    size_t length = made < 0 ? 0 : made < LINE ? (size_t)made : LINE - 1;
    int have = (int)font_cells(text, length);
    if (have > room) {
        length = whole_numbers(text, bytes_of(text, length, room - 1));
        memcpy(text + length, ELLIPSIS, sizeof ELLIPSIS);
        length += sizeof ELLIPSIS - 1;
        have = (int)font_cells(text, length);
    }
    struct box at = pane_cells(p, column + (style & PANE_RIGHT ? room - have : 0), row, have);
    text[length] = 0;
    shade_sought(p, at, colour, text);
    scene_text(p->scene, at.x, at.y, p->face_index, style & PANE_BOLD, colour, text, length);
    return have;
}

const char *pane_digits(char out[32], uint64_t value)
{
    char plain[24];
    int n = snprintf(plain, sizeof plain, "%llu", (unsigned long long)value), at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = 0;
    return out;
}

void pane_number(struct pane *p, int column, int row, int cells, enum colour colour,
                 enum pane_style style, uint64_t value)
{
    char text[32];
    int room = room_for(p, column, row, cells);
    (void)pane_digits(text, value);
    if ((int)strlen(text) > room) {
        memset(text, '#', sizeof text);
        text[room < 4 ? room : 4] = 0;
    }
    (void)pane_text(p, column, row, room, colour, style | PANE_RIGHT, "%s", text);
}

void pane_shade(struct pane *p, int column, int row, int cells, enum colour colour)
{
    int room = room_for(p, column, row, cells);
    if (room)
        scene_fill(p->scene, pane_cells(p, column, row, room), colour);
}

void pane_widget(struct pane *p, int column, int row, int cells, const char *name,
                 const char *command, const char *tip)
{
    char full[96];
    int room = room_for(p, column, row, cells);
    if (!room)
        return;
    (void)snprintf(full, sizeof full, "%s.%s", p->name, name);
    scene_widget(p->scene, pane_cells(p, column, row, room), full, command, tip);
}

/* Bytes of a line of at most `cells` characters: to the last space, or to the middle of a word. */
static size_t line_of(const char *text, int cells)
{
    size_t length = strlen(text), most = bytes_of(text, length, cells);
    const char *newline = memchr(text, '\n', most);
    if (newline)
        return (size_t)(newline - text);
    if (most == length || text[most] == ' ' || text[most] == '\n')
        return most;
    for (size_t at = most; at > 0; at--)
        if (text[at - 1] == ' ')
            return at - 1 ? at - 1 : most;
    return most;
}

static const char *after_line(const char *text, int cells)
{
    text += line_of(text, cells);
    while (*text == ' ' || *text == '\n')
        text++;
    return text;
}

int pane_rows(const char *text, int cells)
{
    int rows = 0;
    for (; *text && cells > 0; rows++)
        text = after_line(text, cells);
    return rows ? rows : 1;
}

int pane_paragraph(struct pane *p, int column, int row, int cells, int rows, enum colour colour,
                   enum pane_style style, const char *text)
{
    int used = 0, room = room_for(p, column, row, cells);
    while (*text && room > 0 && used < rows && row + used < p->rows) {
        size_t n = line_of(text, room);
        bool last = used + 1 == rows || row + used + 1 == p->rows;
        /* The last row takes all that is left, and shows by an ellipsis that it is cut. */
        (void)pane_text(p, column, row + used, room, colour, style, "%.*s",
                        last ? (int)strcspn(text, "\n") : (int)n, text);
        text = after_line(text, room);
        used++;
    }
    return used;
}

void pane_scrollbar(struct pane *p, size_t first, size_t shown, size_t all)
{
    int height = p->rows * p->face->height;
    struct box bar = {p->box.x + p->box.w + 2, p->box.y, PANE_BAR, height};
    if (shown >= all || !all)
        return;
    int from = (int)((uint64_t)height * first / all);
    int to = (int)((uint64_t)height * (first + shown) / all);
    to = to < from + 4 ? from + 4 : to;
    scene_fill(p->scene, bar, COLOUR_grid);
    scene_fill(p->scene, (struct box){bar.x, bar.y + from, PANE_BAR, to - from}, COLOUR_dim);
}

size_t pane_first(struct pane *p, int head, size_t items)
{
    size_t room = p->rows > head ? (size_t)(p->rows - head) : 0;
    pane_scrolls(p, 0, items > room ? (int)(items - room) : 0);
    pane_scrollbar(p, (size_t)p->first, room, items);
    return (size_t)p->first;
}

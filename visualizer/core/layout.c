/* Places of panes: see layout.h for what is given up in which order. */
#include "layout.h"

#define EDGE LAYOUT_EDGE

struct work {
    const struct pane_spec *pane;
    unsigned panes;
    const struct font_face *face;
    int front;
    struct pane_place *place;
    unsigned in[LAYOUT_PANES]; /* column that each pane is in now */
    bool open[LAYOUT_PANES], shown[LAYOUT_PANES];
    int rows[LAYOUT_PANES];
};

/* Pixels of a pane with so many rows of content. */
static int pane_height(const struct work *w, unsigned i, int rows)
{
    int title = w->pane[i].bare ? 0 : layout_title(w->face);
    return title + (rows ? rows * w->face->height + 2 * EDGE : 0);
}

int layout_title(const struct font_face *face)
{
    return face->height + 5;
}

static int rank_of(const struct work *w, unsigned i)
{
    return (int)i == w->front ? 1 << 20 : w->pane[i].rank;
}

static int height_of(const struct work *w, unsigned i)
{
    return !w->shown[i] ? 0 : pane_height(w, i, w->open[i] ? w->rows[i] : 0);
}

static int column_height(const struct work *w, unsigned column)
{
    int sum = 0;
    for (unsigned i = 0; i < w->panes; i++)
        if (w->in[i] == column)
            sum += height_of(w, i);
    return sum;
}

/* The pane of a column with the least rank, of those that are `open` or closed; -1: none. */
static int least_of(const struct work *w, unsigned column, bool open)
{
    int found = -1;
    for (unsigned i = 0; i < w->panes; i++)
        if (w->in[i] == column && w->shown[i] && w->open[i] == open &&
            (found < 0 || rank_of(w, i) <= rank_of(w, (unsigned)found)))
            found = (int)i;
    return found;
}

static unsigned open_in(const struct work *w, unsigned column)
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->panes; i++)
        n += w->in[i] == column && w->shown[i] && w->open[i];
    return n;
}

/* Closes panes but one, drops titles, at last shortens and closes the one, until the rest fits. */
static void make_fit(struct work *w, unsigned column, int height)
{
    int i;
    while (column_height(w, column) > height && open_in(w, column) > 1 &&
           (i = least_of(w, column, true)) >= 0)
        w->open[i] = false;
    while (column_height(w, column) > height && (i = least_of(w, column, false)) >= 0)
        w->shown[i] = false;
    while (column_height(w, column) > height && (i = least_of(w, column, true)) >= 0)
        if (--w->rows[i] <= 0)
            w->shown[i] = w->open[i] = false;
}

/*
 * The open pane below its wish with the greatest rank; -1: none. The front one comes first only
 * where others had to close for want of room: else everything would move whenever one looks
 * elsewhere.
 */
static int most_wanting(const struct work *w, unsigned column)
{
    int found = -1, best = -1;
    bool tight = least_of(w, column, false) >= 0;
    for (unsigned i = 0; i < w->panes; i++) {
        int rank = tight ? rank_of(w, i) : w->pane[i].rank;
        if (w->in[i] == column && w->open[i] && w->rows[i] < w->pane[i].want && rank > best) {
            found = (int)i;
            best = rank;
        }
    }
    return found;
}

static void share_rows(struct work *w, unsigned column, int height)
{
    int spare = (height - column_height(w, column)) / w->face->height, i, weights = 0;
    while (spare > 0 && (i = most_wanting(w, column)) >= 0) {
        int more = w->pane[i].want - w->rows[i];
        more = more < spare ? more : spare;
        w->rows[i] += more;
        spare -= more;
    }
    for (unsigned p = 0; p < w->panes; p++)
        weights += w->in[p] == column && w->open[p] ? w->pane[p].weight : 0;
    for (unsigned p = 0; p < w->panes && weights; p++)
        if (w->in[p] == column && w->open[p] && w->pane[p].weight) {
            int more = spare * w->pane[p].weight / weights;
            w->rows[p] += more;
            spare -= more;
            weights -= w->pane[p].weight;
        }
}

static void put(struct work *w, unsigned i, struct box b)
{
    struct box content = box_inset(b, EDGE);
    int title = w->pane[i].bare ? 0 : layout_title(w->face);
    content.y += title;
    content.h -= title;
    w->place[i].box = b;
    w->place[i].content =
        w->open[i] && !box_empty(content) ? content : (struct box){b.x, b.y, 0, 0};
}

/* One below the other; what is left over goes to the last open pane that grows. */
static void stack(struct work *w, unsigned column, struct box area)
{
    int over = area.h - column_height(w, column), last = -1, y = area.y;
    for (unsigned i = 0; i < w->panes; i++)
        if (w->in[i] == column && w->open[i] &&
            (w->pane[i].weight || last < 0 || !w->pane[last].weight))
            last = (int)i;
    for (unsigned i = 0; i < w->panes; i++) {
        if (w->in[i] != column || !w->shown[i])
            continue;
        int h = height_of(w, i) + ((int)i == last ? over : 0);
        put(w, i, (struct box){area.x, y, area.w, h});
        y += h;
    }
}

static void fill_column(struct work *w, unsigned column, struct box area)
{
    make_fit(w, column, area.h);
    share_rows(w, column, area.h);
    stack(w, column, area);
}

/* How many columns there is room for. */
static unsigned columns_for(const struct column_spec *column, unsigned columns, int cells)
{
    while (columns > 1) {
        int least = 0;
        for (unsigned i = 0; i < columns; i++)
            least += column[i].least;
        if (least <= cells)
            break;
        columns--;
    }
    return columns;
}

static void fill_columns(struct work *w, const struct column_spec *column, unsigned columns,
                         struct box area)
{
    int cells = area.w / w->face->width, weights = 0, x = area.x;
    columns = columns_for(column, columns, cells);
    for (unsigned i = 0; i < w->panes; i++)
        if (w->in[i] < LAYOUT_TOP && w->in[i] >= columns)
            w->in[i] = columns - 1;
    int spare = area.w;
    for (unsigned c = 0; c < columns; c++) {
        spare -= columns > 1 ? column[c].least * w->face->width : 0;
        weights += column[c].weight;
    }
    for (unsigned c = 0; c < columns; c++) {
        int wide = columns == 1 || c == columns - 1
                       ? area.x + area.w - x
                       : column[c].least * w->face->width + spare * column[c].weight / weights;
        fill_column(w, c, (struct box){x, area.y, wide, area.h});
        x += wide;
    }
}

/* A dock takes what it wants if the columns keep most of the window. */
static void fill_dock(struct work *w, unsigned dock, struct box *area)
{
    int most = area->h * 2 / 5;
    make_fit(w, dock, most);
    share_rows(w, dock, most);
    int h = 0;
    for (unsigned i = 0; i < w->panes; i++)
        if (w->in[i] == dock)
            h += height_of(w, i);
    struct box at = {area->x, dock == LAYOUT_TOP ? area->y : area->y + area->h - h, area->w, h};
    stack(w, dock, at);
    area->y += dock == LAYOUT_TOP ? h : 0;
    area->h -= h;
}

void layout_panes(const struct pane_spec *pane, unsigned panes, const struct column_spec *column,
                  unsigned columns, struct box area, const struct font_face *face, int zoomed,
                  int front, struct pane_place *place)
{
    struct work w = {.pane = pane, .panes = panes, .face = face, .front = front, .place = place};
    for (unsigned i = 0; i < panes; i++) {
        bool docked = pane[i].column >= LAYOUT_TOP;
        place[i] = (struct pane_place){{area.x, area.y, 0, 0}, {area.x, area.y, 0, 0}};
        w.in[i] = pane[i].column;
        w.rows[i] = pane[i].least;
        w.shown[i] = w.open[i] = zoomed < 0 || docked || (int)i == zoomed;
    }
    fill_dock(&w, LAYOUT_TOP, &area);
    fill_dock(&w, LAYOUT_BOTTOM, &area);
    if (zoomed >= 0 && pane[zoomed].column < LAYOUT_TOP)
        put(&w, (unsigned)zoomed, area);
    else
        fill_columns(&w, column, columns, area);
}

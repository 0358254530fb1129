/* The Compare view: the same work under two techniques; every bar of both sides has one scale. */
#include <stdio.h>
#include <string.h>

#include "view.h"

#define REASON_CELLS 20 /* a letter in two cells, and the longest reason */

static const struct snap_side *side_of(const struct view_input *in, unsigned i)
{
    return i < in->snapshot->sides ? &in->snapshot->side[i] : NULL;
}

static uint64_t most_busy(const struct view_input *in)
{
    uint64_t most = 1;
    for (unsigned i = 0; i < in->snapshot->sides; i++)
        most = in->snapshot->side[i].busy > most ? in->snapshot->side[i].busy : most;
    return most;
}

/* Where the cycles went, as one bar as long as the side's share of the dearer one's. */
static void draw_cost_bar(struct pane *p, int row, const struct snap_side *side, uint64_t most)
{
    struct box line = pane_cells(p, 0, row, p->columns);
    uint64_t before = 0;
    char name[48];
    for (size_t i = 0; i < side->costs; i++) {
        const struct snap_cost *c = &side->cost[i];
        int from = (int)(before * (uint64_t)line.w / most);
        int to = (int)((before + c->cycles) * (uint64_t)line.w / most);
        struct box b = {line.x + from, line.y + 1, to - from, line.h - 2};
        before += c->cycles;
        draw_swatch(p, b, (enum colour)c->colour, (enum hatch)c->hatch);
        (void)snprintf(name, sizeof name, "%s.%s.%s", p->name, side->label, c->name);
        scene_widget(p->scene, b, name, "", c->tip);
    }
}

/* While a question waits its figures are not in the snapshot. */
static bool is_hidden(struct pane *p, const struct view_input *in)
{
    if (in->snapshot->question.open)
        draw_empty(p, EMPTY_HIDDEN);
    return in->snapshot->question.open;
}

static void pane_sides(struct pane *p, const struct view_input *in)
{
    if (is_hidden(p, in))
        return;
    uint64_t most = most_busy(in);
    char a[32], b[32], share[16], command[24];
    int row = 0;
    row += pane_paragraph(p, 0, row, -1, 2, COLOUR_ink, PANE_PLAIN, in->snapshot->comparison);
    for (unsigned i = 0; i < in->snapshot->sides && row < p->rows; i++) {
        const struct snap_side *s = &in->snapshot->side[i];
        bool front = s == in->side;
        (void)snprintf(command, sizeof command, "look side %u", i);
        pane_widget(p, 0, row, p->columns, s->label, command,
                    "A click, or o, chooses the side that keys and the other views are about.");
        int used = pane_text(p, 0, row, -1, COLOUR_ink, PANE_BOLD, "%s %s  ",
                             front ? "\xe2\x96\xb6" : " ", s->label);
        used += pane_text(p, used, row, -1, COLOUR_ink, PANE_PLAIN,
                          "%s exits, %s cycles, %s in exits", pane_digits(a, s->exits),
                          pane_digits(b, s->busy), share_of(share, s->exit_cycles, s->busy));
        if (used + 2 + (int)strlen(s->state) <= p->columns)
            (void)pane_text(p, used, row, -1, COLOUR_dim, PANE_RIGHT, "%s", s->state);
        row++;
        draw_cost_bar(p, row++, s, most);
    }
}

static void pane_costs(struct pane *p, const struct view_input *in)
{
    const struct snap_side *left = side_of(in, 0), *right = side_of(in, 1);
    if (is_hidden(p, in))
        return;
    if (!right) {
        draw_empty(p, EMPTY_ONE);
        return;
    }
    int wide = 14, words = 18 + 2 * wide + 2; /* up to 99,999,999,999 */
    (void)pane_text(p, 18, 0, wide, COLOUR_dim, PANE_RIGHT, "%s", left->label);
    (void)pane_text(p, 18 + wide, 0, wide, COLOUR_dim, PANE_RIGHT, "%s", right->label);
    size_t costs = left->costs < right->costs ? left->costs : right->costs;
    size_t first = pane_first(p, 1, costs);
    for (size_t i = first; i < costs && (int)(i - first) + 1 < p->rows; i++) {
        int row = (int)(i - first) + 1;
        const struct snap_cost *c = &left->cost[i];
        draw_swatch(p, pane_cells(p, 0, row, 1), (enum colour)c->colour, (enum hatch)c->hatch);
        (void)pane_text(p, 2, row, 15, COLOUR_ink, PANE_PLAIN, "%s", c->name);
        pane_number(p, 18, row, wide, COLOUR_ink, PANE_PLAIN, c->cycles);
        pane_number(p, 18 + wide, row, wide, COLOUR_ink, PANE_PLAIN, right->cost[i].cycles);
        if (p->columns - words >= 12)
            (void)pane_text(p, words, row, -1, COLOUR_dim, PANE_PLAIN, "%s", c->brief);
        pane_widget(p, 0, row, p->columns, c->name, "", c->tip);
    }
}

/* Figures of a reason on one side; the first ones are kept longest when there is no room. */
enum figure { CYCLES, EXITS, EACH, FIGURES };

static const char *const figure_heads[FIGURES] = {"cycles", "exits", "each"};
/* From left to right. */
static const enum figure figure_order[FIGURES] = {EXITS, CYCLES, EACH};

static uint64_t figure_of(const struct snap_difference *d, unsigned side, enum figure f)
{
    const uint64_t count = d->count[side], cycles = d->cycles[side];
    return f == CYCLES ? cycles : f == EXITS ? count : cycles_each(cycles, count);
}

/* Cells of each figure, the same on both sides; 0: left out. */
static void figure_cells(const struct snapshot *s, int room, int cells[FIGURES])
{
    char digits[32];
    for (unsigned f = 0; f < FIGURES; f++) {
        cells[f] = 7;
        for (size_t n = 0; n < s->differences; n++)
            for (unsigned i = 0; i < 2; i++) {
                uint64_t value = figure_of(&s->difference[n], i, (enum figure)f);
                int wide = (int)strlen(pane_digits(digits, value)) + 2;
                cells[f] = wide > cells[f] ? wide : cells[f];
            }
        if (2 * cells[f] > room)
            cells[f] = room = 0;
        room -= 2 * cells[f];
    }
}

/* Both sides' figures from a column on: a row's, or where there is none their heads. */
static void draw_figures(struct pane *p, int row, const int cells[FIGURES],
                         const struct snap_difference *d)
{
    int at = REASON_CELLS;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned n = 0; n < FIGURES; n++) {
            enum figure f = figure_order[n];
            if (cells[f] && d && !d->count[i])
                (void)pane_text(p, at, row, cells[f], COLOUR_dim, PANE_RIGHT, "0");
            else if (cells[f] && d)
                pane_number(p, at, row, cells[f], COLOUR_ink, PANE_PLAIN, figure_of(d, i, f));
            else if (cells[f])
                (void)pane_text(p, at, row, cells[f], COLOUR_dim, PANE_RIGHT, "%s",
                                figure_heads[f]);
            at += cells[f];
        }
}

/* Sorted by how much they differ. */
static void pane_differences(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    const struct snap_side *right = side_of(in, 1);
    int cells[FIGURES], all = 0;
    if (!right || !s->differences) {
        draw_empty(p, right ? "No exits so far on either side. Press c to run both." : EMPTY_ONE);
        return;
    }
    figure_cells(s, p->columns - REASON_CELLS, cells);
    for (unsigned f = 0; f < FIGURES; f++)
        all += cells[f];
    for (int i = 0; i < 2; i++)
        (void)pane_text(p, REASON_CELLS + i * all, 0, all, COLOUR_ink, PANE_BOLD | PANE_RIGHT, "%s",
                        s->side[i].label);
    (void)pane_text(p, 2, 1, REASON_CELLS - 2, COLOUR_dim, PANE_PLAIN, "reason");
    draw_figures(p, 1, cells, NULL);
    size_t first = pane_first(p, 2, s->differences);
    for (int row = 2; row < p->rows; row++) {
        size_t n = (size_t)row - 2 + first;
        if (n >= s->differences)
            break;
        const struct snap_difference *d = &s->difference[n];
        draw_letter(p, 0, row, d->class);
        (void)pane_text(p, 2, row, REASON_CELLS - 2, COLOUR_ink, PANE_PLAIN, "%s", d->name);
        draw_figures(p, row, cells, d);
        pane_widget(p, 0, row, p->columns, d->name, "", d->tip);
    }
}

static const char *note_differences(const struct view_input *in)
{
    return in->snapshot->differences_note;
}

static const struct column_spec columns[] = {{56, 1}, {56, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL, NULL},
    {{"sides", "Both, on one scale", 0, 80, 5, 5, 0, false}, pane_sides, note_scale, NULL},
    {{"costs", "Where the cycles went", 0, 60, 4, 13, 1, false}, pane_costs, note_scale, NULL},
    {{"differences", "What differs", 1, 70, 5, 16, 2, false},
     pane_differences,
     note_differences,
     NULL},
    {{"log", "Answers", 1, 10, 2, 4, 1, false}, pane_log, NULL, NULL},
    {{"timelines", "Timelines", LAYOUT_BOTTOM, 75, 8, 14, 0, false},
     pane_timelines,
     note_scale,
     bar_classes},
};

const struct view view_compare = {"compare",
                                  "Compare",
                                  "two ways of running the same work",
                                  columns,
                                  sizeof columns / sizeof *columns,
                                  panes,
                                  sizeof panes / sizeof *panes};

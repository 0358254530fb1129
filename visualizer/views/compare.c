/* The Compare view: the same work under two techniques; every bar of both sides has one scale. */
#include <stdio.h>

#include "view.h"

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
    char name[48], tip[256], digits[32];
    for (size_t i = 0; i < side->costs; i++) {
        const struct snap_cost *c = &side->cost[i];
        int from = (int)(before * (uint64_t)line.w / most);
        int to = (int)((before + c->cycles) * (uint64_t)line.w / most);
        struct box b = {line.x + from, line.y + 1, to - from, line.h - 2};
        before += c->cycles;
        draw_swatch(p, b, (enum colour)c->colour, (enum hatch)c->hatch);
        (void)snprintf(name, sizeof name, "%s.%s.%s", p->name, side->label, c->name);
        (void)snprintf(tip, sizeof tip, "%s: %s cycles. %s %s", c->name,
                       pane_digits(digits, c->cycles), c->words, c->tip);
        scene_widget(p->scene, b, name, "", tip);
    }
}

static void pane_sides(struct pane *p, const struct view_input *in)
{
    uint64_t most = most_busy(in);
    char a[32], b[32], share[16], command[24];
    int row = 0;
    (void)pane_paragraph(p, 0, row, -1, 2, COLOUR_ink, PANE_PLAIN, in->snapshot->comparison);
    row += 2;
    for (unsigned i = 0; i < in->snapshot->sides && row < p->rows; i++) {
        const struct snap_side *s = &in->snapshot->side[i];
        bool front = s == in->side;
        (void)snprintf(command, sizeof command, "look side %u", i);
        pane_widget(p, 0, row, p->columns, s->label, command,
                    "A click, or o, chooses the side that keys and the other views are about.");
        (void)pane_text(p, 0, row++, -1, COLOUR_ink, PANE_BOLD, "%s %s  %s",
                        front ? "\xe2\x96\xb6" : " ", s->label, s->state);
        (void)pane_text(p, 2, row++, -1, COLOUR_ink, PANE_PLAIN,
                        "%s exits; %s cycles without idling, %s in exits", pane_digits(a, s->exits),
                        pane_digits(b, s->busy), share_of(share, s->exit_cycles, s->busy));
        draw_cost_bar(p, row++, s, most);
    }
}

static void pane_costs(struct pane *p, const struct view_input *in)
{
    const struct snap_side *left = side_of(in, 0), *right = side_of(in, 1);
    if (!right) {
        draw_empty(p, "One session only. Start with --compare trap,pv to see two.");
        return;
    }
    int wide = p->columns >= 52 ? 16 : 12;
    (void)pane_text(p, 18, 0, wide, COLOUR_dim, PANE_RIGHT, "%s, cycles", left->label);
    (void)pane_text(p, 19 + wide, 0, wide, COLOUR_dim, PANE_RIGHT, "%s, cycles", right->label);
    for (size_t i = 0; i < left->costs && i < right->costs && (int)i + 1 < p->rows; i++) {
        int row = (int)i + 1;
        const struct snap_cost *c = &left->cost[i];
        draw_swatch(p, pane_cells(p, 0, row, 1), (enum colour)c->colour, (enum hatch)c->hatch);
        (void)pane_text(p, 2, row, 15, COLOUR_ink, PANE_PLAIN, "%s", c->name);
        pane_number(p, 18, row, wide, COLOUR_ink, PANE_PLAIN, c->cycles);
        pane_number(p, 19 + wide, row, wide, COLOUR_ink, PANE_PLAIN, right->cost[i].cycles);
        pane_widget(p, 0, row, p->columns, c->name, "", c->tip);
    }
}

/* Sorted by how much they differ. */
static void pane_differences(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    const struct snap_side *right = side_of(in, 1);
    if (!right || !s->differences) {
        draw_empty(p, right ? "No exits so far on either side. Press c to run both."
                            : "One session only. Start with --compare trap,pv to see two.");
        return;
    }
    bool wide = p->columns >= 78;
    (void)pane_text(p, 3, 0, 20, COLOUR_dim, PANE_PLAIN, "VM-EXIT");
    for (unsigned i = 0; i < 2; i++) {
        int at = 23 + (int)i * (wide ? 27 : 13);
        (void)pane_text(p, at, 0, wide ? 25 : 12, COLOUR_dim, PANE_RIGHT, "%s %s", s->side[i].label,
                        wide ? "exits, cycles" : "cycles");
    }
    for (int row = 1; row < p->rows; row++) {
        size_t n = (size_t)row - 1 + (size_t)(p->first > 0 ? p->first : 0);
        if (n >= s->differences)
            break;
        const struct snap_difference *d = &s->difference[n];
        draw_letter(p, 1, row, d->class);
        (void)pane_text(p, 3, row, 19, COLOUR_ink, PANE_PLAIN, "%s", d->name);
        for (unsigned i = 0; i < 2; i++) {
            int at = 23 + (int)i * (wide ? 27 : 13);
            if (wide)
                pane_number(p, at, row, 10, COLOUR_ink, PANE_PLAIN, d->count[i]);
            pane_number(p, at + (wide ? 11 : 0), row, wide ? 14 : 12, COLOUR_ink, PANE_PLAIN,
                        d->cycles[i]);
        }
        pane_widget(p, 0, row, p->columns, d->name, "", d->words);
    }
}

static const struct column_spec columns[] = {{56, 1}, {56, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL},
    {{"sides", "Both, on one scale", 0, 80, 5, 8, 0, false}, pane_sides, note_scale},
    {{"costs", "Where the cycles went", 0, 60, 4, 13, 1, false}, pane_costs, note_scale},
    {{"differences", "What differs", 1, 70, 5, 16, 2, false}, pane_differences, note_scale},
    {{"log", "Answers", 1, 10, 2, 4, 1, false}, pane_log, NULL},
    {{"timelines", "Timelines", LAYOUT_BOTTOM, 75, 8, 14, 0, false}, pane_timelines, note_scale},
};

const struct view view_compare = {"compare",
                                  "Compare",
                                  "two ways of running the same work",
                                  columns,
                                  sizeof columns / sizeof *columns,
                                  panes,
                                  sizeof panes / sizeof *panes};

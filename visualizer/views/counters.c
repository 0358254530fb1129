/* Exits by reason: how many, what share of the exits' time, and at what price each. */
#include <stdio.h>
#include <string.h>

#include "view.h"

#define NAME_CELLS 18 /* of the longest reason */

static const char *const sparks[] = {" ",
                                     "\xe2\x96\x81",
                                     "\xe2\x96\x82",
                                     "\xe2\x96\x83",
                                     "\xe2\x96\x84",
                                     "\xe2\x96\x85",
                                     "\xe2\x96\x86",
                                     "\xe2\x96\x87",
                                     "\xe2\x96\x88"};

static void draw_sparks(struct pane *p, int column, int row, int cells,
                        const struct snap_counter *c)
{
    uint32_t most = 1;
    for (unsigned i = 0; i < SNAP_SPARKS; i++)
        most = c->spark[i] > most ? c->spark[i] : most;
    for (int i = 0; i < cells; i++) {
        uint32_t n = c->spark[(unsigned)i * SNAP_SPARKS / (unsigned)cells];
        (void)pane_text(p, column + i, row, 1, COLOUR_ink, PANE_PLAIN, "%s",
                        sparks[(n * 8ull + most - 1) / most]);
    }
}

enum column { COUNT, CYCLES, SHARE, EACH, RANGE, SPARK, COLUMNS };

/* Heads, and cells that each has at least; numbers that are wider widen it. */
static const struct {
    const char *head;
    int least;
} heads[COLUMNS] = {{"exits", 7}, {"cycles", 9},      {"share", 7},
                    {"each", 7},  {"min .. max", 14}, {"over time", (int)SNAP_SPARKS / 2 + 1}};

/* In which order they are left out when there is no room: the first ones are kept longest. */
static const enum column wishes[COLUMNS] = {COUNT, CYCLES, SHARE, EACH, RANGE, SPARK};

struct columns {
    int end[COLUMNS]; /* where each ends; 0: left out */
    int wide[COLUMNS];
};

static void range_of(const struct snap_counter *r, char out[80])
{
    char low[32], high[32];
    (void)snprintf(out, 80, "%s .. %s", pane_digits(low, r->min), pane_digits(high, r->max));
}

static void widen(int *wide, const char *text)
{
    int cells = (int)strlen(text) + 1;
    *wide = cells > *wide ? cells : *wide;
}

static struct columns columns_of(const struct snap_side *side, int cells)
{
    struct columns c = {{0}, {0}};
    char text[80];
    int room = cells - NAME_CELLS - 3;
    for (unsigned k = 0; k < COLUMNS; k++)
        c.wide[k] = heads[k].least;
    for (size_t i = 0; i < side->counters; i++) {
        const struct snap_counter *r = &side->counter[i];
        widen(&c.wide[COUNT], pane_digits(text, r->count));
        widen(&c.wide[CYCLES], pane_digits(text, r->cycles));
        widen(&c.wide[EACH], pane_digits(text, cycles_each(r->cycles, r->count)));
        range_of(r, text);
        widen(&c.wide[RANGE], text);
    }
    for (unsigned k = 0; k < COLUMNS && c.wide[wishes[k]] <= room; k++) {
        c.end[wishes[k]] = 1;
        room -= c.wide[wishes[k]];
    }
    for (unsigned k = 0, at = NAME_CELLS + 3; k < COLUMNS; k++)
        if (c.end[k])
            c.end[k] = (int)(at += (unsigned)c.wide[k]);
    return c;
}

static void draw_cell(struct pane *p, const struct columns *c, enum column k, int row,
                      enum colour colour, const char *text)
{
    if (c->end[k])
        (void)pane_text(p, c->end[k] - c->wide[k], row, c->wide[k], colour, PANE_RIGHT, "%s", text);
}

static void draw_head(struct pane *p, const struct columns *c)
{
    (void)pane_text(p, 3, 0, NAME_CELLS, COLOUR_dim, PANE_PLAIN, "reason");
    for (unsigned k = 0; k < COLUMNS; k++)
        draw_cell(p, c, (enum column)k, 0, COLOUR_dim, heads[k].head);
}

static void draw_row(struct pane *p, const struct columns *c, int row, const struct snap_counter *r,
                     uint64_t all, bool same)
{
    char text[80];
    if (same)
        pane_shade(p, 0, row, p->columns, COLOUR_select);
    (void)pane_text(p, 0, row, 1, r->breakpoint ? COLOUR_ink : COLOUR_dim, PANE_BOLD, "%s",
                    r->breakpoint ? "\xe2\x97\x8f" : "\xc2\xb7");
    draw_letter(p, 1, row, r->class);
    (void)pane_text(p, 3, row, NAME_CELLS, COLOUR_ink, PANE_PLAIN, "%s", r->name);
    draw_cell(p, c, COUNT, row, COLOUR_ink, pane_digits(text, r->count));
    draw_cell(p, c, CYCLES, row, COLOUR_ink, pane_digits(text, r->cycles));
    draw_cell(p, c, SHARE, row, COLOUR_ink, share_of(text, r->cycles, all));
    draw_cell(p, c, EACH, row, COLOUR_ink, pane_digits(text, cycles_each(r->cycles, r->count)));
    range_of(r, text);
    draw_cell(p, c, RANGE, row, COLOUR_dim, text);
    if (c->end[SPARK])
        draw_sparks(p, c->end[SPARK] - (int)SNAP_SPARKS / 2, row, SNAP_SPARKS / 2, r);
}

/* What to do when there is no row. */
static const char *nothing_yet(const struct view_input *in)
{
    return in->snapshot->question.open ? EMPTY_HIDDEN
           : in->side->rings.bare      ? in->side->exit_shown.empty
           : in->side->exit_shown.open
               ? "The first exit is counted when it is over. Press f to finish it."
               : "No VM exit so far. Press e to run to the first one.";
}

void pane_counters(struct pane *p, const struct view_input *in)
{
    const struct snap_side *side = in->side;
    const struct columns c = columns_of(side, p->columns);
    char command[64], stop[40];
    if (!side->counters) {
        draw_empty(p, nothing_yet(in));
        return;
    }
    draw_head(p, &c);
    size_t first = pane_first(p, 1, side->counters);
    for (int row = 1; row < p->rows; row++) {
        size_t i = (size_t)row - 1 + first;
        if (i >= side->counters)
            break;
        const struct snap_counter *r = &side->counter[i];
        const char *looked = state_focus_const(in->state)->reason;
        looked = *looked || !side->exit_shown.there ? looked : side->exit_shown.reason;
        draw_row(p, &c, row, r, side->exit_cycles, strcmp(looked, r->name) == 0);
        (void)snprintf(command, sizeof command, "look reason %s", r->name);
        pane_widget(p, 3, row, p->columns - 3, r->name, command, r->tip);
        (void)snprintf(command, sizeof command, "point reason %s", r->name);
        (void)snprintf(stop, sizeof stop, "stop.%s", r->name);
        pane_widget(p, 0, row, 3, stop, command,
                    "Click: stop at exits of this reason, or no more.");
    }
}

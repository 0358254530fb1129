/* Exits by reason: how many, what share of the exits' time, and at what price each. */
#include <stdio.h>
#include <string.h>

#include "view.h"

#define NAME_CELLS 20

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

struct columns {
    int count, share, average, range, spark; /* where each ends or begins; 0: left out */
};

/* Columns are dropped from the right when there is no room. */
static struct columns columns_of(int cells)
{
    struct columns c = {0};
    int at = NAME_CELLS + 3;
    if (at + 10 <= cells)
        c.count = at += 10;
    if (at + 7 <= cells)
        c.share = at += 7;
    if (at + 9 <= cells)
        c.average = at += 9;
    if (at + 20 <= cells)
        c.range = at += 20;
    if (at + 2 + (int)SNAP_SPARKS / 2 <= cells)
        c.spark = at + 2;
    return c;
}

static void draw_head(struct pane *p, const struct columns *c)
{
    (void)pane_text(p, 3, 0, NAME_CELLS, COLOUR_dim, PANE_PLAIN, "VM-EXIT");
    if (c->count)
        (void)pane_text(p, c->count - 10, 0, 10, COLOUR_dim, PANE_RIGHT, "exits");
    if (c->share)
        (void)pane_text(p, c->share - 7, 0, 7, COLOUR_dim, PANE_RIGHT, "time");
    if (c->average)
        (void)pane_text(p, c->average - 9, 0, 9, COLOUR_dim, PANE_RIGHT, "avg cyc");
    if (c->range)
        (void)pane_text(p, c->range - 20, 0, 20, COLOUR_dim, PANE_RIGHT, "min .. max cyc");
    if (c->spark)
        (void)pane_text(p, c->spark, 0, -1, COLOUR_dim, PANE_PLAIN, "over time");
}

static void draw_row(struct pane *p, const struct columns *c, int row, const struct snap_counter *r,
                     uint64_t all, bool same)
{
    char low[32], high[32], share[16];
    if (same)
        pane_shade(p, 0, row, p->columns, COLOUR_select);
    (void)pane_text(p, 0, row, 1, r->breakpoint ? COLOUR_ink : COLOUR_dim, PANE_BOLD, "%s",
                    r->breakpoint ? "\xe2\x97\x8f" : "\xc2\xb7");
    draw_letter(p, 1, row, r->class);
    (void)pane_text(p, 3, row, NAME_CELLS, COLOUR_ink, PANE_PLAIN, "%s", r->name);
    if (c->count)
        pane_number(p, c->count - 10, row, 10, COLOUR_ink, PANE_PLAIN, r->count);
    if (c->share)
        (void)pane_text(p, c->share - 7, row, 7, COLOUR_ink, PANE_RIGHT, "%s",
                        share_of(share, r->cycles, all));
    if (c->average)
        pane_number(p, c->average - 9, row, 9, COLOUR_ink, PANE_PLAIN,
                    r->count ? r->cycles / r->count : 0);
    if (c->range)
        (void)pane_text(p, c->range - 20, row, 20, COLOUR_dim, PANE_RIGHT, "%s .. %s",
                        pane_digits(low, r->min), pane_digits(high, r->max));
    if (c->spark)
        draw_sparks(p, c->spark, row, SNAP_SPARKS / 2, r);
}

void pane_counters(struct pane *p, const struct view_input *in)
{
    const struct snap_side *side = in->side;
    const struct columns c = columns_of(p->columns);
    char command[64], tip[256];
    if (!side->counters) {
        draw_empty(p, in->snapshot->question.open ? "Hidden until you have answered."
                      : in->side->rings.bare
                          ? in->side->exit_shown.empty
                          : "No VM exit so far. Press e to run to the first one.");
        return;
    }
    draw_head(p, &c);
    for (int row = 1; row < p->rows; row++) {
        size_t i = (size_t)row - 1 + (size_t)(p->first > 0 ? p->first : 0);
        if (i >= side->counters)
            break;
        const struct snap_counter *r = &side->counter[i];
        const char *looked = state_focus_const(in->state)->reason;
        looked = *looked || !side->exit_shown.there ? looked : side->exit_shown.reason;
        draw_row(p, &c, row, r, side->exit_cycles, strcmp(looked, r->name) == 0);
        (void)snprintf(command, sizeof command, "look reason %s", r->name);
        (void)snprintf(tip, sizeof tip, "%s: %s. %s", r->name, r->words, r->tip);
        pane_widget(p, 3, row, p->columns - 3, r->name, command, tip);
        (void)snprintf(command, sizeof command, "point reason %s", r->name);
        (void)snprintf(tip, sizeof tip, "stop.%s", r->name);
        pane_widget(p, 0, row, 3, tip, command, "Click: stop at exits of this reason, or no more.");
    }
}

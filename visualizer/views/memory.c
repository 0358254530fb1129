/* The Memory view: the guest's tables beside those that the hardware walks, and all frames. */
#include <stdio.h>
#include <string.h>

#include "view.h"

static void draw_level(struct pane *p, int column, int cells, const struct snap_level *l)
{
    int here = 0;
    (void)pane_text(p, column, 0, cells, COLOUR_ink, PANE_BOLD, "%s", l->title);
    for (size_t i = 0; i < l->entries; i++)
        if (l->entry[i].here)
            here = (int)i;
    int first = here - p->rows / 3 + p->first;
    first = first < 0 ? 0 : first;
    for (int row = 1; row < p->rows && (size_t)(first + row - 1) < l->entries; row++) {
        const struct snap_entry *e = &l->entry[first + row - 1];
        char name[32];
        if (e->here || e->differs)
            pane_shade(p, column, row, cells - 1, e->here ? COLOUR_select : COLOUR_changed);
        (void)pane_text(p, column, row, cells - 1, COLOUR_ink, e->here ? PANE_BOLD : PANE_PLAIN,
                        "%4u %08x %s", (unsigned)e->index, (unsigned)e->value, e->flags);
        (void)snprintf(name, sizeof name, "%d.%u", column, (unsigned)e->index);
        pane_widget(p, column, row, cells - 1, name, "", e->words);
    }
}

static void draw_tables(struct pane *p, const struct view_input *in,
                        const struct snap_level level[SNAP_LEVELS])
{
    int there = 0;
    if (*in->snapshot->memory.empty) {
        draw_empty(p, in->snapshot->memory.empty);
        return;
    }
    for (unsigned i = 0; i < SNAP_LEVELS; i++)
        there += level[i].there;
    for (int i = 0; i < there; i++)
        draw_level(p, p->columns * i / there, p->columns / there, &level[i]);
}

static void pane_guest_tables(struct pane *p, const struct view_input *in)
{
    draw_tables(p, in, in->snapshot->memory.guest);
}

static void pane_real_tables(struct pane *p, const struct view_input *in)
{
    draw_tables(p, in, in->snapshot->memory.real);
}

static void pane_walk(struct pane *p, const struct view_input *in)
{
    const struct snap_memory *m = &in->snapshot->memory;
    int row = 0;
    if (!m->steps)
        draw_empty(
            p, "Type `:look address ADDR`, or click an instruction, to walk the tables for it.");
    for (size_t i = p->first > 0 ? (size_t)p->first : 0; i < m->steps && row < p->rows; i++)
        row += pane_paragraph(p, 0, row, -1, 3, COLOUR_ink, PANE_PLAIN, m->step[i]);
}

/* Returns the rows it took. */
static int draw_legend(struct pane *p, const struct snap_memory *m)
{
    int at = 0, row = 0;
    for (size_t i = 0; i < m->kinds; i++) {
        const struct snap_frame_kind *k = &m->kind[i];
        char digits[32];
        if (!k->frames)
            continue;
        int cells = (int)strlen(k->name) + (int)strlen(pane_digits(digits, k->frames)) + 3;
        if (at && at + cells > p->columns) {
            at = 0;
            row++;
        }
        struct box b = pane_cells(p, at, row, 2);
        b.w = b.w * 3 / 4;
        draw_swatch(p, b, (enum colour)k->colour, (enum hatch)k->hatch);
        b.w = p->face->width;
        draw_named(p, b, (enum colour)k->colour, k->letter);
        int used = pane_text(p, at + 2, row, -1, COLOUR_ink, PANE_PLAIN, "%s %s", k->name,
                             pane_digits(digits, k->frames));
        pane_widget(p, at, row, used + 2, k->name, "", k->words);
        at += used + 4;
    }
    return row + 1;
}

static void pane_frames(struct pane *p, const struct view_input *in)
{
    const struct snap_memory *m = &in->snapshot->memory;
    char name[24];
    if (!m->cells) {
        draw_empty(p, "No map of frames: this mode has no hypervisor that owns them.");
        return;
    }
    int legend = draw_legend(p, m);
    for (size_t i = 0; i < m->cells; i++) {
        int row = legend + (int)i / p->columns, column = (int)i % p->columns;
        if (row >= p->rows)
            break;
        const struct snap_frame_kind *k = &m->kind[m->cell[i]];
        draw_swatch(p, box_inset(pane_cells(p, column, row, 1), 1), (enum colour)k->colour,
                    (enum hatch)k->hatch);
        (void)snprintf(name, sizeof name, "cell%u", (unsigned)i);
        pane_widget(p, column, row, 1, name, "", m->cell_tip ? m->cell_tip[i] : k->words);
    }
}

static const char *note_real(const struct view_input *in)
{
    return in->snapshot->memory.real_name;
}

static const struct column_spec columns[] = {{50, 1}, {50, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL},
    {{"guest", "Tables the guest made", 0, 80, 6, 20, 2, false}, pane_guest_tables, NULL},
    {{"walk", "The walk", 0, 60, 3, 10, 1, false}, pane_walk, NULL},
    {{"real", "Tables the hardware walks", 1, 75, 6, 20, 2, false}, pane_real_tables, note_real},
    {{"frames", "Machine frames", 1, 50, 4, 12, 1, false}, pane_frames, NULL},
};

const struct view view_memory = {"memory",
                                 "Memory",
                                 "page tables and frames",
                                 columns,
                                 sizeof columns / sizeof *columns,
                                 panes,
                                 sizeof panes / sizeof *panes};

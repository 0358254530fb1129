/* The Memory view: the guest's tables beside those that the hardware walks, and all frames. */
#include <stdio.h>
#include <string.h>

#include "view.h"

/* A click on it walks the tables for the first address that it is about. */
static void draw_entry(struct pane *p, int column, int row, int cells, const struct snap_entry *e,
                       uint32_t address)
{
    char name[32], command[40];
    int tag = e->differs ? (int)strlen(e->tag) + 2 : 0;
    if (e->here || e->differs)
        pane_shade(p, column, row, cells, e->here ? COLOUR_select : COLOUR_changed);
    int used = pane_text(p, column, row, cells, COLOUR_ink, e->here ? PANE_BOLD : PANE_PLAIN,
                         "%4u %08x %s", (unsigned)e->index, (unsigned)e->value, e->flags);
    if (tag > 2 && used + tag <= cells && e->here) {
        pane_shade(p, column + cells - tag, row, tag, COLOUR_vermillion);
        (void)pane_text(p, column + cells - tag + 1, row, tag - 1, theme_ink(COLOUR_vermillion),
                        PANE_BOLD, "%s", e->tag);
    } else if (tag > 2 && used + tag <= cells)
        (void)pane_text(p, column + cells - tag + 1, row, tag - 1, COLOUR_ink, PANE_PLAIN, "%s",
                        e->tag);
    (void)snprintf(name, sizeof name, "%d.%u", column, (unsigned)e->index);
    (void)snprintf(command, sizeof command, "look address 0x%x", (unsigned)address);
    pane_widget(p, column, row, cells, name, command,
                *e->words ? e->words : "Click: walk the tables for this entry.");
}

/* The entry that stands first unless one scrolls: what is here stays in the upper third. */
static int first_of(const struct pane *p, const struct snap_level *l)
{
    int here = 0, rows = p->rows - 2, last = (int)l->entries - rows;
    for (size_t i = 0; i < l->entries; i++)
        if (l->entry[i].here)
            here = (int)i;
    here -= rows / 3;
    here = here > last ? last : here;
    return here < 0 ? 0 : here;
}

/* `base` and `shift`: the address of its entry N is base + (N << shift). */
static void draw_level(struct pane *p, int column, int cells, const struct snap_level *l,
                       uint32_t base, unsigned shift)
{
    (void)pane_text(p, column, 0, cells - 1, COLOUR_ink, PANE_BOLD, "%s", l->title);
    (void)pane_text(p, column, 1, cells - 1, COLOUR_dim, PANE_PLAIN, " nr value    flags");
    int rows = p->rows - 2, last = (int)l->entries - rows;
    int first = first_of(p, l) + p->first;
    first = first > last ? last : first;
    first = first < 0 ? 0 : first;
    for (int row = 0; row < rows && first + row < (int)l->entries; row++)
        draw_entry(p, column, row + 2, cells - 1, &l->entry[first + row],
                   base + (l->entry[first + row].index << shift));
}

static void draw_tables(struct pane *p, const struct view_input *in,
                        const struct snap_level level[SNAP_LEVELS])
{
    int there = 0;
    int least = 0, most = 0;
    for (unsigned i = 0; i < SNAP_LEVELS; i++) {
        int first = first_of(p, &level[i]), more = (int)level[i].entries - (p->rows - 2) - first;
        there += level[i].there;
        least = -first < least ? -first : least;
        most = more > most ? more : most;
    }
    pane_scrolls(p, least, most);
    if (!there)
        draw_empty(p, in->snapshot->memory.empty);
    for (int i = 0; i < there; i++)
        draw_level(p, p->columns * i / there, p->columns / there, &level[i],
                   i ? in->snapshot->memory.address & 0xffc00000u : 0, i ? 12 : 22);
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
    pane_scrolls(p, 0, (int)m->steps - 1);
    for (size_t i = (size_t)p->first; i < m->steps && row < p->rows; i++) {
        row += pane_paragraph(p, 0, row, -1, 3, COLOUR_ink, PANE_PLAIN, m->step[i]);
        if (i == 0 && *m->verdict)
            row += pane_paragraph(p, 0, row, -1, 4, COLOUR_ink, PANE_BOLD, m->verdict);
    }
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

/* Pixels of a square's side, so that all fit; 0: not even with one pixel each. */
static int side_of_square(struct box area, size_t squares)
{
    for (int side = 8; side > 0; side--)
        if ((size_t)(area.w / side) * (size_t)(area.h / side) >= squares)
            return side;
    return 0;
}

/* Neighbours of one kind are one fill. From three pixels on a line is left between squares. */
static void draw_map(struct pane *p, struct box area, int side, const struct snap_memory *m)
{
    size_t wide = (size_t)(area.w / side), from = 0;
    int gap = side > 2 ? 1 : 0;
    for (size_t i = 1; i <= m->cells; i++) {
        if (i < m->cells && i % wide && m->cell[i] == m->cell[from] && !gap)
            continue;
        struct box b = {area.x + (int)(from % wide) * side, area.y + (int)(from / wide) * side,
                        (int)(i - from) * side - gap, side - gap};
        scene_fill(p->scene, b, (enum colour)m->kind[m->cell[from]].colour);
        from = i;
    }
}

/* The frame below the mouse: whose it is, and as what. */
static void tell_frame(char *tip, size_t size, const struct view_input *in, struct box area,
                       int side)
{
    const struct snap_memory *m = &in->snapshot->memory;
    int x = in->state->mouse_x - area.x, y = in->state->mouse_y - area.y, wide = area.w / side;
    size_t cell =
        x < 0 || y < 0 ? m->cells : (size_t)(y / side) * (size_t)wide + (size_t)(x / side);
    if (!m->frame || x / side >= wide || cell >= m->cells) {
        (void)snprintf(tip, size,
                       "Frames of machine memory, from address 0 on, by who owns them "
                       "and what for.");
        return;
    }
    const struct snap_frame *f = &m->frame[cell];
    char owner[48];
    (void)snprintf(owner, sizeof owner, "VM %d's frame 0x%x", f->owner, (unsigned)f->gfn);
    (void)snprintf(tip, size, "Machine frame 0x%x: %s, %s.", (unsigned)(cell * m->per_cell),
                   f->owner == SNAP_FREE         ? "nobody's"
                   : f->owner == SNAP_FOREIGN    ? "not this hypervisor's"
                   : f->owner == SNAP_HYPERVISOR ? "the hypervisor's"
                                                 : owner,
                   f->type);
}

static void pane_frames(struct pane *p, const struct view_input *in)
{
    const struct snap_memory *m = &in->snapshot->memory;
    char tip[240];
    if (!m->cells) {
        draw_empty(p, "No map of frames: this mode has no hypervisor that owns them.");
        return;
    }
    int legend = draw_legend(p, m);
    struct box area = pane_cells(p, 0, legend + 1, p->columns);
    area.h = (p->rows - legend - 1) * p->face->height;
    int side = area.h > 0 ? side_of_square(area, m->cells) : 0;
    if (!side) {
        (void)pane_text(p, 0, legend, -1, COLOUR_dim, PANE_PLAIN,
                        "z: a map of them, in this pane.");
        return;
    }
    (void)pane_text(p, 0, legend, -1, COLOUR_dim, PANE_PLAIN,
                    "All of the machine's memory; a square is %u KB.", 4 * (unsigned)m->per_cell);
    draw_map(p, area, side, m);
    tell_frame(tip, sizeof tip, in, area, side);
    scene_widget(p->scene, area, "frames.map", "", tip);
}

static const char *note_flags(const struct view_input *in)
{
    (void)in;
    return "Present Write User Accessed Dirty";
}

static const char *note_real(const struct view_input *in)
{
    return in->snapshot->memory.real_name;
}

static const struct column_spec columns[] = {{50, 1}, {50, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL, NULL},
    {{"guest", "Guest's tables", 0, 80, 6, 20, 2, false}, pane_guest_tables, note_flags, NULL},
    {{"walk", "The walk", 0, 60, 3, 10, 1, false}, pane_walk, NULL, NULL},
    {{"real", "Hardware's tables", 1, 75, 6, 20, 2, false}, pane_real_tables, note_real, NULL},
    {{"frames", "Machine frames", 1, 50, 4, 12, 1, false}, pane_frames, NULL, NULL},
};

const struct view view_memory = {"memory",
                                 "Memory",
                                 "page tables and frames",
                                 columns,
                                 sizeof columns / sizeof *columns,
                                 panes,
                                 sizeof panes / sizeof *panes};

/* Disassembly: where the guest is, and which instructions would trap, or go silent, in its ring. */
#include <stdio.h>
#include <string.h>

#include "view.h"

#define MARK_CELLS 8 /* "SILENT", and air */

/* Does a row with the label or another file stand above an instruction? */
static bool has_head(const struct snap_side *side, size_t i, size_t first)
{
    const struct snap_line *l = &side->code[i];
    return *l->label || (*l->file && (i == first || strcmp(l->file, l[-1].file) != 0));
}

/* The row that is here stays in the upper third; scrolling moves from there. */
static size_t first_line(struct pane *p, const struct snap_side *side)
{
    long here = 0, above = 0, rows = 1;
    for (size_t i = 0; i < side->codes; i++)
        if (side->code[i].here)
            here = (long)i;
    for (; above < here; above++) {
        size_t i = (size_t)(here - above);
        rows += 1 + has_head(side, i, 0) + (*side->code[i].source != 0);
        if (rows > p->rows / 2)
            break;
    }
    long first = here - above;
    long most = (long)side->codes - p->rows;
    first = first > most ? most : first;
    first = first < 0 ? 0 : first;
    /* Labels and lines of source take rows too: the last instruction must come into sight. */
    pane_scrolls(p, (int)-first, (int)((long)side->codes - 1 - first));
    return (size_t)(first + p->first);
}

static void draw_mark(struct pane *p, int row, const struct snap_line *l)
{
    if (l->breakpoint)
        (void)pane_text(p, 0, row, 1, COLOUR_ink, PANE_BOLD, "\xe2\x97\x8f");
    if (l->here)
        (void)pane_text(p, 1, row, 1, COLOUR_ink, PANE_BOLD, "\xe2\x96\xb6");
}

static void draw_instruction(struct pane *p, int row, const struct snap_line *l, bool chosen)
{
    bool wide = p->columns >= 64;
    int at = wide ? 28 : 12, rest = p->columns - at;
    const char *note = l->mark == MARK_TRAPS ? "traps" : l->mark == MARK_SILENT ? "SILENT" : "";
    int noted = *note ? MARK_CELLS + 1 : 0;
    if (l->here || chosen)
        pane_shade(p, 0, row, p->columns, l->here ? COLOUR_select : COLOUR_changed);
    draw_mark(p, row, l);
    if (chosen && !l->here)
        (void)pane_text(p, 1, row, 1, COLOUR_ink, PANE_PLAIN, "\xe2\x96\xb7");
    (void)pane_text(p, 2, row, 9, COLOUR_dim, PANE_PLAIN, "%08x", (unsigned)l->address);
    if (wide)
        (void)pane_text(p, 11, row, 16, COLOUR_dim, PANE_PLAIN, "%s", l->bytes);
    (void)pane_text(p, at, row, rest - noted, COLOUR_ink, l->here ? PANE_BOLD : PANE_PLAIN, "%s",
                    l->text);
    if (noted) {
        enum colour fill = l->mark == MARK_TRAPS ? COLOUR_orange : COLOUR_vermillion;
        pane_shade(p, p->columns - MARK_CELLS, row, MARK_CELLS, fill);
        (void)pane_text(p, p->columns - MARK_CELLS + 1, row, MARK_CELLS - 1, theme_ink(fill),
                        PANE_BOLD, "%s", note);
    }
}

/* A row with the label, and the file at its right end; where there is no room, the label. */
static void draw_head(struct pane *p, int row, const struct snap_line *l)
{
    int used = 0, cells = (int)strlen(l->file);
    if (*l->label)
        used = pane_text(p, 0, row, -1, COLOUR_ink, PANE_BOLD, "%s:", l->label) + 2;
    if (cells && (!used || used + cells <= p->columns))
        (void)pane_text(p, used, row, -1, COLOUR_dim, PANE_RIGHT, "%s", l->file);
}

void pane_code(struct pane *p, const struct view_input *in)
{
    const struct snap_side *side = in->side;
    char name[16], command[40];
    if (!side->codes) {
        draw_empty(p, "No code to show here: the guest has ended, or its memory cannot be read.");
        return;
    }
    int row = 0;
    size_t first = first_line(p, side);
    const struct focus *focus = state_focus_const(in->state);
    for (size_t i = first; i < side->codes && row < p->rows; i++) {
        const struct snap_line *l = &side->code[i];
        if (has_head(side, i, first) && row + 1 < p->rows)
            draw_head(p, row++, l);
        if (*l->source && row + 1 < p->rows)
            (void)pane_text(p, 0, row++, -1, COLOUR_dim, PANE_PLAIN, "%s", l->source);
        draw_instruction(p, row, l, focus->has_eip && focus->eip == l->address);
        (void)snprintf(name, sizeof name, "%08x", (unsigned)l->address);
        (void)snprintf(command, sizeof command, "look code 0x%x", (unsigned)l->address);
        pane_widget(p, 0, row, p->columns, name, command,
                    *l->why ? l->why : "An instruction. F9: stop before it.");
        row++;
    }
}

/* The guest's console, what verbs answered, and the story bar. */
#include "view.h"

void pane_console(struct pane *p, const struct view_input *in)
{
    const struct snap_side *side = in->side;
    if (!side->console_lines)
        draw_empty(p, "The guest has printed nothing yet.");
    draw_lines(p, side->console, side->console_lines, true);
}

void pane_log(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    if (!s->log_lines)
        draw_empty(p, "Lines typed behind : are answered here; :help lists the verbs.");
    draw_lines(p, s->log, s->log_lines, true);
}

/* What else can be pressed, from the right end to the left, as long as there is room. */
static void draw_hints(struct pane *p, int row, int from, const struct snapshot *s)
{
    int end = p->columns;
    for (unsigned i = 0; i < s->hints; i++) {
        int cells = keyed_cells(s->hint[i]);
        end -= cells;
        if (end < from + 3)
            break;
        (void)draw_keyed(p, end, row, COLOUR_dim, s->hint[i]);
        end -= 2;
    }
}

void pane_story_bar(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    int row = pane_paragraph(p, 0, 0, -1, p->rows - 1, COLOUR_ink, PANE_BOLD, s->story);
    int used = pane_text(p, 0, row, -1, COLOUR_ink, PANE_PLAIN, "%s", s->message);
    used += used ? 2 : 0;
    if (used == 0 || used + keyed_cells(s->key) <= p->columns)
        used += draw_keyed(p, used, row, COLOUR_ink, s->key);
    draw_hints(p, row, used, s);
}

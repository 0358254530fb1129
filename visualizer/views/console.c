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
        draw_empty(p,
                   "Press : and type a verb of the debugger; its answer comes here. `help` lists "
                   "them.");
    draw_lines(p, s->log, s->log_lines, true);
}

void pane_story_bar(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    scene_fill(p->scene, p->box, COLOUR_story);
    int row = pane_paragraph(p, 1, 0, p->columns - 2, p->rows - 1, COLOUR_ink, PANE_BOLD, s->story);
    (void)pane_text(p, 1, row, p->columns - 2, COLOUR_ink, PANE_PLAIN, "%s",
                    *s->message ? s->message : s->key);
}

/* Where things are in the window: its text size, its panes, the part of time that is shown. */
#include <string.h>

#include "internal.h"

/* In a narrower window what is said of many exits takes two rows: of the others it has them too, so
 * that no pane moves from one exit to the next. */
#define STORY_CELLS 100

/* The presenter's text is 24 pixels where the window has room for its two columns. */
unsigned panel_face(const struct panel_state *s)
{
    bool large = s->width >= 1200 && s->height >= 700;
    unsigned least = !s->presenter ? 0u : large ? 3u : s->width >= 1000 ? 2u : 1u;
    return s->face > least ? s->face : least;
}

void panel_place(struct panel *p, const struct snapshot *snapshot)
{
    const struct panel_state *s = &p->state;
    const struct view *v = view_of(s);
    struct pane_spec spec[LAYOUT_PANES];
    const struct font_face *face = &font_faces[panel_face(s)];
    int columns = (s->width - 2 * PANE_AIR(face)) / face->width;
    int story = pane_rows(snapshot->story, columns);
    story = story < 2 && columns < STORY_CELLS ? 2 : story;
    for (unsigned i = 0; i < v->panes; i++) {
        spec[i] = v->pane[i].spec;
        if (spec[i].bare)
            spec[i].least = spec[i].want += story - 1;
    }
    int zoomed = s->zoomed[state_slot(s)] < (int)v->panes ? s->zoomed[state_slot(s)] : -1;
    struct box area = {0, face->height + 4, s->width, s->height - face->height - 4};
    layout_panes(spec, v->panes, v->column, v->columns, area, face, s->presenter ? -1 : zoomed,
                 s->front[state_slot(s)], p->place);
}

int pane_under(const struct panel *p, int x, int y)
{
    const struct view *v = view_of(&p->state);
    for (unsigned i = 0; i < v->panes && !box_holds(p->over, x, y); i++)
        if (box_holds(p->place[i].box, x, y))
            return (int)i;
    return -1;
}

const struct widget *time_under(const struct panel *p, int x, int y)
{
    for (size_t i = 0; i < p->scene.widgets && !box_holds(p->over, x, y); i++) {
        const struct widget *w = &p->scene.widget[i];
        if (box_holds(w->box, x, y) && strcmp(scene_string(&p->scene, w->command), "time") == 0)
            return w;
    }
    return NULL;
}

void scroll_pane(struct panel *p, int pane, int line)
{
    int least = p->reach[pane].least, most = p->reach[pane].most;
    p->state.scroll[state_slot(&p->state)][pane] = line < least ? least : line > most ? most : line;
}

void time_show(struct panel *p, const struct snapshot *snapshot, uint64_t from, uint64_t cycles)
{
    uint64_t end = snapshot_end(snapshot);
    p->state.from = from < end ? from : end - 1;
    p->state.to = p->state.from + cycles;
}

void time_window(const struct panel *p, const struct snapshot *snapshot, uint64_t *from,
                 uint64_t *to)
{
    uint64_t end = snapshot_end(snapshot);
    *from = p->state.from;
    *to = p->state.to;
    if (*to > *from)
        return;
    *from = 0;
    *to = end + end / 50 + 1;
}

/* The panel's own state: how it opens, and the history of what was looked at. */
#include "state.h"

#include <string.h>

/* Text as large as leaves room for three columns of panes, from the largest on. */
static const struct {
    int width, height;
    unsigned face;
} roomy[] = {{3000, 1700, 4}, {2400, 1300, 3}, {1800, 1000, 2}, {1200, 700, 1}, {0, 0, 0}};

void state_init(struct panel_state *s, int width, int height)
{
    memset(s, 0, sizeof *s);
    s->width = width;
    s->height = height;
    s->theme = THEME_DARK;
    unsigned i = 0;
    while (width < roomy[i].width || height < roomy[i].height)
        i++;
    s->face = roomy[i].face;
    for (unsigned v = 0; v <= VIEWS; v++) {
        s->front[v] = 1; /* the first below the story */
        s->zoomed[v] = -1;
    }
    s->focuses = 1;
    s->mouse_x = s->mouse_y = -1;
}

unsigned state_slot(const struct panel_state *s)
{
    return s->presenter ? VIEWS : s->view;
}

struct focus *state_focus(struct panel_state *s)
{
    return &s->focus[s->focus_at];
}

const struct focus *state_focus_const(const struct panel_state *s)
{
    return &s->focus[s->focus_at];
}

static bool same(const struct focus *a, const struct focus *b)
{
    return a->side == b->side && a->exit == b->exit && a->address == b->address &&
           a->has_address == b->has_address && a->eip == b->eip && a->has_eip == b->has_eip &&
           strcmp(a->reason, b->reason) == 0;
}

void state_look_anew(struct panel_state *s, struct focus f)
{
    if (s->focus_at + 1 == FOCUS_KEPT) {
        memmove(s->focus, s->focus + 1, (FOCUS_KEPT - 1) * sizeof *s->focus);
        s->focus_at--;
    }
    s->focus[++s->focus_at] = f;
    s->focuses = s->focus_at + 1;
}

void state_look(struct panel_state *s, struct focus f)
{
    if (!same(state_focus(s), &f))
        state_look_anew(s, f);
}

void state_look_present(struct panel_state *s)
{
    struct focus f = *state_focus(s);
    f.exit = 0;
    f.address = f.eip = 0;
    f.has_address = f.has_eip = false;
    state_look(s, f);
}

bool state_look_again(struct panel_state *s, int by)
{
    if ((by < 0 && s->focus_at == 0) || (by > 0 && s->focus_at + 1 >= s->focuses))
        return false;
    s->focus_at = by < 0 ? s->focus_at - 1 : s->focus_at + 1;
    return true;
}

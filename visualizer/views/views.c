/* All views, in the order of their table. */
#include "view.h"

#define VIEW(name, title, words) extern const struct view view_##name;
#include "views.def"
#undef VIEW

const struct view *const views[VIEWS] = {
#define VIEW(name, title, words) &view_##name,
#include "views.def"
#undef VIEW
};

const struct view *view_of(const struct panel_state *s)
{
    return s->presenter ? &view_presenter : views[s->view];
}

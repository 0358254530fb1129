/*
 * Layout: for every size of window and text, and every view, panes are inside the window, do not
 * meet, and are the same every time. The sweep that draws what is in them is sweep.c.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/layout.h"
#include "views/view.h"

static const int widths[] = {320, 400, 500, 640, 800, 1024, 1280, 1366, 1600, 1920, 2560, 3840};
static const int heights[] = {200, 240, 300, 400, 480, 600, 768, 900, 1080, 1440, 2160};

struct laid {
    const struct view *view;
    struct box area;
    int zoomed, front;
    struct pane_place place[LAYOUT_PANES];
};

static const struct view *view_number(unsigned n)
{
    return n < VIEWS ? views[n] : &view_presenter;
}

static void lay(struct laid *l, const struct font_face *face)
{
    struct pane_spec spec[LAYOUT_PANES];
    cr_assert_leq(l->view->panes, LAYOUT_PANES);
    cr_assert_leq(l->view->columns, LAYOUT_COLUMNS);
    for (unsigned i = 0; i < l->view->panes; i++)
        spec[i] = l->view->pane[i].spec;
    layout_panes(spec, l->view->panes, l->view->column, l->view->columns, l->area, face, l->zoomed,
                 l->front, l->place);
}

static bool within(struct box inner, struct box outer)
{
    return box_empty(inner) ||
           (inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
            inner.y + inner.h <= outer.y + outer.h);
}

static void check(const struct laid *l)
{
    for (unsigned i = 0; i < l->view->panes; i++) {
        const struct pane_place *a = &l->place[i];
        const char *name = l->view->pane[i].spec.name;
        cr_assert(within(a->box, l->area), "%s of %s leaves %dx%d", name, l->view->name, l->area.w,
                  l->area.h);
        cr_assert(within(a->content, a->box), "%s of %s, its content", name, l->view->name);
        for (unsigned k = 0; k < i; k++)
            cr_assert(box_empty(box_cut(a->box, l->place[k].box)), "%s and %s of %s meet", name,
                      l->view->pane[k].spec.name, l->view->name);
    }
}

static void check_all(const struct font_face *face, int width, int height)
{
    for (unsigned v = 0; v <= VIEWS; v++) {
        const struct view *view = view_number(v);
        for (int zoomed = -1; zoomed < (int)view->panes; zoomed++) {
            struct laid a = {view, {0, 20, width, height - 20}, zoomed, zoomed, {{{0}, {0}}}};
            struct laid b = a;
            memset(b.place, 0xa5, sizeof b.place);
            lay(&a, face);
            lay(&b, face);
            check(&a);
            cr_assert_eq(memcmp(a.place, b.place, view->panes * sizeof *a.place), 0,
                         "the same twice");
        }
    }
}

Test(layout, panes_neither_meet_nor_leave_the_window)
{
    for (unsigned f = 0; f < FONT_FACES; f++)
        for (unsigned w = 0; w < sizeof widths / sizeof *widths; w++)
            for (unsigned h = 0; h < sizeof heights / sizeof *heights; h++)
                check_all(&font_faces[f], widths[w], heights[h]);
}

Test(layout, a_tiny_area_is_no_fault)
{
    for (int w = 0; w < 40; w += 3)
        for (int h = 21; h < 60; h += 3)
            check_all(&font_faces[4], w, h);
}

/* At the size for which a view was made nothing is missing. */
Test(layout, every_pane_is_open_on_a_laptop)
{
    for (unsigned v = 0; v <= VIEWS; v++) {
        const struct view *view = view_number(v);
        struct laid l = {view, {0, 20, 1600, 980}, -1, -1, {{{0}, {0}}}};
        lay(&l, &font_faces[1]);
        for (unsigned i = 0; i < view->panes; i++)
            cr_assert_not(box_empty(l.place[i].content), "%s of %s", view->pane[i].spec.name,
                          view->name);
    }
}

Test(layout, the_pane_in_front_is_open_if_any_is)
{
    for (unsigned v = 0; v < VIEWS; v++)
        for (unsigned i = 0; i < views[v]->panes; i++) {
            struct laid l = {views[v], {0, 20, 800, 480}, -1, (int)i, {{{0}, {0}}}};
            lay(&l, &font_faces[0]);
            cr_assert_not(box_empty(l.place[i].content), "%s of %s", views[v]->pane[i].spec.name,
                          views[v]->name);
        }
}

Test(layout, names_of_panes_are_unique_in_a_view)
{
    for (unsigned v = 0; v <= VIEWS; v++)
        for (unsigned i = 0; i < view_number(v)->panes; i++)
            for (unsigned k = 0; k < i; k++)
                cr_assert_str_neq(view_number(v)->pane[i].spec.name,
                                  view_number(v)->pane[k].spec.name);
}

Test(layout, text_grows_with_the_window_and_leaves_room_for_three_columns)
{
    static const struct {
        int width, height, pixels;
    } windows[] = {{640, 400, 13},   {1024, 640, 13},  {1280, 720, 16},  {1600, 1000, 16},
                   {1920, 1080, 20}, {2560, 1440, 24}, {3840, 2160, 32}, {1920, 600, 13}};
    for (unsigned i = 0; i < sizeof windows / sizeof *windows; i++) {
        struct panel_state s;
        state_init(&s, windows[i].width, windows[i].height);
        cr_assert_eq(font_faces[s.face].size, windows[i].pixels, "%dx%d has %d", windows[i].width,
                     windows[i].height, font_faces[s.face].size);
        int least = 0;
        for (unsigned c = 0; c < views[VIEW_debug]->columns; c++)
            least += views[VIEW_debug]->column[c].least;
        if (windows[i].width >= 1024)
            cr_assert_geq(windows[i].width / font_faces[s.face].width, least);
    }
}

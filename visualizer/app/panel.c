/* The panel: scene of a snapshot, and lines of its language. Events are in events.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct panel *panel_create(int width, int height)
{
    struct panel *p = calloc(1, sizeof *p);
    if (p)
        state_init(&p->state, width, height);
    return p;
}

void panel_destroy(struct panel *p)
{
    if (p) {
        scene_free(&p->scene);
        free(p);
    }
}

struct panel_wants panel_wants(const struct panel *p)
{
    const struct focus *f = state_focus_const(&p->state);
    struct panel_wants w = {.view = view_of(&p->state)->name,
                            .side = f->side,
                            .exit = f->exit,
                            .address = f->address,
                            .eip = f->eip,
                            .has_address = f->has_address,
                            .has_eip = f->has_eip};
    (void)snprintf(w.reason, sizeof w.reason, "%s", f->reason);
    return w;
}

bool panel_has_text(int pixels)
{
    for (unsigned f = 0; f < FONT_FACES; f++)
        if (font_faces[f].size == pixels)
            return true;
    return false;
}

struct panel_looks panel_looks(const struct panel *p)
{
    const struct panel_state *s = &p->state;
    struct panel_looks looks = {"", font_faces[s->face].size, s->width, s->height};
    (void)snprintf(looks.theme, sizeof looks.theme, "%s", theme_names[s->theme]);
    return looks;
}

/* Views as tabs; where there is no room for their names, their numbers. Returns the end. */
static int draw_tabs(struct panel *p)
{
    struct scene *s = &p->scene;
    unsigned face = panel_face(&p->state);
    const struct font_face *f = &font_faces[face];
    int x = PANE_AIR(f) - f->width, all = x; /* a tab begins with a blank */
    for (unsigned v = 0; v < VIEWS; v++)
        all += ((int)strlen(views[v]->title) + 4) * f->width;
    for (unsigned v = 0; v < VIEWS; v++) {
        char text[32], name[32], command[32];
        bool here = p->state.view == v && !p->state.presenter;
        int n = snprintf(text, sizeof text, " %u %s%s", v + 1,
                         all <= s->width ? views[v]->title : "", all <= s->width ? " " : "");
        struct box b = {x, 0, n * f->width, f->height + 4};
        if (b.x + b.w > s->width)
            break;
        if (here)
            scene_fill(s, b, COLOUR_select);
        scene_text(s, x + f->width, 2, face, here, COLOUR_ink, text + 1, (size_t)n - 1);
        (void)snprintf(name, sizeof name, "view.%s", views[v]->name);
        (void)snprintf(command, sizeof command, "view %s", views[v]->name);
        scene_widget(s, b, name, command, views[v]->words);
        x += b.w;
    }
    return x;
}

/* The top line: the views, and where the machine is. */
static void draw_head(struct panel *p, const struct snapshot *snapshot)
{
    struct scene *s = &p->scene;
    unsigned face = panel_face(&p->state);
    const struct font_face *f = &font_faces[face];
    scene_fill(s, (struct box){0, 0, s->width, f->height + 4}, COLOUR_bar);
    int x = draw_tabs(p);
    const struct snap_side *side = &snapshot->side[snapshot->front];
    char text[256], digits[3][32];
    int n = snprintf(text, sizeof text, "%s  %s  exit %s  instruction %s  cycle %s", side->label,
                     side->state, pane_digits(digits[0], side->exit),
                     pane_digits(digits[1], side->insn), pane_digits(digits[2], side->cycle));
    n = n < (int)sizeof text ? n : (int)sizeof text - 1;
    int room = (s->width - x) / f->width - 3;
    if (n > room)
        n = snprintf(text, sizeof text, "%s  exit %s  cycle %s", side->label, digits[0], digits[2]);
    if (n > room) /* the least of it: which exit */
        n = snprintf(text, sizeof text, "%s exit %s", side->label, digits[0]);
    if (n > room)
        return;
    struct box b = {s->width - PANE_AIR(f) - n * f->width, 0, n * f->width, f->height + 4};
    char tip[400];
    scene_text(s, b.x, 2, face, false, COLOUR_ink, text, (size_t)n);
    (void)snprintf(
        tip, sizeof tip,
        "Where the machine is: exit, the last one that began; instruction, those of the "
        "guest completed, each iteration of a REP one, those carried out by the hypervisor "
        "too (executed directly, a REP once: %s user, %s kernel); cycle, the machine's "
        "clock, modelled.",
        pane_digits(digits[0], side->user), pane_digits(digits[1], side->kernel));
    scene_widget(s, b, "head.position", "", tip);
}

static void draw_pane(struct panel *p, const struct snapshot *snapshot, unsigned i)
{
    const struct panel_state *s = &p->state;
    const struct view_pane *v = &view_of(s)->pane[i];
    unsigned side = state_focus_const(s)->side < snapshot->sides ? state_focus_const(s)->side : 0;
    struct view_input in = {snapshot, s, &snapshot->side[side]};
    struct box before = scene_clip(&p->scene, p->place[i].box);
    struct pane pane;
    bool front = (int)i == s->front[state_slot(s)] && !s->presenter;
    p->reach[i].least = p->reach[i].most = 0;
    if (pane_open(&pane, &p->scene, &v->spec, &p->place[i], panel_face(s), front,
                  v->note ? v->note(&in) : NULL)) {
        if (v->bar && !box_empty(pane.bar)) {
            struct pane bar = pane;
            bar.box = pane.bar;
            bar.columns = bar.box.w / bar.face->width;
            bar.rows = 1;
            v->bar(&bar, &in);
        }
        struct box inside = pane.box;
        inside.w += PANE_AIR(pane.face) - 2; /* a scroll bar stands beside the text */
        struct box outside = scene_clip(&p->scene, inside);
        pane.first = s->scroll[state_slot(s)][i];
        bool found = s->sought[0] && s->found_slot == state_slot(s) && s->found_pane == i;
        pane.sought = found ? s->sought : NULL;
        v->draw(&pane, &in);
        scene_unclip(&p->scene, outside);
        p->reach[i].least = pane.least;
        p->reach[i].most = pane.most;
    }
    scene_unclip(&p->scene, before);
}

const struct scene *panel_draw(struct panel *p, const struct snapshot *snapshot)
{
    scene_begin(&p->scene, p->state.width, p->state.height, p->state.theme);
    scene_fill(&p->scene, p->scene.clip, COLOUR_page);
    panel_place(p, snapshot);
    draw_head(p, snapshot);
    for (unsigned i = 0; i < view_of(&p->state)->panes; i++)
        draw_pane(p, snapshot, i);
    draw_overlays(p, snapshot);
    return &p->scene;
}

struct panel_command panel_say(struct panel *p, const struct snapshot *snapshot, const char *line)
{
    struct panel_command command = {""};
    if (act_on(p, snapshot, line, &command))
        return command;
    (void)snprintf(command.line, sizeof command.line, "%s", line);
    return command;
}

bool panel_find(const struct panel *p, const char *widget, int hundredths, int *x, int *y)
{
    const struct widget *w = scene_find(&p->scene, widget);
    if (!w)
        return false;
    *x = w->box.x + w->box.w * hundredths / 100;
    *x -= *x == w->box.x + w->box.w;
    *y = w->box.y + w->box.h / 2;
    return true;
}

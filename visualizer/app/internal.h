/* The panel's insides: what its files share. */
#ifndef VISUALIZER_APP_INTERNAL_H
#define VISUALIZER_APP_INTERNAL_H

#include "app/state.h"
#include "core/scene.h"
#include "visualizer/snapshot.h"
#include "views/view.h"
#include "visualizer/panel.h"

struct panel {
    struct panel_state state;
    struct scene scene;
    struct pane_place place[LAYOUT_PANES]; /* where the panes of the last scene are */
    struct {
        int least, most;
    } reach[LAYOUT_PANES]; /* how far the panes of the last scene scroll */
    struct box over;       /* what lies over them: help, a question; empty: nothing */
    int help_most;         /* how far the help drawn last scrolls */
    char found[64];        /* the widget below the mouse, "" */
};

/*
 * Carries out one of the panel's own lines. False: it is none of them. What comes of it for the
 * driver is put into *command.
 */
bool act_on(struct panel *p, const struct snapshot *snapshot, const char *line,
            struct panel_command *command);

/* Scrolls to the next row of the view's panes that holds a text. False: none does. */
bool search_panes(struct panel *p, const struct snapshot *snapshot, const char *text);

/* Index of the text that a state is drawn in: the presenter's layout has a least one. */
unsigned panel_face(const struct panel_state *s);
/* Places the panes of the view in the window; the story has the rows that it needs. */
void panel_place(struct panel *p, const struct snapshot *snapshot);
/* Draws the help overlay, the prompt, the question, the tooltip, the banner. */
void draw_overlays(struct panel *p, const struct snapshot *snapshot);

/* The pane under a pixel, -1: none, or something lies over it. */
int pane_under(const struct panel *p, int x, int y);
/* The timeline under a pixel, also below a block or the present; null: none. */
const struct widget *time_under(const struct panel *p, int x, int y);
/* The timeline shows so many cycles from one of them on; the window begins inside the run. */
void time_show(struct panel *p, const struct snapshot *snapshot, uint64_t from, uint64_t cycles);
/* Scrolls a pane to a line, as far as it goes. */
void scroll_pane(struct panel *p, int pane, int line);
/* The timeline's window, wholly written out. */
void time_window(const struct panel *p, const struct snapshot *snapshot, uint64_t *from,
                 uint64_t *to);

#endif

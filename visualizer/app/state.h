/*
 * What the panel itself remembers: which view, where one looks, what is half typed. Nothing of the
 * simulation is in here.
 */
#ifndef VISUALIZER_STATE_H
#define VISUALIZER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"
#include "visualizer/theme.h"

enum view_id {
#define VIEW(name, title, words) VIEW_##name,
#include "views/views.def"
#undef VIEW
    VIEWS
};

/* Who gets the keys. */
enum panel_mode { MODE_KEYS, MODE_PROMPT, MODE_SEARCH, MODE_HELP, MODE_GUEST };

enum time_axis { AXIS_CYCLES, AXIS_WORK };

#define MOMENT_MOST 112u

/* What every pane is about. */
struct focus {
    uint8_t side;
    uint64_t exit;    /* 0: the present one */
    uint32_t address; /* of the memory view; without: the present place */
    uint32_t eip;     /* of the code; without: the present place */
    uint8_t has_address, has_eip;
    char reason[24]; /* of exits; "": the present one's */
    /* What brings the machine and its guest there again: the driver's command; "": not known. */
    char moment[MOMENT_MOST];
};

#define FOCUS_KEPT  32u
#define PROMPT_MOST 160u
#define LINES_KEPT  32u
#define TIME_NAME   8u /* bytes of a timeline's name: "time0" */

struct panel_state {
    int width, height; /* pixels */
    enum theme theme;
    unsigned face; /* index into font_faces */
    enum view_id view;
    bool presenter;
    enum time_axis axis;
    enum panel_mode mode;
    int front[VIEWS + 1], zoomed[VIEWS + 1]; /* panes by state_slot; -1: none */
    int scroll[VIEWS + 1][LAYOUT_PANES];     /* lines */
    struct focus focus[FOCUS_KEPT];
    unsigned focus_at, focuses; /* the present one, and how many are kept */
    uint64_t from, to;          /* the timeline's window in cycles; both 0: all of the run */
    uint64_t count;             /* digits typed before a command; 0: none */
    char line[PROMPT_MOST];     /* what is being typed */
    unsigned typed;
    char kept[LINES_KEPT][PROMPT_MOST]; /* lines given before, a ring */
    unsigned lines, recalled;
    char sought[PROMPT_MOST]; /* the last search, and where it ended */
    unsigned found_slot, found_pane;
    size_t found_row;
    struct {
        bool on;
        char time[TIME_NAME]; /* the timeline that is panned; "": a pane is scrolled */
        int pane, x, y, scroll;
        uint64_t from, to;
    } pan; /* where the other button went down */
    int mouse_x, mouse_y;
    bool keys_last;          /* a key came after the mouse: no tooltip */
    char dragged[TIME_NAME]; /* the timeline that is; "": none */
    int help_scroll;
};

/* As the panel opens: `height` pixels choose the text size. */
void state_init(struct panel_state *s, int width, int height);

/* Where a view's panes are kept: the presenter's layout has a place of its own behind the views. */
unsigned state_slot(const struct panel_state *s);

struct focus *state_focus(struct panel_state *s);
const struct focus *state_focus_const(const struct panel_state *s);
/* Looks elsewhere; what was looked at is kept for going back. */
void state_look(struct panel_state *s, struct focus f);
/* The machine went somewhere else: the same look, and what was before it is kept. */
void state_look_anew(struct panel_state *s, struct focus f);
/* Looks at the present place and exit again; the reason that is looked at stays. */
void state_look_present(struct panel_state *s);
/* Along the history of looks: -1 back, 1 forth. False: nothing there. */
bool state_look_again(struct panel_state *s, int by);

#endif

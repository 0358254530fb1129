/*
 * A view is a row of panes, and a pane a function from what there is to see to shapes. They change
 * nothing and remember nothing.
 */
#ifndef VISUALIZER_VIEW_H
#define VISUALIZER_VIEW_H

#include "app/state.h"
#include "core/pane.h"
#include "visualizer/snapshot.h"

struct view_input {
    const struct snapshot *snapshot;
    const struct panel_state *state;
    const struct snap_side *side; /* the one looked at */
};

struct view_pane {
    struct pane_spec spec;
    void (*draw)(struct pane *p, const struct view_input *in);
    /* What stands beside the title; null: nothing. */
    const char *(*note)(const struct view_input *in);
    /* What else stands in the title's bar, in the room that title and note leave; null: nothing. */
    void (*bar)(struct pane *p, const struct view_input *in);
};

struct view {
    const char *name, *title, *words;
    const struct column_spec *column;
    unsigned columns;
    const struct view_pane *pane;
    unsigned panes;
};

/* By enum view_id; the presenter's layout is one more. */
extern const struct view *const views[VIEWS];
extern const struct view view_presenter;

/* The view that a state shows. */
const struct view *view_of(const struct panel_state *s);

/* Panes that several views have. */
void pane_code(struct pane *p, const struct view_input *in);
void pane_registers(struct pane *p, const struct view_input *in);
void pane_rings(struct pane *p, const struct view_input *in);
void pane_counters(struct pane *p, const struct view_input *in);
void pane_console(struct pane *p, const struct view_input *in);
void pane_exit(struct pane *p, const struct view_input *in);
void pane_timeline(struct pane *p, const struct view_input *in);
void pane_timelines(struct pane *p, const struct view_input *in);
/* The same by guest work instead of time. */
void pane_by_work(struct pane *p, const struct view_input *in);
void pane_turns(struct pane *p, const struct view_input *in);
void pane_story_bar(struct pane *p, const struct view_input *in);
void pane_log(struct pane *p, const struct view_input *in);
const char *note_scale(const struct view_input *in);
/* What the letters of the timelines' blocks mean, of those classes that there are. */
void bar_classes(struct pane *p, const struct view_input *in);
void bar_turns(struct pane *p, const struct view_input *in);
void bar_classes_of_one(struct pane *p, const struct view_input *in);

/* A row of an exit's story as its pane has it: without the phases, a bar and a table there. */
struct story_row {
    const char *line; /* null: there are no more, and `at` is how many are scrolled */
    bool why;         /* of the part that always stands above */
    int at;           /* its number in its part; the other part is scrolled by these */
};
struct story_row story_row(const struct snap_exit *x, size_t n);

/* ---------------------------------------- what panes share */

/* A filled bar of a class or a cost, hatched, in a box of pixels. */
void draw_swatch(struct pane *p, struct box b, enum colour colour, enum hatch hatch);
/* A letter in the middle of such a bar, its strokes kept away from it. */
void draw_named(struct pane *p, struct box b, enum colour fill, char letter);
/* A class's colour and hatch with its letter, in two cells, the last pixels of them free. */
void draw_letter(struct pane *p, int column, int row, unsigned class);
/* Lines of text from the pane's scroll on; the newest at the bottom if `tail`: then scrolling goes
 * up from there. */
void draw_lines(struct pane *p, const char *const *line, size_t n, bool tail);
/* "12.3%" of a whole into out; "-" when there is nothing. */
const char *share_of(char out[16], uint64_t part, uint64_t whole);
/* Cycles of one of so many; 0 of none. */
uint64_t cycles_each(uint64_t cycles, uint64_t count);
/* A line in which what stands in backquotes is drawn as a key; returns the cells it took. */
int draw_keyed(struct pane *p, int column, int row, enum colour colour, const char *text);
int keyed_cells(const char *text);
/* What to do when there is nothing to show. */
void draw_empty(struct pane *p, const char *text);
#define EMPTY_HIDDEN "Hidden until you have answered."
#define EMPTY_ONE    "One session only. Start with --compare trap,pv to see two."

#endif

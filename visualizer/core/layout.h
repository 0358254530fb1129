/*
 * Where panes go: in rows and columns of character cells, so that every size of window and of text
 * lays out anew.
 *
 * A view names its columns and panes. What does not fit is given up in this order: wanted rows down
 * to the least ones; columns, the last one's panes joining the one before; open panes but one,
 * those of the least rank closing to their titles; titles; rows of the last one. Nothing overlaps
 * and nothing leaves the area.
 */
#ifndef VISUALIZER_LAYOUT_H
#define VISUALIZER_LAYOUT_H

#include <stdbool.h>

#include "box.h"
#include "font.h"

#define LAYOUT_COLUMNS 4u
#define LAYOUT_PANES   16u

#define LAYOUT_EDGE 4 /* pixels of frame and air on each side of a pane */

/* Instead of a column: across the window, above or below the columns. */
#define LAYOUT_TOP    100u
#define LAYOUT_BOTTOM 101u

struct column_spec {
    int least;  /* cells */
    int weight; /* share of what is over */
};

struct pane_spec {
    const char *name, *title;
    unsigned column; /* or LAYOUT_TOP, LAYOUT_BOTTOM */
    int rank;        /* opened and given rows first: the greatest */
    int least, want; /* rows of content */
    int weight;      /* share of rows that are over; 0: none */
    bool bare;       /* no title: a bar */
};

struct pane_place {
    struct box box;     /* with title and edge; empty: nowhere */
    struct box content; /* empty: closed */
};

/* Pixels of a title's bar, frame included. */
int layout_title(const struct font_face *face);

/*
 * Fills place[0..panes). `zoomed`: this pane has the columns' area for itself; `front`: this one is
 * open whatever its rank; -1: none.
 */
void layout_panes(const struct pane_spec *pane, unsigned panes, const struct column_spec *column,
                  unsigned columns, struct box area, const struct font_face *face, int zoomed,
                  int front, struct pane_place *place);

#endif

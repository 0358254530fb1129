/*
 * A pane's content, written in rows and columns of cells.
 *
 * Text that does not fit ends in an ellipsis; numbers are never cut: pane_number writes hashes
 * instead, and a table drops whole columns (pane_fits).
 */
#ifndef VISUALIZER_PANE_H
#define VISUALIZER_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "scene.h"

struct pane {
    struct scene *scene;
    const char *name;
    const struct font_face *face;
    unsigned face_index;
    struct box box; /* of the content, pixels */
    int columns, rows;
    struct box bar;     /* of the title's line, what title and note leave; pixels */
    int first;          /* scrolled: the number of the line that row 0 shows */
    int least, most;    /* how far it scrolls: pane_scrolls */
    const char *sought; /* what was looked for is shaded where it stands; null: nothing was */
};

/* Pixels between a pane's edge and its text, left and right: the same for bars and tabs. */
#define PANE_AIR(face) (LAYOUT_EDGE + (face)->width / 2)

/* Draws frame and title, and gives the content's pane; false: closed or nowhere. */
bool pane_open(struct pane *p, struct scene *scene, const struct pane_spec *spec,
               const struct pane_place *place, unsigned face_index, bool focused, const char *note);

/* A pane scrolls from `least` (0 or less) to `most` (0 if that is less) and no further: `first` is
 * put between them. Of those that say nothing there is all to be seen. */
void pane_scrolls(struct pane *p, int least, int most);

/* Pixels of n cells from column, row. */
struct box pane_cells(const struct pane *p, int column, int row, int cells);

enum pane_style { PANE_PLAIN = 0, PANE_BOLD = 1, PANE_RIGHT = 2 };

/*
 * Writes into `cells` cells from column, row (cells < 0: to the right edge). PANE_RIGHT: against
 * the right end. Returns the number of cells written.
 */
int pane_text(struct pane *p, int column, int row, int cells, enum colour colour,
              enum pane_style style, const char *format, ...) __attribute__((format(printf, 7, 8)));

/* The same for a number with thousands apart, to the right; "####" where it does not fit. */
void pane_number(struct pane *p, int column, int row, int cells, enum colour colour,
                 enum pane_style style, uint64_t value);

/* Behind what comes: a whole row, or some cells of it. */
void pane_shade(struct pane *p, int column, int row, int cells, enum colour colour);

/* A widget named PANE.NAME over cells. */
void pane_widget(struct pane *p, int column, int row, int cells, const char *name,
                 const char *command, const char *tip);

/* Writes text over several rows, broken at spaces; returns the rows it took, at most `rows`. */
int pane_paragraph(struct pane *p, int column, int row, int cells, int rows, enum colour colour,
                   enum pane_style style, const char *text);

/*
 * Of a list below `head` rows, the first item that is shown, by the pane's scroll: never so far
 * that rows are left empty. Where not all are seen, a bar at the right says which.
 */
size_t pane_first(struct pane *p, int head, size_t items);

/* The bar itself: `shown` of `all` lines from `first` on. Nothing if all are seen. */
void pane_scrollbar(struct pane *p, size_t first, size_t shown, size_t all);

/* Rows that pane_paragraph takes for a text, at least 1. */
int pane_rows(const char *text, int cells);

/* "1,234,567" into out. */
const char *pane_digits(char out[32], uint64_t value);

#endif

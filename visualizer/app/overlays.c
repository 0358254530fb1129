/* What lies over the panes: help, a line being typed, a question, the guest's keyboard, a tooltip.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "keys.h"

/* The panes' text; help is long, and has the one that was chosen. */
static unsigned face_index(const struct panel *p)
{
    return p->state.mode == MODE_HELP ? p->state.face : panel_face(&p->state);
}

static const struct font_face *face_of(const struct panel *p)
{
    return &font_faces[face_index(p)];
}

enum place { PLACE_MIDDLE, PLACE_BELOW };

/* A pane in the middle of the window, or at its lower edge; of so many cells at most. */
static bool open_box(struct panel *p, struct pane *pane, const char *name, const char *title,
                     int cells, int rows, enum place place_at)
{
    const struct font_face *f = face_of(p);
    int w = cells * f->width + 2 * PANE_AIR(f);
    int h = rows * f->height + layout_title(f) + 2 * LAYOUT_EDGE;
    w = w < p->scene.width - 8 ? w : p->scene.width - 8;
    h = h < p->scene.height - 8 ? h : p->scene.height - 8;
    int y = place_at == PLACE_BELOW ? p->scene.height - h - 4 : (p->scene.height - h) / 2;
    struct box b = {(p->scene.width - w) / 2, y, w, h};
    struct pane_spec spec = {name, title, 0, 0, 0, 0, 0, false};
    struct pane_place place = {b, box_inset(b, LAYOUT_EDGE)};
    place.content.y += layout_title(f);
    place.content.h -= layout_title(f);
    p->over = b;
    scene_widget(&p->scene, b, name, "", ""); /* no click reaches what lies below */
    return pane_open(pane, &p->scene, &spec, &place, face_index(p), true, NULL);
}

#define KEY_CELLS  62 /* of a line of the table of keys */
#define VISIT_ROWS 2

/* What someone does who is here for the first time; left out where it does not fit. */
static const char *const visit[VISIT_ROWS] = {
    "First: `1` one machine  `Home` its beginning  `e` its first exit  `s` phase by phase, why  "
    "`S` back",
    "Then:  `b` stop at such exits  `c` run to the next  `2` what each reason costs  `3` the page "
    "tables"};

static int visit_cells(void)
{
    int most = 0;
    for (unsigned i = 0; i < VISIT_ROWS; i++)
        most = keyed_cells(visit[i]) > most ? keyed_cells(visit[i]) : most;
    return most;
}

static void draw_key_line(struct pane *p, int column, int row, int cells,
                          const struct key_line *line)
{
    if (line->title) {
        (void)pane_text(p, column, row, cells, COLOUR_ink, PANE_BOLD, "%s", line->title);
        return;
    }
    (void)pane_text(p, column + 1, row, 13, COLOUR_ink, PANE_BOLD, "%s", line->keys);
    (void)pane_text(p, column + 15, row, 2, COLOUR_dim, PANE_PLAIN, "%s",
                    line->backwards ? "\xe2\x87\xa7\xe2\x86\x90" : "");
    (void)pane_text(p, column + 18, row, cells - 18, COLOUR_ink, PANE_PLAIN, "%s", line->words);
}

/* Where the second column begins: at a section's title, as near the middle as there is one. */
static size_t half_of(const struct key_line *line, size_t lines)
{
    size_t best = lines;
    for (size_t i = 1; i < lines; i++) {
        size_t rows = i > lines - i ? i : lines - i,
               least = best > lines - best ? best : lines - best;
        if (line[i].title && rows < least)
            best = i;
    }
    return best;
}

/* In two columns where they fit, else in one that is scrolled. */
static void draw_help(struct panel *p)
{
    struct pane pane;
    struct key_line line[KEY_LINES_MOST];
    size_t lines = key_lines(line), half = half_of(line, lines);
    int columns = p->scene.width / face_of(p)->width - 4;
    bool two = columns >= 2 * KEY_CELLS, visits = columns >= visit_cells();
    int above = visits ? VISIT_ROWS + 1 : 0;
    int rows = two ? (int)(half > lines - half ? half : lines - half) : (int)lines;
    int cells = two ? 2 * KEY_CELLS : KEY_CELLS;
    cells = visits && cells < visit_cells() ? visit_cells() : cells;
    if (!open_box(p, &pane, "help", "Keys", cells, above + rows + 2, PLACE_MIDDLE))
        return;
    int room = pane.rows - 2 - above, most = rows - room, first = p->state.help_scroll;
    p->help_most = most > 0 ? most : 0;
    first = first < p->help_most ? first : p->help_most;
    for (int i = 0; visits && i < VISIT_ROWS; i++)
        (void)draw_keyed(&pane, 0, i, COLOUR_ink, visit[i]);
    for (int row = 0; row < room && first + row < rows; row++) {
        size_t i = (size_t)first + (size_t)row;
        if (i < (two ? half : lines))
            draw_key_line(&pane, 0, above + row, two ? KEY_CELLS - 2 : pane.columns, &line[i]);
        if (two && half + i < lines)
            draw_key_line(&pane, KEY_CELLS, above + row, KEY_CELLS, &line[half + i]);
    }
    pane_scrollbar(&pane, (size_t)first, (size_t)(room > 0 ? room : 0), (size_t)rows);
    (void)pane_text(&pane, 0, pane.rows - 1, -1, COLOUR_dim, PANE_PLAIN,
                    pane.columns < 100
                        ? "\xe2\x87\xa7\xe2\x86\x90 Shift: backwards. Up, Down "
                          "scroll; any other key closes."
                        : "\xe2\x87\xa7\xe2\x86\x90 with Shift, or as a capital, "
                          "backwards. `03 s` is three steps. Up and Down scroll; any "
                          "other key closes.");
}

/* A line over the whole width, at y; false: no room for a character. */
static bool open_line(struct panel *p, struct pane *line, int y, enum colour colour)
{
    const struct font_face *f = face_of(p);
    struct box b = {0, y, p->scene.width, f->height + 6};
    scene_fill(&p->scene, b, colour);
    *line = (struct pane){.scene = &p->scene, .name = "line", .face = f, .rows = 1};
    line->face_index = face_index(p);
    line->box = (struct box){6, y + 3, b.w - 12, f->height};
    line->columns = line->box.w / f->width;
    return line->columns > 0;
}

/* What is typed; of a long line its end, where one types. */
static void draw_line(struct panel *p)
{
    struct pane line;
    const struct panel_state *s = &p->state;
    int y = p->scene.height - face_of(p)->height - 6, cells = (int)font_cells(s->line, s->typed);
    if (!open_line(p, &line, y, COLOUR_story))
        return;
    scene_frame(&p->scene, (struct box){0, y, p->scene.width, face_of(p)->height + 6}, 1,
                COLOUR_focus);
    int over = cells + 2 - line.columns;
    size_t at = 0, used;
    for (int skip = over > 0 ? over + 1 : 0; skip > 0 && at < s->typed; skip--, at += used)
        (void)font_decode(s->line + at, s->typed - at, &used);
    (void)pane_text(&line, 0, 0, -1, COLOUR_ink, PANE_PLAIN, "%s%s%s\xe2\x96\x8f",
                    s->mode == MODE_PROMPT ? ":" : "/", over > 0 ? "\xe2\x80\xa6" : "",
                    s->line + at);
}

static void draw_banner(struct panel *p)
{
    struct pane line;
    if (open_line(p, &line, 0, COLOUR_banner))
        (void)pane_text(&line, 0, 0, -1, COLOUR_on_banner, PANE_BOLD, "%s",
                        line.columns >= 54
                            ? "Keys go to the guest. F6 gives them back to the panel."
                            : "F6 ends typing to the guest.");
}

/* The question's box: it covers what is hidden anyway, and not the code that it is about. */
static bool open_question(struct panel *p, struct pane *pane, int rows)
{
    return open_box(p, pane, "question", "What happens next?", 60, rows, PLACE_BELOW);
}

static void draw_question(struct panel *p, const struct snap_question *q)
{
    struct pane pane;
    if (!open_question(p, &pane, (int)q->choices + 4))
        return;
    scene_fill(&p->scene, pane.box, COLOUR_pane);
    int row = pane_paragraph(&pane, 1, 0, -1, 2, COLOUR_ink, PANE_BOLD, q->text);
    for (size_t i = 0; i < q->choices; i++) {
        char name[16], command[16];
        (void)pane_text(&pane, 2, row + (int)i, -1, COLOUR_ink, PANE_PLAIN, "%u  %s",
                        (unsigned)i + 1, q->choice[i]);
        (void)snprintf(name, sizeof name, "%u", (unsigned)i + 1);
        (void)snprintf(command, sizeof command, "answer %u", (unsigned)i + 1);
        pane_widget(&pane, 0, row + (int)i, pane.columns, name, command, "");
    }
    (void)pane_text(&pane, 1, pane.rows - 1, -1, COLOUR_dim, PANE_PLAIN, "%u of %u points so far",
                    q->right, q->asked);
}

/* Of a line of a tooltip; 0: there is no room for one. */
static int tip_cells(const struct panel *p, const struct font_face *f, const char *text)
{
    int room = p->scene.width / f->width - 6, length = (int)font_cells(text, strlen(text));
    int cells = room > 56 ? 56 : room;
    return room < 8 ? 0 : length < cells ? length : cells;
}

static void draw_tip_text(struct panel *p, const char *text, unsigned face)
{
    const struct font_face *f = &font_faces[face];
    int cells = tip_cells(p, f, text), rows = pane_rows(text, cells);
    struct box b = {p->state.mouse_x + 12, p->state.mouse_y + 16, (cells + 2) * f->width,
                    rows * f->height + 8};
    if (!cells)
        return;
    if (b.x + b.w > p->scene.width)
        b.x = p->scene.width - b.w;
    if (b.y + b.h > p->scene.height)
        b.y = p->state.mouse_y - b.h - 4 > 0 ? p->state.mouse_y - b.h - 4 : 0;
    scene_fill(&p->scene, b, COLOUR_story);
    scene_frame(&p->scene, b, 1, COLOUR_edge);
    struct pane pane = {.scene = &p->scene,
                        .name = "tip",
                        .face = f,
                        .face_index = face,
                        .box = {b.x + f->width, b.y + 4, cells * f->width, rows * f->height},
                        .columns = cells,
                        .rows = rows};
    (void)pane_paragraph(&pane, 0, 0, cells, rows, COLOUR_ink, PANE_PLAIN, text);
}

/* Beside the mouse, inside the window, broken into lines; in smaller text if it is high. */
static void draw_tip(struct panel *p)
{
    const struct widget *w = scene_at(&p->scene, p->state.mouse_x, p->state.mouse_y);
    unsigned face = face_index(p);
    if (!w || p->state.keys_last)
        return;
    const char *tip = scene_string(&p->scene, w->tip);
    char *text = malloc(strlen(tip) + 1); /* the scene's characters may move */
    if (!text)
        return;
    memcpy(text, tip, strlen(tip) + 1);
    for (; face > 0; face--) {
        const struct font_face *f = &font_faces[face];
        if (pane_rows(text, tip_cells(p, f, text)) * f->height + 8 <= p->scene.height)
            break;
    }
    draw_tip_text(p, text, face);
    free(text);
}

void draw_overlays(struct panel *p, const struct snapshot *snapshot)
{
    p->over = (struct box){0};
    if (p->state.mode == MODE_GUEST)
        draw_banner(p);
    if (snapshot->question.open)
        draw_question(p, &snapshot->question);
    if (p->state.mode == MODE_PROMPT || p->state.mode == MODE_SEARCH)
        draw_line(p);
    if (p->state.mode == MODE_HELP)
        draw_help(p);
    else
        draw_tip(p);
}

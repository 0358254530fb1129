/* What lies over the panes: help, a line being typed, a question, the guest's keyboard, a tooltip.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "keys.h"

static const struct font_face *face_of(const struct panel *p)
{
    return &font_faces[p->state.face];
}

/* A pane in the middle of the window, of so many cells at most. */
static bool open_box(struct panel *p, struct pane *pane, const char *name, const char *title,
                     int cells, int rows)
{
    const struct font_face *f = face_of(p);
    int w = cells * f->width + 12, h = (rows + 1) * f->height + 16;
    w = w < p->scene.width - 8 ? w : p->scene.width - 8;
    h = h < p->scene.height - 8 ? h : p->scene.height - 8;
    struct box b = {(p->scene.width - w) / 2, (p->scene.height - h) / 2, w, h};
    struct pane_spec spec = {name, title, 0, 0, 0, 0, 0, false};
    struct pane_place place = {b, box_inset(b, 2)};
    place.content.y += f->height + 2;
    place.content.h -= f->height + 2;
    return pane_open(pane, &p->scene, &spec, &place, p->state.face, true, NULL);
}

static void draw_help(struct panel *p)
{
    struct pane pane;
    if (!open_box(p, &pane, "help", "Keys: Shift or a capital does the same backwards", 84,
                  (int)key_row_count + 2))
        return;
    int most = (int)key_row_count - pane.rows + 1, first = p->state.help_scroll;
    first = first < most ? first : most;
    first = first > 0 ? first : 0;
    for (int row = 0; row < pane.rows - 1 && first + row < (int)key_row_count; row++) {
        const struct key_row *k = &key_rows[first + row];
        char name[32];
        (void)snprintf(name, sizeof name, "%s%s%s", k->modifiers, *k->modifiers ? "+" : "", k->key);
        (void)pane_text(&pane, 1, row, 11, COLOUR_ink, PANE_BOLD, "%s", name);
        (void)pane_text(&pane, 12, row, 4, COLOUR_dim, PANE_PLAIN, "%s",
                        *k->backwards ? "\xe2\x87\xa7\xe2\x86\x90" : "");
        (void)pane_text(&pane, 16, row, -1, COLOUR_ink, PANE_PLAIN, "%s", k->words);
    }
    (void)pane_text(&pane, 1, pane.rows - 1, -1, COLOUR_dim, PANE_PLAIN,
                    "A count begins with 0 or 5 to 9: `03 s`. Up and Down scroll; any other key "
                    "closes.");
}

/* A line over the whole width, at y; false: no room for a character. */
static bool open_line(struct panel *p, struct pane *line, int y, enum colour colour)
{
    const struct font_face *f = face_of(p);
    struct box b = {0, y, p->scene.width, f->height + 6};
    scene_fill(&p->scene, b, colour);
    *line = (struct pane){.scene = &p->scene, .name = "line", .face = f, .rows = 1};
    line->face_index = p->state.face;
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

/* The question's box. */
static bool open_question(struct panel *p, struct pane *pane, int rows)
{
    return open_box(p, pane, "question", "What happens next?", 60, rows);
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

/* Beside the mouse, inside the window, broken into lines. */
static void draw_tip(struct panel *p)
{
    const struct font_face *f = face_of(p);
    const struct widget *w = scene_at(&p->scene, p->state.mouse_x, p->state.mouse_y);
    const char *tip = w ? scene_string(&p->scene, w->tip) : "";
    char text[512];
    if (!*tip || p->state.keys_last)
        return;
    (void)snprintf(text, sizeof text, "%s", tip); /* the scene's characters may move */
    int cells = p->scene.width / f->width - 6, length = (int)font_cells(text, strlen(text));
    cells = cells > 56 ? 56 : cells;
    if (cells < 8)
        return;
    int rows = length / (cells * 3 / 4) + 1;
    struct box b = {p->state.mouse_x + 12, p->state.mouse_y + 16, (cells + 2) * f->width,
                    rows * f->height + 8};
    if (b.x + b.w > p->scene.width)
        b.x = p->scene.width - b.w;
    if (b.y + b.h > p->scene.height)
        b.y = p->state.mouse_y - b.h - 4 > 0 ? p->state.mouse_y - b.h - 4 : 0;
    scene_fill(&p->scene, b, COLOUR_story);
    scene_frame(&p->scene, b, 1, COLOUR_edge);
    struct pane pane = {.scene = &p->scene,
                        .name = "tip",
                        .face = f,
                        .face_index = p->state.face,
                        .box = {b.x + f->width, b.y + 4, cells * f->width, rows * f->height},
                        .columns = cells,
                        .rows = rows};
    (void)pane_paragraph(&pane, 0, 0, cells, rows, COLOUR_ink, PANE_PLAIN, text);
}

void draw_overlays(struct panel *p, const struct snapshot *snapshot)
{
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

/* The exit looked at: reason and why, its phases as a bar, its story. */
#include <stdio.h>
#include <string.h>

#include "view.h"

static uint64_t total(const struct snap_exit *x)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < x->phases; i++)
        sum += x->phase[i].cycles;
    return sum;
}

static void draw_phase_bar(struct pane *p, int row, const struct snap_exit *x)
{
    static const enum colour fills[] = {COLOUR_grey, COLOUR_sky,    COLOUR_orange, COLOUR_green,
                                        COLOUR_blue, COLOUR_purple, COLOUR_yellow, COLOUR_grey};
    uint64_t sum = total(x), before = 0;
    struct box line = pane_cells(p, 0, row, p->columns);
    char tip[192], digits[32];
    for (size_t i = 0; i < x->phases; i++) {
        uint64_t cycles = x->phase[i].cycles;
        if (!cycles)
            continue;
        int from = (int)(before * (uint64_t)line.w / sum);
        int to = (int)((before + cycles) * (uint64_t)line.w / sum);
        struct box b = {line.x + from, line.y, to - from, line.h};
        enum colour fill = fills[i % (sizeof fills / sizeof *fills)];
        before += cycles;
        if (to == from)
            continue;
        draw_swatch(p, b, fill, i + 1 == x->phases ? HATCH_RISING : HATCH_NONE);
        if (x->phase[i].now)
            scene_frame(p->scene, b, 2, COLOUR_ink);
        int cells = b.w / p->face->width, length = (int)strlen(x->phase[i].name);
        struct box name = {b.x + p->face->width / 2, b.y, length * p->face->width, b.h};
        if (cells > length)
            scene_fill(p->scene, box_inset(name, x->phase[i].now ? 2 : 0), fill);
        if (cells > length)
            scene_text(p->scene, b.x + p->face->width / 2, line.y, p->face_index, false,
                       theme_ink(fill), x->phase[i].name, (size_t)length);
        (void)snprintf(tip, sizeof tip, "%s: %s cycles. %s", x->phase[i].name,
                       pane_digits(digits, cycles), x->phase[i].words);
        scene_widget(p->scene, b, x->phase[i].name, "", tip);
    }
}

/* A line a phase, where there is room for it. */
static int draw_phases(struct pane *p, int row, const struct snap_exit *x)
{
    int used = 0;
    for (size_t i = 0; i < x->phases && row + used < p->rows; i++) {
        const struct snap_phase *f = &x->phase[i];
        if (!f->cycles && !f->now)
            continue;
        if (f->now)
            pane_shade(p, 0, row + used, p->columns, COLOUR_select);
        (void)pane_text(p, 1, row + used, 15, COLOUR_ink, f->now ? PANE_BOLD : PANE_PLAIN, "%s",
                        f->name);
        pane_number(p, 16, row + used, 9, COLOUR_ink, PANE_PLAIN, f->cycles);
        const char *words = (int)strlen(f->words) <= p->columns - 26 ? f->words : f->brief;
        (void)pane_text(p, 26, row + used, -1, COLOUR_dim, PANE_PLAIN, "%s", words);
        used++;
    }
    return used;
}

/* A line of the story: what stands in its first cells is a title, the rest is broken beside it. */
static int draw_story_line(struct pane *p, int row, const char *line)
{
    const int title = 12;
    int cells = p->columns - title;
    if (cells < 24 || strlen(line) < (size_t)title)
        return pane_paragraph(p, 0, row, -1, p->rows, COLOUR_ink, PANE_PLAIN, line);
    const char *rest = line + strspn(line, " ");
    if (rest - line < title) {
        (void)pane_text(p, 0, row, title - 1, COLOUR_dim, PANE_PLAIN, "%.*s",
                        (int)strcspn(line, " "), line);
        rest = line + title;
        rest += strspn(rest, " ");
    }
    return pane_paragraph(p, title, row, cells, p->rows, COLOUR_ink, PANE_PLAIN, rest);
}

/* The phases stand above, as a bar and a table. */
static bool is_phase(const char *line, bool *within)
{
    if (line[0] != ' ')
        *within = strncmp(line, "Phases", 6) == 0;
    return *within;
}

static void draw_story(struct pane *p, int row, const struct snap_exit *x)
{
    bool within = false;
    size_t skip = p->first > 0 ? (size_t)p->first : 0;
    for (size_t i = 0; i < x->lines && row < p->rows; i++)
        if (!is_phase(x->story[i], &within) && i >= skip)
            row += draw_story_line(p, row, x->story[i]);
}

void pane_exit(struct pane *p, const struct view_input *in)
{
    const struct snap_exit *x = &in->side->exit_shown;
    char digits[32];
    if (!x->there) {
        draw_empty(p, x->empty);
        return;
    }
    int row = 0;
    draw_letter(p, 0, row, x->class);
    (void)pane_text(p, 2, row++, -1, COLOUR_ink, PANE_BOLD, "Exit %llu  %s  %s%s%s cycles%s",
                    (unsigned long long)x->number, x->reason, x->outcome, *x->outcome ? "  " : "",
                    pane_digits(digits, x->cycles), x->open ? " so far" : "");
    row += pane_paragraph(p, 2, row, -1, 2, COLOUR_ink, PANE_PLAIN, x->words);
    if (total(x) && row < p->rows)
        draw_phase_bar(p, row++, x);
    if (x->open || p->rows - row > 24)
        row += draw_phases(p, row, x);
    draw_story(p, row, x);
}

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
    uint64_t sum = total(x), before = 0;
    struct box line = pane_cells(p, 0, row, p->columns);
    for (size_t i = 0; i < x->phases; i++) {
        uint64_t cycles = x->phase[i].cycles;
        if (!cycles)
            continue;
        int from = (int)(before * (uint64_t)line.w / sum);
        int to = (int)((before + cycles) * (uint64_t)line.w / sum);
        struct box b = {line.x + from, line.y, to - from, line.h};
        enum colour fill = (enum colour)x->phase[i].colour;
        before += cycles;
        if (to == from)
            continue;
        draw_swatch(p, b, fill, (enum hatch)x->phase[i].hatch);
        if (x->phase[i].now)
            scene_frame(p->scene, b, 2, COLOUR_ink);
        int cells = b.w / p->face->width, length = (int)strlen(x->phase[i].name);
        struct box name = {b.x + p->face->width / 2, b.y, length * p->face->width, b.h};
        if (cells > length)
            scene_fill(p->scene, box_inset(name, x->phase[i].now ? 2 : 0), fill);
        if (cells > length)
            scene_text(p->scene, b.x + p->face->width / 2, line.y, p->face_index, false,
                       theme_ink(fill), x->phase[i].name, (size_t)length);
        scene_widget(p->scene, b, x->phase[i].name, "", x->phase[i].tip);
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
        draw_swatch(p, pane_cells(p, 0, row + used, 1), (enum colour)f->colour,
                    (enum hatch)f->hatch);
        (void)pane_text(p, 2, row + used, 15, COLOUR_ink, f->now ? PANE_BOLD : PANE_PLAIN, "%s",
                        f->name);
        pane_number(p, 17, row + used, 9, COLOUR_ink, PANE_PLAIN, f->cycles);
        const char *words = (int)strlen(f->words) <= p->columns - 28 ? f->words : f->brief;
        (void)pane_text(p, 28, row + used, -1, COLOUR_dim, PANE_PLAIN, "%s", words);
        char name[48];
        (void)snprintf(name, sizeof name, "row.%s", f->name);
        pane_widget(p, 0, row + used, p->columns, name, "", f->tip);
        used++;
    }
    return used;
}

/* A line of the story: what stands in its first cells is a title, the rest is broken beside it. */
static int draw_story_line(struct pane *p, int row, const char *line)
{
    const int title = 10, told = 12; /* cells here, and in what `info exit` tells */
    int cells = p->columns - title;
    if (cells < 24 || strlen(line) < (size_t)told)
        return pane_paragraph(p, 0, row, -1, p->rows, COLOUR_ink, PANE_PLAIN, line);
    const char *rest = line + strspn(line, " ");
    if (rest - line < told) {
        size_t name = (size_t)told;
        while (name && line[name - 1] == ' ')
            name--;
        (void)pane_text(p, 0, row, title - 1, COLOUR_dim, PANE_PLAIN, "%.*s", (int)name, line);
        rest = line + told;
        rest += strspn(rest, " ");
    }
    return pane_paragraph(p, title, row, cells, p->rows, COLOUR_ink, PANE_PLAIN, rest);
}

/* Which part of the story a line is of: the last one that began before it or with it. */
enum part { PART_OTHER, PART_PHASES, PART_WHY, PARTS };

static enum part part_of(const char *line, enum part before)
{
    return line[0] == ' '                    ? before
           : strncmp(line, "Phases", 6) == 0 ? PART_PHASES
           : strncmp(line, "Why", 3) == 0    ? PART_WHY
                                             : PART_OTHER;
}

struct story_row story_row(const struct snap_exit *x, size_t n)
{
    enum part part = PART_OTHER;
    int before[PARTS] = {0};
    for (size_t i = 0; i < x->lines; i++) {
        part = part_of(x->story[i], part);
        if (part == PART_PHASES)
            continue;
        if (n-- == 0)
            return (struct story_row){x->story[i], part == PART_WHY, before[part]};
        before[part]++;
    }
    return (struct story_row){NULL, false, before[PART_OTHER]};
}

/* Its rows of one part, without the first `skip` ones; returns how many of the pane they took. */
static int draw_part(struct pane *p, int row, const struct snap_exit *x, bool why, int skip)
{
    int from = row, shown = 0;
    struct story_row r;
    for (size_t n = 0; (r = story_row(x, n)).line; n++) {
        if (r.why != why || r.at < skip || row >= p->rows)
            continue;
        row += draw_story_line(p, row, r.line);
        shown++;
    }
    if (!why)
        pane_scrollbar(p, (size_t)skip, (size_t)shown, (size_t)r.at);
    return row - from;
}

void pane_exit(struct pane *p, const struct view_input *in)
{
    const struct snap_exit *x = &in->side->exit_shown;
    char digits[32], text[200];
    if (!x->there) {
        draw_empty(p, x->empty);
        return;
    }
    int row = 0;
    if (x->known)
        draw_letter(p, 0, row, x->class);
    (void)pane_text(p, x->known ? 2 : 0, row++, -1, COLOUR_ink, PANE_BOLD,
                    "Exit %llu  %s  %s cycles%s", (unsigned long long)x->number, x->reason,
                    pane_digits(digits, x->cycles), x->open ? " so far" : "");
    (void)snprintf(text, sizeof text, "%s%s%s", x->words, *x->outcome ? ": " : "", x->outcome);
    row += pane_paragraph(p, x->known ? 2 : 0, row, -1, 2, COLOUR_ink, PANE_PLAIN, text);
    if (total(x) && row < p->rows)
        draw_phase_bar(p, row++, x);
    /* Why comes first; the phases are a bar and a table, so theirs is left out. */
    row += draw_part(p, row, x, true, 0);
    if (x->open || p->rows - row > 18)
        row += draw_phases(p, row, x);
    pane_scrolls(p, 0, story_row(x, SIZE_MAX).at - 1);
    (void)draw_part(p, row, x, false, p->first);
}

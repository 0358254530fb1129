/*
 * Timelines by guest work: a pixel column is the same kernel entries of the guest's programs on
 * both sides, its height what they took. One scale for both; what is higher is cut, and marked.
 *
 * Which program's entry comes first depends on when the timer strikes, so columns agree about how
 * much was done, not always about who did it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "view.h"

struct pillars {
    const struct snap_side *side;
    size_t entries; /* of the longest side */
    int columns;
};

static uint64_t cycle_of(const struct pillars *k, size_t entry)
{
    return entry < k->side->entries ? k->side->entry[entry] : timeline_end(k->side->timeline);
}

/* What column x took, without idling. */
static uint64_t column_sums(const struct pillars *k, int x, struct span_sums *sums)
{
    uint64_t all = 0;
    size_t first = (size_t)x * k->entries / (size_t)k->columns;
    size_t last = (size_t)(x + 1) * k->entries / (size_t)k->columns;
    last = last > first ? last : first + 1; /* an entry may be wider than a column */
    timeline_sum(k->side->timeline, first ? cycle_of(k, first) : 0, cycle_of(k, last), sums);
    sums->cycles[CLASS_idle] = 0;
    for (unsigned c = 0; c < CLASSES; c++)
        all += sums->cycles[c];
    return all;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The height that nine columns of ten stay below, on all sides; 0: nothing ran. */
static uint64_t scale_of(const struct pillars *k, unsigned sides)
{
    enum { SAMPLE = 256 };
    uint64_t all[SNAP_SIDES * SAMPLE], scale = 0;
    size_t n = 0;
    for (unsigned s = 0; s < sides; s++)
        for (int i = 0; k[s].side->timeline && i < SAMPLE; i++) {
            struct span_sums sums;
            uint64_t cycles = column_sums(&k[s], k[s].columns * i / SAMPLE, &sums);
            if (cycles)
                all[n++] = cycles;
        }
    if (n) {
        qsort(all, n, sizeof *all, by_size);
        scale = all[n * 9 / 10] * 10 / 9 + 1;
    }
    return scale;
}

/* Programs below, then the kernel, the hypervisor's classes on top. */
static void draw_column(struct pane *p, struct box area, int x, const struct span_sums *sums,
                        uint64_t scale)
{
    uint64_t before = 0;
    for (unsigned c = 0; c < CLASSES; c++) {
        uint64_t after = before + sums->cycles[c];
        int low = (int)((before < scale ? before : scale) * (uint64_t)area.h / scale);
        int high = (int)((after < scale ? after : scale) * (uint64_t)area.h / scale);
        scene_fill(p->scene, (struct box){area.x + x, area.y + area.h - high, 1, high - low},
                   (enum colour)class_colours[c]);
        before = after;
    }
    if (before > scale)
        scene_fill(p->scene, (struct box){area.x + x, area.y, 1, 2}, COLOUR_on_blue);
}

static void draw_side(struct pane *p, const struct pillars *k, struct box area, uint64_t scale)
{
    struct span_sums sums;
    scene_fill(p->scene, area, COLOUR_bed);
    struct box before = scene_clip(p->scene, area);
    for (int x = 0; x < k->columns; x++)
        if (column_sums(k, x, &sums))
            draw_column(p, area, x, &sums, scale);
    scene_unclip(p->scene, before);
}

void pane_by_work(struct pane *p, const struct view_input *in)
{
    struct pillars k[SNAP_SIDES];
    unsigned sides = in->snapshot->sides;
    size_t most = 0;
    char a[32], b[32];
    for (unsigned i = 0; i < sides; i++)
        most = in->snapshot->side[i].entries > most ? in->snapshot->side[i].entries : most;
    if (!most) {
        draw_empty(p, in->snapshot->question.open
                          ? EMPTY_HIDDEN
                          : "No program has run yet: there is no guest work to measure by. Press c "
                            "to run, or x for cycles.");
        return;
    }
    for (unsigned i = 0; i < sides; i++)
        k[i] = (struct pillars){&in->snapshot->side[i], most, p->columns * p->face->width};
    uint64_t scale = scale_of(k, sides);
    for (unsigned i = 0; i < sides && scale; i++) {
        int row = p->rows * (int)i / (int)sides, rows = p->rows * (int)(i + 1) / (int)sides - row;
        (void)pane_text(p, 0, row, -1, COLOUR_ink, PANE_BOLD,
                        "%s  from left to right %s kernel entries; full height: %s cycles",
                        k[i].side->label, pane_digits(a, most), pane_digits(b, scale));
        struct box area = pane_cells(p, 0, row + 1, p->columns);
        area.h = (rows - 1) * p->face->height - 2;
        if (k[i].side->timeline && area.h > 2)
            draw_side(p, &k[i], area, scale);
    }
}

/*
 * The timeline: a lane for each real privilege, the hypervisor's on top; x is time.
 *
 * What is two pixels wide or more is a block of its own, with its letter, and a thin line drops
 * from an exit to the lane it interrupted. Anything narrower is summed up by pixel columns: how
 * high a column is filled says what share of its time went there.
 */
#include <stdio.h>
#include <string.h>

#include "view.h"

#define LANES_MOST 8u
#define NO_LANE    0xffu
#define SIDE_ROWS  4 /* a name, two for the lanes, the axis */

/* How classes of spans are shown: in which lane, and how. */
struct lanes {
    unsigned count;
    const char *const *name;
    const uint8_t *of, *colour, *hatch; /* by class */
    const char *letter;                 /* of blocks in lane 0; null: none */
    const char *tip;
};

static const uint8_t privilege_of[CLASSES] = {
    [CLASS_user] = 2, [CLASS_kernel] = 1, [CLASS_idle] = NO_LANE};
static const char *const privilege_names[] = {"hypervisor", "kernel", "programs"};
static const struct lanes privileges = {
    3,
    privilege_names,
    privilege_of,
    class_colours,
    class_hatches,
    class_letters,
    "Who had the processor, by real privilege; empty: it waited for an interrupt. Wheel: closer; "
    "click or drag: move the present; another button: pan."};

/* A lane for each VM, whose own timeline is drawn there. */
static const char *const vm_names[SNAP_VMS] = {"VM 0", "VM 1", "VM 2", "VM 3",
                                               "VM 4", "VM 5", "VM 6", "VM 7"};
static const uint8_t vm_colours[SNAP_VMS] = {COLOUR_sky,    COLOUR_orange, COLOUR_green,
                                             COLOUR_yellow, COLOUR_purple, COLOUR_vermillion,
                                             COLOUR_blue,   COLOUR_on_blue};
#define WAITS_COLOUR COLOUR_grey
#define WAITS_HATCH  HATCH_RISING

struct track {
    struct pane *p;
    const struct lanes *lanes;
    const struct timeline *t;
    struct box area; /* of the lanes */
    int lane_height;
    uint64_t from, to;
    unsigned side;
    bool front; /* the side that commands are about */
};

static struct box lane_box(const struct track *k, unsigned lane, int x, int w)
{
    return (struct box){k->area.x + x, k->area.y + (int)lane * (k->lane_height + 1), w,
                        k->lane_height};
}

/* The first cycle of a pixel column. */
static uint64_t cycle_of(const struct track *k, int x)
{
    return k->from + (uint64_t)((__extension__(unsigned __int128)(k->to - k->from)) * (unsigned)x /
                                (unsigned)k->area.w);
}

static int x_of(const struct track *k, uint64_t cycle)
{
    if (cycle <= k->from)
        return 0;
    if (cycle >= k->to)
        return k->area.w;
    return (int)((__extension__(unsigned __int128)(cycle - k->from)) * (unsigned)k->area.w /
                 (k->to - k->from));
}

/* A pixel column of many spans: each lane filled by its share, classes stacked. */
static void draw_bin(const struct track *k, int x)
{
    struct span_sums sums;
    uint64_t from = cycle_of(k, x), to = cycle_of(k, x + 1);
    int filled[LANES_MOST] = {0};
    timeline_sum(k->t, from, to, &sums);
    for (unsigned c = 0; c < CLASSES && to > from; c++) {
        unsigned lane = k->lanes->of[c];
        if (lane >= k->lanes->count || !sums.cycles[c])
            continue;
        int h = (int)((sums.cycles[c] * (uint64_t)k->lane_height + (to - from) / 2) / (to - from));
        h = h ? h : 1;
        h = filled[lane] + h > k->lane_height ? k->lane_height - filled[lane] : h;
        struct box b = lane_box(k, lane, x, 1);
        filled[lane] += h;
        b.y += k->lane_height - filled[lane];
        b.h = h;
        scene_fill(k->p->scene, b, (enum colour)k->lanes->colour[c]);
    }
}

/* The lane of whoever an exit interrupted, before which other exits may have come at once. */
static unsigned lane_before(const struct track *k, uint64_t cycle)
{
    struct span s;
    uint64_t until;
    for (int i = 0; i < 8 && cycle && timeline_at(k->t, cycle - 1, &s, &until); i++) {
        if (k->lanes->of[s.class] != 0)
            return k->lanes->of[s.class];
        cycle = s.begin;
    }
    return NO_LANE;
}

/* A thin line from a block down through the lane that it interrupted; of idling there is none. */
static void draw_drop(const struct track *k, const struct span *s, struct box block)
{
    unsigned lane = lane_before(k, s->begin);
    if (lane >= k->lanes->count)
        return;
    struct box to = lane_box(k, lane, 0, 1);
    scene_line(k->p->scene, block.x, block.y + block.h, block.x, to.y + to.h - 1, COLOUR_edge);
}

/* A span that is wide enough; returns the column after it. */
static int draw_block(const struct track *k, const struct span *s, int from, int to)
{
    unsigned lane = k->lanes->of[s->class];
    if (lane >= k->lanes->count)
        return to;
    struct box b = lane_box(k, lane, from, to - from);
    enum colour fill = (enum colour)k->lanes->colour[s->class];
    draw_swatch(k->p, b, fill, (enum hatch)k->lanes->hatch[s->class]);
    if (lane != 0 || !k->lanes->letter)
        return to; /* the others stand beside their lanes */
    if (b.w >= k->p->face->width + 2 && b.h >= k->p->face->height)
        draw_named(k->p, b, fill, k->lanes->letter[s->class]);
    if (s->exit) {
        char name[32], command[48], tip[160], digits[32];
        draw_drop(k, s, b);
        (void)snprintf(name, sizeof name, k->front ? "exit.%u" : "exit.%u.%u", (unsigned)s->exit,
                       k->side);
        (void)snprintf(command, sizeof command, "look side %u exit %u", k->side, (unsigned)s->exit);
        (void)snprintf(tip, sizeof tip, "Exit %u, %s, begins at cycle %s.", (unsigned)s->exit,
                       class_words[s->class], pane_digits(digits, s->begin));
        scene_widget(k->p->scene, b, name, command, tip);
    }
    return to;
}

static void draw_lanes(const struct track *k)
{
    int x = 0, end = x_of(k, timeline_end(k->t));
    while (x < end) {
        struct span s;
        uint64_t until;
        if (timeline_at(k->t, cycle_of(k, x), &s, &until)) {
            int to = x_of(k, until);
            if (to >= x + 2) {
                x = draw_block(k, &s, x, to);
                continue;
            }
        }
        draw_bin(k, x++);
    }
}

/* Cycles between marks: 1, 2 or 5 times a power of ten, at least `least`. */
static uint64_t step_of(uint64_t least)
{
    uint64_t ten = 1;
    while (ten * 10 <= least)
        ten *= 10;
    return ten >= least ? ten : ten * 2 >= least ? ten * 2 : ten * 5 >= least ? ten * 5 : ten * 10;
}

static void draw_axis(const struct track *k, int y)
{
    char digits[32];
    int apart = 16 * k->p->face->width, end = k->area.x + k->area.w;
    uint64_t step = step_of((k->to - k->from) * (uint64_t)apart / (uint64_t)k->area.w + 1);
    for (uint64_t c = (k->from + step - 1) / step * step; c < k->to; c += step) {
        int x = k->area.x + x_of(k, c);
        const char *text = pane_digits(digits, c);
        int wide = (int)strlen(text) * k->p->face->width;
        scene_line(k->p->scene, x, k->area.y, x, y, COLOUR_bed_grid);
        if (x + 2 + wide <= end)
            scene_text(k->p->scene, x + 2, y, k->p->face_index, false, COLOUR_dim, text,
                       strlen(text));
    }
    static const char unit[] = "cycle";
    scene_text(k->p->scene, k->p->box.x, y, k->p->face_index, false, COLOUR_dim, unit,
               k->p->columns > 50 ? sizeof unit - 1 : 1);
}

static void draw_present(const struct track *k, uint64_t cycle, const char *name)
{
    int x = k->area.x + x_of(k, cycle);
    if (cycle < k->from || cycle > k->to)
        return;
    x = x < k->area.x + k->area.w ? x : k->area.x + k->area.w - 1;
    scene_fill(k->p->scene, (struct box){x - 1, k->area.y, 3, k->area.h}, COLOUR_on_blue);
    scene_widget(k->p->scene, (struct box){x - 4, k->area.y, 9, k->area.h}, name, "",
                 "The present. Drag it to travel in time.");
}

/* The lanes' names and empty beds; false: no room. */
static bool open_lanes(struct track *k, int row, int rows)
{
    struct pane *p = k->p;
    struct box b = pane_cells(p, 0, row, p->columns);
    int names = p->columns > 50 ? 11 * p->face->width : 2 * p->face->width;
    k->area = (struct box){b.x + names, b.y, b.w - names, 0};
    k->lane_height = (rows - 1) * p->face->height / (int)k->lanes->count - 1;
    k->area.h = (int)k->lanes->count * (k->lane_height + 1);
    if (k->lane_height < 3 || k->area.w < 10)
        return false;
    for (unsigned lane = 0; lane < k->lanes->count; lane++) {
        struct box l = lane_box(k, lane, 0, k->area.w);
        const char *name = k->lanes->name[lane];
        scene_fill(p->scene, l, COLOUR_bed);
        if (k->lane_height + 1 >= p->face->height) /* the next lane begins a pixel below */
            scene_text(p->scene, b.x, l.y, p->face_index, false, COLOUR_dim, name,
                       p->columns > 50 ? strlen(name) : 1);
    }
    return true;
}

/* A saved session does not say what was before. */
static void draw_unknown(const struct track *k)
{
    static const char text[] = "before the saved session";
    int end = x_of(k, timeline_begin(k->t)), width = k->p->face->width;
    if (end <= 0)
        return;
    scene_fill(k->p->scene, (struct box){k->area.x, k->area.y, end, k->area.h}, COLOUR_bar);
    if (end >= (int)sizeof text * width && k->area.h >= k->p->face->height)
        scene_text(k->p->scene, k->area.x + width / 2, k->area.y, k->p->face_index, false,
                   COLOUR_ink, text, sizeof text - 1);
}

/* All timelines show the same cycles, so that what one points at is what is meant. */
static struct track track_of(struct pane *p, const struct view_input *in,
                             const struct snap_side *side, const struct lanes *lanes)
{
    const struct panel_state *s = in->state;
    const uint64_t end = snapshot_end(in->snapshot);
    struct track k = {.p = p, .lanes = lanes, .t = side->timeline, .front = in->side == side};
    k.side = (unsigned)(side - in->snapshot->side);
    k.to = s->to > s->from ? s->to : end + end / 50 + 1;
    k.from = s->to > s->from ? s->from : 0;
    return k;
}

/* Rows of the pane from `row` on: beds as high as they allow, their widget, and the axis. */
static bool open_track(struct track *k, const char *name, int row, int rows)
{
    char numbered[16];
    if (!k->t || !open_lanes(k, row, rows))
        return false;
    (void)snprintf(numbered, sizeof numbered, "%s%u", name, k->side);
    scene_widget(k->p->scene, k->area, numbered, "time", k->lanes->tip);
    draw_axis(k, k->area.y + k->area.h);
    return true;
}

static void draw_track(struct pane *p, const struct view_input *in, const struct snap_side *side,
                       int row, int rows)
{
    struct track k = track_of(p, in, side, &privileges);
    if (!open_track(&k, "time", row, rows))
        return;
    struct box before = scene_clip(p->scene, k.area);
    draw_unknown(&k);
    draw_lanes(&k);
    draw_present(&k, side->cycle, k.front ? "present" : "other");
    scene_unclip(p->scene, before);
}

void pane_timeline(struct pane *p, const struct view_input *in)
{
    if (in->state->axis == AXIS_WORK) {
        pane_by_work(p, in);
        return;
    }
    draw_track(p, in, in->side, 0, p->rows);
}

/* The classes that there is no room for are those of the least cycles. */
static void drop_least(uint64_t cycles[CLASSES], int room)
{
    for (;;) {
        int cells = -2;
        unsigned least = CLASSES;
        for (unsigned c = 0; c < CLASSES; c++) {
            cells += cycles[c] ? (int)strlen(class_names[c]) + 4 : 0;
            least = cycles[c] && (least == CLASSES || cycles[c] < cycles[least]) ? c : least;
        }
        if (cells <= room || least == CLASSES)
            return;
        cycles[least] = 0;
    }
}

static void draw_classes(struct pane *p, uint64_t cycles[CLASSES])
{
    int at = p->columns + 2;
    drop_least(cycles, p->columns);
    for (unsigned c = 0; c < CLASSES; c++)
        at -= cycles[c] ? (int)strlen(class_names[c]) + 4 : 0;
    for (unsigned c = 0; c < CLASSES; c++) {
        int cells = (int)strlen(class_names[c]) + 2;
        if (!cycles[c])
            continue;
        draw_letter(p, at, 0, c);
        (void)pane_text(p, at + 2, 0, -1, COLOUR_dim, PANE_PLAIN, "%s", class_names[c]);
        pane_widget(p, at, 0, cells, class_names[c], "", class_words[c]);
        at += cells + 2;
    }
}

/* Adds what a side spent in the hypervisor, by class. */
static void add_classes(const struct snap_side *side, uint64_t cycles[CLASSES])
{
    struct span_sums sums;
    if (!side->timeline)
        return;
    timeline_sum(side->timeline, 0, timeline_end(side->timeline), &sums);
    for (unsigned c = 0; c < CLASSES; c++)
        cycles[c] += privilege_of[c] == 0 ? sums.cycles[c] : 0;
}

void bar_classes(struct pane *p, const struct view_input *in)
{
    uint64_t cycles[CLASSES] = {0};
    for (unsigned i = 0; i < in->snapshot->sides; i++)
        add_classes(&in->snapshot->side[i], cycles);
    draw_classes(p, cycles);
}

void bar_classes_of_one(struct pane *p, const struct view_input *in)
{
    uint64_t cycles[CLASSES] = {0};
    add_classes(in->side, cycles);
    draw_classes(p, cycles);
}

/* Both sides below each other on one scale. */
void pane_timelines(struct pane *p, const struct view_input *in)
{
    unsigned sides = in->snapshot->sides;
    if (in->state->axis == AXIS_WORK) {
        pane_by_work(p, in);
        return;
    }
    if (p->rows < SIDE_ROWS * (int)sides) { /* room for one only */
        (void)pane_text(p, 0, 0, -1, COLOUR_ink, PANE_BOLD, "%s", in->side->label);
        draw_track(p, in, in->side, 1, p->rows - 1);
        return;
    }
    for (unsigned i = 0; i < sides; i++) {
        int rows = p->rows / (int)sides, row = (int)i * rows; /* as high as each other */
        (void)pane_text(p, 0, row, -1, COLOUR_ink, PANE_BOLD, "%s", in->snapshot->side[i].label);
        draw_track(p, in, &in->snapshot->side[i], row + 1, rows - 1);
    }
}

/* One VM's timeline in its lane. */
static void draw_turns(struct track *k, const struct timeline *turns, unsigned vm)
{
    const uint8_t of[CLASSES] = {
        [TURN_has] = (uint8_t)vm, [TURN_waits] = (uint8_t)vm, [TURN_none] = NO_LANE};
    const uint8_t colour[CLASSES] = {[TURN_has] = vm_colours[vm], [TURN_waits] = WAITS_COLOUR};
    const uint8_t hatch[CLASSES] = {[TURN_has] = HATCH_NONE, [TURN_waits] = WAITS_HATCH};
    struct lanes lane = *k->lanes;
    struct track one = *k;
    lane.of = of;
    lane.colour = colour;
    lane.hatch = hatch;
    one.lanes = &lane;
    one.t = turns;
    draw_lanes(&one);
}

void pane_turns(struct pane *p, const struct view_input *in)
{
    static const char *const guest[] = {"guest"};
    const struct snap_side *side = in->side;
    bool bare = side->rings.bare && side->vms == 1;
    if (!side->turn[0]) {
        draw_empty(p, "Hidden, or locked.");
        return;
    }
    const struct lanes lanes = {
        .count = side->vms < SNAP_VMS ? side->vms : SNAP_VMS,
        .name = bare ? guest : vm_names,
        .tip = "When a VM had the processor, its exits and the switch to the next one included. "
               "Hatched: it was ready, and waited while another one had it. Empty: it had nothing "
               "to do. Click or drag: move the present; wheel: closer."};
    struct track k = track_of(p, in, side, &lanes);
    k.t = side->turn[0];
    if (!open_track(&k, "who", 0, p->rows))
        return;
    struct box before = scene_clip(p->scene, k.area);
    draw_unknown(&k);
    for (unsigned i = 0; i < lanes.count; i++)
        if (side->turn[i])
            draw_turns(&k, side->turn[i], i);
    draw_present(&k, side->cycle, "now");
    scene_unclip(p->scene, before);
}

/* What the hatched is, where there may be any. */
void bar_turns(struct pane *p, const struct view_input *in)
{
    static const char text[] = "waits while another has it";
    int cells = (int)sizeof text - 1 + 3, at = p->columns - cells;
    if (in->side->vms < 2 || at < 0)
        return;
    struct box b = pane_cells(p, at, 0, 2);
    draw_swatch(p, b, WAITS_COLOUR, WAITS_HATCH);
    (void)pane_text(p, at + 3, 0, -1, COLOUR_dim, PANE_PLAIN, "%s", text);
}

/*
 * Looking for text: in all rows that panes have, names, words and figures, not only in those that
 * they show. The same text again goes on behind what was found, round all panes of the view.
 *
 * Not searched: titles and heads, the story bar, timelines, an exit's phases (of which a low pane
 * has the bar only).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* What is searched: a pane's rows, whatever it draws them like. */
struct sought {
    const struct snapshot *snapshot;
    const struct snap_side *side;
    const char *text;
};

static bool holds(const char *text, const char *sought)
{
    for (; *text; text++) {
        size_t i = 0;
        while (sought[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)sought[i]))
            i++;
        if (!sought[i])
            return true;
    }
    return false;
}

/* A figure, as panes write it. */
static bool has(const struct sought *s, uint64_t figure)
{
    char digits[32];
    return holds(pane_digits(digits, figure), s->text);
}

static bool has_each(const struct sought *s, uint64_t cycles, uint64_t count)
{
    return has(s, cycles) || has(s, count) || has(s, cycles_each(cycles, count));
}

/* ---------------------------------------- the panes' rows */

static size_t count_counters(const struct sought *s)
{
    return s->side->counters;
}
static bool in_counter(const struct sought *s, size_t i)
{
    const struct snap_counter *c = &s->side->counter[i];
    char share[16];
    return holds(c->name, s->text) || holds(c->words, s->text) ||
           has_each(s, c->cycles, c->count) || has(s, c->min) || has(s, c->max) ||
           holds(share_of(share, c->cycles, s->side->exit_cycles), s->text);
}

static size_t count_differences(const struct sought *s)
{
    return s->snapshot->differences;
}
static bool in_difference(const struct sought *s, size_t i)
{
    const struct snap_difference *d = &s->snapshot->difference[i];
    return holds(d->name, s->text) || holds(d->words, s->text) ||
           has_each(s, d->cycles[0], d->count[0]) || has_each(s, d->cycles[1], d->count[1]);
}

static size_t count_costs(const struct sought *s)
{
    return s->side->costs;
}
static bool in_cost(const struct sought *s, size_t i)
{
    const struct snap_cost *c = &s->side->cost[i];
    bool found = holds(c->name, s->text) || holds(c->words, s->text) || holds(c->brief, s->text);
    for (unsigned n = 0; n < s->snapshot->sides && i < s->snapshot->side[n].costs; n++)
        found |= has(s, s->snapshot->side[n].cost[i].cycles);
    return found;
}

static size_t count_registers(const struct sought *s)
{
    return s->side->regs;
}
static bool in_register(const struct sought *s, size_t i)
{
    const struct snap_register *r = &s->side->reg[i];
    char values[32];
    (void)snprintf(values, sizeof values, "%08x %08x", (unsigned)r->guest, (unsigned)r->real);
    return holds(r->name, s->text) || holds(r->words, s->text) || holds(values, s->text);
}

static size_t count_code(const struct sought *s)
{
    return s->side->codes;
}
static bool in_code(const struct sought *s, size_t i)
{
    const struct snap_line *l = &s->side->code[i];
    char address[16];
    (void)snprintf(address, sizeof address, "%08x", (unsigned)l->address);
    return holds(l->label, s->text) || holds(l->text, s->text) || holds(l->source, s->text) ||
           holds(address, s->text);
}

/* The head, and the story's rows. */
static size_t count_exit(const struct sought *s)
{
    size_t n = 0;
    while (story_row(&s->side->exit_shown, n).line)
        n++;
    return s->side->exit_shown.there ? n + 1 : 0;
}
static bool in_exit(const struct sought *s, size_t i)
{
    const struct snap_exit *x = &s->side->exit_shown;
    char number[32];
    if (i)
        return holds(story_row(x, i - 1).line, s->text);
    (void)snprintf(number, sizeof number, "Exit %llu", (unsigned long long)x->number);
    return holds(number, s->text) || holds(x->reason, s->text) || has(s, x->cycles) ||
           holds(x->words, s->text) || holds(x->outcome, s->text);
}

static size_t count_walk(const struct sought *s)
{
    return s->snapshot->memory.steps;
}
static bool in_walk(const struct sought *s, size_t i)
{
    return holds(s->snapshot->memory.step[i], s->text) ||
           (i == 0 && holds(s->snapshot->memory.verdict, s->text));
}

static size_t count_frames(const struct sought *s)
{
    return s->snapshot->memory.kinds;
}
static bool in_frames(const struct sought *s, size_t i)
{
    const struct snap_frame_kind *k = &s->snapshot->memory.kind[i];
    return k->frames && (holds(k->name, s->text) || has(s, k->frames));
}

static size_t count_rings(const struct sought *s)
{
    (void)s;
    return 1;
}
static bool in_rings(const struct sought *s, size_t i)
{
    const struct snap_rings *r = &s->side->rings;
    char text[100];
    (void)i;
    (void)snprintf(text, sizeof text, "really in ring %u\nbelieves ring %u\npaging sees %s",
                   r->real, r->believed, r->supervisor ? "supervisor" : "user");
    return holds(text, s->text) || holds(r->words, s->text);
}

static size_t count_sides(const struct sought *s)
{
    return s->snapshot->sides;
}
static bool in_sides(const struct sought *s, size_t i)
{
    const struct snap_side *side = &s->snapshot->side[i];
    char share[16];
    return holds(side->label, s->text) || holds(side->state, s->text) || has(s, side->exits) ||
           has(s, side->busy) || holds(share_of(share, side->exit_cycles, side->busy), s->text) ||
           (i == 0 && holds(s->snapshot->comparison, s->text));
}

static size_t count_vms(const struct sought *s)
{
    return s->snapshot->vms ? s->snapshot->vms + 1 : 0; /* the last row is nobody's */
}
static bool in_vm(const struct sought *s, size_t i)
{
    const struct snap_vm *v = &s->snapshot->vm[i];
    if (i == s->snapshot->vms)
        return holds("nobody", s->text) || has(s, s->side->idle);
    return holds(v->name, s->text) || holds(v->state, s->text) || has(s, v->ran) ||
           has(s, v->waited) || has(s, v->switches);
}

static size_t count_console(const struct sought *s)
{
    return s->side->console_lines;
}
static bool in_console(const struct sought *s, size_t i)
{
    return holds(s->side->console[i], s->text);
}

static size_t count_log(const struct sought *s)
{
    return s->snapshot->log_lines;
}
static bool in_log(const struct sought *s, size_t i)
{
    return holds(s->snapshot->log[i], s->text);
}

/* Tables: a row is an entry, those of a level behind those of the one above. */
static size_t count_levels(const struct snap_level level[SNAP_LEVELS])
{
    size_t all = 0;
    for (unsigned n = 0; n < SNAP_LEVELS; n++)
        all += level[n].entries;
    return all;
}
/* The level that a row is of; *row becomes the entry's number in it. */
static const struct snap_level *level_of(const struct snap_level level[SNAP_LEVELS], size_t *row)
{
    for (; *row >= level->entries; level++)
        *row -= level->entries;
    return level;
}
static bool in_levels(const struct snap_level level[SNAP_LEVELS], size_t i, const char *text)
{
    char row[80];
    level = level_of(level, &i);
    const struct snap_entry *e = &level->entry[i];
    (void)snprintf(row, sizeof row, "%u %08x %.40s", (unsigned)e->index, (unsigned)e->value,
                   e->flags);
    return holds(row, text) || holds(e->tag, text);
}

static size_t count_guest(const struct sought *s)
{
    return count_levels(s->snapshot->memory.guest);
}
static bool in_guest(const struct sought *s, size_t i)
{
    return in_levels(s->snapshot->memory.guest, i, s->text);
}
static size_t count_real(const struct sought *s)
{
    return count_levels(s->snapshot->memory.real);
}
static bool in_real(const struct sought *s, size_t i)
{
    return in_levels(s->snapshot->memory.real, i, s->text);
}

/* How a pane scrolls to a row: from the top, from the end, or from the row that is here. */
enum from { FROM_TOP, FROM_END, FROM_CODE, FROM_STORY, FROM_GUEST, FROM_REAL };

static const struct {
    const char *pane;
    size_t (*count)(const struct sought *s);
    bool (*in)(const struct sought *s, size_t i);
    enum from from;
} rows[] = {
    {"code", count_code, in_code, FROM_CODE},
    {"exit", count_exit, in_exit, FROM_STORY},
    {"exits", count_counters, in_counter, FROM_TOP},
    {"registers", count_registers, in_register, FROM_TOP},
    {"differences", count_differences, in_difference, FROM_TOP},
    {"costs", count_costs, in_cost, FROM_TOP},
    {"guest", count_guest, in_guest, FROM_GUEST},
    {"real", count_real, in_real, FROM_REAL},
    {"walk", count_walk, in_walk, FROM_TOP},
    {"frames", count_frames, in_frames, FROM_TOP},
    {"rings", count_rings, in_rings, FROM_TOP},
    {"sides", count_sides, in_sides, FROM_TOP},
    {"vms", count_vms, in_vm, FROM_TOP},
    {"console", count_console, in_console, FROM_END},
    {"log", count_log, in_log, FROM_END},
};

/* From the entry of its level that is here: each level begins at its own. */
static int from_here(const struct snap_level level[SNAP_LEVELS], size_t row)
{
    level = level_of(level, &row);
    for (size_t i = 0; i < level->entries; i++)
        if (level->entry[i].here)
            return (int)row - (int)i;
    return (int)row;
}

/* `now`: how far it is scrolled; what always stands above changes nothing. */
static int scroll_to(const struct sought *s, enum from from, size_t row, size_t count, int now)
{
    struct story_row story;
    int here = 0;
    switch (from) {
    case FROM_END:
        return (int)row - (int)(count - 1);
    case FROM_CODE:
        for (size_t i = 0; i < s->side->codes; i++)
            here = s->side->code[i].here ? (int)i : here;
        return (int)row - here;
    case FROM_STORY:
        story = story_row(&s->side->exit_shown, row - 1);
        return row == 0 || story.why ? now : story.at;
    case FROM_GUEST:
        return from_here(s->snapshot->memory.guest, row);
    case FROM_REAL:
        return from_here(s->snapshot->memory.real, row);
    case FROM_TOP:
    default:
        return (int)row;
    }
}

/* ---------------------------------------- round the panes */

/* The row of a table for a pane; -1: nothing of it is searched. */
static int table_of(const char *pane)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].pane, pane) == 0)
            return (int)i;
    return -1;
}

/* In rows first..end of a pane. */
static bool find_in(struct panel *p, const struct sought *s, unsigned pane, size_t first,
                    size_t end)
{
    struct panel_state *state = &p->state;
    unsigned slot = state_slot(state);
    int *scroll = &state->scroll[slot][pane];
    int table = table_of(view_of(state)->pane[pane].spec.name);
    size_t count = table < 0 ? 0 : rows[table].count(s);
    for (size_t i = first; i < count && i < end; i++)
        if (rows[table].in(s, i)) {
            state->front[slot] = (int)pane;
            if (state->zoomed[slot] >= 0)
                state->zoomed[slot] = (int)pane;
            *scroll = scroll_to(s, rows[table].from, i, count, *scroll);
            state->found_pane = pane;
            state->found_row = i;
            return true;
        }
    return false;
}

bool search_panes(struct panel *p, const struct snapshot *snapshot, const char *text)
{
    struct panel_state *state = &p->state;
    unsigned side = state_focus(state)->side < snapshot->sides ? state_focus(state)->side : 0;
    const struct sought s = {snapshot, &snapshot->side[side], text};
    unsigned panes = view_of(state)->panes, slot = state_slot(state);
    bool again =
        strcmp(state->sought, text) == 0 && state->found_slot == slot && state->found_pane < panes;
    unsigned begin = again ? state->found_pane : (unsigned)state->front[slot];
    size_t first = again ? state->found_row + 1 : 0;
    (void)snprintf(state->sought, sizeof state->sought, "%s", text);
    state->found_slot = slot;
    for (unsigned n = 0; n < panes; n++)
        if (find_in(p, &s, (begin + n) % panes, n ? 0 : first, SIZE_MAX))
            return true;
    if (find_in(p, &s, begin, 0, first))
        return true;
    state->sought[0] = 0;
    return false;
}

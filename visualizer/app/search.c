/*
 * Looking for text: in what every pane could show, not only in what it does. The same text again
 * goes on behind what was found, round all panes of the view.
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

/* ---------------------------------------- the panes' rows */

static size_t count_counters(const struct sought *s)
{
    return s->side->counters;
}
static bool in_counter(const struct sought *s, size_t i)
{
    const struct snap_counter *c = &s->side->counter[i];
    return holds(c->name, s->text) || holds(c->words, s->text);
}

static size_t count_differences(const struct sought *s)
{
    return s->snapshot->differences;
}
static bool in_difference(const struct sought *s, size_t i)
{
    const struct snap_difference *d = &s->snapshot->difference[i];
    return holds(d->name, s->text) || holds(d->words, s->text);
}

static size_t count_costs(const struct sought *s)
{
    return s->side->costs;
}
static bool in_cost(const struct sought *s, size_t i)
{
    return holds(s->side->cost[i].name, s->text) || holds(s->side->cost[i].words, s->text);
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

static size_t count_story(const struct sought *s)
{
    return s->side->exit_shown.lines;
}
static bool in_story(const struct sought *s, size_t i)
{
    return holds(s->side->exit_shown.story[i], s->text);
}

static size_t count_walk(const struct sought *s)
{
    return s->snapshot->memory.steps;
}
static bool in_walk(const struct sought *s, size_t i)
{
    return holds(s->snapshot->memory.step[i], s->text);
}

static size_t count_vms(const struct sought *s)
{
    return s->snapshot->vms;
}
static bool in_vm(const struct sought *s, size_t i)
{
    return holds(s->snapshot->vm[i].name, s->text) || holds(s->snapshot->vm[i].state, s->text);
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

/* Tables: the levels' entries beside each other are one row. */
static size_t count_levels(const struct snap_level level[SNAP_LEVELS])
{
    size_t most = 0;
    for (unsigned n = 0; n < SNAP_LEVELS; n++)
        most = level[n].entries > most ? level[n].entries : most;
    return most;
}
static bool in_levels(const struct snap_level level[SNAP_LEVELS], size_t i, const char *text)
{
    for (unsigned n = 0; n < SNAP_LEVELS; n++) {
        char row[80];
        if (i >= level[n].entries)
            continue;
        const struct snap_entry *e = &level[n].entry[i];
        (void)snprintf(row, sizeof row, "%u %08x %.40s", (unsigned)e->index, (unsigned)e->value,
                       e->flags);
        if (holds(row, text))
            return true;
    }
    return false;
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
enum from { FROM_TOP, FROM_END, FROM_CODE, FROM_GUEST, FROM_REAL };

static const struct {
    const char *pane;
    size_t (*count)(const struct sought *s);
    bool (*in)(const struct sought *s, size_t i);
    enum from from;
} rows[] = {
    {"code", count_code, in_code, FROM_CODE},
    {"exit", count_story, in_story, FROM_TOP},
    {"exits", count_counters, in_counter, FROM_TOP},
    {"registers", count_registers, in_register, FROM_TOP},
    {"differences", count_differences, in_difference, FROM_TOP},
    {"costs", count_costs, in_cost, FROM_TOP},
    {"guest", count_guest, in_guest, FROM_GUEST},
    {"real", count_real, in_real, FROM_REAL},
    {"walk", count_walk, in_walk, FROM_TOP},
    {"vms", count_vms, in_vm, FROM_TOP},
    {"console", count_console, in_console, FROM_END},
    {"log", count_log, in_log, FROM_END},
};

static int here_of(const struct snap_level level[SNAP_LEVELS])
{
    for (unsigned n = 0; n < SNAP_LEVELS; n++)
        for (size_t i = 0; i < level[n].entries; i++)
            if (level[n].entry[i].here)
                return (int)i;
    return 0;
}

static int scroll_to(const struct sought *s, enum from from, int row, int count)
{
    int here = 0;
    switch (from) {
    case FROM_END:
        return row - (count - 1);
    case FROM_CODE:
        for (size_t i = 0; i < s->side->codes; i++)
            here = s->side->code[i].here ? (int)i : here;
        return row - here;
    case FROM_GUEST:
        return row - here_of(s->snapshot->memory.guest);
    case FROM_REAL:
        return row - here_of(s->snapshot->memory.real);
    case FROM_TOP:
    default:
        return row;
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
    int table = table_of(view_of(state)->pane[pane].spec.name);
    size_t count = table < 0 ? 0 : rows[table].count(s);
    for (size_t i = first; i < count && i < end; i++)
        if (rows[table].in(s, i)) {
            state->front[slot] = (int)pane;
            if (state->zoomed[slot] >= 0)
                state->zoomed[slot] = (int)pane;
            state->scroll[slot][pane] = scroll_to(s, rows[table].from, (int)i, (int)count);
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

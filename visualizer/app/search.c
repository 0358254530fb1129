/* Looking for text: in what every pane could show, not only in what it does. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

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

static int first_in(const char *const *line, size_t n, const char *sought)
{
    for (size_t i = 0; i < n; i++)
        if (holds(line[i], sought))
            return (int)i;
    return -1;
}

/* The row of a pane's content that holds the text; -1: none. */
static int row_in(const char *pane, const struct snapshot *snapshot, const struct snap_side *side,
                  const char *sought)
{
    if (strcmp(pane, "exits") == 0)
        for (size_t i = 0; i < side->counters; i++)
            if (holds(side->counter[i].name, sought) || holds(side->counter[i].words, sought))
                return (int)i;
    if (strcmp(pane, "differences") == 0)
        for (size_t i = 0; i < snapshot->differences; i++)
            if (holds(snapshot->difference[i].name, sought))
                return (int)i;
    if (strcmp(pane, "registers") == 0)
        for (size_t i = 0; i < side->regs; i++)
            if (holds(side->reg[i].name, sought) || holds(side->reg[i].words, sought))
                return (int)i;
    if (strcmp(pane, "exit") == 0)
        return first_in(side->exit_shown.story, side->exit_shown.lines, sought);
    if (strcmp(pane, "walk") == 0)
        return first_in(snapshot->memory.step, snapshot->memory.steps, sought);
    return -1;
}

/* Rows from the end, as panes that show their tail scroll. */
static int tail_row(const char *pane, const struct snapshot *snapshot, const struct snap_side *side,
                    const char *sought)
{
    bool log = strcmp(pane, "log") == 0;
    if (!log && strcmp(pane, "console") != 0)
        return -1;
    size_t n = log ? snapshot->log_lines : side->console_lines;
    int row = first_in(log ? snapshot->log : side->console, n, sought);
    return row < 0 ? -1 : (int)n - 1 - row;
}

bool search_panes(struct panel *p, const struct snapshot *snapshot, const char *text)
{
    struct panel_state *s = &p->state;
    const struct view *v = view_of(s);
    const struct snap_side *side =
        &snapshot->side[state_focus(s)->side < snapshot->sides ? state_focus(s)->side : 0];
    for (unsigned n = 0; n < v->panes; n++) {
        unsigned i = ((unsigned)s->front[state_slot(s)] + n) % v->panes;
        const char *name = v->pane[i].spec.name;
        int row = row_in(name, snapshot, side, text), tail = tail_row(name, snapshot, side, text);
        if (row < 0 && tail < 0)
            continue;
        s->front[state_slot(s)] = (int)i;
        s->scroll[state_slot(s)][i] = row >= 0 ? row : tail;
        return true;
    }
    return false;
}

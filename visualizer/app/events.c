/* Events: keys by their table, lines as they are typed, the mouse by the widgets of the scene. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "keys.h"

/* ---------------------------------------- typing a line */

static void keep_line(struct panel_state *s)
{
    (void)snprintf(s->kept[s->lines++ % LINES_KEPT], PROMPT_MOST, "%s", s->line);
    s->recalled = 0;
}

static void recall(struct panel_state *s, int by)
{
    unsigned most = s->lines < LINES_KEPT ? s->lines : LINES_KEPT;
    if ((by < 0 && s->recalled >= most) || (by > 0 && s->recalled == 0))
        return;
    s->recalled = by < 0 ? s->recalled + 1 : s->recalled - 1;
    (void)snprintf(s->line, sizeof s->line, "%s",
                   s->recalled ? s->kept[(s->lines - s->recalled) % LINES_KEPT] : "");
    s->typed = (unsigned)strlen(s->line);
}

static void erase(struct panel_state *s)
{
    while (s->typed && ((uint8_t)s->line[s->typed - 1] & 0xc0) == 0x80)
        s->typed--;
    s->typed -= s->typed > 0;
    s->line[s->typed] = 0;
}

static struct panel_command end_line(struct panel *p, const struct snapshot *snapshot)
{
    struct panel_state *s = &p->state;
    struct panel_command none = {""};
    bool search = s->mode == MODE_SEARCH;
    s->mode = MODE_KEYS;
    if (!s->typed)
        return none;
    keep_line(s);
    if (!search)
        return panel_say(p, snapshot, s->line);
    if (search_panes(p, snapshot, s->line)) /* said too: else what was said of the last one stays */
        return (struct panel_command){"found"};
    (void)snprintf(none.line, sizeof none.line, "unfound %s", s->line);
    return none;
}

static struct panel_command line_key(struct panel *p, const struct snapshot *snapshot,
                                     const struct panel_event *e)
{
    struct panel_state *s = &p->state;
    if (strcmp(e->key, "Enter") == 0)
        return end_line(p, snapshot);
    if (strcmp(e->key, "Escape") == 0)
        s->mode = MODE_KEYS;
    else if (strcmp(e->key, "Backspace") == 0)
        erase(s);
    else if (strcmp(e->key, "Up") == 0 || strcmp(e->key, "Down") == 0)
        recall(s, e->key[0] == 'U' ? -1 : 1);
    return (struct panel_command){""};
}

static void line_text(struct panel_state *s, const char *text)
{
    size_t n = strlen(text);
    if (s->typed + n < PROMPT_MOST && (uint8_t)text[0] >= ' ') {
        memcpy(s->line + s->typed, text, n + 1);
        s->typed += (unsigned)n;
    }
}

/* ---------------------------------------- keys */

/* A digit that belongs to a count: 1 to 4 begin none, they are views. */
static bool take_digit(struct panel_state *s, const struct panel_event *e)
{
    bool digit = e->key[0] >= '0' && e->key[0] <= '9' && !e->key[1];
    bool plain = !(e->modifiers & (KEY_CTRL | KEY_ALT));
    bool begun = s->count != 0;
    if (!digit || !plain || (!begun && e->key[0] >= '1' && e->key[0] <= '4'))
        return false;
    uint64_t had = s->count ? s->count - 1 : 0; /* kept one up: a count that began with 0 */
    if (had < 100000000)
        s->count = 1 + had * 10 + (uint64_t)(e->key[0] - '0');
    return true;
}

/* "step" with a count of 5 is "step 5", "step exit" is "step exit 5". */
static void add_count(struct panel_command *c, uint64_t count)
{
    size_t n = strlen(c->line);
    if (count > 1 && key_counts(c->line))
        (void)snprintf(c->line + n, sizeof c->line - n, " %llu", (unsigned long long)count);
}

/* As far as it goes; its lines may have become fewer than they were. */
static void scroll_help(struct panel *p, int by)
{
    int most = p->help_most, from = p->state.help_scroll;
    int to = (from < most ? from : most) + by;
    p->state.help_scroll = to < 0 ? 0 : to > most ? most : to;
}

static struct panel_command normal_key(struct panel *p, const struct snapshot *snapshot,
                                       const struct panel_event *e)
{
    struct panel_state *s = &p->state;
    struct panel_command command = {""};
    if (snapshot->question.open && e->key[0] >= '1' && e->key[0] <= '9' && !e->key[1]) {
        (void)snprintf(command.line, sizeof command.line, "answer %c", e->key[0]);
        return command;
    }
    if (take_digit(s, e))
        return command;
    const char *line = key_command(e->key, e->modifiers);
    uint64_t count = s->count ? s->count - 1 : 0;
    if (!line)
        return command;
    s->count = 0;
    if (s->mode == MODE_HELP && strcmp(line, "help") != 0) {
        if (strncmp(line, "scroll ", 7) == 0)
            scroll_help(p, (int)strtol(line + 7, NULL, 10));
        else
            s->mode = MODE_KEYS;
        return command;
    }
    command = panel_say(p, snapshot, line);
    add_count(&command, count);
    return command;
}

/* What terminals send: ECMA-48, with xterm's keys. */
static const struct {
    const char *key, *text;
} others[] = {{"Enter", "\\n"},     {"Backspace", "\\b"},  {"Tab", "\\t"},
              {"Escape", "\\e"},    {"Up", "\\e[A"},       {"Down", "\\e[B"},
              {"Right", "\\e[C"},   {"Left", "\\e[D"},     {"Home", "\\e[H"},
              {"End", "\\e[F"},     {"Insert", "\\e[2~"},  {"Delete", "\\e[3~"},
              {"PageUp", "\\e[5~"}, {"PageDown", "\\e[6~"}};

bool panel_has_key(const char *name)
{
    if (name[0] > ' ' && !((unsigned char)name[0] & 0x80) && !name[1])
        return true;
    for (size_t i = 0; i < key_row_count; i++)
        if (strcmp(key_rows[i].key, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i].key, name) == 0)
            return true;
    return false;
}

/* All keys are the guest's, but for the one that ends it. */
static struct panel_command guest_key(struct panel *p, const struct panel_event *e)
{
    struct panel_command command = {""};
    if (strcmp(e->key, "F6") == 0) {
        p->state.mode = MODE_KEYS;
        return command;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(e->key, others[i].key) == 0)
            (void)snprintf(command.line, sizeof command.line, "keys %s", others[i].text);
    bool letter = e->key[0] >= 'a' && e->key[0] <= 'z' && !e->key[1];
    if (letter && e->modifiers & KEY_CTRL)
        (void)snprintf(command.line, sizeof command.line, "keys %s%c",
                       e->key[0] == 'j' || e->key[0] == 'm' ? "\\n" : "",
                       e->key[0] == 'j' || e->key[0] == 'm' ? 0 : e->key[0] & 0x1f);
    return command;
}

static struct panel_command take_key(struct panel *p, const struct snapshot *snapshot,
                                     const struct panel_event *e)
{
    switch (p->state.mode) {
    case MODE_PROMPT:
    case MODE_SEARCH:
        return line_key(p, snapshot, e);
    case MODE_GUEST:
        return guest_key(p, e);
    case MODE_KEYS:
    case MODE_HELP:
        break;
    }
    return normal_key(p, snapshot, e);
}

static struct panel_command take_text(struct panel *p, const struct snapshot *snapshot,
                                      const struct panel_event *e)
{
    struct panel_command command = {""};
    struct panel_event key = {.kind = PANEL_KEY};
    if (p->state.mode == MODE_KEYS || p->state.mode == MODE_HELP) {
        (void)snprintf(key.key, sizeof key.key, "%s", strcmp(e->text, " ") ? e->text : "Space");
        return normal_key(p, snapshot, &key);
    }
    if (p->state.mode == MODE_PROMPT || p->state.mode == MODE_SEARCH)
        line_text(&p->state, e->text);
    else if (p->state.mode == MODE_GUEST)
        (void)snprintf(command.line, sizeof command.line, "keys %s%s",
                       e->text[0] == '\\' ? "\\" : "", e->text);
    return command;
}

/* ---------------------------------------- the mouse */

static const struct widget *point_at(struct panel *p, const struct panel_event *e)
{
    p->state.mouse_x = e->x;
    p->state.mouse_y = e->y;
    const struct widget *w = scene_at(&p->scene, e->x, e->y);
    (void)snprintf(p->found, sizeof p->found, "%s", w ? scene_string(&p->scene, w->name) : "");
    return w;
}

/* A click into the timeline of the other side, or onto its present, chooses it. */
static void choose_side(struct panel *p, const struct snapshot *snapshot, const struct widget *w)
{
    const char *name = scene_string(&p->scene, w->name);
    unsigned side = (unsigned)(name[strlen(name) - 1] - '0');
    struct focus f = *state_focus(&p->state);
    if (side >= snapshot->sides || f.side == side)
        return;
    f.side = (uint8_t)side;
    f.exit = 0;
    state_look(&p->state, f);
}

/* Keeps which timeline goes with the mouse from now on; null: none. */
static void take_hold(const struct panel *p, char hold[TIME_NAME], const struct widget *time)
{
    (void)snprintf(hold, TIME_NAME, "%s", time ? scene_string(&p->scene, time->name) : "");
}

/* "goto cycle N" for a pixel of a timeline. */
static struct panel_command travel(struct panel *p, const struct snapshot *snapshot,
                                   const struct widget *w, int x)
{
    struct panel_command command = {""};
    uint64_t from, to;
    time_window(p, snapshot, &from, &to);
    int at = x - w->box.x < 0 ? 0 : x - w->box.x;
    uint64_t cycle = from + (uint64_t)((double)(to - from) * at / w->box.w);
    (void)snprintf(command.line, sizeof command.line, "goto cycle %llu", (unsigned long long)cycle);
    return command;
}

/* The other button: what is below the mouse goes with it. */
static void begin_pan(struct panel *p, const struct snapshot *snapshot, const struct widget *time,
                      const struct panel_event *e)
{
    struct panel_state *s = &p->state;
    s->pan.on = true;
    s->pan.x = e->x;
    s->pan.y = e->y;
    s->pan.pane = pane_under(p, e->x, e->y);
    s->pan.scroll = s->pan.pane < 0 ? 0 : s->scroll[state_slot(s)][s->pan.pane];
    take_hold(p, s->pan.time, time);
    time_window(p, snapshot, &s->pan.from, &s->pan.to);
}

static void pan_to(struct panel *p, const struct snapshot *snapshot, const struct panel_event *e)
{
    const struct panel_state *s = &p->state;
    const struct widget *w = s->pan.time[0] ? scene_find(&p->scene, s->pan.time) : NULL;
    uint64_t width = s->pan.to - s->pan.from;
    if (w) {
        double by = (double)width * (s->pan.x - e->x) / w->box.w, from = (double)s->pan.from + by;
        time_show(p, snapshot, from > 0 ? (uint64_t)from : 0, width);
    } else if (!s->pan.time[0] && s->pan.pane >= 0)
        scroll_pane(p, s->pan.pane,
                    s->pan.scroll + (s->pan.y - e->y) / font_faces[panel_face(s)].height);
}

static struct panel_command take_click(struct panel *p, const struct snapshot *snapshot,
                                       const struct panel_event *e)
{
    struct panel_command command = {""};
    struct panel_state *s = &p->state;
    const struct widget *w = point_at(p, e), *time = time_under(p, e->x, e->y);
    int pane = pane_under(p, e->x, e->y);
    /* A block is an exit to look at; its bed, and the present on it, are dragged. */
    bool block = w && w != time && *scene_string(&p->scene, w->command);
    if (s->mode == MODE_HELP)
        s->mode = MODE_KEYS;
    if (pane >= 0)
        s->front[state_slot(s)] = pane;
    if (e->other) {
        begin_pan(p, snapshot, time, e);
        return command;
    }
    take_hold(p, s->dragged, block ? NULL : time);
    if (time && !block)
        choose_side(p, snapshot, time);
    if (time && w == time)
        return travel(p, snapshot, w, e->x);
    if (!w || !*scene_string(&p->scene, w->command))
        return command;
    return panel_say(p, snapshot, scene_string(&p->scene, w->command));
}

static struct panel_command take_drag(struct panel *p, const struct snapshot *snapshot,
                                      const struct panel_event *e)
{
    struct panel_command command = {""};
    p->state.mouse_x = e->x;
    p->state.mouse_y = e->y;
    if (p->state.pan.on) {
        pan_to(p, snapshot, e);
        return command;
    }
    const struct widget *w = p->state.dragged[0] ? scene_find(&p->scene, p->state.dragged) : NULL;
    return w ? travel(p, snapshot, w, e->x) : command;
}

static struct panel_command take_wheel(struct panel *p, const struct snapshot *snapshot,
                                       const struct panel_event *e)
{
    struct panel_command command = {""};
    (void)point_at(p, e);
    int pane = pane_under(p, e->x, e->y);
    if (p->state.mode == MODE_HELP) {
        scroll_help(p, e->by > 0 ? -3 : 3);
        return command;
    }
    if (time_under(p, e->x, e->y))
        return panel_say(p, snapshot, e->by > 0 ? "time closer" : "time wider");
    if (pane < 0)
        return command;
    p->state.front[state_slot(&p->state)] = pane;
    if (strcmp(view_of(&p->state)->pane[pane].spec.name, "code") == 0)
        return panel_say(p, snapshot, e->by > 0 ? "reverse-step" : "step");
    return panel_say(p, snapshot, e->by > 0 ? "scroll -3" : "scroll 3");
}

static struct panel_command take_resize(struct panel *p, const struct snapshot *snapshot,
                                        const struct panel_event *e)
{
    (void)snapshot;
    p->state.width = e->x < 1 ? 1 : e->x;
    p->state.height = e->y < 1 ? 1 : e->y;
    return (struct panel_command){""};
}

static struct panel_command take_move(struct panel *p, const struct snapshot *snapshot,
                                      const struct panel_event *e)
{
    (void)snapshot;
    (void)point_at(p, e);
    return (struct panel_command){""};
}

static struct panel_command take_drop(struct panel *p, const struct snapshot *snapshot,
                                      const struct panel_event *e)
{
    p->state.dragged[0] = 0;
    p->state.pan.on = false;
    return take_move(p, snapshot, e);
}

struct panel_command panel_take(struct panel *p, const struct snapshot *snapshot,
                                const struct panel_event *event)
{
    static struct panel_command (*const takes[PANEL_EVENTS])(
        struct panel *, const struct snapshot *, const struct panel_event *) = {
        [PANEL_KEY] = take_key,     [PANEL_TEXT] = take_text,     [PANEL_CLICK] = take_click,
        [PANEL_DRAG] = take_drag,   [PANEL_DROP] = take_drop,     [PANEL_MOVE] = take_move,
        [PANEL_WHEEL] = take_wheel, [PANEL_RESIZE] = take_resize,
    };
    if (event->kind != PANEL_RESIZE && event->kind != PANEL_DROP)
        p->state.keys_last = event->kind == PANEL_KEY || event->kind == PANEL_TEXT;
    return takes[event->kind](p, snapshot, event);
}

/*
 * What the panel does itself. An act is a function from the rest of its line to a changed state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define STEPS_MOST 1000000

struct act {
    struct panel *panel;
    struct panel_state *state;
    const struct snapshot *snapshot;
    const char *rest; /* of the line, behind the word */
    struct panel_command *command;
};

static bool is(const struct act *a, const char *word)
{
    return strcmp(a->rest, word) == 0;
}

/* Is it among the blank-separated names of what an instructor locked? */
static bool is_locked(const struct act *a, const char *view)
{
    const char *at = a->snapshot->locked_views;
    size_t n = strlen(view);
    for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (length == n && strncmp(at, view, n) == 0)
            return true;
        at += length;
    }
    return false;
}

/* The rest behind a word and a blank, if it begins so; null. */
static const char *behind(const char *rest, const char *word)
{
    size_t n = strlen(word);
    return strncmp(rest, word, n) == 0 && rest[n] == ' ' ? rest + n + 1 : NULL;
}

/* A number behind a word. False: there is none. */
static bool number_behind(const char *rest, const char *word, int base, unsigned long long *value)
{
    const char *text = behind(rest, word);
    char *end = NULL;
    if (!text || *text == '-')
        return false;
    *value = strtoull(text, &end, base);
    return end != text;
}

/* A number of lines or steps, bounded. */
static int steps_of(const char *text)
{
    long n = strtol(text, NULL, 10);
    return n < -STEPS_MOST ? -STEPS_MOST : n > STEPS_MOST ? STEPS_MOST : (int)n;
}

static void act_view(struct act *a)
{
    for (unsigned v = 0; v < VIEWS; v++)
        if (is(a, views[v]->name) && is_locked(a, views[v]->name))
            (void)snprintf(a->command->line, sizeof a->command->line, "locked view %s",
                           views[v]->name);
        else if (is(a, views[v]->name)) {
            a->state->view = (enum view_id)v;
            a->state->presenter = false;
        }
}

/* The next or previous pane that has a place. */
static void act_pane(struct act *a)
{
    const struct view *v = view_of(a->state);
    int *front = &a->state->front[state_slot(a->state)], n = (int)v->panes;
    int by = is(a, "back") ? n - 1 : 1;
    for (int i = 0; i < n; i++) {
        *front = (*front + by) % n;
        if (!v->pane[*front].spec.bare)
            return;
    }
}

static void act_zoom(struct act *a)
{
    int *zoomed = &a->state->zoomed[state_slot(a->state)],
        front = a->state->front[state_slot(a->state)];
    bool docked = view_of(a->state)->pane[front].spec.column >= LAYOUT_TOP;
    *zoomed = *zoomed >= 0 || docked ? -1 : front;
}

static void act_axis(struct act *a)
{
    a->state->axis = a->state->axis == AXIS_CYCLES ? AXIS_WORK : AXIS_CYCLES;
}

static void act_theme(struct act *a)
{
    for (unsigned t = 0; t < THEMES; t++)
        if (is(a, theme_names[t])) {
            a->state->theme = (enum theme)t;
            return;
        }
    a->state->theme = a->state->theme == THEME_DARK ? THEME_LIGHT : THEME_DARK;
}

static void act_text(struct act *a)
{
    struct panel_state fresh;
    state_init(&fresh, a->state->width, a->state->height);
    if (is(a, "larger") && a->state->face + 1 < FONT_FACES)
        a->state->face++;
    else if (is(a, "smaller") && a->state->face > 0)
        a->state->face--;
    else if (is(a, "normal"))
        a->state->face = fresh.face;
    else
        for (unsigned f = 0; f < FONT_FACES; f++)
            if (steps_of(a->rest) == font_faces[f].size)
                a->state->face = f;
}

static void act_presenter(struct act *a)
{
    if (!a->state->presenter && is_locked(a, "debug"))
        (void)snprintf(a->command->line, sizeof a->command->line, "locked view debug");
    else
        a->state->presenter = !a->state->presenter;
}

static void act_keyboard(struct act *a)
{
    a->state->mode = a->state->mode == MODE_GUEST ? MODE_KEYS : MODE_GUEST;
}

/* Along what was looked at; where the machine or the guest was another, it is brought there. */
static void look_again(struct act *a, int by)
{
    const struct focus was = *state_focus(a->state);
    if (!state_look_again(a->state, by))
        return;
    const struct focus *now = state_focus(a->state);
    if (now->moment[0] && (now->side != was.side || strcmp(now->moment, was.moment) != 0))
        (void)snprintf(a->command->line, sizeof a->command->line, "%s", now->moment);
}

static void act_look(struct act *a)
{
    struct focus f = *state_focus(a->state);
    unsigned long long value;
    if (is(a, "back") || is(a, "forth")) {
        look_again(a, is(a, "back") ? -1 : 1);
        return;
    }
    if (behind(a->rest, "moment")) {
        (void)snprintf(state_focus(a->state)->moment, MOMENT_MOST, "moment %s",
                       behind(a->rest, "moment"));
        return;
    }
    if (number_behind(a->rest, "exit", 10, &value))
        f.exit = value;
    else if (number_behind(a->rest, "address", 16, &value)) {
        f.address = (uint32_t)value;
        f.has_address = true;
    } else if (number_behind(a->rest, "code", 16, &value)) {
        f.eip = f.address = (uint32_t)value;
        f.has_eip = f.has_address = true;
    } else if (number_behind(a->rest, "side", 10, &value) && value < a->snapshot->sides) {
        const char *exit = strstr(a->rest, "exit ");
        f.side = (uint8_t)value;
        f.exit = exit && number_behind(exit, "exit", 10, &value) ? value : 0;
        f.moment[0] = 0;
    } else if (is(a, "other")) {
        f.side = (uint8_t)(f.side + 1u < a->snapshot->sides ? f.side + 1 : 0);
        f.exit = 0;
        f.moment[0] = 0;
    } else if (behind(a->rest, "reason")) {
        (void)snprintf(f.reason, sizeof f.reason, "%.23s", behind(a->rest, "reason"));
        f.exit = 0;
    } else if (is(a, "present") || is(a, "here") || is(a, "elsewhere")) {
        /* The machine has moved: what is looked at goes along, but for an address whose entries one
         * may be watching. */
        bool moved = !is(a, "present"), watched = moved && a->state->view == VIEW_memory;
        f.reason[0] = moved ? f.reason[0] : 0;
        f.exit = 0;
        f.eip = 0;
        f.has_eip = false;
        f.has_address = watched && f.has_address;
        f.address = f.has_address ? f.address : 0;
    } else
        return;
    if (is(a, "elsewhere"))
        state_look_anew(a->state, f);
    else
        state_look(a->state, f);
}

static void act_scroll(struct act *a)
{
    int pane = a->state->front[state_slot(a->state)];
    scroll_pane(a->panel, pane,
                a->state->scroll[state_slot(a->state)][pane]); /* rows may be gone */
    scroll_pane(a->panel, pane, a->state->scroll[state_slot(a->state)][pane] + steps_of(a->rest));
}

/* Tenths of the window; the window begins inside the run. */
static void act_pan(struct act *a)
{
    uint64_t from, to;
    time_window(a->panel, a->snapshot, &from, &to);
    int by = steps_of(a->rest);
    uint64_t step = (to - from) / 10 + 1, tenths = (uint64_t)abs(by);
    uint64_t far = tenths > 1000 ? step * 1000 : step * tenths;
    uint64_t begin = by >= 0 ? from + far : far < from ? from - far : 0;
    time_show(a->panel, a->snapshot, begin, to - from);
}

/* Half or double, around the mouse if it is over a timeline, else around the present. */
static void act_time(struct act *a)
{
    uint64_t from, to;
    time_window(a->panel, a->snapshot, &from, &to);
    uint64_t width = to - from, half = is(a, "wider") ? width : width / 4;
    uint64_t middle = a->snapshot->side[a->snapshot->front].cycle;
    const struct widget *w = time_under(a->panel, a->state->mouse_x, a->state->mouse_y);
    if (w)
        middle = from + (uint64_t)((double)width * (a->state->mouse_x - w->box.x) / w->box.w);
    if (is(a, "all")) {
        a->state->from = a->state->to = 0;
        return;
    }
    if (half < 50 || width > UINT64_MAX / 8 || (!is(a, "wider") && !is(a, "closer")))
        return;
    time_show(a->panel, a->snapshot, middle > half ? middle - half : 0, 2 * half);
}

static void type_into(struct panel_state *s, enum panel_mode mode)
{
    s->mode = mode;
    s->line[0] = 0;
    s->typed = 0;
    s->recalled = 0;
}

static void act_prompt(struct act *a)
{
    type_into(a->state, MODE_PROMPT);
}

static void act_search(struct act *a)
{
    type_into(a->state, MODE_SEARCH);
}

static void act_help(struct act *a)
{
    a->state->mode = a->state->mode == MODE_HELP ? MODE_KEYS : MODE_HELP;
    a->state->help_scroll = 0;
}

static void act_close(struct act *a)
{
    a->state->count = 0;
    if (a->state->mode == MODE_KEYS) {
        state_look_present(a->state);
        a->state->zoomed[state_slot(a->state)] = -1;
        a->state->from = a->state->to = 0;
        a->state->sought[0] = 0;
    }
    a->state->mode = MODE_KEYS;
}

static const struct {
    const char *word;
    void (*act)(struct act *a);
} acts[] = {
#define ACT(word, function) {#word, function},
#include "acts.def"
#undef ACT
};

bool act_on(struct panel *p, const struct snapshot *snapshot, const char *line,
            struct panel_command *command)
{
    size_t word = strcspn(line, " ");
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strlen(acts[i].word) == word && strncmp(acts[i].word, line, word) == 0) {
            struct act a = {p, &p->state, snapshot, line + word + (line[word] == ' '), command};
            acts[i].act(&a);
            return true;
        }
    return false;
}

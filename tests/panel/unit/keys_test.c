/*
 * The table of keys: no key twice, what Shift and capitals mean, and counts; what the mouse takes
 * hold of, and help. That every command is one that somebody carries out is tested on a panel
 * (words.c).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "app/internal.h"
#include "app/keys.h"
#include "visualizer/panel.h"
#include "core/scene.h"
#include "visualizer/snapshot.h"

Test(keys, no_key_has_two_meanings)
{
    for (size_t a = 0; a < key_row_count; a++)
        for (size_t b = 0; b < a; b++)
            cr_assert(strcmp(key_rows[a].key, key_rows[b].key) != 0 ||
                          strcmp(key_rows[a].modifiers, key_rows[b].modifiers) != 0,
                      "%s%s twice", key_rows[a].modifiers, key_rows[a].key);
}

Test(keys, every_row_is_reached_and_says_what_it_does)
{
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *k = &key_rows[i];
        unsigned modifiers = (strstr(k->modifiers, "Ctrl") ? KEY_CTRL : 0u) |
                             (strstr(k->modifiers, "Alt") ? KEY_ALT : 0u);
        cr_assert_str_eq(key_command(k->key, modifiers), k->command);
        cr_assert_gt(strlen(k->words), 0u);
        cr_assert_lt(strlen(k->key), sizeof((struct panel_event *)0)->key);
        bool letter = k->key[1] || (k->key[0] >= 'a' && k->key[0] <= 'z');
        if (letter && *k->backwards)
            cr_assert_str_eq(key_command(k->key, modifiers | KEY_SHIFT), k->backwards);
        else if (letter)
            cr_assert_null(key_command(k->key, modifiers | KEY_SHIFT), "Shift+%s is nothing",
                           k->key);
        if (*k->backwards)
            cr_assert(letter, "%s has no Shift of its own", k->key);
    }
}

Test(keys, a_capital_is_shift)
{
    cr_assert_str_eq(key_command("s", 0), "step");
    cr_assert_str_eq(key_command("S", 0), "reverse-step");
    cr_assert_str_eq(key_command("S", KEY_SHIFT), "reverse-step");
    cr_assert_str_eq(key_command("s", KEY_SHIFT), "reverse-step");
    cr_assert_str_eq(key_command("?", KEY_SHIFT), "help", "typed with Shift, not back");
    cr_assert_str_eq(key_command("+", KEY_SHIFT | KEY_CTRL), "text larger");
    cr_assert_null(key_command("F12x", 0));
    cr_assert_null(key_command("", 0));
}

/* "s F11" holds "F11", and not "1". */
static bool names_key(const char *keys, const char *modifiers, const char *key)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s%s%s", modifiers, *modifiers ? "+" : "", key);
    size_t n = strlen(name);
    for (const char *at = keys; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == n && strncmp(at, name, n) == 0)
            return true;
    return false;
}

Test(keys, the_lines_that_are_shown_have_every_key_once_below_a_title)
{
    struct key_line line[KEY_LINES_MOST];
    size_t lines = key_lines(line);
    cr_assert_lt(lines, KEY_LINES_MOST);
    cr_assert_not_null(line[0].title, "no key stands above all titles");
    for (size_t i = 0; i < key_row_count; i++) {
        unsigned found = 0;
        for (size_t k = 0; k < lines; k++)
            found += !line[k].title &&
                     names_key(line[k].keys, key_rows[i].modifiers, key_rows[i].key) &&
                     line[k].backwards == (*key_rows[i].backwards != 0);
        cr_assert_eq(found, 1u, "%s is in %u lines", key_rows[i].key, found);
    }
}

/* ---------------------------------------- counts */

static struct panel_command press(struct panel *p, const struct snapshot *s, const char *key)
{
    struct panel_event e = {.kind = PANEL_TEXT};
    (void)snprintf(e.text, sizeof e.text, "%s", key);
    return panel_take(p, s, &e);
}

/* What the last of a row of keys gives. */
static const char *after(const char *keys, char out[PANEL_LINE])
{
    struct panel *p = panel_create(800, 600);
    struct snapshot s = {0};
    snapshot_begin(&s);
    s.sides = 1;
    (void)panel_draw(p, &s);
    struct panel_command c = {""};
    for (char one[2] = ""; *keys; keys++) {
        one[0] = *keys;
        c = press(p, &s, one);
    }
    (void)snprintf(out, PANEL_LINE, "%s", c.line);
    panel_destroy(p);
    snapshot_free(&s);
    return out;
}

static const char *view_after(const char *keys)
{
    struct panel *p = panel_create(800, 600);
    struct snapshot s = {0};
    snapshot_begin(&s);
    s.sides = 1;
    (void)panel_draw(p, &s);
    for (char one[2] = ""; *keys; keys++) {
        one[0] = *keys;
        (void)press(p, &s, one);
    }
    const char *view = panel_wants(p).view;
    panel_destroy(p);
    snapshot_free(&s);
    return view;
}

Test(keys, digits_one_to_four_are_views_unless_a_count_has_begun)
{
    cr_assert_str_eq(view_after("1"), "debug");
    cr_assert_str_eq(view_after("2"), "compare");
    cr_assert_str_eq(view_after("3"), "memory");
    cr_assert_str_eq(view_after("4"), "schedule");
    cr_assert_str_eq(view_after("304"), "memory", "4 goes on with a count");
    cr_assert_str_eq(view_after("352"), "memory");
}

Test(keys, a_count_goes_to_the_command_behind_it)
{
    char out[PANEL_LINE];
    cr_assert_str_eq(after("s", out), "step");
    cr_assert_str_eq(after("03s", out), "step 3");
    cr_assert_str_eq(after("03S", out), "reverse-step 3");
    cr_assert_str_eq(after("5s", out), "step 5");
    cr_assert_str_eq(after("5000s", out), "step 5000");
    cr_assert_str_eq(after("012e", out), "step exit 12");
    cr_assert_str_eq(after("00s", out), "step", "no count of nothing");
    cr_assert_str_eq(after("5c", out), "run", "run has none");
    cr_assert_str_eq(after("5ss", out), "step", "it is used up");
    cr_assert_str_eq(after("99999999999999999999s", out) + 4, out + 4);
    cr_assert_lt(strlen(out), 24u, "a count is bounded: %s", out);
}

Test(keys, escape_forgets_a_count)
{
    struct panel *p = panel_create(800, 600);
    struct snapshot s = {0};
    snapshot_begin(&s);
    s.sides = 1;
    (void)panel_draw(p, &s);
    (void)press(p, &s, "7");
    const struct panel_event escape = {.kind = PANEL_KEY, .key = "Escape"};
    (void)panel_take(p, &s, &escape);
    cr_assert_str_eq(press(p, &s, "s").line, "step");
    panel_destroy(p);
    snapshot_free(&s);
}

/* ---------------------------------------- the mouse */

static struct panel_command mouse(struct panel *p, const struct snapshot *s,
                                  enum panel_event_kind kind, int x, int y)
{
    const struct panel_event e = {.kind = kind, .x = x, .y = y};
    return panel_take(p, s, &e);
}

Test(mouse, a_click_into_the_other_sides_timeline_is_about_that_side_and_can_be_dragged)
{
    struct panel *p = panel_create(1600, 1000);
    struct snapshot s = {0};
    struct timeline *t = timeline_create(0);
    int x, y;
    cr_assert(timeline_add(t, &(struct span){.begin = 0, .class = CLASS_kernel}));
    timeline_reach(t, 1000000);
    snapshot_begin(&s);
    s.sides = 2;
    s.side[0].timeline = s.side[1].timeline = t;
    (void)press(p, &s, "2");
    (void)panel_draw(p, &s);
    cr_assert(panel_find(p, "time1", 50, &x, &y));
    struct panel_command there = mouse(p, &s, PANEL_CLICK, x, y);
    cr_assert_eq(strncmp(there.line, "goto cycle ", 11), 0);
    cr_assert_eq(panel_wants(p).side, 1);
    struct panel_command further = mouse(p, &s, PANEL_DRAG, x + 50, y);
    cr_assert_eq(strncmp(further.line, "goto cycle ", 11), 0);
    cr_assert_str_neq(further.line, there.line);
    cr_assert_eq(panel_wants(p).side, 1, "and stays that side");
    (void)mouse(p, &s, PANEL_DROP, x + 50, y);
    cr_assert_str_eq(mouse(p, &s, PANEL_DRAG, x, y).line, "", "let go");
    panel_destroy(p);
    timeline_destroy(t);
    snapshot_free(&s);
}

/* Whatever stands on a timeline: the wheel zooms it, another button pans it, and a press on a
 * present takes hold of it. */
Test(mouse, what_stands_on_a_timeline_is_the_timeline)
{
    static const struct {
        const char *view, *name;
        unsigned side; /* afterwards */
    } presents[] = {{"1", "present", 0}, {"2", "present", 0}, {"2", "other", 1}, {"4", "now", 0}};
    struct timeline *t = timeline_create(0);
    cr_assert(timeline_add(t, &(struct span){.begin = 0, .class = CLASS_kernel}));
    cr_assert(timeline_add(t, &(struct span){.begin = 500000, .class = CLASS_memory, .exit = 1}));
    timeline_reach(t, 1000000);
    for (size_t i = 0; i < sizeof presents / sizeof *presents; i++) {
        struct panel *p = panel_create(1600, 1000);
        struct snapshot s = {0};
        int x, y;
        snapshot_begin(&s);
        s.sides = 2;
        s.side[0].timeline = s.side[1].timeline = s.side[0].turn[0] = s.side[1].turn[0] = t;
        s.side[0].cycle = s.side[1].cycle = 300000;
        s.side[0].vms = s.side[1].vms = 1;
        (void)press(p, &s, presents[i].view);
        (void)panel_draw(p, &s);
        cr_assert(panel_find(p, presents[i].name, 50, &x, &y), "%s", presents[i].name);
        cr_assert_str_eq(mouse(p, &s, PANEL_CLICK, x, y).line, "", "%s", presents[i].name);
        struct panel_command there = mouse(p, &s, PANEL_DRAG, x + 50, y);
        cr_assert_eq(strncmp(there.line, "goto cycle ", 11), 0, "%s: %s", presents[i].name,
                     there.line);
        cr_assert_eq(panel_wants(p).side, presents[i].side, "%s", presents[i].name);
        (void)mouse(p, &s, PANEL_DROP, x, y);
        const struct panel_event up = {.kind = PANEL_WHEEL, .x = x, .y = y, .by = 1};
        (void)panel_take(p, &s, &up);
        cr_assert(p->state.to > p->state.from, "%s", presents[i].name);
        const uint64_t from = p->state.from;
        (void)panel_draw(p, &s);
        const struct panel_event other = {.kind = PANEL_CLICK, .x = x, .y = y, .other = true};
        (void)panel_take(p, &s, &other);
        (void)mouse(p, &s, PANEL_DRAG, x - 50, y);
        cr_assert_gt(p->state.from, from, "%s", presents[i].name);
        panel_destroy(p);
        snapshot_free(&s);
    }
    timeline_destroy(t);
}

/* A block's click is about its exit, also if the hand is not still. */
Test(mouse, a_block_is_not_dragged)
{
    struct panel *p = panel_create(1600, 1000);
    struct snapshot s = {0};
    struct timeline *t = timeline_create(0);
    int x, y;
    cr_assert(timeline_add(t, &(struct span){.begin = 0, .class = CLASS_kernel}));
    cr_assert(timeline_add(t, &(struct span){.begin = 500000, .class = CLASS_memory, .exit = 7}));
    timeline_reach(t, 1000000);
    snapshot_begin(&s);
    s.sides = 1;
    s.side[0].timeline = t;
    (void)panel_draw(p, &s);
    cr_assert(panel_find(p, "exit.7", 50, &x, &y));
    (void)mouse(p, &s, PANEL_CLICK, x, y);
    cr_assert_str_eq(mouse(p, &s, PANEL_DRAG, x + 2, y).line, "");
    cr_assert_eq(panel_wants(p).exit, 7u);
    panel_destroy(p);
    timeline_destroy(t);
    snapshot_free(&s);
}

/* ---------------------------------------- help */

Test(help, it_scrolls_no_further_than_to_its_end)
{
    static const struct panel_event down = {.kind = PANEL_KEY, .key = "PageDown"};
    static const struct panel_event up = {.kind = PANEL_KEY, .key = "Up"};
    static const struct panel_event wheel = {.kind = PANEL_WHEEL, .by = 1};
    static const struct panel_event large = {.kind = PANEL_RESIZE, .x = 1600, .y = 380};
    struct panel *p = panel_create(640, 400);
    struct snapshot s = {0};
    snapshot_begin(&s);
    s.sides = 1;
    (void)panel_draw(p, &s);
    (void)press(p, &s, "?");
    (void)panel_draw(p, &s);
    for (unsigned n = 0; n < 9; n++)
        (void)panel_take(p, &s, &down);
    int end = p->state.help_scroll;
    cr_assert_gt(end, 10);
    (void)panel_take(p, &s, &up);
    cr_assert_eq(p->state.help_scroll, end - 1);
    (void)panel_take(p, &s, &wheel);
    cr_assert_eq(p->state.help_scroll, end - 4);
    (void)panel_take(p, &s, &large);
    (void)panel_draw(p, &s); /* two columns: fewer rows */
    (void)panel_take(p, &s, &up);
    cr_assert_lt(p->state.help_scroll, p->help_most, "also in another window");
    panel_destroy(p);
    snapshot_free(&s);
}

Test(help, no_click_and_no_wheel_goes_through_it)
{
    struct panel *p = panel_create(1280, 720);
    struct snapshot s = {0};
    int x, y;
    snapshot_begin(&s);
    s.sides = 1;
    (void)panel_draw(p, &s);
    cr_assert(panel_find(p, "code.title", 90, &x, &y));
    int front = p->state.front[VIEW_debug];
    (void)press(p, &s, "?");
    (void)panel_draw(p, &s);
    const struct widget *help = scene_find(&p->scene, "help");
    cr_assert(help);
    const struct panel_event notch = {.kind = PANEL_WHEEL, .x = x, .y = y, .by = -1};
    cr_assert_str_eq(panel_take(p, &s, &notch).line, "");
    cr_assert_str_eq(mouse(p, &s, PANEL_CLICK, help->box.x + 5, help->box.y + help->box.h - 5).line,
                     "");
    cr_assert_eq(p->state.front[VIEW_debug], front, "no pane is chosen");
    cr_assert_eq(p->state.mode, MODE_KEYS, "and it is closed");
    panel_destroy(p);
    snapshot_free(&s);
}

/* Its panes are others than the Debug view's, and fewer. */
Test(keys, the_presenter_has_panes_of_its_own)
{
    struct panel *p = panel_create(1600, 1000);
    struct snapshot s = {0};
    snapshot_begin(&s);
    s.sides = 1;
    const struct panel_event tab = {.kind = PANEL_KEY, .key = "Tab"};
    const struct panel_event f7 = {.kind = PANEL_KEY, .key = "F7"};
    (void)panel_draw(p, &s);
    for (unsigned n = 0; n < 20; n++) {
        (void)panel_take(p, &s, &f7);
        cr_assert_str_eq(panel_wants(p).view, n & 1 ? "debug" : "presenter");
        (void)press(p, &s, "z");
        (void)panel_draw(p, &s);
        (void)press(p, &s, "z");
        (void)panel_take(p, &s, &tab);
        (void)panel_draw(p, &s);
    }
    panel_destroy(p);
    snapshot_free(&s);
}

/* ---------------------------------------- the timeline's scene */

/* A line drops through the lane that an exit interrupted, and no further; of idling there is none.
 */
Test(timelines, a_drop_ends_in_the_lane_that_was_interrupted)
{
    static const struct span spans[] = {
        {.begin = 0, .class = CLASS_kernel},
        {.begin = 300000, .class = CLASS_memory, .exit = 1},
        {.begin = 400000, .class = CLASS_user},
        {.begin = 500000, .class = CLASS_device, .exit = 2},
        {.begin = 600000, .class = CLASS_idle},
        {.begin = 700000, .class = CLASS_interrupt, .exit = 3},
        {.begin = 800000, .class = CLASS_kernel},
    };
    struct panel *p = panel_create(1600, 1000);
    struct snapshot s = {0};
    struct timeline *t = timeline_create(0);
    int height[4], drops = 0;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        cr_assert(timeline_add(t, &spans[i]));
    timeline_reach(t, 900000);
    snapshot_begin(&s);
    s.sides = 1;
    s.side[0].timeline = t;
    const struct scene *scene = panel_draw(p, &s);
    for (size_t i = 0; i < scene->shapes && drops < 4; i++)
        if (scene->shape[i].kind == SHAPE_LINE && scene->shape[i].colour == COLOUR_edge)
            height[drops++] = scene->shape[i].box.h;
    cr_assert_eq(drops, 2, "%d drops", drops);
    cr_assert_gt(height[1], height[0] * 3 / 2, "%d to the kernel, %d to the programs", height[0],
                 height[1]);
    panel_destroy(p);
    timeline_destroy(t);
    snapshot_free(&s);
}

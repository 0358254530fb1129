/*
 * What someone needs who sees the panel for the first time: one key to press, which is one; figures
 * that say whose they are; what the colours and letters mean; empty panes that say what to do.
 */
#include <stdio.h>
#include <string.h>

#include "app/internal.h"
#include "app/keys.h"
#include "stage.h"

static unsigned wrong, checked;

static void check(bool good, const char *where, const char *what)
{
    checked++;
    if (good)
        return;
    wrong++;
    (void)printf("%s: %s\n", where, what);
}

/* ---------------------------------------- what is in a scene */

static bool says(const struct scene *s, const char *text)
{
    for (size_t i = 0; i < s->shapes; i++)
        if (s->shape[i].kind == SHAPE_TEXT && strstr(scene_string(s, s->shape[i].text), text))
            return true;
    return false;
}

static bool has_widget(const struct scene *s, const char *begin)
{
    for (size_t i = 0; i < s->widgets; i++)
        if (strncmp(scene_string(s, s->widget[i].name), begin, strlen(begin)) == 0)
            return true;
    return false;
}

/* ---------------------------------------- the story bar */

/* How many keys a line names; each must be in the table. */
static unsigned keys_in(const char *where, const char *line)
{
    unsigned n = 0;
    for (const char *at = strchr(line, '`'); at; at = strchr(at, '`')) {
        char key[16];
        size_t length = strcspn(++at, "`");
        (void)snprintf(key, sizeof key, "%.*s", (int)length, at);
        check(key_command(key, 0) != NULL, where, line);
        at += length + 1;
        n++;
    }
    return n;
}

static void check_story(const char *where, const struct snapshot *s)
{
    check(*s->story && strchr(s->story, '.') != NULL, where, "the story is no sentence");
    check(keys_in(where, s->key) == 1, where, s->key);
    check(s->hints > 0, where, "nothing says where all keys are");
    for (unsigned i = 0; i < s->hints; i++) {
        check(keys_in(where, s->hint[i]) == 1, where, s->hint[i]);
        for (unsigned k = 0; k < i; k++)
            check(strcmp(s->hint[i], s->hint[k]) != 0, where, s->hint[i]);
    }
}

static void check_stories(void)
{
    for (const struct sight *sight = sights; sight->name; sight++) {
        struct show w;
        char where[80];
        stage_open(&w, sight);
        for (unsigned v = 0; stage_views[v]; v++) {
            (void)snprintf(where, sizeof where, "%s %s", sight->name, stage_views[v]);
            stage_view(&w, stage_views[v]);
            (void)show_draw(&w, true);
            check_story(where, &w.driver.snapshot);
        }
        show_close(&w);
    }
}

/* The sentence has as many rows as it needs. */
static void check_whole_stories(void)
{
    struct show w;
    char where[40];
    stage_open(&w, &sights[6]); /* both */
    stage_line(&w, "say text 13");
    for (int width = 640; width <= 1280; width += 40)
        for (unsigned v = 0; v < 2; v++) {
            (void)snprintf(where, sizeof where, "%s, %d wide", stage_views[v], width);
            stage_size(&w, width, 600);
            stage_view(&w, stage_views[v]);
            const struct scene *s = show_draw(&w, true);
            bool whole = true;
            for (size_t i = 0; i < s->shapes; i++)
                whole &= s->shape[i].kind != SHAPE_TEXT ||
                         !box_holds(w.panel->place[0].box, s->shape[i].box.x, s->shape[i].box.y) ||
                         !strstr(scene_string(s, s->shape[i].text), "\xe2\x80\xa6");
            check(whole, where, "the story is cut");
        }
    show_close(&w);
}

static void same_tip(const struct scene *s, const char *pane, const char *name, const char *tip)
{
    char full[80];
    (void)snprintf(full, sizeof full, "%s.%s", pane, name);
    const struct widget *w = scene_find(s, full);
    if (w) /* it is not scrolled out of sight */
        check(strcmp(scene_string(s, w->tip), tip) == 0, full, "its tip is another one");
}

/* All of what is said of a place is there when one points at it, to the last word. */
static void check_tips(void)
{
    struct show w;
    unsigned tips = 0;
    stage_open(&w, &sights[6]); /* both */
    for (unsigned v = 0; v < 3; v++)
        for (unsigned face = 0; face < FONT_FACES; face++) {
            stage_size(&w, 1280, 720);
            stage_view(&w, stage_views[v]);
            w.panel->state.face = face;
            const struct scene *s = show_draw(&w, true);
            const struct snapshot *snapshot = &w.driver.snapshot;
            for (size_t i = 0; i < snapshot->side[0].counters; i++)
                same_tip(s, "exits", snapshot->side[0].counter[i].name,
                         snapshot->side[0].counter[i].tip);
            for (size_t i = 0; i < snapshot->side[0].costs; i++)
                same_tip(s, "costs", snapshot->side[0].cost[i].name, snapshot->side[0].cost[i].tip);
            for (size_t i = 0; i < snapshot->differences; i++)
                same_tip(s, "differences", snapshot->difference[i].name,
                         snapshot->difference[i].tip);
            for (size_t i = 0; i < s->widgets; i++) {
                char tip[2000], name[64];
                (void)snprintf(tip, sizeof tip, "%s", scene_string(s, s->widget[i].tip));
                (void)snprintf(name, sizeof name, "%s", scene_string(s, s->widget[i].name));
                if (strlen(tip) < 300)
                    continue;
                stage_linef(&w, "hover %s", name);
                s = show_draw(&w, true);
                const struct shape *last = &s->shape[s->shapes - 1];
                const char *said = last->kind == SHAPE_TEXT ? scene_string(s, last->text) : "?";
                check(strcmp(tip + strlen(tip) - strlen(said), said) == 0 &&
                          last->box.y + last->box.h <= s->height,
                      name, "its tip is cut");
                tips++;
            }
        }
    check(tips > 20, "tips", "too few are long");
    show_close(&w);
}

/* ---------------------------------------- the first visit */

/* With no arguments: both at the same guest work, what each needed, and one key. */
static void check_opening(void)
{
    static const struct sight opening = {"opening", {NULL}, {NULL}};
    struct show w;
    char digits[32];
    stage_open(&w, &opening);
    stage_size(&w, 1280, 720);
    const struct scene *s = show_draw(&w, true);
    const struct snapshot *snapshot = &w.driver.snapshot;
    check(snapshot->sides == 2 && strcmp(view_of(&w.panel->state)->name, "compare") == 0, "opening",
          "it does not compare");
    for (unsigned i = 0; i < 2; i++) {
        check(strstr(snapshot->story, pane_digits(digits, snapshot->side[i].exits)) != NULL,
              "opening", "exits are not in the story");
        check(strstr(snapshot->story, pane_digits(digits, snapshot->side[i].busy)) != NULL,
              "opening", "cycles are not in the story");
        check(!snapshot->side[i].running && snapshot->side[i].exits > 0, "opening",
              "it is not paused behind the boot");
    }
    check_story("opening", snapshot);
    check(says(s, snapshot->story), "opening", "the story is cut");
    check(says(s, "modelled cycles, p4-2005"), "opening", "whose cycles these are is not said");
    stage_line(&w, "key ?");
    s = show_draw(&w, true);
    check(says(s, "Through the run") && says(s, "leave") && says(s, "First:"), "help",
          "not all of it is seen at once");
    show_close(&w);
}

static void check_first_exit(void)
{
    static const struct sight first = {
        "first exit", {"--mode", "trap", "--run", "halt", NULL}, {"key e", NULL}};
    struct show w;
    stage_open(&w, &first);
    stage_size(&w, 1280, 720);
    const struct scene *s = show_draw(&w, true);
    const struct snapshot *snapshot = &w.driver.snapshot;
    check(!snapshot->side[0].counters && !says(s, "No VM exit so far"), "first exit",
          "says that there is none");
    check(says(s, "Press f to finish it"), "first exit", "does not say when it is counted");
    for (unsigned i = 0; i < 3; i++)
        stage_line(&w, "key s");
    s = show_draw(&w, true);
    const struct snap_exit *x = &snapshot->side[0].exit_shown;
    check(x->known && says(s, "Why") && says(s, x->reason) && says(s, x->words), "first exit",
          "does not say why");
    check(says(s, "shadow entry 0x00000000"), "first exit", "its why is cut");
    for (size_t i = 0; i < x->phases; i++)
        for (size_t k = 0; k < snapshot->side[0].costs; k++)
            if (strcmp(x->phase[i].name, snapshot->side[0].cost[k].name) == 0)
                check(x->phase[i].colour == snapshot->side[0].cost[k].colour &&
                          x->phase[i].hatch == snapshot->side[0].cost[k].hatch,
                      x->phase[i].name, "has two colours");
    stage_line(&w, "key b");
    s = show_draw(&w, true);
    check(says(s, "Stops there from now on"), "first exit", "b is not answered in the story bar");
    check(keys_in("first exit", snapshot->key) == 1 && says(s, "for its next phase."), "first exit",
          "a message takes the key's place");
    stage_line(&w, "key 3");
    s = show_draw(&w, true);
    check(strstr(snapshot->memory.verdict, "number 0 of the directory") &&
              says(s, "number 0 of the directory") && says(s, "missing"),
          "first exit", "the entry is not shown while paging is off");
    stage_line(&w, "key f");
    (void)show_draw(&w, true);
    check(strstr(snapshot->story, "Exit 1, shadow_fill, is over and took ") != NULL, "first exit",
          snapshot->story);
    show_close(&w);
}

/* The entry that a shadow fault was about, and that a click on another one leads there. */
static void check_entry(void)
{
    static const struct sight fault = {
        "fault", {"--mode", "trap", "--run", "halt", NULL}, {"say until kmain", NULL}};
    struct show w;
    stage_open(&w, &fault);
    stage_size(&w, 1280, 800);
    stage_line(&w, "say step exit shadow_fill");
    for (unsigned i = 0; i < 3; i++)
        stage_line(&w, "key s");
    stage_line(&w, "key 3");
    (void)show_draw(&w, true);
    const struct snap_memory *m = &w.driver.snapshot.memory;
    unsigned at = 0;
    for (unsigned i = 0; i < SNAP_LEVELS; i++)
        for (size_t n = 0; n < m->real[i].entries; n++)
            at += m->real[i].entry[n].here && *m->real[i].entry[n].tag;
    check(at == 1 && *m->verdict, "fault", "not one entry is marked");
    stage_line(&w, "click guest.0.769");
    (void)show_draw(&w, true);
    check(m->address == 769u << 22, "fault", "a click on an entry does not lead there");
    check(says(show_draw(&w, true), "a square is 4 KB") &&
              has_widget(&w.panel->scene, "frames.map"),
          "fault", "there is no map");
    show_close(&w);
}

/* A question leaves the code that it is about to be seen, and says that what is hidden is hidden.
 */
static void check_question(void)
{
    static const struct sight asked = {
        "question", {"--mode", "trap", "--run", "halt", NULL}, {"key x", "key p", "key e", NULL}};
    struct show w;
    stage_open(&w, &asked);
    stage_size(&w, 1280, 720);
    const struct scene *s = show_draw(&w, true);
    const struct widget *code = scene_find(s, "code.00131000"),
                        *box = scene_find(s, "question.title");
    check(code && box && box_empty(box_cut(code->box, box->box)) &&
              box->box.y > code->box.y + code->box.h,
          "question", "it covers the instruction");
    check(!says(s, "No program has run yet"), "question",
          "says that nothing ran, not that it is hidden");
    show_close(&w);
}

/* What is chosen is marked, moving leads back to the present, and Escape does without moving. */
static void check_chosen(void)
{
    static const struct sight at = {
        "chosen", {"--mode", "trap", "--run", "halt", NULL}, {"say until kmain", NULL}};
    struct show w;
    stage_open(&w, &at);
    stage_size(&w, 1280, 720);
    stage_line(&w, "key 3");
    stage_line(&w, "click guest.0.769");
    stage_line(&w, "key 1");
    check(!says(show_draw(&w, true), "as chosen"), "chosen", "an entry's page is no code");
    stage_line(&w, "say look code c0400000");
    const struct scene *s = show_draw(&w, true);
    check(says(s, "as chosen; Escape: the present") && says(s, "c0400000"), "chosen",
          "does not say that this is not where the machine stands");
    check(says(s, "Escape") && strstr(w.driver.snapshot.hint[0], "Escape"), "chosen",
          "no way back is told");
    stage_line(&w, "key Escape");
    check(!says(show_draw(&w, true), "c0400000"), "chosen", "Escape does not lead back");
    stage_line(&w, "say look code c0400000");
    stage_line(&w, "key s");
    check(!says(show_draw(&w, true), "c0400000"), "chosen", "a step does not lead back");
    stage_line(&w, "key 3");
    stage_line(&w, "say look address c0400000");
    stage_line(&w, "key s");
    (void)show_draw(&w, true);
    check(w.driver.snapshot.memory.address == 0xc0400000u, "chosen",
          "an entry cannot be watched over a step");
    show_close(&w);
}

/* Both timelines are as high as each other, and their lanes have names. */
static void check_lanes(void)
{
    static const int sizes[][2] = {{1024, 640}, {1280, 720}, {1280, 733}, {1280, 800}, {1366, 768}};
    static const struct sight both = {
        "lanes", {"--compare", "trap,pv", "--run", "ls", NULL}, {NULL}};
    struct show w;
    stage_open(&w, &both);
    stage_line(&w, "key F8");
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        stage_size(&w, sizes[i][0], sizes[i][1]);
        stage_linef(&w, "say text %d", sizes[i][0] < 1200 ? 13 : 16);
        stage_view(&w, "compare");
        const struct scene *s = show_draw(&w, true);
        const struct widget *a = scene_find(s, "time0"), *b = scene_find(s, "time1");
        check(a && b && a->box.h == b->box.h && a->box.w == b->box.w, "lanes",
              "trap's and pv's have two heights");
        unsigned names = 0;
        for (size_t k = 0; k < s->shapes; k++)
            names += s->shape[k].kind == SHAPE_TEXT &&
                     strcmp(scene_string(s, s->shape[k].text), "hypervisor") == 0;
        check(names == 2, "lanes", "a lane has no name");
    }
    show_close(&w);
}

/* ---------------------------------------- every view */

/* Where there is room for all, looking elsewhere moves nothing. */
static void check_still(void)
{
    struct show w;
    struct pane_place before[LAYOUT_PANES];
    stage_open(&w, &sights[1]);
    stage_size(&w, 1280, 800);
    for (unsigned v = 0; v < 4; v++) {
        stage_view(&w, stage_views[v]);
        (void)show_draw(&w, true);
        memcpy(before, w.panel->place, sizeof before);
        for (unsigned i = 0; i < view_of(&w.panel->state)->panes; i++) {
            stage_line(&w, "key Tab");
            (void)show_draw(&w, true);
            check(memcmp(before, w.panel->place, sizeof before) == 0, stage_views[v],
                  "panes move when Tab is pressed");
        }
    }
    show_close(&w);
}

/* Lists end with their last row, however far one scrolls; what a bar of blocks means is said. */
static void check_views(void)
{
    struct show w;
    stage_open(&w, &sights[6]); /* both */
    stage_size(&w, 1280, 720);
    stage_view(&w, "debug");
    driver_log(&w.driver, "98\tof a source");
    bool exits = false, registers = false;
    for (unsigned i = 0; i < 9; i++) {
        stage_line(&w, "say scroll 100000");
        const struct scene *now = show_draw(&w, true);
        exits |= has_widget(now, "exits.HLT") || has_widget(now, "exits.LDTR_TR");
        registers |= has_widget(now, "registers.tr");
        stage_line(&w, "key Tab");
    }
    check(exits, "debug", "exits are scrolled out of sight");
    check(registers, "debug", "registers are scrolled out of sight");
    for (unsigned v = 0; v < 4; v++) {
        stage_view(&w, stage_views[v]);
        const struct scene *s = show_draw(&w, true);
        if (v != 2) /* the Memory view has no cycles */
            check(says(s, "modelled cycles, p4-2005") && says(s, "privileged") &&
                      says(s, "interrupt"),
                  stage_views[v], "does not say what its blocks or cycles are");
        check(!says(s, "\t") && (v != 1 || says(s, "98 of a source")), stage_views[v],
              "shows a tab");
    }
    show_close(&w);
}

int main(void)
{
    check_opening();
    check_stories();
    check_whole_stories();
    check_tips();
    check_first_exit();
    check_entry();
    check_question();
    check_chosen();
    check_lanes();
    check_views();
    check_still();
    (void)printf("%u things checked, %u wrong\n", checked, wrong);
    return wrong || checked < 500 ? 1 : 0;
}

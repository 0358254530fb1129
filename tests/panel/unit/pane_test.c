/*
 * Panes and scenes: text is cut with an ellipsis and numbers never, paragraphs lose nothing, what
 * is outside the clip is no widget; keys in a line, and lists that are longer than their pane.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pane.h"
#include "views/view.h"

#define ELLIPSIS "\xe2\x80\xa6"

struct rig {
    struct scene scene;
    struct pane pane;
};

static struct rig begin(int columns, int rows)
{
    struct rig r = {.scene = {0}};
    const struct font_face *face = &font_faces[1];
    scene_begin(&r.scene, 2000, 1000, THEME_LIGHT);
    r.pane = (struct pane){.name = "p",
                           .face = face,
                           .face_index = 1,
                           .box = {10, 20, columns * face->width, rows * face->height},
                           .columns = columns,
                           .rows = rows};
    return r;
}

/* The n-th text of the scene into `out`; where it stands. */
static struct box text_of(const struct scene *s, unsigned n, char out[600])
{
    for (size_t i = 0; i < s->shapes; i++)
        if (s->shape[i].kind == SHAPE_TEXT && n-- == 0) {
            (void)snprintf(out, 600, "%.*s", (int)s->shape[i].bytes,
                           scene_string(s, s->shape[i].text));
            return s->shape[i].box;
        }
    out[0] = 0;
    return (struct box){0, 0, 0, 0};
}

static const char *written(int cells, const char *text, char out[600])
{
    struct rig r = begin(40, 4);
    r.pane.scene = &r.scene;
    (void)pane_text(&r.pane, 0, 0, cells, COLOUR_ink, PANE_PLAIN, "%s", text);
    (void)text_of(&r.scene, 0, out);
    scene_free(&r.scene);
    return out;
}

Test(pane, text_that_does_not_fit_ends_in_an_ellipsis)
{
    char out[600];
    cr_assert_str_eq(written(6, "abcdef", out), "abcdef");
    cr_assert_str_eq(written(6, "abcdefg", out), "abcde" ELLIPSIS);
    cr_assert_str_eq(written(1, "abc", out), ELLIPSIS);
    cr_assert_str_eq(written(3, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", out),
                     "\xc3\xa4\xc3\xb6" ELLIPSIS, "between characters, never within one");
    cr_assert_str_eq(written(0, "abc", out), "");
}

Test(pane, very_long_text_is_cut_within_its_cells)
{
    char text[2000], out[600];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    (void)written(-1, text, out);
    cr_assert_eq(font_cells(out, strlen(out)), 40u);
    cr_assert_not_null(strstr(out, ELLIPSIS));
}

Test(pane, a_number_is_whole_or_is_hashes)
{
    static const uint64_t values[] = {0, 7, 999, 1000, 1234567, UINT64_MAX};
    for (unsigned v = 0; v < sizeof values / sizeof *values; v++)
        for (int cells = 1; cells < 30; cells++) {
            struct rig r = begin(40, 2);
            char want[32], out[600];
            r.pane.scene = &r.scene;
            pane_number(&r.pane, 2, 0, cells, COLOUR_ink, PANE_PLAIN, values[v]);
            struct box b = text_of(&r.scene, 0, out);
            (void)pane_digits(want, values[v]);
            bool fits = (int)strlen(want) <= cells;
            cr_assert(fits ? strcmp(out, want) == 0 : strspn(out, "#") == strlen(out) && *out,
                      "%s in %d cells is %s", want, cells, out);
            cr_assert_eq(b.x + b.w, 10 + (2 + cells) * r.pane.face->width, "to the right");
            scene_free(&r.scene);
        }
}

Test(pane, thousands_stand_apart)
{
    char out[32];
    cr_assert_str_eq(pane_digits(out, 0), "0");
    cr_assert_str_eq(pane_digits(out, 999), "999");
    cr_assert_str_eq(pane_digits(out, 1000), "1,000");
    cr_assert_str_eq(pane_digits(out, 1234567), "1,234,567");
    cr_assert_str_eq(pane_digits(out, UINT64_MAX), "18,446,744,073,709,551,615");
}

/* Words and spaces of text, without how it was broken. */
static void squeeze(char *text)
{
    char *to = text;
    for (char *from = text; *from; from++)
        if (*from != ' ' && *from != '\n')
            *to++ = *from;
    *to = 0;
}

Test(pane, a_paragraph_with_room_loses_nothing_and_needs_the_rows_it_says)
{
    static const char text[] = "The kernel believes to be in ring 0 and is in ring 1:\npaging "
                               "cannot tell the two apart, averyveryverylongwordthatfitsnowhere "
                               "either.";
    for (int cells = 4; cells < 90; cells++) {
        struct rig r = begin(100, 90);
        char all[4000] = "", want[400], out[600];
        r.pane.scene = &r.scene;
        int rows = pane_paragraph(&r.pane, 1, 0, cells, 90, COLOUR_ink, PANE_PLAIN, text);
        for (unsigned n = 0; n < (unsigned)rows; n++) {
            (void)text_of(&r.scene, n, out);
            cr_assert_leq(font_cells(out, strlen(out)), (size_t)cells);
            (void)strcat(all, out);
        }
        (void)snprintf(want, sizeof want, "%s", text);
        squeeze(all);
        squeeze(want);
        cr_assert_str_eq(all, want, "in %d cells", cells);
        cr_assert_eq(rows, pane_rows(text, cells));
        scene_free(&r.scene);
    }
}

Test(pane, a_paragraph_without_room_shows_that_it_is_cut)
{
    struct rig r = begin(20, 2);
    char out[600];
    r.pane.scene = &r.scene;
    int rows = pane_paragraph(&r.pane, 0, 0, -1, 9, COLOUR_ink, PANE_PLAIN,
                              "one two three four five six seven eight nine ten eleven");
    cr_assert_eq(rows, 2);
    (void)text_of(&r.scene, 1, out);
    cr_assert_str_eq(out + strlen(out) - 3, ELLIPSIS);
    scene_free(&r.scene);
}

/* Whatever is asked for, nothing stands outside the pane. */
Test(pane, cells_outside_the_pane_are_not_written)
{
    struct rig r = begin(20, 3);
    r.pane.scene = &r.scene;
    for (int column = -5; column < 30; column++)
        for (int row = -2; row < 6; row++)
            for (int cells = -1; cells < 40; cells += 3) {
                (void)pane_text(&r.pane, column, row, cells, COLOUR_ink, PANE_RIGHT, "text");
                pane_number(&r.pane, column, row, cells, COLOUR_ink, PANE_BOLD, 123456);
                pane_shade(&r.pane, column, row, cells, COLOUR_bar);
                pane_widget(&r.pane, column, row, cells, "w", "", "");
                (void)pane_paragraph(&r.pane, column, row, cells, 2, COLOUR_ink, PANE_PLAIN, "a b");
            }
    for (size_t i = 0; i < r.scene.shapes; i++) {
        struct box b = r.scene.shape[i].box, cut = box_cut(b, r.pane.box);
        cr_assert_eq(memcmp(&b, &cut, sizeof b), 0, "%d,%d %dx%d", b.x, b.y, b.w, b.h);
    }
    scene_free(&r.scene);
}

/* ---------------------------------------- scenes */

Test(scene, what_is_outside_the_clip_is_no_widget_and_no_shape)
{
    struct scene s = {0};
    scene_begin(&s, 100, 100, THEME_DARK);
    struct box before = scene_clip(&s, (struct box){10, 10, 20, 20});
    scene_widget(&s, (struct box){0, 0, 10, 10}, "out", "", "");
    scene_widget(&s, (struct box){25, 25, 50, 50}, "half", "do", "tip");
    scene_fill(&s, (struct box){40, 40, 5, 5}, COLOUR_ink);
    scene_text(&s, 200, 200, 0, false, COLOUR_ink, "far", 3);
    scene_unclip(&s, before);
    cr_assert_null(scene_find(&s, "out"));
    cr_assert_eq(s.shapes, 0u);
    const struct widget *w = scene_find(&s, "half");
    cr_assert(w && w->box.x == 25 && w->box.y == 25 && w->box.w == 5 && w->box.h == 5);
    cr_assert_str_eq(scene_string(&s, w->tip), "tip");
    cr_assert_eq(scene_at(&s, 29, 29), w);
    cr_assert_null(scene_at(&s, 30, 30));
    scene_free(&s);
}

Test(scene, the_last_widget_lies_in_front)
{
    struct scene s = {0};
    scene_begin(&s, 100, 100, THEME_DARK);
    scene_widget(&s, (struct box){0, 0, 50, 50}, "below", "", "");
    scene_widget(&s, (struct box){10, 10, 10, 10}, "above", "", "");
    cr_assert_str_eq(scene_string(&s, scene_at(&s, 15, 15)->name), "above");
    cr_assert_str_eq(scene_string(&s, scene_at(&s, 25, 25)->name), "below");
    scene_free(&s);
}

Test(scene, too_many_shapes_are_left_out_and_that_is_said)
{
    struct scene s = {0};
    scene_begin(&s, 100, 100, THEME_DARK);
    for (unsigned i = 0; i < SCENE_MOST + 10; i++)
        scene_fill(&s, (struct box){1, 1, 1, 1}, COLOUR_ink);
    cr_assert_eq(s.shapes, SCENE_MOST);
    cr_assert(s.short_of);
    scene_begin(&s, 100, 100, THEME_DARK);
    cr_assert_not(s.short_of, "the next scene begins anew");
    scene_free(&s);
}

Test(scene, its_text_is_its_own)
{
    struct scene s = {0};
    char text[8] = "before";
    scene_begin(&s, 100, 100, THEME_DARK);
    scene_text(&s, 0, 0, 0, false, COLOUR_ink, text, 6);
    for (unsigned i = 0; i < 3000; i++) /* its characters move */
        scene_text(&s, 0, 0, 0, false, COLOUR_ink, "other", 5);
    memcpy(text, "after!", 6);
    cr_assert_eq(memcmp(scene_string(&s, s.shape[0].text), "before", 6), 0);
    scene_free(&s);
}

/* ---------------------------------------- keys in a line */

Test(pane, a_key_in_backquotes_is_drawn_without_them_and_takes_the_cells_it_says)
{
    static const char line[] = "Press `Home` to go.";
    struct rig r = begin(40, 4);
    char out[600];
    r.pane.scene = &r.scene;
    int cells = draw_keyed(&r.pane, 0, 0, COLOUR_ink, line);
    cr_assert_eq(cells, keyed_cells(line));
    cr_assert_eq(cells, 5 + 6 + 6, "a blank beside a key is the key's own air");
    (void)text_of(&r.scene, 0, out);
    cr_assert_str_eq(out, "Press");
    (void)text_of(&r.scene, 1, out);
    cr_assert_str_eq(out, "Home");
    (void)text_of(&r.scene, 2, out);
    cr_assert_str_eq(out, "to go.");
    scene_free(&r.scene);
}

Test(pane, a_line_with_keys_never_leaves_its_pane)
{
    for (int columns = 1; columns < 30; columns++) {
        struct rig r = begin(columns, 1);
        r.pane.scene = &r.scene;
        int cells = draw_keyed(&r.pane, 0, 0, COLOUR_ink, "Press `Space` to pause, ` is no key.");
        cr_assert_leq(cells, columns);
        for (size_t i = 0; i < r.scene.shapes; i++)
            cr_assert_leq(r.scene.shape[i].box.x + r.scene.shape[i].box.w,
                          r.pane.box.x + r.pane.box.w);
        scene_free(&r.scene);
    }
}

/* ---------------------------------------- lists */

static size_t first_of(int rows, int head, size_t items, int scrolled, size_t *bars)
{
    struct rig r = begin(40, rows);
    r.pane.scene = &r.scene;
    r.pane.first = scrolled;
    size_t first = pane_first(&r.pane, head, items);
    *bars = r.scene.shapes;
    scene_free(&r.scene);
    return first;
}

Test(pane, a_list_is_never_scrolled_out_of_its_pane)
{
    size_t bars;
    cr_assert_eq(first_of(10, 1, 20, 0, &bars), 0u);
    cr_assert_eq(first_of(10, 1, 20, 5, &bars), 5u);
    cr_assert_eq(first_of(10, 1, 20, 100000, &bars), 11u, "the last nine");
    cr_assert_eq(first_of(10, 1, 20, -100000, &bars), 0u);
    cr_assert_eq(first_of(1, 1, 20, 7, &bars), 7u, "no room for any");
}

Test(pane, a_bar_says_that_there_is_more_than_is_seen)
{
    size_t bars;
    (void)first_of(10, 1, 9, 3, &bars);
    cr_assert_eq(bars, 0u, "all are seen");
    (void)first_of(10, 1, 10, 0, &bars);
    cr_assert_eq(bars, 2u, "its bed and itself");
}

/*
 * The canvas, the font and UTF-8: every pixel is told by arithmetic of the test's own, and nothing
 * is drawn outside the clip, wherever a shape lies.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/canvas.h"

#define W 64
#define H 48

static const struct box clip = {9, 7, 30, 20};

struct sheet {
    uint32_t pixel[W * H];
    struct canvas c;
};

static void begin(struct sheet *s, uint32_t rgb)
{
    s->c = canvas_on(s->pixel, W, H);
    canvas_fill(&s->c, (struct box){0, 0, W, H}, rgb);
    s->c.clip = clip;
}

static uint32_t at(const struct sheet *s, int x, int y)
{
    return s->pixel[y * W + x];
}

static void nothing_outside(const struct sheet *s, uint32_t rgb)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            if (!box_holds(clip, x, y))
                cr_assert_eq(at(s, x, y), 0xff000000u | rgb, "pixel %d,%d", x, y);
}

static uint64_t draw(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

Test(canvas, no_shape_leaves_the_clip)
{
    struct sheet s;
    uint64_t seed = 3;
    begin(&s, 0x112233);
    for (unsigned n = 0; n < 3000; n++) {
        int v[4];
        for (unsigned i = 0; i < 4; i++)
            v[i] = (int)(draw(&seed) % 160) - 50;
        struct box b = {v[0], v[1], v[2], v[3]};
        const struct font_face *face = &font_faces[n % FONT_FACES];
        canvas_fill(&s.c, b, 0xff0000);
        canvas_hatch(&s.c, b, (enum hatch)(n % HATCHES), 0x00ff00);
        canvas_frame(&s.c, b, (int)(n % 5), 0x0000ff);
        canvas_line(&s.c, v[0], v[1], v[2], v[3], 0xffff00);
        canvas_text(&s.c, v[0], v[1], face, n & 1, 0xffffff, "W\xe2\x96\x88gW", 6);
    }
    nothing_outside(&s, 0x112233);
}

Test(canvas, coordinates_may_be_far_away)
{
    struct sheet s;
    begin(&s, 0);
    const int far[] = {-100000000, -70000, 70000, 100000000};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 4; k++) {
            canvas_fill(&s.c, (struct box){far[i], far[k], 5, 5}, 0xffffff);
            canvas_frame(&s.c, (struct box){far[i], far[k], 50000, 3}, 2, 0xffffff);
            canvas_text(&s.c, far[i], far[k], &font_faces[0], false, 0xffffff, "far", 3);
        }
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            cr_assert_eq(at(&s, x, y), 0xff000000u);
    canvas_fill(&s.c, (struct box){-100000000, -100000000, 200000000, 200000000}, 0xabcdef);
    cr_assert_eq(at(&s, clip.x, clip.y), 0xffabcdefu);
    nothing_outside(&s, 0);
}

Test(canvas, hatches_lie_on_a_grid_that_does_not_move)
{
    for (unsigned h = 1; h < HATCHES; h++) {
        struct sheet s;
        begin(&s, 0);
        canvas_hatch(&s.c, (struct box){11, 8, 9, 11}, (enum hatch)h, 0xffffff);
        unsigned strokes = 0;
        for (int y = 8; y < 19; y++)
            for (int x = 11; x < 20; x++) {
                bool stroke = hatch_rows[h][y % 8] >> (x % 8) & 1;
                strokes += stroke;
                cr_assert_eq(at(&s, x, y), stroke ? 0xffffffffu : 0xff000000u);
            }
        cr_assert_gt(strokes, 0u, "%s has strokes", hatch_names[h]);
    }
}

Test(canvas, a_line_has_both_ends_and_one_pixel_a_step)
{
    struct sheet s;
    const int ends[][4] = {{10, 10, 30, 20}, {30, 20, 10, 10}, {10, 20, 14, 9}, {12, 8, 12, 8}};
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        const int *e = ends[i];
        begin(&s, 0);
        canvas_line(&s.c, e[0], e[1], e[2], e[3], 0xffffff);
        int drawn = 0, dx = abs(e[2] - e[0]), dy = abs(e[3] - e[1]);
        for (int n = 0; n < W * H; n++)
            drawn += s.pixel[n] == 0xffffffffu;
        cr_assert_eq(drawn, (dx > dy ? dx : dy) + 1);
        cr_assert_eq(at(&s, e[0], e[1]), 0xffffffffu);
        cr_assert_eq(at(&s, e[2], e[3]), 0xffffffffu);
    }
}

Test(canvas, a_frame_is_as_thick_as_asked_and_has_a_hole)
{
    struct sheet s;
    begin(&s, 0);
    canvas_frame(&s.c, (struct box){10, 8, 12, 10}, 2, 0xffffff);
    for (int y = 8; y < 18; y++)
        for (int x = 10; x < 22; x++) {
            bool inside = x >= 12 && x < 20 && y >= 10 && y < 16;
            cr_assert_eq(at(&s, x, y), inside ? 0xff000000u : 0xffffffffu);
        }
}

/* One channel of ink at a coverage on paper, rounded down, full coverage exact. */
static uint32_t mixed(uint32_t paper, uint32_t ink, unsigned coverage, unsigned shift)
{
    uint32_t share = coverage == 255 ? 256 : coverage < 128 ? coverage : coverage + 1;
    uint32_t a = paper >> shift & 255, b = ink >> shift & 255;
    return (a * (256 - share) + b * share) / 256 << shift;
}

Test(canvas, text_is_blended_exactly)
{
    static const uint32_t papers[] = {0xffffff, 0x000000, 0x14171a, 0xe69f00};
    struct sheet s;
    for (unsigned f = 0; f < FONT_FACES; f++)
        for (unsigned p = 0; p < sizeof papers / sizeof *papers; p++) {
            const struct font_face *face = &font_faces[f];
            const uint8_t *glyph = font_glyph(face, p & 1, 'g');
            unsigned between = 0;
            begin(&s, papers[p]);
            s.c.clip = (struct box){0, 0, W, H};
            canvas_text(&s.c, 3, 2, face, p & 1, 0x0072b2, "g", 1);
            for (int y = 0; y < face->height; y++)
                for (int x = 0; x < face->width; x++) {
                    unsigned coverage = glyph[y * face->width + x];
                    uint32_t want = 0xff000000u;
                    for (unsigned shift = 0; shift < 24; shift += 8)
                        want |= mixed(papers[p], 0x0072b2, coverage, shift);
                    between += coverage > 0 && coverage < 255;
                    cr_assert_eq(at(&s, 3 + x, 2 + y), want);
                }
            cr_assert_gt(between, 0u, "the glyph has soft edges");
        }
}

Test(canvas, a_changed_pixel_changes_the_hash)
{
    struct sheet s;
    begin(&s, 0x808080);
    uint64_t before = canvas_hash(&s.c);
    for (int n = 0; n < W * H; n += 97) {
        s.pixel[n] ^= 1;
        cr_assert_neq(canvas_hash(&s.c), before);
        s.pixel[n] ^= 1;
    }
    cr_assert_eq(canvas_hash(&s.c), before);
    struct canvas turned = canvas_on(s.pixel, H, W);
    cr_assert_neq(canvas_hash(&turned), before, "the same pixels in another shape");
}

/* ---------------------------------------- the font */

Test(font, every_face_has_every_letter_and_bold_differs)
{
    for (unsigned f = 0; f < FONT_FACES; f++) {
        unsigned same = 0;
        for (char c = '!'; c <= '~'; c++) {
            const struct font_face *face = &font_faces[f];
            size_t bytes = (size_t)face->width * (size_t)face->height;
            const uint8_t *a = font_glyph(face, false, (uint8_t)c);
            const uint8_t *lack = font_glyph(face, false, 0xfffd);
            unsigned ink = 0;
            for (size_t i = 0; i < bytes; i++)
                ink += a[i];
            cr_assert_gt(ink, 0u, "%c at %d", c, face->size);
            cr_assert_neq(memcmp(a, lack, bytes), 0);
            same += memcmp(a, font_glyph(face, true, (uint8_t)c), bytes) == 0;
        }
        cr_assert_leq(same, 3, "size %d",
                      font_faces[f].size); /* a stroke may be as thick in both */
    }
}

Test(font, what_is_lacking_is_the_replacement_character)
{
    const struct font_face *face = &font_faces[1];
    cr_assert_eq(font_glyph(face, false, 0x10ffff), font_glyph(face, false, 0xfffd));
}

static uint32_t decode(const char *text, size_t n, size_t want)
{
    size_t used = 0;
    uint32_t point = font_decode(text, n, &used);
    cr_assert_eq(used, want, "bytes of %02x", (unsigned)(uint8_t)text[0]);
    return point;
}

Test(font, utf8_is_decoded_and_what_is_none_costs_one_byte)
{
    cr_assert_eq(decode("A", 1, 1), 'A');
    cr_assert_eq(decode("\xc3\xa4", 2, 2), 0xe4u);
    cr_assert_eq(decode("\xe2\x96\x88", 3, 3), 0x2588u);
    cr_assert_eq(decode("\xf0\x9f\x98\x80", 4, 4), 0x1f600u);
    static const char *const wrong[] = {"\x80",         "\xc3",
                                        "\xc3(",        "\xc0\x80",
                                        "\xe0\x80\x80", "\xed\xa0\x80",
                                        "\xff",         "\xf4\x90\x80\x80",
                                        "\xe2\x96",     "\xf8\x88\x80\x80"};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(decode(wrong[i], strlen(wrong[i]), 1), 0xfffdu, "case %u", i);
}

Test(font, any_bytes_are_taken_to_the_end)
{
    uint64_t seed = 11;
    for (unsigned n = 0; n < 20000; n++) {
        char *text = malloc(8); /* of its own, so that sanitizers see what is read behind it */
        size_t length = 1 + draw(&seed) % 7, cells = 0, used;
        for (size_t i = 0; i < length; i++)
            text[8 - length + i] = (char)draw(&seed);
        const char *from = text + 8 - length;
        for (size_t i = 0; i < length; i += used, cells++) {
            (void)font_decode(from + i, length - i, &used);
            cr_assert(used > 0 && i + used <= length);
        }
        cr_assert_eq(font_cells(from, length), cells);
        free(text);
    }
}

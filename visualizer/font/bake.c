/*
 * Makes the panel's font: renders DejaVu Sans Mono with FreeType and writes the coverage of every
 * cell as C. Runs on the build machine only; nothing of FreeType is in the panel.
 *
 *   bake REGULAR.ttf BOLD.ttf OUT.c
 */
#include <ft2build.h>
#include FT_FREETYPE_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const int sizes[] = {13, 16, 20, 24, 32};

/* Which characters, in ranges: ASCII and Latin 1, what code page 437 shows, arrows, blocks, marks.
 */
static const uint32_t ranges[][2] = {
    {0x20, 0x7e},     {0xa0, 0xff},     {0x192, 0x192},   {0x393, 0x393},   {0x398, 0x398},
    {0x3a3, 0x3a3},   {0x3a6, 0x3a6},   {0x3a9, 0x3a9},   {0x3b1, 0x3b1},   {0x3b4, 0x3b5},
    {0x3bc, 0x3bc},   {0x3c0, 0x3c0},   {0x3c3, 0x3c4},   {0x3c6, 0x3c6},   {0x2013, 0x2014},
    {0x2018, 0x2019}, {0x201c, 0x201d}, {0x2022, 0x2022}, {0x2026, 0x2026}, {0x203c, 0x203c},
    {0x207f, 0x207f}, {0x20a7, 0x20a7}, {0x2190, 0x2195}, {0x21a8, 0x21a8}, {0x21e7, 0x21e7},
    {0x2208, 0x2208}, {0x2219, 0x221a}, {0x221e, 0x221f}, {0x2229, 0x2229}, {0x2248, 0x2248},
    {0x2260, 0x2261}, {0x2264, 0x2265}, {0x2302, 0x2302}, {0x2310, 0x2310}, {0x2320, 0x2321},
    {0x2500, 0x257f}, {0x2580, 0x259f}, {0x25a0, 0x25a1}, {0x25aa, 0x25ac}, {0x25b2, 0x25b3},
    {0x25b6, 0x25b7}, {0x25ba, 0x25bd}, {0x25c0, 0x25c1}, {0x25c4, 0x25c4}, {0x25c6, 0x25c7},
    {0x25cb, 0x25cb}, {0x25cf, 0x25cf}, {0x25d8, 0x25d9}, {0x263a, 0x263c}, {0x2640, 0x2640},
    {0x2642, 0x2642}, {0x2660, 0x2660}, {0x2663, 0x2663}, {0x2665, 0x2666}, {0x266a, 0x266b},
    {0x2713, 0x2713}, {0x2717, 0x2717}, {0xfffd, 0xfffd},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "bake: %s: %s\n", path, what);
    exit(1);
}

struct cell {
    int width, height, ascent;
};

/* A cell holds every character of both faces; what hangs over (box drawing) is cut, so lines meet.
 */
static struct cell cell_of(FT_Face face)
{
    struct cell c;
    if (FT_Load_Char(face, 'M', FT_LOAD_RENDER))
        fail("has no M", "font");
    c.width = (int)(face->glyph->advance.x >> 6);
    c.ascent = (int)((face->size->metrics.ascender + 63) >> 6);
    c.height = c.ascent + (int)((-face->size->metrics.descender + 63) >> 6);
    return c;
}

static void put_glyph(FILE *to, FT_Face face, struct cell c, uint32_t point)
{
    if (!FT_Get_Char_Index(face, point) || FT_Load_Char(face, point, FT_LOAD_RENDER))
        fail("lacks a character", face->family_name);
    const FT_Bitmap *b = &face->glyph->bitmap;
    int left = face->glyph->bitmap_left, top = c.ascent - face->glyph->bitmap_top;
    (void)fprintf(to, "/* U+%04X */ ", point);
    for (int y = 0; y < c.height; y++)
        for (int x = 0; x < c.width; x++) {
            int bx = x - left, by = y - top;
            int inside = bx >= 0 && by >= 0 && bx < (int)b->width && by < (int)b->rows;
            (void)fprintf(to, "%u,", inside ? (unsigned)b->buffer[by * b->pitch + bx] : 0u);
        }
    (void)fputc('\n', to);
}

static void put_face(FILE *to, FT_Library library, const char *path, const char *name,
                     struct cell cells[])
{
    FT_Face face;
    if (FT_New_Face(library, path, 0, &face))
        fail("is no font that can be read", path);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        if (FT_Set_Pixel_Sizes(face, 0, (FT_UInt)sizes[s]))
            fail("cannot be scaled", path);
        struct cell c = cell_of(face);
        if (cells[s].width && (cells[s].width != c.width || cells[s].height != c.height))
            fail("has other cells than the regular face", path);
        cells[s] = c;
        (void)fprintf(to, "static const uint8_t %s_%d[] = {\n", name, sizes[s]);
        for (size_t r = 0; r < COUNT(ranges); r++)
            for (uint32_t p = ranges[r][0]; p <= ranges[r][1]; p++)
                put_glyph(to, face, c, p);
        (void)fputs("};\n\n", to);
    }
    (void)FT_Done_Face(face);
}

static void put_points(FILE *to)
{
    unsigned count = 0;
    (void)fputs("const uint32_t font_points[] = {\n", to);
    for (size_t r = 0; r < COUNT(ranges); r++)
        for (uint32_t p = ranges[r][0]; p <= ranges[r][1]; p++, count++)
            (void)fprintf(to, "0x%x,%c", p, count % 12 == 11 ? '\n' : ' ');
    (void)fprintf(to, "};\nconst unsigned font_point_count = %u;\n\n", count);
}

int main(int argc, char **argv)
{
    struct cell cells[COUNT(sizes)] = {{0, 0, 0}};
    FT_Library library;
    if (argc != 4) {
        (void)fputs("bake REGULAR.ttf BOLD.ttf OUT.c\n", stderr);
        return 2;
    }
    FILE *to = fopen(argv[3], "w");
    if (!to)
        fail("cannot be written", argv[3]);
    if (FT_Init_FreeType(&library))
        fail("does not start", "FreeType");
    (void)fputs("/* Made by font/bake.c from DejaVu Sans Mono. */\n#include \"core/font.h\"\n\n",
                to);
    put_face(to, library, argv[1], "regular", cells);
    put_face(to, library, argv[2], "bold", cells);
    put_points(to);
    (void)fputs("const struct font_face font_faces[FONT_FACES] = {\n", to);
    for (size_t s = 0; s < COUNT(sizes); s++)
        (void)fprintf(to, "    {%d, %d, %d, %d, regular_%d, bold_%d},\n", sizes[s], cells[s].width,
                      cells[s].height, cells[s].ascent, sizes[s], sizes[s]);
    (void)fputs("};\n", to);
    (void)FT_Done_FreeType(library);
    if (fclose(to))
        fail("cannot be written", argv[3]);
    return 0;
}

/* Characters: UTF-8, and where a glyph is. The glyphs are made by font/bake.c. */
#include "font.h"

#define REPLACEMENT 0xfffdu

static unsigned place_of(uint32_t point)
{
    unsigned low = 0, high = font_point_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (font_points[middle] < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < font_point_count && font_points[low] == point ? low : font_point_count;
}

const uint8_t *font_glyph(const struct font_face *face, bool bold, uint32_t point)
{
    unsigned place = place_of(point);
    if (place == font_point_count)
        place = place_of(REPLACEMENT);
    return (bold ? face->bold : face->regular) +
           (size_t)place * (size_t)face->width * (size_t)face->height;
}

uint32_t font_decode(const char *text, size_t n, size_t *used)
{
    static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    unsigned more = first < 0x80    ? 0
                    : first >= 0xf0 ? 3
                    : first >= 0xe0 ? 2
                    : first >= 0xc0 ? 1
                                    : 4;
    *used = 1;
    if (more == 0)
        return first;
    if (more == 4 || first >= 0xf8 || more >= n)
        return REPLACEMENT;
    uint32_t point = first & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        uint8_t next = (uint8_t)text[i];
        if ((next & 0xc0) != 0x80)
            return REPLACEMENT;
        point = point << 6 | (next & 0x3f);
    }
    bool surrogate = point >= 0xd800 && point < 0xe000;
    if (point < least[more] || point > 0x10ffff || surrogate)
        return REPLACEMENT;
    *used = more + 1;
    return point;
}

size_t font_cells(const char *text, size_t n)
{
    size_t cells = 0, used;
    for (size_t i = 0; i < n; i += used, cells++)
        (void)font_decode(text + i, n - i, &used);
    return cells;
}

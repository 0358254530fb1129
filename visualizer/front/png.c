/* PNG, by stb_image_write. */
#ifndef __clang_analyzer__ /* it would judge the library */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#endif
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include <stdlib.h>
#include <string.h>

#include "core/scene.h"
#include "visualizer/picture.h"

/* The scene's pixels; the caller's to free. */
static uint32_t *pixels_of(const struct scene *s, struct canvas *c)
{
    uint32_t *pixel = calloc((size_t)s->width * (size_t)s->height, sizeof *pixel);
    if (pixel) {
        *c = canvas_on(pixel, s->width, s->height);
        scene_draw(s, c);
    }
    return pixel;
}

uint64_t picture_hash(const struct scene *s)
{
    struct canvas c;
    uint32_t *pixel = pixels_of(s, &c);
    uint64_t hash = pixel ? canvas_hash(&c) : 0;
    free(pixel);
    return hash;
}

struct writing {
    struct picture *out;
    bool lost; /* no memory for some of it */
};

static void put_bytes(void *context, void *data, int size)
{
    struct writing *w = context;
    struct picture *out = w->out;
    bool *lost = &w->lost;
    uint8_t *bigger = *lost ? NULL : realloc(out->bytes, out->size + (size_t)size);
    *lost |= !bigger;
    if (!bigger)
        return;
    memcpy(bigger + out->size, data, (size_t)size);
    out->bytes = bigger;
    out->size += (size_t)size;
}

bool picture_png(const struct scene *s, struct picture *out)
{
    struct canvas c;
    struct writing w = {out, false};
    *out = (struct picture){NULL, 0};
    stbi_write_force_png_filter = 0; /* flat colours pack best as they are */
    uint32_t *pixel = pixels_of(s, &c);
    size_t n = (size_t)s->width * (size_t)s->height;
    uint8_t *rgb = pixel ? malloc(n * 3) : NULL;
    for (size_t i = 0; rgb && i < n; i++) {
        rgb[3 * i] = (uint8_t)(pixel[i] >> 16);
        rgb[3 * i + 1] = (uint8_t)(pixel[i] >> 8);
        rgb[3 * i + 2] = (uint8_t)pixel[i];
    }
    bool ok = rgb &&
              stbi_write_png_to_func(put_bytes, &w, s->width, s->height, 3, rgb, s->width * 3) &&
              out->bytes && !w.lost;
    free(rgb);
    free(pixel);
    return ok;
}

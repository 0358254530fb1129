/*
 * Exact pictures: the hash of all pixels of real runs' scenes, over views, sizes, themes and text
 * sizes, must be those in golden.txt.
 *
 *   golden FILE            compares; every difference is named
 *   golden FILE --write    writes the file anew
 *   golden FILE --shot N X.png   the N-th picture (from 1), to look at
 *
 * What pictures are made of is recorded too: the font, which FreeType drew when this was built, and
 * Bantam, which the compiler made. If one of them is another, that is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/internal.h"
#include "core/canvas.h"
#include "stage.h"
#include "visualizer/picture.h"

#define LINE       160
#define NAMED_MOST 20u

static const struct {
    int width, height;
    unsigned face;
} sizes[] = {{640, 400, 0}, {1024, 600, 1}, {1600, 1000, 1}, {1600, 1000, 3}};

/* Sights that have a picture of every view. */
static const char *const shown[] = {"exit", "point", "work", "both", "vms"};

struct golden {
    FILE *file; /* of the recorded hashes, or of the ones being written */
    bool write;
    unsigned wanted; /* picture to keep; 0: none */
    const char *path;
    unsigned pictures, differ, inputs;
    char other[200]; /* inputs that are not the recorded ones */
};

static uint64_t fnv(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_of_font(void)
{
    uint64_t hash = fnv(0xcbf29ce484222325u, font_points, font_point_count * sizeof *font_points);
    for (unsigned i = 0; i < FONT_FACES; i++) {
        const struct font_face *f = &font_faces[i];
        size_t bytes = (size_t)font_point_count * (size_t)f->width * (size_t)f->height;
        hash = fnv(fnv(fnv(hash, &f->size, 4 * sizeof f->size), f->regular, bytes), f->bold, bytes);
    }
    return hash;
}

static uint64_t hash_of_guest(const char *name)
{
    char path[4096], block[4096];
    const char *folder = getenv("RINGSIDE_GUESTS");
    uint64_t hash = 0xcbf29ce484222325u;
    size_t n;
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : RINGSIDE_BUILD_DIR "/guest-os",
                   name);
    FILE *f = fopen(path, "rb");
    if (!f)
        stage_fail("%s cannot be read", path);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        hash = fnv(hash, block, n);
    (void)fclose(f);
    return hash;
}

/* The next recorded line; false: the file has no more. */
static bool recorded(struct golden *g, char line[LINE])
{
    while (fgets(line, LINE, g->file))
        if (line[0] != '#' && line[0] != '\n') {
            line[strcspn(line, "\n")] = 0;
            return true;
        }
    return false;
}

/* Writes "NAME HASH", or compares it with what is recorded. Returns whether they are the same. */
static bool settle(struct golden *g, const char *name, uint64_t hash)
{
    char have[LINE], line[LINE];
    (void)snprintf(have, sizeof have, "%s %016llx", name, (unsigned long long)hash);
    if (g->write)
        return fprintf(g->file, "%s\n", have) > 0;
    if (!recorded(g, line))
        (void)snprintf(line, sizeof line, "nothing");
    return strcmp(have, line) == 0;
}

static void settle_input(struct golden *g, const char *name, uint64_t hash)
{
    size_t n = strlen(g->other);
    if (!settle(g, name, hash))
        (void)snprintf(g->other + n, sizeof g->other - n, "%s%s", n ? ", " : "", name);
}

/* ---------------------------------------- pictures */

/* A pixel more or less must be seen, wherever it is. */
static void see_a_pixel(const struct scene *s, unsigned number)
{
    struct scene other = {0};
    size_t pixels = (size_t)s->width * (size_t)s->height;
    uint32_t *a = calloc(pixels, sizeof *a), *b = calloc(pixels, sizeof *b);
    if (!a || !b)
        stage_fail("no memory");
    struct canvas c = canvas_on(a, s->width, s->height), d = canvas_on(b, s->width, s->height);
    scene_draw(s, &c);
    scene_draw(s, &d);
    b[(size_t)number * 7919 % pixels] ^= 1;
    if (canvas_hash(&c) != picture_hash(s))
        stage_fail("picture %u: drawn twice, two pictures", number);
    if (canvas_hash(&c) == canvas_hash(&d))
        stage_fail("picture %u: a changed pixel is not seen", number);
    scene_free(&other);
    free(a);
    free(b);
}

static void picture(struct golden *g, struct show *w, const char *name)
{
    const struct scene *s = show_draw(w, false);
    struct complaint why = {CLI_OK, "", ""};
    g->pictures++;
    if (!settle(g, name, picture_hash(s))) {
        g->differ++;
        if (g->differ <= NAMED_MOST)
            (void)printf("%u: %s: another picture\n", g->pictures, name);
    }
    if (g->pictures % 16 == 1)
        see_a_pixel(s, g->pictures);
    if (g->wanted == g->pictures && !show_picture(w, g->path, &why))
        stage_fail("%s: %s", g->path, why.what);
}

static void pictures_of_view(struct golden *g, struct show *w, const char *sight, const char *view)
{
    char name[LINE];
    stage_view(w, view);
    for (unsigned t = 0; t < THEMES; t++)
        for (unsigned n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            stage_size(w, sizes[n].width, sizes[n].height);
            w->panel->state.face = sizes[n].face;
            w->panel->state.theme = (enum theme)t;
            (void)snprintf(name, sizeof name, "%s %s %dx%d %s %d", sight, view, sizes[n].width,
                           sizes[n].height, theme_names[t], font_faces[sizes[n].face].size);
            picture(g, w, name);
        }
}

/* What lies over a view, once each. */
static void pictures_over(struct golden *g, struct show *w)
{
    static const char *const over[][3] = {{"help", "key ?", "key Escape"},
                                          {"prompt", "key :", "key Escape"},
                                          {"guest", "key F6", "key F6"},
                                          {"zoom", "key z", "key z"},
                                          {"closer", "key +", "key -"}};
    char name[LINE];
    stage_view(w, "debug");
    stage_size(w, 1366, 768);
    w->panel->state.face = 1;
    for (unsigned i = 0; i < sizeof over / sizeof *over; i++) {
        stage_line(w, over[i][1]);
        (void)snprintf(name, sizeof name, "exit %s 1366x768", over[i][0]);
        picture(g, w, name);
        stage_line(w, over[i][2]);
    }
    stage_line(w, "click view.debug");
    picture(g, w, "exit tip 1366x768");
}

static bool is_shown(const char *name)
{
    for (unsigned i = 0; i < sizeof shown / sizeof *shown; i++)
        if (strcmp(shown[i], name) == 0)
            return true;
    return false;
}

static void all_pictures(struct golden *g)
{
    for (const struct sight *s = sights; s->name; s++) {
        struct show w;
        if (!is_shown(s->name))
            continue;
        stage_open(&w, s);
        for (unsigned v = 0; stage_views[v]; v++)
            pictures_of_view(g, &w, s->name, stage_views[v]);
        if (strcmp(s->name, "exit") == 0)
            pictures_over(g, &w);
        show_close(&w);
    }
}

int main(int argc, char **argv)
{
    static struct golden g;
    char line[LINE];
    if (argc < 2)
        stage_fail("golden FILE [--write | --shot N X.png]");
    g.write = argc > 2 && strcmp(argv[2], "--write") == 0;
    if (argc > 4 && strcmp(argv[2], "--shot") == 0) {
        g.wanted = (unsigned)strtoul(argv[3], NULL, 10);
        g.path = argv[4];
    }
    g.file = fopen(argv[1], g.write ? "w" : "r");
    if (!g.file)
        stage_fail("%s cannot be opened", argv[1]);
    /* Lines of the guest's source are shown, and found from here. */
    if (chdir(getenv("RINGSIDE_SOURCE_DIR") ? getenv("RINGSIDE_SOURCE_DIR")
                                            : RINGSIDE_SOURCE_DIR) != 0)
        stage_fail("no folder of sources");
    if (g.write)
        (void)fprintf(g.file,
                      "# Hashes of the panel's pixels; `tests/panel/golden --write` writes them. "
                      "First what pictures are made of.\n");
    settle_input(&g, "font", hash_of_font());
    settle_input(&g, "bantam.elf", hash_of_guest("bantam.elf"));
    settle_input(&g, "bantam-pv.elf", hash_of_guest("bantam-pv.elf"));
    settle_input(&g, "disk.img", hash_of_guest("disk.img"));
    all_pictures(&g);
    bool more = !g.write && recorded(&g, line);
    bool closed = fclose(g.file) == 0;
    (void)printf("%u pictures, %u differ\n", g.pictures, g.differ);
    if (more)
        (void)printf("the file has more pictures than there are\n");
    if (g.other[0])
        (void)printf(
            "Not the recorded: %s. Another FreeType draws another font, another compiler or "
            "a change makes another guest: look at the pictures (--shot), then run "
            "tests/panel/golden --write.\n",
            g.other);
    return g.differ || more || g.other[0] || !closed ? 1 : 0;
}

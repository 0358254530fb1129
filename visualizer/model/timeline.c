/* The timeline: spans in a row, sums of every block of them, and binary search in both. */
#include "visualizer/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "visualizer/theme.h"

#define CLASS(name, letter, colour, hatch, words) #name,
const char *const class_names[CLASSES] = {
#include "visualizer/class.def"
};
#undef CLASS
#define CLASS(name, letter, colour, hatch, words) words,
const char *const class_words[CLASSES] = {
#include "visualizer/class.def"
};
#undef CLASS
#define CLASS(name, letter, colour, hatch, words) letter,
const char class_letters[CLASSES] = {
#include "visualizer/class.def"
};
#undef CLASS
#define CLASS(name, letter, colour, hatch, words) COLOUR_##colour,
const uint8_t class_colours[CLASSES] = {
#include "visualizer/class.def"
};
#undef CLASS
#define CLASS(name, letter, colour, hatch, words) HATCH_##hatch,
const uint8_t class_hatches[CLASSES] = {
#include "visualizer/class.def"
};
#undef CLASS

/* All before `begin`, of spans that ended there. */
struct block {
    uint64_t begin;
    struct span_sums before;
};

struct timeline {
    struct span *span; /* [0..spans) are the latest; span[0] is the first of block[whole] */
    size_t spans, span_room, most;
    struct block *block; /* block[whole + i] begins at span[i * BLOCK] */
    size_t blocks, block_room;
    size_t whole;          /* blocks whose spans are gone */
    struct span_sums open; /* before the last span's begin */
    uint64_t end;
};

struct timeline *timeline_create(size_t most)
{
    struct timeline *t = calloc(1, sizeof *t);
    if (t) {
        t->most = most ? most : TIMELINE_MOST;
        t->most = t->most < 4 * TIMELINE_BLOCK ? 4 * TIMELINE_BLOCK : t->most;
    }
    return t;
}

void timeline_destroy(struct timeline *t)
{
    if (t) {
        free(t->span);
        free(t->block);
        free(t);
    }
}

static bool make_room(void **array, size_t used, size_t *room, size_t each)
{
    if (used < *room)
        return true;
    size_t wanted = *room ? *room * 2 : 1024;
    void *bigger = realloc(*array, wanted * each);
    if (!bigger)
        return false;
    *array = bigger;
    *room = wanted;
    return true;
}

static void book(struct span_sums *sums, const struct span *s, uint64_t cycles)
{
    sums->cycles[s->class] += cycles;
}

/* The oldest half of the spans go; their blocks stay. */
static void drop_spans(struct timeline *t)
{
    size_t blocks = t->spans / TIMELINE_BLOCK / 2, gone = blocks * TIMELINE_BLOCK;
    memmove(t->span, t->span + gone, (t->spans - gone) * sizeof *t->span);
    t->spans -= gone;
    t->whole += blocks;
}

/* Every second of the blocks without spans goes. */
static void drop_blocks(struct timeline *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->whole; i += 2)
        t->block[kept++] = t->block[i];
    memmove(t->block + kept, t->block + t->whole, (t->blocks - t->whole) * sizeof *t->block);
    t->blocks -= t->whole - kept;
    t->whole = kept;
}

bool timeline_add(struct timeline *t, const struct span *s)
{
    if (t->spans && t->span[t->spans - 1].begin == s->begin) {
        t->open.exits += (uint64_t)(s->exit != 0) - (uint64_t)(t->span[t->spans - 1].exit != 0);
        t->span[t->spans - 1] = *s;
        return true;
    }
    if (t->spans >= t->most)
        drop_spans(t);
    if (t->whole >= t->most)
        drop_blocks(t);
    void *spans = t->span, *blocks = t->block;
    bool room = make_room(&spans, t->spans, &t->span_room, sizeof *t->span) &&
                make_room(&blocks, t->blocks, &t->block_room, sizeof *t->block);
    t->span = spans;
    t->block = blocks;
    if (!room)
        return false;
    if (t->spans)
        book(&t->open, &t->span[t->spans - 1], s->begin - t->span[t->spans - 1].begin);
    if (t->spans % TIMELINE_BLOCK == 0)
        t->block[t->blocks++] = (struct block){s->begin, t->open};
    t->open.exits += s->exit != 0;
    t->span[t->spans++] = *s;
    timeline_reach(t, s->begin);
    return true;
}

void timeline_reach(struct timeline *t, uint64_t cycle)
{
    t->end = cycle > t->end ? cycle : t->end;
}

uint64_t timeline_begin(const struct timeline *t)
{
    return t->blocks ? t->block[0].begin : t->end;
}

uint64_t timeline_end(const struct timeline *t)
{
    return t->end;
}

uint64_t timeline_detail(const struct timeline *t)
{
    return t->spans ? t->span[0].begin : t->end;
}

size_t timeline_bytes(const struct timeline *t)
{
    return sizeof *t + t->span_room * sizeof *t->span + t->block_room * sizeof *t->block;
}

/* How many of n spans or blocks, which both begin with their first cycle, do so at or before one.
 */
static size_t begun_by(const void *array, size_t n, size_t each, uint64_t cycle)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const uint64_t *begin = (const void *)((const char *)array + middle * each);
        if (*begin <= cycle)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t spans_to(const struct timeline *t, uint64_t cycle)
{
    return begun_by(t->span, t->spans, sizeof *t->span, cycle);
}

/* Of the first n blocks. */
static size_t blocks_to(const struct timeline *t, size_t n, uint64_t cycle)
{
    return begun_by(t->block, n, sizeof *t->block, cycle);
}

/* a + (b - a) * part / whole without overflow. */
static uint64_t between(uint64_t a, uint64_t b, uint64_t part, uint64_t whole)
{
    return a + (uint64_t)((__extension__(unsigned __int128)(b - a)) * part / whole);
}

/* All before a cycle that lies in a block without spans. */
static void share_of_block(const struct timeline *t, size_t i, uint64_t cycle,
                           struct span_sums *sums)
{
    const struct block *a = &t->block[i];
    const struct block *b = i + 1 < t->blocks ? a + 1 : NULL;
    *sums = a->before;
    if (!b || b->begin == a->begin)
        return;
    uint64_t part = cycle - a->begin, whole = b->begin - a->begin;
    for (unsigned c = 0; c < CLASSES; c++)
        sums->cycles[c] = between(a->before.cycles[c], b->before.cycles[c], part, whole);
    sums->exits = between(a->before.exits, b->before.exits, part, whole);
}

/* All before a cycle. */
static void before(const struct timeline *t, uint64_t cycle, struct span_sums *sums)
{
    memset(sums, 0, sizeof *sums);
    cycle = cycle < t->end ? cycle : t->end;
    size_t n = spans_to(t, cycle);
    if (n == 0) {
        size_t whole = blocks_to(t, t->whole, cycle);
        if (whole)
            share_of_block(t, whole - 1, cycle, sums);
        return;
    }
    size_t i = (n - 1) / TIMELINE_BLOCK;
    *sums = t->block[t->whole + i].before;
    for (i *= TIMELINE_BLOCK; i < n; i++) {
        uint64_t end = i + 1 < n ? t->span[i + 1].begin : cycle;
        book(sums, &t->span[i], end - t->span[i].begin);
        sums->exits += t->span[i].exit != 0 && t->span[i].begin < cycle;
    }
}

void timeline_sum(const struct timeline *t, uint64_t from, uint64_t to, struct span_sums *sums)
{
    struct span_sums first;
    before(t, from, &first);
    before(t, to > from ? to : from, sums);
    for (unsigned c = 0; c < CLASSES; c++)
        sums->cycles[c] -= first.cycles[c];
    sums->exits -= first.exits;
}

bool timeline_at(const struct timeline *t, uint64_t cycle, struct span *s, uint64_t *end)
{
    size_t n = spans_to(t, cycle);
    if (n == 0 || cycle >= t->end)
        return false;
    *s = t->span[n - 1];
    *end = n < t->spans ? t->span[n].begin : t->end;
    return true;
}

void timeline_cut(struct timeline *t, uint64_t cycle)
{
    size_t n = cycle ? spans_to(t, cycle - 1) : 0;
    if (n ==
        0) { /* into what has no spans any more: from the last whole block on it is forgotten */
        t->blocks = cycle ? blocks_to(t, t->whole, cycle - 1) : 0;
        t->whole = t->blocks ? t->blocks - 1 : 0;
        t->open = t->blocks ? t->block[t->whole].before : (struct span_sums){{0}, 0};
        t->end = t->blocks ? t->block[t->whole].begin : 0;
        t->blocks = t->whole;
        t->spans = 0;
        return;
    }
    before(t, t->span[n - 1].begin, &t->open);
    t->open.exits += t->span[n - 1].exit != 0;
    t->spans = n;
    t->blocks = t->whole + (n + TIMELINE_BLOCK - 1) / TIMELINE_BLOCK;
    t->end = cycle < t->end ? cycle : t->end;
}

struct timeline *timeline_until(const struct timeline *t, uint64_t cycle)
{
    struct timeline *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *t;
    copy->span_room = t->spans ? t->spans : 1;
    copy->block_room = t->blocks ? t->blocks : 1;
    copy->span = malloc(copy->span_room * sizeof *copy->span);
    copy->block = malloc(copy->block_room * sizeof *copy->block);
    if (!copy->span || !copy->block) {
        timeline_destroy(copy);
        return NULL;
    }
    if (t->spans)
        memcpy(copy->span, t->span, t->spans * sizeof *copy->span);
    if (t->blocks)
        memcpy(copy->block, t->block, t->blocks * sizeof *copy->block);
    timeline_cut(copy, cycle);
    return copy;
}

/*
 * Snapshots: see history.h.
 */
#include "session/history.h"

#include <string.h>

#include "sim/alloc.h"

/* ---------------------------------------- room */

/* Room for one more element of `size` bytes in an owned array. */
static bool grow(void **array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room ? *room * 2 : 4;
    uint8_t *bigger = sim_alloc(more, size);
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *array, count * size);
    sim_free(*array);
    *array = bigger;
    *room = more;
    return true;
}

/* ---------------------------------------- bytes of pages */

#define SLAB_PAGES 64u

static bool more_pages(struct history *h)
{
    if (!grow((void **)&h->slab, h->slabs, &h->slab_room, sizeof(*h->slab)))
        return false;
    uint8_t *slab = sim_alloc(SLAB_PAGES, HISTORY_PAGE);
    if (!slab)
        return false;
    h->slab[h->slabs++] = slab;
    for (uint32_t i = SLAB_PAGES; i-- > 0;) {
        memcpy(slab + (size_t)i * HISTORY_PAGE, &h->free_page, sizeof(h->free_page));
        h->free_page = slab + (size_t)i * HISTORY_PAGE;
    }
    return true;
}

static uint8_t *page_bytes(struct history *h)
{
    if (!h->free_page && !more_pages(h))
        return NULL;
    uint8_t *page = h->free_page;
    memcpy(&h->free_page, page, sizeof(h->free_page));
    h->bytes += HISTORY_PAGE;
    return page;
}

static void give_back(struct history *h, uint8_t *page)
{
    if (!page)
        return;
    memcpy(page, &h->free_page, sizeof(h->free_page));
    h->free_page = page;
    h->bytes -= HISTORY_PAGE;
}

/* ---------------------------------------- life */

static struct history_page *page_of(const struct history *h, uint32_t page)
{
    struct history_page *leaf = h->leaf[page / HISTORY_LEAF];
    return leaf ? &leaf[page % HISTORY_LEAF] : NULL;
}

static struct history_page *page_made(struct history *h, uint32_t page)
{
    struct history_page **leaf = &h->leaf[page / HISTORY_LEAF];
    if (!*leaf)
        *leaf = sim_alloc(HISTORY_LEAF, sizeof(**leaf));
    return *leaf ? &(*leaf)[page % HISTORY_LEAF] : NULL;
}

bool history_begin(struct history *h, const struct history_source *source, uint32_t pages,
                   size_t limit)
{
    memset(h, 0, sizeof(*h));
    h->source = *source;
    h->pages = pages;
    h->limit = limit;
    h->leaf = sim_alloc(pages / HISTORY_LEAF + 1, sizeof(*h->leaf));
    h->mark = sim_alloc(pages / 8 + 1, 1);
    if (h->leaf && h->mark)
        return true;
    history_fini(h);
    return false;
}

static void free_snapshot(struct history_snapshot *snap)
{
    sim_free(snap->pages);
    sim_free(snap);
}

void history_fini(struct history *h)
{
    for (uint32_t l = 0; h->leaf && l <= h->pages / HISTORY_LEAF; l++) {
        for (uint32_t p = 0; h->leaf[l] && p < HISTORY_LEAF; p++)
            sim_free(h->leaf[l][p].version);
        sim_free(h->leaf[l]);
    }
    for (uint32_t i = 0; i < h->count; i++)
        free_snapshot(h->snapshot[i]);
    for (uint32_t i = 0; i < h->slabs; i++)
        sim_free(h->slab[i]);
    sim_free(h->slab);
    sim_free(h->snapshot);
    sim_free(h->leaf);
    sim_free(h->mark);
    memset(h, 0, sizeof(*h));
}

/* ---------------------------------------- versions */

/* How many versions are of snapshots up to number `index`. */
static uint32_t versions_up_to(const struct history_page *p, uint32_t index)
{
    uint32_t low = 0, high = p->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (p->version[middle].of->index <= index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a page held at snapshot number `index`. */
static const uint8_t *bytes_at(const struct history *h, uint32_t page, uint32_t index)
{
    const struct history_page *p = page_of(h, page);
    uint32_t n = p ? versions_up_to(p, index) : 0;
    return n ? p->version[n - 1].bytes : NULL;
}

bool history_began_with(const struct history *h, uint32_t page)
{
    const struct history_page *p = page_of(h, page);
    return p && p->count && p->version[0].of->index == 0;
}

static bool has_version(const struct history *h, uint32_t page, const struct history_snapshot *of)
{
    const struct history_page *p = page_of(h, page);
    uint32_t n = p ? versions_up_to(p, of->index) : 0;
    return n && p->version[n - 1].of == of;
}

/* Gives a snapshot its own version of a page. */
static bool add_version(struct history *h, struct history_snapshot *of, uint32_t page,
                        const uint8_t *bytes)
{
    struct history_page *p = page_made(h, page);
    uint8_t *copy = bytes ? page_bytes(h) : NULL;
    if (!p || (bytes && !copy) ||
        !grow((void **)&p->version, p->count, &p->room, sizeof(*p->version)) ||
        !grow((void **)&of->pages, of->count, &of->room, sizeof(*of->pages))) {
        give_back(h, copy);
        return false;
    }
    if (bytes)
        memcpy(copy, bytes, HISTORY_PAGE);
    uint32_t at = versions_up_to(p, of->index);
    memmove(p->version + at + 1, p->version + at, (p->count - at) * sizeof(*p->version));
    p->version[at] = (struct history_version){of, copy};
    p->count++;
    of->pages[of->count++] = page;
    return true;
}

static void remove_version(struct history *h, uint32_t page, const struct history_snapshot *of)
{
    struct history_page *p = page_of(h, page);
    uint32_t at = versions_up_to(p, of->index) - 1;
    give_back(h, p->version[at].bytes);
    p->count--;
    memmove(p->version + at, p->version + at + 1, (p->count - at) * sizeof(*p->version));
}

/* ---------------------------------------- the row of snapshots */

static void renumber(struct history *h, uint32_t from)
{
    for (uint32_t i = from; i < h->count; i++)
        h->snapshot[i]->index = i;
}

static void take_out(struct history *h, uint32_t index)
{
    free_snapshot(h->snapshot[index]);
    h->count--;
    memmove(h->snapshot + index, h->snapshot + index + 1,
            (h->count - index) * sizeof(struct history_snapshot *));
    renumber(h, index);
}

struct history_snapshot *history_before(const struct history *h, const struct session_position *at,
                                        bool strictly)
{
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = session_compare(&h->snapshot[middle]->at, at);
        if (order < 0 || (order == 0 && !strictly))
            low = middle + 1;
        else
            high = middle;
    }
    return low ? h->snapshot[low - 1] : NULL;
}

/* ---------------------------------------- sets of pages */

struct page_set {
    struct history *h;
    uint32_t *page; /* owned */
    uint32_t count, room;
    bool failed;
};

static void set_add(void *context, uint32_t page)
{
    struct page_set *set = context;
    uint8_t *mark = &set->h->mark[page / 8], bit = (uint8_t)(1u << page % 8);
    if (*mark & bit)
        return;
    if (!grow((void **)&set->page, set->count, &set->room, sizeof(*set->page))) {
        set->failed = true;
        return;
    }
    *mark |= bit;
    set->page[set->count++] = page;
}

static void set_fini(struct page_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        set->h->mark[set->page[i] / 8] = 0;
    sim_free(set->page);
}

/* All pages in which the present state may differ from snapshot number `index`. */
static bool set_of_difference(struct history *h, uint32_t index, struct page_set *set)
{
    *set = (struct page_set){.h = h};
    uint32_t from = h->base->index, to = index;
    if (from > to) {
        from = index;
        to = h->base->index;
    }
    if (h->torn) { /* it may hold pages of any snapshot */
        from = 0;
        to = h->count - 1;
    }
    h->source.changed(h->source.opaque, set_add, set);
    for (uint32_t i = from + 1; i <= to; i++)
        for (uint32_t n = 0; n < h->snapshot[i]->count; n++)
            set_add(set, h->snapshot[i]->pages[n]);
    return !set->failed;
}

/* ---------------------------------------- taking */

/* Up to so many changed pages are looked at whether they did change; of more most will have. */
#define COMPARED_PAGES 2048u

static bool same_page(const struct page_set *set, const uint8_t *a, const uint8_t *b)
{
    return a == b || (a && b && set->count <= COMPARED_PAGES && !memcmp(a, b, HISTORY_PAGE));
}

/* The first one keeps everything that was ever written. */
static bool keep_first(struct history *h, struct history_snapshot *snap)
{
    struct page_set set = {.h = h};
    h->source.changed(h->source.opaque, set_add, &set);
    bool ok = !set.failed;
    for (uint32_t i = 0; ok && i < set.count; i++) {
        const uint8_t *bytes = h->source.read(h->source.opaque, set.page[i]);
        if (bytes)
            ok = add_version(h, snap, set.page[i], bytes);
    }
    set_fini(&set);
    return ok;
}

/* Keeps what differs from the snapshot before; the one behind gets what it took for granted. */
static bool keep_difference(struct history *h, struct history_snapshot *snap)
{
    struct page_set set;
    uint32_t before = snap->index - 1;
    struct history_snapshot *next =
        snap->index + 1 < h->count ? h->snapshot[snap->index + 1] : NULL;
    bool ok = set_of_difference(h, before, &set);
    for (uint32_t i = 0; ok && i < set.count; i++) {
        uint32_t page = set.page[i];
        const uint8_t *now = h->source.read(h->source.opaque, page);
        const uint8_t *then = bytes_at(h, page, before);
        if (same_page(&set, now, then))
            continue;
        if (next && !has_version(h, page, next))
            ok = add_version(h, next, page, then);
        ok = ok && add_version(h, snap, page, now);
    }
    set_fini(&set);
    return ok;
}

static struct history_snapshot *insert(struct history *h, const struct session_position *at,
                                       uint32_t index)
{
    struct history_snapshot *snap = sim_alloc(1, sizeof(*snap));
    if (!snap || !grow((void **)&h->snapshot, h->count, &h->room, sizeof(*h->snapshot))) {
        sim_free(snap);
        return NULL;
    }
    memmove(h->snapshot + index + 1, h->snapshot + index,
            (h->count - index) * sizeof(struct history_snapshot *));
    h->snapshot[index] = snap;
    h->count++;
    snap->at = *at;
    renumber(h, index);
    return snap;
}

/* Last page first: what is given back last is used first, so the bytes kept next lie in the order
 * in which they will be copied, and the host can fetch ahead. */
static void forget(struct history *h, struct history_snapshot *snap)
{
    for (uint32_t i = snap->count; i-- > 0;)
        remove_version(h, snap->pages[i], snap);
    take_out(h, snap->index);
}

struct history_snapshot *history_take(struct history *h, const struct session_position *at,
                                      bool scratch)
{
    struct history_snapshot *before = history_before(h, at, false);
    if (h->torn)
        return NULL;
    if (before && session_compare(&before->at, at) == 0) /* the same state: nothing to keep */
        return history_restore(h, before) ? before : NULL;
    struct history_snapshot *snap = insert(h, at, before ? before->index + 1 : 0);
    if (!snap)
        return NULL;
    snap->scratch = scratch;
    if (!(before ? keep_difference(h, snap) : keep_first(h, snap))) {
        forget(h, snap);
        return NULL;
    }
    h->base = snap;
    h->source.settle(h->source.opaque);
    return snap;
}

bool history_restore(struct history *h, struct history_snapshot *to)
{
    struct page_set set;
    bool ok = set_of_difference(h, to->index, &set);
    h->torn = h->torn || ok; /* until all is written */
    for (uint32_t i = 0; ok && i < set.count; i++) {
        const uint8_t *then = bytes_at(h, set.page[i], to->index);
        ok = h->source.write(h->source.opaque, set.page[i], then);
    }
    set_fini(&set);
    if (ok) {
        h->torn = false;
        h->base = to;
        h->source.settle(h->source.opaque);
    }
    return ok;
}

/* ---------------------------------------- forgetting */

void history_cut(struct history *h, const struct session_position *at)
{
    while (h->count > 1 && session_compare(&h->snapshot[h->count - 1]->at, at) > 0)
        forget(h, h->snapshot[h->count - 1]);
}

/* Room for `more` further page numbers, so that nothing can fail half way. */
static bool reserve(struct history_snapshot *snap, uint32_t more)
{
    uint32_t *pages = sim_alloc((size_t)snap->count + more, sizeof(*pages));
    if (!pages)
        return false;
    if (snap->count)
        memcpy(pages, snap->pages, snap->count * sizeof(*pages));
    sim_free(snap->pages);
    snap->pages = pages;
    snap->room = snap->count + more;
    return true;
}

bool history_drop(struct history *h, struct history_snapshot *snap)
{
    if (snap == h->base || snap->index == 0)
        return false;
    struct history_snapshot *next =
        snap->index + 1 < h->count ? h->snapshot[snap->index + 1] : NULL;
    if (next && snap->count && !reserve(next, snap->count))
        return false;
    uint32_t own = 0; /* of no use to the next one, which has its own */
    for (uint32_t i = 0; i < snap->count; i++) {
        uint32_t page = snap->pages[i];
        if (!next || has_version(h, page, next)) {
            snap->pages[own++] = page;
            continue;
        }
        struct history_page *p = page_of(h, page);
        p->version[versions_up_to(p, snap->index) - 1].of = next;
        next->pages[next->count++] = page;
    }
    snap->count = own;
    forget(h, snap);
    return true;
}

/* The oldest snapshot whose neighbours are not further apart than `gap`; 0: none. */
static uint32_t thinnable(const struct history *h, uint64_t gap,
                          uint64_t (*work)(const struct session_position *,
                                           const struct session_position *))
{
    for (uint32_t i = 1; i + 1 < h->count; i++)
        if (h->snapshot[i] != h->base &&
            work(&h->snapshot[i - 1]->at, &h->snapshot[i + 1]->at) <= gap)
            return i;
    return 0;
}

void history_thin(struct history *h, uint64_t (*work)(const struct session_position *from,
                                                      const struct session_position *to))
{
    while (h->bytes > h->limit && h->count > 3) {
        uint32_t i = thinnable(h, h->gap, work);
        if (!i) {
            if (h->gap > UINT64_MAX / 2)
                return;
            h->gap = h->gap ? h->gap * 2 : 1;
            continue;
        }
        if (!history_drop(h, h->snapshot[i]))
            return;
        h->thinned++;
    }
}

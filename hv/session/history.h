/*
 * Snapshots: what a run looked like at some of its positions, kept page by page.
 *
 * The state is a row of numbered pages: RAM, the packed rest, disks. A snapshot keeps the pages
 * that differ from the snapshot before it; what a page held at a snapshot is its last version up to
 * there. Snapshots are in order of time; one may be inserted between others. Old detail is thinned
 * when the limit of memory is reached; the first snapshot stays.
 *
 * The module knows pages and order, and nothing of machines: struct history_source reads and writes
 * the present state.
 */
#ifndef HV_SESSION_HISTORY_H
#define HV_SESSION_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/session.h"

#define HISTORY_PAGE 4096u

struct history_version {
    struct history_snapshot *of;
    uint8_t
        *bytes; /* of a slab; null: the page is as before the beginning (zero, or not written) */
};

/* All versions of one page, oldest first. */
struct history_page {
    struct history_version *version; /* owned */
    uint32_t count, room;
};

struct history_snapshot {
    struct session_position at;
    uint32_t index;  /* in history.snapshot */
    uint32_t *pages; /* owned: numbers of the pages it keeps */
    uint32_t count, room;
    bool scratch; /* to be dropped soon: made for a short way */
};

struct history_source {
    void *opaque;
    /* The pages that may differ from what they held when `settle` was called last; each number may
     * come more than once. */
    void (*changed)(void *opaque, void (*each)(void *context, uint32_t page), void *context);
    /* From here on `changed` counts anew. */
    void (*settle)(void *opaque);
    /* A page's present bytes; null: as before the beginning. */
    const uint8_t *(*read)(void *opaque, uint32_t page);
    /* Puts bytes (null: as before the beginning) into a page. False: no memory. */
    bool (*write)(void *opaque, uint32_t page, const uint8_t *bytes);
};

#define HISTORY_LEAF 1024u

struct history {
    struct history_source source;
    struct history_snapshot **snapshot; /* owned */
    uint32_t count, room;
    struct history_page **leaf;    /* owned; HISTORY_LEAF pages each, null until needed */
    uint8_t *mark;                 /* owned; a bit a page, all 0 between calls */
    uint32_t pages;                /* how many there are */
    struct history_snapshot *base; /* `changed` counts from here */
    bool torn;                     /* a restore failed half way: only another one helps */
    uint8_t **slab; /* owned: where versions' bytes come from; they are used again and again */
    uint32_t slabs, slab_room;
    uint8_t *free_page; /* a list through the pages' first bytes */
    size_t bytes, limit;
    uint64_t thinned, gap; /* work between snapshots that thinning aims at now */
};

/* False: no memory. history_fini frees, and accepts a zeroed history. */
bool history_begin(struct history *h, const struct history_source *source, uint32_t pages,
                   size_t limit);
void history_fini(struct history *h);

/*
 * Keeps the present state as a snapshot at a position, in its place among the others, and makes it
 * the base. If there is one at this position already it becomes the base. Null: no memory; then
 * nothing changed.
 */
struct history_snapshot *history_take(struct history *h, const struct session_position *at,
                                      bool scratch);

/* Puts a snapshot's pages back and makes it the base. False: no memory; the state is undefined
 * until a restore succeeds, and cannot be taken. */
bool history_restore(struct history *h, struct history_snapshot *to);

/* The last snapshot at or before (strictly: before) a position; null: none. */
struct history_snapshot *history_before(const struct history *h, const struct session_position *at,
                                        bool strictly);

/* Did the beginning keep bytes of that page? */
bool history_began_with(const struct history *h, uint32_t page);

/* Forgets what is behind a position: a new future begins. The base must not be among it. */
void history_cut(struct history *h, const struct session_position *at);

/* Forgets one, which must not be the first. If it is the base, false: it stays. */
bool history_drop(struct history *h, struct history_snapshot *snap);

/* Drops old detail until the limit is kept or nothing can go; work is how far apart two positions
 * are. */
void history_thin(struct history *h, uint64_t (*work)(const struct session_position *from,
                                                      const struct session_position *to));

#endif

/*
 * The present state as numbered pages: RAM, then everything else packed (hv/saved.h and our own few
 * words), then what was written to disks. history.c keeps them, and a capture keeps those of one
 * moment inside an exit.
 */
#include "session/internal.h"

#include <string.h>

#include "hv/saved.h"
#include "sim/alloc.h"

/* ---------------------------------------- disks */

static bool disk_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct session_disk *d = opaque;
    uint32_t page = lba / (HISTORY_PAGE / DISK_SECTOR);
    if (lba >= d->base.sectors)
        return false;
    if (!d->page[page])
        return d->base.read(d->base.opaque, lba, sector);
    memcpy(sector, d->page[page] + (lba % (HISTORY_PAGE / DISK_SECTOR)) * DISK_SECTOR, DISK_SECTOR);
    return true;
}

/* A page of our own, filled from the base. */
static bool disk_own_page(struct session_disk *d, uint32_t page)
{
    uint32_t lba = page * (HISTORY_PAGE / DISK_SECTOR);
    uint8_t *bytes = sim_alloc(HISTORY_PAGE, 1);
    if (!bytes) {
        *d->starved = true; /* the guest sees a bad disk: this must not become the past */
        return false;
    }
    for (uint32_t i = 0; i < HISTORY_PAGE / DISK_SECTOR && lba + i < d->base.sectors; i++)
        if (!d->base.read(d->base.opaque, lba + i, bytes + (size_t)i * DISK_SECTOR)) {
            sim_free(bytes);
            return false;
        }
    d->page[page] = bytes;
    return true;
}

static bool disk_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    struct session_disk *d = opaque;
    uint32_t page = lba / (HISTORY_PAGE / DISK_SECTOR);
    if (lba >= d->base.sectors || (!d->page[page] && !disk_own_page(d, page)))
        return false;
    memcpy(d->page[page] + (lba % (HISTORY_PAGE / DISK_SECTOR)) * DISK_SECTOR, sector, DISK_SECTOR);
    d->dirty[page / 8] |= (uint8_t)(1u << page % 8);
    return true;
}

struct disk_backend store_disk(struct session_disk *d)
{
    return (struct disk_backend){d->base.sectors, disk_read, disk_write, d};
}

static struct session_disk *disk_of_page(struct session *s, uint32_t page)
{
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++) {
        struct session_disk *d = &s->disk[i / 2][i % 2];
        if (page >= d->first && page - d->first < d->pages)
            return d;
    }
    return NULL;
}

/* ---------------------------------------- the source of history.c */

static void pack(struct session *s)
{
    size_t own = s->packed_bytes - OWN_WORDS * sizeof(uint64_t);
    uint64_t words[OWN_WORDS] = {[OWN_INPUT_NEXT] = s->input_next, [OWN_EVENTS] = s->events};
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        words[OWN_OUT + n] = s->out[n].count;
    hv_saved_pack(s->hv, s->packed);
    memcpy(s->packed + own, words, sizeof(words));
    s->packed_fresh = true;
}

static void unpack_own(struct session *s, const uint8_t *packed)
{
    size_t own = s->packed_bytes - OWN_WORDS * sizeof(uint64_t);
    uint64_t words[OWN_WORDS];
    memcpy(words, packed + own, sizeof(words));
    s->input_next = (size_t)words[OWN_INPUT_NEXT];
    s->events = words[OWN_EVENTS];
    for (unsigned n = 0; n < HV_MAX_VMS; n++)
        s->out[n].count = words[OWN_OUT + n];
    work_moved(s);
}

/* What we packed ourselves. */
static bool put_back(struct session *s, const uint8_t *packed)
{
    struct sim_error err;
    unpack_own(s, packed);
    return hv_saved_put_back(s->hv, packed, &err) == SIM_OK;
}

static void changed(void *opaque, void (*each)(void *context, uint32_t page), void *context)
{
    struct session *s = opaque;
    const struct ram *ram = &s->hv->machine->ram;
    if (!s->history.base) { /* all that was ever written */
        for (uint32_t p = 0; p < s->ram_pages; p++)
            if (ram->page_flags[p] & (RAM_PAGE_DIRTY | RAM_PAGE_EVER))
                each(context, p);
    } else {
        for (uint32_t p = ram_next_dirty(ram, 0); p < s->ram_pages; p = ram_next_dirty(ram, p + 1))
            each(context, p);
    }
    for (uint32_t p = 0; s->packed_fresh && p < s->packed_pages; p++)
        if (!s->history.base || memcmp(s->packed + (size_t)p * HISTORY_PAGE,
                                       s->image + (size_t)p * HISTORY_PAGE, HISTORY_PAGE) != 0)
            each(context, s->ram_pages + p);
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++) {
        const struct session_disk *d = &s->disk[i / 2][i % 2];
        for (uint32_t b = 0; b < (d->pages + 7) / 8; b++)
            for (unsigned bit = 0; d->dirty[b] >> bit; bit++)
                if (d->dirty[b] >> bit & 1)
                    each(context, d->first + b * 8 + bit);
    }
}

static void settle(void *opaque)
{
    struct session *s = opaque;
    machine_take_dirty(s->hv->machine);
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++)
        if (s->disk[i / 2][i % 2].pages)
            memset(s->disk[i / 2][i % 2].dirty, 0, (s->disk[i / 2][i % 2].pages + 7) / 8);
    if (s->packed_fresh) {
        uint8_t *image = s->image;
        s->image = s->packed;
        s->packed = image;
        s->packed_fresh = false;
    }
}

static const uint8_t *read_page(void *opaque, uint32_t page)
{
    const struct session *s = opaque;
    if (page < s->ram_pages)
        return ram_page(&s->hv->machine->ram, page << PAGE_SHIFT);
    if (page - s->ram_pages < s->packed_pages) /* the present, or nothing newer than the base */
        return (s->packed_fresh ? s->packed : s->image) +
               (size_t)(page - s->ram_pages) * HISTORY_PAGE;
    const struct session_disk *d = disk_of_page((struct session *)opaque, page);
    return d ? d->page[page - d->first] : NULL;
}

static bool write_disk_page(struct session_disk *d, uint32_t page, const uint8_t *bytes)
{
    if (!bytes) {
        sim_free(d->page[page]);
        d->page[page] = NULL;
        return true;
    }
    if (!d->page[page])
        d->page[page] = sim_alloc(HISTORY_PAGE, 1);
    if (!d->page[page])
        return false;
    memcpy(d->page[page], bytes, HISTORY_PAGE);
    return true;
}

static bool write_page(void *opaque, uint32_t page, const uint8_t *bytes)
{
    static const uint8_t zeroes[HISTORY_PAGE];
    struct session *s = opaque;
    if (page < s->ram_pages) {
        ram_restore_page(&s->hv->machine->ram, page, bytes ? bytes : zeroes);
        return true;
    }
    if (page - s->ram_pages < s->packed_pages) {
        memcpy(s->image + (size_t)(page - s->ram_pages) * HISTORY_PAGE, bytes ? bytes : zeroes,
               HISTORY_PAGE);
        return true;
    }
    struct session_disk *d = disk_of_page(s, page);
    return d && write_disk_page(d, page - d->first, bytes);
}

/* ---------------------------------------- life */

static bool init_disk(struct session_disk *d, uint32_t *pages)
{
    uint32_t per_page = HISTORY_PAGE / DISK_SECTOR;
    d->pages = d->base.sectors / per_page + (d->base.sectors % per_page != 0);
    d->page = sim_alloc(d->pages + 1, sizeof(*d->page));
    d->dirty = sim_alloc(d->pages / 8 + 1, 1);
    d->first = *pages;
    *pages += d->pages;
    return d->page && d->dirty;
}

bool store_init(struct session *s, const struct session_config *config)
{
    s->ram_pages = s->hv->machine->ram.size / PAGE_SIZE;
    s->packed_bytes = hv_saved_size(s->hv) + OWN_WORDS * sizeof(uint64_t);
    s->packed_pages = (uint32_t)((s->packed_bytes + HISTORY_PAGE - 1) / HISTORY_PAGE);
    s->packed = sim_alloc(s->packed_pages, HISTORY_PAGE);
    s->image = sim_alloc(s->packed_pages, HISTORY_PAGE);
    s->pages = s->ram_pages + s->packed_pages;
    bool ok = s->packed && s->image;
    for (unsigned i = 0; i < HV_MAX_VMS * 2 && ok; i++)
        ok = init_disk(&s->disk[i / 2][i % 2], &s->pages);
    const struct history_source source = {s, changed, settle, read_page, write_page};
    size_t limit = config->history_bytes ? config->history_bytes : (size_t)256 << 20;
    return ok && history_begin(&s->history, &source, s->pages, limit);
}

void store_fini(struct session *s)
{
    history_fini(&s->history);
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++) {
        struct session_disk *d = &s->disk[i / 2][i % 2];
        for (uint32_t p = 0; d->page && p < d->pages; p++)
            sim_free(d->page[p]);
        sim_free(d->page);
        sim_free(d->dirty);
    }
    sim_free(s->packed);
    sim_free(s->image);
    store_release(&s->capture);
    sim_free(s->capture.packed);
}

struct session_position store_place(const struct session *s)
{
    return (struct session_position){.insn = hv_icount(s->hv),
                                     .exit = s->hv->exits,
                                     .cycle = hv_cycle(s->hv),
                                     .phase = SESSION_OUTSIDE};
}

void store_position(struct session *s)
{
    s->now = store_place(s);
    if (session_compare(&s->now, &s->furthest) > 0)
        s->furthest = s->now;
}

/* ---------------------------------------- snapshots */

struct history_snapshot *store_take(struct session *s, bool scratch)
{
    struct history_snapshot *there = history_before(&s->history, &s->now, false);
    if (there && session_compare(&there->at, &s->now) == 0) /* edits here are newer than it */
        return there == s->history.base || (store_restore(s, there) && inputs_edits(s)) ? there
                                                                                        : NULL;
    pack(s);
    struct history_snapshot *snap = history_take(&s->history, &s->now, scratch);
    s->packed_fresh = false;
    if (snap && !scratch)
        history_thin(&s->history, position_work);
    return snap;
}

bool store_restore(struct session *s, struct history_snapshot *to)
{
    s->packed_fresh = false;
    s->view.live = false;
    s->ended = s->waiting = false;
    s->torn = true;
    if (!history_restore(&s->history, to) || !put_back(s, s->image))
        return false;
    s->torn = false;
    s->now = to->at;
    s->first = to->index == 0;
    return true;
}

/* ---------------------------------------- captures */

void store_release(struct capture *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        sim_free(c->bytes[i]);
    sim_free(c->page);
    sim_free(c->bytes);
    c->page = NULL;
    c->bytes = NULL;
    c->count = c->room = 0;
}

static bool capture_room(struct capture *c)
{
    if (c->count < c->room)
        return true;
    uint32_t room = c->room ? c->room * 2 : 64;
    uint32_t *page = sim_alloc(room, sizeof(*page));
    uint8_t **bytes = sim_alloc(room, sizeof(*bytes));
    if (!page || !bytes) {
        sim_free(page);
        sim_free(bytes);
        return false;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        page[i] = c->page[i];
        bytes[i] = c->bytes[i];
    }
    sim_free(c->page);
    sim_free(c->bytes);
    c->page = page;
    c->bytes = bytes;
    c->room = room;
    return true;
}

static void catch_page(void *context, uint32_t page)
{
    struct session *s = context;
    struct capture *c = &s->capture;
    const uint8_t *now = read_page(s, page);
    uint8_t *copy = now ? sim_alloc(HISTORY_PAGE, 1) : NULL;
    if ((now && !copy) || !capture_room(c)) {
        sim_free(copy);
        c->failed = true;
        return;
    }
    if (now)
        memcpy(copy, now, HISTORY_PAGE);
    c->page[c->count] = page;
    c->bytes[c->count++] = copy;
}

void store_catch(struct session *s, struct capture *c)
{
    store_release(c);
    if (!c->packed)
        c->packed = sim_alloc(s->packed_pages, HISTORY_PAGE);
    if (!c->packed) {
        c->failed = true;
        return;
    }
    s->packed_fresh = false; /* RAM and disks only */
    changed(s, catch_page, s);
    pack(s);
    memcpy(c->packed, s->packed, s->packed_bytes);
    s->packed_fresh = false;
}

/* A page that will differ from the base: the next restore must bring the base's bytes back. */
static bool put_changed(struct session *s, uint32_t page, const uint8_t *bytes)
{
    struct session_disk *d = disk_of_page(s, page);
    if (!write_page(s, page, bytes))
        return false;
    if (!d)
        ram_note_write(&s->hv->machine->ram, page << PAGE_SHIFT);
    else
        d->dirty[(page - d->first) / 8] |= (uint8_t)(1u << (page - d->first) % 8);
    return true;
}

/* What was written since the base and is not in the capture was written after it: it gets the
 * base's bytes back. */
static bool put_pages(struct session *s, const struct capture *c)
{
    if (!store_restore(s, s->history.base))
        return false;
    for (uint32_t i = 0; i < c->count; i++)
        if (!put_changed(s, c->page[i], c->bytes[i]))
            return false;
    return true;
}

bool store_put(struct session *s, const struct capture *c)
{
    bool ok = put_pages(s, c) && put_back(s, c->packed);
    s->torn = !ok;
    return ok;
}

/* ---------------------------------------- for files */

enum sim_status store_put_foreign(struct session *s, const struct capture *c, struct sim_error *err)
{
    bool ok = put_pages(s, c);
    s->torn = true;
    if (!ok)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for the saved state");
    unpack_own(s, c->packed);
    size_t n = s->packed_bytes - OWN_WORDS * sizeof(uint64_t);
    enum sim_status status = hv_saved_unpack(s->hv, c->packed, n, err);
    s->torn = status != SIM_OK;
    return status;
}

const uint8_t *store_packed(struct session *s)
{
    pack(s);
    s->packed_fresh = false;
    return s->packed;
}

void store_each_page(struct session *s,
                     void (*each)(void *context, uint32_t page, const uint8_t *bytes),
                     void *context)
{
    static const uint8_t zeroes[HISTORY_PAGE];
    const struct ram *ram = &s->hv->machine->ram;
    for (uint32_t p = 0; p < s->ram_pages; p++) {
        bool written = ram->page_flags[p] & (RAM_PAGE_DIRTY | RAM_PAGE_EVER);
        const uint8_t *bytes = ram_page(ram, p << PAGE_SHIFT);
        if (written && bytes &&
            (memcmp(bytes, zeroes, HISTORY_PAGE) != 0 || history_began_with(&s->history, p)))
            each(context, p, bytes);
    }
    for (unsigned i = 0; i < HV_MAX_VMS * 2; i++) {
        const struct session_disk *d = &s->disk[i / 2][i % 2];
        for (uint32_t p = 0; p < d->pages; p++)
            if (d->page[p])
                each(context, d->first + p, d->page[p]);
    }
}

bool store_keep(struct session *s, struct capture *c, uint32_t page, const uint8_t *bytes)
{
    uint8_t *copy = sim_alloc(HISTORY_PAGE, 1);
    if (page - s->ram_pages < s->packed_pages || !copy || !capture_room(c)) {
        sim_free(copy);
        return false;
    }
    memcpy(copy, bytes, HISTORY_PAGE);
    c->page[c->count] = page;
    c->bytes[c->count++] = copy;
    return true;
}

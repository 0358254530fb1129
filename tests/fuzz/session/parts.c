/* Files of sessions, taken apart: see parts.h. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

#include "core/saved.h"

#define INPUT_BYTES 68u /* position, kinds, address, value, name */

struct cutter {
    struct parts *parts;
    const uint8_t *bytes;
    size_t at;
};

static void cut(struct cutter *c, const char *name, size_t size)
{
    struct parts *p = c->parts;
    if (size && p->count < PARTS_MOST) {
        struct part *part = &p->part[p->count++];
        (void)snprintf(part->name, sizeof(part->name), "%s", name);
        part->at = c->at;
        part->size = part->stride = size;
        part->count = 1;
    }
    c->at += size;
}

static uint64_t cut_number(struct cutter *c, const char *name)
{
    uint64_t value;
    memcpy(&value, c->bytes + c->at, sizeof(value));
    cut(c, name, sizeof(value));
    return value;
}

static void cut_head(struct cutter *c)
{
    cut(c, "magic", 8);
    (void)cut_number(c, "kind and version");
    cut(c, "note", (size_t)cut_number(c, "length of the note"));
    (void)cut_number(c, "configuration");
    cut(c, "furthest", 32);
    cut(c, "inputs", (size_t)cut_number(c, "number of inputs") * INPUT_BYTES);
    cut(c, "marks", (size_t)cut_number(c, "number of marks") * INPUT_BYTES);
    cut(c, "hashes", (size_t)cut_number(c, "number of hashes") * 16);
}

static void cut_regions(struct cutter *c, struct session *s)
{
    struct saved saved;
    saved_list(s->hv, &saved);
    (void)cut_number(c, "length of the state");
    for (unsigned i = 0; i < saved.count; i++) {
        const struct state_region *r = &saved.region[i];
        char name[48];
        if (r->vm == SAVED_SHARED)
            (void)snprintf(name, sizeof(name), "%s", r->name);
        else
            (void)snprintf(name, sizeof(name), "vm%d %s", r->vm, r->name);
        cut(c, name, state_packed_size(r->desc) * r->count);
    }
    cut(c, "the session's own", OWN_WORDS * sizeof(uint64_t));
}

/* Numbers and contents of pages lie in turn: two parts of many pieces. */
static void cut_pages(struct cutter *c, size_t n)
{
    size_t first = c->at, each = 8 + HISTORY_PAGE, count = (n - 16 - first) / each;
    cut(c, "numbers of pages", 8);
    cut(c, "pages", HISTORY_PAGE);
    for (unsigned i = c->parts->count - 2; i < c->parts->count; i++) {
        c->parts->part[i].stride = each;
        c->parts->part[i].count = count;
    }
    c->at = first + count * each;
}

void parts_of(struct session *s, const uint8_t *bytes, size_t n, struct parts *parts)
{
    struct cutter c = {parts, bytes, 0};
    parts->count = 0;
    cut_head(&c);
    if (bytes[8] == 'S') {
        cut(&c, "position", 32);
        (void)cut_number(&c, "when to try again");
        cut(&c, "waiting input", (size_t)cut_number(&c, "number of waiting input") * INPUT_BYTES);
        cut_regions(&c, s);
        for (unsigned v = 0; v < HV_MAX_VMS; v++)
            cut(&c, "console", (size_t)cut_number(&c, "length of a console"));
        cut_pages(&c, n);
        (void)cut_number(&c, "end of the pages");
    }
    (void)cut_number(&c, "checksum");
}

size_t part_place(const struct part *p, size_t offset)
{
    offset %= p->size * p->count;
    return p->at + offset / p->size * p->stride + offset % p->size;
}

void parts_seal(uint8_t *bytes, size_t n)
{
    if (n < 8)
        return;
    uint64_t sum = state_hash_bytes(STATE_HASH_SEED, bytes, n - 8);
    memcpy(bytes + n - 8, &sum, sizeof(sum));
}

/*
 * A model of the page store: see history_model.h.
 */
#include "history_model.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------- contents */

static void fill(uint8_t *bytes, uint32_t content)
{
    uint32_t x = content * 2654435761u + 1;
    for (unsigned i = 0; i < HISTORY_PAGE; i += 4) {
        memcpy(bytes + i, &x, 4);
        x += content * 2 + 1;
    }
}

static bool is_filled(const uint8_t *bytes, uint32_t content)
{
    uint8_t want[HISTORY_PAGE];
    if (!content)
        return !bytes;
    fill(want, content);
    return bytes && memcmp(bytes, want, HISTORY_PAGE) == 0;
}

uint32_t model_draw(struct model *m, uint32_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return (uint32_t)(m->random >> 20) % below;
}

static void set_page(struct model *m, unsigned i, const uint8_t *bytes)
{
    if (!bytes) {
        free(m->page[i]);
        m->page[i] = NULL;
        return;
    }
    if (!m->page[i])
        m->page[i] = malloc(HISTORY_PAGE);
    cr_assert_not_null(m->page[i]);
    memcpy(m->page[i], bytes, HISTORY_PAGE);
}

void model_write(struct model *m)
{
    uint8_t bytes[HISTORY_PAGE];
    unsigned i = model_draw(m, MODEL_PAGES), how = model_draw(m, 8);
    uint32_t content = how == 0 ? 0 : how == 1 ? m->content[i] : 1 + model_draw(m, 1u << 30);
    m->content[i] = content;
    m->dirty[i] = true;
    if (content)
        fill(bytes, content);
    set_page(m, i, content ? bytes : NULL);
}

/* ---------------------------------------- the source */

static void changed(void *opaque, void (*each)(void *context, uint32_t page), void *context)
{
    const struct model *m = opaque;
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        if (m->dirty[i] || (!m->h.base && m->page[i]))
            each(context, i * MODEL_STRIDE);
        if (m->dirty[i] && i % 3 == 0) /* a number may come more than once */
            each(context, i * MODEL_STRIDE);
    }
}

static void settle(void *opaque)
{
    struct model *m = opaque;
    memset(m->dirty, 0, sizeof(m->dirty));
}

static const uint8_t *read_page(void *opaque, uint32_t page)
{
    const struct model *m = opaque;
    cr_assert_eq(page % MODEL_STRIDE, 0);
    return m->page[page / MODEL_STRIDE];
}

static bool write_page(void *opaque, uint32_t page, const uint8_t *bytes)
{
    struct model *m = opaque;
    cr_assert_eq(page % MODEL_STRIDE, 0);
    if (m->fail_writes_in && --m->fail_writes_in == 0)
        return false;
    set_page(m, page / MODEL_STRIDE, bytes);
    return true;
}

void model_init(struct model *m, size_t limit, uint64_t seed)
{
    memset(m, 0, sizeof(*m));
    m->random = seed * 0x9e3779b97f4a7c15u + 1;
    const struct history_source source = {m, changed, settle, read_page, write_page};
    cr_assert(history_begin(&m->h, &source, MODEL_PAGES * MODEL_STRIDE, limit));
}

void model_fini(struct model *m)
{
    history_fini(&m->h);
    for (unsigned i = 0; i < MODEL_PAGES; i++)
        free(m->page[i]);
}

/* ---------------------------------------- operations */

static struct session_position at(uint64_t insn)
{
    return (struct session_position){.insn = insn, .cycle = insn, .phase = SESSION_OUTSIDE};
}

struct history_snapshot *model_nth(struct model *m, unsigned n)
{
    cr_assert_eq(m->h.count, m->snaps);
    return m->h.snapshot[n];
}

unsigned model_before(const struct model *m, uint64_t insn)
{
    unsigned n = 0;
    while (n + 1 < m->snaps && m->snap[n + 1].insn <= insn)
        n++;
    return n;
}

bool model_take(struct model *m, bool scratch)
{
    const struct session_position here = at(m->insn);
    struct history_snapshot *snap = history_take(&m->h, &here, scratch);
    if (!snap)
        return false;
    cr_assert_eq(m->h.base, snap);
    unsigned n = m->snaps ? model_before(m, m->insn) : 0;
    if (m->snaps && m->snap[n].insn == m->insn) { /* it was there: the present is what it kept */
        memcpy(m->content, m->snap[n].content, sizeof(m->content));
        return true;
    }
    n += m->snaps != 0;
    cr_assert_lt(m->snaps, MODEL_SNAPS);
    memmove(m->snap + n + 1, m->snap + n, (m->snaps - n) * sizeof(m->snap[0]));
    m->snaps++;
    m->snap[n].insn = m->insn;
    m->snap[n].scratch = scratch;
    memcpy(m->snap[n].content, m->content, sizeof(m->content));
    cr_assert_eq(snap->index, n);
    return true;
}

bool model_restore(struct model *m, unsigned n)
{
    if (!history_restore(&m->h, model_nth(m, n)))
        return false;
    memcpy(m->content, m->snap[n].content, sizeof(m->content));
    m->insn = m->snap[n].insn;
    return true;
}

static void remove_nth(struct model *m, unsigned n)
{
    m->snaps--;
    memmove(m->snap + n, m->snap + n + 1, (m->snaps - n) * sizeof(m->snap[0]));
}

bool model_drop(struct model *m, unsigned n)
{
    bool may = n && model_nth(m, n) != m->h.base;
    bool did = history_drop(&m->h, model_nth(m, n));
    cr_assert(may || !did, "the first and the base stay");
    if (did)
        remove_nth(m, n);
    return did || !may;
}

void model_cut(struct model *m, uint64_t insn)
{
    const struct session_position here = at(insn);
    history_cut(&m->h, &here);
    while (m->snaps > 1 && m->snap[m->snaps - 1].insn > insn)
        m->snaps--;
    cr_assert_eq(m->h.count, m->snaps);
}

static uint64_t work(const struct session_position *from, const struct session_position *to)
{
    return to->insn - from->insn;
}

void model_thin(struct model *m)
{
    const struct history_snapshot *first = m->h.snapshot[0], *base = m->h.base;
    const struct history_snapshot *last = m->h.snapshot[m->snaps - 1];
    uint64_t thinned = m->h.thinned;
    unsigned before = m->snaps;
    history_thin(&m->h, work);
    for (unsigned n = 0; n < m->snaps;) {
        if (n < m->h.count && m->h.snapshot[n]->at.insn == m->snap[n].insn)
            n++;
        else
            remove_nth(m, n);
    }
    cr_assert_eq(m->h.count, m->snaps, "those that are left are in the model");
    cr_assert_eq(m->h.thinned - thinned, before - m->snaps);
    cr_assert_eq(m->h.snapshot[0], first, "the beginning is always kept");
    cr_assert_eq(m->h.snapshot[m->snaps - 1], last);
    cr_assert_eq(m->h.snapshot[base->index], base);
}

/* ---------------------------------------- checks */

void model_check_present(struct model *m, const char *when)
{
    for (unsigned i = 0; i < MODEL_PAGES; i++)
        cr_assert(is_filled(m->page[i], m->content[i]), "%s: page %u is not what it was", when, i);
}

/* One page's versions: in order, each listed once by its snapshot, with the bytes of the model. */
static unsigned check_page(struct model *m, const struct history_page *p, unsigned i,
                           const char *when)
{
    unsigned with_bytes = 0;
    for (uint32_t v = 0; v < p->count; v++) {
        const struct history_snapshot *of = p->version[v].of;
        unsigned listed = 0;
        cr_assert_eq(m->h.snapshot[of->index], of, "%s: a version of a snapshot that is gone",
                     when);
        if (v)
            cr_assert_gt(of->index, p->version[v - 1].of->index, "%s: out of order", when);
        for (uint32_t k = 0; k < of->count; k++)
            listed += of->pages[k] == i * MODEL_STRIDE;
        cr_assert_eq(listed, 1, "%s: listed %u times", when, listed);
        cr_assert(is_filled(p->version[v].bytes, m->snap[of->index].content[i]),
                  "%s: page %u of snapshot %u", when, i, of->index);
        with_bytes += p->version[v].bytes != NULL;
    }
    return with_bytes;
}

void model_check_order(struct model *m, const char *when)
{
    unsigned with_bytes = 0, versions = 0, listed = 0, free_pages = 0;
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        const struct history_page *leaf = m->h.leaf[i * MODEL_STRIDE / HISTORY_LEAF];
        if (!leaf)
            continue;
        const struct history_page *p = &leaf[i * MODEL_STRIDE % HISTORY_LEAF];
        cr_assert_eq(m->snap[0].content[i] != 0, history_began_with(&m->h, i * MODEL_STRIDE));
        with_bytes += check_page(m, p, i, when);
        versions += p->count;
    }
    for (uint32_t n = 0; n < m->h.count; n++) {
        cr_assert_eq(m->h.snapshot[n]->index, n);
        cr_assert_eq(m->h.snapshot[n]->at.insn, m->snap[n].insn);
        cr_assert_eq(m->h.snapshot[n]->scratch, m->snap[n].scratch);
        listed += m->h.snapshot[n]->count;
    }
    for (uint8_t *page = m->h.free_page; page; free_pages++)
        memcpy(&page, page, sizeof(page));
    cr_assert_eq(listed, versions, "%s", when);
    cr_assert_eq(m->h.bytes, (size_t)with_bytes * HISTORY_PAGE,
                 "%s: %zu bytes counted for %u pages", when, m->h.bytes, with_bytes);
    cr_assert_eq((with_bytes + free_pages) % 64, 0, "%s: a page's bytes were lost", when);
    cr_assert_eq((with_bytes + free_pages) / 64, m->h.slabs);
    for (unsigned b = 0; b < m->h.pages / 8 + 1; b++)
        cr_assert_eq(m->h.mark[b], 0, "%s: a mark was left", when);
}

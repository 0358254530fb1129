/* A probe that writes down what it is told. */
#include "probe_log.h"

#include <criterion/criterion.h>
#include <string.h>

static struct log_entry *add(struct probe_log *log, const struct cpu *c, unsigned what)
{
    static struct log_entry overflow;

    cr_assert_lt(log->n, LOG_MOST, "the log is full");
    if (log->n == LOG_MOST)
        return &overflow;
    struct log_entry *e = &log->entry[log->n++];
    *e = (struct log_entry){.what = what, .icount = c->s.icount};
    return e;
}

static void mark(struct probe_log *log, uint32_t at)
{
    at &= PAGE_SIZE - 1;
    log->probe.code_offset[at / 8] |= (uint8_t)(1u << (at & 7));
}

static bool on_code(void *context, struct cpu *c, uint32_t linear, uint32_t pa)
{
    struct probe_log *log = context;
    struct log_entry *e = add(log, c, LOG_CODE);

    e->linear = linear;
    e->pa = pa;
    if (log->mark_on_code) {
        mark(log, log->mark_on_code);
        log->mark_on_code = 0;
        cpu_probe_changed(c);
    }
    if (log->watch_on_code) {
        log->pages[log->page_count++] = log->watch_on_code;
        log->watch_on_code = 0;
        cpu_probe_changed(c);
    }
    return log->stop && log->pass != c->s.icount + 1;
}

static bool on_watches(void *context, struct cpu *c, uint32_t linear_page, uint32_t pa_page)
{
    const struct probe_log *log = context;

    (void)c;
    cr_assert_eq(linear_page & ~PAGE_MASK, 0);
    cr_assert_eq(pa_page & ~PAGE_MASK, 0);
    for (unsigned i = 0; i < log->page_count; i++) {
        if (log->pages[i] == linear_page)
            return true;
    }
    return log->all || (log->frames && log->frames == pa_page);
}

static void on_data(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                    enum cpu_access access, uint32_t value)
{
    struct probe_log *log = context;
    struct log_entry *e = add(log, c, access == ACCESS_WRITE ? LOG_WRITE : LOG_READ);

    e->linear = linear;
    e->pa = pa;
    e->size = size;
    e->value = value;
    e->before = ram_read(&log->rig->m->ram, pa, 1);
    if (log->mark_on_data) {
        mark(log, log->mark_on_data);
        log->mark_on_data = 0;
        cpu_probe_changed(c);
    }
    if (log->stop_on_data)
        cpu_probe_stop(c);
}

static void on_event(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                     uint32_t error)
{
    struct probe_log *log = context;
    struct log_entry *e = add(log, c, LOG_EVENT);

    e->linear = vector;
    e->pa = c->s.eip;
    e->size = kind;
    e->value = error;
    if (log->stop_on_event)
        cpu_probe_stop(c);
}

static void on_ring(void *context, struct cpu *c, unsigned from, unsigned to)
{
    struct log_entry *e = add(context, c, LOG_RING);

    e->size = from;
    e->value = to;
    cr_assert_eq(c->s.cpl, to);
}

void log_attach(struct probe_log *log, struct rig *r)
{
    memset(log, 0, sizeof *log);
    log->rig = r;
    log->probe = (struct cpu_probe){.context = log,
                                    .code = on_code,
                                    .watches = on_watches,
                                    .data = on_data,
                                    .event = on_event,
                                    .ring = on_ring};
    cpu_set_probe(&r->m->cpu, &log->probe);
}

void log_detach(struct probe_log *log)
{
    cpu_set_probe(&log->rig->m->cpu, NULL);
}

void log_mark(struct probe_log *log, uint32_t at)
{
    mark(log, at);
    cpu_probe_changed(&log->rig->m->cpu);
}

void log_mark_all(struct probe_log *log)
{
    memset(log->probe.code_offset, 0xff, sizeof log->probe.code_offset);
    cpu_probe_changed(&log->rig->m->cpu);
}

void log_watch(struct probe_log *log, uint32_t page)
{
    log->pages[log->page_count++] = page;
    cpu_probe_changed(&log->rig->m->cpu);
}

unsigned log_count(const struct probe_log *log, unsigned what)
{
    unsigned n = 0;

    for (unsigned i = 0; i < log->n; i++)
        n += log->entry[i].what == what;
    return n;
}

const struct log_entry *log_entry(const struct probe_log *log, unsigned what, unsigned i)
{
    for (unsigned at = 0; at < log->n; at++) {
        if (log->entry[at].what == what && i-- == 0)
            return &log->entry[at];
    }
    cr_assert_fail("there is no such entry");
    return NULL;
}

void log_expect(const struct probe_log *log, unsigned i, unsigned what, uint32_t linear,
                uint32_t size, uint32_t value)
{
    cr_assert_lt(i, log->n, "entry %u of %u", i, log->n);
    const struct log_entry *e = &log->entry[i];
    cr_expect_eq(e->what, what, "entry %u is a %u, not a %u", i, e->what, what);
    cr_expect_eq(e->linear, linear, "entry %u: at %#x, not %#x", i, e->linear, linear);
    cr_expect_eq(e->size, size, "entry %u: %u bytes, not %u", i, e->size, size);
    cr_expect_eq(e->value, value, "entry %u: %#x, not %#x", i, e->value, value);
}

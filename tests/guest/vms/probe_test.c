/*
 * A machine that is looked at is the same machine: with probes and hooks of every kind, stopped at
 * random and gone on with, it ends where it would have ended. And what watchers of memory are told
 * is all that happens to it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#include "../rig/rig.h"
#include "sim/probe.h"

#define WORK   "hz=1000 run=\"forkwait 4; sieve 30 | sieve 30; fault stack; disk 4; halt\""
#define CYCLES 12000000u

struct way {
    char image[32], cmdline[80]; /* parameters go to another process: no pointers */
    int mode;
    unsigned vms;
};

static struct way ways[] = {
    {"bantam.elf", WORK, MODE_native, 1},
    {"bantam.elf", WORK, MODE_trap, 1},
    {"bantam.elf", WORK, MODE_trap, 3},
    {"bantam-pv.elf", WORK, MODE_pv, 1},
    {"bantam-pv.elf", WORK, MODE_pv, 3},
    {"tests/trap_segments.elf", "", MODE_trap, 1},
    {"tests/trap_debug.elf", "", MODE_trap, 1},
    {"tests/trap_debug.elf", "", MODE_native, 1},
    {"tests/trap_interrupts.elf", "", MODE_trap, 1},
    {"tests/trap_paging.elf", "", MODE_native, 1},
};
#define WAYS (sizeof ways / sizeof *ways)

static void start(struct rig *r, const struct way *w)
{
    struct rig_plan plan = {.mode = (enum hv_mode_id)w->mode, .vms = w->vms, .seed = 1};
    for (unsigned n = 0; n < w->vms; n++)
        plan.guest[n] =
            (struct rig_guest){.image = w->image, .cmdline = w->cmdline, .disk = "disk.img"};
    rig_start(r, &plan);
}

/* A watcher: what it answers and does comes from a generator of its own. */
struct watcher {
    struct cpu_probe probe;
    struct hv_hooks hooks;
    struct hv *hv;
    uint64_t x;
    bool stops;      /* it also stops, and changes its mind */
    uint32_t pages;  /* one of so many is watched; 0: none */
    uint64_t passed; /* the position that `code` stopped at */
    uint64_t held;   /* the same of `instruction` */
    uint64_t asked, data, events, virtual_events, rings, phases, closed, instructions, ports, ram;
    uint64_t stopped;
};

static bool sometimes(struct watcher *w, unsigned of)
{
    w->x = w->x * 6364136223846793005u + 1442695040888963407u;
    return w->stops && (w->x >> 33) % of == 0;
}

static void mark_some(struct watcher *w, unsigned many)
{
    memset(w->probe.code_offset, 0, sizeof w->probe.code_offset);
    for (unsigned i = 0; i < many; i++) {
        w->x = w->x * 6364136223846793005u + 1442695040888963407u;
        unsigned bit = (unsigned)(w->x >> 40) % PAGE_SIZE;
        w->probe.code_offset[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static void change(struct watcher *w)
{
    mark_some(w, 64);
    w->pages = w->pages ? w->pages % 7 + 2 : 0;
    hv_probe_changed(w->hv);
}

static bool on_code(void *context, struct cpu *c, uint32_t linear, uint32_t pa)
{
    struct watcher *w = context;
    (void)pa;
    w->asked++;
    cr_assert_eq(linear, c->s.seg[SEG_CS].base + c->s.eip);
    if (sometimes(w, 97))
        change(w);
    if (c->s.icount == w->passed || !sometimes(w, 11))
        return false;
    w->passed = c->s.icount;
    return true;
}

static bool on_watches(void *context, struct cpu *c, uint32_t linear_page, uint32_t pa_page)
{
    const struct watcher *w = context;
    (void)c;
    return w->pages && ((linear_page ^ pa_page >> 3) >> PAGE_SHIFT) % w->pages == 0;
}

static void on_data(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                    enum cpu_access access, uint32_t value)
{
    struct watcher *w = context;
    (void)access, (void)value, (void)pa;
    w->data++;
    cr_assert(size && size <= 4 && (linear & ~PAGE_MASK) + size <= PAGE_SIZE);
    if (sometimes(w, 301))
        cpu_probe_stop(c);
    if (sometimes(w, 5001))
        change(w);
}

static void on_event(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                     uint32_t error)
{
    struct watcher *w = context;
    (void)vector, (void)kind, (void)error;
    if (c->cache)
        w->events++;
    else
        w->virtual_events++;
    if (sometimes(w, 5))
        cpu_probe_stop(c);
}

static void on_ring(void *context, struct cpu *c, unsigned from, unsigned to)
{
    struct watcher *w = context;
    w->rings++;
    cr_assert_neq(from, to);
    cr_assert_eq(c->s.cpl, to);
    if (sometimes(w, 50))
        cpu_probe_stop(c);
}

static void on_phase(void *context, struct hv *hv, const struct vm_exit *open, enum hv_phase phase,
                     unsigned n)
{
    struct watcher *w = context;
    (void)open, (void)phase, (void)n;
    w->phases++;
    if (sometimes(w, 500))
        cpu_probe_stop(&hv->machine->cpu);
    if (sometimes(w, 5000))
        change(w);
}

static void on_closed(void *context, struct hv *hv, const struct vm_exit *x)
{
    struct watcher *w = context;
    (void)hv, (void)x;
    w->closed++;
}

static bool on_instruction(void *context, struct hv *hv, struct vcpu *v, uint32_t linear)
{
    struct watcher *w = context;
    uint64_t here = hv_cycle(hv) ^ (uint64_t)linear << 32;
    (void)v;
    w->instructions++;
    if (!w->stops || here == w->held)
        return false;
    w->held = here;
    return true;
}

static void on_port(void *context, uint16_t port, unsigned size, bool write, uint32_t value)
{
    struct watcher *w = context;
    (void)port, (void)size, (void)write, (void)value;
    w->ports++;
}

static void on_ram(void *context, uint32_t pa, uint32_t n, const void *bytes)
{
    struct watcher *w = context;
    (void)pa, (void)n, (void)bytes;
    w->ram++;
}

static void watch(struct watcher *w, struct hv *hv, uint64_t seed, bool stops, uint32_t pages)
{
    memset(w, 0, sizeof *w);
    w->hv = hv;
    w->x = seed;
    w->stops = stops;
    w->pages = pages;
    w->probe = (struct cpu_probe){.context = w,
                                  .code = on_code,
                                  .watches = on_watches,
                                  .data = on_data,
                                  .event = on_event,
                                  .ring = on_ring};
    w->hooks = (struct hv_hooks){
        .context = w, .phase = on_phase, .closed = on_closed, .instruction = on_instruction};
    mark_some(w, 64);
    hv_set_probe(hv, &w->probe);
    hv_set_hooks(hv, &w->hooks);
    struct machine *m = hv->machine;
    m->ram.watched = on_ram;
    m->ram.watch_context = w;
    for (uint32_t pa = 0; pages && pa < m->ram.size; pa += 37 * PAGE_SIZE)
        cpu_watch_ram(&m->cpu, pa, true);
    struct io_bus *bus = hv->mode->has_hypervisor ? &hv->vm[0]->ports : &m->ports;
    bus->watch = on_port;
    bus->watch_context = w;
}

struct reference {
    uint64_t hash, cycle, icount, exits;
};

static struct reference state_of(struct rig *r)
{
    return (struct reference){hv_hash(r->hv), hv_cycle(r->hv), hv_icount(r->hv), r->hv->exits};
}

/* Goes on after every stop; drops caches at some. */
static void run_watched(struct rig *r, struct watcher *w)
{
    const struct hv_limits limits = {.cycle = CYCLES};
    while (hv_run(r->hv, &limits) == HV_STOP_PROBE) {
        w->stopped++;
        if (w->stopped % 16 == 0)
            cpu_drop_caches(&r->hv->machine->cpu);
    }
}

static void expect_same(struct rig *r, const struct way *w, const struct reference *want,
                        const char *how)
{
    struct reference got = state_of(r);
    const char *mode = hv_modes[w->mode]->name;
    cr_expect_eq(got.cycle, want->cycle, "%s, %s, %u VMs, %s: cycle", w->image, mode, w->vms, how);
    cr_expect_eq(got.icount, want->icount, "%s, %s, %u VMs, %s: instructions", w->image, mode,
                 w->vms, how);
    cr_expect_eq(got.exits, want->exits, "%s, %s, %u VMs, %s: exits", w->image, mode, w->vms, how);
    cr_expect_eq(got.hash, want->hash, "%s, %s, %u VMs, %s: state", w->image, mode, w->vms, how);
}

/* What must agree with the account of the run itself. */
static void expect_counts(const struct rig *r, const struct watcher *w, const struct way *way)
{
    cr_expect_gt(w->asked, 100);
    cr_expect_gt(w->events, 10);
    if (way->mode != MODE_pv)
        cr_expect_gt(w->ports, 10);
    if (!r->hv->mode->has_hypervisor) {
        cr_expect_eq(w->phases, 0);
        return;
    }
    const struct vm_stats *s = &r->hv->vm[0]->stats;
    cr_expect_eq(w->ports, s->port_reads + s->port_writes);
    cr_expect_eq(w->closed + (r->hv->open != NULL), r->hv->exits);
    cr_expect_geq(w->phases, 4 * w->closed);
    cr_expect(w->instructions > 0 || way->mode != MODE_trap || way->image[0] != 'b');
    if (way->mode == MODE_trap && way->vms == 1)
        cr_expect_geq(w->virtual_events, s->interrupts_delivered);
}

ParameterizedTestParameters(probe, looking_changes_nothing)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, probe, looking_changes_nothing)
{
    struct watcher watcher;
    struct rig r;
    start(&r, w);
    rig_run(&r, CYCLES);
    struct reference want = state_of(&r);
    rig_stop(&r);
    static const struct {
        const char *how;
        bool stops;
        uint32_t pages;
    } kind[] = {{"code asked about", false, 0},
                {"code and data watched", false, 3},
                {"stopped at random", true, 0},
                {"stopped and changed at random", true, 5}};
    for (unsigned k = 0; k < sizeof kind / sizeof *kind; k++) {
        start(&r, w);
        watch(&watcher, r.hv, k + 7, kind[k].stops, kind[k].pages);
        run_watched(&r, &watcher);
        expect_same(&r, w, &want, kind[k].how);
        expect_counts(&r, &watcher, w);
        cr_expect_eq(watcher.data > 0, kind[k].pages > 0);
        cr_expect_eq(watcher.stopped > 10, kind[k].stops, "%u stops", (unsigned)watcher.stopped);
        rig_stop(&r);
    }
}

/* ---------------------------------------- nothing that happens to memory is missed */

struct mirror {
    uint8_t *bytes;
    uint64_t stores;
};

static void reflect(void *context, uint32_t pa, uint32_t n, const void *bytes)
{
    struct mirror *m = context;
    memcpy(m->bytes + pa, bytes, n);
    m->stores++;
}

ParameterizedTestParameters(probe, a_copy_that_lives_from_what_is_told_is_memory)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, probe, a_copy_that_lives_from_what_is_told_is_memory)
{
    struct rig r;
    start(&r, w);
    struct machine *m = r.hv->machine;
    struct mirror mirror = {malloc(m->ram.size), 0};
    cr_assert(mirror.bytes);
    memcpy(mirror.bytes, m->ram.bytes, m->ram.size);
    m->ram.watched = reflect;
    m->ram.watch_context = &mirror;
    for (uint32_t pa = 0; pa < m->ram.size; pa += PAGE_SIZE)
        cpu_watch_ram(&m->cpu, pa, true);
    for (uint64_t at = 1000000; at <= CYCLES; at += 3666666) {
        rig_run(&r, at);
        cr_assert_eq(memcmp(mirror.bytes, m->ram.bytes, m->ram.size), 0, "%s, %s, by cycle %u",
                     w->image, r.hv->mode->name, (unsigned)at);
    }
    cr_expect_gt(mirror.stores, 1000);
    free(mirror.bytes);
    rig_stop(&r);
}

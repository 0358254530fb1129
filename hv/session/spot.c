/*
 * What points see while the machine runs: the probe on the CPUs, the hooks of the hypervisor, the
 * wires of buses and RAM, the trace.
 *
 * A callback notes what it met and where, and makes the run stop soon: at this very place for a
 * breakpoint, at the next boundary for the rest. Whether it counts is decided there (points.c).
 */
#include "session/internal.h"

#include <string.h>

static struct cpu *machine_cpu(struct session *s)
{
    return &s->hv->machine->cpu;
}

/* The guest that a CPU works for. */
static unsigned vm_of(struct session *s, struct cpu *c)
{
    if (c != machine_cpu(s))
        return vcpu_of(c)->vm->number;
    return s->hv->current ? s->hv->current->vm->number : 0;
}

static uint32_t cr3_of(struct session *s, const struct cpu *c)
{
    if (c == machine_cpu(s) && s->hv->current)
        return s->hv->current->virt.s.cr3;
    return c->s.cr3;
}

/* ---------------------------------------- noting */

/* The run shall end at the next boundary. */
static void stop_soon(struct session *s)
{
    struct hv *hv = s->hv;
    if (!hv->open) {
        cpu_probe_stop(machine_cpu(s));
        return;
    }
    if (hv->limits.icount > hv_icount(hv) + 1)
        hv->limits.icount = hv_icount(hv) + 1;
    if (hv->limits.exits > hv->open->number)
        hv->limits.exits = hv->open->number;
}

/* Asks for the stop first: from then on the counters are exact. */
static struct spot *note(struct session *s, const struct session_point *p)
{
    struct hv *hv = s->hv;
    if (p->kind != POINT_CODE)
        stop_soon(s);
    if (s->spots == SPOTS_KEPT) {
        s->spots--;
        s->spots_lost++;
    }
    struct spot *spot = &s->spot[s->spots++];
    memset(spot, 0, sizeof(*spot));
    spot->hit.point = p->number;
    spot->vm = (uint8_t)(p->vm != POINT_ANY ? p->vm
                         : s->hv->current   ? s->hv->current->vm->number
                                            : 0);
    spot->in_exit = hv->open != NULL;
    spot->at.insn = hv_icount(hv);
    spot->at.exit = hv->exits;
    spot->at.cycle = hv_cycle(hv);
    spot->at.phase = hv->open ? hv->hook_phases : SESSION_OUTSIDE;
    return spot;
}

/* In a probe's data or port callback the present instruction counts already. */
static void before_instruction(struct spot *spot)
{
    if (!spot->in_exit && spot->at.insn)
        spot->at.insn--;
}

#define EACH_POINT(s, p, wanted)                                                                   \
    for (size_t i_ = 0; i_ < (s)->points.count; i_++)                                              \
        if (((p) = (s)->points.list[i_])->enabled && (p)->kind == (wanted))

static bool for_vm(const struct session_point *p, unsigned vm)
{
    return p->vm == POINT_ANY || p->vm == vm;
}

static bool overlaps(const struct session_point *p, uint32_t at, uint32_t size)
{
    return at - p->address < p->size || p->address - at < size;
}

/* ---------------------------------------- code */

static bool stops_at(struct session *s, const struct cpu *c, unsigned vm, uint32_t linear,
                     uint32_t pa)
{
    const struct session_point *p;
    bool any = false;
    const struct session_position now = {hv_icount(s->hv), s->hv->exits, hv_cycle(s->hv),
                                         SESSION_OUTSIDE};
    if (now.insn == s->pass.insn && linear == s->pass_linear)
        return false; /* nothing was executed since we stood here */
    EACH_POINT(s, p, POINT_CODE)
    {
        uint32_t at = p->address;
        if (p->space != SPACE_LINEAR && !points_machine(s, vm, p->space, p->address, &at))
            continue;
        if (!for_vm(p, vm) || at != (p->space == SPACE_LINEAR ? linear : pa) ||
            (p->cr3 != POINT_ANY && p->cr3 != cr3_of(s, c)))
            continue;
        struct spot *spot = note(s, p);
        spot->at = now;
        spot->in_exit = false;
        spot->hit.address = linear;
        spot->hit.access = ACCESS_EXEC;
        any = true;
    }
    return any;
}

static bool on_code(void *context, struct cpu *c, uint32_t linear, uint32_t pa)
{
    struct session *s = context;
    return stops_at(s, c, vm_of(s, c), linear, pa);
}

static bool on_instruction(void *context, struct hv *hv, struct vcpu *v, uint32_t linear)
{
    (void)hv;
    return stops_at(context, &v->virt, v->vm->number, linear, UINT32_MAX);
}

/* ---------------------------------------- data */

/* Host bytes behind a physical address as that CPU means it; null: not RAM. */
static const uint8_t *bytes_of(struct session *s, struct cpu *c, uint32_t pa)
{
    const struct ram *ram = &s->hv->machine->ram;
    if (c != machine_cpu(s) && p2m_lookup(vcpu_of(c)->vm, pa, &pa) == P2M_NONE)
        return NULL;
    return ram_page(ram, pa);
}

/* The first bytes at the point's address, before and after an access at `at`. */
static void fill_values(struct spot *spot, const struct session_point *p, const uint8_t *page,
                        uint32_t at, uint32_t size, const uint8_t *bytes)
{
    uint8_t old[4] = {0}, now[4];
    uint32_t n = p->size < 4 ? p->size : 4;
    uint32_t offset = at & ~PAGE_MASK;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t in_page = offset + (p->address + i - at);
        if (page && in_page < PAGE_SIZE)
            old[i] = page[in_page];
    }
    memcpy(now, old, 4);
    for (uint32_t i = 0; i < size && bytes; i++)
        if (at + i - p->address < n)
            now[at + i - p->address] = bytes[i];
    memcpy(&spot->hit.old, old, 4);
    memcpy(&spot->hit.now, now, 4);
    spot->hit.address = at;
    spot->hit.size = size;
}

static bool on_watches(void *context, struct cpu *c, uint32_t linear_page, uint32_t pa_page)
{
    struct session *s = context;
    const struct session_point *p;
    unsigned vm = vm_of(s, c);
    EACH_POINT(s, p, POINT_DATA)
    {
        uint32_t at = p->address, page = linear_page;
        if (p->space != SPACE_LINEAR) {
            if (!(p->access & 1) ||
                (c == machine_cpu(s) && !points_machine(s, vm, p->space, p->address, &at)))
                continue;
            page = pa_page;
        }
        if (for_vm(p, vm) && (page - (at & PAGE_MASK) < PAGE_SIZE ||
                              page - ((at + p->size - 1) & PAGE_MASK) < PAGE_SIZE))
            return true;
    }
    return false;
}

static void on_data(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                    enum cpu_access access, uint32_t value)
{
    struct session *s = context;
    const struct session_point *p;
    unsigned vm = vm_of(s, c);
    unsigned bit = access == ACCESS_WRITE ? 2 : 1;
    uint8_t bytes[4];
    memcpy(bytes, &value, 4);
    EACH_POINT(s, p, POINT_DATA)
    {
        uint32_t at = linear, base = p->address;
        if (p->space != SPACE_LINEAR) { /* stores are seen at RAM (on_stored) */
            if (access == ACCESS_WRITE ||
                (c == machine_cpu(s) && !points_machine(s, vm, p->space, p->address, &base)))
                continue;
            at = pa;
        }
        if (!(p->access & bit) || !for_vm(p, vm) || !(at - base < p->size || base - at < size) ||
            (p->cr3 != POINT_ANY && p->cr3 != cr3_of(s, c)))
            continue;
        struct spot *spot = note(s, p);
        before_instruction(spot);
        const uint8_t *host = bytes_of(s, c, pa & PAGE_MASK);
        struct session_point as_met = *p;
        as_met.address = p->space == SPACE_LINEAR ? p->address : base;
        fill_values(spot, &as_met, host, at, size, access == ACCESS_WRITE ? bytes : NULL);
        spot->hit.access = (uint8_t)access;
        if (p->changes && spot->hit.old == spot->hit.now)
            s->spots--;
    }
}

/* Machine addresses [pa, pa + n) are about to be overwritten, by whomever. */
static void on_stored(void *context, uint32_t pa, uint32_t n, const void *bytes)
{
    struct session *s = context;
    const struct session_point *p;
    const uint8_t *page = ram_page(&s->hv->machine->ram, pa);
    for (size_t i = 0; i < s->points.count; i++) {
        p = s->points.list[i];
        bool table = p->kind == POINT_PAGETABLE;
        if (!p->enabled ||
            !(table || (p->kind == POINT_DATA && p->space != SPACE_LINEAR && (p->access & 2))))
            continue;
        for (unsigned e = 0; e < (table ? 2u : 1u); e++) {
            struct session_point as_met = *p;
            if (table ? !points_entry(s, p, e, &as_met.address)
                      : !points_machine(s, p->vm == POINT_ANY ? 0 : p->vm, p->space, p->address,
                                        &as_met.address))
                continue;
            if (table)
                as_met.size = 4;
            if (!overlaps(&as_met, pa, n))
                continue;
            struct spot *spot = note(s, p);
            fill_values(spot, &as_met, page, pa, n, bytes);
            spot->hit.access = ACCESS_WRITE;
            uint32_t counts = table ? ~(uint32_t)(PTE_A | PTE_D) : UINT32_MAX;
            if ((table || p->changes) && !((spot->hit.old ^ spot->hit.now) & counts)) {
                s->spots--;
                continue;
            }
            before_instruction(spot);
        }
    }
}

/* ---------------------------------------- events, rings, ports */

/* counted: the instruction that led to it counts already. */
static void trap_met(struct session *s, unsigned vm, unsigned vector, enum event_kind kind,
                     bool counted, uint32_t error)
{
    const struct session_point *p;
    EACH_POINT(s, p, POINT_TRAP)
    {
        if (!for_vm(p, vm) || (p->value != POINT_ANY && p->value != vector))
            continue;
        struct spot *spot = note(s, p);
        spot->after = true;
        if (counted)
            before_instruction(spot);
        spot->vm = (uint8_t)vm;
        spot->event = (uint8_t)kind;
        spot->has_error = kind == EVENT_EXCEPTION && work_pushes_error(vector);
        spot->hit.access = (uint8_t)kind;
        spot->hit.to = (uint8_t)vector;
        spot->hit.now = error;
    }
}

static void on_event(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                     uint32_t error)
{
    struct session *s = context;
    bool counted = kind == EVENT_SOFTWARE || kind == EVENT_SOFT_TRAP || kind == EVENT_ICEBP;
    if (c == machine_cpu(s) && s->hv->mode->has_hypervisor && c->s.cpl == 0)
        return; /* into the hypervisor: an exit */
    if (s->work)
        work_on_event(s, c, vector, kind, error);
    for (unsigned i = 0; i < s->spots; i++)
        if (s->spot[i].ring && !counted)
            s->spot[i].at.insn = hv_icount(s->hv); /* no instruction did it */
    trap_met(s, vm_of(s, c), vector, kind, counted, error);
}

/* The same in pv where the hypervisor delivers; an event has no vector. */
static void on_bounced(void *context, struct hv *hv, struct vcpu *v, unsigned vector,
                       enum event_kind kind, uint32_t error, bool user)
{
    struct session *s = context;
    if (s->work)
        work_on_bounce(context, hv, v, vector, kind, error, user);
    if (s->spotting)
        trap_met(s, v->vm->number, kind == EVENT_EXTERNAL ? SESSION_NO_VECTOR : vector, kind, false,
                 error);
}

/* The ring a guest believes to be in, of a CPU's ring; 4: none (the hypervisor's own). */
static unsigned believed(const struct session *s, bool machine, unsigned cpl)
{
    if (!machine || !s->hv->mode->has_hypervisor)
        return cpl;
    if (cpl == 0)
        return 4;
    return cpl == 1 && !s->hv->mode->direct_paging ? 0 : cpl;
}

static void on_ring(void *context, struct cpu *c, unsigned from, unsigned to)
{
    struct session *s = context;
    const struct session_point *p;
    unsigned vm = vm_of(s, c), ring = believed(s, c == machine_cpu(s), to);
    if (s->work)
        work_on_ring(s, c, from, to);
    if (ring == 4 || ring == s->ring[vm])
        return;
    EACH_POINT(s, p, POINT_MODE)
    {
        if (!for_vm(p, vm) || (p->value != POINT_ANY && p->value != ring))
            continue;
        struct spot *spot = note(s, p);
        spot->after = true;
        spot->ring = !spot->in_exit;
        before_instruction(spot);
        spot->hit.from = s->ring[vm];
        spot->hit.to = (uint8_t)ring;
    }
    s->ring[vm] = (uint8_t)ring;
}

static void on_port(void *context, uint16_t port, unsigned size, bool write, uint32_t value)
{
    const struct session_guest_port *from = context;
    struct session *s = from->session;
    const struct session_point *p;
    EACH_POINT(s, p, POINT_IO)
    {
        if (!for_vm(p, from->vm) || (p->value != POINT_ANY && p->value - port >= size) ||
            !(p->access & (write ? 2 : 1)))
            continue;
        struct spot *spot = note(s, p);
        before_instruction(spot);
        spot->hit.address = port;
        spot->hit.size = size;
        spot->hit.now = value;
        spot->hit.access = write ? ACCESS_WRITE : ACCESS_READ;
    }
}

/* ---------------------------------------- exits and the trace */

static void on_phase(void *context, struct hv *hv, const struct vm_exit *open, enum hv_phase phase,
                     unsigned n)
{
    struct session *s = context;
    struct capture *c = &s->capture;
    (void)phase;
    if (n == 1 && s->spotting)
        s->exit_guest = hv->vm[open->vm]->cpu.virt.s;
    if (!c->armed || open->number != c->exit)
        return;
    if (n == 1 && c->done && c->phase == 0) { /* what phase 0 could not know yet */
        c->guest = hv->vm[open->vm]->cpu.virt.s;
        c->has_guest = true;
    }
    if (n != c->phase || c->done)
        return;
    c->done = true;
    c->insn = open->icount;
    c->at = (struct session_position){hv_icount(hv), open->number, hv_cycle(hv), n};
    store_catch(s, c);
}

static void on_closed(void *context, struct hv *hv, const struct vm_exit *x)
{
    struct session *s = context;
    (void)hv;
    for (size_t i = 0; s->spotting && i < s->points.count; i++) {
        const struct session_point *p = s->points.list[i];
        bool match = p->kind == POINT_EXIT ? p->value == POINT_ANY || p->value == x->reason
                     : p->kind == POINT_HYPERCALL
                         ? x->reason == EXIT_hypercall &&
                               (p->value == POINT_ANY || p->value == x->q.hypercall.number)
                         : false;
        if (!match || !p->enabled || !for_vm(p, x->vm))
            continue;
        struct spot *spot = note(s, p);
        spot->in_exit = true;
        spot->at = (struct session_position){x->icount, x->number, x->cycle, 0};
        if (s->hv->limits.exits > x->number)
            s->hv->limits.exits = x->number;
    }
}

/* The part of an idling that was not told before; false: there is none. How long one lasts until
 * it is interrupted depends on where a run was to stop, so it is known by its cycles. */
static bool new_idling(struct session *s, struct trace_event *e)
{
    uint64_t end = e->cycle + e->value;
    if (end <= s->told_idle)
        return false;
    if (e->cycle < s->told_idle)
        e->cycle = s->told_idle;
    e->value = end - e->cycle;
    s->told_idle = end;
    return true;
}

/* All other kinds happen the same, however a run was sliced, and are known by their number. */
static bool is_new(uint64_t number, uint64_t *told)
{
    if (number <= *told)
        return false;
    *told = number;
    return true;
}

static void tell(struct session *s, const struct trace_event *e)
{
    struct trace_event copy = *e;
    bool fresh = e->kind == TRACE_EXIT   ? is_new(e->exit->number, &s->told_exit)
                 : e->kind == TRACE_IDLE ? new_idling(s, &copy)
                                         : is_new(++s->events, &s->told_events);
    if (fresh && s->sink.event)
        s->sink.event(s->sink.opaque, &copy);
}

static void on_trace(void *opaque, const struct trace_event *e)
{
    struct session *s = opaque;
    const struct session_point *p;
    if (s->spotting && e->kind == TRACE_SILENT)
        EACH_POINT(s, p, POINT_SILENT)
        {
            if (!for_vm(p, e->vm) || (p->value != POINT_ANY && p->value != e->silent->trap))
                continue;
            struct spot *spot = note(s, p);
            before_instruction(spot);
            spot->hit.address = e->silent->eip;
            spot->hit.old = e->silent->expected;
            spot->hit.now = e->silent->did;
        }
    tell(s, e);
}

/* ---------------------------------------- on and off */

void spot_hooks(struct session *s)
{
    bool on = s->capture.armed || s->spotting;
    const struct hv_hooks hooks = {
        .context = s,
        .phase = on ? on_phase : NULL,
        .closed = s->spotting ? on_closed : NULL,
        .instruction = s->spotting ? on_instruction : NULL,
        .bounced = s->work || s->spotting ? on_bounced : NULL,
    };
    hv_set_hooks(s->hv, &hooks);
    hv_set_sink(s->hv, (struct trace_sink){on_trace, s});
}

static struct io_bus *bus_of(struct session *s, unsigned vm)
{
    return s->hv->mode->has_hypervisor ? &s->hv->vm[vm]->ports : &s->hv->machine->ports;
}

static void watch_frame(struct session *s, uint32_t pa, uint32_t size)
{
    cpu_watch_ram(machine_cpu(s), pa & PAGE_MASK, true);
    cpu_watch_ram(machine_cpu(s), (pa + size - 1) & PAGE_MASK, true);
}

/* Marks what points watch: offsets of code, frames of RAM. */
static void mark(struct session *s, const struct session_point *p)
{
    uint32_t pa;
    if (p->kind == POINT_CODE)
        s->probe.code_offset[(p->address & ~PAGE_MASK) / 8] |= (uint8_t)(1u << p->address % 8);
    if (p->kind == POINT_DATA && p->space != SPACE_LINEAR && (p->access & 2) &&
        points_machine(s, p->vm == POINT_ANY ? 0 : p->vm, p->space, p->address, &pa))
        watch_frame(s, pa, p->size);
    for (unsigned e = 0; p->kind == POINT_PAGETABLE && e < 2; e++)
        if (points_entry(s, p, e, &pa))
            watch_frame(s, pa, 4);
}

static void unwatch_all(struct session *s)
{
    const struct ram *ram = &s->hv->machine->ram;
    for (uint32_t p = 0; p < s->ram_pages; p++)
        if (ram->page_flags[p] & RAM_PAGE_WATCH)
            cpu_watch_ram(machine_cpu(s), p << PAGE_SHIFT, false);
}

void spot_on(struct session *s)
{
    struct ram *ram = &s->hv->machine->ram;
    bool any = false;
    s->spots = s->spots_lost = 0;
    for (size_t i = 0; i < s->points.count; i++)
        any = any || s->points.list[i]->enabled;
    if (!any) {
        spot_off(s);
        return;
    }
    for (unsigned n = 0; n < s->hv->vms; n++) {
        struct cpu_state guest;
        s->ring[n] = session_guest(s, n, &guest) ? guest.cpl : 0;
        bus_of(s, n)->watch = on_port;
        bus_of(s, n)->watch_context = &s->port[n];
    }
    s->spotting = true;
    s->probe = (struct cpu_probe){.context = s,
                                  .code = on_code,
                                  .watches = on_watches,
                                  .data = on_data,
                                  .event = on_event,
                                  .ring = on_ring,
                                  .time = s->work ? work_on_time : NULL};
    for (size_t i = 0; i < s->points.count; i++)
        if (s->points.list[i]->enabled)
            mark(s, s->points.list[i]);
    ram->watched = on_stored;
    ram->watch_context = s;
    hv_set_probe(s->hv, &s->probe);
    spot_hooks(s);
}

void spot_off(struct session *s)
{
    s->spots = 0;
    if (!s->spotting)
        return;
    s->spotting = false;
    unwatch_all(s);
    s->hv->machine->ram.watched = NULL;
    for (unsigned n = 0; n < s->hv->vms; n++)
        bus_of(s, n)->watch = NULL;
    spot_rest(s);
}

void spot_rest(struct session *s)
{
    hv_set_probe(s->hv, s->work ? &s->work->probe : NULL);
    spot_hooks(s);
}

void session_set_sink(struct session *s, struct trace_sink sink)
{
    s->sink = sink;
}

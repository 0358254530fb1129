/*
 * The probe's side of the engine: asking before marked instructions, telling of accesses to watched
 * pages, and stopping.
 *
 * A look at where an instruction is must not change the TLB or charge a walk, or a machine that is
 * watched would be another machine: tlb_look_code. A callback may change the probe: whatever hangs
 * on it is dropped at once, and the running block ends behind the present instruction.
 */
#include "cpu/probe.h"

#include "cpu/debug.h"
#include "cpu/exec.h"
#include "mmu/tlb.h"

/* --- instructions --- */

/* Where EIP is in physical memory. False: its fetch will fault. */
static bool look(struct cpu *c, uint32_t linear, uint32_t *pa)
{
    if (c->s.eip > c->s.seg[SEG_CS].limit)
        return false;
    if (!c->s.code_page_valid || (linear & PAGE_MASK) != c->s.code_page)
        return tlb_look_code(c, linear, pa);
    *pa = c->s.code_frame | (linear & ~PAGE_MASK);
    return true;
}

/* The guest's own breakpoint comes before the instruction, and instead of it. */
static bool breaks_itself(const struct cpu *c, uint32_t linear)
{
    return debug_enabled(c) && !(c->s.eflags & FLAG_RF) && debug_code_match(c, linear);
}

bool probe_code(struct cpu *c)
{
    const struct cpu_probe *p = c->probe;
    uint32_t linear = c->s.seg[SEG_CS].base + c->s.eip, pa;
    uint64_t done = c->s.icount - c->s.rep_extra;

    if (!probe_marks(c, linear) || !p->code || !look(c, linear, &pa) || breaks_itself(c, linear))
        return false;
    if (c->probe_passed.valid && c->probe_passed.done == done && c->probe_passed.linear == linear &&
        c->probe_passed.pa == pa)
        return false;
    if (p->code(p->context, c, linear, pa)) {
        c->stop = CPU_STOP_PROBE;
        return true;
    }
    c->probe_passed.valid = true;
    c->probe_passed.linear = linear;
    c->probe_passed.pa = pa;
    c->probe_passed.done = done;
    return false;
}

/* --- data --- */

static uint32_t low_bytes(uint32_t value, unsigned size)
{
    return size == 4 ? value : value & ((1u << (8 * size)) - 1);
}

void probe_data(struct cpu *c, uint32_t linear, uint32_t pa, unsigned size, enum cpu_access access,
                uint32_t value)
{
    const struct cpu_probe *p = c->probe;

    if (!p->data || !probe_watches(c, linear & PAGE_MASK, pa & PAGE_MASK))
        return;
    exec_detach(c); /* the counters are exact */
    p->data(p->context, c, linear, pa, size, access, low_bytes(value, size));
}

void probe_crossing(struct cpu *c, uint32_t linear, const uint32_t pa[2], unsigned size,
                    enum cpu_access access, uint32_t value)
{
    unsigned first = PAGE_SIZE - (linear & ~PAGE_MASK);

    probe_data(c, linear, pa[0], first, access, value);
    if (c->probe)
        probe_data(c, linear + first, pa[1], size - first, access, value >> (8 * first));
}

bool probe_read(struct cpu *c, uint32_t linear, uint32_t pa, unsigned size, uint32_t *value)
{
    if (!c->ops->read_phys(c, pa, size, value))
        return false;
    if (c->probe) /* a device may have called back */
        probe_data(c, linear, pa, size, ACCESS_READ, *value);
    return true;
}

/* --- events --- */

void probe_event(struct cpu *c, const struct event *e)
{
    const struct cpu_probe *p = c->probe;

    if (p->event)
        p->event(p->context, c, e->vector, e->kind, e->has_error ? e->error : 0);
}

void probe_ring(struct cpu *c, unsigned from, unsigned to)
{
    const struct cpu_probe *p = c->probe;

    if (p->ring)
        p->ring(p->context, c, from, to);
}

void probe_time(struct cpu *c, uint64_t *tsc)
{
    const struct cpu_probe *p = c->probe;

    if (p->time)
        p->time(p->context, c, tsc);
}

/* --- life --- */

void cpu_set_probe(struct cpu *c, const struct cpu_probe *probe)
{
    c->probe = probe;
    c->probe_stop = false;
    c->probe_passed.valid = false;
    cpu_probe_changed(c);
}

void cpu_probe_changed(struct cpu *c)
{
    if (!c->cache)
        return;
    exec_detach(c);
    cpu_drop_caches(c);
    cpu_kick(c);
}

void cpu_probe_stop(struct cpu *c)
{
    if (!c->cache)
        return;
    c->probe_stop = true;
    if (c->stop == CPU_STOP_NONE)
        c->stop = CPU_STOP_PROBE;
    exec_detach(c);
    cpu_kick(c);
}

void cpu_watch_ram(struct cpu *c, uint32_t pa, bool on)
{
    if (!ram_contains(c->ram, pa, 1))
        return;
    uint8_t *flags = &c->ram->page_flags[pa >> PAGE_SHIFT];
    if (on) {
        *flags |= RAM_PAGE_WATCH;
        cache_protect_frame(c, pa & PAGE_MASK);
    } else {
        *flags &= (uint8_t)~RAM_PAGE_WATCH;
    }
}

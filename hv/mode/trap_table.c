/*
 * Shadow descriptor tables: selector n of the guest is at index n of a real table that starts out
 * empty.
 *
 * The first load of a selector faults; the guest's descriptor is then copied, cut, and its page
 * traced, so that a later store to it takes the copy away. Gates and system descriptors are never
 * copied: what uses them is carried out on virtual state. The last 16 entries of the real GDT
 * are the hypervisor's own: the guest's are never copied there, and each load of one is carried out
 * on virtual state, too.
 */
#include "mode/trap.h"

#include <string.h>

static bool is_filled(const struct trap *t, unsigned table, unsigned n)
{
    return t->filled[table][n >> 5] & (1u << (n & 31u));
}

static void set_filled(struct trap *t, unsigned table, unsigned n, bool on)
{
    if (on)
        t->filled[table][n >> 5] |= 1u << (n & 31u);
    else
        t->filled[table][n >> 5] &= ~(1u << (n & 31u));
}

static unsigned table_of(uint16_t sel)
{
    return (sel & SEL_TI) ? TABLE_LDT : TABLE_GDT;
}

/* Where the guest's table is. False: it has none. */
static bool guest_table(const struct vcpu *v, unsigned table, uint32_t *base, uint32_t *limit)
{
    const struct segment *ldt = &v->virt.s.seg[SEG_LDTR];
    *base = table == TABLE_GDT ? v->virt.s.gdtr_base : ldt->base;
    *limit = table == TABLE_GDT ? v->virt.s.gdtr_limit : ldt->limit;
    return table == TABLE_GDT || !(ldt->ar & AR_UNUSABLE);
}

/* Linear address of the guest's descriptor; false if the table does not reach that far, or the
 * entry is ours. */
static bool guest_entry(const struct vcpu *v, uint16_t sel, uint32_t *linear)
{
    uint32_t base, limit, at = sel & SEL_INDEX;
    if (!(sel & ~SEL_RPL) || !guest_table(v, table_of(sel), &base, &limit) || at + 7u > limit)
        return false;
    *linear = base + at;
    return (sel & SEL_TI) || (at >> 3) < HV_GDT_FIRST;
}

/* True if every entry that a walk met has been used since the guest last cleared Accessed. */
static bool is_used(const struct guest_walk *w)
{
    return !w->paging || (w->pde & (w->large ? PTE_A : w->pte & PTE_A));
}

/*
 * One word of the guest's table, without using the translation: the loads that the guest made set
 * Accessed in its page tables; looking again must not. *used becomes false if nobody used it yet.
 */
static bool look_at(struct vcpu *v, uint32_t linear, uint32_t *value, bool *used)
{
    struct guest_walk w;
    if ((linear & ~PAGE_MASK) > PAGE_SIZE - 4 ||
        !guest_walk(v, linear, ACCESS_READ, false, false, &w))
        return false;
    *value = gpa_read(v->vm, w.gpa, 4);
    *used = *used && is_used(&w);
    hv_charge(v->hv, HV_COST_guest_read);
    return true;
}

static bool read_entry(struct vcpu *v, uint16_t sel, uint32_t *linear, uint32_t desc[2], bool *used)
{
    *used = true;
    return guest_entry(v, sel, linear) && look_at(v, *linear, &desc[0], used) &&
           look_at(v, *linear + 4, &desc[1], used);
}

static bool is_segment(const uint32_t desc[2])
{
    const uint32_t present_segment = (AR_P | AR_S) << 8;
    return (desc[1] & present_segment) == present_segment;
}

bool trap_can_fill(struct vcpu *v, uint16_t sel)
{
    uint32_t linear, desc[2];
    bool used;
    if (is_filled(trap_of(v), table_of(sel), sel >> 3) ||
        !read_entry(v, sel, &linear, desc, &used) || !is_segment(desc))
        return false;
    struct segment guest = segment_decode(desc, sel), real;
    bool conforming = (guest.ar & (AR_CODE | AR_CONFORMING)) == (AR_CODE | AR_CONFORMING);
    if (!v->s.gdt_raised && !(guest.ar & AR_DPL) && !conforming)
        return false; /* of no use in the guest's rings 1 and 2, where it would keep DPL 0 */
    return trap_real_segment(v, &guest, &real);
}

/* Remembers the linear page and traces what is behind it. */
static void trace_page(struct vcpu *v, unsigned table, uint32_t linear)
{
    struct trap *t = trap_of(v);
    uint32_t page = linear & PAGE_MASK;
    struct guest_walk w;
    for (unsigned i = 0; i < t->traced_count[table]; i++)
        if (t->traced[table][i].page == page)
            return;
    if (t->traced_count[table] == TABLE_PAGES ||
        !guest_walk(v, page, ACCESS_READ, false, false, &w))
        return;
    unsigned n = t->traced_count[table]++;
    t->traced[table][n].page = page;
    t->traced[table][n].gfn = w.gpa >> PAGE_SHIFT;
    shadow_trace(v->vm, w.gpa >> PAGE_SHIFT, table == TABLE_GDT ? P2M_TRACE_GDT : P2M_TRACE_LDT);
}

bool trap_fill(struct vcpu *v, uint16_t sel)
{
    struct trap *t = trap_of(v);
    unsigned table = table_of(sel), n = sel >> 3;
    uint32_t linear, desc[2];
    bool used;
    if (!read_entry(v, sel, &linear, desc, &used) || !used)
        return false; /* loaded before this translation: the next load is to set its Accessed */
    if (!is_segment(desc) || !(desc[1] & (AR_ACCESSED << 8)))
        return false;
    trace_page(v, table, linear);
    trace_page(v, table, linear + 7);
    struct segment guest = segment_decode(desc, sel), real;
    uint32_t shadow[2];
    if (!trap_real_segment(v, &guest, &real))
        return false;
    segment_encode(&real, shadow);
    own_set_descriptor(v->hv, v->vm->number, table == TABLE_LDT, n, shadow);
    t->guest[table][n][0] = desc[0];
    t->guest[table][n][1] = desc[1];
    set_filled(t, table, n, true);
    hv_charge(v->hv, HV_COST_descriptor_fill);
    hv_note(v->hv, ACTION_GDT_FILL, sel, desc[1]);
    v->vm->stats.mmu.descriptor_fills++;
    return true;
}

static void unfill(struct vcpu *v, unsigned table, unsigned n)
{
    static const uint32_t nothing[2] = {0, 0};
    struct trap *t = trap_of(v);
    if (!is_filled(t, table, n))
        return;
    own_set_descriptor(v->hv, v->vm->number, table == TABLE_LDT, n, nothing);
    set_filled(t, table, n, false);
}

void trap_table_flush(struct vcpu *v, unsigned table)
{
    struct trap *t = trap_of(v);
    unsigned bit = table == TABLE_GDT ? P2M_TRACE_GDT : P2M_TRACE_LDT;
    for (unsigned w = 0; w < TABLE_ENTRIES / 32; w++)
        for (unsigned n = 0; t->filled[table][w] && n < 32; n++)
            unfill(v, table, w * 32 + n);
    for (unsigned i = 0; i < t->traced_count[table]; i++)
        shadow_untrace(v->vm, t->traced[table][i].gfn, bit);
    t->traced_count[table] = 0;
    v->seg_dirty |= (1u << SEG_CS) | (1u << SEG_SS); /* shadowed again before the guest goes on */
}

/* True if a page of the table shows another frame than when its descriptors were copied, or loads
 * through it are to set Accessed again. */
static bool has_moved(struct vcpu *v, unsigned table, uint32_t page, bool all)
{
    const struct trap *t = trap_of(v);
    for (unsigned i = 0; i < t->traced_count[table]; i++) {
        struct guest_walk w;
        if (!all && t->traced[table][i].page != page)
            continue;
        if (!guest_walk(v, t->traced[table][i].page, ACCESS_READ, false, false, &w) ||
            w.gpa >> PAGE_SHIFT != t->traced[table][i].gfn || !is_used(&w))
            return true;
    }
    return false;
}

void trap_tables_follow(struct vcpu *v, uint32_t gva, bool all)
{
    for (unsigned table = 0; table < TABLES; table++)
        if (has_moved(v, table, gva & PAGE_MASK, all))
            trap_table_flush(v, table);
}

struct segment trap_loaded_segment(struct vcpu *v, uint16_t sel, const struct segment *real)
{
    const struct trap *t = trap_of(v);
    unsigned table = table_of(sel), n = sel >> 3;
    if (!(sel & ~SEL_RPL) || !is_filled(t, table, n))
        return *real;
    return segment_decode(t->guest[table][n], sel);
}

/* Descriptors of a table that share bytes with [linear, linear + size). */
static void wrote_linear(struct vcpu *v, unsigned table, uint32_t linear, unsigned size)
{
    uint32_t base, limit;
    if (!guest_table(v, table, &base, &limit))
        return;
    for (uint32_t at = linear; at != linear + size; at++)
        if (at - base <= limit)
            unfill(v, table, (at - base) >> 3);
}

void trap_table_wrote(struct vm *vm, uint32_t gpa, unsigned size)
{
    struct vcpu *v = &vm->cpu;
    const struct trap *t = trap_of(v);
    vm->stats.mmu.descriptor_writes++;
    for (unsigned table = 0; table < TABLES; table++)
        for (unsigned i = 0; i < t->traced_count[table]; i++)
            if (t->traced[table][i].gfn == gpa >> PAGE_SHIFT)
                wrote_linear(v, table, t->traced[table][i].page | (gpa & ~PAGE_MASK), size);
}

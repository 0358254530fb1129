/*
 * The CPU's life and the small pieces that everything else uses: raising faults, privilege level,
 * booking cycles.
 */
#include <stdio.h>
#include <string.h>

#include "cpu/cache.h"
#include "cpu/flags.h"
#include "cpu/probe.h"
#include "sim/segment.h"

static const struct state_field cpu_fields[] = {
    STATE_ARRAY(cpu_state, gpr),
    STATE_FIELD(cpu_state, eip),
    STATE_FIELD(cpu_state, eflags),
#define SEGMENT_FIELDS(n)                                                                          \
    STATE_FIELD(cpu_state, seg[n].base), STATE_FIELD(cpu_state, seg[n].limit),                     \
        STATE_FIELD(cpu_state, seg[n].ar), STATE_FIELD(cpu_state, seg[n].sel),                     \
        STATE_FIELD(cpu_state, seg[n].reserved)
    SEGMENT_FIELDS(0),
    SEGMENT_FIELDS(1),
    SEGMENT_FIELDS(2),
    SEGMENT_FIELDS(3),
    SEGMENT_FIELDS(4),
    SEGMENT_FIELDS(5),
    SEGMENT_FIELDS(6),
    SEGMENT_FIELDS(7),
    STATE_FIELD(cpu_state, gdtr_base),
    STATE_FIELD(cpu_state, gdtr_limit),
    STATE_FIELD(cpu_state, idtr_base),
    STATE_FIELD(cpu_state, idtr_limit),
    STATE_FIELD(cpu_state, cr0),
    STATE_FIELD(cpu_state, cr2),
    STATE_FIELD(cpu_state, cr3),
    STATE_FIELD(cpu_state, cr4),
    STATE_ARRAY(cpu_state, dr),
    STATE_FIELD(cpu_state, apic_base),
    STATE_FIELD(cpu_state, tsc_offset),
    STATE_FIELD(cpu_state, trap_kernel),
    STATE_FIELD(cpu_state, trap_user),
    STATE_FIELD(cpu_state, cpl),
    STATE_FIELD(cpu_state, shadow),
    STATE_FIELD(cpu_state, halted),
    STATE_FIELD(cpu_state, shutdown),
    STATE_FIELD(cpu_state, intr),
    STATE_FIELD(cpu_state, nmi_pending),
    STATE_FIELD(cpu_state, nmi_blocked),
    STATE_FIELD(cpu_state, code_page_valid),
    STATE_FIELD(cpu_state, code_page),
    STATE_FIELD(cpu_state, code_frame),
    STATE_FIELD(cpu_state, pending_db),
    STATE_FIELD(cpu_state, cycle),
    STATE_FIELD(cpu_state, icount),
    STATE_FIELD(cpu_state, rep_extra),
    STATE_FIELD(cpu_state, settled_cycle),
    STATE_FIELD(cpu_state, settled_icount),
    STATE_FIELD(cpu_state, insns_user),
    STATE_FIELD(cpu_state, insns_kernel),
    STATE_ARRAY(cpu_state, bucket),
    {"dtlb", (uint32_t)offsetof(struct cpu_state, dtlb), 4, 2 * TLB_DATA_ENTRIES},
    {"itlb", (uint32_t)offsetof(struct cpu_state, itlb), 4, 2 * TLB_CODE_ENTRIES},
};
STATE_DESC(cpu_state_desc, cpu_state, 1, cpu_fields);

/* --- life --- */

enum sim_status cpu_init(struct cpu *c, const struct cpu_ops *ops, void *owner, struct ram *ram,
                         const struct sim_costs *costs, bool runs, struct sim_error *err)
{
    memset(c, 0, sizeof *c);
    c->ops = ops;
    c->owner = owner;
    c->ram = ram;
    c->costs = costs;
    c->fast = fast_never;
    if (runs) {
        enum sim_status status = cache_create(&c->cache, ram, err);
        if (status != SIM_OK)
            return status;
        ram->code_written = cache_code_written;
        ram->cpu = c;
    }
    cpu_reset(c);
    return SIM_OK;
}

void cpu_fini(struct cpu *c)
{
    if (c->cache && c->ram)
        c->ram->code_written = NULL;
    cache_destroy(c->cache);
    c->cache = NULL;
}

void cpu_reset(struct cpu *c)
{
    struct cpu_state *s = &c->s;
    uint64_t cycle = s->cycle, icount = s->icount;

    memset(s, 0, sizeof *s);
    s->cycle = s->settled_cycle = cycle;
    s->icount = s->settled_icount = icount;
    s->eip = 0xfff0;
    s->eflags = FLAG_FIXED1;
    s->gpr[R_EDX] = 0x600;
    s->cr0 = CR0_CD | CR0_NW | CR0_ET;
    s->dr[6] = DR6_FIXED1;
    s->dr[7] = DR7_FIXED1;
    s->gdtr_limit = s->idtr_limit = 0xffff;
    s->apic_base = 0xfee00900u;
    for (unsigned i = 0; i < CPU_SEGS; i++) {
        unsigned type = i == SEG_CS ? AR_CODE | AR_RW : i == SEG_LDTR ? SYS_LDT : AR_RW;
        struct segment seg = {0, 0xffff, type | AR_P | AR_ACCESSED, 0, 0};
        if (i < X86_SEGS)
            seg.ar |= AR_S;
        if (i == SEG_TR)
            seg.ar = SYS_TSS32_BUSY | AR_P;
        s->seg[i] = seg;
    }
    s->seg[SEG_CS].sel = 0xf000;
    s->seg[SEG_CS].base = 0xffff0000u;
    c->fault_pending = false;
    cpu_state_changed(c);
}

void cpu_state_changed(struct cpu *c)
{
    c->block = NULL;
    c->probe_passed.valid = false;
    c->mode = 0;
    c->fast_limit = 0;
    flags_set_arith(c, c->s.eflags);
    cpu_drop_caches(c);
    uint8_t valid =
        c->s.code_page_valid; /* what follows would forget the code page, which is state */
    c->ops->segment_loaded(c, SEG_CS);
    c->ops->segment_loaded(c, SEG_SS);
    c->ops->segment_loaded(c, SEG_DS);
    c->s.code_page_valid = valid;
    cache_choose_fast(c);
    cpu_kick(c);
}

void cpu_drop_caches(struct cpu *c)
{
    if (!c->cache)
        return;
    cache_flush_blocks(c);
    cache_flush_fast(c);
}

/* --- faults --- */

bool cpu_raise(struct cpu *c, unsigned vector)
{
    c->fault = (struct cpu_fault){.vector = (uint8_t)vector};
    c->fault_pending = true;
    return false;
}

bool cpu_raise_error(struct cpu *c, unsigned vector, uint32_t error)
{
    c->fault = (struct cpu_fault){.vector = (uint8_t)vector, .has_error = 1, .error = error};
    c->fault_pending = true;
    return false;
}

bool cpu_raise_pf(struct cpu *c, uint32_t linear, uint32_t error)
{
    c->fault = (struct cpu_fault){.vector = VEC_PF, .has_error = 1, .error = error, .cr2 = linear};
    c->fault_pending = true;
    return false;
}

bool cpu_unsupported(struct cpu *c, const char *what)
{
    c->stop = CPU_STOP_UNSUPPORTED;
    (void)snprintf(c->unsupported, sizeof c->unsupported, "%s", what);
    cpu_kick(c);
    return false;
}

/* --- level and time --- */

void cpu_settle(struct cpu *c)
{
    struct cpu_state *s = &c->s;
    uint64_t insns = s->icount - s->rep_extra;

    if (s->cpl == 3) {
        s->bucket[BUCKET_guest_user] += s->cycle - s->settled_cycle;
        s->insns_user += insns - s->settled_icount;
    } else {
        s->bucket[BUCKET_guest_kernel] += s->cycle - s->settled_cycle;
        s->insns_kernel += insns - s->settled_icount;
    }
    s->settled_cycle = s->cycle;
    s->settled_icount = insns;
}

void cpu_charge_cycles(struct cpu *c, enum sim_bucket bucket, uint64_t cycles)
{
    c->s.cycle += cycles;
    c->s.settled_cycle += cycles;
    c->s.bucket[bucket] += cycles;
}

static SIM_ALWAYS_INLINE void change_cpl(struct cpu *c, unsigned cpl)
{
    cpu_settle(c);
    c->s.cpl = (uint8_t)cpl;
    c->s.code_page_valid = 0;
    cache_choose_fast(c);
}

/* Apart, so that nothing has to be kept for it when there is no probe. */
static SIM_NOINLINE void change_cpl_told(struct cpu *c, unsigned cpl)
{
    unsigned from = c->s.cpl;

    change_cpl(c, cpl);
    probe_ring(c, from, cpl);
}

void cpu_set_cpl(struct cpu *c, unsigned cpl)
{
    if (c->s.cpl == cpl)
        return;
    if (SIM_UNLIKELY(c->probe != NULL))
        change_cpl_told(c, cpl);
    else
        change_cpl(c, cpl);
}

void cpu_kick(struct cpu *c)
{
    c->run_until = 0;
    c->deadline_stale = true;
}

void cpu_set_intr(struct cpu *c, bool level)
{
    c->s.intr = level;
    if (level)
        cpu_kick(c);
}

void cpu_raise_nmi(struct cpu *c)
{
    c->s.nmi_pending = 1;
    cpu_kick(c);
}

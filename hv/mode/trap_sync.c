/*
 * Between the guest's belief and the real CPU: capture on entry, commit before the guest goes on.
 *
 * DEVIATION: a real hypervisor could not set hidden parts of DS, ES, FS and GS without loading a
 * selector; ours does, as VT-x's VM entry would, so that a segment whose descriptor changed since
 * it was loaded stays what it was. CS and SS come from the real tables by IRET: their descriptors
 * are lent to the table for that one instruction.
 */
#include "mode/trap.h"

#include <string.h>

#define REAL_FLAGS_KEPT (~(FLAG_IF | FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP))
#define CR0_GUESTS      (CR0_MP | CR0_EM | CR0_TS | CR0_AM)
#define CR4_GUESTS      (CR4_TSD | CR4_DE)

static const uint8_t data_segments[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
#define DATA_SEGMENTS sizeof(data_segments)

/* All of it, also the reserved word, which is always 0. */
static bool same_segment(const struct segment *a, const struct segment *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---------------------------------------- capture */

/* CS or SS is not what we resumed with: the guest transferred control without trapping (classic).
 */
static void adopt_selector(struct vcpu *v, unsigned seg, uint16_t real_sel)
{
    struct cpu_state *g = &v->virt.s;
    uint16_t sel = real_sel;
    if ((sel & SEL_RPL) == 1 && g->cpl == 0)
        sel &= (uint16_t)~SEL_RPL;
    g->seg[seg] = trap_loaded_segment(v, sel, &g->seg[seg]);
    g->seg[seg].sel = sel;
}

static inline void capture_data_segment(struct vcpu *v, unsigned seg)
{
    const struct segment *now = &v->hv->machine->cpu.s.seg[seg];
    if (SIM_LIKELY(same_segment(now, &v->s.real_seg[seg])))
        return;
    v->virt.s.seg[seg] = trap_loaded_segment(v, now->sel, now);
    v->s.real_seg[seg] = *now;
}

static void capture_segments(struct vcpu *v, uint16_t cs, uint16_t ss)
{
    const struct trap *t = trap_of(v);
    if (cs != t->resumed_cs) {
        if ((cs & SEL_RPL) != 1 || v->virt.s.cpl == 3)
            v->virt.s.cpl = (uint8_t)(cs & SEL_RPL);
        adopt_selector(v, SEG_CS, cs);
        v->seg_dirty |= 1u << SEG_CS;
    }
    if (ss != t->resumed_ss) {
        adopt_selector(v, SEG_SS, ss);
        v->seg_dirty |= 1u << SEG_SS;
    }
    capture_data_segment(v, SEG_DS);
    capture_data_segment(v, SEG_ES);
    capture_data_segment(v, SEG_FS);
    capture_data_segment(v, SEG_GS);
}

static void capture_registers(struct vcpu *v, uint32_t eip, uint32_t eflags, uint32_t esp)
{
    struct cpu *g = &v->virt;
    memcpy(g->s.gpr, v->hv->machine->cpu.s.gpr, X86_GPRS * sizeof(g->s.gpr[0]));
    g->s.gpr[R_ESP] = esp;
    g->s.eip = eip;
    if (v->hv->machine->cpu.s.icount != trap_of(v)->resumed_icount)
        g->s.shadow = 0; /* of STI or MOV SS: it ended with the first instruction */
    cpu_set_eflags(g, (eflags & REAL_FLAGS_KEPT) | (g->s.eflags & (FLAG_IF | FLAG_IOPL)));
}

void trap_capture(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    struct vm_exit *x = v->hv->open;
    uint32_t frame[FRAME_WORDS];
    vcpu_frame_get(v, frame);
    uint16_t cs = (uint16_t)frame[FRAME_CS], ss = (uint16_t)frame[FRAME_SS];
    v->entry_eflags = frame[FRAME_EFLAGS];
    /* RF in a fault's frame is the delivery's doing. */
    uint32_t rf = c->entry_rf ? FLAG_RF : 0;
    capture_registers(v, frame[FRAME_EIP], (v->entry_eflags & ~FLAG_RF) | rf, frame[FRAME_ESP]);
    capture_segments(v, cs, ss);
    if (!x)
        return;
    x->frame_cs = cs;
    x->frame_ss = ss;
    x->frame_eflags = v->entry_eflags;
    x->frame_esp = v->virt.s.gpr[R_ESP];
    x->real_cpl = cs & SEL_RPL;
    if (VEC_HAS_ERROR_CODE(x->vector)) {
        x->has_error = 1;
        x->error = ram_read32(&v->hv->machine->ram, v->frame_pa - 4);
    }
    if (x->vector == VEC_PF)
        x->cr2 = c->s.cr2;
}

void trap_capture_live(struct vcpu *v, uint32_t eip)
{
    const struct cpu *c = &v->hv->machine->cpu;
    capture_registers(v, eip, cpu_eflags(c), c->s.gpr[R_ESP]);
    capture_segments(v, c->s.seg[SEG_CS].sel, c->s.seg[SEG_SS].sel);
}

void trap_capture_stopped(struct vcpu *v)
{
    trap_capture_live(v, v->hv->machine->cpu.s.eip);
}

/* ---------------------------------------- commit */

static bool load_root(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    enum hv_phase before = hv_phase_set(v->hv, PHASE_MEMORY);
    uint32_t old = c->s.cr3, root = shadow_root(v);
    if (root) {
        c->s.cr3 = v->s.real_cr3 = root;
        c->ops->cr_written(c, 3, old);
        hv_charge_hw(v->hv, COST_cr3_load);
        hv_note(v->hv, ACTION_ROOT, v->virt.s.cr3, root);
        v->mmu_dirty = false;
    }
    hv_phase_set(v->hv, before);
    return root != 0;
}

/* DPL 0 looks like 1 while the guest kernel is in ring 0 (user code can use neither); not while it
 * is in ring 1 or 2. */
static void choose_raising(struct vcpu *v)
{
    uint32_t raised = v->virt.s.cpl == 0 || v->virt.s.cpl == 3;
    if (raised == v->s.gdt_raised)
        return;
    trap_table_flush(v, TABLE_GDT);
    trap_table_flush(v, TABLE_LDT);
    v->s.gdt_raised = raised;
    v->seg_dirty = (1u << X86_SEGS) - 1;
}

static void lend_entry(struct vcpu *v, bool ldt, unsigned n, const uint32_t have[2],
                       const uint32_t want[2])
{
    struct trap *t = trap_of(v);
    t->lent[t->lent_count].ldt = ldt;
    t->lent[t->lent_count].index = n;
    t->lent[t->lent_count].was[0] = have[0];
    t->lent[t->lent_count].was[1] = have[1];
    t->lent_count++;
    own_set_descriptor(v->hv, v->vm->number, ldt, n, want);
}

/* Makes sure that the real table has `real` at sel's index while IRET loads it, be it in place of
 * one of the hypervisor's own: nothing enters before they are back. False: it cannot be there. */
static bool lend(struct vcpu *v, const struct segment *real, uint16_t sel)
{
    bool ldt = sel & SEL_TI;
    unsigned n = sel >> 3;
    uint32_t want[2], have[2];
    if (!(sel & ~SEL_RPL)) {
        hv_kill(v->vm, "selector %#x in CS or SS cannot be shown to the processor", sel);
        return false;
    }
    segment_encode(real, want);
    own_descriptor(v->hv, v->vm->number, ldt, n, have);
    if (SIM_UNLIKELY(have[0] != want[0] || have[1] != want[1]))
        lend_entry(v, ldt, n, have, want);
    return true;
}

static void take_back(struct vcpu *v)
{
    struct trap *t = trap_of(v);
    while (t->lent_count) {
        t->lent_count--;
        own_set_descriptor(v->hv, v->vm->number, t->lent[t->lent_count].ldt,
                           t->lent[t->lent_count].index, t->lent[t->lent_count].was);
    }
}

/* A segment register that IRET will load: if its descriptor is still the guest's own, it may as
 * well stay shadowed. */
static void settle_descriptor(struct vcpu *v, uint16_t sel)
{
    if (trap_can_fill(v, sel))
        trap_fill(v, sel);
    v->virt.fault_pending = false;
}

/* CS and SS with one selector: a table was replaced, one of them is of the old one and lives in its
 * hidden part alone. IRET loads both, but an entry is code or stack. */
static bool same_entry(const struct cpu_state *g)
{
    return !((g->seg[SEG_CS].sel ^ g->seg[SEG_SS].sel) & ~SEL_RPL);
}

/* CS and SS for the IRET. False: EIP is where the real CS cannot reach, or they exclude each other.
 */
static bool commit_code_and_stack(struct vcpu *v)
{
    struct trap *t = trap_of(v);
    const struct cpu_state *g = &v->virt.s;
    if (v->seg_dirty & (1u << SEG_CS)) {
        if (!trap_real_segment(v, &g->seg[SEG_CS], &t->real_cs))
            return false;
        settle_descriptor(v, g->seg[SEG_CS].sel);
        v->seg_dirty &= (uint8_t) ~(1u << SEG_CS);
    }
    if (g->eip > t->real_cs.limit || same_entry(g))
        return false;
    if (v->seg_dirty & (1u << SEG_SS)) {
        trap_real_segment(v, &g->seg[SEG_SS], &t->real_ss);
        settle_descriptor(v, g->seg[SEG_SS].sel);
        v->seg_dirty &= (uint8_t) ~(1u << SEG_SS);
    }
    return lend(v, &t->real_cs, g->seg[SEG_CS].sel) && lend(v, &t->real_ss, g->seg[SEG_SS].sel);
}

static void commit_data_segments(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    for (unsigned i = 0; i < DATA_SEGMENTS; i++) {
        unsigned seg = data_segments[i];
        struct segment real;
        if (!(v->seg_dirty & (1u << seg)))
            continue;
        if (!trap_real_segment(v, &v->virt.s.seg[seg], &real))
            real.ar |= AR_UNUSABLE; /* code without a safe part: every use comes to us */
        segment_put(c, seg, real);
    }
    v->seg_dirty = 0;
}

/* Breakpoints are the guest's, but not in the hole, and general detect is found by MOV DR trapping.
 */
static uint32_t real_dr7(const struct cpu_state *g)
{
    uint32_t dr7 = g->dr[7] & ~DR7_GD;
    for (unsigned n = 0; n < 4; n++)
        if (g->dr[n] >= HV_HOLE - 8)
            dr7 &= ~(3u << (2 * n));
    return dr7;
}

static void commit_control(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    const struct cpu_state *g = &v->virt.s;
    const struct trap *t = trap_of(v);
    uint32_t cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_ET | CR0_NE | (g->cr0 & CR0_GUESTS);
    uint32_t cr4 = (g->cr4 & CR4_GUESTS) | (v->hv->config.tsc_emulate ? CR4_TSD : 0);
    if (c->s.cr0 != cr0) {
        uint32_t old = c->s.cr0;
        c->s.cr0 = cr0;
        c->ops->cr_written(c, 0, old);
    }
    c->s.cr4 = cr4;
    if (SIM_UNLIKELY((g->dr[7] & DR7_ENABLES) || (c->s.dr[7] & DR7_ENABLES))) {
        memcpy(c->s.dr, g->dr, 4 * sizeof(g->dr[0]));
        c->s.dr[7] = real_dr7(g);
        cpu_kick(c);
    }
    c->s.dr[6] = DR6_FIXED1;
    bool sensf = g->cpl == 3 && (!(g->eflags & FLAG_IF) || (g->eflags & FLAG_IOPL));
    c->s.trap_kernel = t->traps_kernel;
    c->s.trap_user = sensf ? t->traps_user_sensf : t->traps_user;
}

static void commit_frame(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    const struct cpu_state *g = &v->virt.s;
    const uint32_t frame[FRAME_WORDS] = {
        [FRAME_EIP] = g->eip,
        [FRAME_CS] = trap_real_selector(v, g->seg[SEG_CS].sel),
        [FRAME_EFLAGS] = (g->eflags & REAL_FLAGS_KEPT) | FLAG_IF | FLAG_FIXED1,
        [FRAME_ESP] = g->gpr[R_ESP],
        [FRAME_SS] = trap_real_selector(v, g->seg[SEG_SS].sel),
    };
    vcpu_frame_put(v, frame);
    memcpy(c->s.gpr, g->gpr, X86_GPRS * sizeof(g->gpr[0]));
    c->s.gpr[R_ESP] = v->hv->own.stack_top - FRAME_WORDS * 4u;
}

bool trap_commit(struct vcpu *v)
{
    choose_raising(v);
    if (v->mmu_dirty && !load_root(v))
        return false;
    if (!commit_code_and_stack(v)) {
        take_back(v);
        if (v->vm->s.end == VM_RUNNING)
            hv_step(v); /* by hand until the guest is back within reach */
        return false;
    }
    commit_data_segments(v);
    commit_control(v);
    commit_frame(v);
    return true;
}

void trap_committed(struct vcpu *v)
{
    const struct cpu *c = &v->hv->machine->cpu;
    struct trap *t = trap_of(v);
    take_back(v);
    for (unsigned i = 0; i < DATA_SEGMENTS; i++)
        v->s.real_seg[data_segments[i]] = c->s.seg[data_segments[i]];
    t->resumed_cs = c->s.seg[SEG_CS].sel;
    t->resumed_ss = c->s.seg[SEG_SS].sel;
    t->resumed_icount = c->s.icount;
    v->s.guest_ring = c->s.cpl;
}

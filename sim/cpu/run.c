/*
 * The run loop: deadlines, limits, interrupts, halting, then as many blocks as fit before the next
 * of these.
 */
#include "cpu/debug.h"
#include "cpu/exec.h"
#include "cpu/probe.h"

/* Where EIP is in physical memory. Consults the code TLB only if EIP entered another page or that
 * was forgotten. */
static bool locate(struct cpu *c, uint32_t *pa)
{
    const struct segment *cs = &c->s.seg[SEG_CS];
    uint32_t linear = cs->base + c->s.eip;

    if (c->s.eip > cs->limit)
        return cpu_raise_error(c, VEC_GP, 0);
    if (!c->s.code_page_valid || (linear & PAGE_MASK) != c->s.code_page) {
        if (!c->ops->translate(c, linear, ACCESS_EXEC, c->s.cpl == 3, pa))
            return false;
        c->s.code_page = linear & PAGE_MASK;
        c->s.code_frame = *pa & PAGE_MASK;
        c->s.code_page_valid = 1;
    }
    *pa = c->s.code_frame | (linear & ~PAGE_MASK);
    return true;
}

/* --- one instruction --- */

/* #DB after an instruction: single step and data breakpoints; a MOV SS holds them back by one. */
static void report_traps(struct cpu *c, bool stepped)
{
    if (c->s.shadow & SHADOW_SS)
        return;
    if (stepped)
        c->s.pending_db |= DR6_BS;
    if (c->s.pending_db) {
        uint32_t bits = c->s.pending_db;
        c->s.pending_db = 0;
        debug_raise(c, bits, true);
    }
}

static bool fetch_single(struct cpu *c, struct insn *in)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    uint32_t pa;

    if (c->code_ragged)
        return cpu_fetch_decode(c, in, bytes);
    if (!locate(c, &pa))
        return false;
    const struct block *b = cache_block(c, pa, c->mode | MODE_STEP);
    if (!b)
        return cpu_fetch_decode(c, in, bytes);
    *in = b->insn[0];
    return true;
}

/* Exactly one instruction or REP iteration, with all that is looked at between instructions. */
static void step(struct cpu *c)
{
    bool stepping = c->s.eflags & FLAG_TF, resume = c->s.eflags & FLAG_RF;
    struct insn in;

    if (!resume && (c->s.dr[7] & DR7_ENABLES) && debug_code_breakpoint(c))
        return;
    if (!fetch_single(c, &in))
        return;
    c->s.shadow = 0;
    c->run_until = 0;
    c->block = NULL;
    c->block_eip = c->s.eip;
    c->s.icount++;
    c->s.cycle += c->costs->cycles[insn_row_of(&in)->cost];
    exec_single(c, &in);
    if (c->fault_pending || c->stop == CPU_STOP_UNSUPPORTED || c->stop == CPU_STOP_ENTRY)
        return;
    /* An interrupt instruction that was taken cleared TF: no single step between it and its
     * handler. */
    if (insn_row_of(&in)->class == CLASS_INTERRUPT && !(c->s.eflags & FLAG_TF))
        stepping = false;
    /* RF is for one instruction; a REP ends it itself. */
    if (resume && insn_row_of(&in)->trap != TRAP_IRET && !insn_repeats(&in))
        c->s.eflags &= ~FLAG_RF;
    report_traps(c, stepping);
}

/* --- many --- */

static bool must_step(const struct cpu *c)
{
    return (c->s.eflags & FLAG_TF) || c->s.shadow || c->code_ragged || (c->s.dr[7] & DR7_ENABLES) ||
           c->s.pending_db;
}

/* Does RF, which lasts for one instruction, end with this one by itself? A REP that was interrupted
 * runs on as quickly as before. */
static bool may_begin_with(const struct cpu *c, const struct insn *in)
{
    return !(c->s.eflags & FLAG_RF) || insn_repeats(in);
}

static void run_blocks(struct cpu *c)
{
    struct block *b;
    uint32_t pa;

    if (SIM_UNLIKELY(c->probe != NULL) && probe_code(c))
        return;
    if (must_step(c)) {
        step(c);
        return;
    }
    if (!locate(c, &pa))
        return;
    b = cache_block(c, pa, c->mode);
    if (!b || c->s.cycle + b->cycles > c->run_until || c->s.icount + b->count > c->run_insns ||
        !may_begin_with(c, b->insn)) {
        step(c);
        return;
    }
    c->s.cycle += b->cycles;
    c->s.icount += b->count;
    c->block = b;
    c->block_eip = c->s.eip;
    exec_run(c, b->insn);
}

static void accept_interrupt(struct cpu *c)
{
    int vector = c->ops->intr_ack(c);

    if (vector < 0) {
        c->s.intr = 0;
        return;
    }
    c->s.halted = 0;
    if (!cpu_deliver_event(c, (unsigned)vector, EVENT_EXTERNAL, false, 0) && c->fault_pending)
        cpu_deliver_exception(c);
}

static void accept_nmi(struct cpu *c)
{
    c->s.nmi_pending = 0;
    c->s.nmi_blocked = 1;
    c->s.halted = 0;
    if (!cpu_deliver_event(c, VEC_NMI, EVENT_EXTERNAL, false, 0) && c->fault_pending)
        cpu_deliver_exception(c);
}

/* Halted: lets time pass to the next deadline or limit, or says why nothing can come. */
static void wait_for_interrupt(struct cpu *c, uint64_t cycle_limit)
{
    uint64_t until = c->deadline < cycle_limit ? c->deadline : cycle_limit;

    bool wakes = c->may_wake ? c->may_wake(c->owner) : c->deadline != UINT64_MAX;

    if (!(c->s.eflags & FLAG_IF)) {
        c->stop = CPU_STOP_HALT;
    } else if (!wakes) {
        c->stop = CPU_STOP_IDLE;
    } else if (until > c->s.cycle) {
        cpu_settle(c);
        if (c->idled)
            c->idled(c->idled_context, until - c->s.cycle);
        cpu_charge_cycles(c, BUCKET_idle, until - c->s.cycle);
    }
}

static void iterate(struct cpu *c, uint64_t cycle_limit, uint64_t insn_limit)
{
    if (c->deadline_stale || c->s.cycle >= c->deadline) {
        c->deadline_stale = false;
        cache_choose_fast(c);
        c->deadline = c->next_deadline(c->owner);
        if (c->stop)
            return;
    }
    if (c->s.shutdown) {
        c->stop = CPU_STOP_SHUTDOWN;
    } else if (c->s.cycle >= cycle_limit || c->s.icount >= insn_limit) {
        c->stop = CPU_STOP_BUDGET;
    } else if (c->s.nmi_pending && !c->s.nmi_blocked && !c->s.shadow) {
        accept_nmi(c);
    } else if (c->s.intr && (c->s.eflags & FLAG_IF) && !c->s.shadow) {
        accept_interrupt(c);
    } else if (c->s.halted) {
        wait_for_interrupt(c, cycle_limit);
    } else {
        c->run_until = c->deadline < cycle_limit ? c->deadline : cycle_limit;
        c->run_insns = insn_limit;
        run_blocks(c);
        if (c->fault_pending)
            cpu_deliver_exception(c);
    }
}

enum cpu_stop cpu_run(struct cpu *c, uint64_t cycle_limit, uint64_t insn_limit)
{
    c->stop = c->probe_stop ? CPU_STOP_PROBE : CPU_STOP_NONE;
    c->fault_pending = false;
    c->deadline_stale = true;
    flags_set_arith(c, c->s.eflags);
    if (!(c->s.cr0 & CR0_PE))
        cpu_unsupported(c, "real mode (SDM v3, 8086 Emulation)");
    while (!c->stop)
        iterate(c, cycle_limit, insn_limit);
    cpu_settle(c);
    if (c->stop != CPU_STOP_ENTRY) /* where the delivery, which came last, has set all of them */
        c->s.eflags = cpu_eflags(c);
    c->block = NULL;
    if (c->stop == CPU_STOP_PROBE)
        c->probe_stop = false;
    return c->stop;
}

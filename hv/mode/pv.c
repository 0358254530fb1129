/*
 * Mode pv: the guest knows. Its kernel runs in ring 1 on page tables of its own, which the CPU
 * walks; what it may not do itself it asks for with INT 82h.
 *
 * The three questions of an entry are short here: is it a hypercall, is it the hypervisor's own
 * interrupt, or is it the guest's event? Only a port access is carried out for the guest, and
 * answered as by an empty bus: no port is its own.
 */
#include "pv/pv.h"

#include "core/virt_ops.h"
#include "sim/segment.h"
#include "sim/alloc.h"

#define FRAME_BYTES (FRAME_WORDS * 4u)
#define UPCALL      0x100u /* in notes and traces, where others have a vector: the event callback */

/* ------------------------------------------------------------------------------ life */

static void set_flat(struct vm *vm, uint16_t sel, uint32_t rights)
{
    uint32_t limit = (PV_SEGMENT_END >> PAGE_SHIFT) - 1;
    const uint32_t desc[2] = {limit & 0xffffu, (limit & 0xf0000u) | 0x00c00000u | rights};
    own_set_descriptor(vm->hv, vm->number, false, sel >> 3, desc);
}

static enum sim_status pv_vm_init(struct vm *vm, struct sim_error *err)
{
    struct hv *hv = vm->hv;
    struct pv *pv = vm->pv = sim_alloc(1, sizeof *pv);
    if (!pv)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a paravirtual guest");
    pv->vm = vm;
    pv->mmu = (struct pv_mmu){.frames = hv->frames,
                              .frame_count = hv->frame_count,
                              .owner = (uint8_t)(vm->number + 1),
                              .slots = 1024,
                              .guest_slots = PV_GUEST_SLOTS,
                              .policy = &pv_policy_real,
                              .ops = &pv_mmu_real_ops,
                              .opaque = pv,
                              .flushes = 1};
    pv_time_init(pv);
    set_flat(vm, PV_FLAT_RING1_CS, 0xbb00u); /* present, DPL 1, readable code, accessed */
    set_flat(vm, PV_FLAT_RING1_DS, 0xb300u);
    set_flat(vm, PV_FLAT_RING3_CS, 0xfb00u);
    set_flat(vm, PV_FLAT_RING3_DS, 0xf300u);
    own_set_gate_dpl(hv, vm->number, PV_HYPERCALL_VECTOR, 1);
    return pv_m2p_create(hv, err);
}

static void pv_vm_fini(struct vm *vm)
{
    sim_free(vm->pv);
    vm->pv = NULL;
}

static enum sim_status pv_vm_load(struct vm *vm, const struct loader_input *in,
                                  struct sim_error *err)
{
    enum sim_status status = pv_build(vm, in, err);
    if (status == SIM_OK)
        vm->cpu.s.run = VCPU_READY;
    return status;
}

/* ------------------------------------------------------------------------------ entry */

static void read_frame(struct vcpu *v, struct vm_exit *x)
{
    const struct cpu *c = &v->hv->machine->cpu;
    uint32_t offset = c->s.gpr[R_ESP] - area_address(HV_AREA_STACK + 1);
    v->frame_pa = (v->hv->own.stack_mfn[1] << PAGE_SHIFT) + offset;
    if (x->has_error) {
        x->error = vcpu_frame(v, FRAME_EIP);
        v->frame_pa += 4;
    }
    x->frame_cs = (uint16_t)vcpu_frame(v, FRAME_CS);
    x->frame_eflags = vcpu_frame(v, FRAME_EFLAGS);
    x->frame_esp = vcpu_frame(v, FRAME_ESP);
    x->frame_ss = (uint16_t)vcpu_frame(v, FRAME_SS);
    x->real_cpl = x->frame_cs & SEL_RPL;
}

/* A paravirtual guest sees the real tables. */
static void copy_tables(struct vcpu *v)
{
    const struct cpu_state *real = &v->hv->machine->cpu.s;
    struct cpu_state *s = &v->virt.s;
    s->seg[SEG_LDTR] = real->seg[SEG_LDTR];
    s->seg[SEG_TR] = real->seg[SEG_TR];
    s->gdtr_base = real->gdtr_base;
    s->gdtr_limit = real->gdtr_limit;
    s->idtr_base = real->idtr_base;
    s->idtr_limit = real->idtr_limit;
}

/* What the entry left as the guest had it. */
static void copy_registers(struct vcpu *v)
{
    static const uint8_t data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    const struct cpu_state *real = &v->hv->machine->cpu.s;
    struct cpu_state *s = &v->virt.s;
    for (unsigned i = 0; i < X86_GPRS; i++)
        s->gpr[i] = real->gpr[i];
    for (unsigned i = 0; i < sizeof data; i++)
        s->seg[data[i]] = real->seg[data[i]];
}

static void pv_capture(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    struct cpu_state *s = &v->virt.s;
    x->has_error = VEC_HAS_ERROR_CODE(x->vector) != 0;
    x->cr2 = v->hv->machine->cpu.s.cr2;
    if (x->vector == VEC_PF) /* else it is some other guest's */
        s->cr2 = x->cr2;
    copy_registers(v);
    read_frame(v, x);
    s->eip = vcpu_frame(v, FRAME_EIP);
    s->gpr[R_ESP] = x->frame_esp;
    s->seg[SEG_CS].sel = x->frame_cs;
    s->seg[SEG_SS].sel = x->frame_ss;
    s->cpl = x->real_cpl;
    /* RF in a fault's frame is the delivery's doing. */
    uint32_t rf = v->hv->machine->cpu.entry_rf ? FLAG_RF : 0;
    cpu_set_eflags(&v->virt, (x->frame_eflags & ~FLAG_RF) | rf);
}

static void pv_capture_stopped(struct vcpu *v)
{
    const struct cpu *c = &v->hv->machine->cpu;
    copy_registers(v);
    v->virt.s.eip = c->s.eip;
    v->virt.s.cpl = c->s.cpl;
    v->virt.s.seg[SEG_CS] = c->s.seg[SEG_CS];
    v->virt.s.seg[SEG_SS] = c->s.seg[SEG_SS];
    cpu_set_eflags(&v->virt, cpu_eflags(c));
}

/* #GP with the IDT bit: INT n through a gate that is not open to the guest. */
static bool is_soft_interrupt(const struct vm_exit *x)
{
    return x->vector == VEC_GP && (x->error & 3u) == 2u;
}

/* IN, OUT, INS, OUTS; CLI and STI, which IOPL governs as well, are not for a guest that knows. */
static bool is_port_instruction(const struct insn *in)
{
    unsigned opcode = insn_row_of(in)->opcode;
    bool strings = opcode >= 0x6c && opcode <= 0x6f;
    return strings || (opcode >= 0xe4 && opcode <= 0xe7) || (opcode >= 0xec && opcode <= 0xef);
}

static bool is_port_access(const struct vcpu *v, const struct vm_exit *x)
{
    if (x->real_cpl != 1)
        return false;
    return is_port_instruction(&v->insn);
}

#define OPCODE_RDTSC 0x0f31u

/* Two things are carried out for a guest: its kernel's port accesses, and RDTSC if it shall trap.
 */
static enum exit_reason carried_out(struct vcpu *v, const struct vm_exit *x)
{
    bool kernel = x->real_cpl == 1, rdtsc = v->hv->config.tsc_emulate;
    if (x->vector != VEC_GP || x->error || !(kernel || rdtsc))
        return EXIT_reflect_exception;
    if (!pv_load_code_segments(v) || !hv_decode(v))
        return EXIT_reflect_exception;
    if (rdtsc && insn_row_of(&v->insn)->opcode == OPCODE_RDTSC)
        return EXIT_emulate_privop;
    return is_port_access(v, x) ? EXIT_IO_INSTRUCTION : EXIT_reflect_exception;
}

static void pv_classify(struct vcpu *v, struct vm_exit *x)
{
    if (x->vector == PV_HYPERCALL_VECTOR) {
        x->reason = EXIT_hypercall;
        x->q.hypercall.number = vcpu_gpr(v, R_EAX);
        static const uint8_t order[5] = {R_EBX, R_ECX, R_EDX, R_ESI, R_EDI};
        for (unsigned i = 0; i < 5; i++)
            x->q.hypercall.arg[i] = vcpu_gpr(v, order[i]);
    } else if (x->vector >= 32) {
        x->reason = EXIT_EXTERNAL_INTERRUPT;
        x->q.irq.vector = x->vector;
    } else if (is_soft_interrupt(x)) {
        x->reason = EXIT_reflect_interrupt;
        x->q.irq.vector = x->q.irq.virtual_vector = (uint8_t)(x->error >> 3);
    } else {
        x->reason = (uint8_t)carried_out(v, x);
        if (x->vector == VEC_PF) {
            x->q.mem.gva = x->cr2;
            x->q.mem.error = x->error;
        }
    }
}

/* ------------------------------------------------------------------------------ handlers */

static enum hv_action on_hypercall(struct vcpu *v, const struct vm_exit *x)
{
    uint32_t arg[6] = {0};
    for (unsigned i = 0; i < 5; i++)
        arg[i] = x->q.hypercall.arg[i];
    hv_charge(v->hv, HV_COST_hypercall);
    pv_of(v)->work = 0;
    int32_t result = pv_hypercall(v, x->q.hypercall.number, arg);
    v->vm->stats.mmu.pte_refused = pv_of(v)->mmu.refused;
    v->emulated = true; /* a trap: EIP is past the INT already */
    vcpu_set_gpr(v, R_EAX, (uint32_t)result);
    v->hv->open->q.hypercall.result = (uint32_t)result;
    hv_trace(v->hv, v->vm, TRACE_HYPERCALL, x->q.hypercall.number, (uint32_t)result, 0);
    return v->vm->s.end == VM_KILLED ? HV_KILL : HV_ADVANCE;
}

static enum hv_action on_interrupt(struct vcpu *v, const struct vm_exit *x)
{
    if (x->vector == HV_TIMER_VECTOR) {
        hv_phase_set(v->hv, PHASE_SCHEDULE);
        timer_arrived(v->hv);
    }
    return HV_RETRY;
}

static enum hv_action on_exception(struct vcpu *v, const struct vm_exit *x)
{
    v->vm->stats.mmu.true_faults += x->vector == VEC_PF;
    hv_own_fault(v, x);
    return HV_REFLECT;
}

/* INT n, two bytes long, is the guest's if the handler it registered may be called from here. */
static enum hv_action on_soft_interrupt(struct vcpu *v, const struct vm_exit *x)
{
    const struct pv_callback *cb = &pv_of(v)->s.trap[x->q.irq.vector];
    if (!cb->eip || cb->dpl < x->real_cpl) {
        hv_own_fault(v, x);
        return HV_REFLECT;
    }
    v->virt.s.eip += 2;
    hv_inject_later(v, x->q.irq.vector, EVENT_SOFTWARE);
    return HV_INJECT;
}

/* The kernel's ring may use ports as far as the semantics go (a virtual IOPL of 1); what answers is
 * an empty bus. */
static enum hv_action on_port(struct vcpu *v, const struct vm_exit *x)
{
    struct cpu *c = &v->virt;
    (void)x;
    cpu_set_eflags(c, cpu_eflags(c) | 1u << FLAG_IOPL_SHIFT);
    bool done = hv_emulate(v);
    cpu_set_eflags(c, cpu_eflags(c) & ~FLAG_IOPL);
    return done ? HV_ADVANCE : HV_REFLECT;
}

static enum hv_action on_privop(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    return hv_emulate(v) ? HV_ADVANCE : HV_REFLECT;
}

static bool inject(struct vcpu *v, unsigned vector, enum event_kind kind)
{
    (void)kind;
    pv_soft_interrupt(v, vector); /* if it cannot, the VM was killed */
    return true;
}

static const struct hv_handlers pv_handlers = {
    .exit = {[EXIT_hypercall] = on_hypercall,
             [EXIT_EXTERNAL_INTERRUPT] = on_interrupt,
             [EXIT_reflect_exception] = on_exception,
             [EXIT_reflect_interrupt] = on_soft_interrupt,
             [EXIT_IO_INSTRUCTION] = on_port,
             [EXIT_emulate_privop] = on_privop},
    .reflect = pv_reflect,
    .inject = inject,
};

/* ------------------------------------------------------------------------------ events */

static bool pv_event_ready(struct vcpu *v)
{
    const struct pv *pv = pv_of(v);
    return pv->s.event.eip && pv_upcall_pending(pv) && !pv_upcall_masked(pv);
}

static bool pv_event_waiting(struct vcpu *v)
{
    return pv_of(v)->s.woken || pv_event_ready(v);
}

/* A timer that is set fires once, whoever hears it; then we are asked again. */
static enum pc_wake pv_what_wakes(struct vcpu *v)
{
    const struct pv *pv = pv_of(v);
    if (clock_next(&v->vm->clock) != CLOCK_NEVER)
        return PC_WAKE_TIME;
    return pv_console_wakes(pv) ? PC_WAKE_INPUT : PC_WAKE_NEVER;
}

static void pv_event_deliver(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    if (!pv_upcall(v))
        return;
    hv_note(v->hv, ACTION_INJECT, UPCALL, 0);
    hv_trace(v->hv, v->vm, TRACE_INJECT, UPCALL, 0, EVENT_EXTERNAL);
    if (x && x->reason == EXIT_EXTERNAL_INTERRUPT && x->outcome == OUTCOME_RETRY)
        x->outcome = OUTCOME_INJECT;
}

/* ------------------------------------------------------------------------------ resuming */

/* After descriptors changed: selectors that no longer load become null; the guest hears of it. */
static bool check_selectors(struct vcpu *v)
{
    static const uint8_t data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    struct pv *pv = pv_of(v);
    struct cpu *c = &v->virt, *real = &v->hv->machine->cpu;
    bool lost = false;
    if (!pv->s.segments_suspect)
        return true;
    pv->s.segments_suspect = 0;
    for (unsigned i = 0; i < sizeof data; i++) {
        if (!segment_load(c, data[i], c->s.seg[data[i]].sel)) {
            c->fault_pending = false;
            segment_load(c, data[i], 0);
            lost = true;
        }
        segment_put(real, data[i], c->s.seg[data[i]]);
    }
    if (!lost || !pv->s.failsafe.eip)
        return true;
    if (v->hv->open)
        v->hv->open->reason = EXIT_failsafe;
    pv_failsafe(v);
    return false;
}

/* IRET to a CS or SS that does not load: the failsafe callback, too, as far as there is a stack for
 * it. */
static bool check_frame(struct vcpu *v)
{
    const struct pv *pv = pv_of(v);
    if (pv_frame_loads(v))
        return true;
    if (v->virt.s.cpl != 3 || !pv->s.failsafe.eip) {
        hv_kill(v->vm, "the guest's CS %04x or SS %04x cannot be resumed",
                v->virt.s.seg[SEG_CS].sel, v->virt.s.seg[SEG_SS].sel);
        return false;
    }
    if (v->hv->open)
        v->hv->open->reason = EXIT_failsafe;
    pv_failsafe(v);
    return false;
}

static bool pv_commit(struct vcpu *v)
{
    struct cpu *c = &v->hv->machine->cpu;
    const struct cpu_state *s = &v->virt.s;
    if (v->vm->s.end != VM_RUNNING || !check_selectors(v) || !check_frame(v))
        return false;
    pv_of(v)->s.woken = 0;
    v->frame_pa = (v->hv->own.stack_mfn[1] << PAGE_SHIFT) + PAGE_SIZE - FRAME_BYTES;
    vcpu_set_frame(v, FRAME_EIP, s->eip);
    vcpu_set_frame(v, FRAME_CS, s->seg[SEG_CS].sel);
    vcpu_set_frame(v, FRAME_EFLAGS,
                   (cpu_eflags(&v->virt) & ~(FLAG_IOPL | FLAG_VM)) | FLAG_IF | FLAG_FIXED1);
    vcpu_set_frame(v, FRAME_ESP, s->gpr[R_ESP]);
    vcpu_set_frame(v, FRAME_SS, s->seg[SEG_SS].sel);
    for (unsigned i = 0; i < X86_GPRS; i++)
        if (i != R_ESP)
            c->s.gpr[i] = s->gpr[i];
    c->s.gpr[R_ESP] = v->hv->own.stack_top - FRAME_BYTES;
    v->s.guest_ring = s->cpl;
    return true;
}

static void pv_switch_in(struct vcpu *v)
{
    struct pv *pv = pv_of(v);
    struct cpu *c = &v->hv->machine->cpu;
    static const uint8_t data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    for (unsigned i = 0; i < sizeof data; i++)
        segment_put(c, data[i], v->virt.s.seg[data[i]]);
    c->s.trap_kernel = c->s.trap_user =
        0; /* paravirtual guests do not use what would have to trap */
    uint32_t old0 = c->s.cr0, old4 = c->s.cr4;
    /* A hypervisor that maps itself with large pages has PSE on, so PS in an entry counts. */
    c->s.cr4 = (v->hv->config.tsc_emulate ? CR4_TSD : 0) | CR4_PSE;
    c->ops->cr_written(c, 4, old4);
    c->s.cr0 = (c->s.cr0 & ~CR0_TS) | (v->virt.s.cr0 & CR0_TS);
    c->ops->cr_written(c, 0, old0);
    v->s.real_cr3 = pv->mmu.root << PAGE_SHIFT;
    v->virt.s.cr3 = v->s.real_cr3;
    hv_charge_hw(v->hv, COST_cr3_load);
    uint32_t old3 = c->s.cr3;
    c->s.cr3 = v->s.real_cr3;
    c->ops->cr_written(c, 3, old3);
    copy_tables(v);
    pv_mmu_flushed(&pv->mmu);
    pv_kernel_stack_update(pv);
    pv->s.segments_suspect = 1;
    pv_time_update(pv);
}

static void pv_switch_out(struct vcpu *v)
{
    v->s.real_cr3 = v->hv->machine->cpu.s.cr3; /* registers and segments were captured on entry */
}

/* ------------------------------------------------------------------------------ the row */

static bool pv_console_byte_in(struct vm *vm, uint8_t byte)
{
    return vm->cpu.s.run != VCPU_DEAD && pv_console_in(vm->pv, byte);
}

const struct hv_mode hv_mode_pv = {
    .name = "pv",
    .text = "paravirtualized guest: validated page tables, hypercalls, event channels",
    .cpu = "deprivileged",
    .memory = "validated tables",
    .guest_kernel_ring = "1, knows",
    .tables_walked = "the guest's own, validated",
    .default_cpu = "classic",
    .waits_by = "sched_op block",
    .waits_by_bytes = 2,
    .default_io = HV_IO_RING,
    .io_allowed = 1u << HV_IO_DEFAULT | 1u << HV_IO_RING,
    .has_hypervisor = true,
    .direct_paging = true,
    .direct_gates = true,
    .vm_init = pv_vm_init,
    .vm_fini = pv_vm_fini,
    .vm_load = pv_vm_load,
    .run = hv_run_guests,
    .capture = pv_capture,
    .capture_stopped = pv_capture_stopped,
    .classify = pv_classify,
    .commit = pv_commit,
    .repeat = on_port, /* nothing else is repeated */
    .event_ready = pv_event_ready,
    .event_waiting = pv_event_waiting,
    .event_deliver = pv_event_deliver,
    .what_wakes = pv_what_wakes,
    .runs_as = pv_runs_as,
    .switch_in = pv_switch_in,
    .switch_out = pv_switch_out,
    .console_in = pv_console_byte_in,
    .audit = pv_audit,
    .saved = pv_saved,
    .restored = pv_restored,
    .handlers = &pv_handlers,
    .virt_ops = &pv_cpu_ops,
};

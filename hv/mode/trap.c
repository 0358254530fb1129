/*
 * Trap-and-emulate: an unmodified guest whose kernel runs in ring 1 and believes in ring 0.
 *
 * Everything that matters faults (on the `virtualizable` CPU model; on `classic` much does not, and
 * one can watch what becomes of the guest). This file composes the mode and delivers events in
 * virtual terms.
 */
#include "mode/trap.h"

#include "sim/alloc.h"

/* ---------------------------------------- the virtual CPU's environment */

static void segment_loaded(struct cpu *c, unsigned seg)
{
    if (seg < X86_SEGS)
        vcpu_of(c)->seg_dirty |= (uint8_t)(1u << seg);
}

static void table_loaded(struct cpu *c, unsigned which)
{
    struct vcpu *v = vcpu_of(c);
    if (!v->mode_data)
        return;
    if (which == CPU_TABLE_GDT)
        trap_table_flush(v, TABLE_GDT);
    else if (which == CPU_TABLE_LDT)
        trap_table_flush(v, TABLE_LDT);
    else if (which == CPU_TABLE_IDT)
        for (unsigned vector = 32; vector < 256; vector++) /* learned again one by one */
            own_set_gate_dpl(v->hv, v->vm->number, vector, 0);
}

/*
 * The processor finds descriptor tables by linear address at each load, so a new translation
 * counts, and so does an entry whose Accessed bit was cleared: the first load behind the flush sets
 * it again.
 */
static void cr_written(struct cpu *c, unsigned n, uint32_t old)
{
    struct vcpu *v = vcpu_of(c);
    virt_cr_written(c, n, old);
    if (!v->mode_data)
        return;
    if (n == 0 && ((old ^ c->s.cr0) & CR0_PG)) {
        trap_table_flush(v, TABLE_GDT);
        trap_table_flush(v, TABLE_LDT);
    } else {
        trap_tables_follow(v, 0, true);
    }
}

static void invlpg(struct cpu *c, uint32_t linear)
{
    virt_invlpg(c, linear);
    trap_tables_follow(vcpu_of(c), linear, false);
}

static const struct cpu_ops trap_virt_ops = {
    .translate = virt_translate,
    .read_phys = virt_read_phys,
    .write_phys = virt_write_phys,
    .port_read = virt_port_read,
    .port_write = virt_port_write,
    .cr_written = cr_written,
    .invlpg = invlpg,
    .rdtsc = virt_rdtsc,
    .msr_read = virt_msr_read,
    .msr_write = virt_msr_write,
    .cpuid = virt_cpuid,
    .intr_ack = virt_intr_ack,
    .charge = virt_charge,
    .segment_loaded = segment_loaded,
    .table_loaded = table_loaded,
};

/* ---------------------------------------- delivery in virtual terms */

/* Delivery failed for good: say how the guest ended. */
static bool shut_down(struct vcpu *v, unsigned vector)
{
    struct cpu *c = &v->virt;
    if (c->s.shutdown)
        vm_end(v->vm, VM_TRIPLE_FAULT,
               "triple fault at %#x: exception %u could not be delivered, nor #DF",
               (unsigned)c->s.eip, vector);
    else if (c->stop == CPU_STOP_UNSUPPORTED)
        vm_end(v->vm, VM_UNSUPPORTED, "%s", c->unsupported);
    return false;
}

static bool trap_reflect(struct vcpu *v)
{
    struct cpu *c = &v->virt;
    unsigned vector = c->fault.vector;
    uint32_t error = c->fault.error;
    hv_charge(v->hv, HV_COST_inject);
    hv_note(v->hv, ACTION_REFLECT, vector, error);
    v->vm->stats.exceptions_reflected++;
    if (!cpu_deliver_exception(c))
        return shut_down(v, vector);
    hv_trace(v->hv, v->vm, TRACE_INJECT, vector, error, 0);
    return true;
}

static bool trap_inject(struct vcpu *v, unsigned vector, enum event_kind kind)
{
    struct cpu *c = &v->virt;
    hv_charge(v->hv, HV_COST_inject);
    c->fault_pending = false;
    c->stop = CPU_STOP_NONE;
    if (!cpu_deliver_event(c, vector, kind, false, 0))
        return c->fault_pending ? false : shut_down(v, vector);
    hv_note(v->hv, ACTION_INJECT, vector, 0);
    hv_trace(v->hv, v->vm, TRACE_INJECT, vector, 0, kind);
    return true;
}

/* ---------------------------------------- interrupts */

static bool nmi_waiting(const struct vcpu *v)
{
    return v->virt.s.nmi_pending && !v->virt.s.nmi_blocked;
}

static bool event_waiting(struct vcpu *v)
{
    const struct cpu_state *g = &v->virt.s;
    return nmi_waiting(v) || g->intr;
}

static bool event_ready(struct vcpu *v)
{
    const struct cpu_state *g = &v->virt.s;
    return (nmi_waiting(v) || (g->intr && (g->eflags & FLAG_IF))) && !g->shadow;
}

static enum pc_wake what_wakes(struct vcpu *v)
{
    return pc_what_wakes(v->vm->pc);
}

/* The vector of what goes first: an NMI, which blocks others until IRET, or what the controllers
 * say; -1: nothing after all. */
static int acknowledge(struct vcpu *v)
{
    struct cpu_state *g = &v->virt.s;
    if (!nmi_waiting(v))
        return pc_intr_ack(v->vm->pc);
    g->nmi_pending = 0;
    g->nmi_blocked = 1;
    return VEC_NMI;
}

static void event_deliver(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    int vector = acknowledge(v);
    if (vector < 0) {
        v->virt.s.intr = 0;
        return;
    }
    v->virt.s.halted = 0;
    v->s.masked_ticks = 0;
    v->vm->stats.interrupts_delivered++;
    if (!v->vm->handlers.inject(v, (unsigned)vector, EVENT_EXTERNAL)) {
        if (v->virt.fault_pending)
            hv_reflect(v);
        return;
    }
    if (x && x->reason == EXIT_EXTERNAL_INTERRUPT && x->outcome == OUTCOME_RETRY) {
        x->outcome = OUTCOME_INJECT;
        x->reflected = (uint8_t)vector;
        x->q.irq.virtual_vector = (uint8_t)vector;
    }
}

/* ---------------------------------------- on and off the real CPU */

static void switch_in(struct vcpu *v)
{
    v->mmu_dirty = true;
    v->seg_dirty = (1u << X86_SEGS) - 1;
}

static void switch_out(struct vcpu *v)
{
    v->mmu_dirty = true;
}

/* ---------------------------------------- life */

static enum sim_status vm_init(struct vm *vm, struct sim_error *err)
{
    struct vcpu *v = &vm->cpu;
    const struct cpu_model *model = &vm->hv->config.cpu;
    struct trap *t = v->mode_data = sim_alloc(1, sizeof(*t));
    if (!t)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for shadow descriptor tables");
    t->traps_kernel = cpu_model_kernel(model);
    t->traps_user = cpu_model_user(model, false);
    t->traps_user_sensf = cpu_model_user(model, true);
    v->s.gdt_raised = 1;
    v->frame_pa = (vm->hv->own.stack_mfn[1] << PAGE_SHIFT) + PAGE_SIZE - FRAME_WORDS * 4u;
    silent_watch(vm->hv);
    return shadow_create(vm, vm->hv->config.shadow_pages, err);
}

static void vm_fini(struct vm *vm)
{
    shadow_destroy(vm);
    sim_free(vm->cpu.mode_data);
    vm->cpu.mode_data = NULL;
}

static enum sim_status vm_load(struct vm *vm, const struct loader_input *in, struct sim_error *err)
{
    struct loader_memory mem = vm_loader_memory(vm);
    struct loader_entry entry;
    enum sim_status status = loader_multiboot(in, &mem, &entry, err);
    if (status != SIM_OK)
        return status;
    loader_enter(&vm->cpu.virt, &entry);
    vm->cpu.s.run = VCPU_READY;
    vm->cpu.s.ready_since = hv_cycle(vm->hv);
    return SIM_OK;
}

/* A store to a traced page: descriptors, page tables, or both. */
static void traced_write(struct vm *vm, uint32_t gpa, unsigned size)
{
    if (p2m_trace(vm, gpa) & (P2M_TRACE_GDT | P2M_TRACE_LDT))
        trap_table_wrote(vm, gpa, size);
    shadow_guest_wrote(vm, gpa, size);
}

const struct hv_handlers trap_handlers = {
    .exit = {[EXIT_emulate_privop] = exit_emulate,
             [EXIT_emulate_sensitive] = exit_emulate,
             [EXIT_CR_ACCESS] = exit_cr_access,
             [EXIT_GDTR_IDTR] = exit_descriptor_table,
             [EXIT_LDTR_TR] = exit_descriptor_table,
             [EXIT_IO_INSTRUCTION] = exit_io,
             [EXIT_HLT] = exit_emulate,
             [EXIT_CPUID] = exit_cpuid,
             [EXIT_MSR_READ] = exit_msr,
             [EXIT_MSR_WRITE] = exit_msr,
             [EXIT_INVLPG] = exit_invlpg,
             [EXIT_shadow_fill] = exit_shadow_fill,
             [EXIT_ptwr_emulation] = exit_ptwr,
             [EXIT_gdt_fill] = exit_gdt_fill,
             [EXIT_segment_assist] = exit_segment_assist,
             [EXIT_reflect_exception] = exit_reflect_exception,
             [EXIT_reflect_interrupt] = exit_reflect_interrupt,
             [EXIT_EXTERNAL_INTERRUPT] = exit_external_interrupt},
    .reflect = trap_reflect,
    .inject = trap_inject,
    .mmu_fill = shadow_fill,
    .mmu_write = traced_write,
    .mmu_flush = shadow_flush,
};

const struct hv_mode hv_mode_trap = {
    .name = "trap",
    .text = "unmodified guest, trap-and-emulate: kernel in ring 1, shadow page tables",
    .cpu = "deprivileged",
    .memory = "shadow tables",
    .guest_kernel_ring = "1, thinks 0",
    .tables_walked = "shadow",
    .default_cpu = "virtualizable",
    .waits_by = "HLT",
    .waits_by_bytes = 1,
    .default_io = HV_IO_EMULATED,
    .io_allowed = 1u << HV_IO_DEFAULT | 1u << HV_IO_EMULATED,
    .has_hypervisor = true,
    .halt_needs_if = true,
    .vm_init = vm_init,
    .vm_fini = vm_fini,
    .vm_load = vm_load,
    .run = hv_run_guests,
    .capture = trap_capture,
    .capture_stopped = trap_capture_stopped,
    .classify = trap_classify,
    .commit = trap_commit,
    .repeat = exit_repeat,
    .committed = trap_committed,
    .event_ready = event_ready,
    .event_waiting = event_waiting,
    .event_deliver = event_deliver,
    .ticked = silent_tick,
    .what_wakes = what_wakes,
    .switch_in = switch_in,
    .switch_out = switch_out,
    .audit = trap_audit,
    .saved = trap_saved,
    .restored = trap_restored,
    .handlers = &trap_handlers,
    .virt_ops = &trap_virt_ops,
};

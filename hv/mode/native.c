/*
 * Native: no hypervisor. The guest owns the machine; the same calls run it, so that front ends have
 * one path.
 */
#include "core/internal.h"

static enum sim_status vm_init(struct vm *vm, struct sim_error *err)
{
    (void)vm, (void)err;
    return SIM_OK;
}

static void vm_fini(struct vm *vm)
{
    (void)vm;
}

/* The guest's own HLT; a trace has it as it has the hypervisor's. */
static void idled(void *hv, uint64_t cycles)
{
    hv_trace(hv, NULL, TRACE_IDLE, 0, 0, cycles);
}

static enum sim_status vm_load(struct vm *vm, const struct loader_input *in, struct sim_error *err)
{
    struct machine *m = vm->hv->machine;
    struct loader_memory mem = machine_loader_memory(m);
    struct loader_entry entry;
    enum sim_status status = loader_multiboot(in, &mem, &entry, err);
    if (status != SIM_OK)
        return status;
    loader_enter(&m->cpu, &entry);
    m->cpu.idled = idled;
    m->cpu.idled_context = vm->hv;
    vm->cpu.s.run = VCPU_READY;
    return SIM_OK;
}

/* Halted, and no device will end it: does it wait for input, or for ever? */
static enum hv_stop asleep(struct vm *vm)
{
    if (pc_what_wakes(vm->hv->machine->pc) != PC_WAKE_NEVER)
        return HV_STOP_INPUT;
    vm_end_asleep(vm);
    return HV_STOP_ENDED;
}

static enum hv_stop stopped(struct vm *vm, enum cpu_stop stop)
{
    const struct cpu *c = &vm->hv->machine->cpu;
    switch (stop) {
    case CPU_STOP_BUDGET:
        return HV_STOP_LIMIT;
    case CPU_STOP_PROBE:
        return HV_STOP_PROBE;
    case CPU_STOP_IDLE:
        return asleep(vm);
    case CPU_STOP_REQUEST:
        return vm->s.end == VM_RUNNING ? HV_STOP_BREAK : HV_STOP_ENDED;
    case CPU_STOP_HALT:
        vm_end_halted(vm, c->s.eip);
        break;
    case CPU_STOP_UNSUPPORTED:
        vm_end(vm, VM_UNSUPPORTED, "%s", c->unsupported);
        break;
    case CPU_STOP_SHUTDOWN:
    default:
        vm_end(vm, VM_TRIPLE_FAULT, "triple fault at %#x", (unsigned)c->s.eip);
        break;
    }
    return HV_STOP_ENDED;
}

static enum hv_stop run(struct hv *hv, const struct hv_limits *limits)
{
    struct vm *vm = hv->vm[0];
    uint64_t cycle = limits->cycle ? limits->cycle : UINT64_MAX;
    uint64_t icount = limits->icount ? limits->icount : UINT64_MAX;
    if (vm->cpu.s.run == VCPU_DEAD)
        return HV_STOP_ENDED;
    enum hv_stop stop = stopped(vm, machine_run(hv->machine, cycle, icount));
    account_switch(hv, vm);
    return stop;
}

const struct hv_mode hv_mode_native = {
    .name = "native",
    .text = "no hypervisor: the guest owns the machine",
    .cpu = "direct",
    .memory = "the guest's own tables",
    .guest_kernel_ring = "0",
    .tables_walked = "the guest's",
    .default_cpu = "classic",
    .waits_by = "HLT",
    .waits_by_bytes = 1,
    .default_io = HV_IO_EMULATED,
    .io_allowed = 1u << HV_IO_DEFAULT | 1u << HV_IO_EMULATED,
    .has_hypervisor = false,
    .vm_init = vm_init,
    .vm_fini = vm_fini,
    .vm_load = vm_load,
    .run = run,
};

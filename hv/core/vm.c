/*
 * Making and unmaking a VM, its virtual bus, and the ways it can end.
 *
 * A VM's devices are the machine's own models on another bus and another clock. What they say to
 * the host passes through here, is counted and charged, and goes to the caller.
 */
#include "core/internal.h"

#include "sim/alloc.h"

#include <stdarg.h>
#include <stdio.h>

static const struct state_field vm_fields[] = {
    STATE_FIELD(vm_state, id),         STATE_FIELD(vm_state, ram_bytes),
    STATE_FIELD(vm_state, end),        STATE_FIELD(vm_state, exit_value),
    STATE_FIELD(vm_state, killed_eip), STATE_ARRAY(vm_state, lab_state),
};
STATE_DESC(vm_state_desc, vm_state, 1, vm_fields);

/* ---------------------------------------- ends */

static void set_end(struct vm *vm, enum vm_end how, const char *fmt, va_list args)
{
    if (vm->s.end != VM_RUNNING)
        return;
    vm->s.end = (uint32_t)how;
    vm->s.killed_eip = hv_guest_cpu(vm->hv, vm->number)->eip;
    vm->cpu.s.run = VCPU_DEAD;
    (void)vsnprintf(vm->end_text, sizeof(vm->end_text), fmt, args);
    if (vm->pc)
        pc_drain_output(vm->pc);
}

void vm_end(struct vm *vm, enum vm_end how, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_end(vm, how, fmt, args);
    va_end(args);
}

enum hv_action hv_kill(struct vm *vm, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_end(vm, VM_KILLED, fmt, args);
    va_end(args);
    return HV_KILL;
}

/* ---------------------------------------- devices to host */

static void charge_device(struct vm *vm, enum hv_cost key)
{
    if (!vm->hv->mode->has_hypervisor)
        return;
    enum hv_phase before = hv_phase_set(vm->hv, PHASE_DEVICE);
    hv_charge(vm->hv, key);
    hv_phase_set(vm->hv, before);
}

static void on_serial(void *opaque, uint8_t byte)
{
    struct vm *vm = opaque;
    vm->stats.bytes_out++;
    charge_device(vm, HV_COST_backend_byte);
    if (vm->host.serial_out)
        vm->host.serial_out(vm->host.opaque, byte);
}

static void on_debug(void *opaque, uint8_t byte)
{
    struct vm *vm = opaque;
    vm->stats.bytes_out++;
    charge_device(vm, HV_COST_backend_byte);
    if (vm->host.debug_out)
        vm->host.debug_out(vm->host.opaque, byte);
}

static void on_exit_port(void *opaque, uint32_t value)
{
    struct vm *vm = opaque;
    vm_end(vm, VM_EXITED, "halted with %u", (unsigned)value);
    vm->s.exit_value = value;
    if (vm->host.exited)
        vm->host.exited(vm->host.opaque, value);
}

static void on_reset(void *opaque)
{
    struct vm *vm = opaque;
    vm_end(vm, VM_TRIPLE_FAULT, "the guest asked for a reset");
    if (vm->host.reset)
        vm->host.reset(vm->host.opaque);
}

static void on_sector(void *opaque, unsigned drive, bool write)
{
    struct vm *vm = opaque;
    vm->stats.sectors_written += write;
    vm->stats.sectors_read += !write;
    charge_device(vm, HV_COST_backend_sector);
    if (vm->host.sector_moved)
        vm->host.sector_moved(vm->host.opaque, drive, write);
}

struct pc_host vm_host(struct vm *vm)
{
    return (struct pc_host){vm,
                            on_serial,
                            on_debug,
                            on_exit_port,
                            on_reset,
                            on_sector,
                            vm->hv->config.vm[vm->number].host.instant_serial};
}

static void drive_intr(void *controller, unsigned input, bool level)
{
    struct vm *vm = controller;
    (void)input;
    vm->cpu.virt.s.intr = level;
}

static void drive_nmi(void *controller, unsigned input, bool level)
{
    struct vm *vm = controller;
    (void)input;
    if (level)
        vm->cpu.virt.s.nmi_pending = 1;
}

static enum sim_status create_devices(struct vm *vm, struct sim_error *err)
{
    struct hv *hv = vm->hv;
    const struct hv_vm_config *config = &hv->config.vm[vm->number];
    clock_init(&vm->clock, &hv->machine->cpu.s.cycle, hv->config.profile->clock_hz);
    bus_init(&vm->ports);
    bus_init(&vm->mmio);
    const struct pc_config pc = {
        .clock = &vm->clock,
        .ports = &vm->ports,
        .mmio = &vm->mmio,
        .intr = {drive_intr, vm, 0},
        .nmi = {drive_nmi, vm, 0},
        .ram_bytes = vm->s.ram_bytes,
        .boot_time = hv->config.boot_time,
        .disk = {config->disk[0], config->disk[1]},
        .host = vm_host(vm),
        .with_apic = true,
    };
    return pc_create(&vm->pc, &pc, err);
}

/* ---------------------------------------- clock */

void vm_clock_run(struct vm *vm)
{
    clock_run(&vm->clock);
}

static bool is_due(const struct vm *vm)
{
    return SIM_UNLIKELY(clock_next(&vm->clock) <= clock_now(&vm->clock));
}

void vm_device_now(struct vm *vm, const struct io_range *range)
{
    if (range && is_due(vm))
        clock_run_device(&vm->clock, range->device);
}

void vm_port_now(struct vm *vm, uint16_t port, unsigned size)
{
    for (unsigned i = 0; is_due(vm) && i < size && port + i <= 0xffffu; i++)
        vm_device_now(vm, bus_find_port(&vm->ports, (uint16_t)(port + i)));
}

uint64_t vm_next_deadline(const struct vm *vm)
{
    uint64_t next = vm->s.end == VM_RUNNING ? clock_next(&vm->clock) : CLOCK_NEVER;
    return next == CLOCK_NEVER ? next : next - vm->clock.s.offset;
}

/* ---------------------------------------- life */

static enum sim_status create_guest(struct vm *vm, struct sim_error *err)
{
    struct hv *hv = vm->hv;
    enum sim_status status = cpu_init(&vm->cpu.virt, hv->mode->virt_ops, &vm->cpu, NULL,
                                      &hv->config.profile->hw, false, err);
    if (status == SIM_OK)
        status = create_devices(vm, err);
    if (status == SIM_OK)
        status = p2m_create(vm, err);
    if (status == SIM_OK)
        status = own_vm_create(hv, vm, err);
    if (status == SIM_OK)
        cpu_reset(&vm->cpu.virt);
    return status;
}

enum sim_status vm_create(struct hv *hv, unsigned n, struct sim_error *err)
{
    struct vm *vm = hv->vm[n] = sim_alloc(1, sizeof(*vm));
    if (!vm)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for VM %u", n);
    vm->hv = hv;
    vm->number = n;
    vm->s.id = n;
    vm->s.ram_bytes = hv->config.ram_bytes;
    vm->host = hv->config.vm[n].host;
    vm->cpu.hv = hv;
    vm->cpu.vm = vm;
    vm->cpu.s.run = VCPU_DEAD; /* until a guest is loaded */
    if (hv->mode->handlers)
        vm->handlers = *hv->mode->handlers;
    enum sim_status status = hv->mode->has_hypervisor ? create_guest(vm, err) : SIM_OK;
    return status == SIM_OK ? hv->mode->vm_init(vm, err) : status;
}

void vm_destroy(struct vm *vm)
{
    if (!vm)
        return;
    vm->hv->mode->vm_fini(vm);
    if (vm->hv->mode->has_hypervisor) {
        pc_destroy(vm->pc);
        if (vm->cpu.virt.ops)
            cpu_fini(&vm->cpu.virt);
        sim_free(vm->p2m); /* the frames go with the machine */
    }
    sim_free(vm);
}

void hv_set_handler(struct vm *vm, enum exit_reason reason, hv_exit_handler handler)
{
    vm->handlers.exit[reason] = handler ? handler : vm->hv->mode->handlers->exit[reason];
}

/*
 * Making and unmaking a VM, and its virtual bus.
 *
 * A VM's devices are the machine's own models on another bus and another clock. What they say to
 * the host passes through here, is counted and charged, and goes to the caller.
 */
#include "core/internal.h"

#include "sim/alloc.h"

static const struct state_field vm_fields[] = {
    STATE_FIELD(vm_state, id),         STATE_FIELD(vm_state, ram_bytes),
    STATE_FIELD(vm_state, end),        STATE_FIELD(vm_state, exit_value),
    STATE_FIELD(vm_state, killed_eip), STATE_ARRAY(vm_state, lab_state),
};
STATE_DESC(vm_state_desc, vm_state, 1, vm_fields);

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

static void on_reset(void *opaque, const char *through)
{
    struct vm *vm = opaque;
    vm_end(vm, VM_RESET, "through %s", through);
    if (vm->host.reset)
        vm->host.reset(vm->host.opaque, through);
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

/* A VM's clock: its devices run when one is asked or their time has come. */
#include "core/internal.h"

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

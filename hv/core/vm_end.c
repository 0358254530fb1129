/* The ways in which a VM can end; only the first one counts. */
#include "core/internal.h"

#include <stdarg.h>
#include <stdio.h>

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

void vm_end_halted(struct vm *vm, uint32_t next_eip)
{
    vm_end(vm, VM_HALTED, "HLT at %#x with interrupts off: nothing can end it",
           (unsigned)(next_eip - 1));
}

void vm_end_asleep(struct vm *vm)
{
    const struct hv_mode *mode = vm->hv->mode;
    vm_end(vm, VM_HALTED, "%s at %#x: nothing can wake it", mode->waits_by,
           (unsigned)(hv_guest_cpu(vm->hv, vm->number)->eip - mode->waits_by_bytes));
}

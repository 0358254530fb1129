/*
 * Trap handlers, the kernel's stack, and the end.
 */
#include "abi/syscall.h"
#include "arch/pv/pv.h"
#include "arch/pv/selectors.h"
#include "kernel/print.h"
#include "lib/string.h"

#define TRAPS 21 /* exceptions 0 to 19, and the system call */

extern const uint32_t entry_addresses[20];
void entry_syscall(void);
void entry_event(void);
void entry_failsafe(void);

/* Exceptions mask events on the way in; the system call does not, so it may have its own gate. */
void arch_load_tables(void)
{
    static struct pv_trap_info traps[TRAPS + 1];
    for (uint8_t v = 0; v < TRAPS - 1; v++)
        traps[v] = (struct pv_trap_info){v, PV_TRAP_MASK_EVENTS, KERNEL_CODE, entry_addresses[v]};
    traps[3].flags |= 3; /* INT3 and INTO are user's to use */
    traps[4].flags |= 3;
    traps[TRAPS - 1] =
        (struct pv_trap_info){SYSCALL_VECTOR, 3, KERNEL_CODE, (uint32_t)(uintptr_t)entry_syscall};
    int32_t error = hypercall(PV_HYPERCALL_set_trap_table, address_of(traps), 0, 0, 0);
    if (error == 0)
        error = hypercall(PV_HYPERCALL_set_callbacks, KERNEL_CODE, (uint32_t)(uintptr_t)entry_event,
                          KERNEL_CODE, (uint32_t)(uintptr_t)entry_failsafe);
    if (error != 0)
        panic("trap handlers were refused: error %d", -error);
}

void arch_set_kernel_stack(uintptr_t top)
{
    batch_stack_switch((uint32_t)top);
}

uint32_t arch_fault_address(void)
{
    return this_vcpu()->cr2;
}

_Noreturn void arch_exit(uint32_t status)
{
    struct pv_sched_shutdown shutdown = {PV_SHUTDOWN_EXIT | (status & 0xff)};
    arch_console_flush();
    for (;;)
        hypercall(PV_HYPERCALL_sched_op, PV_SCHEDOP_SHUTDOWN, address_of(&shutdown), 0, 0);
}

/* Privileged here, and carried out by the hypervisor: an empty bus. */
uint8_t arch_port_read(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

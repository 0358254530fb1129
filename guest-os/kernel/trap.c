/*
 * Traps: what the kernel does when the processor comes in from a program.
 *
 * A fault of a program's is told on the console, in words that are the same in every mode, and ends
 * that program only. A fault of the kernel's own is a panic: the kernel touches user memory only
 * after space_check.
 */
#include "kernel/print.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"

static const char *const exception_names[VECTOR_EXCEPTIONS] = {
    [0] = "divide error",
    [1] = "debug exception",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range exceeded",
    [6] = "invalid opcode",
    [7] = "device not available",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack fault",
    [13] = "general protection",
    [14] = "page fault",
    [16] = "floating-point error",
    [17] = "alignment check",
    [18] = "machine check",
};

static void report(const struct trap_frame *f, uint32_t address)
{
    const char *name = exception_names[f->vector];
    kprintf("kernel: %s: %s (vector %u), eip 0x%08x", current->name, name ? name : "exception",
            f->vector, f->eip);
    if (f->vector == VECTOR_PAGE_FAULT)
        kprintf(", cr2 0x%08x, %s, %s", address, f->error & FAULT_WRITE ? "write" : "read",
                f->error & FAULT_PRESENT ? "not allowed" : "not present");
    kprintf("\n");
}

void trap_exception(struct trap_frame *f)
{
    uint32_t address = 0;
    if (f->vector == VECTOR_PAGE_FAULT) {
        address = arch_fault_address();
        if (frame_is_user(f) &&
            space_resolve(&current->space, address, (f->error & FAULT_WRITE) != 0))
            return;
    }
    if (!frame_is_user(f))
        panic_trap(f, address);
    if (current->fault_skip != 0) {
        f->eip += current->fault_skip;
        return;
    }
    arch_irq_enable();
    report(f, address);
    proc_exit(STATUS_FAULT + (int)f->vector);
}

void trap_syscall(struct trap_frame *f)
{
    if (f->eax < SYSCALL_COUNT) {
        f->eax = (uint32_t)syscall_table[f->eax](f->ebx, f->ecx, f->edx);
        return;
    }
    kprintf("kernel: %s: bad system call %u, eip 0x%08x\n", current->name, f->eax, f->eip);
    f->eax = (uint32_t)-ENOSYS;
}

/*
 * A timer tick between this test and the return to the program is noticed at the next one: closing
 * that gap would take CLI, and a system call's way out is to contain no privileged instruction but
 * its IRET.
 */
void trap_leave(struct trap_frame *f)
{
    if (!frame_is_user(f))
        return;
    sched_give_way();
    if (current->killed) {
        arch_irq_enable();
        proc_exit(STATUS_KILLED);
    }
}

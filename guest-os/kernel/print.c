/*
 * Messages of the kernel's own, and its end.
 *
 * Nothing printed here tells how much memory or time there is, or in which build: the console must
 * be the same in every mode. A panic's registers are the exception: nobody should ever see one.
 */
#include "kernel/print.h"

#include "arch/arch_ops.h"
#include "lib/format.h"

#define PANIC_STATUS 127

static void print(const char *text, va_list args)
{
    char line[256];
    size_t n = format_list(line, sizeof line, text, args);
    for (size_t done = 0; (done += arch_console_write(line + done, n - done)) < n;)
        arch_console_flush();
}

void kprintf(const char *text, ...)
{
    va_list args;
    va_start(args, text);
    print(text, args);
    va_end(args);
}

_Noreturn void panic(const char *text, ...)
{
    arch_irq_disable();
    kprintf("panic: ");
    va_list args;
    va_start(args, text);
    print(text, args);
    va_end(args);
    kprintf("\n");
    arch_exit(PANIC_STATUS);
}

_Noreturn void panic_trap(const struct trap_frame *f, uint32_t fault_address)
{
    arch_irq_disable();
    kprintf("panic: exception %u, error %08x, cr2 %08x\n", f->vector, f->error, fault_address);
    kprintf("eip %08x cs %04x eflags %08x\n", f->eip, f->cs & 0xffff, f->eflags);
    kprintf("eax %08x ebx %08x ecx %08x edx %08x\n", f->eax, f->ebx, f->ecx, f->edx);
    kprintf("esi %08x edi %08x ebp %08x ds %04x es %04x\n", f->esi, f->edi, f->ebp, f->ds & 0xffff,
            f->es & 0xffff);
    const uint32_t *stack = &f->esp;
    for (unsigned i = 0; i < 8 && page_floor((uintptr_t)&stack[i]) == page_floor((uintptr_t)f); i++)
        kprintf("%08x%c", stack[i], i == 7 ? '\n' : ' ');
    arch_exit(PANIC_STATUS);
}

/*
 * The remaining privileged instructions, one function each.
 */
#include "arch/native/native.h"

uint32_t arch_fault_address(void)
{
    uint32_t address;
    __asm__ volatile("movl %%cr2, %0" : "=r"(address));
    return address;
}

void arch_irq_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

void arch_irq_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}

uint32_t arch_irq_save(void)
{
    uint32_t flags;
    __asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

void arch_irq_restore(uint32_t saved)
{
    __asm__ volatile("pushl %0; popfl" : : "r"(saved) : "memory", "cc");
}

void arch_idle(void)
{
    /* STI takes effect after the next instruction, so no interrupt is lost between the two. */
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

_Noreturn void arch_exit(uint32_t status)
{
    arch_console_flush();
    port_out8(BOARD_EXIT_PORT, (uint8_t)status);
    for (;;)
        __asm__ volatile("cli; hlt");
}

uint8_t arch_port_read(uint16_t port)
{
    return port_in8(port);
}

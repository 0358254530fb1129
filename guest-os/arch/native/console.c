/*
 * The console is the serial line and the screen; the keyboard and the serial line are its input.
 */
#include "arch/native/native.h"

size_t arch_console_write(const char *bytes, size_t n)
{
    size_t taken = uart_write(bytes, n);
    vga_write(bytes, taken);
    return taken;
}

void arch_console_flush(void)
{
    uart_flush();
}

void arch_console_resume(void)
{
    uart_resume();
}

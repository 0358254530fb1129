/*
 * Messages of the kernel's own.
 */
#ifndef KERNEL_PRINT_H
#define KERNEL_PRINT_H

#include "arch/trap_frame.h"

/* Prints at most 255 bytes on the console, waiting if it must; usable anywhere, also with
 * interrupts disabled. */
void kprintf(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Says why and stops the machine with exit value 127. */
_Noreturn void panic(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* The same, with the registers of the trap that led here. */
_Noreturn void panic_trap(const struct trap_frame *frame, uint32_t fault_address);

#define ASSERT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            panic("%s: %s", __func__, #condition);                                                 \
    } while (0)

#endif

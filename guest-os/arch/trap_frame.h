/*
 * What lies on the kernel stack while a trap is handled, lowest address first.
 *
 * The CPU pushes from ss down to error; the stub in entry.S pushes the rest. esp and ss are there
 * only when the trap came from another ring (SDM v3, Interrupt and Exception Handling, Stack Usage
 * on Transfers to Interrupt and Exception-Handling Routines).
 */
#ifndef ARCH_TRAP_FRAME_H
#define ARCH_TRAP_FRAME_H

#include <stdbool.h>
#include <stdint.h>

struct trap_frame {
    uint32_t es, ds;
    uint32_t edi, esi, ebp, ignored_esp, ebx, edx, ecx, eax; /* PUSHA */
    uint32_t vector;
    uint32_t error; /* 0 where the exception has no code */
    uint32_t eip, cs, eflags;
    uint32_t esp, ss;
};

static inline bool frame_is_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

/* Exception vectors the kernel speaks of. */
enum {
    VECTOR_DIVIDE = 0,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_EXCEPTIONS = 32,
};

/* Page-fault error code. */
enum {
    FAULT_PRESENT = 1 << 0,
    FAULT_WRITE = 1 << 1,
    FAULT_USER = 1 << 2,
};

#endif

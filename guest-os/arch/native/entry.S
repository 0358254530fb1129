/*
 * The ways into the kernel, and out again.
 *
 * Exceptions and IRQs come through interrupt gates (IF = 0); `int $0x80` comes through a trap gate,
 * so that a short system call needs no CLI or STI: its only instruction that is privileged or
 * sensitive is the IRET.
 */
#include "arch/native/selectors.h"

#define STUBS 48
#define INTERRUPT_HANDLER irq_dispatch

.macro after_save
.endm

#include "arch/entry.S"

    popl %es
    .cfi_adjust_cfa_offset -4
    popl %ds
    .cfi_adjust_cfa_offset -4
    popa
    .cfi_adjust_cfa_offset -32
    cfi_popped_all
    addl $8, %esp                       /* vector, error */
    .cfi_adjust_cfa_offset -8
    iret
    .cfi_endproc

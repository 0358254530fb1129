/*
 * The ways into the kernel, and out again.
 *
 * Every vector has a stub that makes the stack look like struct trap_frame. Exceptions and IRQs
 * come through interrupt gates (IF = 0); `int $0x80` comes through a trap gate, so that a short
 * system call needs no CLI or STI: its only instruction that is privileged or sensitive is the
 * IRET. FS and GS are not used by anybody and not saved. (SDM v3, Interrupt and Exception
 * Handling.)
 */
#include "arch/native/selectors.h"

/* Vectors whose exception pushes an error code itself. */
#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

    .text

.macro stub vector, target
    .align 8
    .if !HAS_ERROR_CODE(\vector)
    pushl $0
    .endif
    pushl $\vector
    jmp \target
.endm

    .globl entry_stubs
entry_stubs:                            /* 48 stubs; entry_addresses has their addresses */
.altmacro
.set v, 0
.macro numbered_stub vector
    .globl entry_\vector
entry_\vector:
    .if \vector < 32
    stub \vector, exception_entry
    .else
    stub \vector, irq_entry
    .endif
    .pushsection .rodata
    .long entry_\vector
    .popsection
.endm

    .pushsection .rodata
    .align 4
    .globl entry_addresses
entry_addresses:
    .popsection
.rept 48
    numbered_stub %v
    .set v, v + 1
.endr

.macro save_registers
    pusha
    pushl %ds
    pushl %es
    movl $KERNEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
.endm

    .type exception_entry, @function
exception_entry:
    save_registers
    pushl %esp
    call trap_exception
    jmp leave

    .type irq_entry, @function
irq_entry:
    save_registers
    pushl %esp
    call irq_dispatch
    jmp leave

    .globl entry_syscall
    .type entry_syscall, @function
entry_syscall:
    pushl $0
    pushl $0x80
    save_registers
    pushl %esp
    call trap_syscall
leave:
    call trap_leave                     /* its argument, the frame, is still on the stack */
    popl %eax
restore_registers:
    popl %es
    popl %ds
    popa
    addl $8, %esp                       /* vector, error */
    iret

    .globl arch_return_to_user
    .type arch_return_to_user, @function
arch_return_to_user:
    movl 4(%esp), %esp
    jmp restore_registers

/* void arch_context_switch(struct context **old, struct context *next) */
    .globl arch_context_switch
    .type arch_context_switch, @function
arch_context_switch:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, (%eax)
    movl %edx, %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

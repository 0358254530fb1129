/*
 * The ways into the kernel: what both builds' entry.S share.
 *
 * Every vector has a stub that makes the stack look like struct trap_frame. Who includes this has
 * defined the selectors, STUBS (vectors from 0 up that have a stub; 32 and up are interrupts),
 * INTERRUPT_HANDLER, and the macro after_save; then it goes on with the way out: there the frame is
 * on top of the stack. FS and GS are not used by anybody and not saved. (SDM v3, Interrupt and
 * Exception Handling.)
 */

/* Vectors whose exception pushes an error code itself. */
#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

    .section .rodata
    .globl arch_user_frame
    .align 4
arch_user_frame:                        /* struct trap_frame of a program's first instruction */
    .long USER_DATA, USER_DATA          /* es, ds */
    .fill 10, 4, 0                      /* the other registers, vector, error */
    .long 0, USER_CODE, 0x202           /* eip, cs, eflags: IF and the bit that is always set */
    .long 0, USER_DATA                  /* esp, ss */

    .globl entry_addresses
entry_addresses:                        /* of the STUBS stubs */

    .text
.altmacro
.set v, 0
.macro stub vector
    .align 8
entry_\vector:
    .if !HAS_ERROR_CODE(\vector)
    pushl $0
    .endif
    pushl $\vector
    .if \vector < 32
    jmp exception_entry
    .else
    jmp interrupt_entry
    .endif
    .pushsection .rodata
    .long entry_\vector
    .popsection
.endm
.rept STUBS
    stub %v
    .set v, v + 1
.endr

.macro handle handler
    pusha
    pushl %ds
    pushl %es
    movl $KERNEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    after_save
    pushl %esp
    call \handler
.endm

    .type exception_entry, @function
exception_entry:
    handle trap_exception
    jmp leave

    .type interrupt_entry, @function
interrupt_entry:
    handle INTERRUPT_HANDLER
    jmp leave

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

    .globl arch_return_to_user
    .type arch_return_to_user, @function
arch_return_to_user:
    movl 4(%esp), %esp
    jmp restore_registers

    .globl entry_syscall
    .type entry_syscall, @function
entry_syscall:
    pushl $0
    pushl $0x80
    handle trap_syscall
leave:
    call trap_leave                     /* its argument, the frame, is still on the stack */
    popl %eax
restore_registers:

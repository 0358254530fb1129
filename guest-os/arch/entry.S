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

/*
 * For debuggers, so that they see through a handler to what it interrupted (DWARF 5, Call Frame
 * Information). The CFA is where EFLAGS end; behind it lies the ESP that was, if the trap came
 * from ring 3, else the CFA is that ESP. Registers: 0 to 7 in the order of the instruction set, 8
 * EIP, 9 EFLAGS. None of it is loaded.
 */
    .cfi_sections .debug_frame

.macro cfi_trapped below                /* below: bytes that lie below EIP */
    .cfi_startproc simple
    .cfi_def_cfa 4, \below + 12
    .cfi_offset 8, -12
    .cfi_offset 9, -4
    /* ESP, at first the CFA: dup lit8 minus deref lit3 and lit3 eq bra(+3) skip(+1) deref */
    .cfi_escape 0x16, 4, 15, 0x12, 0x38, 0x1c, 0x06, 0x33, 0x1a, 0x33, 0x29, 0x28, 3, 0
    .cfi_escape 0x2f, 1, 0, 0x06
.endm

.macro cfi_pushed_all                   /* PUSHA, directly below vector and error */
    .cfi_offset 0, -24
    .cfi_offset 1, -28
    .cfi_offset 2, -32
    .cfi_offset 3, -36
    .cfi_offset 5, -44
    .cfi_offset 6, -48
    .cfi_offset 7, -52
.endm

.macro cfi_popped_all
    .irp register, 0, 1, 2, 3, 5, 6, 7
    .cfi_restore \register
    .endr
.endm

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
    .if HAS_ERROR_CODE(\vector)
    cfi_trapped 4
    .else
    cfi_trapped 0
    pushl $0
    .cfi_adjust_cfa_offset 4
    .endif
    pushl $\vector
    .cfi_adjust_cfa_offset 4
    .if \vector < 32
    jmp exception_entry
    .else
    jmp interrupt_entry
    .endif
    .cfi_endproc
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
    .cfi_adjust_cfa_offset 32
    cfi_pushed_all
    pushl %ds
    .cfi_adjust_cfa_offset 4
    pushl %es
    .cfi_adjust_cfa_offset 4
    movl $KERNEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    after_save
    pushl %esp
    .cfi_adjust_cfa_offset 4
    call \handler
.endm

    .type exception_entry, @function
exception_entry:
    cfi_trapped 8
    handle trap_exception
    jmp leave
    .cfi_endproc

    .type interrupt_entry, @function
interrupt_entry:
    cfi_trapped 8
    handle INTERRUPT_HANDLER
    jmp leave
    .cfi_endproc

/* void arch_context_switch(struct context **old, struct context *next) */
    .globl arch_context_switch
    .type arch_context_switch, @function
arch_context_switch:
    .cfi_startproc
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl %ebp
    .cfi_adjust_cfa_offset 4
    .cfi_offset 5, -8
    pushl %ebx
    .cfi_adjust_cfa_offset 4
    .cfi_offset 3, -12
    pushl %esi
    .cfi_adjust_cfa_offset 4
    .cfi_offset 6, -16
    pushl %edi
    .cfi_adjust_cfa_offset 4
    .cfi_offset 7, -20
    movl %esp, (%eax)
    movl %edx, %esp                     /* from here on the caller is the next one's */
    popl %edi
    .cfi_adjust_cfa_offset -4
    .cfi_restore 7
    popl %esi
    .cfi_adjust_cfa_offset -4
    .cfi_restore 6
    popl %ebx
    .cfi_adjust_cfa_offset -4
    .cfi_restore 3
    popl %ebp
    .cfi_adjust_cfa_offset -4
    .cfi_restore 5
    ret
    .cfi_endproc

    .globl arch_return_to_user
    .type arch_return_to_user, @function
arch_return_to_user:
    .cfi_startproc
    movl 4(%esp), %esp
    .cfi_endproc
    cfi_trapped 48                      /* all of struct trap_frame below EIP */
    cfi_pushed_all
    jmp restore_registers
    .cfi_endproc

    .globl entry_syscall
    .type entry_syscall, @function
entry_syscall:
    cfi_trapped 0
    pushl $0
    .cfi_adjust_cfa_offset 4
    pushl $0x80
    .cfi_adjust_cfa_offset 4
    handle trap_syscall
leave:
    call trap_leave                     /* its argument, the frame, is still on the stack */
    popl %eax
    .cfi_adjust_cfa_offset -4
restore_registers:

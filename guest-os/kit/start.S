/*
 * The kit's entry, trap stubs and ring changes. kit.h says what a guest may use.
 *
 * Multiboot leaves 32-bit flat mode without paging, interrupts disabled, and no usable GDT:
 * kit_start sets up descriptor tables before main runs. (Multiboot 0.6.96, Machine state; SDM v3,
 * Interrupt and Exception Handling.)
 */
#include "boot/multiboot.h"

#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

    .section .kit.header, "ax"
    .align 4
    .long MULTIBOOT_HEADER_MAGIC
    .long MULTIBOOT_MEMORY_INFO
    .long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

    .globl kit_entry
    .type kit_entry, @function
kit_entry:
    movl $kit_stack_top, %esp
    xorl %ebp, %ebp
    pushl %ebx                          /* struct multiboot_info */
    pushl %eax
    call kit_start

/* 256 stubs of 16 bytes each: the stack becomes a struct kit_frame. */
    .text
    .align 16
    .globl kit_stubs
kit_stubs:
.set v, 0
.rept 256
    .align 16
    .if !HAS_ERROR_CODE(v)
    pushl $0
    .endif
    pushl $v
    jmp common
    .set v, v + 1
.endr

common:
    pusha
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    pushl %esp
    call kit_trap
    addl $4, %esp
    popl %gs
    popl %fs
    popl %es
    popl %ds
    popa
    addl $8, %esp
    iret

/*
 * int kit_run_saved(void (*function)(void *), void *argument): calls it; returns 0 when it
 * returned, or what kit_unwind was given.
 */
    .globl kit_run_saved
    .type kit_run_saved, @function
kit_run_saved:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl kit_saved_esp                 /* catching may nest */
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, kit_saved_esp
    pushl %edx
    call *%eax
    addl $4, %esp
    xorl %eax, %eax
unwound:
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    popl kit_saved_esp
    ret

/* _Noreturn void kit_unwind(int result): goes back to the latest kit_run_saved, in ring 0. */
    .globl kit_unwind
    .type kit_unwind, @function
kit_unwind:
    movl 4(%esp), %eax
    movl kit_saved_esp, %esp
    movl $0x10, %edx
    movl %edx, %ds
    movl %edx, %es
    movl %edx, %fs
    movl %edx, %gs
    jmp unwound

/* void kit_enter_ring(function, argument, cs, ss, stack top): out by IRET, back through INT 7Fh. */
    .globl kit_enter_ring
    .type kit_enter_ring, @function
kit_enter_ring:
    movl %esp, %ebp
    movl 16(%ebp), %eax                 /* ss, good for all data segments */
    movl 20(%ebp), %ecx                 /* stack top */
    movl 8(%ebp), %edx
    movl %edx, -4(%ecx)                 /* the argument, below a return address */
    movl $ring_return, -8(%ecx)
    subl $8, %ecx
    pushl %eax
    pushl %ecx
    pushl $0x2                          /* EFLAGS: IOPL 0, interrupts stay disabled */
    pushl 12(%ebp)
    pushl 4(%ebp)
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    iret
ring_return:
    int $0x7f

    .data
    .globl kit_saved_esp
kit_saved_esp:
    .long 0

    .bss
    .align 16
    .fill 16384
    .globl kit_stack_top
kit_stack_top:

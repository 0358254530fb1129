/*
 * The ways into the kernel, and out again.
 *
 * Exceptions and events come from the hypervisor with events masked, on the same frame as the hardware's; the system
 * call comes straight from ring 3 through the one gate that is the guest's own. The way out to a program is the IRET
 * instruction: from ring 1 to ring 3 it needs nobody. Events are unmasked just before; one that comes in between runs on
 * top of this stack and returns here. The way back into the kernel must unmask and return in one step, so it is a
 * hypercall. FS and GS are not used by anybody and not saved.
 */
#include "arch/pv/selectors.h"

#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)
#define UPCALL_PENDING shared_info      /* vcpu_info[0].evtchn_upcall_pending */
#define UPCALL_MASK shared_info + 1
#define FRAME_CS 52                     /* offset in struct trap_frame */
#define HYPERCALL_XEN_VERSION 17
#define HYPERCALL_IRET 23

    .text

.altmacro
.set v, 0
.macro exception_stub vector
    .align 8
entry_\vector:
    .if !HAS_ERROR_CODE(\vector)
    pushl $0
    .endif
    pushl $\vector
    jmp exception_entry
    .pushsection .rodata
    .long entry_\vector
    .popsection
.endm

    .pushsection .rodata
    .align 4
    .globl entry_addresses
entry_addresses:                        /* of exceptions 0 to 19 */
    .popsection
.rept 20
    exception_stub %v
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
    movw $0, FRAME_CS + 2(%esp)         /* the mask of before; EFLAGS.IF says the same */
.endm

    .type exception_entry, @function
exception_entry:
    save_registers
    pushl %esp
    call trap_exception
    jmp leave

/* Selectors of the interrupted context did not load; they are DS, ES, FS, GS on the stack. */
    .globl entry_failsafe
    .type entry_failsafe, @function
entry_failsafe:
    addl $16, %esp
    pushl $0
    pushl $13
    jmp exception_entry

    .globl entry_event
    .type entry_event, @function
entry_event:
    pushl $0
    pushl $0x20
    save_registers
    pushl %esp
    call event_dispatch
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
    testb $2, FRAME_CS(%esp)
    jz return_to_kernel
    popl %es
    popl %ds
    popa
    addl $8, %esp                       /* vector, error */
    movb $0, %ss:UPCALL_MASK            /* DS is the program's by now */
    cmpb $0, %ss:UPCALL_PENDING
    jne events_wait
return_to_user:
    iret

events_wait:                            /* any hypercall makes the hypervisor look */
    pushl %eax
    pushl %ebx
    movl $HYPERCALL_XEN_VERSION, %eax
    xorl %ebx, %ebx
    int $PV_HYPERCALL_VECTOR
    popl %ebx
    popl %eax
    jmp return_to_user

return_to_kernel:                       /* EAX, EIP, CS, EFLAGS are what the hypercall takes */
    popl %es
    popl %ds
    popa
    addl $8, %esp
    pushl %eax
    movl $HYPERCALL_IRET, %eax
    int $PV_HYPERCALL_VECTOR

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

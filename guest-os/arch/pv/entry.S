/*
 * The ways into the kernel, and out again.
 *
 * Exceptions and events come from the hypervisor with events masked, on the same frame as the
 * hardware's; the system call comes straight from ring 3 through the one gate that is the guest's
 * own. The way out to a program is the IRET instruction: from ring 1 to ring 3 it needs nobody.
 * Events are unmasked just before; one that comes in between runs on top of this stack and returns
 * here. The way back into the kernel must unmask and return in one step, so it is a hypercall.
 */
#include "arch/pv/selectors.h"

#define STUBS 20
#define INTERRUPT_HANDLER event_dispatch
#define UPCALL_PENDING shared_info      /* vcpu_info[0].evtchn_upcall_pending */
#define UPCALL_MASK shared_info + 1
#define FRAME_CS 52                     /* offset in struct trap_frame */
#define HYPERCALL_XEN_VERSION 17
#define HYPERCALL_IRET 23

.macro after_save
    movw $0, FRAME_CS + 2(%esp)         /* the mask of before; EFLAGS.IF says the same */
.endm

#include "arch/entry.S"

    testb $2, FRAME_CS(%esp)
    jz return_to_kernel
    .cfi_remember_state
    popl %es
    .cfi_adjust_cfa_offset -4
    popl %ds
    .cfi_adjust_cfa_offset -4
    popa
    .cfi_adjust_cfa_offset -32
    cfi_popped_all
    addl $8, %esp                       /* vector, error */
    .cfi_adjust_cfa_offset -8
    movb $0, %ss:UPCALL_MASK            /* DS is the program's by now */
    cmpb $0, %ss:UPCALL_PENDING
    jne events_wait
return_to_user:
    iret

events_wait:                            /* any hypercall makes the hypervisor look */
    pushl %eax
    .cfi_adjust_cfa_offset 4
    .cfi_offset 0, -16
    pushl %ebx
    .cfi_adjust_cfa_offset 4
    .cfi_offset 3, -20
    movl $HYPERCALL_XEN_VERSION, %eax
    xorl %ebx, %ebx
    int $PV_HYPERCALL_VECTOR
    popl %ebx
    .cfi_adjust_cfa_offset -4
    .cfi_restore 3
    popl %eax
    .cfi_adjust_cfa_offset -4
    .cfi_restore 0
    jmp return_to_user
    .cfi_restore_state

return_to_kernel:                       /* EAX, EIP, CS, EFLAGS are what the hypercall takes */
    popl %es
    .cfi_adjust_cfa_offset -4
    popl %ds
    .cfi_adjust_cfa_offset -4
    popa
    .cfi_adjust_cfa_offset -32
    cfi_popped_all
    addl $8, %esp
    .cfi_adjust_cfa_offset -8
    pushl %eax
    .cfi_adjust_cfa_offset 4
    .cfi_offset 0, -16
    movl $HYPERCALL_IRET, %eax
    int $PV_HYPERCALL_VECTOR
    .cfi_endproc

/* Selectors of the interrupted context did not load; they are DS, ES, FS, GS on the stack. */
    .globl entry_failsafe
    .type entry_failsafe, @function
entry_failsafe:
    cfi_trapped 16
    addl $16, %esp
    .cfi_adjust_cfa_offset -16
    pushl $0
    .cfi_adjust_cfa_offset 4
    pushl $13
    .cfi_adjust_cfa_offset 4
    jmp exception_entry
    .cfi_endproc

    .globl entry_event
    .type entry_event, @function
entry_event:
    cfi_trapped 0
    pushl $0
    .cfi_adjust_cfa_offset 4
    pushl $0x20
    .cfi_adjust_cfa_offset 4
    jmp interrupt_entry
    .cfi_endproc

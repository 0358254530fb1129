/*
 * Start, notes and trap stubs of the paravirtual test guest. Every trap goes to guest_trap(frame) and returns by
 * hypercall; ring 3 code is below.
 */
#include <hv/abi/pv.h>

.macro note type, kind, value:vararg
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \kind \value
2:  .align 4
.endm

    .section .note.Xen, "a", @note
    .align 4
    note PV_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
    note PV_ELFNOTE_VIRT_BASE, .long, 0xc0000000
    note PV_ELFNOTE_ENTRY, .long, start
    note PV_ELFNOTE_PAE_MODE, .asciz, "no"

#define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

    .text
    .globl start
start:
    cld
    movl $stack_top, %esp
    pushl %esi
    call guest_main

.altmacro
.set v, 0
.macro trap_stub vector
trap_\vector:
    .if !HAS_ERROR_CODE(\vector)
    pushl $0
    .endif
    pushl $\vector
    jmp common
    .pushsection .rodata
    .long trap_\vector
    .popsection
.endm
    .pushsection .rodata
    .align 4
    .globl trap_addresses
trap_addresses:
    .popsection
.rept 256
    trap_stub %v
    .set v, v + 1
.endr

common:
    pusha
    movl $PV_FLAT_RING1_DS, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    pushl %esp
    call guest_trap
    popl %eax
    popa
    addl $8, %esp
    pushl %eax
    movl $23, %eax
    int $0x82

    .globl entry_failsafe
entry_failsafe:
    pushl %eax
    movl $PV_FLAT_RING1_DS, %eax
    movl %eax, %ds
    movl %eax, %es
    popl %eax
    incl failsafe_calls
    addl $16, %esp
    pushl %eax
    movl $23, %eax
    int $0x82

    .globl entry_event
entry_event:
    pusha
    incl event_calls
    movl $shared_info, %eax
    movb $0, (%eax)
    popa
    pushl %eax
    movl $23, %eax
    int $0x82

/* void enter_user(uint32_t eip, uint32_t esp): comes back through end_user(), from a trap handler. */
    .globl enter_user
enter_user:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pusha
    movl %esp, user_return
    pushl $PV_FLAT_RING3_DS
    pushl %edx
    pushl $0x202
    pushl $PV_FLAT_RING3_CS
    pushl %eax
    movl $PV_FLAT_RING3_DS, %eax
    movl %eax, %ds
    movl %eax, %es
    iret
/* void enter_user_at(uint32_t cs, uint32_t ss): at USER_CODE and USER_STACK, the rest is the hypervisor's to load. */
    .globl enter_user_at
enter_user_at:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pusha
    movl %esp, user_return
    pushl %edx
    pushl $0x402000
    pushl $0x202
    pushl %eax
    pushl $0x400000
    pushl $0
    movl $23, %eax
    int $0x82
    .globl failsafe_end_user
failsafe_end_user:
    incl failsafe_calls
    .globl end_user
end_user:
    movl user_return, %esp
    movl $PV_FLAT_RING1_DS, %eax
    movl %eax, %ds
    movl %eax, %es
    popa
    ret

    .bss
    .align 16
    .fill 8192
stack_top:
user_return:
    .long 0
    .globl shared_info
    .align 4096
shared_info:
    .fill 4096

/*
 * The first instructions, in ring 1 with paging on, and the notes by which the image says what it
 * is.
 *
 * ESI is struct pv_start_info; ESP is the top of a page that the builder gave, beyond which all
 * memory is free. (Xen's public headers, start of day; ELF notes of elfnote.h.)
 */
#include <hv/abi/pv.h>

#include "kernel/layout.h"

.macro note type, kind, value:vararg
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \kind \value
2:  .align 4
.endm

    .section .note.Xen, "a", @note
    .align 4
    note PV_ELFNOTE_GUEST_OS, .asciz, "Bantam"
    note PV_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
    note PV_ELFNOTE_VIRT_BASE, .long, KERNEL_BASE
    note PV_ELFNOTE_PADDR_OFFSET, .long, KERNEL_BASE
    note PV_ELFNOTE_ENTRY, .long, pv_entry
    note PV_ELFNOTE_PAE_MODE, .asciz, "no"

    .text
    .globl pv_entry
    .type pv_entry, @function
pv_entry:
    cld
    movl %esp, %eax
    movl $boot_stack_top, %esp
    xorl %ebp, %ebp
    pushl %eax                          /* end of what the builder used */
    pushl %esi
    call pv_start
    .size pv_entry, . - pv_entry

    .bss
    .align 16
    .fill 4096
boot_stack_top:

    .globl shared_info                  /* a page whose frame is replaced by the shared one */
    .align 4096
shared_info:
    .fill 4096

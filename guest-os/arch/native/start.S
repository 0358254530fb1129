/*
 * The first instructions: from the boot loader's flat 32-bit mode to C with paging.
 *
 * This section runs before paging, at the physical address it is linked at. It maps the first 896
 * MiB twice with 4 MiB pages, where they are (so that the next instruction exists) and at
 * KERNEL_BASE, and jumps up. The fine 4 KiB tables come later, from memory.c. (SDM v3, Paging,
 * 32-Bit Paging; Multiboot 0.6.96, Machine state.)
 */
#include "boot/multiboot.h"
#include "kernel/layout.h"

#define CR0_PE_WP_PG 0x80010001
#define CR4_PSE 0x10
#define PDE_PRESENT_WRITE_LARGE 0x83

    .section .boot.header, "a"
    .align 4
    .long MULTIBOOT_HEADER_MAGIC
    .long MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO
    .long -(MULTIBOOT_HEADER_MAGIC + (MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO))

    .section .boot, "awx"
    .globl boot_entry
    .type boot_entry, @function
boot_entry:
    cli
    movl %eax, %esi                     /* the loader's magic number */
    movl $boot_directory, %edi
    movl $PDE_PRESENT_WRITE_LARGE, %eax
1:  movl %eax, (%edi)
    movl %eax, (KERNEL_BASE >> 22) * 4(%edi)
    addl $4, %edi
    addl $0x400000, %eax
    cmpl $(DIRECT_MAP_SIZE + PDE_PRESENT_WRITE_LARGE), %eax
    jb 1b

    movl %cr4, %eax
    orl $CR4_PSE, %eax
    movl %eax, %cr4
    movl $boot_directory, %eax
    movl %eax, %cr3
    movl %cr0, %eax
    orl $CR0_PE_WP_PG, %eax
    movl %eax, %cr0
    movl $high_entry, %eax
    jmp *%eax
    .size boot_entry, . - boot_entry

    .align 4096
boot_directory:
    .fill 1024, 4, 0

    .text
    .type high_entry, @function
high_entry:
    movl $boot_stack_top, %esp
    xorl %ebp, %ebp
    pushl %ebx                          /* struct multiboot_info, physical */
    pushl %esi
    call native_start
    .size high_entry, . - high_entry

    .bss
    .align 16
    .fill 4096
boot_stack_top:

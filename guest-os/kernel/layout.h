/*
 * Where things are in the 4 GiB of linear addresses.
 *
 *   0x00000000  nothing: a null pointer faults
 *   0x00400000  the program: code, data, bss, then the heap (sbrk)
 *   0x40000000  mmap
 *   0xbffbf000  the stack, growing down from 0xbffff000
 *   0xc0000000  all of memory, frame after frame ("the direct map"); the kernel is in it
 *   0xf8000000  nothing
 *   0xfc000000  a hypervisor may live here; the kernel never maps anything from this address up
 */
#ifndef KERNEL_LAYOUT_H
#define KERNEL_LAYOUT_H

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

#define USER_BASE       0x00400000u
#define USER_MMAP       0x40000000u
#define USER_STACK_TOP  0xbffff000u
#define USER_STACK_SIZE 0x00040000u
#define USER_TOP        0xc0000000u

#define KERNEL_BASE     0xc0000000u
#define DIRECT_MAP_SIZE 0x38000000u /* 896 MiB; memory beyond is left alone */

/* A directory's entry stands for 4 MiB, a leaf table's for a page. */
#define ENTRIES_PER_TABLE      1024u
#define USER_DIRECTORY_ENTRIES (USER_TOP >> 22)
#define KERNEL_DIRECTORY_END   ((KERNEL_BASE + DIRECT_MAP_SIZE) >> 22)

#ifndef __ASSEMBLER__
#include <stdint.h>

/*
 * A frame number as the guest counts them, from 0. What a page-table entry holds may be another
 * number (the machine's), so only arch_pte_make and arch_pte_frame turn one into the other.
 */
typedef uint32_t frame_t;
typedef uint32_t pte_t;

#define NO_FRAME 0xffffffffu

/* Where a frame is in the direct map. */
static inline void *frame_address(frame_t frame)
{
    return (void *)(uintptr_t)(KERNEL_BASE + (frame << PAGE_SHIFT));
}

static inline frame_t frame_of(const void *address)
{
    return ((uint32_t)(uintptr_t)address - KERNEL_BASE) >> PAGE_SHIFT;
}

/* Which entry of the directory, and of its leaf table, an address is under. */
static inline uint32_t directory_slot(uint32_t va)
{
    return va >> 22;
}

static inline uint32_t leaf_slot(uint32_t va)
{
    return (va >> PAGE_SHIFT) % ENTRIES_PER_TABLE;
}

static inline uint32_t page_floor(uint32_t address)
{
    return address & ~(PAGE_SIZE - 1);
}

static inline uint32_t page_ceiling(uint32_t address)
{
    return page_floor(address + PAGE_SIZE - 1);
}
#endif

#endif

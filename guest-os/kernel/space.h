/*
 * Address spaces: what a process sees below KERNEL_BASE.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include "arch/arch_ops.h"

#define REGIONS 12u

/* A range the process may touch; pages appear when first touched. It begins on a page; all end on
 * one, too, but the heap, of whose last page the rest may be touched as well. */
struct region {
    uint32_t start, end; /* start == end: unused, or a heap of no bytes */
    bool writable;
};

enum { REGION_HEAP, REGION_STACK, REGION_FIRST_FREE };

struct space {
    frame_t root;
    bool live; /* the machine knows its tables: only arch_ops may change them */
    struct region regions[REGIONS];
};

/*
 * A new space is private: its tables are ordinary memory, cheap to fill. space_activate hands all
 * of them over at once; only then can it be loaded. These return 0 or an error.
 */
int space_create(struct space *space);
void space_activate(struct space *space);
/* Frees everything; the space must not be loaded. */
void space_destroy(struct space *space);

/* Makes `child`, private, a copy of `parent` that shares all frames until one side writes. */
int space_copy(struct space *child, struct space *parent);

/* Adds a range; error when it overlaps another, leaves user space, or there are too many. */
int space_add_region(struct space *space, uint32_t start, uint32_t end, bool writable);
/* Maps a new page of zeroes; its frame, or NO_FRAME when memory is full. */
frame_t space_map_zeroed(struct space *space, uint32_t va, bool writable);
/* Takes pages away and frees their frames. The space must be the loaded one if it is live. */
void space_unmap(struct space *space, uint32_t start, uint32_t end);

/* Makes the page at `va` present (writable): a fresh page, a copy, or a kept frame. False: not
 * allowed. */
bool space_resolve(struct space *space, uint32_t va, bool write);
/* The same for a range the kernel is about to use for the current process; 0 or -EFAULT. */
int space_check(struct space *space, uint32_t va, uint32_t bytes, bool write);

/* Addresses and contents of all its pages in one number, the same on every machine. */
uint32_t space_sum(const struct space *space);

/* Sets a leaf entry whose table exists. */
void space_set_pte(struct space *space, uint32_t va, pte_t pte);

#endif

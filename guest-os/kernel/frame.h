/*
 * Memory of the kernel's: frames of 4 KiB, and a heap for objects up to a page.
 */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H

#include "arch/arch_ops.h"

void frame_init(const struct boot_info *boot);

/* A frame with one user, its contents undefined; NO_FRAME when there is none. */
frame_t frame_alloc(void);
frame_t frame_alloc_zeroed(void);

/* One more user, one fewer; the last one frees it. */
void frame_share(frame_t frame);
void frame_free(frame_t frame);
unsigned frame_users(frame_t frame);

/* Zeroed memory, or NULL. */
void *heap_alloc(size_t size);
/* `size` is the one asked for; NULL is nothing to free. */
void heap_free(void *object, size_t size);

#endif

/*
 * The kernel's heap, for objects up to a page.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <stddef.h>

/* Zeroed memory, or NULL. */
void *heap_alloc(size_t size);
/* `size` is the one asked for. */
void heap_free(void *object, size_t size);

#endif

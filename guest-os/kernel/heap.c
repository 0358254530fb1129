/*
 * The kernel's heap: one list of free objects for each power of two.
 *
 * A frame is cut into objects of one size when their list is empty; it is never put together again.
 * The caller names the size when it frees, so objects carry no header. (The simplest form of the
 * idea in Bonwick, The Slab Allocator, 1994.)
 */
#include "kernel/frame.h"
#include "kernel/print.h"
#include "lib/string.h"

#define SMALLEST 32u
#define SIZES    8u /* 32, 64, ... 4096 */

struct free_object {
    struct free_object *next;
};

static struct free_object *free_objects[SIZES];

static unsigned size_index(size_t size)
{
    unsigned index = 0;
    ASSERT(size <= PAGE_SIZE);
    while ((SMALLEST << index) < size)
        index++;
    return index;
}

void heap_free(void *object, size_t size)
{
    struct free_object **list = &free_objects[size_index(size)];
    struct free_object *o = object;
    if (o == NULL)
        return;
    o->next = *list;
    *list = o;
}

void *heap_alloc(size_t size)
{
    unsigned index = size_index(size);
    if (free_objects[index] == NULL) {
        frame_t frame = frame_alloc();
        if (frame == NO_FRAME)
            return NULL;
        char *page = frame_address(frame);
        for (size_t at = PAGE_SIZE; at > 0; at -= SMALLEST << index)
            heap_free(page + at - (SMALLEST << index), size);
    }
    struct free_object *o = free_objects[index];
    free_objects[index] = o->next;
    return memset(o, 0, size);
}

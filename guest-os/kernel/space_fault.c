/*
 * Filling address spaces in: pages appear when they are touched.
 *
 * A region says what may be touched. A first touch gives a zeroed page; a first write to a page
 * shared since a fork gives a copy; a page whose frame was kept (the pagefault benchmark) only gets
 * its P bit back. Nothing is ever paged out. Runs with interrupts enabled or not, and never sleeps.
 */
#include "abi/syscall.h"
#include "kernel/frame.h"
#include "kernel/space.h"
#include "lib/string.h"

#define PAGE_FLAGS (PTE_PRESENT | PTE_USER)

static const struct region *region_at(const struct space *space, uint32_t va)
{
    for (unsigned i = 0; i < REGIONS; i++)
        if (va >= space->regions[i].start && va < space->regions[i].end)
            return &space->regions[i];
    return NULL;
}

static bool copy_on_write(struct space *space, uint32_t va, pte_t pte)
{
    frame_t old = arch_pte_frame(pte);
    frame_t frame = old;
    if (frame_users(old) > 1) {
        frame = frame_alloc();
        if (frame == NO_FRAME)
            return false;
        memcpy(frame_address(frame), frame_address(old), PAGE_SIZE);
    }
    arch_pte_change(space->root, va, arch_pte_make(frame, PAGE_FLAGS | PTE_WRITE));
    if (frame != old)
        frame_free(old);
    return true;
}

bool space_resolve(struct space *space, uint32_t va, bool write)
{
    va = page_floor(va);
    if (va >= USER_TOP)
        return false;
    pte_t pte = arch_pte_get(space->root, va);
    if (pte & PTE_KEPT) {
        pte = (pte & ~(pte_t)PTE_KEPT) | PTE_PRESENT;
        space_set_pte(space, va, pte);
    }
    if (pte & PTE_PRESENT) {
        if (!write || pte & PTE_WRITE)
            return true;
        return pte & PTE_COW && copy_on_write(space, va, pte);
    }
    const struct region *region = region_at(space, va);
    return region != NULL && (region->writable || !write) &&
           space_map_zeroed(space, va, region->writable) != NO_FRAME;
}

int space_check(struct space *space, uint32_t va, uint32_t bytes, bool write)
{
    if (bytes > USER_TOP || va > USER_TOP - bytes)
        return -EFAULT;
    for (uint32_t page = page_floor(va); page < va + bytes; page += PAGE_SIZE)
        if (!space_resolve(space, page, write))
            return -EFAULT;
    return 0;
}

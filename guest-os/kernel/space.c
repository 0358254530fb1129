/*
 * Address spaces: making, copying, destroying.
 *
 * The kernel's half of every directory is copied from the kernel's root and never changes. Page
 * faults, which fill spaces in, are in space_fault.c.
 */
#include "kernel/space.h"

#include "abi/syscall.h"
#include "kernel/frame.h"
#include "kernel/print.h"
#include "lib/string.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER)

int space_create(struct space *space)
{
    memset(space, 0, sizeof *space);
    space->root = frame_alloc_zeroed();
    if (space->root == NO_FRAME)
        return -ENOMEM;
    pte_t *directory = frame_address(space->root);
    const pte_t *kernel = frame_address(arch_kernel_root());
    for (unsigned i = USER_DIRECTORY_ENTRIES; i < KERNEL_DIRECTORY_END; i++)
        directory[i] = kernel[i];
    return 0;
}

/* The frame of the leaf table in a directory's slot, or NO_FRAME. */
static frame_t table_at(const struct space *space, unsigned slot)
{
    const pte_t *directory = frame_address(space->root);
    return directory[slot] & PTE_PRESENT ? arch_pte_frame(directory[slot]) : NO_FRAME;
}

void space_activate(struct space *space)
{
    arch_batch_begin();
    for (unsigned slot = 0; slot < USER_DIRECTORY_ENTRIES; slot++)
        if (table_at(space, slot) != NO_FRAME)
            arch_table_adopt(table_at(space, slot), TABLE_LEAF);
    arch_table_adopt(space->root, TABLE_DIRECTORY);
    arch_batch_end();
    space->live = true;
}

static void space_release(struct space *space)
{
    arch_batch_begin();
    arch_table_release(space->root, TABLE_DIRECTORY);
    for (unsigned slot = 0; slot < USER_DIRECTORY_ENTRIES; slot++)
        if (table_at(space, slot) != NO_FRAME)
            arch_table_release(table_at(space, slot), TABLE_LEAF);
    arch_batch_end();
    space->live = false;
}

void space_destroy(struct space *space)
{
    if (space->live)
        space_release(space);
    for (unsigned slot = 0; slot < USER_DIRECTORY_ENTRIES; slot++) {
        frame_t table = table_at(space, slot);
        if (table == NO_FRAME)
            continue;
        const pte_t *entries = frame_address(table);
        for (unsigned i = 0; i < ENTRIES_PER_TABLE; i++)
            if (entries[i] & (PTE_PRESENT | PTE_KEPT))
                frame_free(arch_pte_frame(entries[i]));
        frame_free(table);
    }
    frame_free(space->root);
    space->root = NO_FRAME;
}

void space_set_pte(struct space *space, uint32_t va, pte_t pte)
{
    if (space->live) {
        arch_pte_set(space->root, va, pte);
        return;
    }
    pte_t *table = frame_address(table_at(space, directory_slot(va)));
    table[leaf_slot(va)] = pte;
}

/* Gives the 4 MiB around `va` a leaf table if they have none. */
static int space_need_table(struct space *space, uint32_t va)
{
    if (table_at(space, directory_slot(va)) != NO_FRAME)
        return 0;
    frame_t table = frame_alloc_zeroed();
    if (table == NO_FRAME)
        return -ENOMEM;
    if (space->live) {
        arch_batch_begin();
        arch_table_adopt(table, TABLE_LEAF);
        arch_table_set(space->root, va, table);
        arch_batch_end();
    } else {
        pte_t *directory = frame_address(space->root);
        directory[directory_slot(va)] = arch_pte_make(table, TABLE_FLAGS);
    }
    return 0;
}

frame_t space_map_zeroed(struct space *space, uint32_t va, bool writable)
{
    frame_t frame = frame_alloc_zeroed();
    if (frame == NO_FRAME)
        return NO_FRAME;
    if (space_need_table(space, va) != 0) {
        frame_free(frame);
        return NO_FRAME;
    }
    uint32_t flags = PTE_PRESENT | PTE_USER | (writable ? PTE_WRITE : 0u);
    space_set_pte(space, va, arch_pte_make(frame, flags));
    return frame;
}

void space_unmap(struct space *space, uint32_t start, uint32_t end)
{
    arch_batch_begin();
    for (uint32_t va = start; va < end; va += PAGE_SIZE) {
        pte_t pte = arch_pte_get(space->root, va);
        if (!(pte & (PTE_PRESENT | PTE_KEPT)))
            continue;
        arch_pte_change(space->root, va, 0);
        frame_free(arch_pte_frame(pte)); /* nobody can take it before the batch ends */
    }
    arch_batch_end();
}

/* What a page becomes when two spaces share it, in both; writable ones become copy-on-write. */
static pte_t shared_pte(pte_t pte)
{
    uint32_t flags = pte_flags_of(pte) & ~(uint32_t)(PTE_ACCESSED | PTE_DIRTY);
    if (flags & PTE_WRITE)
        flags = (flags & ~(uint32_t)PTE_WRITE) | PTE_COW;
    return arch_pte_make(arch_pte_frame(pte), flags);
}

static int copy_table(struct space *child, struct space *parent, unsigned slot)
{
    uint32_t va = slot * ENTRIES_PER_TABLE * PAGE_SIZE;
    const pte_t *from = frame_address(table_at(parent, slot));
    int error = space_need_table(child, va);
    if (error != 0)
        return error;
    for (unsigned i = 0; i < ENTRIES_PER_TABLE; i++, va += PAGE_SIZE) {
        pte_t pte = from[i];
        if (!(pte & (PTE_PRESENT | PTE_KEPT)))
            continue;
        space_set_pte(child, va, shared_pte(pte));
        frame_share(arch_pte_frame(pte));
        if (pte & PTE_WRITE)
            space_set_pte(parent, va, shared_pte(pte));
    }
    return 0;
}

int space_copy(struct space *child, struct space *parent)
{
    int error = space_create(child);
    memcpy(child->regions, parent->regions, sizeof child->regions);
    arch_batch_begin();
    for (unsigned slot = 0; slot < USER_DIRECTORY_ENTRIES && error == 0; slot++)
        if (table_at(parent, slot) != NO_FRAME)
            error = copy_table(child, parent, slot);
    arch_flush_all();
    arch_batch_end();
    if (error != 0 && child->root != NO_FRAME)
        space_destroy(child);
    return error;
}

int space_add_region(struct space *space, uint32_t start, uint32_t end, bool writable)
{
    if (start > end || start < USER_BASE || end > USER_TOP)
        return -EINVAL;
    struct region *slot = NULL;
    for (unsigned i = 0; i < REGIONS; i++) {
        struct region *r = &space->regions[i];
        if (r->start != r->end && start < r->end && r->start < end)
            return -EINVAL;
        if (r->start == r->end && i >= REGION_FIRST_FREE && slot == NULL)
            slot = r;
    }
    if (slot == NULL)
        return -ENOMEM;
    *slot = (struct region){start, end, writable};
    return 0;
}

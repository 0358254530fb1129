/*
 * Page tables that hold machine frame numbers and belong to the hypervisor's approval.
 *
 * The kernel counts frames from 0; the p2m list says where they are in the machine, and the
 * hypervisor's read-only table at PV_M2P_BASE says the reverse. A table is read through the direct
 * map, where it is read-only, and written by asking. Leaf tables are not pinned: a pinned directory
 * keeps all of its own checked.
 */
#include "arch/pv/pv.h"
#include "kernel/print.h"
#include "lib/string.h"

extern const char kernel_text_start[], kernel_text_end[];

static frame_t kernel_root, loaded_root;

uint32_t frame_to_machine(frame_t frame)
{
    return ((const uint32_t *)(uintptr_t)start_info->mfn_list)[frame];
}

pte_t arch_pte_make(frame_t frame, uint32_t flags)
{
    return frame_to_machine(frame) << PAGE_SHIFT | flags;
}

frame_t arch_pte_frame(pte_t pte)
{
    return ((const uint32_t *)(uintptr_t)PV_M2P_BASE)[pte >> PAGE_SHIFT];
}

static pte_t directory_entry(frame_t root, uint32_t va)
{
    return ((const pte_t *)frame_address(root))[directory_slot(va)];
}

pte_t arch_pte_get(frame_t root, uint32_t va)
{
    pte_t pde = directory_entry(root, va);
    if (!(pde & PTE_PRESENT))
        return 0;
    const pte_t *table = frame_address(arch_pte_frame(pde));
    return table[leaf_slot(va)];
}

void arch_pte_set(frame_t root, uint32_t va, pte_t pte)
{
    if (root == loaded_root && !batch_is_open()) {
        batch_map(va, pte, PV_UVMF_NONE);
        return;
    }
    uint32_t table = directory_entry(root, va) & ~(uint32_t)PTE_FLAGS;
    batch_update(table | leaf_slot(va) * sizeof(pte_t), pte);
}

void arch_pte_change(frame_t root, uint32_t va, pte_t pte)
{
    ASSERT(root == loaded_root);
    batch_map(va, pte, PV_UVMF_INVLPG);
}

static void update_directory(frame_t root, uint32_t va, pte_t pde)
{
    uint32_t directory = frame_to_machine(root) << PAGE_SHIFT;
    batch_update(directory | directory_slot(va) * sizeof(pte_t), pde);
}

void arch_table_set(frame_t root, uint32_t va, frame_t table)
{
    update_directory(root, va, arch_pte_make(table, PTE_PRESENT | PTE_WRITE | PTE_USER));
}

/* The kernel's own mapping of a frame. */
static void map_in_kernel(frame_t frame, uint32_t flags)
{
    batch_map(address_of(frame_address(frame)), arch_pte_make(frame, PTE_PRESENT | flags),
              PV_UVMF_NONE);
}

void arch_table_adopt(frame_t table, enum table_level level)
{
    map_in_kernel(table, 0);
    if (level == TABLE_DIRECTORY)
        batch_mmuext(PV_MMUEXT_PIN_L2_TABLE, frame_to_machine(table));
}

void arch_table_release(frame_t table, enum table_level level)
{
    if (level == TABLE_DIRECTORY)
        batch_mmuext(PV_MMUEXT_UNPIN_TABLE, frame_to_machine(table));
    map_in_kernel(table, PTE_WRITE);
}

frame_t arch_kernel_root(void)
{
    return kernel_root;
}

void arch_load_root(frame_t root)
{
    loaded_root = root;
    batch_mmuext(PV_MMUEXT_NEW_BASEPTR, frame_to_machine(root));
}

/* One more table for the direct map: frames `first` and on, at most a table full. */
static void extend_direct_map(frame_t table, frame_t first, frame_t end)
{
    pte_t *entries = memset(frame_address(table), 0, PAGE_SIZE);
    for (frame_t f = first; f < first + ENTRIES_PER_TABLE && f < end; f++)
        *entries++ = arch_pte_make(f, PTE_PRESENT | PTE_WRITE);
    arch_batch_begin();
    map_in_kernel(table, 0);
    update_directory(kernel_root, address_of(frame_address(first)),
                     arch_pte_make(table, PTE_PRESENT | PTE_WRITE));
    arch_batch_end();
}

/*
 * The builder mapped the first tables' worth, with half a megabyte to spare, so the frames for
 * further tables are mapped already.
 */
void memory_init(struct boot_info *boot)
{
    kernel_root = loaded_root = frame_of((const void *)(uintptr_t)start_info->pt_base);
    frame_t mapped = (start_info->nr_pt_frames - 1) * ENTRIES_PER_TABLE;
    for (frame_t f = mapped; f < boot->frames; f += ENTRIES_PER_TABLE)
        extend_direct_map(boot->first_free++, f, boot->frames);
    arch_batch_begin();
    for (frame_t f = frame_of(kernel_text_start); f < frame_of(kernel_text_end); f++)
        map_in_kernel(f, 0);
    arch_flush_all();
    arch_batch_end();
}

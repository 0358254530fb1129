/*
 * Page tables as the hardware has them: an entry is a word in memory, a root is CR3.
 *
 * Adopting a table and batching changes mean nothing here; they are there for machines whose tables
 * are not the guest's alone. Frame numbers and machine frame numbers are the same. (SDM v3,
 * Paging.)
 */
#include "arch/native/native.h"
#include "lib/string.h"

extern const char kernel_text_start[], kernel_text_end[];

static frame_t kernel_root;

pte_t arch_pte_make(frame_t frame, uint32_t flags)
{
    return frame << PAGE_SHIFT | flags;
}

frame_t arch_pte_frame(pte_t pte)
{
    return pte >> PAGE_SHIFT;
}

/* The leaf entry's place, or NULL when the directory names no table. */
static pte_t *pte_slot(frame_t root, uint32_t va)
{
    const pte_t *directory = frame_address(root);
    pte_t pde = directory[directory_slot(va)];
    if (!(pde & PTE_PRESENT))
        return NULL;
    pte_t *table = frame_address(arch_pte_frame(pde));
    return table + leaf_slot(va);
}

pte_t arch_pte_get(frame_t root, uint32_t va)
{
    const pte_t *slot = pte_slot(root, va);
    return slot != NULL ? *slot : 0;
}

void arch_pte_set(frame_t root, uint32_t va, pte_t pte)
{
    *(volatile pte_t *)pte_slot(root, va) = pte;
}

void arch_pte_change(frame_t root, uint32_t va, pte_t pte)
{
    arch_pte_set(root, va, pte);
    arch_flush_page(va);
}

void arch_table_set(frame_t root, uint32_t va, frame_t table)
{
    pte_t *directory = frame_address(root);
    directory[directory_slot(va)] = arch_pte_make(table, PTE_PRESENT | PTE_WRITE | PTE_USER);
}

void arch_table_adopt(frame_t table, enum table_level level)
{
    (void)table;
    (void)level;
}

void arch_table_release(frame_t table, enum table_level level)
{
    (void)table;
    (void)level;
}

void arch_batch_begin(void)
{
}

void arch_batch_end(void)
{
}

void arch_flush_page(uint32_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void arch_flush_all(void)
{
    uint32_t root;
    __asm__ volatile("movl %%cr3, %0; movl %0, %%cr3" : "=r"(root) : : "memory");
}

frame_t arch_kernel_root(void)
{
    return kernel_root;
}

void arch_load_root(frame_t root)
{
    __asm__ volatile("movl %0, %%cr3" : : "r"(root << PAGE_SHIFT) : "memory");
}

static void map_directly(pte_t *table, frame_t first, frame_t end)
{
    for (frame_t f = first; f < first + ENTRIES_PER_TABLE && f < end; f++) {
        bool text = f >= frame_of(kernel_text_start) && f < frame_of(kernel_text_end);
        *table++ = arch_pte_make(f, text ? PTE_PRESENT : PTE_PRESENT | PTE_WRITE);
    }
}

void memory_init(struct boot_info *boot)
{
    kernel_root = boot->first_free++;
    pte_t *directory = memset(frame_address(kernel_root), 0, PAGE_SIZE);
    for (frame_t f = 0; f < boot->frames; f += ENTRIES_PER_TABLE) {
        frame_t table = boot->first_free++;
        map_directly(memset(frame_address(table), 0, PAGE_SIZE), f, boot->frames);
        uint32_t va = KERNEL_BASE + (f << PAGE_SHIFT);
        directory[directory_slot(va)] = arch_pte_make(table, PTE_PRESENT | PTE_WRITE);
    }
    arch_load_root(kernel_root);
}

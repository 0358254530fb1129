/*
 * From start_info to struct boot_info, and on to the kernel.
 */
#include "arch/pv/pv.h"
#include "kernel/cmdline.h"
#include "lib/string.h"

extern const char kernel_end[];
_Noreturn void pv_start(const struct pv_start_info *info, uint32_t used_end);

const struct pv_start_info *start_info;

_Noreturn void pv_start(const struct pv_start_info *info, uint32_t used_end)
{
    static struct boot_info boot;
    char batch[4];
    start_info = info;
    boot.command_line = info->cmd_line;
    boot.first_free = (used_end - KERNEL_BASE) >> PAGE_SHIFT;
    boot.frames = info->nr_pages;
    if (boot.frames > DIRECT_MAP_SIZE >> PAGE_SHIFT)
        boot.frames = DIRECT_MAP_SIZE >> PAGE_SHIFT;
    if (info->mod_len != 0) {
        boot.ramdisk = (void *)(uintptr_t)info->mod_start;
        boot.ramdisk_size = info->mod_len;
    }
    hypercall(PV_HYPERCALL_update_va_mapping, address_of((const void *)(uintptr_t)&shared_info),
              info->shared_info | PTE_PRESENT | PTE_WRITE, 0, PV_UVMF_INVLPG);
    cmdline_init(info->cmd_line);
    batch_init(cmdline_get("batch", batch, sizeof batch) < 0 || strcmp(batch, "off") != 0);
    memory_init(&boot);
    events_init();
    console_ring_init();
    block_ring_init();
    arch_load_tables();
    kmain(&boot);
}

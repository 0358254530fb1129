/*
 * From the boot loader's information to struct boot_info, and on to the kernel.
 *
 * Memory is one run of frames from 0 to the first hole above 1 MiB; what lies beyond that, or
 * beyond the direct map, is left alone. A ramdisk module is used where the loader put it.
 */
#include "arch/native/native.h"
#include "boot/multiboot.h"
#include "kernel/print.h"
#include "lib/string.h"

#define COMMAND_LINE_SIZE 4096
#define MINIMUM_FREE      512u /* frames: 2 MiB */
#define UPPER_MEMORY      0x00100000u

extern const char kernel_end[];
_Noreturn void native_start(uint32_t magic, uint32_t info);

static char command_line[COMMAND_LINE_SIZE];

static void *physical(uint32_t address)
{
    return (void *)(uintptr_t)(KERNEL_BASE + address);
}

/* The end of the free memory from 1 MiB up, as far as the direct map goes. */
static uint32_t memory_end(const struct multiboot_info *info)
{
    uint32_t most = (DIRECT_MAP_SIZE - UPPER_MEMORY) >> 10;
    return UPPER_MEMORY + ((info->mem_upper < most ? info->mem_upper : most) << 10);
}

static void find_ramdisk(const struct multiboot_info *info, struct boot_info *boot)
{
    if (!(info->flags & MULTIBOOT_HAS_MODULES) || info->mods_count == 0)
        return;
    const struct multiboot_module *module = physical(info->mods_addr);
    boot->ramdisk = physical(module->start);
    boot->ramdisk_size = module->end - module->start;
    frame_t after = frame_of((char *)boot->ramdisk + boot->ramdisk_size + PAGE_SIZE - 1);
    if (boot->first_free < after)
        boot->first_free = after;
}

_Noreturn void native_start(uint32_t magic, uint32_t info_address)
{
    static struct boot_info boot;
    const struct multiboot_info *info = physical(info_address);
    boot.command_line = command_line;
    boot.first_free = frame_of(kernel_end);
    if (magic == MULTIBOOT_LOADER_MAGIC && info->flags & MULTIBOOT_HAS_MEMORY) {
        if (info->flags & MULTIBOOT_HAS_CMDLINE)
            string_copy(command_line, physical(info->cmdline), sizeof command_line);
        boot.frames = memory_end(info) >> PAGE_SHIFT;
        find_ramdisk(info, &boot);
    }
    uart_init();
    vga_init();
    if (boot.frames < boot.first_free + MINIMUM_FREE)
        panic("not enough memory, or no multiboot loader that tells how much");
    memory_init(&boot);
    arch_load_tables();
    pic_enable(BOARD_IRQ_COM1);
    keyboard_init();
    ide_init();
    kmain(&boot);
}

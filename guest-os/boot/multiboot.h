/*
 * Multiboot 1: what a boot loader hands to a kernel (Multiboot Specification 0.6.96).
 *
 * Only the fields Bantam reads are named.
 */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_PAGE_ALIGN   0x1
#define MULTIBOOT_MEMORY_INFO  0x2
#define MULTIBOOT_LOADER_MAGIC 0x2badb002

#ifndef __ASSEMBLER__
#include <stdint.h>

enum multiboot_flags {
    MULTIBOOT_HAS_MEMORY = 1 << 0,
    MULTIBOOT_HAS_CMDLINE = 1 << 2,
    MULTIBOOT_HAS_MODULES = 1 << 3,
};

struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower, mem_upper; /* KiB below 1 MiB, and from 1 MiB to the first hole */
    uint32_t boot_device;
    uint32_t cmdline;
    uint32_t mods_count, mods_addr;
};

struct multiboot_module {
    uint32_t start, end, string, reserved;
};
#endif

#endif

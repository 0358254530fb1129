/*
 * Placing a checked image, its modules and the Multiboot information into a guest's memory
 * (sim/machine.h).
 *
 * Modules follow the kernel, each on its own page. The information structure, memory map, module
 * list and strings are one block, as high in conventional memory as the kernel leaves room. Source:
 * Multiboot Specification 0.6.96, Boot information format. Not given: boot device, symbols, drives,
 * APM, VBE (their flag bits are 0).
 */
#include <string.h>

#include "machine/loader.h"
#include "sim/abi/board.h"
#include "sim/alloc.h"

#define ENTRY_MAGIC       0x2badb002u
#define INFO_MEMORY       0x001u
#define INFO_CMDLINE      0x004u
#define INFO_MODULES      0x008u
#define INFO_MMAP         0x040u
#define INFO_LOADER_NAME  0x200u
#define INFO_SIZE         88u
#define MODULE_ENTRY_SIZE 16u
#define MMAP_ENTRY_SIZE   24u
#define MMAP_MAX          4u
#define MMAP_AVAILABLE    1u
#define MMAP_RESERVED     2u
#define MIN_RAM           0x100000u

static const char loader_name[] = "Ringside";

/* The information block while it is built: its bytes, and where they will be. */
struct block {
    uint8_t *bytes;
    uint32_t size, used;
    uint32_t pa;
};

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Appends bytes to the block; returns their guest address. The size was summed up before. */
static uint32_t append(struct block *b, const void *bytes, uint32_t n)
{
    uint32_t pa = b->pa + b->used;
    memcpy(b->bytes + b->used, bytes, n);
    b->used += n;
    return pa;
}

static uint32_t append_string(struct block *b, const char *s)
{
    return append(b, s, (uint32_t)strlen(s) + 1);
}

/* --- memory map --- */

static void mmap_entry(uint8_t *p, uint64_t base, uint64_t length, uint32_t type)
{
    put32(p, MMAP_ENTRY_SIZE - 4); /* the size field does not count itself */
    put32(p + 4, (uint32_t)base);
    put32(p + 8, (uint32_t)(base >> 32));
    put32(p + 12, (uint32_t)length);
    put32(p + 16, (uint32_t)(length >> 32));
    put32(p + 20, type);
}

/* The map as a PC's firmware reports it; returns its size in bytes. */
static uint32_t build_mmap(uint8_t out[MMAP_MAX * MMAP_ENTRY_SIZE], uint32_t ram_bytes)
{
    uint8_t *p = out;
    mmap_entry(p, 0, BOARD_LOWMEM_END, MMAP_AVAILABLE);
    p += MMAP_ENTRY_SIZE;
    mmap_entry(p, BOARD_EBDA_BASE, 0xa0000u - BOARD_EBDA_BASE, MMAP_RESERVED);
    p += MMAP_ENTRY_SIZE;
    mmap_entry(p, BOARD_BIOS_BASE, BOARD_HIGHMEM_BASE - BOARD_BIOS_BASE, MMAP_RESERVED);
    p += MMAP_ENTRY_SIZE;
    if (ram_bytes > BOARD_HIGHMEM_BASE) {
        mmap_entry(p, BOARD_HIGHMEM_BASE, ram_bytes - BOARD_HIGHMEM_BASE, MMAP_AVAILABLE);
        p += MMAP_ENTRY_SIZE;
    }
    return (uint32_t)(p - out);
}

/* --- memory --- */

static enum sim_status put(const struct loader_memory *mem, uint32_t pa, const void *bytes,
                           uint32_t n, struct sim_error *err)
{
    if (!n || mem->write(mem->opaque, pa, bytes, n))
        return SIM_OK;
    return sim_fail(err, SIM_BAD_INPUT, "the guest's memory refused 0x%x bytes at 0x%08x", n, pa);
}

static enum sim_status put_segment(const struct loader_input *in, const struct loader_memory *mem,
                                   const struct loader_segment *s, struct sim_error *err)
{
    static const uint8_t zeroes[PAGE_SIZE];
    enum sim_status status = put(mem, s->pa, in->image + s->file_offset, s->file_size, err);
    uint32_t at = s->file_size;
    while (status == SIM_OK && at < s->memory_size) {
        uint32_t n = s->memory_size - at < PAGE_SIZE ? s->memory_size - at : PAGE_SIZE;
        status = put(mem, s->pa + at, zeroes, n, err);
        at += n;
    }
    return status;
}

/* --- modules --- */

/* First page behind the kernel, not in low memory. */
static uint64_t first_module_page(const struct loader_plan *plan)
{
    uint64_t end = plan->end > BOARD_HIGHMEM_BASE ? plan->end : BOARD_HIGHMEM_BASE;
    return (end + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

/* Copies the modules in and appends their list to the block; strings go behind it. */
static enum sim_status put_modules(const struct loader_input *in, const struct loader_memory *mem,
                                   const struct loader_plan *plan, struct block *b,
                                   struct sim_error *err)
{
    uint64_t pa = first_module_page(plan);
    uint8_t *list = b->bytes + b->used;
    b->used += in->module_count * MODULE_ENTRY_SIZE;
    for (unsigned i = 0; i < in->module_count; i++) {
        const struct loader_module *m = &in->modules[i];
        uint64_t end = pa + m->size;
        if (end > mem->ram_bytes)
            return sim_fail(
                err, SIM_BAD_INPUT,
                "module %u (%s), %u bytes, does not fit behind the kernel in 0x%x bytes "
                "of RAM; give the guest more with --mem",
                i, m->string ? m->string : "", m->size, mem->ram_bytes);
        enum sim_status status = put(mem, (uint32_t)pa, m->bytes, m->size, err);
        if (status != SIM_OK)
            return status;
        put32(list + i * MODULE_ENTRY_SIZE, (uint32_t)pa);
        put32(list + i * MODULE_ENTRY_SIZE + 4, (uint32_t)end);
        put32(list + i * MODULE_ENTRY_SIZE + 8, append_string(b, m->string ? m->string : ""));
        pa = (end + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    }
    return SIM_OK;
}

/* --- information --- */

static uint64_t block_size(const struct loader_input *in)
{
    uint64_t n = INFO_SIZE + MMAP_MAX * MMAP_ENTRY_SIZE + sizeof loader_name;
    n += (in->cmdline ? strlen(in->cmdline) : 0) + 1;
    for (unsigned i = 0; i < in->module_count; i++)
        n += MODULE_ENTRY_SIZE + (in->modules[i].string ? strlen(in->modules[i].string) : 0) + 1;
    return n;
}

/* The highest free place in conventional memory for n bytes, or 0. */
static uint32_t find_low(const struct loader_plan *plan, uint64_t n)
{
    if (n > BOARD_LOWMEM_END - LOADER_FIRST_FREE)
        return 0;
    for (uint32_t pa = (BOARD_LOWMEM_END - (uint32_t)n) & ~15u; pa >= LOADER_FIRST_FREE; pa -= 16)
        if (loader_is_free(plan, pa, (uint32_t)n))
            return pa;
    return 0;
}

static enum sim_status put_information(const struct loader_input *in,
                                       const struct loader_memory *mem,
                                       const struct loader_plan *plan, struct block *b,
                                       struct sim_error *err)
{
    uint8_t map[MMAP_MAX * MMAP_ENTRY_SIZE], *info = b->bytes;
    uint32_t map_size = build_mmap(map, mem->ram_bytes);
    b->used = INFO_SIZE;
    put32(info, INFO_MEMORY | INFO_CMDLINE | INFO_MMAP | INFO_LOADER_NAME |
                    (in->module_count ? INFO_MODULES : 0));
    put32(info + 4, BOARD_LOWMEM_END / 1024);
    put32(info + 8, (mem->ram_bytes - BOARD_HIGHMEM_BASE) / 1024);
    put32(info + 44, map_size);
    put32(info + 48, append(b, map, map_size));
    put32(info + 20, in->module_count);
    put32(info + 24, in->module_count ? b->pa + b->used : 0);
    enum sim_status status = put_modules(in, mem, plan, b, err);
    if (status != SIM_OK)
        return status;
    put32(info + 16, append_string(b, in->cmdline ? in->cmdline : ""));
    put32(info + 64, append_string(b, loader_name));
    return put(mem, b->pa, b->bytes, b->used, err);
}

enum sim_status loader_multiboot(const struct loader_input *in, const struct loader_memory *mem,
                                 struct loader_entry *entry, struct sim_error *err)
{
    struct loader_plan plan;
    if (mem->ram_bytes < MIN_RAM)
        return sim_fail(err, SIM_BAD_INPUT, "a guest needs at least 1 MiB of RAM, not %u bytes",
                        mem->ram_bytes);
    enum sim_status status = loader_read_image(in, mem->ram_bytes, &plan, err);
    if (status != SIM_OK)
        return status;
    uint64_t size = block_size(in);
    struct block b = {.pa = find_low(&plan, size), .size = (uint32_t)size};
    if (!b.pa)
        return sim_fail(
            err, SIM_BAD_INPUT,
            "%s: no room in low memory for %llu bytes of boot information (command line "
            "and modules)",
            in->image_name, (unsigned long long)size);
    b.bytes = sim_alloc(1, size);
    if (!b.bytes)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for the boot information");
    for (unsigned i = 0; status == SIM_OK && i < plan.segments; i++)
        status = put_segment(in, mem, &plan.segment[i], err);
    if (status == SIM_OK)
        status = put_information(in, mem, &plan, &b, err);
    sim_free(b.bytes);
    if (status == SIM_OK && !loader_write_firmware(mem))
        status = sim_fail(err, SIM_BAD_INPUT, "the guest's memory refused the firmware's tables");
    *entry = (struct loader_entry){.eip = plan.entry, .eax = ENTRY_MAGIC, .ebx = b.pa};
    return status;
}

/* A small ELF32 Multiboot image: see elf.h. */
#include "elf.h"

#include <string.h>

static bool write_ram(void *opaque, uint32_t gpa, const void *bytes, uint32_t n)
{
    struct elf_world *w = opaque;
    if (++w->writes == w->fail_at || gpa > ELF_GUEST_RAM || n > ELF_GUEST_RAM - gpa)
        return false;
    memcpy(w->ram + gpa, bytes, n);
    return true;
}

void elf_put32(struct elf_world *w, unsigned at, uint32_t value)
{
    memcpy(w->image + at, &value, 4);
}

void elf_put16(struct elf_world *w, unsigned at, unsigned value)
{
    w->image[at] = (uint8_t)value;
    w->image[at + 1] = (uint8_t)(value >> 8);
}

uint32_t elf_ram32(const struct elf_world *w, uint32_t pa)
{
    uint32_t value;
    memcpy(&value, w->ram + pa, 4);
    return value;
}

void elf_flags(struct elf_world *w, uint32_t flags)
{
    elf_put32(w, ELF_HEADER, 0x1badb002);
    elf_put32(w, ELF_HEADER + 4, flags);
    elf_put32(w, ELF_HEADER + 8, 0u - 0x1badb002u - flags);
}

static void program_header(struct elf_world *w, unsigned at, const uint32_t field[8])
{
    for (unsigned i = 0; i < 8; i++)
        elf_put32(w, at + 4 * i, field[i]);
}

void elf_good(struct elf_world *w)
{
    memset(w, 0, sizeof *w);
    memset(w->ram, 0xcc, sizeof w->ram);
    for (unsigned i = ELF_HEADER; i < ELF_SIZE; i++)
        w->image[i] = (uint8_t)(i * 7);
    memcpy(w->image, "\177ELF\1\1\1", 7);
    elf_put16(w, 16, 2);
    elf_put16(w, 18, 3);
    elf_put32(w, 20, 1);
    elf_put32(w, 24, 0xc0100010);
    elf_put32(w, 28, ELF_PHDR);
    elf_put16(w, 40, 52);
    elf_put16(w, 42, 32);
    elf_put16(w, 44, 2);
    const uint32_t first[8] = {1, 0x1000, 0xc0100000, 0x100000, 0x800, 0x1800, 5, 0x1000};
    const uint32_t second[8] = {1, 0x2000, 0x200000, 0x200000, 0x400, 0x400, 6, 0x1000};
    program_header(w, ELF_PHDR, first);
    program_header(w, ELF_PHDR + 32, second);
    elf_flags(w, 3);
    w->in = (struct loader_input){
        .image = w->image, .image_size = ELF_SIZE, .image_name = "test.elf", .cmdline = "a=1 b"};
    w->mem = (struct loader_memory){.opaque = w, .ram_bytes = ELF_GUEST_RAM, .write = write_ram};
}

enum sim_status elf_load(struct elf_world *w)
{
    w->writes = 0;
    w->err.text[0] = 0;
    return loader_multiboot(&w->in, &w->mem, &w->entry, &w->err);
}

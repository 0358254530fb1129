/* A small ELF32 Multiboot image, built in memory, that a test then spoils. */
#ifndef TESTS_UNIT_CORE_ELF_H
#define TESTS_UNIT_CORE_ELF_H

#include "sim/machine.h"

#define ELF_SIZE      0x3000u
#define ELF_PHDR      52u     /* offset of the first of two program headers */
#define ELF_HEADER    0x1000u /* offset of the Multiboot header = of the first segment's bytes */
#define ELF_GUEST_RAM 0x400000u

/* What a guest's memory got: its bytes, and a limit after which writes fail. */
struct elf_world {
    uint8_t image[ELF_SIZE];
    uint8_t ram[ELF_GUEST_RAM];
    struct loader_input in;
    struct loader_memory mem;
    struct loader_entry entry;
    struct sim_error err;
    unsigned writes, fail_at; /* the fail_at-th write fails; 0: none */
};

/*
 * A good image: segment 0 at physical 100000h, virtual C0100000h, 800h bytes in the file, 1800h in
 * memory; segment 1 at 200000h in both, 400h bytes; the entry is at C0100010h; flags 3.
 */
void elf_good(struct elf_world *w);

/* Little-endian numbers at an offset of the image. */
void elf_put32(struct elf_world *w, unsigned at, uint32_t value);
void elf_put16(struct elf_world *w, unsigned at, unsigned value);
uint32_t elf_ram32(const struct elf_world *w, uint32_t pa);

/* Sets the Multiboot flags and the checksum that belongs to them. */
void elf_flags(struct elf_world *w, uint32_t flags);

enum sim_status elf_load(struct elf_world *w);

#endif

/*
 * Names of addresses, from the symbol table of a guest's ELF file. The file is hostile: every
 * offset is checked.
 */
#ifndef CLI_SYMBOLS_H
#define CLI_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* "trap_syscall+0x12" into text; "" if the file has no symbol at or within 64 KiB before the
 * address. Returns text. */
const char *symbol_name(const uint8_t *elf, size_t size, uint32_t address, char *text,
                        size_t text_size);

#endif

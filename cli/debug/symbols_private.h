/* What the files about symbols share: one ELF file, taken apart. */
#ifndef CLI_DEBUG_SYMBOLS_PRIVATE_H
#define CLI_DEBUG_SYMBOLS_PRIVATE_H

#include <elfutils/libdw.h>

#include "debug/symbols.h"

/* A row of the line table; `end`: no code from here on. */
struct line_row {
    uint32_t address, number; /* number: order in the table, for rows of one address */
    const char *file;         /* libdw's */
    uint32_t line;
    bool statement, end;
};

struct symbols {
    char *bytes; /* owned copy: libelf wants to be able to write */
    size_t size;
    Elf *elf;
    Dwarf *dwarf;          /* null: no line information */
    Dwarf_CFI *cfi;        /* borrowed from dwarf; null: none */
    struct symbol *symbol; /* owned; by address */
    size_t symbols;
    struct line_row *row; /* owned; by address */
    size_t rows;
};

/* Reads the line table into s->row; without one, or without memory, there are no rows. */
void symbols_read_lines(struct symbols *s);

#endif

/*
 * Names, source lines and unwinding of a guest's program, from its ELF file (libelf, libdw).
 *
 * The libraries are optional: built without them, every question is answered with "not known", and
 * whoever asks shows addresses. The file is hostile: what it says is believed only after libelf and
 * libdw have checked it, and only to be shown.
 */
#ifndef CLI_DEBUG_SYMBOLS_H
#define CLI_DEBUG_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols; /* of one ELF file */

/* Was the program built with the libraries? */
bool symbols_built(void);

/*
 * Reads an ELF file's symbols and lines. The bytes are copied. Null: no ELF file of 32 bits, no
 * memory, or built without the libraries; every function below accepts null and knows nothing.
 */
struct symbols *symbols_open(const uint8_t *bytes, size_t n);
void symbols_close(struct symbols *s);

struct symbol {
    const char *name; /* borrowed from the symbols */
    uint32_t value, size;
    bool function;
};

/* The symbol at an address or at most 64 KiB before it; a function goes before a label. */
bool symbols_at(const struct symbols *s, uint32_t address, struct symbol *out);
/* The symbol of exactly that name (length bytes). */
bool symbols_find(const struct symbols *s, const char *name, size_t length, struct symbol *out);
/* Symbol number n in order of addresses; false: there are fewer. */
bool symbols_nth(const struct symbols *s, size_t n, struct symbol *out);

struct source_line {
    const char *file; /* borrowed; as the compiler was called */
    unsigned line;
    uint32_t from, to; /* the row's addresses, `to` excluded */
    bool statement;    /* the row begins a statement */
};

/* The row of the line table that covers an address. */
bool symbols_line(const struct symbols *s, uint32_t address, struct source_line *out);
/*
 * The lowest address of a line of a file whose path ends in `file` (at a slash); without code on
 * that line, of the next line that has some, which *line then is.
 */
bool symbols_line_address(const struct symbols *s, const char *file, size_t length, unsigned *line,
                          uint32_t *address);
/* Where a function's body begins: behind its prologue. The function's own address if unknown. */
uint32_t symbols_body(const struct symbols *s, uint32_t function);

/* Where a struct's member is: offset and bytes. */
bool symbols_member(const struct symbols *s, const char *type, const char *member, uint32_t *offset,
                    uint32_t *bytes);

/* What unwinding knows of a frame: EAX.. EDI in the SDM's order, and EIP. */
struct unwind_frame {
    uint32_t gpr[8], eip;
};

/*
 * From a frame to its caller's, by the file's frame table. `call`: eip is a return address. read
 * gives four bytes of the guest's stack. False: not known for that address.
 */
bool symbols_unwind(const struct symbols *s, struct unwind_frame *f, bool call,
                    bool (*read)(void *opaque, uint32_t address, uint32_t *value), void *opaque);

/* "trap_syscall+0x12" into text; "" if there is no symbol. Returns text. */
const char *symbols_name(const struct symbols *s, uint32_t address, char *text, size_t text_size);

#endif

/*
 * A guest written down byte by byte: descriptor tables with every ring, an IDT whose handlers end
 * the run with their vector, page tables if wanted, and code that puts all that in place before it
 * goes on.
 */
#ifndef TESTS_TRAP_PRELUDE_H
#define TESTS_TRAP_PRELUDE_H

#include "core/internal.h"

/* Code being written; it starts at PRELUDE_ENTRY. */
struct program {
    uint8_t bytes[4096];
    uint32_t n;
};

void emit(struct program *p, const void *bytes, uint32_t n);
void emit32(struct program *p, uint32_t v);
#define EMIT(p, ...)                                                                               \
    emit((p), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Where things are in guest memory. */
#define PRELUDE_ENTRY 0x100000u
#define GDT           0x8000u
#define IDT           0x9000u
#define TSS           0xa000u
#define HANDLERS      0xb000u
#define POINTERS      0xc000u
#define DIRECTORY     0x10000u
#define TABLE         0x11000u
#define DATA          0x20000u
#define STACK         0x30000u

/* Loads the tables, segments and the task register; paging on if asked, with CR0.WP. */
void prelude_start(struct program *p, bool paging, bool wp);

/* IRET to ring 1, 2 or 3 with an IOPL. */
void prelude_ring(struct program *p, uint32_t ring, uint32_t iopl);

/* Puts tables and program into VM 0 (or the bare machine) and makes it ready to run. */
void prelude_load(struct hv *hv, const struct program *p);

#endif

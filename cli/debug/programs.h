/*
 * The guest's user programs: their ELF files with symbols, which Bantam's build leaves beside its
 * kernel. On the guest's disk they are stripped, as installed programs are.
 */
#ifndef CLI_DEBUG_PROGRAMS_H
#define CLI_DEBUG_PROGRAMS_H

#include "debug/symbols.h"

#define PROGRAM_NAME  16
#define PROGRAMS_MOST 64

struct programs {
    char folder[1100]; /* "": none */
    struct program {
        char name[PROGRAM_NAME];
        struct symbols *symbols; /* owned; null: there is no such file */
    } program[PROGRAMS_MOST];
    unsigned count;
};

/* Programs lie in the folder `programs` beside the kernel's file. */
void programs_init(struct programs *p, const char *kernel_path);
void programs_fini(struct programs *p);

/* The symbols of the program of that name, read when first asked for; null: none. */
const struct symbols *programs_find(struct programs *p, const char *name);

#endif

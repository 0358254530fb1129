/*
 * A second opinion on single instructions: Unicorn (QEMU's translator), flat 32-bit protected mode,
 * CPL 0.
 *
 * What it can and cannot judge is in docs/adr/0001-own-interpreter.md and in tests/diff/quirks.c.
 * It may abort or hang the process: use it in a child with a timeout. Tests only; sim does not link
 * it.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

struct oracle;

struct oracle_region {
    uint32_t base, size; /* multiples of 4 KiB */
    bool
        writable; /* and then not executable: what lies ahead of a transfer may abort the library */
    uint8_t *bytes; /* the caller's memory, page-aligned; the guest works in it directly */
};

struct oracle_state {
    uint32_t gpr[8];
    uint32_t eip, eflags;
};

enum oracle_end { ORACLE_DONE, ORACLE_EXCEPTION, ORACLE_BROKEN };

/* Opens an oracle with these regions and no other memory. Null if the library refuses. */
struct oracle *oracle_create(const struct oracle_region *regions, unsigned count);
void oracle_destroy(struct oracle *o);

/*
 * Executes one instruction at state->eip, changing *state. length: 0, or, for a repeated string
 * instruction, its bytes, and it runs to its end. Code bytes may have changed since the last call.
 * *vector is set with ORACLE_EXCEPTION; ORACLE_BROKEN is an error of the library's own, its text in
 * *why.
 */
enum oracle_end oracle_step(struct oracle *o, struct oracle_state *state, uint32_t length,
                            unsigned *vector, const char **why);

#endif

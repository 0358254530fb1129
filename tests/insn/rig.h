/*
 * A rig for instruction tests: a small machine in flat protected mode with paging, into which bytes
 * and register values are put, and three ways of executing one instruction that must all give the
 * same.
 *
 * Only the window of user pages below is mapped for user level; everything else faults, as it does
 * on the oracles that tests/diff compares with. Exceptions lead to a stub per vector, which spins;
 * a result says which.
 */
#ifndef TESTS_INSN_RIG_H
#define TESTS_INSN_RIG_H

#include "sim/machine.h"

/* Where things lie; linear = physical. Supervisor pages below RIG_LOW, user pages from there. */
enum {
    RIG_GDT = 0x1000,
    RIG_IDT = 0x2000,
    RIG_TSS = 0x2800,
    RIG_DIRECTORY = 0x3000,
    RIG_TABLE = 0x4000,
    RIG_STUBS = 0x5000,  /* vector v at RIG_STUBS + 8 * v */
    RIG_STACK0 = 0x8000, /* top of ring 0's stack, from the TSS */
    RIG_LDT = 0x8000,
    RIG_LOW = 0xc000, /* user, writable: what 16-bit addresses can reach */
    RIG_LOW_END = 0x10000,
    RIG_CODE = 0x10000, /* user, read-only, two pages */
    RIG_CODE_END = 0x12000,
    RIG_EXIT = 0x14000, /* user, read-only: where sequences end */
    RIG_DATA = 0x20000, /* user, writable */
    RIG_DATA_END = 0x24000,
    RIG_STACK = 0x23800, /* ESP to begin with */
    RIG_RAM = 0x100000,
};

/* Selectors: ring 0 as a boot loader has them, ring 3 as 64-bit Linux gives 32-bit programs; FREE
 * is for a test's own. */
enum {
    RIG_CODE0 = 0x08,
    RIG_DATA0 = 0x10,
    RIG_CODE3 = 0x23,
    RIG_DATA3 = 0x2b,
    RIG_TSS_SEL = 0x30,
    RIG_LDT_SEL = 0x38,
    RIG_FREE = 0x40,
    RIG_FREE2 = 0x48,
    RIG_GDT_ENTRIES = 32,
};

struct rig {
    struct machine *m;
    struct sim_costs costs;
    struct cpu_state fresh[2]; /* at CPL 0 and 3 */
};

/* Null on failure (out of host memory). */
struct rig *rig_create(void);
/* The same at CPL 3, with code pages that the code itself may write. */
struct rig *rig_create_writable(void);
void rig_destroy(struct rig *r);

/* All state but RAM's user pages as after rig_create, at CPL 0 or 3: EIP at RIG_CODE, ESP at
 * RIG_STACK, the rest 0. */
void rig_reset(struct rig *r, unsigned cpl);

/* Bytes to RAM, as a store would do it (decoded code is forgotten). */
void rig_put(struct rig *r, uint32_t at, const void *bytes, uint32_t n);
uint32_t rig_get(const struct rig *r, uint32_t at, unsigned size);

/* Fills the code pages with INT3. rig_clear does that and makes the tables and page tables anew. */
void rig_clear_code(struct rig *r);
void rig_clear(struct rig *r);

/* One GDT descriptor. flags: bits 20-23 of the upper half as a nibble (G, D/B, L, AVL). */
void rig_descriptor(struct rig *r, uint16_t sel, uint32_t base, uint32_t limit, unsigned access,
                    unsigned flags);

/* The page-table entry of a linear address below 4 MiB; the TLB forgets it. */
void rig_page(struct rig *r, uint32_t linear, uint32_t entry);

enum rig_way {
    RIG_STEP,    /* cpu_run, limited to one instruction: the careful path */
    RIG_BLOCK,   /* cpu_run over a block: the fast handlers */
    RIG_VIRTUAL, /* cpu_step_virtual: what a hypervisor's emulator does; faults are not delivered */
    RIG_WAYS
};

struct rig_end {
    int vector; /* exception raised, or -1 */
    bool has_error;
    uint32_t error;
    enum cpu_stop stop;
};

/*
 * Executes the instruction at EIP, a repeated string instruction to its end (at most 100,000
 * iterations). RIG_BLOCK writes a JMP to itself behind the `length` bytes of the instruction, so
 * that a block forms. After a fault RIG_VIRTUAL leaves the CPU as it was; the others leave it in
 * the stub, with the frame on its stack.
 */
struct rig_end rig_execute(struct rig *r, enum rig_way way, unsigned length);

/* After a delivery from CPL 3: EIP, ESP and EFLAGS (without RF) as the frame holds them, CPL and
 * segments as before. */
void rig_undo_delivery(struct rig *r);

/* Runs until EIP is in a stub or at RIG_EXIT, at most `most` instructions; the vector, or -1. */
int rig_run(struct rig *r, uint64_t most);

#endif

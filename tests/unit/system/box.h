/*
 * A CPU in a box: a struct cpu over a byte array, for tests of instruction semantics without
 * interpreter or TLB.
 *
 * Linear addresses are physical ones; each page can be taken away, write-protected or kept from
 * users. Instructions are given as bytes, decoded by the real decoder and executed by their plain
 * functions.
 */
#ifndef TESTS_UNIT_SYSTEM_BOX_H
#define TESTS_UNIT_SYSTEM_BOX_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "sim/segment.h"
#include "sim/cpu.h"

#define BOX_RAM 0x20000u

/* Where things lie. */
enum {
    BOX_GDT = 0x1000,
    BOX_IDT = 0x2000,
    BOX_LDT = 0x3000,
    BOX_TSS = 0x4000,
    BOX_STACK0 = 0x9000, /* tops of the stacks of rings 0 to 3; each has the page below */
    BOX_STACK1 = 0xb000,
    BOX_STACK2 = 0xd000,
    BOX_STACK3 = 0xf000,
    BOX_CODE = 0x10000, /* present EIP */
    BOX_DATA = 0x11000,
    BOX_ENTRY = 0x12340, /* where all gates lead */
};

/* GDT indices; FREE and above are for a test's own descriptors. CODE(n), DATA(n): selectors of ring
 * n. */
enum {
    GDT_TSS = 9,
    GDT_LDT = 10,
    GDT_CONFORMING0 = 11,
    GDT_TSS16 = 12,
    GDT_FREE = 13,
    GDT_ENTRIES = 32
};
#define SEL(index, rpl) ((uint16_t)((index)*8u | (rpl)))
#define CODE(ring)      SEL(1u + 2u * (ring), ring)
#define DATA(ring)      SEL(2u + 2u * (ring), ring)
#define FREE            SEL(GDT_FREE, 0)

/* Access bytes: present, DPL 0; add DPL(n). */
#define A_DATA         0x92u
#define A_DATA_RO      0x90u
#define A_DATA_DOWN    0x96u
#define A_CODE         0x9au
#define A_CODE_XO      0x98u
#define A_CONFORMING   0x9eu
#define A_SYSTEM(type) (0x80u | (type))
#define DPL(n)         ((n) << 5)
#define ABSENT         0x80u       /* to take off */
#define BIG            0x00400000u /* D/B: 32-bit, in the descriptor's upper half */

struct box {
    struct cpu cpu;
    unsigned charged[SIM_COSTS]; /* how often each event was charged */
    unsigned tables_loaded;      /* bit CPU_TABLE_x */
    uint32_t cr_old;             /* last cr_written */
    unsigned crs_written;
    uint32_t invalidated;
    uint32_t port_value;
    uint32_t last_port, last_port_size;
    uint8_t page_rights[BOX_RAM >> 12]; /* PTE_P, PTE_W, PTE_U */
    uint8_t ram[BOX_RAM];
};

/* A flat protected-mode system with a TSS, an IDT of 32-bit interrupt gates of DPL 3 to BOX_ENTRY,
 * running at a ring. */
void box_init(struct box *b, unsigned cpl);
void box_enter_ring(struct box *b, unsigned cpl);

uint32_t box_read(const struct box *b, uint32_t at, unsigned size);
void box_write(struct box *b, uint32_t at, unsigned size, uint32_t value);

/* Puts a descriptor at `table + 8 * index`. flags are bits of the upper half: BIG, 0x00800000 for
 * granularity. */
void box_descriptor(struct box *b, uint32_t table, unsigned index, uint32_t base, uint32_t limit,
                    uint32_t access, uint32_t flags);
/* A gate: type and DPL in access, parameter count in count. */
void box_gate(struct box *b, uint32_t table, unsigned index, uint16_t sel, uint32_t offset,
              uint32_t access, unsigned count);

/* Executes one instruction given as bytes; what its function returns. On a fault EIP is put back.
 */
bool box_run(struct box *b, const char *bytes, unsigned n);
#define RUN(b, text) box_run((b), (text), (unsigned)sizeof(text) - 1)

/* Asserts the fault that is pending. error: -1 for one without error code. */
void box_expect_fault(const struct box *b, const char *what, unsigned vector, int64_t error);
#define GP(error) VEC_GP, (error)
#define NP(error) VEC_NP, (error)
#define TS(error) VEC_TS, (error)
#define SS(error) VEC_SS, (error)
#define PF(error) VEC_PF, (error)
#define UD        VEC_UD, -1

/* The n-th item of a size, counted from the top of what the CPU's stack pointer points at. */
uint32_t box_stack(const struct box *b, unsigned n, unsigned size);

/* Pushes an item of a size without checks, for building frames. */
void box_push(struct box *b, unsigned size, uint32_t value);

/* Defines a test that runs once for each row of a table: TABLE_TEST(suite, sentence, table) { ...
 * row->... } */
#define TABLE_TEST(suite, sentence, table)                                                         \
    static void suite##_##sentence(const __typeof__((table)[0]) *row);                             \
    ParameterizedTestParameters(suite, sentence)                                                   \
    {                                                                                              \
        static int index[sizeof(table) / sizeof((table)[0])];                                      \
        for (unsigned i = 0; i < sizeof(index) / sizeof(index[0]); i++)                            \
            index[i] = (int)i;                                                                     \
        return cr_make_param_array(int, index, sizeof(index) / sizeof(index[0]));                  \
    }                                                                                              \
    ParameterizedTest(int *index, suite, sentence)                                                 \
    {                                                                                              \
        suite##_##sentence(&(table)[*index]);                                                      \
    }                                                                                              \
    static void suite##_##sentence(const __typeof__((table)[0]) *row)

/* The same as one test over all rows, for long tables whose rows say what they are in their
 * messages. */
#define ROWS_TEST(suite, sentence, table)                                                          \
    static void suite##_##sentence(const __typeof__((table)[0]) *row);                             \
    Test(suite, sentence)                                                                          \
    {                                                                                              \
        for (unsigned i = 0; i < sizeof(table) / sizeof((table)[0]); i++)                          \
            suite##_##sentence(&(table)[i]);                                                       \
    }                                                                                              \
    static void suite##_##sentence(const __typeof__((table)[0]) *row)

#endif

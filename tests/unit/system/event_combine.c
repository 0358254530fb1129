/*
 * Faults while delivering exceptions: table 6-5 (SDM v3, Interrupt and Exception Handling, #DF),
 * CR2 and DR6.
 */
#include "box.h"

static struct box b;

enum outcome { SERIAL, DOUBLE, TRIPLE };

/* How the delivery of the first exception is made to fail. */
enum obstacle { ABSENT_GATE, NO_STACK, TSS_SHORT, PAGE, NOT_A_GATE };

struct combine_row {
    unsigned first;
    enum obstacle obstacle;
    enum outcome outcome;
    unsigned second; /* what is delivered, if SERIAL */
    uint32_t error;  /* its code */
};

static const struct combine_row combine_rows[] = {
    {VEC_UD, ABSENT_GATE, SERIAL, VEC_NP, 8 * VEC_UD + 3},
    {VEC_UD, NOT_A_GATE, SERIAL, VEC_GP, 8 * VEC_UD + 3},
    {VEC_BR, ABSENT_GATE, SERIAL, VEC_NP, 8 * VEC_BR + 3},
    {VEC_NM, NOT_A_GATE, SERIAL, VEC_GP, 8 * VEC_NM + 3},
    {VEC_DB, ABSENT_GATE, SERIAL, VEC_NP, 8 * VEC_DB + 3},
    {VEC_AC, ABSENT_GATE, SERIAL, VEC_NP, 8 * VEC_AC + 3},
    {VEC_MF, ABSENT_GATE, SERIAL, VEC_NP, 8 * VEC_MF + 3},
    {VEC_DE, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_DE, NOT_A_GATE, DOUBLE, 0, 0},
    {VEC_TS, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_NP, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_NP, NOT_A_GATE, DOUBLE, 0, 0},
    {VEC_SS, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_GP, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_PF, ABSENT_GATE, DOUBLE, 0, 0},
    {VEC_PF, NOT_A_GATE, DOUBLE, 0, 0},
    {VEC_UD, PAGE, SERIAL, VEC_PF, 0},
    {VEC_GP, PAGE, SERIAL, VEC_PF, 0},
    {VEC_DE, PAGE, SERIAL, VEC_PF, 0},
    {VEC_PF, PAGE, DOUBLE, 0, 0},
    {VEC_DF, ABSENT_GATE, TRIPLE, 0, 0},
    {VEC_DF, PAGE, TRIPLE, 0, 0},
    {VEC_GP, NO_STACK, TRIPLE, 0, 0},
    {VEC_UD, TSS_SHORT, TRIPLE, 0, 0},
    {VEC_PF, NO_STACK, TRIPLE, 0, 0},
};

/* A code segment that is described on a page of its own, which is absent: delivering through it
 * page-faults. */
static void gate_behind_absent_page(unsigned vector)
{
    b.cpu.s.seg[SEG_LDTR].base = 0x5000;
    b.page_rights[5] = 0;
    box_gate(&b, BOX_IDT, vector, SEL(1, 4), BOX_ENTRY, A_SYSTEM(SYS_INT_GATE32), 0);
}

static void obstruct(unsigned vector, enum obstacle obstacle)
{
    switch (obstacle) {
    case ABSENT_GATE:
        box_gate(&b, BOX_IDT, vector, CODE(0), BOX_ENTRY, SYS_INT_GATE32, 0);
        break;
    case NOT_A_GATE:
        box_gate(&b, BOX_IDT, vector, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_LDT), 0);
        break;
    case NO_STACK:
        box_write(&b, BOX_TSS + 8, 2, 0);
        break;
    case TSS_SHORT:
        b.cpu.s.seg[SEG_TR].limit = 0;
        break;
    case PAGE:
        gate_behind_absent_page(vector);
        break;
    }
}

ROWS_TEST(double_fault, combinations_follow_table_6_5, combine_rows)
{
    box_init(&b, 3);
    for (unsigned v = 0; v < 32; v++)
        box_gate(&b, BOX_IDT, v, CODE(0), 0x1000 + v, A_SYSTEM(SYS_INT_GATE32), 0);
    obstruct(row->first, row->obstacle);
    if (VEC_HAS_ERROR_CODE(row->first))
        cpu_raise_error(&b.cpu, row->first, 0x77);
    else
        cpu_raise(&b.cpu, row->first);
    bool delivered = cpu_deliver_exception(&b.cpu);

    cr_assert_eq(delivered, row->outcome != TRIPLE, "vector %u", row->first);
    cr_assert_eq(b.cpu.s.shutdown, row->outcome == TRIPLE);
    cr_assert_not(b.cpu.fault_pending);
    if (row->outcome == TRIPLE) {
        cr_assert_eq(b.cpu.stop, CPU_STOP_SHUTDOWN);
        cr_assert_eq(b.cpu.s.cpl, 3, "a shutdown leaves the CPU where it was");
        return;
    }
    unsigned vector = row->outcome == DOUBLE ? VEC_DF : row->second;
    cr_assert_eq(b.cpu.s.eip, 0x1000 + vector, "vector %u became %u", row->first,
                 b.cpu.s.eip - 0x1000);
    cr_assert_eq(box_stack(&b, 0, 4), row->outcome == DOUBLE ? 0 : row->error);
    cr_assert_eq(box_stack(&b, 1, 4), BOX_CODE,
                 "all frames point at the instruction that began it");
}

Test(double_fault, second_page_fault_leaves_its_own_address_in_cr2)
{
    box_init(&b, 3);
    gate_behind_absent_page(VEC_PF);
    cpu_raise_pf(&b.cpu, 0xdeadb000, PFERR_U);
    cr_assert(cpu_deliver_exception(&b.cpu));
    cr_assert_eq(b.cpu.s.cr2, 0x5008);
}

Test(double_fault, page_fault_sets_cr2_and_pushes_its_code)
{
    box_init(&b, 3);
    cpu_raise_pf(&b.cpu, 0xdeadb000, PFERR_U | PFERR_W);
    cr_assert(cpu_deliver_exception(&b.cpu));
    cr_assert_eq(b.cpu.s.cr2, 0xdeadb000);
    cr_assert_eq(box_stack(&b, 0, 4), PFERR_U | PFERR_W);
}

Test(double_fault, stop_by_a_task_gate_is_not_taken_for_a_fault)
{
    box_init(&b, 3);
    box_gate(&b, BOX_IDT, VEC_GP, CODE(0), BOX_ENTRY, SYS_INT_GATE32, 0);
    box_gate(&b, BOX_IDT, VEC_DF, SEL(GDT_TSS, 0), 0, A_SYSTEM(SYS_TASK_GATE), 0);
    cpu_raise_error(&b.cpu, VEC_GP, 0);
    cr_assert_not(cpu_deliver_exception(&b.cpu));
    cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
    cr_assert_not(b.cpu.s.shutdown);
}

Test(double_fault, debug_exception_writes_dr6_and_clears_general_detect)
{
    box_init(&b, 3);
    b.cpu.s.dr[6] = DR6_FIXED1 | DR6_BD | 0x3;
    b.cpu.s.dr[7] = DR7_FIXED1 | DR7_GD;
    cpu_raise(&b.cpu, VEC_DB);
    b.cpu.fault.trap = 1;
    b.cpu.fault.error = DR6_BS | 0x8;
    cr_assert(cpu_deliver_exception(&b.cpu));
    cr_assert_eq(b.cpu.s.dr[6], DR6_FIXED1 | DR6_BD | DR6_BS | 0x8,
                 "B0-B3 are this event's, BD and BS stay");
    cr_assert_eq(b.cpu.s.dr[7], DR7_FIXED1);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], BOX_STACK0 - 20, "no error code");
}

Test(double_fault, icebp_leaves_dr6_alone_and_clears_general_detect)
{
    box_init(&b, 3);
    b.cpu.s.dr[7] = DR7_FIXED1 | DR7_GD;
    uint32_t dr6 = b.cpu.s.dr[6];
    cr_assert(RUN(&b, "\xf1"));
    cr_assert_eq(b.cpu.s.dr[6], dr6);
    cr_assert_eq(b.cpu.s.dr[7], DR7_FIXED1);
}

Test(double_fault, int_1_is_no_debug_exception)
{
    box_init(&b, 3);
    b.cpu.s.dr[7] = DR7_FIXED1 | DR7_GD;
    cr_assert(RUN(&b, "\xcd\x01"));
    cr_assert_eq(b.cpu.s.dr[7], DR7_FIXED1 | DR7_GD);
}

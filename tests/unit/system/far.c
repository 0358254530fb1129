/*
 * Far CALL, JMP and RET, call gates included (SDM v2, CALL, JMP, RET, "Operation").
 */
#include "box.h"

static struct box b;

enum via { CALL_PTR, JMP_PTR, CALL_MEM, JMP_MEM, CALL_PTR16, JMP_PTR16 };

/* Runs a far transfer to sel:offset in one of its forms. */
static bool transfer(enum via via, uint16_t sel, uint32_t offset)
{
    char code[8];
    unsigned n = 0;
    uint32_t width = via == CALL_PTR16 || via == JMP_PTR16 ? 2 : 4;
    if (via == CALL_MEM || via == JMP_MEM) {
        box_write(&b, BOX_DATA, 4, offset);
        box_write(&b, BOX_DATA + 4, 2, sel);
        b.cpu.s.gpr[R_EBX] = BOX_DATA;
        return via == CALL_MEM ? RUN(&b, "\xff\x1b") : RUN(&b, "\xff\x2b");
    }
    if (width == 2)
        code[n++] = 0x66;
    code[n++] = (char)(via == CALL_PTR || via == CALL_PTR16 ? 0x9a : 0xea);
    memcpy(code + n, &offset, width);
    memcpy(code + n + width, &sel, 2);
    return box_run(&b, code, n + width + 2);
}

static bool is_call(enum via via)
{
    return via == CALL_PTR || via == CALL_MEM || via == CALL_PTR16;
}

struct direct_row {
    enum via via;
    unsigned cpl;
    uint16_t sel;
    uint16_t cs; /* afterwards */
};

static const struct direct_row direct_rows[] = {
    {CALL_PTR, 0, CODE(0), CODE(0)},
    {JMP_PTR, 0, CODE(0), CODE(0)},
    {CALL_MEM, 0, CODE(0), CODE(0)},
    {JMP_MEM, 0, CODE(0), CODE(0)},
    {CALL_PTR16, 0, CODE(0), CODE(0)},
    {JMP_PTR16, 0, CODE(0), CODE(0)},
    {CALL_PTR, 3, CODE(3), CODE(3)},
    {JMP_MEM, 1, CODE(1), CODE(1)},
    {JMP_PTR, 3, CODE(3) & ~3u, CODE(3)}, /* an RPL below CPL is raised to it */
    {CALL_PTR, 3, SEL(GDT_CONFORMING0, 0), SEL(GDT_CONFORMING0, 3)},
    {JMP_PTR, 2, SEL(GDT_CONFORMING0, 3), SEL(GDT_CONFORMING0, 2)}, /* RPL is not looked at */
};

TABLE_TEST(far, direct_transfer_keeps_the_ring, direct_rows)
{
    unsigned width = row->via == CALL_PTR16 || row->via == JMP_PTR16 ? 2 : 4;
    box_init(&b, row->cpl);
    b.cpu.s.eip = 0x0100;
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    cr_assert(transfer(row->via, row->sel, 0x2345), "vector %u code %#x", b.cpu.fault.vector,
              b.cpu.fault.error);
    cr_assert_eq(b.cpu.s.eip, 0x2345);
    cr_assert_eq(b.cpu.s.cpl, row->cpl);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, row->cs);
    cr_assert_eq(b.charged[COST_far_transfer], 1);
    if (is_call(row->via)) {
        cr_assert_eq(b.cpu.s.gpr[R_ESP], esp - 2 * width);
        cr_assert_eq(box_stack(&b, 1, width), CODE(row->cpl));
        cr_assert_eq(box_stack(&b, 0, width),
                     row->via == CALL_MEM ? 0x102u : 0x107u - (width == 2 ? 1u : 0u));
    } else {
        cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
    }
}

struct gate_row {
    unsigned cpl, target;
    bool wide;
    unsigned parameters;
};

static const struct gate_row gate_rows[] = {
    {3, 0, true, 0},  {3, 0, true, 3}, {3, 0, true, 31}, {3, 1, true, 1},
    {3, 2, false, 2}, {2, 1, true, 0}, {1, 0, true, 2},  {3, 0, false, 0},
    {3, 0, false, 5}, {3, 3, true, 4}, {0, 0, false, 0}, {1, 1, false, 1},
};

TABLE_TEST(call_gate, switches_stack_and_copies_parameters, gate_rows)
{
    static const uint32_t top[3] = {BOX_STACK0, BOX_STACK1, BOX_STACK2};
    unsigned size = row->wide ? 4 : 2;
    box_init(&b, row->cpl);
    box_gate(&b, BOX_GDT, GDT_FREE, CODE(row->target), BOX_ENTRY,
             A_SYSTEM(row->wide ? SYS_CALL_GATE32 : SYS_CALL_GATE16) | DPL(3), row->parameters);
    for (unsigned i = 0; i < 31; i++)
        box_push(&b, size, 0x100 + i);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    b.cpu.s.eip = 0x2000;
    cr_assert(transfer(CALL_PTR, FREE | 3, 0xffffffffu), "vector %u", b.cpu.fault.vector);

    bool inner = row->target < row->cpl;
    cr_assert_eq(b.cpu.s.cpl, row->target);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, CODE(row->target));
    cr_assert_eq(b.cpu.s.eip, row->wide ? BOX_ENTRY : BOX_ENTRY & 0xffffu,
                 "the gate's offset, not the operand's");
    cr_assert_eq(box_stack(&b, 0, size), 0x2007);
    cr_assert_eq(box_stack(&b, 1, size), CODE(row->cpl));
    if (!inner) {
        cr_assert_eq(b.cpu.s.gpr[R_ESP], esp - 2 * size, "no parameters without a stack switch");
        return;
    }
    cr_assert_eq(b.cpu.s.gpr[R_ESP], top[row->target] - (4 + row->parameters) * size);
    cr_assert_eq(b.cpu.s.seg[SEG_SS].sel, DATA(row->target));
    for (unsigned i = 0; i < row->parameters; i++)
        cr_assert_eq(box_stack(&b, 2 + i, size), 0x100 + 30 - i);
    cr_assert_eq(box_stack(&b, 2 + row->parameters, size), esp);
    cr_assert_eq(box_stack(&b, 3 + row->parameters, size), DATA(row->cpl));
}

Test(call_gate, far_return_releases_parameters_on_both_stacks)
{
    box_init(&b, 3);
    box_gate(&b, BOX_GDT, GDT_FREE, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_CALL_GATE32) | DPL(3), 3);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    for (unsigned i = 0; i < 3; i++)
        box_push(&b, 4, i);
    cr_assert(transfer(CALL_PTR, FREE, 0));
    cr_assert_eq(b.cpu.s.cpl, 0);
    cr_assert(RUN(&b, "\xca\x0c\x00"));
    cr_assert_eq(b.cpu.s.cpl, 3);
    cr_assert_eq(b.cpu.s.eip, BOX_CODE + 7);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
    cr_assert_eq(b.cpu.s.seg[SEG_SS].sel, DATA(3));
}

Test(call_gate, jump_goes_to_the_same_ring_only)
{
    box_init(&b, 0);
    box_gate(&b, BOX_GDT, GDT_FREE, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_CALL_GATE32), 7);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    cr_assert(transfer(JMP_PTR, FREE, 0));
    cr_assert_eq(b.cpu.s.eip, BOX_ENTRY);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
}

Test(call_gate, to_conforming_code_keeps_ring_and_stack)
{
    box_init(&b, 3);
    box_gate(&b, BOX_GDT, GDT_FREE, SEL(GDT_CONFORMING0, 0), BOX_ENTRY,
             A_SYSTEM(SYS_CALL_GATE32) | DPL(3), 7);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    cr_assert(transfer(CALL_PTR, FREE, 0));
    cr_assert_eq(b.cpu.s.cpl, 3);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp - 8);
}

/* Code and stack of ring `ring` that were never used, as descriptors GDT_FREE + 1 and + 2. */
static void fresh_segments(unsigned ring)
{
    box_descriptor(&b, BOX_GDT, GDT_FREE + 1, 0, 0xfffff, A_CODE | DPL(ring), 0x00c00000u);
    box_descriptor(&b, BOX_GDT, GDT_FREE + 2, 0, 0xfffff, A_DATA | DPL(ring), 0x00c00000u);
}

static bool accessed(unsigned index)
{
    return box_read(&b, BOX_GDT + 8 * index + 5, 1) & 1;
}

Test(far, every_way_into_a_code_segment_sets_its_accessed_bit)
{
    static const enum via ways[] = {CALL_PTR, JMP_PTR, CALL_MEM, JMP_MEM};
    for (unsigned i = 0; i < 4; i++) {
        box_init(&b, 0);
        fresh_segments(0);
        cr_assert(transfer(ways[i], SEL(GDT_FREE + 1, 0), 0x100));
        cr_assert(accessed(GDT_FREE + 1));
        cr_assert(b.cpu.s.seg[SEG_CS].ar & AR_ACCESSED);
    }
}

Test(call_gate, sets_the_accessed_bits_of_inner_code_and_stack)
{
    box_init(&b, 3);
    fresh_segments(0);
    box_gate(&b, BOX_GDT, GDT_FREE, SEL(GDT_FREE + 1, 0), BOX_ENTRY,
             A_SYSTEM(SYS_CALL_GATE32) | DPL(3), 0);
    box_write(&b, BOX_TSS + 8, 2, SEL(GDT_FREE + 2, 0));
    cr_assert(transfer(CALL_PTR, FREE, 0));
    cr_assert(accessed(GDT_FREE + 1) && accessed(GDT_FREE + 2));
    cr_assert(b.cpu.s.seg[SEG_SS].ar & AR_ACCESSED);
}

/* ---------------------------------------------------------------------------------------- faults */

struct fault_row {
    const char *what;
    enum via via;
    unsigned cpl;
    uint16_t sel;
    void (*prepare)(void);
    unsigned fault;
    int64_t error;
};

static void code(uint32_t limit, uint32_t access)
{
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, limit, access, BIG);
}
static void nothing(void)
{
}
static void absent(void)
{
    code(0xfffff, A_CODE ^ ABSENT);
}
static void absent_conforming(void)
{
    code(0xfffff, A_CONFORMING ^ ABSENT);
}
static void conforming1(void)
{
    code(0xfffff, A_CONFORMING | DPL(1));
}
static void tiny(void)
{
    code(0x1000, A_CODE);
}
static void no_room(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] - 2;
}
static void tiny_and_no_room(void)
{
    tiny();
    no_room();
}
static void stack_page_absent(void)
{
    b.page_rights[(b.cpu.s.gpr[R_ESP] - 1) >> 12] = 0;
}
static void gate(uint16_t sel, uint32_t access)
{
    box_gate(&b, BOX_GDT, GDT_FREE, sel, BOX_ENTRY, A_SYSTEM(SYS_CALL_GATE32) ^ access, 2);
}
static void gate_dpl_0(void)
{
    gate(CODE(0), 0);
}
static void gate_dpl_3(void)
{
    gate(CODE(0), DPL(3));
}
static void gate_absent(void)
{
    gate(CODE(0), DPL(3) | ABSENT);
}
static void gate_null(void)
{
    gate(2, DPL(3));
}
static void gate_outside(void)
{
    gate(SEL(GDT_ENTRIES, 0), DPL(3));
}
static void gate_to_data(void)
{
    gate(DATA(0), DPL(3));
}
static void gate_to_outer(void)
{
    gate(CODE(3), DPL(3));
}
static void gate_to_free2(uint32_t limit, uint32_t access)
{
    gate(SEL(GDT_FREE + 1, 0), DPL(3));
    box_descriptor(&b, BOX_GDT, GDT_FREE + 1, 0, limit, access, BIG);
}
static void gate_to_absent(void)
{
    gate_to_free2(0xfffff, A_CODE ^ ABSENT);
}
static void gate_beyond_limit(void)
{
    gate_to_free2(0x1000, A_CODE);
}
static void gate_tss_short(void)
{
    gate_dpl_3();
    b.cpu.s.seg[SEG_TR].limit = 8;
}
static void gate_stack_null(void)
{
    gate_dpl_3();
    box_write(&b, BOX_TSS + 8, 2, 0);
}
static void gate_stack_dpl(void)
{
    gate_dpl_3();
    box_write(&b, BOX_TSS + 8, 2, DATA(1));
}
static void gate_stack(uint32_t limit, uint32_t access)
{
    gate_dpl_3();
    box_descriptor(&b, BOX_GDT, GDT_FREE + 1, 0, limit, access, BIG);
    box_write(&b, BOX_TSS + 8, 2, SEL(GDT_FREE + 1, 0));
}
static void gate_stack_absent(void)
{
    gate_stack(0xfffff, A_DATA ^ ABSENT);
}
static void gate_stack_small(void)
{
    gate_stack(BOX_STACK0 - 2, A_DATA);
}
static void gate_stack_exact_but_no_parameters(void)
{
    gate_dpl_3();
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 6; /* the second parameter lies beyond */
}
static void gate_stack_page(void)
{
    gate_dpl_3();
    b.page_rights[(BOX_STACK0 - 1) >> 12] = PTE_P;
}
static void tss_available(void)
{
    box_descriptor(&b, BOX_GDT, GDT_FREE, BOX_TSS, 0x67, A_SYSTEM(SYS_TSS32_AVAIL), 0);
}
static void task_gate_absent(void)
{
    box_gate(&b, BOX_GDT, GDT_FREE, SEL(GDT_TSS, 0), 0, SYS_TASK_GATE | DPL(3), 0);
}
static void int_gate(void)
{
    box_gate(&b, BOX_GDT, GDT_FREE, CODE(0), 0, A_SYSTEM(SYS_INT_GATE32) | DPL(3), 0);
}
static void operand_absent(void)
{
    b.page_rights[BOX_DATA >> 12] = 0;
}

static const struct fault_row fault_rows[] = {
    {"null", CALL_PTR, 0, 0, nothing, GP(0)},
    {"null with RPL", JMP_PTR, 0, 3, nothing, GP(0)},
    {"beyond the GDT", CALL_PTR, 0, SEL(GDT_ENTRIES, 0), nothing, GP(0x100)},
    {"beyond the LDT", JMP_MEM, 3, SEL(8, 7), nothing, GP(0x44)},
    {"operand's page absent", CALL_MEM, 0, CODE(0), operand_absent, PF(0)},
    {"data", JMP_PTR, 0, DATA(0), nothing, GP(DATA(0))},
    {"inner code", CALL_PTR, 3, CODE(0), nothing, GP(CODE(0))},
    {"outer code", JMP_PTR, 0, CODE(3), nothing, GP(0x38)},
    {"RPL above CPL", CALL_PTR, 0, CODE(0) | 1, nothing, GP(CODE(0))},
    {"outer conforming code", CALL_PTR, 0, FREE, conforming1, GP(FREE)},
    {"absent", JMP_PTR, 0, FREE, absent, NP(FREE)},
    {"absent conforming", CALL_PTR, 3, FREE, absent_conforming, NP(FREE)},
    {"offset beyond the limit, JMP", JMP_PTR, 0, FREE, tiny, GP(0)},
    {"offset beyond the limit, CALL", CALL_PTR, 0, FREE, tiny, GP(0)},
    {"no room for the return address", CALL_PTR, 0, CODE(0), no_room, SS(0)},
    {"room is checked before the limit", CALL_PTR, 0, FREE, tiny_and_no_room, SS(0)},
    {"stack page absent", CALL_PTR, 3, CODE(3), stack_page_absent, PF(PFERR_W | PFERR_U)},
    {"LDT descriptor", JMP_PTR, 0, SEL(GDT_LDT, 0), nothing, GP(SEL(GDT_LDT, 0))},
    {"busy TSS", JMP_PTR, 0, SEL(GDT_TSS, 0), nothing, GP(SEL(GDT_TSS, 0))},
    {"interrupt gate in the GDT", CALL_PTR, 3, FREE, int_gate, GP(FREE)},
    {"TSS of DPL 0 from ring 3", JMP_PTR, 3, FREE, tss_available, GP(FREE)},
    {"absent task gate", JMP_PTR, 3, FREE, task_gate_absent, NP(FREE)},
    {"gate below CPL", CALL_PTR, 3, FREE, gate_dpl_0, GP(FREE)},
    {"gate below RPL", CALL_PTR, 0, FREE | 3, gate_dpl_0, GP(FREE)},
    {"gate absent", CALL_PTR, 3, FREE, gate_absent, NP(FREE)},
    {"gate to null", CALL_PTR, 3, FREE, gate_null, GP(0)},
    {"gate to beyond the GDT", CALL_PTR, 3, FREE, gate_outside, GP(0x100)},
    {"gate to data", CALL_PTR, 3, FREE, gate_to_data, GP(DATA(0))},
    {"gate to outer code", CALL_PTR, 0, FREE, gate_to_outer, GP(0x38)},
    {"gate to absent code", CALL_PTR, 3, FREE, gate_to_absent, NP(SEL(GDT_FREE + 1, 0))},
    {"gate beyond the limit", CALL_PTR, 3, FREE, gate_beyond_limit, GP(0)},
    {"jump through a gate to inner code", JMP_PTR, 3, FREE, gate_dpl_3, GP(CODE(0))},
    {"TSS too short", CALL_PTR, 3, FREE, gate_tss_short, TS(SEL(GDT_TSS, 0))},
    {"inner stack null", CALL_PTR, 3, FREE, gate_stack_null, TS(0)},
    {"inner stack of another DPL", CALL_PTR, 3, FREE, gate_stack_dpl, TS(DATA(1) & ~3u)},
    {"inner stack absent", CALL_PTR, 3, FREE, gate_stack_absent, SS(SEL(GDT_FREE + 1, 0))},
    {"inner stack too small", CALL_PTR, 3, FREE, gate_stack_small, SS(SEL(GDT_FREE + 1, 0))},
    {"parameters beyond the caller's stack", CALL_PTR, 3, FREE, gate_stack_exact_but_no_parameters,
     SS(0)},
    {"inner stack's page read-only", CALL_PTR, 3, FREE, gate_stack_page, PF(PFERR_W | PFERR_P)},
};

ROWS_TEST(far_fault, is_the_first_failed_check_and_changes_nothing, fault_rows)
{
    static struct cpu_state before;
    box_init(&b, row->cpl);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    row->prepare();
    before = b.cpu.s;
    cr_assert_not(transfer(row->via, row->sel, 0x2000), "%s", row->what);
    box_expect_fault(&b, row->what, row->fault, row->error);
    cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s", row->what);
    cr_assert_eq(b.charged[COST_far_transfer], 0);
}

Test(far_fault, task_switches_stop_by_name)
{
    for (unsigned i = 0; i < 2; i++) {
        box_init(&b, 0);
        if (i)
            tss_available();
        else
            box_gate(&b, BOX_GDT, GDT_FREE, SEL(GDT_TSS, 0), 0, A_SYSTEM(SYS_TASK_GATE), 0);
        cr_assert_not(transfer(i ? JMP_PTR : CALL_PTR, FREE, 0));
        cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
    }
}

/* ---------------------------------------------------------------------------------------- returns */

#define RETF "\xcb"

static void push_return(uint32_t ss, uint32_t esp, uint32_t cs, uint32_t eip)
{
    box_push(&b, 4, ss);
    box_push(&b, 4, esp);
    box_push(&b, 4, cs);
    box_push(&b, 4, eip);
}

static void ends_after_eip(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 6;
}
static void ends_before_outer_ss(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 14;
}
static void absent3(void)
{
    code(0xfffff, (A_CODE | DPL(3)) ^ ABSENT);
}
static void tiny3(void)
{
    code(0x1000, A_CODE | DPL(3));
}
static void absent_stack3(void)
{
    code(0xfffff, (A_DATA | DPL(3)) ^ ABSENT);
}

struct return_row {
    const char *what;
    unsigned cpl;
    uint32_t ss, cs;
    void (*prepare)(void);
    unsigned fault;
    int64_t error;
};

static const struct return_row return_rows[] = {
    {"two items do not fit", 0, DATA(3), CODE(3), ends_after_eip, SS(0)},
    {"outer SS does not fit", 0, DATA(3), CODE(3), ends_before_outer_ss, SS(0)},
    {"null CS", 0, DATA(3), 1, nothing, GP(0)},
    {"CS beyond the GDT", 0, DATA(3), SEL(GDT_ENTRIES, 3), nothing, GP(0x100)},
    {"CS is data", 0, DATA(3), DATA(3), nothing, GP(0x40)},
    {"inner CS", 3, DATA(3), CODE(0), nothing, GP(0x08)},
    {"CS of another DPL", 0, DATA(3), CODE(1) | 3, nothing, GP(0x18)},
    {"conforming CS above its RPL", 0, DATA(3), FREE, conforming1, GP(FREE)},
    {"CS absent", 0, DATA(3), FREE | 3, absent3, NP(FREE)},
    {"EIP beyond CS, same ring", 0, 0, FREE, tiny, GP(0)},
    {"EIP beyond CS, outer ring", 0, DATA(3), FREE | 3, tiny3, GP(0)},
    {"SS null", 0, 0, CODE(3), nothing, GP(0)},
    {"SS of another RPL", 0, DATA(3) & ~3u, CODE(3), nothing, GP(0x40)},
    {"SS is code", 0, CODE(3), CODE(3), nothing, GP(0x38)},
    {"SS absent", 0, FREE | 3, CODE(3), absent_stack3, SS(FREE)},
    {"stack page absent", 0, DATA(3), CODE(3), stack_page_absent, PF(0)},
};

ROWS_TEST(far_return, faults_in_the_manuals_order, return_rows)
{
    static struct cpu_state before;
    box_init(&b, row->cpl);
    push_return(row->ss, 0xe000, row->cs, 0x2000);
    row->prepare();
    before = b.cpu.s;
    cr_assert_not(RUN(&b, RETF), "%s", row->what);
    box_expect_fault(&b, row->what, row->fault, row->error);
    cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s", row->what);
}

Test(far_return, same_ring_pops_two_items_and_the_immediate)
{
    box_init(&b, 1);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    box_push(&b, 4, CODE(1));
    box_push(&b, 4, 0x2345);
    cr_assert(RUN(&b, "\xca\xf0\xff"));
    cr_assert_eq(b.cpu.s.eip, 0x2345);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp + 0xfff0u);
}

Test(far_return, sixteen_bit_form_pops_words)
{
    box_init(&b, 3);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    box_push(&b, 2, CODE(3));
    box_push(&b, 2, 0x2345);
    cr_assert(RUN(&b, "\x66\xcb"));
    cr_assert_eq(b.cpu.s.eip, 0x2345);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
}

Test(far_return, outer_ring_nulls_inner_data_segments)
{
    box_init(&b, 0);
    push_return(DATA(3), 0xe000, CODE(3), 0x2000);
    cr_assert(segment_load(&b.cpu, SEG_ES, DATA(3)));
    cr_assert(RUN(&b, RETF));
    cr_assert_eq(b.cpu.s.cpl, 3);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0xe000);
    cr_assert_eq(b.cpu.s.seg[SEG_DS].sel, 0);
    cr_assert_eq(b.cpu.s.seg[SEG_ES].sel, DATA(3));
}

Test(far_return, does_not_touch_flags)
{
    box_init(&b, 0);
    uint32_t flags = cpu_eflags(&b.cpu);
    push_return(DATA(3), 0xe000, CODE(3), 0x2000);
    cr_assert(RUN(&b, RETF));
    cr_assert_eq(cpu_eflags(&b.cpu), flags);
}

Test(far_return, sets_the_accessed_bits_of_outer_code_and_stack)
{
    static const char *const bytes[] = {RETF, "\xcf"};
    for (unsigned iret = 0; iret < 2; iret++) {
        box_init(&b, 0);
        fresh_segments(3);
        box_push(&b, 4, SEL(GDT_FREE + 2, 3));
        box_push(&b, 4, 0xe000);
        if (iret)
            box_push(&b, 4, FLAG_FIXED1);
        box_push(&b, 4, SEL(GDT_FREE + 1, 3));
        box_push(&b, 4, 0x2000);
        cr_assert(box_run(&b, bytes[iret], 1));
        cr_assert(accessed(GDT_FREE + 1) && accessed(GDT_FREE + 2));
        cr_assert(b.cpu.s.seg[SEG_CS].ar & b.cpu.s.seg[SEG_SS].ar & AR_ACCESSED);
    }
}

Test(far_return, same_ring_sets_the_accessed_bit_of_code)
{
    static const char *const bytes[] = {RETF, "\xcf"};
    for (unsigned iret = 0; iret < 2; iret++) {
        box_init(&b, 0);
        fresh_segments(0);
        if (iret)
            box_push(&b, 4, FLAG_FIXED1);
        box_push(&b, 4, SEL(GDT_FREE + 1, 0));
        box_push(&b, 4, 0x2000);
        cr_assert(box_run(&b, bytes[iret], 1));
        cr_assert(accessed(GDT_FREE + 1));
    }
}

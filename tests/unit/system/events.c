/*
 * Event delivery that fails: every check of the gate, the target and the inner stack, in the
 * manual's order, with its vector and error code (SDM v2, INT n, "Operation").
 */
#include "box.h"

typedef void (*prepare)(struct box *b);

struct fault_row {
    const char *what;
    unsigned cpl;
    unsigned vector;
    enum event_kind kind;
    prepare prepare;
    unsigned fault;
    int64_t error;
};

#define V         0x40u /* the vector most rows use: IDT error code 0x202 */
#define IDT_V     0x202
#define IDT_V_EXT 0x203

static void gate_to(struct box *b, uint16_t sel)
{
    box_gate(b, BOX_IDT, V, sel, BOX_ENTRY, A_SYSTEM(SYS_INT_GATE32) | DPL(3), 0);
}

static void idt_ends_before(struct box *b)
{
    b->cpu.s.idtr_limit = 8 * V + 6;
}
static void idt_just_holds_it_but_absent(struct box *b)
{
    b->cpu.s.idtr_limit = 8 * V + 7;
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, SYS_INT_GATE32 | DPL(3), 0);
}
static void gate_is_call_gate(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_CALL_GATE32) | DPL(3), 0);
}
static void gate_is_code_segment(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, A_CODE | 4 | DPL(3), 0);
}
static void gate_is_tss(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_TSS32_AVAIL) | DPL(3), 0);
}
static void gate_is_zero(struct box *b)
{
    box_gate(b, BOX_IDT, V, 0, 0, 0, 0);
}
static void gate_dpl_0(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_INT_GATE32), 0);
}
static void gate_dpl_0_absent(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, SYS_INT_GATE32, 0);
}
static void gate_dpl_1(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_TRAP_GATE16) | DPL(1), 0);
}
static void bp_gate_dpl_0(struct box *b)
{
    box_gate(b, BOX_IDT, VEC_BP, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_TRAP_GATE32), 0);
}
static void gate_absent(struct box *b)
{
    box_gate(b, BOX_IDT, V, CODE(0), BOX_ENTRY, SYS_INT_GATE32 | DPL(3), 0);
}
static void target_null(struct box *b)
{
    gate_to(b, 3);
}
static void target_outside_gdt(struct box *b)
{
    gate_to(b, SEL(GDT_ENTRIES, 2));
}
static void target_outside_ldt(struct box *b)
{
    gate_to(b, SEL(8, 4));
}
static void target_in_absent_ldt(struct box *b)
{
    b->cpu.s.seg[SEG_LDTR].ar |= AR_UNUSABLE;
    gate_to(b, SEL(1, 4));
}
static void target_is_data(struct box *b)
{
    gate_to(b, DATA(0));
}
static void target_is_system(struct box *b)
{
    gate_to(b, SEL(GDT_LDT, 0));
}
static void target_is_outer(struct box *b)
{
    gate_to(b, CODE(3));
}
static void target_is_outer_conforming(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_CONFORMING | DPL(3), 0x00c00000u);
    gate_to(b, FREE);
}
static void target_absent(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_CODE ^ ABSENT, 0x00c00000u);
    gate_to(b, FREE);
}
static void target_absent_and_data(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_DATA ^ ABSENT, 0x00c00000u);
    gate_to(b, FREE);
}
static void target_limit_below_entry(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, BOX_ENTRY - 1, A_CODE, BIG);
    gate_to(b, FREE);
}
static void tss_too_short(struct box *b)
{
    b->cpu.s.seg[SEG_TR].limit = 8;
}
static void tss16_too_short(struct box *b)
{
    b->cpu.s.seg[SEG_TR].ar = 0x83;
    b->cpu.s.seg[SEG_TR].limit = 4;
}
static void no_tss(struct box *b)
{
    b->cpu.s.seg[SEG_TR] = (struct segment){.ar = AR_UNUSABLE};
}
static void stack_is(struct box *b, uint16_t sel)
{
    box_write(b, BOX_TSS + 8, 2, sel);
}
static void stack_null(struct box *b)
{
    stack_is(b, 0);
}
static void stack_outside_gdt(struct box *b)
{
    stack_is(b, SEL(GDT_ENTRIES, 0));
}
static void stack_rpl_wrong(struct box *b)
{
    stack_is(b, DATA(0) | 1);
}
static void stack_dpl_wrong(struct box *b)
{
    stack_is(b, SEL(8, 0));
}
static void stack_read_only(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_DATA_RO, 0x00c00000u);
    stack_is(b, FREE);
}
static void stack_is_code(struct box *b)
{
    stack_is(b, CODE(0));
}
static void stack_is_system(struct box *b)
{
    stack_is(b, SEL(GDT_LDT, 0));
}
static void stack_absent(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_DATA ^ ABSENT, 0x00c00000u);
    stack_is(b, FREE);
}
static void stack_limit_below_frame(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, BOX_STACK0 - 2, A_DATA, BIG);
    stack_is(b, FREE);
}
static void expand_down_limit_in_frame(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, BOX_STACK0 - 20, A_DATA_DOWN, BIG);
    stack_is(b, FREE);
}
static void stack_short_and_entry_outside(struct box *b)
{
    stack_limit_below_frame(b);
    box_descriptor(b, BOX_GDT, GDT_FREE + 1, 0, BOX_ENTRY - 1, A_CODE, BIG);
    gate_to(b, SEL(GDT_FREE + 1, 0));
}
static void present_stack_too_small(struct box *b)
{
    b->cpu.s.seg[SEG_SS].limit = b->cpu.s.gpr[R_ESP] - 2;
}
static void stack_page_absent(struct box *b)
{
    b->page_rights[(BOX_STACK0 - 1) >> 12] = 0;
}
static void stack_page_read_only(struct box *b)
{
    b->page_rights[(BOX_STACK0 - 1) >> 12] = PTE_P;
}
static void frame_crosses_into_absent_page(struct box *b)
{
    box_write(b, BOX_TSS + 4, 4, BOX_STACK0 - 0x1000 + 8);
    b->page_rights[(BOX_STACK0 - 0x1001) >> 12] = 0;
}
static void user_stack_page_is_supervisor(struct box *b)
{
    b->page_rights[(BOX_STACK3 - 0x101) >> 12] = PTE_P | PTE_W;
    gate_to(b, CODE(3));
}
static void idt_page_absent(struct box *b)
{
    b->page_rights[BOX_IDT >> 12] = 0;
}
static void gdt_page_absent(struct box *b)
{
    b->page_rights[BOX_GDT >> 12] = 0;
}
static void tss_page_absent(struct box *b)
{
    b->page_rights[BOX_TSS >> 12] = 0;
}
static void accessed_bit_not_writable(struct box *b)
{
    box_descriptor(b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_CODE, 0x00c00000u);
    gate_to(b, FREE);
    b->page_rights[BOX_GDT >> 12] = PTE_P;
}

static const struct fault_row fault_rows[] = {
    {"gate beyond IDT limit, INT n", 3, V, EVENT_SOFTWARE, idt_ends_before, GP(IDT_V)},
    {"gate beyond IDT limit, interrupt", 3, V, EVENT_EXTERNAL, idt_ends_before, GP(IDT_V_EXT)},
    {"gate beyond IDT limit, exception", 3, V, EVENT_EXCEPTION, idt_ends_before, GP(IDT_V_EXT)},
    {"gate beyond IDT limit, ICEBP", 3, V, EVENT_ICEBP, idt_ends_before, GP(IDT_V_EXT)},
    {"gate at IDT limit is read", 3, V, EVENT_SOFTWARE, idt_just_holds_it_but_absent, NP(IDT_V)},
    {"call gate in the IDT", 3, V, EVENT_SOFTWARE, gate_is_call_gate, GP(IDT_V)},
    {"code descriptor in the IDT", 3, V, EVENT_SOFTWARE, gate_is_code_segment, GP(IDT_V)},
    {"TSS descriptor in the IDT", 0, V, EVENT_EXTERNAL, gate_is_tss, GP(IDT_V_EXT)},
    {"all-zero gate is no gate", 0, V, EVENT_EXCEPTION, gate_is_zero, GP(IDT_V_EXT)},
    {"INT n from ring 3 through DPL 0", 3, V, EVENT_SOFTWARE, gate_dpl_0, GP(IDT_V)},
    {"INT n from ring 1 through DPL 0", 1, V, EVENT_SOFTWARE, gate_dpl_0, GP(IDT_V)},
    {"INT n from ring 2 through DPL 1", 2, V, EVENT_SOFTWARE, gate_dpl_1, GP(IDT_V)},
    {"INT3 from ring 3 through DPL 0", 3, VEC_BP, EVENT_SOFT_TRAP, bp_gate_dpl_0, GP(0x1a)},
    {"gate DPL is checked before presence", 3, V, EVENT_SOFTWARE, gate_dpl_0_absent, GP(IDT_V)},
    {"absent gate of DPL 0, interrupt", 3, V, EVENT_EXTERNAL, gate_dpl_0_absent, NP(IDT_V_EXT)},
    {"absent gate, INT n", 3, V, EVENT_SOFTWARE, gate_absent, NP(IDT_V)},
    {"null target", 3, V, EVENT_SOFTWARE, target_null, GP(0)},
    {"null target, interrupt", 3, V, EVENT_EXTERNAL, target_null, GP(1)},
    {"target beyond the GDT", 3, V, EVENT_SOFTWARE, target_outside_gdt, GP(0x100)},
    {"target beyond the GDT, exception", 3, V, EVENT_EXCEPTION, target_outside_gdt, GP(0x101)},
    {"target beyond the LDT", 3, V, EVENT_SOFTWARE, target_outside_ldt, GP(0x44)},
    {"target in the LDT without one", 3, V, EVENT_SOFTWARE, target_in_absent_ldt, GP(0x0c)},
    {"target is data", 3, V, EVENT_SOFTWARE, target_is_data, GP(DATA(0))},
    {"target is a system descriptor", 3, V, EVENT_EXTERNAL, target_is_system, GP(0x51)},
    {"target is an outer ring", 0, V, EVENT_EXTERNAL, target_is_outer, GP(0x39)},
    {"target is an outer conforming segment", 1, V, EVENT_SOFTWARE, target_is_outer_conforming,
     GP(FREE)},
    {"target absent", 3, V, EVENT_SOFTWARE, target_absent, NP(FREE)},
    {"target's type is checked before presence", 3, V, EVENT_SOFTWARE, target_absent_and_data,
     GP(FREE)},
    {"entry beyond the target's limit", 3, V, EVENT_SOFTWARE, target_limit_below_entry, GP(0)},
    {"entry beyond the limit, interrupt", 3, V, EVENT_EXTERNAL, target_limit_below_entry, GP(1)},
    {"TSS ends in SS0", 3, V, EVENT_SOFTWARE, tss_too_short, TS(SEL(GDT_TSS, 0))},
    {"TSS ends in SS0, interrupt", 3, V, EVENT_EXTERNAL, tss_too_short, TS(SEL(GDT_TSS, 0) | 1)},
    {"16-bit TSS ends in SS0", 3, V, EVENT_SOFTWARE, tss16_too_short, TS(SEL(GDT_TSS, 0))},
    {"no TSS was loaded", 3, V, EVENT_SOFTWARE, no_tss, TS(0)},
    {"inner stack null", 3, V, EVENT_SOFTWARE, stack_null, TS(0)},
    {"inner stack null, interrupt", 3, V, EVENT_EXTERNAL, stack_null, TS(1)},
    {"inner stack beyond the GDT", 3, V, EVENT_SOFTWARE, stack_outside_gdt, TS(0x100)},
    {"inner stack's RPL differs", 3, V, EVENT_SOFTWARE, stack_rpl_wrong, TS(DATA(0))},
    {"inner stack's DPL differs", 3, V, EVENT_SOFTWARE, stack_dpl_wrong, TS(SEL(8, 0))},
    {"inner stack read-only", 3, V, EVENT_SOFTWARE, stack_read_only, TS(FREE)},
    {"inner stack is code", 3, V, EVENT_EXTERNAL, stack_is_code, TS(CODE(0) | 1)},
    {"inner stack is a system descriptor", 3, V, EVENT_SOFTWARE, stack_is_system,
     TS(SEL(GDT_LDT, 0))},
    {"inner stack absent", 3, V, EVENT_SOFTWARE, stack_absent, SS(FREE)},
    {"inner stack absent, exception", 3, V, EVENT_EXCEPTION, stack_absent, SS(FREE | 1)},
    {"inner stack's limit in the frame", 3, V, EVENT_SOFTWARE, stack_limit_below_frame, SS(FREE)},
    {"expand-down limit in the frame", 3, V, EVENT_SOFTWARE, expand_down_limit_in_frame, SS(FREE)},
    {"room is checked before the entry", 3, V, EVENT_SOFTWARE, stack_short_and_entry_outside,
     SS(FREE)},
    {"present stack too small", 0, V, EVENT_SOFTWARE, present_stack_too_small, SS(0)},
    {"present stack too small, interrupt", 0, V, EVENT_EXTERNAL, present_stack_too_small, SS(1)},
    {"inner stack's page absent", 3, V, EVENT_SOFTWARE, stack_page_absent, PF(PFERR_W)},
    {"inner stack's page read-only", 3, V, EVENT_SOFTWARE, stack_page_read_only,
     PF(PFERR_W | PFERR_P)},
    {"frame crosses into an absent page", 3, V, EVENT_SOFTWARE, frame_crosses_into_absent_page,
     PF(PFERR_W)},
    {"user frame on a supervisor page", 3, V, EVENT_SOFTWARE, user_stack_page_is_supervisor,
     PF(PFERR_W | PFERR_U | PFERR_P)},
    {"IDT page absent", 3, V, EVENT_SOFTWARE, idt_page_absent, PF(0)},
    {"GDT page absent", 3, V, EVENT_SOFTWARE, gdt_page_absent, PF(0)},
    {"TSS page absent", 3, V, EVENT_EXTERNAL, tss_page_absent, PF(0)},
    {"Accessed bit in a read-only page", 3, V, EVENT_SOFTWARE, accessed_bit_not_writable,
     PF(PFERR_W | PFERR_P)},
};

ROWS_TEST(event_fault, has_the_vector_and_code_of_the_first_failed_check, fault_rows)
{
    static struct box b;
    static struct cpu_state before;
    box_init(&b, row->cpl);
    row->prepare(&b);
    before = b.cpu.s;
    cr_assert_not(cpu_deliver_event(&b.cpu, row->vector, row->kind, false, 0), "%s: was delivered",
                  row->what);
    box_expect_fault(&b, row->what, row->fault, row->error);
    cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s: state changed",
                   row->what);
}

Test(event_fault, page_fault_of_a_crossing_frame_names_the_absent_page)
{
    static struct box b;
    box_init(&b, 3);
    frame_crosses_into_absent_page(&b);
    cr_assert_not(cpu_deliver_event(&b.cpu, V, EVENT_SOFTWARE, false, 0));
    cr_assert_eq(b.cpu.fault.cr2, BOX_STACK0 - 0x1000 - 4);
    cr_assert_eq(box_read(&b, BOX_STACK0 - 0x1000 + 4, 4), 0, "nothing of the frame was written");
}

Test(event_fault, task_gate_stops_the_machine_by_name)
{
    static struct box b;
    box_init(&b, 0);
    box_gate(&b, BOX_IDT, VEC_DF, SEL(GDT_TSS, 0), 0, A_SYSTEM(SYS_TASK_GATE), 0);
    cr_assert_not(cpu_deliver_event(&b.cpu, VEC_DF, EVENT_EXCEPTION, true, 0));
    cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
    cr_assert_not_null(strstr(b.cpu.unsupported, "task"));
}

Test(event_fault, hardware_events_ignore_the_gates_dpl)
{
    static struct box b;
    static const enum event_kind kinds[] = {EVENT_EXTERNAL, EVENT_EXCEPTION, EVENT_ICEBP};
    for (unsigned i = 0; i < 3; i++) {
        box_init(&b, 3);
        gate_dpl_0(&b);
        cr_assert(cpu_deliver_event(&b.cpu, V, kinds[i], false, 0));
        cr_assert_eq(b.cpu.s.cpl, 0);
    }
}

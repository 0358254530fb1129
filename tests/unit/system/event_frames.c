/*
 * Event delivery that succeeds: what is on the stack, in the registers and on the account (SDM v3,
 * Interrupt and Exception Handling).
 */
#include "box.h"

#define V 0x40u

static struct box b;

static void deliver(enum event_kind kind, bool has_error, uint32_t error)
{
    cr_assert(cpu_deliver_event(&b.cpu, V, kind, has_error, error), "vector %u code %#x",
              b.cpu.fault.vector, b.cpu.fault.error);
}

static void gate(uint16_t sel, unsigned type)
{
    box_gate(&b, BOX_IDT, V, sel, BOX_ENTRY, A_SYSTEM(type) | DPL(3), 0);
}

static void expect_stack(unsigned size, unsigned n, const uint32_t *items)
{
    for (unsigned i = 0; i < n; i++)
        cr_assert_eq(box_stack(&b, i, size), items[i], "item %u: %#x, expected %#x", i,
                     box_stack(&b, i, size), items[i]);
}

struct ring_row {
    unsigned from, to;
    bool wide, has_error;
};

static const struct ring_row ring_rows[] = {
    {3, 0, true, false}, {3, 0, true, true},  {3, 0, false, false}, {3, 0, false, true},
    {3, 1, true, false}, {3, 1, false, true}, {3, 2, true, true},   {3, 2, false, false},
    {2, 1, true, false}, {2, 0, true, true},  {1, 0, true, false},  {1, 0, false, true},
    {0, 0, true, false}, {0, 0, true, true},  {0, 0, false, false}, {1, 1, true, false},
    {3, 3, true, false}, {3, 3, false, true},
};

TABLE_TEST(event, frame_holds_what_each_ring_change_and_width_calls_for, ring_rows)
{
    static const uint32_t top[3] = {BOX_STACK0, BOX_STACK1, BOX_STACK2};
    box_init(&b, row->from);
    gate(CODE(row->to), row->wide ? SYS_INT_GATE32 : SYS_INT_GATE16);
    b.cpu.s.gpr[R_ESP] = 0x0000ef10;
    b.cpu.s.eip = 0x10042;
    cpu_set_eflags(&b.cpu, FLAG_FIXED1 | FLAG_IF | FLAG_ZF | FLAG_AC);
    bool inner = row->to < row->from;
    uint32_t old_esp = b.cpu.s.gpr[R_ESP];
    deliver(EVENT_EXTERNAL, row->has_error, 0x1234);

    unsigned size = row->wide ? 4 : 2, n = 0;
    uint32_t mask = row->wide ? 0xffffffffu : 0xffffu;
    uint32_t items[6];
    if (row->has_error)
        items[n++] = 0x1234;
    items[n++] = 0x10042 & mask;
    items[n++] = CODE(row->from);
    items[n++] = (FLAG_FIXED1 | FLAG_IF | FLAG_ZF | FLAG_AC) & mask;
    if (inner) {
        items[n++] = old_esp;
        items[n++] = DATA(row->from);
    }
    expect_stack(size, n, items);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], (inner ? top[row->to] : old_esp) - n * size);
    cr_assert_eq(b.cpu.s.cpl, row->to);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, CODE(row->to));
    cr_assert_eq(b.cpu.s.seg[SEG_SS].sel, DATA(row->to));
    cr_assert_eq(b.cpu.s.eip, row->wide ? BOX_ENTRY : BOX_ENTRY & 0xffffu);
    cr_assert_eq(cpu_eflags(&b.cpu), FLAG_FIXED1 | FLAG_ZF | FLAG_AC,
                 "an interrupt gate clears IF, nothing more");
}

Test(event, trap_gate_leaves_interrupts_on)
{
    for (unsigned wide = 0; wide < 2; wide++) {
        box_init(&b, 3);
        gate(CODE(0), wide ? SYS_TRAP_GATE32 : SYS_TRAP_GATE16);
        deliver(EVENT_SOFTWARE, false, 0);
        cr_assert(b.cpu.s.eflags & FLAG_IF);
    }
}

Test(event, handler_starts_without_tf_nt_rf)
{
    box_init(&b, 3);
    gate(CODE(0), SYS_TRAP_GATE32);
    uint32_t flags =
        FLAG_FIXED1 | FLAG_TF | FLAG_NT | FLAG_RF | FLAG_DF | FLAG_IOPL | FLAG_ID | FLAG_IF;
    cpu_set_eflags(&b.cpu, flags);
    deliver(EVENT_EXTERNAL, false, 0);
    cr_assert_eq(cpu_eflags(&b.cpu), FLAG_FIXED1 | FLAG_DF | FLAG_IOPL | FLAG_ID | FLAG_IF);
    cr_assert_eq(box_stack(&b, 2, 4), flags, "the frame keeps them");
}

/* Their RF ended when they began. */
Test(event, interrupt_instructions_push_rf_clear)
{
    static const enum event_kind kinds[] = {EVENT_SOFTWARE, EVENT_SOFT_TRAP, EVENT_ICEBP};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        box_init(&b, 3);
        cpu_set_eflags(&b.cpu, FLAG_FIXED1 | FLAG_RF | FLAG_DF);
        deliver(kinds[i], false, 0);
        cr_expect_eq(box_stack(&b, 2, 4), FLAG_FIXED1 | FLAG_DF, "kind %u", i);
    }
}

Test(event, conforming_handler_runs_at_the_interrupted_ring_on_its_stack)
{
    box_init(&b, 3);
    gate(SEL(GDT_CONFORMING0, 0), SYS_INT_GATE32);
    deliver(EVENT_EXTERNAL, false, 0);
    cr_assert_eq(b.cpu.s.cpl, 3);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, SEL(GDT_CONFORMING0, 3));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], BOX_STACK3 - 0x100 - 12);
}

Test(event, rpl_of_the_gates_selector_is_ignored)
{
    box_init(&b, 3);
    gate(CODE(0) | 3, SYS_INT_GATE32);
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, CODE(0));
}

Test(event, sixteen_bit_tss_gives_a_sixteen_bit_stack_pointer)
{
    box_init(&b, 3);
    b.cpu.s.seg[SEG_TR].ar = 0x83;
    b.cpu.s.seg[SEG_TR].limit = 5; /* SS0 ends at byte 5 */
    box_write(&b, BOX_TSS + 2, 2, BOX_STACK0);
    box_write(&b, BOX_TSS + 4, 2, DATA(0));
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], BOX_STACK0 - 20);
}

Test(event, thirty_two_bit_tss_may_end_right_after_ss)
{
    box_init(&b, 3);
    b.cpu.s.seg[SEG_TR].limit = 9;
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.s.cpl, 0);
}

Test(event, small_inner_stack_uses_sp_and_keeps_the_upper_half_of_esp)
{
    box_init(&b, 3);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0xffff, A_DATA, 0);
    box_write(&b, BOX_TSS + 4, 4, 0x7777a000);
    box_write(&b, BOX_TSS + 8, 2, FREE);
    b.cpu.s.gpr[R_ESP] = 0x5555ef00;
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0x55550000u + 0xa000u - 20);
    cr_assert_eq(box_stack(&b, 3, 4), 0x5555ef00, "the frame holds all of the old ESP");
}

Test(event, small_present_stack_wraps_at_64_kib)
{
    box_init(&b, 0);
    b.cpu.s.seg[SEG_SS].ar &= ~AR_DB;
    b.cpu.s.seg[SEG_SS].limit = 0xffff;
    b.cpu.s.gpr[R_ESP] = 0x00120004;
    b.cpu.s.eip = 0x10042;
    deliver(EVENT_EXTERNAL, false, 0);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0x0012fff8);
    cr_assert_eq(box_read(&b, 0x0000, 4), FLAG_FIXED1 | FLAG_IF, "first item at 0");
    cr_assert_eq(box_read(&b, 0xfff8, 4), 0x10042, "the rest below 64 KiB");
}

Test(event, stack_pointer_zero_pushes_to_the_top_of_a_flat_segment)
{
    box_init(&b, 0);
    b.cpu.s.seg[SEG_SS].base = 0x8000;
    b.cpu.s.gpr[R_ESP] = 0;
    deliver(EVENT_EXTERNAL, false, 0);
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0xfffffff4u);
    cr_assert_eq(box_read(&b, 0x7ff4, 4), BOX_CODE);
}

Test(event, frame_across_pages_is_complete)
{
    box_init(&b, 3);
    box_write(&b, BOX_TSS + 4, 4, BOX_STACK0 - 0x1000 + 8);
    deliver(EVENT_SOFTWARE, false, 0);
    const uint32_t items[] = {BOX_CODE, CODE(3), FLAG_FIXED1 | FLAG_IF, BOX_STACK3 - 0x100,
                              DATA(3)};
    expect_stack(4, 5, items);
}

Test(event, inner_frame_goes_to_supervisor_pages)
{
    box_init(&b, 3);
    b.page_rights[(BOX_STACK0 - 1) >> 12] = PTE_P | PTE_W;
    b.page_rights[BOX_GDT >> 12] = b.page_rights[BOX_IDT >> 12] = b.page_rights[BOX_TSS >> 12] =
        PTE_P;
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.s.cpl, 0);
}

Test(event, sets_the_accessed_bits_of_code_and_stack)
{
    box_init(&b, 3);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0xfffff, A_CODE, 0x00c00000u);
    box_descriptor(&b, BOX_GDT, GDT_FREE + 1, 0, 0xfffff, A_DATA, 0x00c00000u);
    gate(FREE, SYS_INT_GATE32);
    box_write(&b, BOX_TSS + 8, 2, SEL(GDT_FREE + 1, 0));
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(box_read(&b, BOX_GDT + 8 * GDT_FREE + 5, 1), A_CODE | 1);
    cr_assert_eq(box_read(&b, BOX_GDT + 8 * (GDT_FREE + 1) + 5, 1), A_DATA | 1);
    cr_assert(b.cpu.s.seg[SEG_SS].ar & AR_ACCESSED);
}

Test(event, data_segments_stay_as_they_were)
{
    box_init(&b, 3);
    deliver(EVENT_EXTERNAL, false, 0);
    for (unsigned s = SEG_DS; s <= SEG_GS; s++)
        cr_assert_eq(b.cpu.s.seg[s].sel, DATA(3));
    cr_assert_eq(b.cpu.s.seg[SEG_ES].sel, DATA(3));
}

struct cost_row {
    enum event_kind kind;
    unsigned from;
    enum sim_cost key;
};

static const struct cost_row cost_rows[] = {
    {EVENT_SOFTWARE, 3, COST_int_deliver},    {EVENT_SOFTWARE, 0, COST_int_deliver_same},
    {EVENT_SOFT_TRAP, 1, COST_int_deliver},   {EVENT_SOFT_TRAP, 0, COST_int_deliver_same},
    {EVENT_EXCEPTION, 3, COST_fault_deliver}, {EVENT_EXCEPTION, 0, COST_fault_deliver},
    {EVENT_ICEBP, 3, COST_fault_deliver},     {EVENT_EXTERNAL, 3, COST_irq_deliver},
    {EVENT_EXTERNAL, 0, COST_irq_deliver},
};

TABLE_TEST(event, is_charged_once_by_what_it_was, cost_rows)
{
    box_init(&b, row->from);
    deliver(row->kind, false, 0);
    for (unsigned k = 0; k < SIM_COSTS; k++)
        cr_assert_eq(b.charged[k], k == row->key, "key %u charged %u times", k, b.charged[k]);
}

static struct sim_costs entry_costs;

static void with_entry_stubs(uint32_t base)
{
    entry_costs.cycles[COST_int_deliver] = 100;
    b.cpu.costs = &entry_costs;
    b.cpu.entry_base = base;
    b.cpu.entry_enabled = true;
}

Test(event, reaching_an_entry_stub_ends_the_run_and_is_a_transition)
{
    box_init(&b, 1);
    with_entry_stubs(BOX_ENTRY - V * CPU_ENTRY_STRIDE);
    b.cpu.run_until = UINT64_MAX;
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.stop, CPU_STOP_ENTRY);
    cr_assert_eq(b.cpu.run_until, 0, "the running block is left at once");
    cr_assert_eq(b.cpu.entry_vector, V);
    cr_assert_eq(b.cpu.s.bucket[BUCKET_transition_in], 100);
    cr_assert_eq(b.charged[COST_int_deliver], 0);
}

Test(event, a_gate_to_an_outer_ring_is_no_entry)
{
    box_init(&b, 3);
    with_entry_stubs(BOX_ENTRY);
    gate(CODE(1), SYS_TRAP_GATE32);
    deliver(EVENT_SOFTWARE, false, 0);
    cr_assert_eq(b.cpu.stop, CPU_STOP_NONE);
    cr_assert_eq(b.charged[COST_int_deliver], 1);
}

Test(event, ring_0_outside_the_stubs_is_no_entry)
{
    for (unsigned i = 0; i < 2; i++) {
        box_init(&b, 3);
        with_entry_stubs(i ? BOX_ENTRY + 4 : BOX_ENTRY - 256 * CPU_ENTRY_STRIDE);
        deliver(EVENT_SOFTWARE, false, 0);
        cr_assert_eq(b.cpu.stop, CPU_STOP_NONE);
        cr_assert_eq(b.charged[COST_int_deliver], 1);
    }
}

struct rf_row {
    unsigned vector;
    bool trap;
    uint32_t dr6;
    bool rf;
};

static const struct rf_row rf_rows[] = {
    {VEC_UD, false, 0, true},  {VEC_GP, false, 0, true},      {VEC_PF, false, 0, true},
    {VEC_DE, false, 0, true},  {VEC_DB, true, DR6_BS, false}, {VEC_DB, false, DR6_BD, true},
    {VEC_DB, false, 1, false}, {VEC_DF, false, 0, false},     {VEC_AC, false, 0, true},
};

TABLE_TEST(event, rf_is_set_in_the_frames_of_faults_only, rf_rows)
{
    box_init(&b, 0);
    cpu_raise(&b.cpu, row->vector);
    b.cpu.fault.trap = row->trap;
    b.cpu.fault.error = row->dr6;
    cr_assert(cpu_deliver_exception(&b.cpu));
    cr_assert_eq((box_stack(&b, 2, 4) & FLAG_RF) != 0, row->rf, "vector %u", row->vector);
}

Test(event, injected_exception_has_rf_like_one_found_by_the_cpu)
{
    box_init(&b, 3);
    cr_assert(cpu_deliver_event(&b.cpu, VEC_GP, EVENT_EXCEPTION, true, 0));
    cr_assert(box_stack(&b, 3, 4) & FLAG_RF);
    box_init(&b, 3);
    cr_assert(cpu_deliver_event(&b.cpu, VEC_DB, EVENT_EXCEPTION, false, 0));
    cr_assert_not(box_stack(&b, 2, 4) & FLAG_RF);
    box_init(&b, 3);
    cr_assert(cpu_deliver_event(&b.cpu, V, EVENT_EXTERNAL, false, 0));
    cr_assert_not(box_stack(&b, 2, 4) & FLAG_RF);
}

struct int_row {
    const char *bytes;
    unsigned length, vector;
};

static const struct int_row int_rows[] = {
    {"\xcd\x80", 2, 0x80}, {"\xcd\xff", 2, 0xff}, {"\xcd\x03", 2, 3},
    {"\xcc", 1, 3},        {"\xce", 1, 4},        {"\xf1", 1, 1},
};

TABLE_TEST(event, software_interrupt_returns_behind_itself, int_rows)
{
    box_init(&b, 3);
    cpu_set_eflags(&b.cpu, FLAG_FIXED1 | FLAG_OF);
    for (unsigned v = 0; v < 256; v++)
        box_gate(&b, BOX_IDT, v, CODE(0), 0x1000 + v, A_SYSTEM(SYS_INT_GATE32) | DPL(3), 0);
    cr_assert(box_run(&b, row->bytes, row->length));
    cr_assert_eq(b.cpu.s.eip, 0x1000 + row->vector);
    cr_assert_eq(box_stack(&b, 0, 4), BOX_CODE + row->length);
}

Test(event, into_does_nothing_without_overflow)
{
    box_init(&b, 3);
    cr_assert(RUN(&b, "\xce"));
    cr_assert_eq(b.cpu.s.eip, BOX_CODE + 1);
    cr_assert_eq(b.cpu.s.cpl, 3);
}

Test(event, refused_software_interrupt_leaves_eip_on_itself)
{
    box_init(&b, 3);
    box_gate(&b, BOX_IDT, 0x80, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_INT_GATE32), 0);
    cr_assert_not(RUN(&b, "\xcd\x80"));
    box_expect_fault(&b, "int $0x80", GP(0x402));
    cr_assert_eq(b.cpu.s.eip, BOX_CODE);
}

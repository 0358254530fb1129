/*
 * IRET: flags by privilege and width, returns to every ring, and its faults in order (SDM v2,
 * IRET/IRETD).
 */
#include "box.h"

static struct box b;

#define IRETD "\xcf"
#define IRETW "\x66\xcf"
#define ALL_FLAGS                                                                                  \
    (FLAG_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_AC |          \
     FLAG_VIF | FLAG_VIP | FLAG_ID)

static void push_same(unsigned size, uint32_t eflags, uint32_t cs, uint32_t eip)
{
    box_push(&b, size, eflags);
    box_push(&b, size, cs);
    box_push(&b, size, eip);
}

static void push_outer(unsigned size, uint32_t ss, uint32_t esp, uint32_t eflags, uint32_t cs,
                       uint32_t eip)
{
    box_push(&b, size, ss);
    box_push(&b, size, esp);
    push_same(size, eflags, cs, eip);
}

struct flag_row {
    const char *what;
    unsigned cpl;
    uint32_t before;
    bool wide;
    uint32_t image, after;
};

#define F1        FLAG_FIXED1
#define IOPL(n)   ((uint32_t)(n) << 12)
#define ALWAYS    (FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT)
#define WIDE_ONLY (FLAG_RF | FLAG_AC | FLAG_ID)

static const struct flag_row flag_rows[] = {
    {"ring 0 loads all that exists", 0, F1, true, ALL_FLAGS,
     F1 | ALWAYS | WIDE_ONLY | FLAG_IF | FLAG_IOPL},
    {"ring 0 clears all", 0, F1 | (ALWAYS & ~FLAG_NT) | WIDE_ONLY | FLAG_IF | FLAG_IOPL, true, 0,
     F1},
    {"ring 0, 16 bits", 0, F1 | FLAG_AC, false, ALL_FLAGS & 0xffff,
     F1 | FLAG_AC | ALWAYS | FLAG_IF | FLAG_IOPL},
    {"ring 1, IOPL 0: no IF, no IOPL", 1, F1, true, ALL_FLAGS, F1 | ALWAYS | WIDE_ONLY},
    {"ring 1, IOPL 0 keeps IF set", 1, F1 | FLAG_IF, true, 0, F1 | FLAG_IF},
    {"ring 1, IOPL 1: IF, no IOPL", 1, F1 | IOPL(1), true, ALL_FLAGS,
     F1 | IOPL(1) | ALWAYS | WIDE_ONLY | FLAG_IF},
    {"ring 1, IOPL 1 clears IF", 1, F1 | IOPL(1) | FLAG_IF, true, 0, F1 | IOPL(1)},
    {"ring 3, IOPL 2: no IF", 3, F1 | IOPL(2), true, ALL_FLAGS, F1 | IOPL(2) | ALWAYS | WIDE_ONLY},
    {"ring 3, IOPL 3: IF", 3, F1 | IOPL(3), true, ALL_FLAGS & ~FLAG_IOPL,
     F1 | IOPL(3) | ALWAYS | WIDE_ONLY | FLAG_IF},
    {"ring 3 never loads VM", 3, F1, true, FLAG_VM, F1},
    {"ring 3, 16 bits keeps AC and ID", 3, F1 | FLAG_ID, false, FLAG_CF, F1 | FLAG_ID | FLAG_CF},
};

ROWS_TEST(iret, loads_the_flags_this_ring_may_load, flag_rows)
{
    box_init(&b, row->cpl);
    cpu_set_eflags(&b.cpu, row->before);
    push_same(row->wide ? 4 : 2, row->image, CODE(row->cpl), 0x1234);
    cr_assert(row->wide ? RUN(&b, IRETD) : RUN(&b, IRETW), "%s", row->what);
    cr_assert_eq(cpu_eflags(&b.cpu), row->after, "%s: %#x, expected %#x", row->what,
                 cpu_eflags(&b.cpu), row->after);
    cr_assert_eq(b.cpu.s.eip, 0x1234);
}

struct ring_row {
    unsigned from, to;
    bool wide;
};

static const struct ring_row ring_rows[] = {
    {0, 0, true},  {0, 1, true},  {0, 2, true},  {0, 3, true}, {1, 1, true},
    {1, 2, true},  {1, 3, true},  {2, 3, true},  {3, 3, true}, {0, 0, false},
    {0, 3, false}, {1, 3, false}, {0, 1, false},
};

TABLE_TEST(iret, returns_to_every_outer_ring, ring_rows)
{
    unsigned size = row->wide ? 4 : 2;
    box_init(&b, row->from);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    if (row->to == row->from)
        push_same(size, F1, CODE(row->to), 0x4567);
    else
        push_outer(size, DATA(row->to), 0xeee0, F1 | FLAG_CF, CODE(row->to), 0x4567);
    cr_assert(row->wide ? RUN(&b, IRETD) : RUN(&b, IRETW));
    cr_assert_eq(b.cpu.s.cpl, row->to);
    cr_assert_eq(b.cpu.s.eip, 0x4567);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, CODE(row->to));
    cr_assert_eq(b.cpu.s.seg[SEG_SS].sel, DATA(row->to));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], row->to == row->from ? esp : 0xeee0);
    cr_assert_eq(b.charged[row->to == row->from ? COST_iret_same : COST_iret_outer], 1);
    cr_assert_eq(b.charged[row->to == row->from ? COST_iret_outer : COST_iret_same], 0);
}

struct null_row {
    unsigned dpl;
    uint32_t access;
    unsigned to;
    bool kept;
};

static const struct null_row null_rows[] = {
    {0, A_DATA, 3, false},   {0, A_CODE, 3, false}, {0, A_CONFORMING, 3, true},
    {2, A_DATA, 3, false},   {3, A_DATA, 3, true},  {3, A_CODE, 3, true},
    {1, A_DATA, 1, true},    {0, A_DATA, 1, false}, {1, A_DATA, 2, false},
    {2, A_DATA_RO, 2, true},
};

TABLE_TEST(iret, nulls_data_segments_the_outer_ring_may_not_hold, null_rows)
{
    static const unsigned segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    box_init(&b, 0);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0xfffff, row->access | DPL(row->dpl), 0x00c00000u);
    for (unsigned i = 0; i < 4; i++)
        cr_assert(segment_load(&b.cpu, segs[i], FREE));
    push_outer(4, DATA(row->to), 0xeee0, F1, CODE(row->to), 0x1000);
    cr_assert(RUN(&b, IRETD));
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(b.cpu.s.seg[segs[i]].sel, row->kept ? FREE : 0);
        cr_assert_eq((b.cpu.s.seg[segs[i]].ar & AR_UNUSABLE) != 0, !row->kept);
    }
}

Test(iret, same_ring_keeps_data_segments)
{
    box_init(&b, 1);
    b.cpu.s.seg[SEG_ES].ar &= ~AR_DPL;
    push_same(4, F1, CODE(1), 0x1000);
    cr_assert(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.s.seg[SEG_ES].sel, DATA(1));
}

struct fault_row {
    const char *what;
    unsigned cpl;
    uint32_t ss, esp, cs, eip;
    void (*prepare)(void);
    unsigned fault;
    int64_t error;
};

static void descriptor(uint32_t limit, uint32_t access)
{
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, limit, access, BIG);
}
static void absent_code3(void)
{
    descriptor(0xfffff, (A_CODE | DPL(3)) ^ ABSENT);
}
static void short_code3(void)
{
    descriptor(0xfff, A_CODE | DPL(3));
}
static void short_code0(void)
{
    descriptor(0xfff, A_CODE);
}
static void conforming2(void)
{
    descriptor(0xfffff, A_CONFORMING | DPL(2));
}
static void absent_data3(void)
{
    descriptor(0xfffff, (A_DATA | DPL(3)) ^ ABSENT);
}
static void read_only3(void)
{
    descriptor(0xfffff, A_DATA_RO | DPL(3));
}
static void stack_ends_after_cs(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 7;
}
static void stack_ends_after_flags(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 11;
}
static void stack_ends_in_outer_ss(void)
{
    b.cpu.s.seg[SEG_SS].limit = b.cpu.s.gpr[R_ESP] + 18;
}
static void stack_page_absent(void)
{
    b.page_rights[b.cpu.s.gpr[R_ESP] >> 12] = 0;
}
static void user_stack_is_supervisor(void)
{
    b.page_rights[b.cpu.s.gpr[R_ESP] >> 12] = PTE_P | PTE_W;
}
static void gdt_absent(void)
{
    b.page_rights[BOX_GDT >> 12] = 0;
}
static void nothing(void)
{
}

static const struct fault_row fault_rows[] = {
    {"three items do not fit", 0, DATA(3), 0xe000, CODE(3), 0, stack_ends_after_cs, SS(0)},
    {"two more do not fit", 0, DATA(3), 0xe000, CODE(3), 0, stack_ends_after_flags, SS(0)},
    {"the last byte does not fit", 0, DATA(3), 0xe000, CODE(3), 0, stack_ends_in_outer_ss, SS(0)},
    {"stack page absent", 0, DATA(3), 0xe000, CODE(3), 0, stack_page_absent, PF(0)},
    {"user stack on a supervisor page", 3, 0, 0, CODE(3), 0, user_stack_is_supervisor,
     PF(PFERR_U | PFERR_P)},
    {"GDT page absent", 0, DATA(3), 0xe000, CODE(3), 0, gdt_absent, PF(0)},
    {"null CS", 0, DATA(3), 0xe000, 0, 0, nothing, GP(0)},
    {"null CS with RPL 3", 0, DATA(3), 0xe000, 3, 0, nothing, GP(0)},
    {"CS beyond the GDT", 0, DATA(3), 0xe000, SEL(GDT_ENTRIES, 3), 0, nothing, GP(0x100)},
    {"CS beyond the LDT", 0, DATA(3), 0xe000, SEL(8, 7), 0, nothing, GP(0x44)},
    {"CS is data", 0, DATA(3), 0xe000, DATA(3), 0, nothing, GP(0x40)},
    {"CS is a system descriptor", 0, DATA(3), 0xe000, SEL(GDT_LDT, 0), 0, nothing, GP(0x50)},
    {"inner CS", 3, DATA(3), 0xe000, CODE(0), 0, nothing, GP(0x08)},
    {"inner CS from ring 1", 1, DATA(3), 0xe000, CODE(0), 0, nothing, GP(0x08)},
    {"CS of another DPL than its RPL", 0, DATA(3), 0xe000, CODE(3) & ~3u, 0, nothing, GP(0x38)},
    {"CS of ring 1 with RPL 3", 0, DATA(3), 0xe000, CODE(1) | 3, 0, nothing, GP(0x18)},
    {"conforming CS above its RPL", 0, DATA(1), 0xe000, FREE | 1, 0, conforming2, GP(FREE)},
    {"CS absent", 0, DATA(3), 0xe000, FREE | 3, 0, absent_code3, NP(FREE)},
    {"EIP beyond CS, same ring", 0, 0, 0, FREE, 0x1000, short_code0, GP(0)},
    {"EIP beyond CS, outer ring", 0, DATA(3), 0xe000, FREE | 3, 0x1000, short_code3, GP(0)},
    {"null SS", 0, 3, 0xe000, CODE(3), 0, nothing, GP(0)},
    {"SS beyond the GDT", 0, SEL(GDT_ENTRIES, 3), 0xe000, CODE(3), 0, nothing, GP(0x100)},
    {"SS of another RPL", 0, DATA(3) & ~1u, 0xe000, CODE(3), 0, nothing, GP(0x40)},
    {"SS of another DPL", 0, DATA(2) | 3, 0xe000, CODE(3), 0, nothing, GP(0x30)},
    {"SS is code", 0, CODE(3), 0xe000, CODE(3), 0, nothing, GP(0x38)},
    {"SS read-only", 0, FREE | 3, 0xe000, CODE(3), 0, read_only3, GP(FREE)},
    {"SS absent", 0, FREE | 3, 0xe000, CODE(3), 0, absent_data3, SS(FREE)},
    {"SS is checked before EIP", 0, 0, 0xe000, FREE | 3, 0x1000, short_code3, GP(0)},
};

ROWS_TEST(iret_fault, is_the_first_failed_check_and_changes_nothing, fault_rows)
{
    static struct cpu_state before;
    box_init(&b, row->cpl);
    push_outer(4, row->ss, row->esp, F1, row->cs, row->eip);
    row->prepare();
    before = b.cpu.s;
    cr_assert_not(RUN(&b, IRETD), "%s", row->what);
    box_expect_fault(&b, row->what, row->fault, row->error);
    cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s", row->what);
}

Test(iret, conforming_code_may_be_returned_to_at_an_outer_ring)
{
    box_init(&b, 0);
    push_outer(4, DATA(3), 0xe000, F1, SEL(GDT_CONFORMING0, 3), 0x1000);
    cr_assert(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.s.cpl, 3);
    cr_assert_eq(b.cpu.s.seg[SEG_CS].sel, SEL(GDT_CONFORMING0, 3));
}

Test(iret, to_a_16_bit_stack_loads_only_sp)
{
    box_init(&b, 0);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0xffff, A_DATA | DPL(3), 0);
    push_outer(4, FREE | 3, 0x7777e000, F1, CODE(3), 0x1000);
    uint32_t upper = b.cpu.s.gpr[R_ESP] & 0xffff0000u;
    cr_assert(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], upper | 0xe000u);
}

Test(iret, sixteen_bit_form_to_a_32_bit_stack_zero_extends_esp)
{
    box_init(&b, 0);
    push_outer(2, DATA(3), 0xe000, F1, CODE(3), 0x1000);
    cr_assert(RUN(&b, IRETW));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0xe000);
    cr_assert_eq(b.cpu.s.eip, 0x1000);
}

Test(iret, from_a_16_bit_stack_pops_through_sp)
{
    box_init(&b, 0);
    b.cpu.s.seg[SEG_SS].ar &= ~AR_DB;
    b.cpu.s.gpr[R_ESP] = 0x12340004;
    push_same(4, F1, CODE(0), 0x1000); /* wraps below 0 */
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0x1234fff8);
    cr_assert(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0x12340004);
}

Test(iret, unblocks_nmi_even_if_it_faults)
{
    box_init(&b, 0);
    b.cpu.s.nmi_blocked = 1;
    push_same(4, F1, 0, 0x1000);
    cr_assert_not(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.s.nmi_blocked, 0);
}

Test(iret, to_virtual_8086_mode_stops_by_name_at_ring_0_only)
{
    box_init(&b, 0);
    push_same(4, F1 | FLAG_VM, CODE(0), 0);
    cr_assert_not(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
    cr_assert_not_null(strstr(b.cpu.unsupported, "8086"));
    box_init(&b, 1);
    push_same(4, F1 | FLAG_VM, CODE(1), 0);
    cr_assert(RUN(&b, IRETD));
}

Test(iret, with_nt_and_a_null_back_link_is_an_invalid_tss)
{
    box_init(&b, 3);
    cpu_set_eflags(&b.cpu, F1 | FLAG_NT);
    b.page_rights[BOX_TSS >> 12] = PTE_P; /* read as the system, not as the user */
    cr_assert_not(RUN(&b, IRETD));
    box_expect_fault(&b, "null link", TS(0));
}

Test(iret, with_nt_and_an_available_tss_as_back_link_is_an_invalid_tss)
{
    box_init(&b, 3);
    cpu_set_eflags(&b.cpu, F1 | FLAG_NT);
    box_write(&b, BOX_TSS, 2, SEL(GDT_TSS16, 0));
    cr_assert_not(RUN(&b, IRETD));
    box_expect_fault(&b, "available TSS", TS(SEL(GDT_TSS16, 0)));
}

Test(iret, with_nt_and_a_busy_tss_as_back_link_stops_by_name)
{
    box_init(&b, 3);
    cpu_set_eflags(&b.cpu, F1 | FLAG_NT);
    box_write(&b, BOX_TSS, 2, SEL(GDT_TSS, 0));
    cr_assert_not(RUN(&b, IRETD));
    cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
}

Test(iret, undoes_a_delivery_exactly)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        static struct cpu_state before;
        box_init(&b, cpl);
        for (unsigned s = SEG_ES; s < X86_SEGS; s++) /* such as no ring change touches */
            if (s != SEG_CS && s != SEG_SS)
                cr_assert(segment_load(&b.cpu, s, DATA(3)));
        cpu_set_eflags(&b.cpu, F1 | FLAG_IF | FLAG_CF | FLAG_AC | FLAG_TF);
        b.cpu.s.gpr[R_ESP] -= 0x20;
        before = b.cpu.s;
        cr_assert(cpu_deliver_event(&b.cpu, 0x40, EVENT_EXTERNAL, false, 0));
        cr_assert(cpu_iret(&b.cpu));
        cr_assert_eq(cpu_eflags(&b.cpu), F1 | FLAG_IF | FLAG_CF | FLAG_AC | FLAG_TF);
        b.cpu.s.eflags = before.eflags;
        b.cpu.s.cycle = before.cycle;
        const char *differs = state_first_difference(&cpu_state_desc, &before, &b.cpu.s);
        cr_assert_null(differs, "ring %u: %s differs", cpl, differs);
    }
}

Test(iret, out_of_the_hypervisor_is_a_transition)
{
    static struct sim_costs costs;
    box_init(&b, 0);
    costs.cycles[COST_iret_outer] = 70;
    b.cpu.costs = &costs;
    b.cpu.entry_enabled = true;
    push_outer(4, DATA(1), 0xa000, F1, CODE(1), 0x1000);
    cr_assert(cpu_iret(&b.cpu));
    cr_assert_eq(b.cpu.s.bucket[BUCKET_transition_out], 70);
    cr_assert_eq(b.charged[COST_iret_outer], 0);
}

Test(iret, misaligned_user_frame_is_an_alignment_check)
{
    box_init(&b, 3);
    push_same(4, F1, CODE(3), 0x1000);
    b.cpu.s.gpr[R_ESP] -= 2;
    b.cpu.s.cr0 |= CR0_AM;
    cpu_set_eflags(&b.cpu, F1 | FLAG_AC);
    cr_assert_not(RUN(&b, IRETD));
    box_expect_fault(&b, "misaligned", VEC_AC, 0);
}

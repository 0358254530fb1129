/*
 * Descriptor-table registers: LGDT LIDT SGDT SIDT LLDT LTR SLDT STR.
 */
#include "box.h"

static struct box b;

Test(tables, lgdt_and_lidt_load_limit_and_base)
{
    static const char *const bytes[] = {"\x0f\x01\x13", "\x0f\x01\x1b"};
    for (unsigned i = 0; i < 2; i++) {
        box_init(&b, 0);
        box_write(&b, BOX_DATA, 2, 0x1234);
        box_write(&b, BOX_DATA + 2, 4, 0x89abcdef);
        b.cpu.s.gpr[R_EBX] = BOX_DATA;
        cr_assert(box_run(&b, bytes[i], 3));
        cr_assert_eq(i ? b.cpu.s.idtr_limit : b.cpu.s.gdtr_limit, 0x1234);
        cr_assert_eq(i ? b.cpu.s.idtr_base : b.cpu.s.gdtr_base, 0x89abcdef);
        cr_assert_eq(b.tables_loaded, 1u << (i ? CPU_TABLE_IDT : CPU_TABLE_GDT));
        cr_assert_eq(b.charged[COST_table_load], 1);
    }
}

Test(tables, sixteen_bit_lgdt_loads_24_bits_of_base)
{
    box_init(&b, 0);
    box_write(&b, BOX_DATA + 2, 4, 0x89abcdef);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    cr_assert(RUN(&b, "\x66\x0f\x01\x13"));
    cr_assert_eq(b.cpu.s.gdtr_base, 0x00abcdef);
}

Test(tables, sgdt_and_sidt_store_in_any_ring)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        box_init(&b, cpl);
        b.cpu.s.gpr[R_EBX] = BOX_DATA;
        cr_assert(RUN(&b, "\x0f\x01\x03"));
        cr_assert_eq(box_read(&b, BOX_DATA, 2), 8 * GDT_ENTRIES - 1);
        cr_assert_eq(box_read(&b, BOX_DATA + 2, 4), BOX_GDT);
        cr_assert(RUN(&b, "\x0f\x01\x0b"));
        cr_assert_eq(box_read(&b, BOX_DATA, 2), 0x7ff);
        cr_assert_eq(box_read(&b, BOX_DATA + 2, 4), BOX_IDT);
    }
}

Test(tables, sgdt_across_an_absent_page_writes_nothing)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_EBX] = 0x11ffe;
    b.page_rights[0x12] = 0;
    cr_assert_not(RUN(&b, "\x0f\x01\x03"));
    box_expect_fault(&b, "second page", PF(PFERR_W));
    cr_assert_eq(b.cpu.fault.cr2, 0x12000);
    cr_assert_eq(box_read(&b, 0x11ffe, 2), 0);
}

static const char *const privileged[] = {
    "\x0f\x01\x13", /* lgdt */
    "\x0f\x01\x1b", /* lidt */
    "\x0f\x00\xd0", /* lldt ax */
    "\x0f\x00\xd8", /* ltr ax */
    "\x0f\x01\xf0", /* lmsw ax */
    "\x0f\x01\x3b", /* invlpg [ebx] */
    "\x0f\x20\xc0", /* mov eax, cr0 */
    "\x0f\x22\xd8", /* mov cr3, eax */
    "\x0f\x21\xc0", /* mov eax, dr0 */
    "\x0f\x23\xf8", /* mov dr7, eax */
};
static const char *const privileged_short[] = {"\x0f\x06", "\x0f\x08", "\x0f\x09",
                                               "\x0f\x30", "\x0f\x32", "\xf4"};

Test(privileged, instructions_fault_outside_ring_0)
{
    for (unsigned cpl = 1; cpl < 4; cpl++) {
        for (unsigned i = 0; i < sizeof privileged / sizeof privileged[0]; i++) {
            box_init(&b, cpl);
            b.cpu.s.gpr[R_EBX] = 0xfffff000u; /* the operand is not even looked at */
            cr_assert_not(box_run(&b, privileged[i], 3), "row %u", i);
            box_expect_fault(&b, "three bytes", GP(0));
        }
        for (unsigned i = 0; i < sizeof privileged_short / sizeof privileged_short[0]; i++) {
            box_init(&b, cpl);
            cr_assert_not(box_run(&b, privileged_short[i], i == 5 ? 1 : 2), "row %u", i);
            box_expect_fault(&b, "short", GP(0));
        }
    }
}

struct load_row {
    const char *what;
    bool ltr;
    uint16_t sel;
    uint32_t access; /* of GDT_FREE */
    unsigned fault;
    int64_t error;
};

static const struct load_row load_rows[] = {
    {"LDT", false, FREE, A_SYSTEM(SYS_LDT), 0, 0},
    {"LDT with RPL 3", false, FREE | 3, A_SYSTEM(SYS_LDT), 0, 0},
    {"LDT from the LDT", false, SEL(1, 4), 0, GP(SEL(1, 4))},
    {"LDT beyond the GDT", false, SEL(GDT_ENTRIES, 0), 0, GP(0x100)},
    {"TSS as LDT", false, FREE, A_SYSTEM(SYS_TSS32_AVAIL), GP(FREE)},
    {"data as LDT", false, FREE, A_DATA, GP(FREE)},
    {"LDT absent", false, FREE, SYS_LDT, NP(FREE)},
    {"32-bit TSS", true, FREE, A_SYSTEM(SYS_TSS32_AVAIL), 0, 0},
    {"16-bit TSS", true, FREE, A_SYSTEM(SYS_TSS16_AVAIL), 0, 0},
    {"busy TSS", true, FREE, A_SYSTEM(SYS_TSS32_BUSY), GP(FREE)},
    {"busy 16-bit TSS", true, FREE, A_SYSTEM(SYS_TSS16_BUSY), GP(FREE)},
    {"LDT as TSS", true, FREE, A_SYSTEM(SYS_LDT), GP(FREE)},
    {"code as TSS", true, FREE, A_CODE_XO | 1, GP(FREE)},
    {"null TSS", true, 0, 0, GP(0)},
    {"TSS in the LDT", true, SEL(1, 4), 0, GP(SEL(1, 4))},
    {"TSS absent", true, FREE, SYS_TSS32_AVAIL, NP(FREE)},
    {"busy is checked before presence", true, FREE, SYS_TSS32_BUSY, GP(FREE)},
};

ROWS_TEST(tables, lldt_and_ltr_take_their_type_only, load_rows)
{
    static struct cpu_state before;
    box_init(&b, 0);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0x5000, 0x99, row->access, 0);
    b.cpu.s.gpr[R_EAX] = row->sel;
    before = b.cpu.s;
    bool loaded = row->ltr ? RUN(&b, "\x0f\x00\xd8") : RUN(&b, "\x0f\x00\xd0");
    cr_assert_eq(loaded, row->fault == 0, "%s", row->what);
    if (!loaded) {
        box_expect_fault(&b, row->what, row->fault, row->error);
        cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s", row->what);
        return;
    }
    const struct segment *s = &b.cpu.s.seg[row->ltr ? SEG_TR : SEG_LDTR];
    cr_assert_eq(s->sel, row->sel);
    cr_assert_eq(s->base, 0x5000);
    cr_assert_eq(s->limit, 0x99);
    cr_assert_eq(box_read(&b, BOX_GDT + 8 * GDT_FREE + 5, 1), row->access | (row->ltr ? 2 : 0),
                 "busy in memory");
    cr_assert_eq(s->ar, row->access | (row->ltr ? 2u : 0u));
    cr_assert_eq(b.tables_loaded, 1u << (row->ltr ? CPU_TABLE_TR : CPU_TABLE_LDT));
}

Test(tables, null_ldt_makes_its_selectors_invalid)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_EAX] = 0;
    cr_assert(RUN(&b, "\x0f\x00\xd0"));
    cr_assert_not(segment_load(&b.cpu, SEG_DS, SEL(0, 4)));
    box_expect_fault(&b, "no LDT", GP(4));
}

Test(tables, sldt_and_str_store_a_word_or_zero_extend)
{
    box_init(&b, 3);
    b.cpu.s.gpr[R_EAX] = b.cpu.s.gpr[R_ECX] = 0xffffffffu;
    cr_assert(RUN(&b, "\x0f\x00\xc0")); /* sldt eax */
    cr_assert_eq(b.cpu.s.gpr[R_EAX], SEL(GDT_LDT, 0));
    cr_assert(RUN(&b, "\x66\x0f\x00\xc9")); /* str cx */
    cr_assert_eq(b.cpu.s.gpr[R_ECX], 0xffff0000u | SEL(GDT_TSS, 0));
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    box_write(&b, BOX_DATA, 4, 0xffffffffu);
    cr_assert(RUN(&b, "\x0f\x00\x0b")); /* str [ebx] */
    cr_assert_eq(box_read(&b, BOX_DATA, 4), 0xffff0000u | SEL(GDT_TSS, 0));
}

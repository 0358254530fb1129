/*
 * Loading data segment registers and the checks of accesses through them (SDM v2, MOV; v3,
 * Protection).
 */
#include "box.h"

static struct box b;

struct load_row {
    const char *what;
    unsigned cpl, seg;
    uint16_t sel;
    uint32_t access; /* of GDT_FREE */
    unsigned fault;  /* 0: loads */
    int64_t error;
};

#define OK 0, 0

static const struct load_row load_rows[] = {
    {"data of this ring", 0, SEG_DS, FREE, A_DATA, OK},
    {"read-only data", 3, SEG_ES, FREE | 3, A_DATA_RO | DPL(3), OK},
    {"expand-down data", 3, SEG_FS, FREE | 3, A_DATA_DOWN | DPL(3), OK},
    {"readable code", 3, SEG_GS, FREE | 3, A_CODE | DPL(3), OK},
    {"outer data", 0, SEG_DS, FREE, A_DATA | DPL(3), OK},
    {"outer data with outer RPL", 0, SEG_DS, FREE | 3, A_DATA | DPL(3), OK},
    {"conforming code of an inner ring", 3, SEG_DS, FREE | 3, A_CONFORMING, OK},
    {"execute-only code", 0, SEG_DS, FREE, A_CODE_XO, GP(FREE)},
    {"execute-only conforming code", 0, SEG_DS, FREE, A_CODE_XO | 4, GP(FREE)},
    {"a TSS", 0, SEG_ES, SEL(GDT_TSS, 0), 0, GP(SEL(GDT_TSS, 0))},
    {"inner data", 3, SEG_DS, FREE, A_DATA, GP(FREE)},
    {"inner data by RPL alone", 0, SEG_DS, FREE | 3, A_DATA, GP(FREE)},
    {"inner readable code", 1, SEG_DS, FREE | 1, A_CODE, GP(FREE)},
    {"beyond the GDT", 0, SEG_GS, SEL(GDT_ENTRIES, 0), 0, GP(0x100)},
    {"beyond the LDT", 0, SEG_FS, SEL(8, 4), 0, GP(0x44)},
    {"absent", 0, SEG_DS, FREE, A_DATA ^ ABSENT, NP(FREE)},
    {"privilege is checked before presence", 3, SEG_DS, FREE, A_DATA ^ ABSENT, GP(FREE)},
    {"stack of this ring", 0, SEG_SS, FREE, A_DATA, OK},
    {"stack of ring 2", 2, SEG_SS, FREE | 2, A_DATA | DPL(2), OK},
    {"stack with another RPL", 0, SEG_SS, FREE | 1, A_DATA, GP(FREE)},
    {"stack of another DPL", 0, SEG_SS, FREE, A_DATA | DPL(1), GP(FREE)},
    {"stack of an inner DPL", 3, SEG_SS, FREE | 3, A_DATA, GP(FREE)},
    {"read-only stack", 0, SEG_SS, FREE, A_DATA_RO, GP(FREE)},
    {"code as stack", 0, SEG_SS, FREE, A_CODE, GP(FREE)},
    {"null stack", 0, SEG_SS, 0, 0, GP(0)},
    {"null stack with RPL 3 in ring 3", 3, SEG_SS, 3, 0, GP(0)},
    {"absent stack", 0, SEG_SS, FREE, A_DATA ^ ABSENT, SS(FREE)},
    {"stack beyond the GDT", 3, SEG_SS, SEL(GDT_ENTRIES, 3), 0, GP(0x100)},
};

ROWS_TEST(segment_load, takes_what_the_manual_allows_and_faults_in_its_order, load_rows)
{
    static struct cpu_state before;
    box_init(&b, row->cpl);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0x12345678, 0x54321, row->access, 0x00500000u);
    before = b.cpu.s;
    bool loaded = segment_load(&b.cpu, row->seg, row->sel);
    cr_assert_eq(loaded, row->fault == 0, "%s", row->what);
    if (!loaded) {
        box_expect_fault(&b, row->what, row->fault, row->error);
        cr_assert_null(state_first_difference(&cpu_state_desc, &before, &b.cpu.s), "%s", row->what);
        cr_assert_eq(box_read(&b, BOX_GDT + 8 * GDT_FREE + 5, 1), row->access & 0xff, "%s",
                     row->what);
        return;
    }
    const struct segment *s = &b.cpu.s.seg[row->seg];
    cr_assert_eq(s->sel, row->sel);
    cr_assert_eq(s->base, 0x12345678);
    cr_assert_eq(s->limit, 0x54321);
    cr_assert_eq(s->ar, row->access | AR_ACCESSED | AR_DB | AR_AVL, "%#x", s->ar);
    cr_assert_eq(box_read(&b, BOX_GDT + 8 * GDT_FREE + 5, 1), row->access | 1,
                 "Accessed is set in memory");
}

Test(segment_load, null_makes_a_data_register_unusable)
{
    for (uint16_t sel = 0; sel < 4; sel++) {
        box_init(&b, 0);
        cr_assert(segment_load(&b.cpu, SEG_DS, sel));
        cr_assert_eq(b.cpu.s.seg[SEG_DS].sel, sel);
        cr_assert(b.cpu.s.seg[SEG_DS].ar & AR_UNUSABLE);
        uint32_t value;
        cr_assert_not(cpu_read(&b.cpu, SEG_DS, 0, 1, &value));
        box_expect_fault(&b, "null DS", GP(0));
    }
}

Test(segment_load, granular_limits_count_4_kib_pages)
{
    box_init(&b, 0);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0x0000f, A_DATA, 0x00800000u);
    cr_assert(segment_load(&b.cpu, SEG_DS, FREE));
    cr_assert_eq(b.cpu.s.seg[SEG_DS].limit, 0xffff);
}

Test(segment_load, reads_the_ldt_when_the_selector_says_so)
{
    box_init(&b, 3);
    box_descriptor(&b, BOX_LDT, 0, 0x4000, 0xff, A_DATA | DPL(3), BIG);
    cr_assert(segment_load(&b.cpu, SEG_DS, SEL(0, 7)), "index 0 of the LDT is not null");
    cr_assert_eq(b.cpu.s.seg[SEG_DS].base, 0x4000);
}

struct check_row {
    const char *what;
    uint32_t ar, limit, offset;
    unsigned size;
    enum cpu_access access;
    bool ok;
};

#define DATA_AR (0x93u | AR_DB)
#define DOWN_AR (0x97u | AR_DB)

static const struct check_row check_rows[] = {
    {"last byte", DATA_AR, 0xfff, 0xfff, 1, ACCESS_READ, true},
    {"one beyond", DATA_AR, 0xfff, 0x1000, 1, ACCESS_READ, false},
    {"doubleword to the end", DATA_AR, 0xfff, 0xffc, 4, ACCESS_WRITE, true},
    {"doubleword over the end", DATA_AR, 0xfff, 0xffd, 4, ACCESS_WRITE, false},
    {"word over the end", DATA_AR, 0xfff, 0xfff, 2, ACCESS_READ, false},
    {"limit 0 holds one byte", DATA_AR, 0, 0, 1, ACCESS_READ, true},
    {"limit 0 holds no word", DATA_AR, 0, 0, 2, ACCESS_READ, false},
    {"flat, last byte", DATA_AR, 0xffffffffu, 0xffffffffu, 1, ACCESS_READ, true},
    {"flat, around the top", DATA_AR, 0xffffffffu, 0xfffffffdu, 4, ACCESS_READ, false},
    {"expand-down, at the limit", DOWN_AR, 0xfff, 0xfff, 1, ACCESS_READ, false},
    {"expand-down, first above", DOWN_AR, 0xfff, 0x1000, 4, ACCESS_WRITE, true},
    {"expand-down, last doubleword", DOWN_AR, 0xfff, 0xfffffffcu, 4, ACCESS_READ, true},
    {"expand-down, over the top", DOWN_AR, 0xfff, 0xfffffffeu, 4, ACCESS_READ, false},
    {"expand-down 16-bit, last word", 0x97, 0xfff, 0xfffe, 2, ACCESS_READ, true},
    {"expand-down 16-bit, over 64 KiB", 0x97, 0xfff, 0xffff, 2, ACCESS_READ, false},
    {"expand-down 16-bit, beyond", 0x97, 0xfff, 0x10000, 1, ACCESS_READ, false},
    {"expand-down, limit all ones is empty", DOWN_AR, 0xffffffffu, 0xffffffffu, 1, ACCESS_READ,
     false},
    {"write to read-only data", 0x91, 0xfff, 0, 1, ACCESS_WRITE, false},
    {"read of read-only data", 0x91, 0xfff, 0, 1, ACCESS_READ, true},
    {"write to code", 0x9b, 0xfff, 0, 1, ACCESS_WRITE, false},
    {"read of readable code", 0x9b, 0xfff, 0, 1, ACCESS_READ, true},
    {"read of execute-only code", 0x99, 0xfff, 0, 1, ACCESS_READ, false},
    {"conforming readable code has no expand-down limit", 0x9f, 0xfff, 0, 1, ACCESS_READ, true},
    {"unusable", AR_UNUSABLE, 0xffffffffu, 0, 1, ACCESS_READ, false},
};

ROWS_TEST(segment_check, admits_offsets_within_limit_and_type, check_rows)
{
    uint32_t linear;
    box_init(&b, 0);
    b.cpu.s.seg[SEG_DS] = (struct segment){.base = 0xfffff000u, .limit = row->limit, .ar = row->ar};
    bool ok = segment_check(&b.cpu, SEG_DS, row->offset, row->size, row->access, &linear);
    cr_assert_eq(ok, row->ok, "%s", row->what);
    if (ok)
        cr_assert_eq(linear, 0xfffff000u + row->offset, "linear addresses wrap");
    else
        box_expect_fault(&b, row->what, GP(0));
}

Test(segment_check, stack_faults_are_ss)
{
    uint32_t linear;
    box_init(&b, 0);
    b.cpu.s.seg[SEG_SS].limit = 0xfff;
    cr_assert_not(segment_check(&b.cpu, SEG_SS, 0x1000, 1, ACCESS_READ, &linear));
    box_expect_fault(&b, "SS", SS(0));
}

/* ---------------------------------------------------------------------------------------- instructions */

Test(mov_seg, cs_cannot_be_loaded)
{
    uint8_t bytes[2] = {0x8e, 0xc8}; /* mov cs, ax */
    struct insn in;
    box_init(&b, 0);
    if (insn_decode(bytes, 2, DECODE_CODE32, &in) ==
        DECODE_OK) { /* refused by the decoder or by the function */
        cr_assert_not(insn_row_of(&in)->exec(&b.cpu, &in));
        box_expect_fault(&b, "mov to cs", UD);
    }
}

Test(mov_seg, loads_from_memory_read_two_bytes)
{
    box_init(&b, 0);
    box_write(&b, 0x11ffe, 2, DATA(3));
    b.page_rights[0x12] = 0;
    b.cpu.s.gpr[R_EAX] = 0x11ffe;
    cr_assert(RUN(&b, "\x8e\x18"));
    cr_assert_eq(b.cpu.s.seg[SEG_DS].sel, DATA(3));
    cr_assert_eq(b.charged[COST_seg_load], 1);
}

Test(mov_seg, stores_two_bytes_to_memory_and_zero_extends_to_a_register)
{
    box_init(&b, 3);
    box_write(&b, BOX_DATA, 4, 0xffffffffu);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    cr_assert(RUN(&b, "\x8c\x1b")); /* mov [ebx], ds */
    cr_assert_eq(box_read(&b, BOX_DATA, 4), 0xffff0000u | DATA(3));
    b.cpu.s.gpr[R_EAX] = 0xffffffffu;
    cr_assert(RUN(&b, "\x8c\xd8")); /* mov eax, ds */
    cr_assert_eq(b.cpu.s.gpr[R_EAX], DATA(3));
    b.cpu.s.gpr[R_EAX] = 0xffffffffu;
    cr_assert(RUN(&b, "\x66\x8c\xd8")); /* mov ax, ds */
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0xffff0000u | DATA(3));
}

Test(mov_seg, mov_and_pop_ss_hold_off_interrupts_others_do_not)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_EAX] = DATA(0);
    cr_assert(RUN(&b, "\x8e\xd8"));
    cr_assert_eq(b.cpu.s.shadow, 0);
    cr_assert(RUN(&b, "\x8e\xd0"));
    cr_assert_eq(b.cpu.s.shadow, SHADOW_SS);
    b.cpu.s.shadow = 0;
    box_push(&b, 4, DATA(0));
    cr_assert(RUN(&b, "\x17"));
    cr_assert_eq(b.cpu.s.shadow, SHADOW_SS);
}

Test(mov_seg, pop_leaves_esp_alone_if_the_load_faults)
{
    box_init(&b, 3);
    box_push(&b, 4, DATA(0));
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    cr_assert_not(RUN(&b, "\x1f"));
    box_expect_fault(&b, "pop ds", GP(DATA(0)));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
}

Test(mov_seg, pop_ss_counts_with_the_old_stack_width)
{
    box_init(&b, 0);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0, 0xffff, A_DATA, 0);
    b.cpu.s.gpr[R_ESP] = 0x0000fffc;
    box_write(&b, 0xfffc, 4, FREE);
    cr_assert(RUN(&b, "\x17"));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], 0x10000);
}

Test(mov_seg, push_takes_a_whole_slot)
{
    box_init(&b, 3);
    uint32_t esp = b.cpu.s.gpr[R_ESP];
    box_write(&b, esp - 4, 4, 0xffffffffu);
    cr_assert(RUN(&b, "\x06"));
    cr_assert_eq(box_stack(&b, 0, 4), DATA(3));
    cr_assert(RUN(&b, "\x66\x06"));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp - 6);
}

struct far_pointer_row {
    const char *bytes;
    unsigned length, seg;
};

static const struct far_pointer_row far_pointer_rows[] = {
    {"\xc4\x03", 2, SEG_ES},     {"\xc5\x03", 2, SEG_DS},     {"\x0f\xb2\x03", 3, SEG_SS},
    {"\x0f\xb4\x03", 3, SEG_FS}, {"\x0f\xb5\x03", 3, SEG_GS},
};

TABLE_TEST(mov_seg, far_pointer_loads_change_segment_and_register_or_neither, far_pointer_rows)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    box_write(&b, BOX_DATA, 4, 0xcafe1234);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0x100, 0xfffff, A_DATA, BIG);
    box_write(&b, BOX_DATA + 4, 2, SEL(GDT_ENTRIES, 0));
    cr_assert_not(box_run(&b, row->bytes, row->length));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0);
    box_write(&b, BOX_DATA + 4, 2, FREE);
    cr_assert(box_run(&b, row->bytes, row->length));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0xcafe1234);
    cr_assert_eq(b.cpu.s.seg[row->seg].sel, FREE);
    cr_assert_eq(b.cpu.s.seg[row->seg].base, 0x100);
}

Test(segment_load, descriptor_must_end_within_the_tables_limit)
{
    for (unsigned ldt = 0; ldt < 2; ldt++) {
        uint16_t sel = ldt ? SEL(2, 7) : DATA(3);
        for (unsigned last = 6; last < 8; last++) {
            box_init(&b, 3);
            box_descriptor(&b, BOX_LDT, 2, 0, 0xfff, A_DATA | DPL(3), BIG);
            b.cpu.s.seg[SEG_LDTR].limit = 2 * 8 + last;
            if (!ldt)
                b.cpu.s.gdtr_limit = (sel & SEL_INDEX) + last;
            cr_assert_eq(segment_load(&b.cpu, SEG_DS, sel), last == 7);
            b.cpu.s.gpr[R_ECX] = sel;
            cr_assert(RUN(&b, "\x0f\x02\xc1")); /* lar eax, ecx */
            cr_assert_eq((cpu_eflags(&b.cpu) & FLAG_ZF) != 0, last == 7);
        }
    }
}

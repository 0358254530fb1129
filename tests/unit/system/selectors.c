/*
 * LAR, LSL, VERR, VERW over every descriptor type and privilege, against the manual's tables; ARPL.
 */
#include "box.h"

static struct box b;

#define LAR  "\x0f\x02\xc1" /* lar eax, ecx */
#define LSL  "\x0f\x03\xc1" /* lsl eax, ecx */
#define VERR "\x0f\x00\xe1" /* verr cx */
#define VERW "\x0f\x00\xe9" /* verw cx */

/* SDM v2, LAR and LSL: valid system types, type 0 to 15. */
static const char lar_valid[] = "0111110001011000";
static const char lsl_valid[] = "0111000001010000";

static bool zf(void)
{
    return cpu_eflags(&b.cpu) & FLAG_ZF;
}

/* Asks about GDT_FREE with this access byte. */
static bool ask(unsigned which, uint32_t access, unsigned cpl, unsigned rpl)
{
    box_init(&b, cpl);
    box_descriptor(&b, BOX_GDT, GDT_FREE, 0x11223344, 0xabcde, access, 0x00d00000u);
    b.cpu.s.gpr[R_ECX] = 0xffff0000u | FREE | rpl;
    b.cpu.s.gpr[R_EAX] = 0x5a5a5a5a;
    switch (which) {
    case 0:
        return RUN(&b, LAR) && zf();
    case 1:
        return RUN(&b, LSL) && zf();
    case 2:
        return RUN(&b, VERR) && zf();
    default:
        return RUN(&b, VERW) && zf();
    }
}

/* What the manual says the answer is. */
static bool expected(unsigned which, uint32_t access, unsigned cpl, unsigned rpl)
{
    unsigned type = access & 15, dpl = access >> 5 & 3;
    bool segment = access & 0x10, code = segment && (type & 8);
    bool visible = (code && (type & 4)) || (cpl <= dpl && rpl <= dpl);
    if (!segment && (which > 1 || (which == 0 ? lar_valid : lsl_valid)[type] == '0'))
        return false;
    if (which == 2 && code && !(type & 2))
        return false;
    if (which == 3 && (code || !(type & 2)))
        return false;
    return visible;
}

static void check_all(unsigned which)
{
    for (uint32_t access = 0; access < 256; access++) {
        for (unsigned ring = 0; ring < 16; ring++) {
            bool got = ask(which, access, ring >> 2, ring & 3);
            cr_assert_eq(got, expected(which, access, ring >> 2, ring & 3),
                         "access %#x CPL %u RPL %u", access, ring >> 2, ring & 3);
            uint32_t value = which == 0 ? (0x00da0000u | access << 8) : 0xabcdefffu;
            if (which < 2)
                cr_assert_eq(b.cpu.s.gpr[R_EAX], got ? value : 0x5a5a5a5au, "%#x",
                             b.cpu.s.gpr[R_EAX]);
        }
    }
}

Test(lar, answers_as_the_manual_for_every_type_and_privilege)
{
    check_all(0);
}

Test(lsl, answers_as_the_manual_for_every_type_and_privilege)
{
    check_all(1);
}

Test(verr, answers_as_the_manual_for_every_type_and_privilege)
{
    check_all(2);
}

Test(verw, answers_as_the_manual_for_every_type_and_privilege)
{
    check_all(3);
}

Test(lar, bad_selectors_give_zf_0_and_no_fault)
{
    static const uint16_t bad[] = {0, 3, SEL(GDT_ENTRIES, 0), SEL(8, 4), 0xffff};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        static const char *const ask_bytes[] = {LAR, LSL, VERR, VERW};
        for (unsigned which = 0; which < 4; which++) {
            box_init(&b, 3);
            b.cpu.s.gpr[R_ECX] = bad[i];
            cpu_set_eflags(&b.cpu, FLAG_FIXED1 | FLAG_ZF | FLAG_CF);
            cr_assert(box_run(&b, ask_bytes[which], 3));
            cr_assert_eq(cpu_eflags(&b.cpu), FLAG_FIXED1 | FLAG_CF,
                         "selector %#x: ZF alone changes", bad[i]);
            cr_assert_not(b.cpu.fault_pending);
        }
    }
}

Test(lar, without_an_ldt_gives_zf_0)
{
    box_init(&b, 0);
    b.cpu.s.seg[SEG_LDTR].ar |= AR_UNUSABLE;
    b.cpu.s.gpr[R_ECX] = 4;
    cr_assert(RUN(&b, LAR));
    cr_assert_not(zf());
}

Test(lar, sixteen_bit_form_gives_the_access_byte)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_ECX] = CODE(3);
    b.cpu.s.gpr[R_EAX] = 0xffffffffu;
    cr_assert(RUN(&b, "\x66\x0f\x02\xc1"));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0xffff0000u | (A_CODE | 1 | DPL(3)) << 8);
}

Test(lar, page_fault_on_the_table_is_a_fault)
{
    box_init(&b, 3);
    b.page_rights[BOX_GDT >> 12] = 0;
    b.cpu.s.gpr[R_ECX] = DATA(3);
    cr_assert_not(RUN(&b, LAR));
    box_expect_fault(&b, "GDT absent", PF(0));
}

Test(lar, reads_only_a_word_of_a_memory_operand)
{
    box_init(&b, 3);
    box_write(&b, 0x11ffe, 2, DATA(3));
    b.page_rights[0x12] = 0;
    b.cpu.s.gpr[R_EBX] = 0x11ffe;
    cr_assert(RUN(&b, "\x0f\x02\x03"));
    cr_assert(zf());
}

Test(arpl, raises_the_rpl_to_that_of_the_source)
{
    for (unsigned destination = 0; destination < 4; destination++) {
        for (unsigned source = 0; source < 4; source++) {
            box_init(&b, 3);
            b.cpu.s.gpr[R_ECX] = 0xabcd0010u | destination;
            b.cpu.s.gpr[R_EAX] = source;
            cr_assert(RUN(&b, "\x63\xc1")); /* arpl cx, ax */
            unsigned higher = source > destination ? source : destination;
            cr_assert_eq(b.cpu.s.gpr[R_ECX], 0xabcd0010u | higher);
            cr_assert_eq(zf(), source > destination);
        }
    }
}

Test(arpl, does_not_write_memory_that_need_not_change)
{
    box_init(&b, 3);
    box_write(&b, BOX_DATA, 2, 3);
    b.page_rights[BOX_DATA >> 12] = PTE_P | PTE_U;
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    b.cpu.s.gpr[R_EAX] = 2;
    cr_assert(RUN(&b, "\x63\x03"));
    cr_assert_not(zf());
    b.cpu.s.gpr[R_EAX] = 3;
    box_write(&b, BOX_DATA, 2, 0);
    cr_assert_not(RUN(&b, "\x63\x03"));
    box_expect_fault(&b, "read-only", PF(PFERR_P | PFERR_W | PFERR_U));
}

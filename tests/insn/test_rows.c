/*
 * Every row of insns.def: its cases, in all three ways of executing; and the check that every row
 * has one.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "cases.h"

#define MOST_ROWS 512

ParameterizedTestParameters(insn_rows, row_does_what_its_cases_say)
{
    static unsigned rows[MOST_ROWS];

    for (unsigned i = 0; i < insn_row_count; i++)
        rows[i] = i;
    return cr_make_param_array(unsigned, rows, insn_row_count);
}

ParameterizedTest(unsigned *row, insn_rows, row_does_what_its_cases_say)
{
    static const char *const ways[] = {"step", "block", "virtual"};
    struct rig *r = rig_create();
    char text[160];
    unsigned tried = 0;

    cr_assert_not_null(r);
    for (unsigned i = 0; i < insn_case_count; i++) {
        const struct insn_case *c = &insn_cases[i];
        if (case_row(c) != (int)*row)
            continue;
        tried++;
        for (enum rig_way way = 0; way < RIG_WAYS; way++)
            cr_expect(case_run(r, c, way, text, sizeof text), "%s:%d (%s, %s): %s", c->file,
                      c->line, c->bytes, ways[way], text);
    }
    cr_assert(tried, "insns.def: '%s' (%x /%d) has no case in tests/insn/cases",
              insn_rows[*row].mnemonic, insn_rows[*row].opcode, insn_rows[*row].group);
    rig_destroy(r);
}

/* Encodings that no row has: #UD, and the faults of encoding itself. */
Test(insn_cases, encodings_without_a_row_fault_as_their_cases_say)
{
    static const char *const ways[] = {"step", "block", "virtual"};
    struct rig *r = rig_create();
    char text[160];
    unsigned tried = 0;

    cr_assert_not_null(r);
    for (unsigned i = 0; i < insn_case_count; i++) {
        const struct insn_case *c = &insn_cases[i];
        if (case_row(c) >= 0)
            continue;
        tried++;
        for (enum rig_way way = 0; way < RIG_WAYS; way++)
            cr_expect(case_run(r, c, way, text, sizeof text), "%s:%d (%s, %s): %s", c->file,
                      c->line, c->bytes, ways[way], text);
    }
    cr_assert_gt(tried, 20);
    rig_destroy(r);
}

Test(insn_cases, no_row_is_without_a_case)
{
    unsigned first = 0, missing = cases_missing(-1, &first);

    cr_assert_eq(missing, 0, "%u rows without a case; the first is '%s' (%x /%d)", missing,
                 insn_rows[first].mnemonic, insn_rows[first].opcode, insn_rows[first].group);
}

/* What the cases of a row have tried: register and memory operands, 16 and 32 bits. */
enum { TRIED_REGISTER = 1, TRIED_MEMORY = 2, TRIED_WORD = 4, TRIED_DWORD = 8 };

static void note_forms(unsigned tried[MOST_ROWS])
{
    for (unsigned i = 0; i < insn_case_count; i++) {
        uint8_t bytes[INSN_MAX_LENGTH];
        struct insn in;
        unsigned n = case_bytes(&insn_cases[i], bytes);
        if (insn_decode(bytes, n, DECODE_CODE32 | DECODE_STACK32, &in) != DECODE_OK)
            continue;
        tried[in.row] |= in.mem ? TRIED_MEMORY : TRIED_REGISTER;
        tried[in.row] |= in.opsize == 2 ? TRIED_WORD : TRIED_DWORD;
    }
}

static bool has_register_and_memory_forms(const struct insn_row *row)
{
    static const uint8_t kinds[] = {OPS_E_G,    OPS_G_E,  OPS_E,      OPS_E_I,    OPS_E_Ib,
                                    OPS_E_1,    OPS_E_CL, OPS_E_G_Ib, OPS_E_G_CL, OPS_G_E_I,
                                    OPS_G_E_Ib, OPS_G_Eb, OPS_G_Ew,   OPS_E_S,    OPS_S_E};

    for (unsigned i = 0; i < sizeof kinds; i++)
        if (row->operands == kinds[i])
            return true;
    return false;
}

static bool has_two_sizes(const struct insn_row *row)
{
    bool fixed = row->attr & (ROW_BYTE | ROW_WORD | ROW_DWORD);
    bool sized = has_register_and_memory_forms(row) || row->operands == OPS_A_I ||
                 row->operands == OPS_R || row->operands == OPS_R_I || row->operands == OPS_A_O ||
                 row->operands == OPS_O_A || row->operands == OPS_STR ||
                 row->operands == OPS_A_DX || row->operands == OPS_J;

    return sized && !fixed && row->class != CLASS_SENSITIVE && row->class != CLASS_INTERRUPT;
}

static void expect_tried(const unsigned tried[MOST_ROWS], unsigned row, unsigned form,
                         const char *what)
{
    cr_expect(tried[row] & form, "'%s' (%x /%d) is not tried with %s", insn_rows[row].mnemonic,
              insn_rows[row].opcode, insn_rows[row].group, what);
}

Test(insn_cases, every_row_is_tried_in_register_and_memory)
{
    unsigned tried[MOST_ROWS] = {0};

    note_forms(tried);
    for (unsigned i = 0; i < insn_row_count; i++) {
        if (has_register_and_memory_forms(&insn_rows[i])) {
            expect_tried(tried, i, TRIED_REGISTER, "a register");
            expect_tried(tried, i, TRIED_MEMORY, "memory");
        }
    }
}

Test(insn_cases, every_sized_row_is_tried_with_16_and_32_bits)
{
    unsigned tried[MOST_ROWS] = {0};

    note_forms(tried);
    for (unsigned i = 0; i < insn_row_count; i++) {
        if (has_two_sizes(&insn_rows[i])) {
            expect_tried(tried, i, TRIED_WORD, "16 bits");
            expect_tried(tried, i, TRIED_DWORD, "32 bits");
        }
    }
}

/* The completeness check can fail: take away the cases of any one row, and it names that row. */
Test(insn_cases, a_row_whose_cases_are_taken_away_is_missed)
{
    for (unsigned row = 0; row < insn_row_count; row++) {
        unsigned first = 0;
        cr_assert_eq(cases_missing((int)row, &first), 1);
        cr_assert_eq(first, row);
    }
}

/* And a wrong expectation is seen, in registers, flags, memory and exceptions. */
Test(insn_cases, a_wrong_expectation_is_seen)
{
    static const struct insn_case wrong[] = {
        {"01 d1", "ecx=1 edx=2", "ecx=4 fl=p", "", 0},
        {"01 d1", "ecx=1 edx=2", "ecx=3 fl=-", "", 0},
        {"01 d1", "ecx=1 edx=2", "ecx=3", "", 0},
        {"89 13", "edx=2", "", "", 0},
        {"89 13", "edx=2", "[20100]=03", "", 0},
        {"90", "", "#UD", "", 0},
        {"0f 0b", "", "", "", 0},
        {"f4", "", "#GP(8)", "", 0},
        {"90", "", "eip=10002", "", 0},
        {"90", "", "cr3=0", "", 0},
        {"f4", "cpl0", "", "", 0},
        {"90", "", "gdt=0:0", "", 0},
        {"90", "", "ds=0", "", 0},
        {"90", "", "nonsense=1", "", 0},
    };
    struct rig *r = rig_create();
    char text[160];

    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        for (enum rig_way way = 0; way < RIG_WAYS; way++)
            cr_expect_not(case_run(r, &wrong[i], way, text, sizeof text),
                          "case %u: %s -> %s passed", i, wrong[i].bytes, wrong[i].after);
    rig_destroy(r);
}

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

/* The check above can fail: take away the cases of any one row, and it names that row. */
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

/*
 * What the .def tables promise, and Popek and Goldberg's theorem 1 on the instruction table: on the
 * `virtualizable` model every sensitive instruction traps.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <stdlib.h>
#include <string.h>

Test(tables, every_exit_reason_has_name_text_reason_and_source)
{
    for (int i = 0; i < EXIT_REASONS; i++) {
        cr_expect_gt(strlen(exit_reason_names[i]), 2);
        cr_expect_gt(strlen(exit_reason_texts[i]), 8);
        cr_expect_gt(strlen(exit_reason_whys[i]), 20);
        cr_expect_gt(strlen(exit_reason_titles[i]), 5);
        cr_expect_eq(exit_reason_find(exit_reason_names[i]), i);
    }
    cr_expect_eq(exit_reason_find("nonsense"), -1);
    cr_expect_eq(exit_reason_find(""), -1);
}

Test(tables, every_outcome_phase_action_kind_end_and_stop_has_a_name)
{
    for (int i = 0; i < EXIT_OUTCOMES; i++)
        cr_expect(exit_outcome_names[i]);
    for (int i = 0; i < HV_PHASES; i++)
        cr_expect_str_eq(hv_phase_names[i], sim_bucket_names[hv_phase_bucket((enum hv_phase)i)]);
    for (int i = 0; i < EXIT_ACTION_KINDS; i++)
        cr_expect(exit_action_names[i]);
    for (int i = 0; i < HV_ACTIONS; i++)
        cr_expect(hv_action_names[i]);
    for (int i = 0; i < TRACE_KINDS; i++)
        cr_expect(trace_kind_names[i]);
    for (int i = 0; i < VM_ENDS; i++)
        cr_expect(vm_end_names[i]);
    for (int i = 0; i < HV_STOPS; i++)
        cr_expect(hv_stop_names[i]);
    for (int i = 0; i < HV_IO_KINDS; i++)
        cr_expect(hv_io_names[i]);
}

Test(tables, modes_are_found_by_name_and_name_their_policies)
{
    for (unsigned i = 0; i < HV_MODES; i++) {
        const struct hv_mode *m = hv_modes[i];
        cr_expect_eq(hv_mode_find(m->name), m);
        cr_expect(m->text && m->cpu && m->memory && m->guest_kernel_ring && m->tables_walked);
        cr_expect(m->io_allowed & (1u << m->default_io), "%s: its default io is not allowed",
                  m->name);
        struct cpu_model model;
        cr_expect_eq(cpu_model_parse(m->default_cpu, &model, NULL), SIM_OK);
    }
    cr_expect_null(hv_mode_find("vtx-prime"));
}

Test(tables, every_handled_reason_of_trap_has_a_handler)
{
    for (int i = 0; i < EXIT_REASONS; i++) {
        bool pv_only = i == EXIT_hypercall || i == EXIT_failsafe;
        cr_expect_eq(trap_handlers.exit[i] == NULL, pv_only, "%s", exit_reason_names[i]);
    }
}

/* Faults #GP outside ring 0 by itself, or by the model's control bits. */
static bool traps_in_ring1(const struct insn_row *row, uint32_t traps)
{
    return row->class == CLASS_PRIVILEGED || row->class == CLASS_IO || (traps & (1u << row->trap));
}

Test(theorem, sensitive_instructions_are_a_subset_of_privileged_ones_on_virtualizable)
{
    struct cpu_model m;
    unsigned sensitive = 0;
    cr_assert_eq(cpu_model_parse("virtualizable", &m, NULL), SIM_OK);
    for (unsigned i = 0; i < insn_row_count; i++) {
        const struct insn_row *row = &insn_rows[i];
        if (row->class != CLASS_SENSITIVE)
            continue;
        sensitive++;
        cr_expect_neq(row->trap, TRAP_NONE, "%s (%x) is sensitive and nothing can make it trap",
                      row->mnemonic, row->opcode);
        cr_expect(traps_in_ring1(row, cpu_model_kernel(&m)), "%s (%x)", row->mnemonic, row->opcode);
    }
    cr_expect_geq(sensitive, 17, "Robin and Irvine found 17");
}

Test(theorem, on_classic_it_does_not_hold)
{
    struct cpu_model m;
    unsigned holes = 0;
    cr_assert_eq(cpu_model_parse("classic", &m, NULL), SIM_OK);
    for (unsigned i = 0; i < insn_row_count; i++)
        holes += insn_rows[i].class == CLASS_SENSITIVE &&
                 !traps_in_ring1(&insn_rows[i], cpu_model_kernel(&m));
    cr_expect_geq(holes, 17);
}

Test(theorem, every_trap_id_names_at_least_one_row)
{
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++) {
        unsigned rows = 0;
        for (unsigned i = 0; i < insn_row_count; i++)
            rows += insn_rows[i].trap == t;
        cr_expect_geq(rows, 1, "trap id %u", t);
    }
}

Test(privops, every_privileged_sensitive_and_io_row_has_an_exit_reason)
{
    uint8_t *reasons = calloc(insn_row_count, 1);
    privops_index(reasons);
    for (unsigned i = 0; i < insn_row_count; i++) {
        const struct insn_row *row = &insn_rows[i];
        bool ours =
            row->class == CLASS_PRIVILEGED || row->class == CLASS_IO || row->trap != TRAP_NONE;
        if (!(row->attr & ROW_UNIMPLEMENTED))
            cr_expect_eq(reasons[i] != 0, ours || row->opcode == 0xf31, "%s (%x/%d)", row->mnemonic,
                         row->opcode, row->group);
    }
    free(reasons);
}

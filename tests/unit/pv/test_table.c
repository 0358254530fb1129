/*
 * The table of hypercalls and what is made from it or written about it.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "pv/pv.h"

static const struct {
    unsigned number, arguments;
    const char *name, *text;
} rows[] = {
#define HYPERCALL(number, name, arguments, text) {number, arguments, #name, text},
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
};

#define ROWS (sizeof rows / sizeof *rows)

Test(pv_table, is_in_order_and_names_each_hypercall_once)
{
    for (unsigned i = 0; i < ROWS; i++) {
        cr_expect_lt(rows[i].number, 64);
        cr_expect_leq(rows[i].arguments, 5);
        cr_expect(i == 0 || rows[i].number > rows[i - 1].number, "%s", rows[i].name);
        cr_expect_str_eq(pv_hypercall_names[rows[i].number], rows[i].name);
        cr_expect_eq(strncmp(rows[i].text, rows[i].name, strlen(rows[i].name)), 0, "%s",
                     rows[i].text);
    }
}

/* Xen's public numbers, from its header; not from ours. */
Test(pv_table, has_xens_numbers)
{
    static const struct {
        const char *name;
        unsigned number;
    } xen[] = {{"set_trap_table", 0},     {"mmu_update", 1},    {"set_gdt", 2},
               {"stack_switch", 3},       {"set_callbacks", 4}, {"fpu_taskswitch", 5},
               {"update_descriptor", 10}, {"memory_op", 12},    {"multicall", 13},
               {"update_va_mapping", 14}, {"set_timer_op", 15}, {"xen_version", 17},
               {"console_io", 18},        {"iret", 23},         {"vcpu_op", 24},
               {"mmuext_op", 26},         {"sched_op", 29},     {"event_channel_op", 32}};
    cr_assert_eq(ROWS, sizeof xen / sizeof *xen);
    for (unsigned i = 0; i < ROWS; i++) {
        cr_expect_str_eq(rows[i].name, xen[i].name);
        cr_expect_eq(rows[i].number, xen[i].number, "%s", xen[i].name);
    }
}

Test(pv_table, is_documented_row_by_row)
{
    static char text[1 << 16];
    FILE *f = fopen(RINGSIDE_SOURCE_DIR "/docs/pv-abi.md", "r");
    cr_assert_not_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    for (unsigned i = 0; i < ROWS; i++) {
        char row[80];
        snprintf(row, sizeof row, "\n| %u | %s |", rows[i].number, rows[i].name);
        cr_expect(strstr(text, row), "docs/pv-abi.md has no row%s", row);
    }
}

Test(pv_table, structures_are_laid_out_as_xens)
{
    cr_expect_eq(offsetof(struct pv_vcpu_info, cr2), 8);
    cr_expect_eq(offsetof(struct pv_vcpu_info, time_version), 32);
    cr_expect_eq(offsetof(struct pv_vcpu_info, tsc_to_system_mul), 56);
    cr_expect_eq(offsetof(struct pv_shared_info, evtchn_pending), 2048);
    cr_expect_eq(offsetof(struct pv_shared_info, evtchn_mask), 2176);
    cr_expect_eq(offsetof(struct pv_shared_info, wc_sec), 2308);
    cr_expect_eq(offsetof(struct pv_start_info, nr_pages), 32);
    cr_expect_eq(offsetof(struct pv_start_info, pt_base), 60);
    cr_expect_eq(offsetof(struct pv_start_info, mfn_list), 68);
    cr_expect_eq(offsetof(struct pv_start_info, cmd_line), 80);
    cr_expect_eq(offsetof(struct pv_start_info, first_p2m_pfn), 1104);
    cr_expect_eq(offsetof(struct pv_blkif_request, seg), 20);
    cr_expect_eq(offsetof(struct pv_blkif_response, status), 10);
    cr_expect_eq(offsetof(struct pv_blkif_ring, slot), 64);
    cr_expect_eq(offsetof(struct pv_console_ring, in_cons), 3072);
}

/*
 * Silent events on the classic CPU: what is found, what is not, and that looking costs nothing.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
    cpu_model_parse("classic", &r.config.cpu, NULL);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(silent, .init = setup, .fini = teardown);

static const struct vm *run(const uint8_t *code, size_t n)
{
    uint8_t all[256];
    static const uint8_t stack[] = {0xbc, 0, 0x80, 0, 0}, end[] = {0xb0, 0, 0xe6, 0xf4};
    memcpy(all, stack, 5);
    memcpy(all + 5, code, n);
    memcpy(all + 5 + n, end, 4);
    rig_create(&r);
    rig_load_code(&r, 0, all, n + 9);
    cr_assert_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED, "%s", rig_vm(&r, 0)->end_text);
    return rig_vm(&r, 0);
}
#define RUN(...) run((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void expect(const struct vm *vm, enum insn_trap trap, enum silent_what what, uint32_t did,
                   uint32_t expected)
{
    cr_assert_eq(vm->stats.silent_total, 1);
    cr_expect_eq(vm->stats.silent[trap], 1);
    const struct silent_event *e = &vm->silent[0];
    cr_expect_eq(e->trap, trap);
    cr_expect_eq(e->what, what);
    cr_expect_eq(e->did, did, "did %x", e->did);
    cr_expect_eq(e->expected, expected, "expected %x", e->expected);
    cr_expect_eq(e->eip, RIG_ENTRY + 5);
    cr_expect_gt(e->byte_count, 0);
    cr_expect_eq(memcmp(e, &vm->silent_last, sizeof(*e)), 0);
}

Test(silent, pushf_shows_the_real_interrupt_flag)
{
    expect(RUN(0x9c), TRAP_PUSHF, SILENT_MEMORY, FLAG_FIXED1 | FLAG_IF, FLAG_FIXED1);
}

Test(silent, popf_loses_the_interrupt_flag)
{
    const struct vm *vm = RUN(0x68, 0x02, 0x02, 0, 0, 0x9d);
    cr_assert_eq(vm->stats.silent_total, 1);
    cr_expect_eq(vm->silent[0].what, SILENT_VIRTUAL_IF);
    cr_expect_eq(vm->silent[0].did, 0);
    cr_expect_eq(vm->silent[0].expected, 1);
    cr_expect(vm->silent[0].lost_if);
    cr_expect_eq(vm->silent_bites.number, 1);
}

Test(silent, popf_that_changes_nothing_sensitive_is_no_event)
{
    cr_expect_eq(RUN(0x68, 0xd7, 0x0c, 0, 0, 0x9d)->stats.silent_total, 0);
}

Test(silent, push_cs_shows_the_real_ring)
{
    expect(RUN(0x0e), TRAP_PUSH_SEG, SILENT_MEMORY, 9, 8);
}

Test(silent, mov_from_ss_shows_it_too)
{
    expect(RUN(0x8c, 0xd0), TRAP_MOV_FROM_SEG, SILENT_REGISTER, 0x11, 0x10);
}

Test(silent, mov_from_ds_does_not)
{
    cr_expect_eq(RUN(0x8c, 0xd8)->stats.silent_total, 0);
}

Test(silent, sidt_shows_the_hypervisors_table)
{
    const struct vm *vm = RUN(0x0f, 0x01, 0x0d, 0, 0x90, 0, 0);
    cr_assert_eq(vm->stats.silent_total, 1);
    cr_expect_eq(vm->silent[0].trap, TRAP_SIDT);
    cr_expect_eq(vm->silent[0].what, SILENT_MEMORY);
}

Test(silent, smsw_shows_the_real_cr0)
{
    const struct vm *vm = RUN(0x0f, 0x01, 0xe0);
    cr_assert_eq(vm->stats.silent_total, 1);
    cr_expect_eq(vm->silent[0].trap, TRAP_SMSW);
    cr_expect_eq(vm->silent[0].expected, CR0_PE | CR0_ET);
    cr_expect(vm->silent[0].did & CR0_PG);
}

Test(silent, str_shows_the_hypervisors_task)
{
    expect(RUN(0x0f, 0x00, 0xc8), TRAP_STR, SILENT_REGISTER, HV_SEL_TSS, 0);
}

Test(silent, cpuid_says_the_same_in_both_places)
{
    cr_expect_eq(RUN(0x31, 0xc0, 0x0f, 0xa2)->stats.silent_total, 0);
}

Test(silent, nothing_is_silent_on_virtualizable)
{
    cpu_model_parse("virtualizable", &r.config.cpu, NULL);
    cr_expect_eq(RUN(0x9c, 0x0e, 0x8c, 0xd0, 0x0f, 0x01, 0xe0, 0x9d)->stats.silent_total, 0);
}

Test(silent, a_single_row_can_be_mended)
{
    cpu_model_parse("classic,+pushf", &r.config.cpu, NULL);
    expect(RUN(0x0e, 0x9c), TRAP_PUSH_SEG, SILENT_MEMORY, 9, 8);
}

Test(silent, looking_costs_nothing)
{
    RUN(0x9c, 0x0e, 0x8c, 0xd0, 0x0f, 0x01, 0xe0);
    uint64_t watched = hv_cycle(r.hv), exits = r.hv->exits;
    rig_destroy(&r);
    setup();
    rig_create(&r);
    r.hv->machine->cpu.sensitive_passed = NULL;
    RIG_CODE(&r, 0, 0xbc, 0, 0x80, 0, 0, 0x9c, 0x0e, 0x8c, 0xd0, 0x0f, 0x01, 0xe0, 0xb0, 0, 0xe6,
             0xf4);
    rig_run(&r, 100000000);
    cr_expect_eq(hv_cycle(r.hv), watched);
    cr_expect_eq(r.hv->exits, exits);
}

Test(silent, events_are_described_in_words)
{
    char did[64], expected[64];
    struct silent_event e = {.what = SILENT_VIRTUAL_IF, .did = 0, .expected = 1};
    silent_describe(&e, did, sizeof(did), expected, sizeof(expected));
    cr_expect_str_eq(did, "left IF = 0");
    cr_expect_str_eq(expected, "IF = 0x1");
    e = (struct silent_event){.what = SILENT_MEMORY, .did = 9, .expected = 8};
    silent_describe(&e, did, sizeof(did), expected, sizeof(expected));
    cr_expect_str_eq(did, "stored 0x9");
    cr_expect_str_eq(expected, "0x8");
    e = (struct silent_event){.what = SILENT_FAULT, .expected = 13};
    silent_describe(&e, did, sizeof(did), expected, sizeof(expected));
    cr_expect_str_eq(expected, "exception 13");
}

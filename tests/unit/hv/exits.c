/*
 * Exits as values: what one instruction of a guest becomes, seen through its record.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(exits, .init = setup, .fini = teardown);

/* Loads code and runs to the first exit that is none of fetching it. */
static const struct vm_exit *first(const uint8_t *code, size_t n)
{
    rig_create(&r);
    rig_load_code(&r, 0, code, n);
    for (unsigned i = 1; i < 40; i++) {
        cr_assert_eq(rig_run_exits(&r, i), HV_STOP_LIMIT, "%s", rig_vm(&r, 0)->end_text);
        const struct vm_exit *x = rig_last(&r);
        if (x->reason != EXIT_shadow_fill && x->reason != EXIT_EXTERNAL_INTERRUPT)
            return x;
    }
    cr_assert_fail("no exit");
    return NULL;
}
#define FIRST(...)                                                                                 \
    first((const uint8_t[]){__VA_ARGS__, 0xeb, 0xfe}, sizeof((const uint8_t[]){__VA_ARGS__}) + 2)

static void expect(const struct vm_exit *x, enum exit_reason reason, enum exit_outcome outcome)
{
    cr_expect_str_eq(exit_reason_names[x->reason], exit_reason_names[reason]);
    cr_expect_str_eq(exit_outcome_names[x->outcome], exit_outcome_names[outcome]);
}

Test(exits, reading_cr2_is_a_cr_access)
{
    const struct vm_exit *x = FIRST(0x0f, 0x20, 0xd3); /* mov ebx, cr2 */
    expect(x, EXIT_CR_ACCESS, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.cr.cr, 2);
    cr_expect_eq(x->q.cr.gpr, R_EBX);
    cr_expect_eq(x->q.cr.write, 0);
    cr_expect_eq(x->eip, RIG_ENTRY);
    cr_expect_eq(x->eip_out, RIG_ENTRY + 3);
    cr_expect_eq(x->byte_count, 3);
    cr_expect_eq(x->bytes[1], 0x20);
    cr_expect_eq(x->vector, VEC_GP);
    cr_expect_eq(x->error, 0);
    cr_expect_eq(x->real_cpl, 1);
    cr_expect_eq(x->virtual_cpl, 0);
    cr_expect_eq(x->frame_cs & 3, 1);
    cr_expect(x->frame_eflags & FLAG_IF, "the real IF is always set");
}

Test(exits, writing_cr3_names_register_and_value)
{
    const struct vm_exit *x = FIRST(0xb8, 0x00, 0x50, 0, 0, 0x0f, 0x22, 0xd8);
    expect(x, EXIT_CR_ACCESS, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.cr.cr, 3);
    cr_expect_eq(x->q.cr.write, 1);
    cr_expect_eq(x->q.cr.value, 0x5000);
    cr_expect_eq(hv_guest_cpu(r.hv, 0)->cr3, 0x5000);
}

Test(exits, a_debug_register_is_eight_and_more)
{
    const struct vm_exit *x = FIRST(0x0f, 0x21, 0xf8); /* mov eax, dr7 */
    expect(x, EXIT_CR_ACCESS, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.cr.cr, 8 + 7);
    cr_expect_eq(x->q.cr.value, DR7_FIXED1);
}

Test(exits, out_names_port_size_and_value)
{
    const struct vm_exit *x = FIRST(0xb0, 0x5a, 0xe6, 0x80);
    expect(x, EXIT_IO_INSTRUCTION, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.io.port, 0x80);
    cr_expect_eq(x->q.io.size, 1);
    cr_expect_eq(x->q.io.write, 1);
    cr_expect_eq(x->q.io.value, 0x5a);
    cr_expect_eq(x->q.io.count, 1);
    cr_expect_gt(x->phase[PHASE_DEVICE], 0);
}

Test(exits, a_repeated_input_is_one_exit)
{
    const struct vm_exit *x =
        FIRST(0xb9, 16, 0, 0, 0, 0xbf, 0, 0, 0x20, 0, 0xba, 0x80, 0, 0, 0, 0xfc, 0xf3, 0x6c);
    expect(x, EXIT_IO_INSTRUCTION, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.io.count, 16);
    cr_expect_eq(rig_vm(&r, 0)->stats.insns_emulated, 1, "a REP counts once");
}

Test(exits, device_memory_names_the_guest_physical_address)
{
    const struct vm_exit *x = FIRST(0xa1, 0x30, 0x00, 0xe0, 0xfe); /* mov eax, [0xfee00030] */
    cr_expect_eq(x->vector, VEC_GP, "APIC addresses are in the hole: the wall was hit first");
    expect(x, EXIT_IO_INSTRUCTION, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.io.gpa, 0xfee00030);
    cr_expect_eq(x->q.io.port, 0);
    cr_expect_eq(x->q.io.size, 4);
    cr_expect_eq(x->q.io.write, 0);
    cr_expect_eq(x->q.io.value, hv_guest_cpu(r.hv, 0)->gpr[R_EAX]);
    cr_expect_eq(x->q.io.count, 1);
    cr_expect_neq(hv_guest_cpu(r.hv, 0)->gpr[R_EAX], 0xffffffff);
}

Test(exits, lgdt_and_ltr_say_what_was_loaded)
{
    const struct vm_exit *x = FIRST(0x0f, 0x01, 0x15, 0x40, 0x00, 0x10, 0x00); /* lgdt [0x100040] */
    expect(x, EXIT_GDTR_IDTR, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.table.base, hv_guest_cpu(r.hv, 0)->gdtr_base);
}

Test(exits, ltr_of_nothing_is_the_guests_fault)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0x66, 0xb8, 0x28, 0x00, 0x0f, 0x00, 0xd8); /* ltr ax, without a GDT or an IDT */
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_TRIPLE_FAULT);
}

Test(exits, cli_and_sti_are_privileged_operations)
{
    const struct vm_exit *x = FIRST(0xfa);
    expect(x, EXIT_emulate_privop, OUTCOME_ADVANCE);
    cr_expect_gt(x->phase[PHASE_EMULATE], 0);
    cr_expect_gt(x->phase[PHASE_DECODE], 0);
    cr_expect_gt(x->phase[PHASE_TRANSITION_IN], 0);
    cr_expect_gt(x->phase[PHASE_TRANSITION_OUT], 0);
}

Test(exits, pushf_is_sensitive)
{
    const struct vm_exit *x = FIRST(0xbc, 0, 0x10, 0, 0, 0x9c, 0x58); /* mov esp, 0x1000; pushf */
    expect(x, EXIT_emulate_sensitive, OUTCOME_ADVANCE);
    cr_expect_eq(gpa_read(rig_vm(&r, 0), 0xffc, 4), FLAG_FIXED1, "virtual IF is 0");
}

Test(exits, cpuid_names_leaf_and_subleaf)
{
    const struct vm_exit *x = FIRST(0xb8, 1, 0, 0, 0, 0xb9, 7, 0, 0, 0, 0x0f, 0xa2);
    expect(x, EXIT_CPUID, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.cpuid.leaf, 1);
    cr_expect_eq(x->q.cpuid.subleaf, 7);
}

Test(exits, rdmsr_shows_what_was_read)
{
    const struct vm_exit *x = FIRST(0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32);
    expect(x, EXIT_MSR_READ, OUTCOME_ADVANCE);
    cr_expect_eq(x->q.msr.msr, MSR_APIC_BASE);
    cr_expect_eq(x->q.msr.low & 0xfffff000, 0xfee00000);
}

Test(exits, rdtsc_traps_only_when_it_is_emulated)
{
    r.config.tsc_emulate = true;
    const struct vm_exit *x = FIRST(0x0f, 0x31);
    expect(x, EXIT_emulate_privop, OUTCOME_ADVANCE);
}

Test(exits, rdtsc_runs_directly_otherwise)
{
    const struct vm_exit *x = FIRST(0x0f, 0x31, 0xfa);
    expect(x, EXIT_emulate_privop, OUTCOME_ADVANCE);
    cr_expect_eq(x->eip, RIG_ENTRY + 2, "CLI is the first to trap");
}

Test(exits, invlpg_has_a_reason_of_its_own)
{
    expect(FIRST(0x0f, 0x01, 0x38), EXIT_INVLPG, OUTCOME_ADVANCE);
}

Test(exits, halting_with_interrupts_off_ends_the_vm)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0xfa, 0xf4);
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_HALTED);
    cr_expect_eq(rig_count(&r, 0, EXIT_HLT), 1);
}

Test(exits, a_fault_without_idt_is_a_triple_fault)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0x0f, 0x01, 0x1d, 0, 0, 0, 0, 0x0f, 0x0b); /* lidt [0] (zeroes); ud2 */
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_TRIPLE_FAULT);
}

Test(exits, the_exit_port_ends_the_vm_with_its_value)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 0x2a, 0xe6, 0xf4);
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(rig_vm(&r, 0)->s.exit_value, 42);
}

Test(exits, phases_add_up_and_the_clock_shows_them)
{
    const struct vm_exit *x = FIRST(0x0f, 0x20, 0xd3);
    uint64_t sum = 0;
    for (unsigned p = 0; p < HV_PHASES; p++)
        sum += x->phase[p];
    cr_expect_eq(sum, x->cycles);
    cr_expect_leq(x->cycle + x->cycles, hv_cycle(r.hv));
}

Test(exits, what_is_not_built_ends_the_vm_by_name)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0); /* clear CR0.PE */
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_UNSUPPORTED);
    cr_expect(strstr(rig_vm(&r, 0)->end_text, "real mode"), "%s", rig_vm(&r, 0)->end_text);
}

/*
 * Handlers: given a literal exit they can be called without a run, they can be replaced one at a
 * time, and nonsense is refused in words.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
    rig_create(&r);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(handlers, .init = setup, .fini = teardown);

/* The virtual CPU at code of these bytes, and a literal exit about them. */
static struct vm_exit *at(enum exit_reason reason, const uint8_t *code, uint32_t n)
{
    struct vcpu *v = rig_cpu(&r);
    rig_load_code(&r, 0, code, n);
    struct vm_exit *x = exit_open(r.hv, v, VEC_GP);
    x->reason = (uint8_t)reason;
    x->eip = v->virt.s.eip;
    cr_assert(hv_decode(v));
    return x;
}
#define AT(reason, ...)                                                                            \
    at((reason), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(handlers, emulate_carries_cli_out)
{
    struct vcpu *v = rig_cpu(&r);
    v->virt.s.eflags |= FLAG_IF;
    struct vm_exit *x = AT(EXIT_emulate_privop, 0xfa);
    cr_expect_eq(exit_emulate(v, x), HV_ADVANCE);
    cr_expect_not(v->virt.s.eflags & FLAG_IF);
    cr_expect_eq(v->virt.s.eip, RIG_ENTRY + 1);
}

Test(handlers, emulate_reflects_what_the_guest_may_not)
{
    struct vcpu *v = rig_cpu(&r);
    struct vm_exit *x = AT(EXIT_emulate_privop, 0xfa);
    v->virt.s.cpl = 3;
    cr_expect_eq(exit_emulate(v, x), HV_REFLECT);
    cr_expect_eq(v->virt.fault.vector, VEC_GP);
    cr_expect_eq(v->virt.s.eip, RIG_ENTRY, "a fault changes nothing");
}

Test(handlers, a_guests_word_is_written_and_read_at_its_address_and_charged)
{
    struct vcpu *v = rig_cpu(&r);
    uint32_t word = 0;
    (void)AT(EXIT_emulate_privop, 0xfa);
    uint64_t before = hv_cycle(r.hv);
    cr_assert(hv_guest_write32(v, RIG_ENTRY + 0x1001, 0x12345678));
    cr_assert(hv_guest_read32(v, RIG_ENTRY + 0x1001, &word));
    cr_expect_eq(word, 0x12345678);
    cr_expect_gt(hv_cycle(r.hv), before);
}

Test(handlers, io_reaches_the_virtual_bus_and_no_other)
{
    struct vcpu *v = rig_cpu(&r);
    uint32_t real_before = bus_port_read(&r.hv->machine->ports, 0x80, 1);
    struct vm_exit *x = AT(EXIT_IO_INSTRUCTION, 0xe6, 0x80);
    vcpu_set_gpr(v, R_EAX, 0x77);
    cr_expect_eq(exit_io(v, x), HV_ADVANCE);
    cr_expect_eq(bus_port_read(&v->vm->ports, 0x80, 1), 0x77);
    cr_expect_eq(bus_port_read(&r.hv->machine->ports, 0x80, 1), real_before);
}

Test(handlers, reflect_exception_takes_the_exits_own_fault)
{
    struct vcpu *v = rig_cpu(&r);
    struct vm_exit x = {.reason = EXIT_reflect_exception,
                        .vector = VEC_PF,
                        .has_error = 1,
                        .error = 6,
                        .cr2 = 0x1234};
    cr_expect_eq(exit_reflect_exception(v, &x), HV_REFLECT);
    cr_expect(v->virt.fault_pending);
    cr_expect_eq(v->virt.fault.vector, VEC_PF);
    cr_expect_eq(v->virt.fault.error, 6);
    cr_expect_eq(v->virt.fault.cr2, 0x1234);
    cr_expect_eq(v->vm->stats.mmu.true_faults, 1);
}

Test(handlers, reflect_interrupt_queues_it)
{
    struct vcpu *v = rig_cpu(&r);
    struct vm_exit *x = AT(EXIT_reflect_interrupt, 0xcd, 0x80);
    x->q.irq.vector = 0x80;
    cr_expect_eq(exit_reflect_interrupt(v, x), HV_INJECT);
    cr_expect(v->inject_queued);
    cr_expect_eq(v->inject_vector, 0x80);
    cr_expect_eq(v->inject_kind, EVENT_SOFTWARE);
}

Test(handlers, a_fill_of_no_memory_kills)
{
    struct vcpu *v = rig_cpu(&r);
    struct guest_walk w = {.gva = 0x5000, .gpa = 0x70000000, .ok = true};
    cr_expect_eq(shadow_fill(v, &w), HV_KILL);
    cr_expect_eq(v->vm->s.end, VM_KILLED);
    cr_expect(strstr(v->vm->end_text, "0x70000000"));
}

/* ---------------------------------------- replaced handlers, in a run */

static enum hv_action answer_cpuid(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    vcpu_set_gpr(v, R_EAX, 0xc0ffee);
    vm_lab_state(v->vm)[0]++;
    return HV_ADVANCE;
}

static enum hv_action default_after_all(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    vm_lab_state(v->vm)[0]++;
    return HV_DEFAULT;
}

static enum hv_action emulate_and_retry(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    hv_emulate(v);
    return HV_RETRY;
}

static enum hv_action reflect_nothing(struct vcpu *v, const struct vm_exit *x)
{
    (void)v, (void)x;
    return HV_REFLECT;
}

static enum hv_action inject_nothing(struct vcpu *v, const struct vm_exit *x)
{
    (void)v, (void)x;
    return HV_INJECT;
}

static enum hv_action kill_without_reason(struct vcpu *v, const struct vm_exit *x)
{
    (void)v, (void)x;
    return HV_KILL;
}

static enum hv_action nonsense(struct vcpu *v, const struct vm_exit *x)
{
    (void)v, (void)x;
    return (enum hv_action)77;
}

/* cpuid; then out 0xf4 with AL */
static void run_cpuid(hv_exit_handler handler)
{
    RIG_CODE(&r, 0, 0x31, 0xc0, 0x0f, 0xa2, 0xe6, 0xf4);
    hv_set_handler(rig_vm(&r, 0), EXIT_CPUID, handler);
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
}

Test(handlers, a_replaced_handler_answers_and_the_loop_passes_the_instruction)
{
    run_cpuid(answer_cpuid);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(rig_vm(&r, 0)->s.exit_value, 0xee);
    cr_expect_eq(vm_lab_state(rig_vm(&r, 0))[0], 1);
}

Test(handlers, default_falls_back_to_the_modes_own)
{
    run_cpuid(default_after_all);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(vm_lab_state(rig_vm(&r, 0))[0], 1);
}

Test(handlers, null_puts_the_modes_own_back)
{
    hv_set_handler(rig_vm(&r, 0), EXIT_CPUID, nonsense);
    run_cpuid(NULL);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
}

static void expect_refused(hv_exit_handler handler, const char *words)
{
    run_cpuid(handler);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_KILLED);
    cr_expect(strstr(rig_vm(&r, 0)->end_text, "CPUID"), "%s", rig_vm(&r, 0)->end_text);
    cr_expect(strstr(rig_vm(&r, 0)->end_text, words), "%s", rig_vm(&r, 0)->end_text);
    cr_expect_eq(rig_vm(&r, 0)->stats.exit[EXIT_CPUID][OUTCOME_KILL].count, 1);
}

Test(handlers, carried_out_and_retry_is_refused)
{
    expect_refused(emulate_and_retry, "RETRY");
}

Test(handlers, reflect_without_a_fault_is_refused)
{
    expect_refused(reflect_nothing, "REFLECT");
}

Test(handlers, inject_without_an_event_is_refused)
{
    expect_refused(inject_nothing, "INJECT");
}

Test(handlers, kill_without_a_reason_is_refused)
{
    expect_refused(kill_without_reason, "KILL");
}

Test(handlers, an_answer_that_is_none_is_refused)
{
    expect_refused(nonsense, "none");
}

static enum hv_action nothing_to_pass(struct vcpu *v, const struct vm_exit *x)
{
    (void)v, (void)x;
    return HV_ADVANCE;
}

/* The first instruction is not mapped yet: the exit is about no instruction that one could pass. */
Test(handlers, advance_without_an_instruction_is_refused)
{
    RIG_CODE(&r, 0, 0xeb, 0xfe);
    hv_set_handler(rig_vm(&r, 0), EXIT_shadow_fill, nothing_to_pass);
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_KILLED);
    cr_expect(strstr(rig_vm(&r, 0)->end_text, "ADVANCE"), "%s", rig_vm(&r, 0)->end_text);
}

Test(handlers, only_the_first_reason_of_a_kill_is_kept)
{
    struct vm *vm = rig_vm(&r, 0);
    cr_expect_eq(hv_kill(vm, "because of %d", 1), HV_KILL);
    cr_expect_eq(hv_kill(vm, "because of %d", 2), HV_KILL);
    cr_expect_str_eq(vm->end_text, "because of 1");
    vm_end(vm, VM_EXITED, "too late");
    cr_expect_eq(vm->s.end, VM_KILLED);
}

Test(handlers, each_vm_has_its_own_table)
{
    struct rig two;
    rig_init(&two, MODE_trap);
    two.config.vms = 2;
    rig_create(&two);
    hv_set_handler(rig_vm(&two, 0), EXIT_CPUID, nonsense);
    cr_expect_neq(rig_vm(&two, 0)->handlers.exit[EXIT_CPUID],
                  rig_vm(&two, 1)->handlers.exit[EXIT_CPUID]);
    cr_expect_eq(rig_vm(&two, 1)->handlers.exit[EXIT_CPUID], trap_handlers.exit[EXIT_CPUID]);
    for (unsigned n = 0; n < 2; n++)
        RIG_CODE(&two, n, 0x0f, 0xa2, 0xb0, 7, 0xe6, 0xf4);
    cr_expect_eq(rig_run(&two, 100000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&two, 0)->s.end, VM_KILLED);
    cr_expect_eq(rig_vm(&two, 1)->s.end, VM_EXITED, "the other VM is not harmed");
    cr_expect_eq(rig_vm(&two, 1)->s.exit_value, 7);
    rig_destroy(&two);
}

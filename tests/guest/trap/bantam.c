/*
 * Bantam under the hypervisor: unmodified, deprivileged, and on a processor that does not trap what
 * it should.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

#define SECONDS(n) ((uint64_t)(n)*100000000ull)

static void boot(struct rig *r, enum hv_mode_id mode, const char *cpu, const char *cmdline,
                 unsigned vms)
{
    rig_init(r, mode);
    r->config.ram_bytes = 16u << 20;
    r->config.vms = vms;
    cr_assert_eq(cpu_model_parse(cpu, &r->config.cpu, NULL), SIM_OK);
    for (unsigned n = 0; n < vms; n++)
        rig_disk(r, n);
    rig_create(r);
    for (unsigned n = 0; n < vms; n++)
        rig_load_guest(r, n, "bantam", cmdline);
}

#define QUIET "run=\"echo alive; forkwait 3; halt 5\""

Test(bantam, boots_trapped_and_halts_with_its_value)
{
    struct rig r;
    boot(&r, MODE_trap, "virtualizable", QUIET, 1);
    cr_assert_eq(rig_run(&r, SECONDS(60)), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED, "%s", rig_vm(&r, 0)->end_text);
    cr_expect_eq(rig_vm(&r, 0)->s.exit_value, 5);
    cr_expect(strstr(r.console->text, "alive"));
    cr_expect_eq(hv_stats(r.hv, 0)->silent_total, 0);
    rig_destroy(&r);
}

Test(bantam, sees_fewer_page_faults_than_it_makes)
{
    struct rig r;
    boot(&r, MODE_trap, "virtualizable", QUIET, 1);
    rig_run(&r, SECONDS(60));
    const struct vm_stats *s = hv_stats(r.hv, 0);
    cr_expect_gt(s->mmu.hidden_fills, s->mmu.true_faults);
    cr_expect_gt(s->mmu.true_faults, 0);
    cr_expect_gt(s->mmu.pages_unshadowed, 0);
    cr_expect_gt(s->mmu.root_hits, s->mmu.root_switches / 2, "roots are kept between CR3 loads");
    rig_destroy(&r);
}

Test(bantam, audit_is_clean_after_a_run)
{
    struct rig r;
    struct hv_audit a;
    boot(&r, MODE_trap, "virtualizable", QUIET, 1);
    rig_run(&r, SECONDS(60));
    hv_audit(r.hv, &a);
    cr_expect_gt(a.entries, 50);
    cr_expect_eq(a.foreign + a.gates + a.ports + a.inconsistent, 0, "%s", a.first);
    rig_destroy(&r);
}

Test(bantam, buckets_sum_to_the_clock)
{
    struct rig r;
    uint64_t shared[SIM_BUCKETS], sum = 0;
    boot(&r, MODE_trap, "virtualizable", QUIET, 2);
    rig_run(&r, SECONDS(60));
    hv_shared_buckets(r.hv, shared);
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        sum += shared[b] + hv_stats(r.hv, 0)->bucket[b] + hv_stats(r.hv, 1)->bucket[b];
    cr_expect_eq(sum, hv_cycle(r.hv));
    rig_destroy(&r);
}

Test(bantam, two_vms_do_not_disturb_each_other)
{
    struct rig one, two;
    boot(&one, MODE_trap, "virtualizable", QUIET, 1);
    boot(&two, MODE_trap, "virtualizable", QUIET, 2);
    cr_assert_eq(rig_run(&one, SECONDS(60)), HV_STOP_ENDED);
    cr_assert_eq(rig_run(&two, SECONDS(60)), HV_STOP_ENDED);
    for (unsigned n = 0; n < 2; n++) {
        cr_expect_eq(rig_vm(&two, n)->s.end, VM_EXITED);
        cr_expect(strstr(two.console[n].text, "alive"));
        cr_expect_gt(hv_stats(two.hv, n)->switches_in, 1);
        cr_expect_gt(hv_stats(two.hv, n)->steal_cycles, 0);
    }
    rig_destroy(&one);
    rig_destroy(&two);
}

Test(bantam, any_slicing_of_a_run_gives_the_same_hash)
{
    struct rig whole, sliced;
    boot(&whole, MODE_trap, "virtualizable", QUIET, 2);
    boot(&sliced, MODE_trap, "virtualizable", QUIET, 2);
    rig_run(&whole, 30000000);
    uint64_t step = 1;
    for (uint64_t at = 1; at < 30000000; at += step, step = step * 5 % 99991 + 1)
        rig_run(&sliced, at);
    rig_run(&sliced, 30000000);
    cr_expect_eq(hv_cycle(whole.hv), hv_cycle(sliced.hv));
    cr_expect_eq(hv_hash(whole.hv), hv_hash(sliced.hv));
    rig_destroy(&whole);
    rig_destroy(&sliced);
}

Test(bantam, dropping_the_cpus_caches_changes_nothing)
{
    struct rig whole, dropped;
    boot(&whole, MODE_trap, "virtualizable", QUIET, 1);
    boot(&dropped, MODE_trap, "virtualizable", QUIET, 1);
    rig_run(&whole, 20000000);
    for (uint64_t at = 50000; at <= 20000000; at += 50000) {
        rig_run(&dropped, at);
        cpu_drop_caches(&dropped.hv->machine->cpu);
    }
    cr_expect_eq(hv_hash(whole.hv), hv_hash(dropped.hv));
    rig_destroy(&whole);
    rig_destroy(&dropped);
}

Test(bantam, goes_wrong_on_a_classic_cpu_and_one_can_say_where)
{
    struct rig r;
    boot(&r, MODE_trap, "classic", "run=\"sieve 100000; halt\" hz=1000", 1);
    cr_assert_eq(rig_run(&r, SECONDS(600)), HV_STOP_ENDED);
    const struct vm *vm = rig_vm(&r, 0);
    cr_expect_eq(vm->s.end, VM_NO_PROGRESS, "%s", vm->end_text);
    const struct vm_stats *s = hv_stats(r.hv, 0);
    cr_expect_gt(s->silent[TRAP_POPF], 0);
    cr_expect_gt(s->silent[TRAP_PUSHF], 0);
    cr_expect_gt(s->silent[TRAP_IRET], 0);
    cr_expect_eq(s->silent_total,
                 s->silent[TRAP_POPF] + s->silent[TRAP_PUSHF] + s->silent[TRAP_IRET]);
    cr_expect_eq(vm->silent[0].number, 1);
    cr_expect(vm->silent_bites.lost_if);
    cr_expect_eq(vm->silent_bites.what, SILENT_VIRTUAL_IF);
    cr_expect_gt(vm->silent_bites.number, vm->silent[0].number,
                 "the first is not the one that bites");
    rig_destroy(&r);
}

Test(bantam, popf_alone_does_not_mend_the_classic_cpu)
{
    struct rig r;
    boot(&r, MODE_trap, "classic,+popf", "run=\"sieve 100000; halt\" hz=1000", 1);
    cr_assert_eq(rig_run(&r, SECONDS(600)), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_NO_PROGRESS);
    cr_expect_eq(rig_vm(&r, 0)->silent_bites.trap, TRAP_IRET);
    cr_expect_eq(hv_stats(r.hv, 0)->silent[TRAP_POPF], 0);
    rig_destroy(&r);
}

Test(bantam, popf_iret_and_pushf_mend_it)
{
    struct rig r;
    boot(&r, MODE_trap, "classic,+popf,+iret,+pushf", QUIET, 1);
    cr_assert_eq(rig_run(&r, SECONDS(60)), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(hv_stats(r.hv, 0)->silent_total, 0);
    rig_destroy(&r);
}

Test(bantam, same_console_in_native_and_trap)
{
    struct rig native, trap;
    const char *work = "run=\"ls /; cat < /etc/motd; echo a b | wc; fault nullptr; fault divzero; "
                       "fault privileged; halt\"";
    boot(&native, MODE_native, "classic", work, 1);
    boot(&trap, MODE_trap, "virtualizable", work, 1);
    rig_run(&native, SECONDS(60));
    rig_run(&trap, SECONDS(60));
    cr_expect_eq(rig_vm(&native, 0)->s.end, VM_EXITED);
    cr_expect_str_eq(native.console->text, trap.console->text);
    rig_destroy(&native);
    rig_destroy(&trap);
}

Test(bantam, console_input_reaches_the_guest_by_a_physical_interrupt)
{
    struct rig r;
    boot(&r, MODE_trap, "virtualizable", "", 1);
    while (rig_run(&r, hv_cycle(r.hv) + 1000000) == HV_STOP_LIMIT &&
           !strstr(r.console->text, "$ ") && !strstr(r.console->text, "# "))
        cr_assert_lt(hv_cycle(r.hv), SECONDS(20), "no prompt: %s", r.console->text);
    uint64_t before = rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT);
    const char *typed = "halt 9\r";
    for (const char *p = typed; *p; p++) {
        for (int tries = 0; !hv_console_in(r.hv, 0, (uint8_t)*p); tries++) {
            cr_assert_lt(tries, 1000);
            rig_run(&r, hv_cycle(r.hv) + 100000);
        }
        rig_run(&r, hv_cycle(r.hv) + 100000);
    }
    rig_run(&r, hv_cycle(r.hv) + SECONDS(5));
    cr_expect_eq(rig_vm(&r, 0)->s.exit_value, 9, "console: %s", r.console->text);
    cr_expect_geq(rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT), before + strlen(typed));
    rig_destroy(&r);
}

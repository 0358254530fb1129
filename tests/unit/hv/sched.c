/*
 * The timer, the scheduler, idling.
 */
#include <criterion/criterion.h>

#include "rig.h"

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(sched, .init = setup, .fini = teardown);

static const uint8_t spin[] = {0xeb, 0xfe};

/*
 * Programs the PIT for a tick every n / 1193182 s without a PIC set up, then spins: deadlines, but
 * no interrupt for the guest.
 */
static void load_pit(unsigned vm, uint16_t n)
{
    const uint8_t code[] = {0xb0,       0x34, 0xe6, 0x43, 0xb0,
                            (uint8_t)n, 0xe6, 0x40, 0xb0, (uint8_t)(n >> 8),
                            0xe6,       0x40, 0xeb, 0xfe};
    rig_load_code(&r, vm, code, sizeof(code));
}

Test(sched, every_deadline_is_a_charged_exit)
{
    rig_create(&r);
    load_pit(0, 1193);          /* 1 ms: 100,000 cycles */
    rig_run(&r, 10u * 1000000); /* 100 ms */
    uint64_t n = rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT);
    cr_expect_geq(n, 98, "%lu", (unsigned long)n);
    cr_expect_leq(n, 102, "%lu", (unsigned long)n);
    const struct exit_counter *c = &hv_stats(r.hv, 0)->exit[EXIT_EXTERNAL_INTERRUPT][OUTCOME_RETRY];
    cr_expect_gt(c->min, 100, "nothing is polled for free");
}

Test(sched, without_deadlines_nothing_interrupts)
{
    rig_create(&r);
    rig_load_code(&r, 0, spin, sizeof(spin));
    rig_run(&r, 100000000);
    cr_expect_eq(rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT), 0);
}

Test(sched, a_timer_of_one_tick_cannot_stop_the_guest)
{
    rig_create(&r);
    load_pit(0, 2);
    rig_run(&r, 20000000);
    cr_expect_gt(hv_icount(r.hv), 20000, "the guest gets on between two interrupts");
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_RUNNING);
}

Test(sched, two_busy_vms_share_the_cpu_in_turns)
{
    r.config.vms = 2;
    r.config.slice_cycles = 100000;
    rig_create(&r);
    for (unsigned n = 0; n < 2; n++)
        rig_load_code(&r, n, spin, sizeof(spin));
    rig_run(&r, 10000000);
    const struct vm_stats *a = hv_stats(r.hv, 0), *b = hv_stats(r.hv, 1);
    cr_expect_geq(a->switches_in, 45);
    cr_expect_leq(a->switches_in - b->switches_in, 1);
    cr_expect_lt(a->insns_kernel, b->insns_kernel + b->insns_kernel / 10);
    cr_expect_lt(b->insns_kernel, a->insns_kernel + a->insns_kernel / 10);
    cr_expect_gt(a->steal_cycles, 4000000);
    cr_expect_gt(b->steal_cycles, 4000000);
}

Test(sched, a_vm_alone_is_not_interrupted_for_its_slice)
{
    r.config.slice_cycles = 1000;
    rig_create(&r);
    rig_load_code(&r, 0, spin, sizeof(spin));
    rig_run(&r, 1000000);
    cr_expect_eq(hv_stats(r.hv, 0)->switches_in, 1);
    cr_expect_eq(rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT), 0);
}

Test(sched, when_one_ends_the_other_has_the_cpu)
{
    r.config.vms = 2;
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 1, 0xe6, 0xf4);
    rig_load_code(&r, 1, spin, sizeof(spin));
    cr_expect_eq(rig_run(&r, 5000000), HV_STOP_LIMIT);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_gt(hv_stats(r.hv, 1)->insns_kernel, 4000000);
}

Test(sched, a_tick_that_a_waiting_vm_missed_is_collapsed)
{
    r.config.vms = 2;
    r.config.slice_cycles = 5000000;
    rig_create(&r);
    /* VM 0: PIC on, PIT 1 ms, interrupts off: its request line stays high while it waits */
    RIG_CODE(&r, 0, 0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x40, 0xe6, 0x21, 0xb0, 4, 0xe6, 0x21, 0xb0, 1,
             0xe6, 0x21, 0xb0, 0xfe, 0xe6, 0x21, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40,
             0xb0, 0x04, 0xe6, 0x40, 0xeb, 0xfe);
    rig_load_code(&r, 1, spin, sizeof(spin));
    rig_run(&r, 12000000);
    cr_expect_gt(hv_stats(r.hv, 0)->ticks_collapsed, 20);
    cr_expect_eq(hv_stats(r.hv, 1)->ticks_collapsed, 0);
}

Test(sched, idle_time_passes_to_the_next_deadline_and_is_nobodys)
{
    uint64_t shared[SIM_BUCKETS];
    rig_create(&r);
    /* The timer ticks behind a mask; what can wake the guest is the clock chip, much later. */
    RIG_CODE(&r, 0, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40, 0xb0, 0x04, 0xe6,
             0x40,                                           /* PIT */
             0xb0, 0xfb, 0xe6, 0x21, 0xb0, 0xfe, 0xe6, 0xa1, /* cascade and IRQ 8 only */
             0xb0, 0x0b, 0xe6, 0x70, 0xb0, 0x12, 0xe6, 0x71, /* update-ended interrupt */
             0xfb, 0xf4);
    cr_expect_eq(rig_run(&r, 5000000), HV_STOP_LIMIT);
    hv_shared_buckets(r.hv, shared);
    cr_expect_gt(shared[BUCKET_idle], 4000000);
    cr_expect_eq(hv_cycle(r.hv), 5000000, "exactly at the limit, though it idles");
    cr_expect_gt(rig_count(&r, 0, EXIT_EXTERNAL_INTERRUPT), 30);
    cr_expect(rig_last(&r)->idle);
}

Test(sched, waiting_for_nothing_but_input_is_said)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 0xef, 0xe6, 0x21,                         /* IRQ 4 only */
             0x66, 0xba, 0xf9, 0x03, 0xb0, 0x01, 0xee,              /* COM1 receive interrupts */
             0x66, 0xba, 0xfc, 0x03, 0xb0, 0x08, 0xee, 0xfb, 0xf4); /* OUT2 */
    cr_expect_eq(rig_run(&r, 0), HV_STOP_INPUT);
    cr_expect_eq(rig_cpu(&r)->s.run, VCPU_BLOCKED);
    cr_expect_eq(rig_run(&r, 0), HV_STOP_INPUT, "and said again");
}

/* The timer runs, but its interrupt is masked, and nobody is left to unmask it. */
Test(sched, what_nothing_can_wake_has_ended)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xa9, 0xe6, 0x40, 0xb0, 0x04, 0xe6, 0x40, 0xfb,
             0xf4);
    cr_expect_eq(rig_run(&r, 5000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_HALTED);
    cr_expect(strstr(rig_vm(&r, 0)->end_text, "nothing can wake it"), "%s",
              rig_vm(&r, 0)->end_text);
    cr_expect_lt(hv_cycle(r.hv), 1000000);
}

Test(sched, a_vms_clock_is_the_machines)
{
    rig_create(&r);
    rig_load_code(&r, 0, spin, sizeof(spin));
    rig_run(&r, 777777);
    cr_expect_eq(clock_now(&rig_vm(&r, 0)->clock), hv_cycle(r.hv));
}

Test(sched, the_physical_ports_are_never_touched_by_a_guest)
{
    rig_create(&r);
    load_pit(0, 1193);
    uint32_t before = bus_port_read(&r.hv->machine->ports, 0x43, 1);
    uint64_t deadline = clock_next(&r.hv->machine->clock);
    rig_run(&r, 50000);
    cr_expect_eq(bus_port_read(&r.hv->machine->ports, 0x43, 1), before);
    cr_expect_neq(clock_next(&rig_vm(&r, 0)->clock), CLOCK_NEVER);
    (void)deadline;
}

/* The guest maps its code at 0xfd000000 and stays there. */
static void load_spinner_in_the_hole(struct rig *rig, unsigned n)
{
    struct vm *vm = rig_vm(rig, n);
    rig_load_code(rig, n, spin, sizeof(spin));
    gpa_write(vm, 0x10000 + 1012 * 4, 4, 0x11007); /* 0xfd000000 */
    gpa_write(vm, 0x11000, 4, 0x100007);
    vm->cpu.virt.s.cr3 = 0x10000;
    vm->cpu.virt.s.cr0 |= CR0_PG;
    vm->cpu.virt.s.eip = 0xfd00000c;
}

Test(sched, a_guest_that_runs_in_the_hole_for_ever_does_not_starve_the_other)
{
    r.config.vms = 2;
    r.config.slice_cycles = 100000;
    rig_create(&r);
    load_spinner_in_the_hole(&r, 0);
    rig_load_code(&r, 1, spin, sizeof(spin));
    cr_expect_eq(rig_run(&r, 5000000), HV_STOP_LIMIT);
    cr_expect_gt(hv_stats(r.hv, 0)->insns_emulated, 1000);
    cr_expect_eq(hv_stats(r.hv, 0)->insns_kernel, 0);
    cr_expect_gt(hv_stats(r.hv, 1)->insns_kernel, 1000000);
    cr_expect_geq(hv_stats(r.hv, 0)->switches_in, 10);
}

static void stop_at_once(void *opaque, const struct trace_event *e)
{
    struct hv *hv = opaque;
    if (e->kind == TRACE_INJECT || e->kind == TRACE_EXIT || e->kind == TRACE_SWITCH)
        hv_break(hv);
}

Test(sched, and_it_can_be_stopped)
{
    rig_create(&r);
    load_spinner_in_the_hole(&r, 0);
    hv_set_sink(r.hv, (struct trace_sink){stop_at_once, r.hv});
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_BREAK);
}

Test(sched, and_its_instructions_count_against_the_limit)
{
    rig_create(&r);
    load_spinner_in_the_hole(&r, 0);
    const struct hv_limits limits = {.icount = 1000};
    cr_expect_eq(hv_run(r.hv, &limits), HV_STOP_LIMIT);
    cr_expect_eq(hv_stats(r.hv, 0)->insns_emulated, 1000);
}

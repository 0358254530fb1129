/*
 * Running: limits, records, accounts, time.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

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

TestSuite(run, .init = setup, .fini = teardown);

/* cli; jmp to it: an exit every two instructions, for ever. */
static void endless(void)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0xfa, 0xeb, 0xfd);
}

Test(run, stops_at_an_exit_number_exactly)
{
    endless();
    for (uint64_t n = 1; n < 50; n++) {
        cr_assert_eq(rig_run_exits(&r, n), HV_STOP_LIMIT);
        cr_assert_eq(r.hv->exits, n);
        cr_assert_eq(rig_last(&r)->number, n);
    }
}

Test(run, stops_at_an_instruction_count_exactly)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0x40, 0xeb, 0xfd); /* inc eax; jmp */
    for (uint64_t n = 1; n < 100; n += 7) {
        const struct hv_limits limits = {.icount = n};
        cr_assert_eq(hv_run(r.hv, &limits), HV_STOP_LIMIT);
        cr_assert_eq(hv_icount(r.hv), n);
    }
}

Test(run, stops_at_a_cycle)
{
    rig_create(&r);
    RIG_CODE(&r, 0, 0x40, 0xeb, 0xfd);
    cr_assert_eq(rig_run(&r, 123456), HV_STOP_LIMIT);
    cr_expect_eq(hv_cycle(r.hv), 123456, "every instruction costs 1");
}

Test(run, the_last_exits_are_kept_and_older_ones_are_not)
{
    endless();
    rig_run_exits(&r, HV_EXIT_RING + 10);
    cr_expect_null(hv_exit(r.hv, 0));
    cr_expect_null(hv_exit(r.hv, 10));
    cr_assert(hv_exit(r.hv, 20));
    cr_expect_eq(hv_exit(r.hv, 20)->number, 20);
    cr_expect_null(hv_exit(r.hv, r.hv->exits + 1));
}

Test(run, counters_agree_with_the_records)
{
    endless();
    rig_run_exits(&r, 300);
    uint64_t count = 0, cycles = 0, by_record = 0;
    const struct vm_stats *s = hv_stats(r.hv, 0);
    for (unsigned reason = 0; reason < EXIT_REASONS; reason++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *c = &s->exit[reason][o];
            uint64_t phases = 0;
            count += c->count;
            cycles += c->cycles;
            for (unsigned p = 0; p < HV_PHASES; p++)
                phases += c->phase[p];
            cr_expect_eq(phases, c->cycles);
            cr_expect(c->count == 0 ||
                      (c->min <= c->cycles / c->count && c->cycles / c->count <= c->max));
        }
    for (uint64_t n = 1; n <= 300; n++)
        by_record += hv_exit(r.hv, n)->cycles;
    cr_expect_eq(count, 300);
    cr_expect_eq(s->exits, 300);
    cr_expect_eq(cycles, by_record);
}

Test(run, every_cycle_is_in_one_bucket)
{
    uint64_t shared[SIM_BUCKETS], sum = 0;
    endless();
    rig_run(&r, 1000000);
    hv_shared_buckets(r.hv, shared);
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        sum += shared[b] + hv_stats(r.hv, 0)->bucket[b];
    cr_expect_eq(sum, hv_cycle(r.hv));
    cr_expect_gt(hv_stats(r.hv, 0)->bucket[BUCKET_emulate], 0);
    cr_expect_eq(hv_stats(r.hv, 0)->bucket[BUCKET_idle], 0);
}

Test(run, doubling_every_cost_doubles_the_clock)
{
    rig_create(&r);
    const uint8_t code[] = {0xb9, 50,   0,    0,    0,    0xfa, 0x0f,
                            0x20, 0xd0, 0xe2, 0xfa, 0xe6, 0xf4}; /* loop; out 0xf4 */
    rig_load_code(&r, 0, code, sizeof(code));
    rig_run(&r, 0);
    uint64_t once = hv_cycle(r.hv);
    rig_destroy(&r);

    rig_init(&r, MODE_trap);
    r.profile.clock_hz *= 2;
    for (unsigned i = 0; i < SIM_COSTS; i++)
        r.profile.hw.cycles[i] *= 2;
    for (unsigned i = 0; i < HV_COSTS; i++)
        r.profile.hv.cycles[i] *= 2;
    rig_create(&r);
    rig_load_code(&r, 0, code, sizeof(code));
    rig_run(&r, 0);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(hv_cycle(r.hv), 2 * once);
}

Test(run, the_direct_fraction_counts_both_kinds)
{
    struct vm_stats s = {0};
    cr_expect_eq(vm_stats_direct_fraction(&s), 1.0);
    s.insns_user = 60;
    s.insns_kernel = 30;
    s.insns_emulated = 10;
    cr_expect_float_eq(vm_stats_direct_fraction(&s), 0.9, 1e-9);
}

Test(run, adding_counters_keeps_the_extremes)
{
    static struct vm_stats sum, a, b;
    a.exit[EXIT_HLT][OUTCOME_ADVANCE] =
        (struct exit_counter){.count = 2, .cycles = 30, .min = 10, .max = 20};
    b.exit[EXIT_HLT][OUTCOME_ADVANCE] =
        (struct exit_counter){.count = 1, .cycles = 5, .min = 5, .max = 5};
    a.exits = 2;
    b.exits = 1;
    a.mmu.pte_updates = 4;
    b.hypercalls_refused = 3;
    vm_stats_add(&sum, &a);
    vm_stats_add(&sum, &b);
    const struct exit_counter *c = &sum.exit[EXIT_HLT][OUTCOME_ADVANCE];
    cr_expect_eq(c->count, 3);
    cr_expect_eq(c->cycles, 35);
    cr_expect_eq(c->min, 5);
    cr_expect_eq(c->max, 20);
    cr_expect_eq(sum.exits, 3);
    cr_expect_eq(sum.mmu.pte_updates, 4);
    cr_expect_eq(sum.hypercalls_refused, 3);
}

struct seen {
    struct hv *hv;
    unsigned exits, breaks, injects;
    uint64_t last;
};

static void see(void *opaque, const struct trace_event *e)
{
    struct seen *s = opaque;
    if (e->kind == TRACE_INJECT)
        s->injects++;
    if (e->kind != TRACE_EXIT)
        return;
    s->exits++;
    cr_expect_eq(e->exit->number, s->last + 1);
    cr_expect_eq(e->value, e->exit->cycles);
    s->last = e->exit->number;
    if (s->breaks && s->exits == s->breaks)
        hv_break(s->hv);
}

Test(run, the_sink_sees_every_exit_once_and_in_order)
{
    endless();
    struct seen s = {.hv = r.hv};
    hv_set_sink(r.hv, (struct trace_sink){see, &s});
    rig_run_exits(&r, 200);
    cr_expect_eq(s.exits, 200);
}

Test(run, a_sink_can_stop_the_run_and_it_goes_on_later)
{
    endless();
    struct seen s = {.hv = r.hv, .breaks = 17};
    hv_set_sink(r.hv, (struct trace_sink){see, &s});
    cr_expect_eq(rig_run(&r, 100000000), HV_STOP_BREAK);
    cr_expect_eq(s.exits, 17);
    hv_set_sink(r.hv, (struct trace_sink){0});
    cr_expect_eq(rig_run_exits(&r, 30), HV_STOP_LIMIT);
    cr_expect_eq(r.hv->exits, 30);
}

Test(run, watching_changes_nothing)
{
    struct seen s = {0};
    endless();
    rig_run(&r, 200000);
    uint64_t hash = hv_hash(r.hv);
    rig_destroy(&r);
    rig_init(&r, MODE_trap);
    endless();
    hv_set_sink(r.hv, (struct trace_sink){see, &s});
    rig_run(&r, 200000);
    cr_expect_eq(hv_hash(r.hv), hash);
}

Test(run, guest_memory_is_read_by_both_kinds_of_address)
{
    uint32_t word = 0;
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 1, 0xe6, 0xf4);
    cr_expect(hv_guest_memory(r.hv, 0, RIG_ENTRY, &word, 4));
    cr_expect_eq(word, 0xf4e601b0);
    cr_expect(hv_guest_linear(r.hv, 0, RIG_ENTRY, &word, 4), "paging is off");
    cr_expect_not(hv_guest_memory(r.hv, 0, 0x3fffffff, &word, 4));
    cr_expect_not(hv_guest_memory(r.hv, 1, 0, &word, 4), "there is no VM 1");
    struct cpu_state *g = &rig_cpu(&r)->virt.s;
    gpa_write(rig_vm(&r, 0), 0x10000 + 4 * 5, 4, 0x11000 | 7);
    gpa_write(rig_vm(&r, 0), 0x11000 + 4 * 6, 4, 0x100000 | 7);
    g->cr3 = 0x10000;
    g->cr0 |= CR0_PG;
    word = 0;
    cr_expect(hv_guest_linear(r.hv, 0, (5u << 22) | 0x600c, &word, 4));
    cr_expect_eq(word, 0xf4e601b0);
    cr_expect_not(hv_guest_linear(r.hv, 0, 0x1000, &word, 4));
}

Test(run, native_goes_through_the_same_calls)
{
    rig_destroy(&r);
    rig_init(&r, MODE_native);
    rig_create(&r);
    RIG_CODE(&r, 0, 0xb0, 0x2a, 0xe6, 0xf4);
    cr_expect_eq(rig_run(&r, 1), HV_STOP_LIMIT);
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED);
    cr_expect_eq(rig_vm(&r, 0)->s.exit_value, 42);
    cr_expect_eq(hv_stats(r.hv, 0)->exits, 0);
    cr_expect_eq(hv_stats(r.hv, 0)->insns_kernel, 2);
    struct hv_audit a;
    hv_audit(r.hv, &a);
    cr_expect_eq(a.foreign + a.gates + a.ports, 0);
}

/* ---------------------------------------- what is not built */

static int both_modes[] = {MODE_native, MODE_trap};

static void expect_unsupported(struct rig *other, const char *words)
{
    cr_expect_eq(rig_run(other, 1000000), HV_STOP_ENDED);
    const struct vm *vm = rig_vm(other, 0);
    cr_expect_eq(vm->s.end, VM_UNSUPPORTED, "%s: %s", vm_end_names[vm->s.end], vm->end_text);
    cr_expect(strstr(vm->end_text, words), "%s", vm->end_text);
    rig_destroy(other);
}

ParameterizedTestParameters(run, a_task_return_ends_the_guest_with_its_name)
{
    return cr_make_param_array(int, both_modes, 2);
}

ParameterizedTest(const int *mode, run, a_task_return_ends_the_guest_with_its_name)
{
    /* No task was loaded, so the link is the word at 0: a busy TSS of the GDT. */
    static const uint32_t link = 8, tss[2] = {0x67, 0x8b00};
    struct rig other;
    rig_init(&other, (enum hv_mode_id) * mode);
    rig_create(&other);
    RIG_CODE(&other, 0, 0x0f, 0x01, 0x15, 0x26, 0, 0x10, 0, /* lgdt [100026h] */
             0xbc, 0x00, 0x90, 0, 0,                        /* mov esp, 9000h */
             0x9c, 0x81, 0x0c, 0x24, 0x00, 0x40, 0, 0,      /* pushfd; or dword [esp], NT */
             0x9d, 0xcf, 0x90, 0x90, 0x90, 0x90,            /* popfd; iretd */
             0x0f, 0x00, 0x00, 0x01, 0x11, 0x00);           /* limit, base */
    cr_assert(hv_guest_memory_write(other.hv, 0, 0, &link, 2));
    cr_assert(hv_guest_memory_write(other.hv, 0, 0x110108, tss, sizeof(tss)));
    expect_unsupported(&other, "IRET with NT set");
}

ParameterizedTestParameters(run, a_task_gate_ends_the_guest_with_its_name)
{
    return cr_make_param_array(int, both_modes, 2);
}

ParameterizedTest(const int *mode, run, a_task_gate_ends_the_guest_with_its_name)
{
    static const uint32_t gate[2] = {0x8 << 16, 0x8500};
    struct rig other;
    rig_init(&other, (enum hv_mode_id) * mode);
    rig_create(&other);
    RIG_CODE(&other, 0, 0x0f, 0x01, 0x1d, 0x16, 0, 0x10, 0, /* lidt [100016h] */
             0x0f, 0x0b, 0x90,                              /* ud2 */
             0xff, 0x00, 0x00, 0x00, 0x11, 0x00);           /* limit, base */
    cr_assert(hv_guest_memory_write(other.hv, 0, 0x110000 + 6 * 8, gate, sizeof(gate)));
    expect_unsupported(&other, "task");
}

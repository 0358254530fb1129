/*
 * What a session is told while a hypervisor runs, and where it can stop: probes on the real and the
 * virtual CPU, and the hooks of the run.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"
#include "sim/probe.h"

#define MOST  4096
#define MAGIC 0x2badb002u /* EAX to begin with */

static struct rig r;

struct told {
    struct cpu_probe probe;
    struct hv_hooks hooks;
    bool stop, hold;    /* what `code` and `instruction` answer */
    uint64_t held_once; /* `instruction` holds once each: the last icount and EIP it held */
    unsigned holds;
    uint32_t page; /* linear page watched */
    unsigned asked, instructions, phases, closed, data, events, rings;
    uint32_t code, instruction; /* the last addresses */
    struct {
        const struct cpu *c;
        uint32_t linear, pa, size, value;
        enum cpu_access access;
    } last;
    struct {
        uint64_t exit;
        enum hv_phase phase;
        unsigned n;
        uint32_t cycles[HV_PHASES];
    } phase[MOST];
};

static struct told told;

static bool on_code(void *context, struct cpu *c, uint32_t linear, uint32_t pa)
{
    struct told *t = context;
    cr_expect_eq(c, &r.hv->machine->cpu);
    cr_expect(ram_contains(&r.hv->machine->ram, pa, 1));
    t->asked++;
    t->code = linear;
    return t->stop;
}

static bool on_watches(void *context, struct cpu *c, uint32_t linear_page, uint32_t pa_page)
{
    const struct told *t = context;
    (void)c, (void)pa_page;
    return t->page && linear_page == t->page;
}

static void on_data(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                    enum cpu_access access, uint32_t value)
{
    struct told *t = context;
    t->data++;
    t->last.c = c;
    t->last.linear = linear;
    t->last.pa = pa;
    t->last.size = size;
    t->last.value = value;
    t->last.access = access;
}

static void on_event(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                     uint32_t error)
{
    struct told *t = context;
    (void)c, (void)vector, (void)kind, (void)error;
    t->events++;
}

static void on_phase(void *context, struct hv *hv, const struct vm_exit *open, enum hv_phase phase,
                     unsigned n)
{
    struct told *t = context;
    cr_expect_eq(hv, r.hv);
    cr_expect_eq(open, hv->open);
    cr_assert_lt(t->phases, MOST);
    t->phase[t->phases].exit = open->number;
    t->phase[t->phases].phase = phase;
    t->phase[t->phases].n = n;
    memcpy(t->phase[t->phases].cycles, open->phase, sizeof(open->phase));
    t->phases++;
}

static void on_closed(void *context, struct hv *hv, const struct vm_exit *x)
{
    struct told *t = context;
    cr_expect_eq(x->number, ++t->closed, "each once, in order");
    cr_expect_null(hv->open);
    uint64_t sum = 0;
    for (unsigned p = 0; p < HV_PHASES; p++)
        sum += x->phase[p];
    cr_expect_eq(sum, x->cycles, "and complete");
}

/* With `hold`: each instruction is refused once. */
static bool on_instruction(void *context, struct hv *hv, struct vcpu *v, uint32_t linear)
{
    struct told *t = context;
    uint64_t here = hv->exits << 32 | (linear ^ (uint32_t)v->vm->stats.insns_emulated << 8);
    t->instructions++;
    t->instruction = linear;
    if (!t->hold || here == t->held_once)
        return false;
    t->held_once = here;
    t->holds++;
    return true;
}

static void setup(void)
{
    rig_init(&r, MODE_trap);
    rig_create(&r);
    told = (struct told){.probe = {.context = &told,
                                   .code = on_code,
                                   .watches = on_watches,
                                   .data = on_data,
                                   .event = on_event},
                         .hooks = {.context = &told,
                                   .phase = on_phase,
                                   .closed = on_closed,
                                   .instruction = on_instruction}};
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(probe, .init = setup, .fini = teardown);

static void mark(uint32_t at)
{
    told.probe.code_offset[(at & ~PAGE_MASK) / 8] |= (uint8_t)(1u << (at & 7));
    hv_probe_changed(r.hv);
}

/* ------------------------------------------------------------------------------------------ code */

Test(probe, stops_before_a_guests_instruction_and_goes_on)
{
    RIG_CODE(&r, 0, 0x40, 0xfa, 0x40, 0x40, 0xeb, 0xfa); /* inc; cli; inc; inc; jmp */
    hv_set_probe(r.hv, &told.probe);
    mark(RIG_ENTRY + 3);
    told.stop = true;
    uint64_t before = 0;
    for (unsigned turn = 0; turn < 3; turn++) {
        cr_assert_eq(rig_run(&r, 1000000), HV_STOP_PROBE);
        cr_expect_eq(told.code, RIG_ENTRY + 3);
        cr_expect_eq(r.hv->machine->cpu.s.eip, RIG_ENTRY + 3);
        cr_expect_eq(r.hv->machine->cpu.s.gpr[R_EAX], MAGIC + 2 + 3 * turn);
        cr_expect(turn == 0 || r.hv->exits == before + 1, "CLI");
        before = r.hv->exits;
        told.stop = false;
        const struct hv_limits one = {.icount = hv_icount(r.hv) + 1};
        cr_expect_eq(hv_run(r.hv, &one), HV_STOP_LIMIT);
        told.stop = true;
    }
    hv_set_probe(r.hv, NULL);
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_LIMIT);
}

Test(probe, stops_before_an_instruction_that_the_hardware_will_refuse)
{
    RIG_CODE(&r, 0, 0x40, 0xfa, 0xeb, 0xfc); /* inc; L: cli; jmp */
    hv_set_probe(r.hv, &told.probe);
    mark(RIG_ENTRY + 1);
    told.stop = true;
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_PROBE);
    cr_expect_eq(rig_count(&r, 0, EXIT_emulate_privop), 0);
    told.stop = false;
    rig_run_exits(&r, r.hv->exits + 40);
    cr_expect_eq(rig_count(&r, 0, EXIT_emulate_privop), 40);
    cr_expect_eq(told.asked, 41, "once a turn, though the instruction is carried out by another");
}

/* The hypervisor puts the shadow entry there and the guest does not know that it tried twice. */
Test(probe, an_instruction_that_faults_into_the_hypervisor_is_asked_about_once)
{
    RIG_CODE(&r, 0, 0xbb, 0, 0, 0x20, 0, 0x89, 0x03, 0xeb,
             0xfe); /* mov ebx, 200000; mov [ebx], eax */
    hv_set_probe(r.hv, &told.probe);
    mark(RIG_ENTRY + 5);
    const struct hv_limits few = {.icount = 20};
    hv_run(r.hv, &few);
    cr_expect_gt(rig_count(&r, 0, EXIT_shadow_fill), 0);
    cr_expect_eq(told.asked, 1);
}

/* rep stosd over 64 pages: one instruction, whatever it meets on the way. */
Test(probe, a_repeated_instruction_that_faults_on_each_page_is_asked_about_once)
{
    RIG_CODE(&r, 0, 0xbf, 0, 0, 0x20, 0, 0xb9, 0, 0, 1, 0, 0xf3, 0xab, 0xeb, 0xfe);
    hv_set_probe(r.hv, &told.probe);
    mark(RIG_ENTRY + 10);
    rig_run(&r, 10000000);
    cr_expect_geq(rig_count(&r, 0, EXIT_shadow_fill), 64);
    cr_expect_eq(r.hv->machine->cpu.s.gpr[R_ECX], 0);
    cr_expect_eq(told.asked, 1);
}

Test(probe, the_hypervisors_own_entries_are_never_asked_about)
{
    RIG_CODE(&r, 0, 0xfa, 0x0f, 0x20, 0xc0, 0xeb, 0xfa);
    hv_set_probe(r.hv, &told.probe);
    memset(told.probe.code_offset, 0xff, sizeof(told.probe.code_offset));
    hv_probe_changed(r.hv);
    for (uint64_t n = 5; n < 200; n++) {
        rig_run_exits(&r, n);
        cr_assert_lt(told.code, RIG_ENTRY + 6);
        cr_assert_geq(told.code, RIG_ENTRY);
    }
    cr_expect_geq(told.events, 199, "the entries are events of the machine's CPU");
}

Test(probe, native_stops_too)
{
    rig_destroy(&r);
    rig_init(&r, MODE_native);
    rig_create(&r);
    RIG_CODE(&r, 0, 0x40, 0x40, 0xeb, 0xfc);
    hv_set_probe(r.hv, &told.probe);
    hv_set_hooks(r.hv, &told.hooks);
    mark(RIG_ENTRY + 1);
    told.stop = true;
    cr_expect_eq(rig_run(&r, 1000), HV_STOP_PROBE);
    cr_expect_eq(r.hv->machine->cpu.s.eip, RIG_ENTRY + 1);
    cr_expect_str_eq(hv_stop_names[HV_STOP_PROBE], "probe");
    cr_expect_eq(told.phases, 0);
}

/* ------------------------------------------------------------------------------------------ data */

Test(probe, a_guests_own_store_is_told_of_the_real_cpu)
{
    RIG_CODE(&r, 0, 0xbb, 0x10, 0, 0x20, 0, 0x89, 0x1b, 0xeb,
             0xfe); /* mov ebx, 200010; mov [ebx], ebx */
    told.page = 0x200000;
    hv_set_probe(r.hv, &told.probe);
    rig_run(&r, 100000);
    uint32_t pa;
    cr_assert_eq(p2m_lookup(rig_vm(&r, 0), 0x200010, &pa), P2M_RAM);
    cr_expect_eq(told.data, 1);
    cr_expect_eq(told.last.c, &r.hv->machine->cpu);
    cr_expect_eq(told.last.linear, 0x200010);
    cr_expect_eq(told.last.pa, pa, "the machine's address");
    cr_expect_eq(told.last.value, 0x200010);
    cr_expect_eq(told.last.access, ACCESS_WRITE);
}

/* mov ebx, 200010; sgdt [ebx]; sidt ...: carried out for the guest, on its virtual CPU. */
Test(probe, a_store_that_is_carried_out_for_the_guest_is_told_of_the_virtual_cpu)
{
    RIG_CODE(&r, 0, 0xbb, 0x10, 0, 0x20, 0, 0x0f, 0x01, 0x03, 0xeb, 0xfe);
    told.page = 0x200000;
    hv_set_probe(r.hv, &told.probe);
    rig_run(&r, 100000);
    cr_expect_eq(told.data, 2, "limit and base");
    cr_expect_eq(told.last.c, &rig_cpu(&r)->virt);
    cr_expect_eq(told.last.linear, 0x200012);
    cr_expect_eq(told.last.pa, 0x200012, "the guest's address");
}

/* mov esp, 200800; pushf; jmp $: on a classic CPU it does not trap, and is tried out beside the
 * machine to see what it should have done. */
Test(probe, what_is_only_tried_out_is_not_told)
{
    rig_destroy(&r);
    rig_init(&r, MODE_trap);
    cr_assert_eq(cpu_model_parse("classic", &r.config.cpu, NULL), SIM_OK);
    rig_create(&r);
    RIG_CODE(&r, 0, 0xbc, 0, 8, 0x20, 0, 0x9c, 0xeb, 0xfe);
    told.page = 0x200000;
    hv_set_probe(r.hv, &told.probe);
    rig_run(&r, 100000);
    cr_expect_gt(rig_vm(&r, 0)->stats.silent_total, 0);
    cr_expect_eq(told.data, 1);
    cr_expect_eq(told.last.c, &r.hv->machine->cpu);
}

static struct {
    unsigned n, writes;
    uint16_t port;
    uint32_t value;
} ports;

static void on_port(void *context, uint16_t port, unsigned size, bool write, uint32_t value)
{
    (void)context, (void)size;
    ports.n++;
    ports.writes += write;
    ports.port = port;
    ports.value = value;
}

Test(probe, a_vms_ports_are_its_own_bus)
{
    RIG_CODE(&r, 0, 0xb0, 7, 0xe6, 0x80, 0xe4, 0x80, 0xeb, 0xfe); /* out 80, al; in al, 80 */
    rig_vm(&r, 0)->ports.watch = on_port;
    rig_run(&r, 100000);
    cr_expect_eq(ports.n, 2);
    cr_expect_eq(ports.writes, 1);
    cr_expect_eq(ports.port, 0x80);
    cr_expect_eq(ports.value, 7);
}

/* ------------------------------------------------------------------------------------------ hooks */

Test(probe, phases_come_in_order_from_nought_and_never_twice)
{
    RIG_CODE(&r, 0, 0xfa, 0xe6, 0x80, 0x0f, 0x20, 0xc0, 0xeb, 0xf8); /* cli; out; mov eax, cr0 */
    hv_set_hooks(r.hv, &told.hooks);
    rig_run_exits(&r, 60);
    unsigned seen[HV_PHASES] = {0};
    cr_expect_eq(told.closed, 60);
    for (unsigned i = 0; i < told.phases; i++) {
        bool first = !i || told.phase[i].exit != told.phase[i - 1].exit;
        cr_expect_eq(told.phase[i].n, first ? 0 : told.phase[i - 1].n + 1);
        if (first)
            cr_expect_eq(told.phase[i].phase, PHASE_TRANSITION_IN);
        else
            cr_expect_neq(told.phase[i].phase, told.phase[i - 1].phase);
        seen[told.phase[i].phase]++;
    }
    cr_expect_eq(seen[PHASE_TRANSITION_IN], 60);
    cr_expect_geq(seen[PHASE_DECODE], 60);
    cr_expect_eq(seen[PHASE_TRANSITION_OUT], 60);
    cr_expect_geq(seen[PHASE_DEVICE], 20);
}

/* What is charged between two calls is charged to the phase of the first. */
Test(probe, a_phase_is_told_before_anything_happens_in_it)
{
    RIG_CODE(&r, 0, 0xfa, 0xe6, 0x80, 0xeb, 0xfb);
    hv_set_hooks(r.hv, &told.hooks);
    rig_run_exits(&r, 40);
    for (unsigned i = 0; i + 1 < told.phases; i++) {
        if (told.phase[i].exit != told.phase[i + 1].exit || told.phase[i].exit == 1)
            continue;
        for (unsigned p = 0; p < HV_PHASES; p++)
            if (p != told.phase[i].phase)
                cr_expect_eq(told.phase[i].cycles[p], told.phase[i + 1].cycles[p]);
    }
}

Test(probe, hooks_that_are_taken_off_are_not_called)
{
    RIG_CODE(&r, 0, 0xfa, 0xeb, 0xfd);
    hv_set_hooks(r.hv, &told.hooks);
    rig_run_exits(&r, 5);
    hv_set_hooks(r.hv, NULL);
    unsigned phases = told.phases;
    rig_run_exits(&r, 10);
    cr_expect_eq(told.phases, phases);
    cr_expect_eq(told.closed, 5);
}

/* An NMI waits behind STI's shadow: the instruction there is the hypervisor's to carry out. The
 * guest has no IDT, and ends of it. */
static void run_to_shadow(void)
{
    RIG_CODE(&r, 0, 0xfa, 0xfb, 0x40, 0x40, 0xeb, 0xfe); /* cli; sti; inc eax; inc eax */
    do {
        rig_run_exits(&r, r.hv->exits + 1);
    } while (!rig_count(&r, 0, EXIT_emulate_privop));
    rig_cpu(&r)->virt.s.nmi_pending = 1;
    told.closed = (unsigned)r.hv->exits;
}

Test(probe, stops_before_an_instruction_that_the_hypervisor_carries_out)
{
    run_to_shadow();
    hv_set_hooks(r.hv, &told.hooks);
    told.hold = true;
    cr_assert_eq(rig_run(&r, 1000000), HV_STOP_PROBE);
    cr_expect_eq(told.instruction, RIG_ENTRY + 2);
    cr_expect_eq(rig_cpu(&r)->virt.s.eip, RIG_ENTRY + 2);
    cr_expect_eq(rig_cpu(&r)->virt.s.gpr[R_EAX], MAGIC);
    cr_assert(r.hv->open, "in the middle of the exit");
    cr_expect_eq(r.hv->open->reason, EXIT_emulate_privop);
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_ENDED);
    cr_expect_eq(rig_cpu(&r)->virt.s.gpr[R_EAX], MAGIC + 1);
    cr_expect_eq(told.instructions, 2);
    uint64_t hash = hv_hash(r.hv), cycle = hv_cycle(r.hv);

    teardown();
    setup();
    run_to_shadow();
    cr_expect_eq(rig_run(&r, 1000000), HV_STOP_ENDED);
    cr_expect_eq(hv_cycle(r.hv), cycle);
    cr_expect_eq(hv_hash(r.hv), hash, "a stop there changes nothing");
}

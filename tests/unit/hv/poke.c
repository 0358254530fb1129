/*
 * A debugger's edits: registers and memory of a guest, on the CPU and in the middle of exits, at no
 * cost to the guest and heard by whoever watches the page.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "mmu/shadow.h"
#include "rig.h"

#include <string.h>

static struct rig r;

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(poke, .fini = teardown);

static void start(int mode)
{
    rig_init(&r, (enum hv_mode_id)mode);
    rig_create(&r);
}

static struct cpu_state view(void)
{
    struct cpu_state s;
    cr_assert(hv_guest_view(r.hv, 0, &s));
    return s;
}

static void run_insns(uint64_t n)
{
    const struct hv_limits limits = {.icount = hv_icount(r.hv) + n};
    cr_assert_eq(hv_run(r.hv, &limits), HV_STOP_LIMIT);
    cr_assert_eq(hv_icount(r.hv), limits.icount);
}

static int modes[] = {MODE_native, MODE_trap};
#define EVERY_MODE cr_make_param_array(int, modes, sizeof modes / sizeof *modes)

ParameterizedTestParameters(poke, a_register_set_between_instructions_counts)
{
    return EVERY_MODE;
}

ParameterizedTest(int *mode, poke, a_register_set_between_instructions_counts, .fini = teardown)
{
    start(*mode);
    RIG_CODE(&r, 0, 0x40, 0xeb, 0xfd); /* inc eax; jmp to it */
    run_insns(20);
    uint64_t cycle = hv_cycle(r.hv);
    cr_assert(hv_guest_set_register(r.hv, 0, R_EAX, 1000));
    cr_assert(hv_guest_set_register(r.hv, 0, R_ESI, 77));
    cr_expect_eq(hv_cycle(r.hv), cycle);
    cr_expect_eq(view().gpr[R_EAX], 1000);
    run_insns(20);
    cr_expect_eq(view().gpr[R_EAX], 1010);
    cr_expect_eq(view().gpr[R_ESI], 77);
    cr_expect_not(hv_guest_set_register(r.hv, 0, GUEST_REGISTERS, 0));
    cr_expect_not(hv_guest_set_register(r.hv, 1, R_EAX, 0));
}

ParameterizedTestParameters(poke, the_guest_goes_on_where_eip_is_put)
{
    return EVERY_MODE;
}

ParameterizedTest(int *mode, poke, the_guest_goes_on_where_eip_is_put, .fini = teardown)
{
    start(*mode);
    RIG_CODE(&r, 0, 0xeb, 0xfe, 0x43, 0xeb, 0xfd); /* jmp .; inc ebx; jmp to it */
    run_insns(5);
    uint32_t before = view().gpr[R_EBX];
    cr_assert(hv_guest_set_register(r.hv, 0, GUEST_EIP, RIG_ENTRY + 2));
    cr_expect_eq(view().eip, RIG_ENTRY + 2);
    run_insns(2);
    cr_expect_eq(view().gpr[R_EBX], before + 1);
}

ParameterizedTestParameters(poke, rf_stays_with_the_instruction_it_belongs_to)
{
    return EVERY_MODE;
}

/* A REP that is left for another place, and one whose own address is written again. */
ParameterizedTest(int *mode, poke, rf_stays_with_the_instruction_it_belongs_to, .fini = teardown)
{
    start(*mode);
    RIG_CODE(&r, 0, 0xb9, 0x00, 0x10, 0, 0, 0xbf, 0, 0x20, 0, 0, 0xf3, 0xaa, 0xeb, 0xfe);
    uint32_t code = view().eip;
    run_insns(12); /* mov ecx; mov edi; ten of rep stosb */
    cr_assert_eq(view().eip, code + 10);
    cr_assert(view().eflags & FLAG_RF);
    cr_assert(hv_guest_set_register(r.hv, 0, GUEST_EIP, code + 10));
    cr_expect(view().eflags & FLAG_RF);
    cr_assert(hv_guest_set_register(r.hv, 0, GUEST_EIP, code + 12));
    cr_expect_not(view().eflags & FLAG_RF);
}

ParameterizedTestParameters(poke, flags_set_are_what_the_next_instruction_sees)
{
    return EVERY_MODE;
}

ParameterizedTest(int *mode, poke, flags_set_are_what_the_next_instruction_sees, .fini = teardown)
{
    start(*mode);
    /* clc; again: adc $0, %eax; jmp again */
    RIG_CODE(&r, 0, 0xf8, 0x83, 0xd0, 0x00, 0xeb, 0xfb);
    run_insns(7);
    uint32_t eax = view().gpr[R_EAX], system = view().eflags & ~(FLAG_ARITH | FLAG_DF | FLAG_IF);
    cr_assert_eq(view().eip, RIG_ENTRY + 1);
    cr_assert(hv_guest_set_register(r.hv, 0, GUEST_EFLAGS, FLAG_CF | FLAG_DF | FLAG_IF));
    cr_expect_eq(view().eflags, system | FLAG_CF | FLAG_DF | FLAG_IF);
    run_insns(1);
    cr_expect_eq(view().gpr[R_EAX], eax + 1);
    cr_assert(hv_guest_set_register(r.hv, 0, GUEST_EFLAGS, FLAG_NT | FLAG_VM));
    cr_expect_eq(view().eflags, system, "only what a debugger may");
}

ParameterizedTestParameters(poke, code_changed_is_the_code_that_runs)
{
    return EVERY_MODE;
}

ParameterizedTest(int *mode, poke, code_changed_is_the_code_that_runs, .fini = teardown)
{
    static const uint8_t two[] = {2}, far[] = {0, 1, 2, 3};
    start(*mode);
    RIG_CODE(&r, 0, 0xb8, 0x01, 0, 0, 0, 0xeb, 0xf9); /* mov $1, %eax; jmp to it */
    run_insns(100);
    uint64_t cycle = hv_cycle(r.hv);
    cr_expect_eq(view().gpr[R_EAX], 1);
    cr_assert(hv_guest_linear_write(r.hv, 0, RIG_ENTRY + 1, two, 1));
    cr_expect_eq(hv_cycle(r.hv), cycle);
    run_insns(2);
    cr_expect_eq(view().gpr[R_EAX], 2);
    cr_expect_not(hv_guest_memory_write(r.hv, 0, r.config.ram_bytes - 2, far, 4));
    uint8_t last[2];
    cr_assert(hv_guest_memory(r.hv, 0, r.config.ram_bytes - 2, last, 2));
    cr_expect_eq(last[0] | last[1], 0, "all or nothing");
}

/* In the middle of an exit the registers are the virtual CPU's. */
Test(poke, a_register_set_inside_an_exit_counts)
{
    start(MODE_trap);
    RIG_CODE(&r, 0, 0xfa, 0x40, 0xeb, 0xfc); /* cli; inc eax; jmp to the cli */
    while (!r.hv->open)
        run_insns(1);
    uint32_t eax = view().gpr[R_EAX];
    cr_assert(hv_guest_set_register(r.hv, 0, R_EAX, eax + 500));
    cr_expect_eq(view().gpr[R_EAX], eax + 500);
    run_insns(1);
    cr_expect_eq(view().gpr[R_EAX], eax + 501);
}

/* A traced page table of the guest's, changed: its shadow entry goes, and costs nothing. */
Test(poke, a_watched_page_table_is_told)
{
    rig_init(&r, MODE_trap);
    r.config.ram_bytes = 8u << 20;
    rig_create(&r);
    rig_load_guest(&r, 0, "bantam", "hz=100 run=\"halt\"");
    rig_run(&r, 3000000);
    struct vm *vm = rig_vm(&r, 0);
    const struct vm_stats before = *hv_stats(r.hv, 0);
    uint64_t cycle = hv_cycle(r.hv), exits = r.hv->exits;
    for (uint32_t i = 0; i < vm->shadow->count; i++) {
        const struct shadow_page *p = &vm->shadow->page[i];
        if (!p->used || (p->role & SHADOW_KIND_MASK) != SHADOW_PT || !p->live)
            continue;
        unsigned slot = 0;
        while (!(shadow_entry(vm, p, slot) & PTE_P))
            slot++;
        uint32_t gpa = (p->gfn << PAGE_SHIFT) + slot * 4, entry = 0;
        cr_assert(hv_guest_memory(r.hv, 0, gpa, &entry, 4));
        cr_assert(hv_guest_memory_write(r.hv, 0, gpa, &entry, 4));
        cr_expect_not(shadow_entry(vm, p, slot) & PTE_P);
        break;
    }
    cr_expect_eq(hv_cycle(r.hv), cycle);
    cr_expect_eq(r.hv->exits, exits);
    cr_expect_arr_eq(hv_stats(r.hv, 0), &before, sizeof before, "nothing is counted");
    rig_run(&r, 0);
    cr_expect_eq(vm->s.end, VM_EXITED, "%s", vm->end_text);
}

/* Rewriting what is there, anywhere and often: shadows and descriptors are made again, and the
 * guest says what it says undisturbed. */
Test(poke, rewriting_what_is_there_changes_nothing_for_the_guest)
{
    static char said[RIG_CONSOLE];
    for (unsigned pokes = 0; pokes < 2; pokes++) {
        uint64_t seed = 1;
        rig_init(&r, MODE_trap);
        r.config.ram_bytes = 8u << 20;
        rig_create(&r);
        rig_load_guest(&r, 0, "bantam", "hz=100 run=\"forkwait 2; halt\"");
        while (rig_run(&r, hv_cycle(r.hv) + 20000) == HV_STOP_LIMIT)
            for (unsigned i = 0; pokes && i < 200; i++) {
                uint8_t bytes[64];
                seed = seed * 6364136223846793005ull + 1;
                uint32_t gpa = (uint32_t)(seed >> 33) % (r.config.ram_bytes - 64);
                uint32_t n = 1 + (uint32_t)(seed >> 60);
                cr_assert(hv_guest_memory(r.hv, 0, gpa, bytes, n));
                cr_assert(hv_guest_memory_write(r.hv, 0, gpa, bytes, n));
            }
        cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED, "%s", rig_vm(&r, 0)->end_text);
        struct hv_audit audit = {0};
        hv_audit(r.hv, &audit);
        cr_expect_eq(audit.foreign + audit.inconsistent + audit.gates, 0, "%s", audit.first);
        if (!pokes) {
            memcpy(said, r.console[0].text, sizeof said);
            rig_destroy(&r);
        }
    }
    cr_expect_str_eq(r.console[0].text, said);
}

/* A paravirtual guest's tables are the hypervisor's to answer for. */
Test(poke, a_checked_table_is_not_a_debuggers_to_change)
{
    rig_init(&r, MODE_pv);
    r.config.ram_bytes = 8u << 20;
    rig_create(&r);
    rig_load_guest(&r, 0, "bantam-pv", "hz=100 run=\"halt\"");
    rig_run(&r, 2000000);
    unsigned tables = 0, plain = 0;
    for (uint32_t gfn = 0; gfn < rig_vm(&r, 0)->pages; gfn++) {
        const struct frame *f = frame_of(r.hv, rig_vm(&r, 0)->p2m[gfn].mfn);
        uint32_t word;
        bool table = f->type == FRAME_PD || f->type == FRAME_PT || f->type == FRAME_SEGDESC;
        cr_assert(hv_guest_memory(r.hv, 0, gfn << PAGE_SHIFT, &word, 4));
        cr_assert_eq(hv_guest_memory_write(r.hv, 0, gfn << PAGE_SHIFT, &word, 4), !table);
        tables += table;
        plain += !table;
    }
    cr_expect_gt(tables, 2);
    cr_expect_gt(plain, 100);
    rig_run(&r, 0);
    cr_expect_eq(rig_vm(&r, 0)->s.end, VM_EXITED, "%s", rig_vm(&r, 0)->end_text);
}

/* ---------------------------------------- looking */

struct looked {
    unsigned times, before; /* before: the hypervisor had not read the guest's registers yet */
};

static void look_from(void *context, struct hv *hv, const struct vm_exit *open, enum hv_phase phase,
                      unsigned n)
{
    struct looked *l = context;
    struct cpu_state s;
    (void)phase;
    if (n == 0) {
        cr_expect(hv_guest_view(hv, open->vm, &s));
        l->before++;
        cr_expect(s.eip >= RIG_ENTRY && s.eip <= RIG_ENTRY + 4, "EIP %#x", s.eip);
    }
    l->times++;
    cr_expect_not(hv_guest_view(hv, 1, &s), "there is no other guest");
}

/* A hook may look at the guest within an entry: the run and its records are as without. */
Test(poke, looking_in_the_middle_of_an_entry_changes_nothing)
{
    uint64_t hash[2];
    struct vm_exit last[2];
    struct looked looked = {0, 0};
    for (unsigned look = 0; look < 2; look++) {
        const struct hv_hooks hooks = {.context = &looked, .phase = look_from};
        start(MODE_trap);
        RIG_CODE(&r, 0, 0xfa, 0x40, 0xfb, 0xeb, 0xfb); /* cli; inc eax; sti; jmp to them */
        hv_set_hooks(r.hv, look ? &hooks : NULL);
        cr_assert_eq(rig_run_exits(&r, 200), HV_STOP_LIMIT);
        hash[look] = hv_hash(r.hv);
        last[look] = *rig_last(&r);
        if (!look)
            rig_destroy(&r);
    }
    cr_expect_eq(looked.before, 200);
    cr_expect_gt(looked.times, 400);
    cr_expect_eq(hash[0], hash[1]);
    cr_expect_eq(memcmp(&last[0], &last[1], sizeof last[0]), 0);
}

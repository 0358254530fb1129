/*
 * Single steps and breakpoints in the run loop, where events meet instructions: a machine with flat
 * segments, code and handlers at fixed places, no devices in use.
 */
#include "sim/machine.h"

#include <criterion/criterion.h>

#include "box.h"

#define HANDLER_AT(vector) (0x20000u + (vector)*0x10u)
#define CODE_AT            0x21000u

static struct machine *m;

static void setup(void)
{
    static struct sim_costs costs;
    struct machine_config config = {.ram_bytes = 1u << 20, .clock_hz = 1000000, .costs = &costs};
    for (unsigned k = 0; k < SIM_COSTS; k++)
        costs.cycles[k] = 1;
    cr_assert_eq(machine_create(&m, &config, NULL), SIM_OK);
    struct ram *ram = &m->ram;
    struct cpu *c = &m->cpu;
    const uint32_t hi[2] = {0x00cf9b00u, 0x00cf9300u};
    for (unsigned i = 0; i < 8; i++) {
        ram_write32(ram, BOX_GDT + 8 * (1 + i), 0xffff);
        ram_write32(ram, BOX_GDT + 8 * (1 + i) + 4, hi[i & 1] | (i / 2) << 13);
    }
    for (uint32_t v = 0; v < 256; v++) {
        ram_write32(ram, BOX_IDT + 8 * v, (uint32_t)CODE(0) << 16 | (HANDLER_AT(v) & 0xffffu));
        ram_write32(ram, BOX_IDT + 8 * v + 4, 0xef00u | (HANDLER_AT(v) & 0xffff0000u));
        ram_write(ram, HANDLER_AT(v), 1, 0xcf);
    }
    ram_write32(ram, BOX_TSS + 4, BOX_STACK0);
    ram_write32(ram, BOX_TSS + 8, DATA(0));
    c->s.gdtr_base = BOX_GDT;
    c->s.gdtr_limit = 0x7f;
    c->s.idtr_base = BOX_IDT;
    c->s.idtr_limit = 0x7ff;
    c->s.cr0 = CR0_PE | CR0_ET;
    for (unsigned i = 0; i < X86_SEGS; i++)
        c->s.seg[i] = (struct segment){.limit = 0xffffffffu,
                                       .ar = i == SEG_CS ? 0xc0fbu : 0xc0f3u,
                                       .sel = i == SEG_CS ? CODE(3) : DATA(3)};
    c->s.seg[SEG_TR] =
        (struct segment){.base = BOX_TSS, .limit = 0x67, .ar = 0x8b, .sel = SEL(GDT_TSS, 0)};
    c->s.cpl = 3;
    c->s.eip = CODE_AT;
    c->s.gpr[R_ESP] = BOX_STACK3;
    c->s.eflags = FLAG_FIXED1;
    cpu_state_changed(c);
}

static void teardown(void)
{
    machine_destroy(m);
}

TestSuite(running, .init = setup, .fini = teardown);

static void code(const char *bytes, unsigned n)
{
    cr_assert(ram_copy_in(&m->ram, CODE_AT, bytes, n));
}
#define CODE_IS(text) code((text), (unsigned)sizeof(text) - 1)

static enum cpu_stop run(uint64_t insns)
{
    return machine_run(m, UINT64_MAX - 1, m->cpu.s.icount + insns);
}

static void flags(uint32_t eflags)
{
    m->cpu.s.eflags = FLAG_FIXED1 | eflags;
    cpu_state_changed(&m->cpu);
}

Test(running, single_step_traps_behind_each_instruction)
{
    CODE_IS("\x90\x90");
    flags(FLAG_TF);
    cr_assert_eq(run(1), CPU_STOP_BUDGET);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_eq(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP]), CODE_AT + 1);
    cr_assert(m->cpu.s.dr[6] & DR6_BS);
    cr_assert_not(m->cpu.s.eflags & FLAG_TF);
}

Test(running, single_step_does_not_come_between_an_interrupt_instruction_and_its_handler)
{
    CODE_IS("\xcd\x40\x90\x90");
    flags(FLAG_TF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(0x40));
    run(1); /* the handler's IRET sets TF again: the trap comes after the next instruction */
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 2);
    cr_assert(m->cpu.s.eflags & FLAG_TF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_eq(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP]), CODE_AT + 3);
}

Test(running, interrupt_instruction_that_is_not_taken_is_single_stepped)
{
    CODE_IS("\xce"); /* into, OF = 0 */
    flags(FLAG_TF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
}

Test(running, popf_that_clears_tf_is_still_single_stepped)
{
    CODE_IS("\x9d\x90");
    m->cpu.s.gpr[R_ESP] -= 4;
    flags(FLAG_TF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_not(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP] + 8) & FLAG_TF);
}

Test(running, a_stepping_guest_enters_the_hypervisor_by_its_own_vector)
{
    CODE_IS("\xcd\x40");
    m->cpu.entry_enabled = true;
    m->cpu.entry_base = HANDLER_AT(0x40) - 0x40 * CPU_ENTRY_STRIDE;
    flags(FLAG_TF);
    cr_assert_eq(run(100), CPU_STOP_ENTRY);
    cr_assert_eq(m->cpu.entry_vector, 0x40);
    cr_assert_eq(m->cpu.s.gpr[R_ESP], BOX_STACK0 - 20, "one frame");
    cr_assert_not(m->cpu.fault_pending);
}

Test(running, interrupt_instruction_reaches_the_hypervisor_at_once_also_through_a_trap_gate)
{
    CODE_IS("\x90\xcd\x40");
    m->cpu.entry_enabled = true;
    m->cpu.entry_base = HANDLER_AT(0x40) - 0x40 * CPU_ENTRY_STRIDE;
    cr_assert_eq(run(100), CPU_STOP_ENTRY);
    cr_assert_eq(m->cpu.s.icount, 2, "the stub was not executed");
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(0x40));
}

Test(running, code_breakpoint_stops_before_the_instruction_and_rf_lets_it_pass)
{
    CODE_IS("\x90\x90\x90");
    m->cpu.s.dr[0] = CODE_AT + 1;
    m->cpu.s.dr[7] = DR7_FIXED1 | 2;
    flags(0);
    run(2);
    cr_assert_eq(m->cpu.s.icount, 2, "the NOP and the handler's IRET");
    cr_assert_eq(m->cpu.s.dr[6] & 0xf, 1);
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 1, "#DB's frame had RF clear: it would stop again");
    flags(FLAG_RF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 2);
    cr_assert_not(m->cpu.s.eflags & FLAG_RF, "one instruction only");
}

Test(running, data_breakpoint_traps_behind_the_access)
{
    CODE_IS("\xa3\x00\x10\x01\x00\x90"); /* mov [0x11000], eax */
    m->cpu.s.dr[3] = BOX_DATA;
    m->cpu.s.dr[7] = DR7_FIXED1 | 0x80 | 0xd0000000u;
    flags(0);
    run(1);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_eq(m->cpu.s.dr[6] & 0xf, 8);
    cr_assert_eq(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP]), CODE_AT + 5);
}

Test(running, mov_ss_holds_the_single_step_back_by_one_instruction)
{
    CODE_IS("\x8e\xd0\x90\x90");
    m->cpu.s.gpr[R_EAX] = DATA(3);
    flags(FLAG_TF);
    run(2);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_eq(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP]), CODE_AT + 3);
}

Test(running, icebp_behind_mov_ss_takes_a_held_back_breakpoint_with_it)
{
    CODE_IS("\x8e\x15\x00\x10\x01\x00\xf1\x90\x90"); /* mov ss, [0x11000]; int1 */
    cr_assert(ram_copy_in(&m->ram, BOX_DATA, (const char[]){(char)DATA(3), 0}, 2));
    m->cpu.s.dr[1] = BOX_DATA;
    m->cpu.s.dr[7] = DR7_FIXED1 | 8 | 0x00f00000u;
    flags(0);
    run(2);
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(VEC_DB));
    cr_assert_eq(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP]), CODE_AT + 7);
    cr_assert_eq(m->cpu.s.dr[6] & 0xf, 2);
    run(1); /* the handler's IRET: no second #DB came before it */
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 7);
}

Test(running, an_nmi_needs_no_if_and_blocks_others_until_iret)
{
    CODE_IS("\x90\x90\x90");
    flags(0);
    cpu_raise_nmi(&m->cpu);
    cpu_raise_nmi(&m->cpu);
    run(1); /* the handler's IRET, which lets a later NMI in */
    cr_assert_eq(m->cpu.s.eip, CODE_AT);
    cr_assert_eq(m->cpu.s.nmi_pending, 0, "two that nobody took are one");
    cpu_raise_nmi(&m->cpu);
    m->cpu.s.nmi_blocked = 1;
    run(1);
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 1, "held while another is handled");
    cr_assert_eq(m->cpu.s.nmi_pending, 1);
}

/* ---------------------------------------- the resume flag and repeated instructions */

/* rep stosb or another with three iterations to do, on zeroes. */
static void repeat(const char *bytes, uint32_t eflags)
{
    code(bytes, 2);
    for (uint32_t at = 0; at < 12; at += 4)
        ram_write32(&m->ram, BOX_DATA + 0x100 + at, 0);
    m->cpu.s.gpr[R_EAX] = 0;
    m->cpu.s.gpr[R_ECX] = 3;
    m->cpu.s.gpr[R_ESI] = BOX_DATA;
    m->cpu.s.gpr[R_EDI] = BOX_DATA + 0x100;
    flags(eflags);
}

static uint32_t pushed_flags(unsigned vector)
{
    cr_assert_eq(m->cpu.s.eip, HANDLER_AT(vector));
    return ram_read32(&m->ram, m->cpu.s.gpr[R_ESP] + 8);
}

/* An NMI after so many iterations, up to its handler: CLI in place of IRET, which is not reached.
 */
static uint32_t nmi_after(unsigned iterations)
{
    if (iterations)
        run(iterations);
    cpu_raise_nmi(&m->cpu);
    m->cpu.s.idtr_limit = 8 * VEC_NMI + 7;
    ram_write(&m->ram, HANDLER_AT(VEC_NMI), 1, 0x90);
    run(1);
    m->cpu.s.eip--;
    return pushed_flags(VEC_NMI);
}

struct repeat_row {
    const char *what, *bytes;
    unsigned iterations; /* until it is done */
};

static const struct repeat_row repeat_rows[] = {
    {"rep movsb", "\xf3\xa4", 3},  {"rep stosd", "\xf3\xab", 3},   {"rep lodsw", "\xf3\xad", 3},
    {"rep insb", "\xf3\x6c", 3},   {"rep outsb", "\xf3\x6e", 3},   {"repe scasb", "\xf3\xae", 3},
    {"repe cmpsb", "\xf3\xa6", 3}, {"repne cmpsb", "\xf2\xa6", 1},
};

ROWS_TEST(running, an_interrupt_pushes_rf_set_between_two_iterations_only, repeat_rows)
{
    for (unsigned n = 0; n <= row->iterations; n++) {
        m->cpu.s.gpr[R_ESP] = BOX_STACK3;
        m->cpu.s.eip = CODE_AT;
        m->cpu.s.nmi_blocked = 0;
        repeat(row->bytes, FLAG_IOPL);
        bool between = n > 0 && n < row->iterations;
        uint32_t pushed = nmi_after(n);
        cr_expect_eq((pushed & FLAG_RF) != 0, between, "%s, %u iterations", row->what, n);
        cr_expect_eq(m->cpu.s.gpr[R_ECX], 3 - n, "%s", row->what);
        cr_expect_not(m->cpu.s.eflags & FLAG_RF, "the handler starts without");
    }
}

Test(running, an_interrupted_repeat_goes_on_where_it_was)
{
    repeat("\xf3\xaa", 0);
    m->cpu.s.gpr[R_ECX] = 5000;
    run(1);
    cpu_raise_nmi(&m->cpu);
    run(1); /* the handler's IRET */
    cr_assert(m->cpu.s.eflags & FLAG_RF);
    run(4998);
    cr_assert_eq(m->cpu.s.eip, CODE_AT);
    cr_assert(m->cpu.s.eflags & FLAG_RF);
    run(1);
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 2);
    cr_assert_not(m->cpu.s.eflags & FLAG_RF);
    cr_assert_eq(m->cpu.s.gpr[R_EDI], BOX_DATA + 0x100 + 5000);
}

Test(running, a_single_step_pushes_rf_set_between_two_iterations_only)
{
    for (unsigned n = 1; n <= 3; n++) {
        m->cpu.s.gpr[R_ESP] = BOX_STACK3;
        m->cpu.s.eip = CODE_AT;
        repeat("\xf3\xaa", 0);
        if (n > 1)
            run(n - 1);
        flags(m->cpu.s.eflags | FLAG_TF);
        run(1);
        cr_expect_eq((pushed_flags(VEC_DB) & FLAG_RF) != 0, n < 3, "%u iterations", n);
    }
}

Test(running, a_data_breakpoint_pushes_rf_set_between_two_iterations)
{
    repeat("\xf3\xaa", 0);
    m->cpu.s.dr[3] = BOX_DATA + 0x101;
    m->cpu.s.dr[7] = DR7_FIXED1 | 0x80 | 0x10000000u;
    run(2);
    cr_assert_eq(m->cpu.s.gpr[R_ECX], 1);
    cr_assert(pushed_flags(VEC_DB) & FLAG_RF);
}

Test(running, a_code_breakpoint_on_a_repeat_is_met_once)
{
    repeat("\xf3\xaa", 0);
    m->cpu.s.dr[0] = CODE_AT;
    m->cpu.s.dr[7] = DR7_FIXED1 | 2;
    ram_write(&m->ram, HANDLER_AT(VEC_DB), 1, 0x90);
    run(1);
    m->cpu.s.eip--;
    cr_assert_not(pushed_flags(VEC_DB) & FLAG_RF, "before the first");
    m->cpu.s.eip = CODE_AT;
    flags(FLAG_RF);
    run(3);
    cr_assert_eq(m->cpu.s.gpr[R_ECX], 0);
    cr_assert_eq(m->cpu.s.eip, CODE_AT + 2);
    cr_assert_not(m->cpu.s.eflags & FLAG_RF);
}

Test(running, an_interrupt_instruction_pushes_rf_clear)
{
    CODE_IS("\xcd\x40");
    flags(FLAG_RF);
    run(1);
    cr_assert_not(pushed_flags(0x40) & FLAG_RF);
}

/* A fault's frame has RF set at the first iteration, too; the hypervisor is told which it was. */
Test(running, an_entry_tells_whether_rf_was_set_before_the_fault)
{
    m->cpu.entry_enabled = true;
    m->cpu.entry_base = HANDLER_AT(VEC_GP) - VEC_GP * CPU_ENTRY_STRIDE;
    for (unsigned n = 0; n < 3; n++) {
        m->cpu.s.gpr[R_ESP] = BOX_STACK3;
        m->cpu.s.eip = CODE_AT;
        repeat("\xf3\xaa", 0);
        m->cpu.s.seg[SEG_ES].ar &= (uint16_t)~AR_G;
        m->cpu.s.seg[SEG_ES].limit = BOX_DATA + 0x100 + n - 1;
        cpu_state_changed(&m->cpu);
        cr_assert_eq(run(100), CPU_STOP_ENTRY);
        cr_assert_eq(m->cpu.s.gpr[R_ECX], 3 - n);
        cr_expect_eq(m->cpu.entry_rf, n > 0, "%u iterations", n);
        cr_expect(ram_read32(&m->ram, m->cpu.s.gpr[R_ESP] + 12) & FLAG_RF);
    }
}

Test(running, triple_fault_stops_the_machine)
{
    CODE_IS("\xcd\x40");
    m->cpu.s.idtr_limit = 0;
    cr_assert_eq(run(100), CPU_STOP_SHUTDOWN);
    cr_assert_eq(m->cpu.s.eip, CODE_AT);
}

/*
 * CLI, STI, PUSHF, POPF in every ring and IOPL; HLT, BOUND, UD2.
 */
#include "box.h"

static struct box b;

#define F1 FLAG_FIXED1

Test(interrupt_flag, cli_and_sti_need_iopl)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        for (unsigned iopl = 0; iopl < 4; iopl++) {
            box_init(&b, cpl);
            cpu_set_eflags(&b.cpu, F1 | FLAG_IF | iopl << 12);
            cr_assert_eq(RUN(&b, "\xfa"), cpl <= iopl, "cli CPL %u IOPL %u", cpl, iopl);
            cr_assert_eq((b.cpu.s.eflags & FLAG_IF) == 0, cpl <= iopl);
            if (cpl > iopl)
                box_expect_fault(&b, "cli", GP(0));
            cpu_set_eflags(&b.cpu, F1 | iopl << 12);
            cr_assert_eq(RUN(&b, "\xfb"), cpl <= iopl, "sti CPL %u IOPL %u", cpl, iopl);
            cr_assert_eq((b.cpu.s.eflags & FLAG_IF) != 0, cpl <= iopl);
        }
    }
}

Test(interrupt_flag, sti_shadows_one_instruction_only_if_interrupts_were_off)
{
    box_init(&b, 0);
    cr_assert(RUN(&b, "\xfb"));
    cr_assert_eq(b.cpu.s.shadow, 0, "IF was set already");
    cr_assert(RUN(&b, "\xfa"));
    cr_assert(RUN(&b, "\xfb"));
    cr_assert_eq(b.cpu.s.shadow, SHADOW_STI);
}

struct popf_row {
    const char *what;
    unsigned cpl;
    bool wide;
    uint32_t before, image, after;
};

#define BASIC   (FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT)
#define IOPL(n) ((uint32_t)(n) << 12)

static const struct popf_row popf_rows[] = {
    {"ring 0 loads all but RF VM VIF VIP", 0, true, F1, 0xffffffffu,
     F1 | BASIC | FLAG_AC | FLAG_ID | FLAG_IF | FLAG_IOPL},
    {"ring 0 clears all", 0, true, F1 | FLAG_AC | FLAG_IF | FLAG_IOPL | FLAG_DF, 0, F1},
    {"ring 0, 16 bits keeps the upper half", 0, false, F1 | FLAG_AC | FLAG_ID, 0,
     F1 | FLAG_AC | FLAG_ID},
    {"RF is cleared", 0, true, F1 | FLAG_RF, FLAG_RF, F1},
    {"ring 1 drops IF and IOPL silently", 1, true, F1 | FLAG_IF, IOPL(3), F1 | FLAG_IF},
    {"ring 1 cannot set IF", 1, true, F1, FLAG_IF | FLAG_CF, F1 | FLAG_CF},
    {"ring 1 with IOPL 1 changes IF, not IOPL", 1, true, F1 | IOPL(1), FLAG_IF | IOPL(3),
     F1 | IOPL(1) | FLAG_IF},
    {"ring 3 with IOPL 2", 3, true, F1 | IOPL(2) | FLAG_IF, 0, F1 | IOPL(2) | FLAG_IF},
    {"ring 3 with IOPL 3", 3, true, F1 | IOPL(3) | FLAG_IF, 0, F1 | IOPL(3)},
    {"ring 3 changes AC and ID", 3, true, F1, FLAG_AC | FLAG_ID, F1 | FLAG_AC | FLAG_ID},
    {"ring 3, 16 bits", 3, false, F1 | FLAG_ID, 0xffffu, F1 | FLAG_ID | BASIC},
};

ROWS_TEST(popf, loads_the_flags_this_ring_may_load, popf_rows)
{
    box_init(&b, row->cpl);
    cpu_set_eflags(&b.cpu, row->before);
    box_push(&b, row->wide ? 4 : 2, row->image);
    cr_assert(row->wide ? RUN(&b, "\x9d") : RUN(&b, "\x66\x9d"), "%s", row->what);
    cr_assert_eq(cpu_eflags(&b.cpu), row->after, "%s: %#x, expected %#x", row->what,
                 cpu_eflags(&b.cpu), row->after);
    cr_assert_eq(b.charged[COST_cli_sti], row->cpl != 3, "in ring 3 it is an ordinary instruction");
}

Test(popf, pushf_shows_everything_but_rf_and_vm)
{
    box_init(&b, 3);
    cpu_set_eflags(&b.cpu, F1 | FLAG_RF | FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID | FLAG_OF);
    cr_assert(RUN(&b, "\x9c"));
    cr_assert_eq(box_stack(&b, 0, 4), F1 | FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID | FLAG_OF);
    cr_assert(RUN(&b, "\x66\x9c"));
    cr_assert_eq(box_stack(&b, 0, 2), F1 | FLAG_IF | FLAG_IOPL | FLAG_OF);
}

Test(popf, faulting_pop_changes_nothing)
{
    box_init(&b, 3);
    b.page_rights[b.cpu.s.gpr[R_ESP] >> 12] = PTE_P | PTE_W;
    uint32_t esp = b.cpu.s.gpr[R_ESP], flags = cpu_eflags(&b.cpu);
    cr_assert_not(RUN(&b, "\x9d"));
    box_expect_fault(&b, "popf", PF(PFERR_P | PFERR_U));
    cr_assert_eq(b.cpu.s.gpr[R_ESP], esp);
    cr_assert_eq(cpu_eflags(&b.cpu), flags);
}

Test(interrupt_flag, hlt_halts)
{
    box_init(&b, 0);
    cr_assert(RUN(&b, "\xf4"));
    cr_assert_eq(b.cpu.s.halted, 1);
    cr_assert_eq(b.cpu.s.eip, BOX_CODE + 1);
    cr_assert(cpu_deliver_event(&b.cpu, 0x40, EVENT_EXTERNAL, false, 0));
    cr_assert_eq(b.cpu.s.halted, 0, "an interrupt ends it");
    cr_assert_eq(box_stack(&b, 0, 4), BOX_CODE + 1);
}

struct bound_row {
    bool wide;
    uint32_t index, lower, upper;
    bool inside;
};

static const struct bound_row bound_rows[] = {
    {true, 5, 0, 10, true},
    {true, 0, 0, 10, true},
    {true, 10, 0, 10, true},
    {true, 11, 0, 10, false},
    {true, 0xffffffffu, 0, 10, false},
    {true, 0xffffffffu, 0xfffffff0u, 10, true},
    {true, 0x80000000u, 0, 0x7fffffffu, false},
    {false, 0xffff, 0xfff0, 10, true},
    {false, 0x10005, 0, 10, true},
    {false, 0x8000, 0, 0x7fff, false},
};

TABLE_TEST(bound, compares_signed_at_the_operand_size, bound_rows)
{
    unsigned size = row->wide ? 4 : 2;
    box_init(&b, 3);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    b.cpu.s.gpr[R_EAX] = row->index;
    box_write(&b, BOX_DATA, size, row->lower);
    box_write(&b, BOX_DATA + size, size, row->upper);
    cr_assert_eq(row->wide ? RUN(&b, "\x62\x03") : RUN(&b, "\x66\x62\x03"), row->inside);
    if (!row->inside)
        box_expect_fault(&b, "bound", VEC_BR, -1);
}

Test(bound, ud2_is_undefined_in_every_ring)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        box_init(&b, cpl);
        cr_assert_not(RUN(&b, "\x0f\x0b"));
        box_expect_fault(&b, "ud2", UD);
    }
}

struct kick_row {
    const char *what;
    uint32_t before, image;
    bool intr, kicks;
};

static const struct kick_row kick_rows[] = {
    {"IF set with a request waiting", F1, F1 | FLAG_IF, true, true},
    {"IF set without one", F1, F1 | FLAG_IF, false, false},
    {"IF was set already", F1 | FLAG_IF, F1 | FLAG_IF, true, false},
    {"IF cleared", F1 | FLAG_IF, F1, true, false},
    {"TF set", F1, F1 | FLAG_TF, false, true},
};

ROWS_TEST(popf, leaves_the_block_when_the_run_loop_must_look, kick_rows)
{
    box_init(&b, 0);
    cpu_set_eflags(&b.cpu, row->before);
    b.cpu.s.intr = row->intr;
    b.cpu.run_until = UINT64_MAX;
    box_push(&b, 4, row->image);
    cr_assert(RUN(&b, "\x9d"));
    cr_assert_eq(b.cpu.run_until == 0, row->kicks, "%s", row->what);
}

/*
 * What the run loop looks at between instructions for a debugger inside the guest: TF, breakpoints
 * on code, data and ports, and what holds them back (SDM v3, Debug, Branch Profile, TSC...).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define DR7_ENABLE0(type, length)                                                                  \
    (0x400u | 2u | ((uint32_t)(type) << 16) | ((uint32_t)(length) << 18))
enum { ON_CODE = 0, ON_WRITE = 1, ON_ACCESS = 3, BYTE = 0, DWORD = 3 };

static struct rig *rig_with(const uint8_t *code, uint32_t n)
{
    struct rig *r = rig_create();

    cr_assert_not_null(r);
    rig_put(r, RIG_CODE, code, n);
    rig_reset(r, 3);
    return r;
}
#define RIG(...) rig_with((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Runs to the next exception, which must be #DB at an EIP with these DR6 bits; goes on from there
 * as an IRET would. */
static void expect_db(struct rig *r, uint32_t eip, uint32_t dr6)
{
    struct cpu_state *s = &r->m->cpu.s;

    cr_assert_eq(rig_run(r, 100), VEC_DB, "no #DB; eip %x", s->eip);
    rig_undo_delivery(r);
    cr_assert_eq(s->eip, eip, "#DB at %x, expected %x", s->eip, eip);
    cr_assert_eq(s->dr[6] & 0xe00fu, dr6, "DR6 is %x", s->dr[6]);
    s->dr[6] = DR6_FIXED1;
}

Test(single_step, traps_after_every_instruction)
{
    struct rig *r = RIG(0x40, 0xb8, 1, 0, 0, 0, 0xeb, 0xfe);

    r->m->cpu.s.eflags |= FLAG_TF;
    expect_db(r, RIG_CODE + 1, DR6_BS);
    expect_db(r, RIG_CODE + 6, DR6_BS);
    expect_db(r, RIG_CODE + 6, DR6_BS);
    rig_destroy(r);
}

Test(single_step, traps_after_every_iteration_of_a_repeat)
{
    struct rig *r = RIG(0xf3, 0xaa, 0x90);

    r->m->cpu.s.eflags |= FLAG_TF;
    r->m->cpu.s.gpr[R_ECX] = 3;
    r->m->cpu.s.gpr[R_EDI] = RIG_DATA;
    expect_db(r, RIG_CODE, DR6_BS);
    cr_expect_eq(r->m->cpu.s.gpr[R_ECX], 2);
    expect_db(r, RIG_CODE, DR6_BS);
    expect_db(r, RIG_CODE + 2, DR6_BS);
    rig_destroy(r);
}

/* POPF that sets TF: the trap comes after the next instruction. One that clears it: the last trap
 * comes after it. */
Test(single_step, begins_and_ends_with_popf_as_the_flag_was_before)
{
    struct rig *r = RIG(0x9d, 0x40, 0x9d, 0x40, 0xcc);

    ram_write32(&r->m->ram, RIG_STACK, FLAG_FIXED1 | FLAG_TF);
    ram_write32(&r->m->ram, RIG_STACK + 4, FLAG_FIXED1);
    expect_db(r, RIG_CODE + 2, DR6_BS);
    expect_db(r, RIG_CODE + 3, DR6_BS);
    cr_expect_eq(rig_run(r, 10), VEC_BP);
    rig_destroy(r);
}

/* MOV SS holds the trap back until one more instruction has run. */
Test(single_step, is_held_back_by_mov_ss)
{
    struct rig *r = RIG(0x8e, 0xd0, 0x43, 0x43);

    r->m->cpu.s.eflags |= FLAG_TF;
    r->m->cpu.s.gpr[R_EAX] = RIG_DATA3;
    expect_db(r, RIG_CODE + 3, DR6_BS);
    cr_expect_eq(r->m->cpu.s.gpr[R_EBX], 1);
    rig_destroy(r);
}

/* A faulting instruction has not completed: its own exception comes, with TF in the frame. */
Test(single_step, a_fault_comes_instead_of_the_trap)
{
    struct rig *r = RIG(0x0f, 0x0b);

    r->m->cpu.s.eflags |= FLAG_TF;
    cr_expect_eq(rig_run(r, 10), VEC_UD);
    cr_expect(rig_get(r, r->m->cpu.s.gpr[R_ESP] + 8, 4) & FLAG_TF);
    cr_expect_not(r->m->cpu.s.eflags & FLAG_TF);
    rig_destroy(r);
}

Test(breakpoint, on_code_faults_before_the_instruction)
{
    struct rig *r = RIG(0x40, 0x43, 0xeb, 0xfe);

    r->m->cpu.s.dr[0] = RIG_CODE + 1;
    r->m->cpu.s.dr[7] = DR7_ENABLE0(ON_CODE, BYTE);
    expect_db(r, RIG_CODE + 1, 1);
    cr_expect_eq(r->m->cpu.s.gpr[R_EBX], 0);
    r->m->cpu.s.eflags |= FLAG_RF; /* as the handler's frame has it */
    rig_run(r, 5);
    cr_expect_eq(r->m->cpu.s.gpr[R_EBX], 1);
    rig_destroy(r);
}

Test(breakpoint, on_data_traps_after_the_store_even_when_the_page_is_known)
{
    struct rig *r = RIG(0x89, 0x03, 0x89, 0x43, 0x04, 0xa1, 0x04, 0, 2, 0, 0xeb, 0xfe);

    r->m->cpu.s.gpr[R_EBX] = RIG_DATA;
    r->m->cpu.s.gpr[R_EAX] = 7;
    r->m->cpu.s.dr[0] = RIG_DATA + 4;
    r->m->cpu.s.dr[7] = DR7_ENABLE0(ON_WRITE, DWORD);
    expect_db(r, RIG_CODE + 5, 1);
    cr_expect_eq(rig_get(r, RIG_DATA + 4, 4), 7);
    cr_expect_eq(rig_run(r, 20), -1, "a load met a write breakpoint");
    rig_destroy(r);
}

Test(breakpoint, on_access_sees_loads_that_overlap)
{
    struct rig *r = RIG(0x8b, 0x03, 0xeb, 0xfe);

    r->m->cpu.s.gpr[R_EBX] = RIG_DATA + 2;
    r->m->cpu.s.dr[0] = RIG_DATA + 4;
    r->m->cpu.s.dr[7] = DR7_ENABLE0(ON_ACCESS, DWORD);
    expect_db(r, RIG_CODE + 2, 1);
    rig_destroy(r);
}

Test(breakpoint, disabled_ones_do_nothing)
{
    struct rig *r = RIG(0x89, 0x03, 0x40, 0xeb, 0xfe);

    r->m->cpu.s.gpr[R_EBX] = RIG_DATA;
    r->m->cpu.s.dr[0] = RIG_DATA;
    r->m->cpu.s.dr[7] = DR7_ENABLE0(ON_WRITE, DWORD) & ~2u;
    cr_expect_eq(rig_run(r, 20), -1);
    rig_destroy(r);
}

/* The default operand and address size are the code segment's. */
Test(code_segment, of_16_bits_has_16_bit_defaults)
{
    struct rig *r = RIG(0xb8, 0x34, 0x12, 0x66, 0xbb, 1, 2, 3, 4, 0x88, 0x07, 0xeb, 0xfe);

    r->m->cpu.s.seg[SEG_CS].ar &= ~AR_DB;
    r->m->cpu.s.seg[SEG_CS].base = RIG_CODE;
    r->m->cpu.s.seg[SEG_CS].limit = 0xffff;
    r->m->cpu.s.eip = 0;
    cpu_state_changed(&r->m->cpu);
    r->m->cpu.s.gpr[R_EAX] = 0xaaaaaaaa;
    rig_run(r, 2);
    cr_expect_eq(r->m->cpu.s.gpr[R_EAX], 0xaaaa1234);
    cr_expect_eq(r->m->cpu.s.gpr[R_EBX], 0x04030201);
    r->m->cpu.s.gpr[R_EBX] = 0x5000c120; /* [bx] */
    rig_run(r, 5);
    cr_expect_eq(rig_get(r, 0xc120, 1), 0x34);
    rig_destroy(r);
}

/*
 * The paths through which instructions run: code that changes under its own feet, instructions over
 * page ends, stops at any instruction, interrupted repeats; and the two instructions whose result
 * is no constant.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig_words.h"

/* ------------------------------------------------------------------------------------------ self-modifying code */

/* mov byte [10008], 42; mov eax, 11; jmp $ */
#define STORE_AHEAD 0xc6, 0x05, 0x08, 0x00, 0x01, 0x00, 0x42, 0xb8, 0x11, 0, 0, 0, 0xeb, 0xfe

Test(self_modifying, store_into_the_next_instruction_of_the_same_block)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, STORE_AHEAD);
    rig_run(r, 100);
    cr_expect_eq(EAX(r), 0x42);
    rig_destroy(r);
}

Test(self_modifying, store_into_the_next_instruction_when_stepping)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, STORE_AHEAD);
    rig_run(r, 1);
    cr_expect_eq(EAX(r), 0);
    rig_run(r, 1);
    cr_expect_eq(EAX(r), 0x42);
    rig_destroy(r);
}

/* inc byte [10008]; mov eax, 0; nop; loop: the block has run, and is linked to itself, before it
 * changes. */
Test(self_modifying, a_loop_that_changes_its_own_immediate)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, 0xfe, 0x05, 0x08, 0x00, 0x01, 0x00, 0x90, 0xb8, 0, 0, 0, 0, 0xe2, 0xf2, 0xeb,
        0xfe);
    ECX(r) = 50;
    rig_run(r, 400);
    cr_expect_eq(EAX(r), 50);
    cr_expect_eq(ECX(r), 0);
    rig_destroy(r);
}

/* rep stosb over the instruction behind it. */
Test(self_modifying, a_repeated_store_over_the_code_behind_it)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, 0xf3, 0xaa, 0xb0, 0x01, 0xb0, 0x01, 0xeb, 0xfe);
    ECX(r) = 4;
    EAX(r) = 0x40; /* INC EAX */
    r->m->cpu.s.gpr[R_EDI] = RIG_CODE + 2;
    rig_run(r, 100);
    cr_expect_eq(EAX(r), 0x44);
    rig_destroy(r);
}

/* push over the code: a call's return address becomes the instruction that follows. */
Test(self_modifying, a_push_into_the_running_block)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, 0x50, 0x90, 0x90, 0x90, 0x90, 0xeb, 0xfe);
    EAX(r) = 0x43434343; /* four INC EBX */
    r->m->cpu.s.gpr[R_ESP] = RIG_CODE + 5;
    rig_run(r, 100);
    cr_expect_eq(r->m->cpu.s.gpr[R_EBX], 4);
    rig_destroy(r);
}

/* The same frame under another address: stores through the alias reach the code too. */
Test(self_modifying, a_store_through_another_mapping)
{
    struct rig *r = rig_create_writable();

    rig_page(r, 0x50000, RIG_CODE | PTE_P | PTE_W | PTE_U);
    PUT(r, RIG_CODE, 0xc6, 0x05, 0x08, 0x00, 0x05, 0x00, 0x42, 0xb8, 0x11, 0, 0, 0, 0xeb, 0xfe);
    rig_run(r, 100);
    cr_expect_eq(EAX(r), 0x42);
    rig_destroy(r);
}

/* A device or loader that writes RAM from outside changes code as well. */
Test(self_modifying, ram_written_from_outside_between_two_runs)
{
    struct rig *r = rig_create_writable();

    PUT(r, RIG_CODE, 0xb8, 0x11, 0, 0, 0, 0xeb, 0xf9);
    rig_run(r, 100);
    cr_expect_eq(EAX(r), 0x11);
    PUT(r, RIG_CODE + 1, 0x77);
    rig_run(r, 100);
    cr_expect_eq(EAX(r), 0x77);
    rig_destroy(r);
}

/* ------------------------------------------------------------------------------------------ page ends */

#define OVER_PAGE (RIG_CODE + 0xffe)

Test(page_end, instruction_over_two_pages_runs_in_every_way)
{
    struct rig *r = rig_create();

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_reset(r, 3);
        PUT(r, OVER_PAGE, 0xb8, 0x78, 0x56, 0x34, 0x12);
        EIP(r) = OVER_PAGE;
        cr_expect_eq(rig_execute(r, way, 5).vector, -1);
        cr_expect_eq(EAX(r), 0x12345678);
        cr_expect_eq(EIP(r), OVER_PAGE + 5);
    }
    rig_destroy(r);
}

Test(page_end, second_page_missing_faults_there_and_changes_nothing)
{
    struct rig *r = rig_create();

    rig_page(r, RIG_CODE + 0x1000, 0);
    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_reset(r, 3);
        PUT(r, OVER_PAGE, 0xb8, 0x78);
        EIP(r) = OVER_PAGE;
        struct rig_end end = rig_execute(r, way, 2);
        cr_expect_eq(end.vector, VEC_PF);
        cr_expect_eq(end.error, PFERR_U);
        cr_expect_eq(way == RIG_VIRTUAL ? r->m->cpu.fault.cr2 : r->m->cpu.s.cr2, RIG_CODE + 0x1000);
        if (way != RIG_VIRTUAL)
            rig_undo_delivery(r);
        cr_expect_eq(EIP(r), OVER_PAGE);
    }
    rig_destroy(r);
}

/* An undefined opcode at a page's end needs no byte of the next page. */
Test(page_end, undefined_opcode_before_a_missing_page_is_ud)
{
    struct rig *r = rig_create();

    rig_page(r, RIG_CODE + 0x1000, 0);
    rig_reset(r, 3);
    PUT(r, OVER_PAGE, 0x0f, 0x05);
    EIP(r) = OVER_PAGE;
    cr_expect_eq(rig_execute(r, RIG_STEP, 2).vector, VEC_UD);
    rig_destroy(r);
}

Test(page_end, second_half_changed_after_it_ran_is_seen)
{
    struct rig *r = rig_create();

    rig_reset(r, 3);
    PUT(r, OVER_PAGE, 0xb8, 0x11, 0, 0, 0, 0xeb, 0xf9);
    EIP(r) = OVER_PAGE;
    rig_run(r, 50);
    cr_expect_eq(EAX(r), 0x11);
    PUT(r, OVER_PAGE + 2, 0x22);
    rig_run(r, 50);
    cr_expect_eq(EAX(r), 0x2211);
    rig_destroy(r);
}

/* The two pages of an operand lie in frames that are not neighbours. */
Test(page_end, operand_over_two_pages_uses_both_frames)
{
    struct rig *r = rig_create();

    rig_page(r, RIG_DATA + 0x1000, (RIG_DATA + 0x3000) | PTE_P | PTE_W | PTE_U);
    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_reset(r, 3);
        PUT(r, RIG_CODE, 0x01, 0x13); /* add [ebx], edx */
        PUT(r, RIG_DATA + 0xffe, 1, 2);
        PUT(r, RIG_DATA + 0x3000, 3, 4);
        PUT(r, RIG_DATA + 0x1000, 0x99, 0x99);
        r->m->cpu.s.gpr[R_EBX] = RIG_DATA + 0xffe;
        r->m->cpu.s.gpr[R_EDX] = 0x10101010;
        cr_expect_eq(rig_execute(r, way, 2).vector, -1);
        cr_expect_eq(rig_get(r, RIG_DATA + 0xffe, 2), 0x1211);
        cr_expect_eq(rig_get(r, RIG_DATA + 0x3000, 2), 0x1413);
        cr_expect_eq(rig_get(r, RIG_DATA + 0x1000, 2), 0x9999);
    }
    rig_destroy(r);
}

/* ------------------------------------------------------------------------------------------ exact stops */

/* mov ecx, 5; L: push ecx; call F; pop ecx; loop L; jmp $; F: add eax, [ebx]; rep movsb 3; xor
 * [ebx], eax; ret */
static void put_program(struct rig *r)
{
    PUT(r, RIG_CODE, 0xb9, 5, 0, 0, 0, 0x51, 0xe8, 5, 0, 0, 0, 0x59, 0xe2, 0xf7, 0xeb, 0xfe);
    PUT(r, RIG_CODE + 16, 0x03, 0x03, 0xb9, 3, 0, 0, 0, 0xbe, 0, 0, 2, 0, 0xbf, 0x40, 0, 2, 0, 0xf3,
        0xa4);
    PUT(r, RIG_CODE + 35, 0x31, 0x03, 0xd1, 0xc0, 0x0f, 0x92, 0xc1, 0x72, 0x01, 0x42, 0xc3);
    rig_reset(r, 3);
    PUT(r, RIG_DATA, 0x11, 0x22, 0x33, 0x44);
    r->m->cpu.s.gpr[R_EBX] = RIG_DATA + 1;
}

enum { PROGRAM_LENGTH = 120 };

Test(exact_stop, at_every_instruction_and_the_end_is_the_same)
{
    struct rig *r = rig_create();

    rig_clear(r);
    put_program(r);
    rig_run(r, PROGRAM_LENGTH);
    uint64_t end = machine_hash(r->m);
    for (uint64_t stop = 1; stop < PROGRAM_LENGTH; stop++) {
        rig_clear(r);
        for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at += 4)
            ram_write32(&r->m->ram, at, 0);
        put_program(r);
        uint64_t begin = r->m->cpu.s.icount;
        rig_run(r, stop);
        cr_assert_eq(r->m->cpu.s.icount - begin, stop, "asked for %u", (unsigned)stop);
        rig_run(r, PROGRAM_LENGTH - stop);
        cr_assert_eq(machine_hash(r->m), end, "stopped at %u", (unsigned)stop);
    }
    rig_destroy(r);
}

/* A cycle limit ends a run at the first instruction boundary at or behind it: nothing is half-done.
 */
Test(exact_stop, cycle_limits_end_at_the_first_boundary)
{
    struct rig *r = rig_create();

    rig_clear(r);
    put_program(r);
    rig_run(r, PROGRAM_LENGTH);
    uint64_t end = machine_hash(r->m), cycles = r->m->cpu.s.cycle - r->fresh[1].cycle;
    for (uint64_t limit = 1; limit < cycles; limit++) {
        rig_clear(r);
        for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at += 4)
            ram_write32(&r->m->ram, at, 0);
        put_program(r);
        struct cpu *c = &r->m->cpu;
        uint64_t first = c->s.icount;
        cr_assert_eq(cpu_run(c, c->s.cycle + limit, UINT64_MAX), CPU_STOP_BUDGET);
        uint64_t over = c->s.cycle - r->fresh[1].cycle;
        cr_assert_geq(over, limit);
        cr_assert_leq(over, limit + 40, "%u cycles over", (unsigned)(over - limit));
        rig_run(r, PROGRAM_LENGTH - (c->s.icount - first));
        cr_assert_eq(machine_hash(r->m), end, "cycle limit %u", (unsigned)limit);
    }
    rig_destroy(r);
}

/* ------------------------------------------------------------------------------------------ repeats */

Test(repeat, interrupted_anywhere_it_stands_on_itself_with_its_progress)
{
    struct rig *r = rig_create();

    PUT(r, RIG_CODE, 0xf3, 0xa4);
    for (uint32_t stop = 1; stop < 600; stop += 7) {
        rig_reset(r, 3);
        ECX(r) = 600;
        r->m->cpu.s.gpr[R_ESI] = RIG_DATA;
        r->m->cpu.s.gpr[R_EDI] = RIG_DATA + 0x1000;
        rig_run(r, stop);
        cr_assert_eq(ECX(r), 600 - stop);
        cr_assert_eq(r->m->cpu.s.gpr[R_ESI], RIG_DATA + stop);
        cr_assert_eq(r->m->cpu.s.gpr[R_EDI], RIG_DATA + 0x1000 + stop);
        cr_assert_eq(EIP(r), RIG_CODE);
        rig_run(r, 600 - stop);
        cr_assert_eq(ECX(r), 0);
        cr_assert_eq(EIP(r), RIG_CODE + 2);
    }
    rig_destroy(r);
}

/* icount counts iterations; what is reported counts the instruction once, however often it was
 * interrupted. */
Test(repeat, is_counted_once)
{
    struct rig *r = rig_create();

    PUT(r, RIG_CODE, 0xf3, 0xaa, 0xeb, 0xfe);
    rig_reset(r, 3);
    struct cpu_state *s = &r->m->cpu.s;
    uint64_t begin = s->insns_user, icount = s->icount;
    ECX(r) = 1000;
    s->gpr[R_EDI] = RIG_DATA;
    while (EIP(r) == RIG_CODE)
        rig_run(r, 13);
    uint64_t spun = s->icount - icount - 1000;
    cr_expect_eq(s->insns_user - begin, 1 + spun);
    rig_destroy(r);
}

/* An overlapping copy goes element by element: the first byte spreads. */
Test(repeat, overlapping_copy_spreads_the_first_byte)
{
    struct rig *r = rig_create();

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_reset(r, 3);
        PUT(r, RIG_CODE, 0xf3, 0xa4);
        for (uint32_t i = 0; i < 300; i += 4)
            ram_write32(&r->m->ram, RIG_DATA + i, 0);
        PUT(r, RIG_DATA, 0x5a);
        ECX(r) = 256;
        r->m->cpu.s.gpr[R_ESI] = RIG_DATA;
        r->m->cpu.s.gpr[R_EDI] = RIG_DATA + 1;
        rig_execute(r, way, 2);
        cr_expect_eq(rig_get(r, RIG_DATA + 256, 1), 0x5a);
        cr_expect_eq(rig_get(r, RIG_DATA + 257, 1), 0);
    }
    rig_destroy(r);
}

/* ------------------------------------------------------------------------------------------ no constants */

Test(identity, rdtsc_shows_the_clock)
{
    struct rig *r = rig_create();

    PUT(r, RIG_CODE, 0x0f, 0x31, 0x0f, 0x31);
    rig_reset(r, 3);
    rig_run(r, 1);
    uint32_t first = EAX(r);
    cr_expect_leq(first, r->m->cpu.s.cycle);
    uint64_t between = r->m->cpu.s.cycle;
    rig_run(r, 1);
    cr_expect_gt(EAX(r), first);
    cr_expect_geq(EAX(r), (uint32_t)between);
    cr_expect_eq(r->m->cpu.s.gpr[R_EDX], 0);
    rig_destroy(r);
}

/* What insns.def has and has not. */
Test(identity, cpuid_lists_what_is_there)
{
    struct rig *r = rig_create();
    enum {
        FPU = 1,
        DE = 1 << 2,
        PSE = 1 << 3,
        TSC = 1 << 4,
        MSR = 1 << 5,
        PAE = 1 << 6,
        CX8 = 1 << 8
    };
    enum {
        SEP = 1 << 11,
        PGE = 1 << 13,
        CMOV = 1 << 15,
        MMX = 1 << 23,
        FXSR = 1 << 24,
        SSE = 1 << 25
    };

    PUT(r, RIG_CODE, 0x0f, 0xa2);
    rig_reset(r, 3);
    EAX(r) = 1;
    rig_run(r, 1);
    uint32_t edx = r->m->cpu.s.gpr[R_EDX];
    cr_expect_eq(edx & (DE | PSE | TSC | MSR | CX8 | PGE | CMOV),
                 (uint32_t)(DE | PSE | TSC | MSR | CX8 | PGE | CMOV));
    cr_expect_eq(edx & (FPU | PAE | SEP | MMX | FXSR | SSE), 0);
    cr_expect_eq(ECX(r) & 0x7fffffffu, 0, "no extension of leaf 1 ECX is built");
    rig_destroy(r);
}

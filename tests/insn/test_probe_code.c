/*
 * Stopping before instructions: exactly there, nothing done, in every place where code can be, and
 * a probe that lets everything pass is as none.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "probe_log.h"
#include "rig_words.h"

static struct rig *r;
static struct probe_log *told;

static void setup(void)
{
    r = rig_create_writable();
    told = calloc(1, sizeof *told);
    cr_assert(r && told);
    log_attach(told, r);
}

static void teardown(void)
{
    rig_destroy(r);
    free(told);
}

TestSuite(probe_code, .init = setup, .fini = teardown);

/* mov eax, 1; inc eax; inc eax; jmp $ */
#define COUNT_UP 0xb8, 1, 0, 0, 0, 0x40, 0x40, 0xeb, 0xfe

Test(probe_code, stops_before_a_marked_instruction_and_nothing_of_it_is_done)
{
    PUT(r, RIG_CODE, COUNT_UP);
    log_mark(told, RIG_CODE + 5);
    told->stop = true;
    struct cpu_state *s = &CPU(r)->s;
    uint64_t icount = s->icount, cycle = s->cycle;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 5);
    cr_expect_eq(EAX(r), 1);
    cr_expect_eq(s->icount, icount + 1);
    cr_expect_eq(told->n, 1);
    cr_expect_eq(told->entry[0].linear, RIG_CODE + 5);
    cr_expect_eq(told->entry[0].pa, RIG_CODE + 5);
    cycle = s->cycle;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE, "and is asked again");
    cr_expect_eq(s->cycle, cycle);
    cr_expect_eq(s->icount, icount + 1);
    cr_expect_eq(told->n, 2);
    told->stop = false;
    cr_expect_eq(rig_go(r, 1), CPU_STOP_BUDGET);
    cr_expect_eq(EAX(r), 2);
    cr_expect_eq(EIP(r), RIG_CODE + 6);
    cr_expect_eq(told->n, 3);
    rig_go(r, 50);
    cr_expect_eq(told->n, 3, "only marked offsets are asked about");
}

Test(probe_code, stops_at_a_mark_that_is_set_after_the_block_was_decoded)
{
    PUT(r, RIG_CODE, 0x40, 0x40, 0x40, 0xeb, 0xfb); /* inc eax; inc eax; inc eax; jmp */
    rig_go(r, 40);
    log_mark(told, RIG_CODE + 2);
    told->stop = true;
    cr_expect_eq(rig_go(r, 40), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 2);
    memset(told->probe.code_offset, 0, sizeof told->probe.code_offset);
    cpu_probe_changed(CPU(r));
    cr_expect_eq(rig_go(r, 40), CPU_STOP_BUDGET);
}

Test(probe_code, a_loop_head_is_asked_about_on_each_turn)
{
    PUT(r, RIG_CODE, 0xb9, 7, 0, 0, 0, 0x40, 0xe2, 0xfd, 0xeb, 0xfe); /* L: inc eax; loop L */
    log_mark(told, RIG_CODE + 5);
    rig_go(r, 100);
    cr_expect_eq(told->n, 7);
    cr_expect_eq(EAX(r), 7);
}

Test(probe_code, stops_at_the_last_byte_of_a_page_before_short_and_long_instructions)
{
    const uint32_t last = RIG_CODE + PAGE_SIZE - 1;

    log_mark(told, last);
    told->stop = true;
    PUT(r, last - 1, 0x40, 0x41, 0x42, 0xeb, 0xfe); /* inc eax; inc ecx | inc edx */
    EIP(r) = last - 1;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), last);
    cr_expect_eq(EAX(r), 1);
    cr_expect_eq(ECX(r), 0);
    PUT(r, last - 1, 0x40, 0xb9, 1, 2, 3, 4, 0xeb, 0xfe); /* mov ecx, imm32 over the page's end */
    EIP(r) = last - 1;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), last);
    cr_expect_eq(ECX(r), 0);
    told->stop = false;
    rig_go(r, 1);
    cr_expect_eq(ECX(r), 0x04030201);
}

Test(probe_code, an_instruction_over_a_page_end_is_asked_about_where_it_begins)
{
    const uint32_t at = RIG_CODE + PAGE_SIZE - 3;

    PUT(r, at, 0xb8, 1, 2, 3, 4, 0xeb, 0xf9); /* mov eax, imm32; jmp back */
    EIP(r) = at;
    log_mark(told, at);
    log_mark(told, RIG_CODE + PAGE_SIZE); /* inside it: no instruction begins there */
    rig_go(r, 20);
    cr_expect_eq(log_count(told, LOG_CODE), 10);
    for (unsigned i = 0; i < told->n; i++)
        cr_expect_eq(told->entry[i].linear, at);
}

Test(probe_code, knows_a_code_segment_with_a_ragged_base_and_limit)
{
    PUT(r, RIG_CODE + 0x123, COUNT_UP);
    struct segment *cs = &CPU(r)->s.seg[SEG_CS];
    cs->base = RIG_CODE + 0x100;
    cs->limit = 0x40;
    cpu_state_changed(CPU(r));
    EIP(r) = 0x23;
    log_mark(told, RIG_CODE + 0x129);
    told->stop = true;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), 0x29);
    cr_expect_eq(told->entry[0].linear, RIG_CODE + 0x129);
}

Test(probe_code, gives_the_physical_address_through_another_mapping)
{
    rig_page(r, 0x50000, RIG_CODE | PTE_P | PTE_U);
    PUT(r, RIG_CODE, COUNT_UP);
    log_mark(told, 5);
    EIP(r) = 0x50000;
    rig_go(r, 10);
    cr_expect_eq(told->n, 1);
    cr_expect_eq(told->entry[0].linear, 0x50005);
    cr_expect_eq(told->entry[0].pa, RIG_CODE + 5);
}

/* ------------------------------------------------------------------------------------------ what it must not disturb */

/* mov ecx, 5; L: push ecx; call F; pop ecx; loop L; jmp over the page; F: add eax, [ebx]; rep movsb
 * 3; xor [ebx], eax; ...; ret */
static void put_program(void)
{
    for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at += 4)
        ram_write32(&r->m->ram, at, 0);
    PUT(r, RIG_CODE, 0xb9, 5, 0, 0, 0, 0x51, 0xe8, 5, 0, 0, 0, 0x59, 0xe2, 0xf7, 0xeb, 0xfe);
    PUT(r, RIG_CODE + 16, 0x03, 0x03, 0xb9, 3, 0, 0, 0, 0xbe, 0, 0, 2, 0, 0xbf, 0x40, 0, 2, 0, 0xf3,
        0xa4);
    PUT(r, RIG_CODE + 35, 0x31, 0x03, 0xd1, 0xc0, 0x0f, 0x92, 0xc1, 0x72, 0x01, 0x42, 0xe9);
    const uint32_t over = RIG_CODE + PAGE_SIZE - 2,
                   from = RIG_CODE + 50; /* jmp over: mov edx; ret */
    const uint32_t displacement = over - from;
    rig_put(r, RIG_CODE + 46, &displacement, 4);
    PUT(r, over, 0xba, 9, 0, 0, 0, 0xc3);
    PUT(r, RIG_DATA, 0x11, 0x22, 0x33, 0x44);
}

enum { PROGRAM_LENGTH = 140 };

/* As rig_reset, with the tables' Accessed and Dirty bits as well: the whole machine begins anew. */
static void begin(void)
{
    rig_clear(r);
    for (uint32_t page = RIG_CODE; page < RIG_CODE_END; page += PAGE_SIZE)
        rig_page(r, page, page | PTE_P | PTE_W | PTE_U);
    put_program();
    rig_reset(r, 3);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA + 1;
}

/* At every boundary: where it is, and the machine's hash. */
struct step {
    uint32_t eip;
    uint64_t hash, icount;
};

static void record_steps(struct step *steps)
{
    cpu_set_probe(CPU(r), NULL);
    begin();
    for (unsigned i = 0; i <= PROGRAM_LENGTH; i++) {
        steps[i] = (struct step){EIP(r), machine_hash(r->m), CPU(r)->s.icount};
        rig_go(r, 1);
    }
    cpu_set_probe(CPU(r), &told->probe);
}

/* Runs the program with a stop at every mark; compares each with the step of the same number. */
static unsigned stop_at_marks(const struct step *steps)
{
    uint64_t first = CPU(r)->s.icount;
    unsigned stops = 0;

    told->n = 0;
    told->pass = 0;
    told->stop = true;
    while (rig_go(r, PROGRAM_LENGTH - (CPU(r)->s.icount - first)) == CPU_STOP_PROBE) {
        const struct step *want = &steps[CPU(r)->s.icount - first];
        cr_assert_eq(EIP(r), want->eip);
        cr_assert_eq(machine_hash(r->m), want->hash, "at %#x", EIP(r));
        stops++;
        told->pass = CPU(r)->s.icount + 1;
    }
    told->stop = false;
    cr_expect_eq(machine_hash(r->m), steps[PROGRAM_LENGTH].hash);
    return stops;
}

Test(probe_code, a_stop_before_each_instruction_is_the_state_that_a_limit_gives)
{
    static struct step steps[PROGRAM_LENGTH + 1];

    record_steps(steps);
    begin();
    log_mark_all(told);
    cr_expect_eq(stop_at_marks(steps), PROGRAM_LENGTH - 2 * 5, "a repeated instruction once");
}

/* Blocks run up to the one mark, and from it to the next turn. */
Test(probe_code, a_stop_at_any_single_mark_is_the_state_that_a_limit_gives)
{
    static struct step steps[PROGRAM_LENGTH + 1];
    unsigned stops = 0;

    record_steps(steps);
    for (uint32_t offset = 0; offset < PAGE_SIZE; offset += offset == 60 ? PAGE_SIZE - 80 : 1) {
        begin();
        memset(told->probe.code_offset, 0, sizeof told->probe.code_offset);
        log_mark(told, offset);
        stops += stop_at_marks(steps);
    }
    cr_expect_eq(stops, PROGRAM_LENGTH - 2 * 5);
}

/* Which instructions are asked about, by a run in one go, is what stepping executes. */
Test(probe_code, a_run_is_asked_about_each_instruction_once_and_in_order)
{
    static struct step steps[PROGRAM_LENGTH + 1];
    unsigned asked = 0;

    record_steps(steps);
    begin();
    log_mark_all(told);
    uint64_t first = CPU(r)->s.icount;
    cr_assert_eq(rig_go(r, PROGRAM_LENGTH), CPU_STOP_BUDGET);
    for (unsigned i = 0; i < PROGRAM_LENGTH; i++) {
        bool goes_on = i && steps[i].eip == steps[i - 1].eip && steps[i].eip != RIG_CODE + 14;
        if (goes_on)
            continue;
        cr_assert_lt(asked, told->n);
        cr_assert_eq(told->entry[asked].linear, steps[i].eip);
        cr_assert_eq(told->entry[asked].icount - first, i);
        asked++;
    }
    cr_expect_eq(asked, told->n);
    cr_expect_eq(machine_hash(r->m), steps[PROGRAM_LENGTH].hash);
}

/* Any set of marks, any slices, caches dropped in between: the end is the same, and so is what was
 * asked. */
Test(probe_code, marks_slices_and_dropped_caches_change_nothing)
{
    static struct step steps[PROGRAM_LENGTH + 1];
    uint64_t x = 12345;

    record_steps(steps);
    for (unsigned turn = 0; turn < 200; turn++) {
        begin();
        told->n = 0;
        memset(told->probe.code_offset, 0, sizeof told->probe.code_offset);
        for (unsigned i = 0; i < 8; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            log_mark(told,
                     i < 6 ? (uint32_t)(x >> 40) % 56 : PAGE_SIZE - 1 - (uint32_t)(x >> 40) % 4);
        }
        uint64_t first = CPU(r)->s.icount;
        unsigned slice = turn % 20 + 1;
        for (unsigned done = 0; done < PROGRAM_LENGTH; done += slice) {
            rig_go(r, slice < PROGRAM_LENGTH - done ? slice : PROGRAM_LENGTH - done);
            if (turn & 1)
                cpu_drop_caches(CPU(r));
        }
        cr_assert_eq(machine_hash(r->m), steps[PROGRAM_LENGTH].hash, "turn %u", turn);
        unsigned asked = 0;
        for (unsigned i = 0; i < PROGRAM_LENGTH; i++) {
            uint32_t offset = steps[i].eip & ~PAGE_MASK;
            bool goes_on = i && steps[i].eip == steps[i - 1].eip && steps[i].eip != RIG_CODE + 14;
            if (goes_on || !(told->probe.code_offset[offset / 8] >> (offset & 7) & 1))
                continue;
            cr_assert_lt(asked, told->n, "turn %u", turn);
            cr_assert_eq(told->entry[asked].linear, steps[i].eip, "turn %u", turn);
            cr_assert_eq(told->entry[asked].icount - first, i);
            asked++;
        }
        cr_assert_eq(asked, told->n, "turn %u", turn);
    }
}

/* ------------------------------------------------------------------------------------------ code that changes */

/* mov byte [10008], 42; mov eax, 11; jmp $ */
#define STORE_AHEAD 0xc6, 0x05, 0x08, 0x00, 0x01, 0x00, 0x42, 0xb8, 0x11, 0, 0, 0, 0xeb, 0xfe

Test(probe_code, code_that_changes_beside_a_mark_is_still_asked_about_and_still_changed)
{
    PUT(r, RIG_CODE, STORE_AHEAD);
    log_mark(told, RIG_CODE + 7);
    rig_go(r, 100);
    cr_expect_eq(EAX(r), 0x42);
    cr_expect_eq(told->n, 1);
}

/* inc byte [10008]; nop; mov eax, 0; loop: the marked instruction itself is written on each turn.
 */
Test(probe_code, a_marked_instruction_that_changes_on_each_turn)
{
    PUT(r, RIG_CODE, 0xfe, 0x05, 0x08, 0x00, 0x01, 0x00, 0x90, 0xb8, 0, 0, 0, 0, 0xe2, 0xf2, 0xeb,
        0xfe);
    log_mark(told, RIG_CODE + 7);
    ECX(r) = 50;
    rig_go(r, 400);
    cr_expect_eq(EAX(r), 50);
    cr_expect_eq(told->n, 50);
}

/* rep stosb over what follows: afterwards another instruction begins at the mark. */
Test(probe_code, an_instruction_that_begins_at_a_mark_only_after_a_store)
{
    PUT(r, RIG_CODE, 0xf3, 0xaa, 0xb0, 0x01, 0xb0, 0x01, 0xeb, 0xfe);
    ECX(r) = 4;
    EAX(r) = 0x40; /* four INC EAX instead of two MOV AL */
    CPU(r)->s.gpr[R_EDI] = RIG_CODE + 2;
    log_mark(told, RIG_CODE + 3);
    told->stop = true;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 3);
    cr_expect_eq(EAX(r), 0x41);
}

/* ------------------------------------------------------------------------------------------ what goes first */

Test(probe_code, an_interrupt_that_is_due_goes_first)
{
    PUT(r, RIG_CODE, COUNT_UP);
    log_mark(told, RIG_CODE + 5);
    told->stop = true;
    cr_assert_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cpu_raise_nmi(CPU(r));
    cr_expect_eq(rig_go(r, 10), CPU_STOP_BUDGET);
    cr_expect_eq(EIP(r), RIG_STUBS + 8 * VEC_NMI);
    cr_expect_eq(rig_get(r, RIG_STACK0 - 20, 4), RIG_CODE + 5);
    cr_expect_eq(log_count(told, LOG_CODE), 1);
    cr_expect_eq(log_count(told, LOG_EVENT), 1);
}

Test(probe_code, limits_go_first)
{
    PUT(r, RIG_CODE, COUNT_UP);
    log_mark(told, RIG_CODE + 5);
    told->stop = true;
    cr_expect_eq(rig_go(r, 1), CPU_STOP_BUDGET);
    cr_expect_eq(told->n, 0);
    cr_expect_eq(rig_go(r, 1), CPU_STOP_PROBE);
}

Test(probe_code, the_guests_own_breakpoint_goes_first)
{
    PUT(r, RIG_CODE, COUNT_UP);
    CPU(r)->s.dr[0] = RIG_CODE + 5;
    CPU(r)->s.dr[7] |= 1;
    cpu_state_changed(CPU(r));
    log_mark(told, RIG_CODE + 5);
    rig_go(r, 5);
    cr_expect_eq(EIP(r), RIG_STUBS + 8 * VEC_DB);
    cr_expect_eq(log_count(told, LOG_CODE), 0);
    rig_undo_delivery(r);
    CPU(r)->s.eflags |= FLAG_RF;
    rig_go(r, 1);
    cr_expect_eq(log_count(told, LOG_CODE), 1, "and then the instruction");
    cr_expect_eq(EAX(r), 2);
}

Test(probe_code, single_stepping_asks_too)
{
    PUT(r, RIG_CODE, COUNT_UP);
    CPU(r)->s.eflags |= FLAG_TF;
    log_mark(told, RIG_CODE);
    told->stop = true;
    cr_expect_eq(rig_go(r, 1), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE);
}

/* ------------------------------------------------------------------------------------------ what is no instruction */

Test(probe_code, an_absent_page_faults_unasked_and_its_instruction_is_asked_about_afterwards)
{
    PUT(r, RIG_CODE, 0xe9, 0xfb, 0x0f, 0, 0); /* jmp to the next page */
    PUT(r, RIG_CODE + PAGE_SIZE, 0x40, 0xeb, 0xfe);
    rig_page(r, RIG_CODE + PAGE_SIZE, 0);
    log_mark_all(told);
    rig_go(r, 1);
    told->n = 0;
    uint64_t walks = CPU(r)->s.bucket[BUCKET_tlb_walk];
    rig_go(r, 1);
    cr_expect_eq(told->entry[0].what, LOG_RING);
    cr_expect_eq(told->entry[1].what, LOG_EVENT);
    cr_expect_eq(told->entry[1].linear, VEC_PF);
    cr_expect_gt(CPU(r)->s.bucket[BUCKET_tlb_walk], walks, "the fault's walk is the fault's");
    rig_page(r, RIG_CODE + PAGE_SIZE, (RIG_CODE + PAGE_SIZE) | PTE_P | PTE_U);
    rig_undo_delivery(r);
    told->n = 0;
    told->stop = true;
    cr_expect_eq(rig_go(r, 1), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + PAGE_SIZE);
    cr_expect_eq(rig_get(r, RIG_TABLE + 4 * ((RIG_CODE + PAGE_SIZE) >> 12), 4) & PTE_A, 0,
                 "asking is no access");
}

Test(probe_code, an_eip_beyond_the_segment_is_not_asked_about)
{
    CPU(r)->s.seg[SEG_CS].limit = RIG_CODE + 0xfff;
    cpu_state_changed(CPU(r));
    EIP(r) = RIG_CODE + PAGE_SIZE;
    log_mark_all(told);
    rig_go(r, 0 + 1);
    cr_expect_eq(told->entry[0].what, LOG_RING);
    cr_expect_eq(told->entry[1].linear, VEC_GP);
}

/* ------------------------------------------------------------------------------------------ repeated instructions */

Test(probe_code, a_repeated_instruction_is_asked_about_once_however_it_is_sliced)
{
    PUT(r, RIG_CODE, 0xf3, 0xa4, 0xeb, 0xfe); /* rep movsb; jmp $ */
    log_mark(told, RIG_CODE);
    for (unsigned slice = 1; slice < 9; slice++) {
        rig_reset(r, 3);
        told->n = 0;
        ECX(r) = 40;
        CPU(r)->s.gpr[R_ESI] = RIG_DATA;
        CPU(r)->s.gpr[R_EDI] = RIG_DATA + 0x100;
        while (EIP(r) == RIG_CODE)
            rig_go(r, slice);
        cr_expect_eq(ECX(r), 0);
        cr_expect_eq(told->n, 1, "slices of %u: %u", slice, told->n);
    }
}

Test(probe_code, an_instruction_that_was_let_pass_is_asked_about_again_when_it_comes_again)
{
    PUT(r, RIG_CODE, 0xeb, 0xfe);
    log_mark(told, RIG_CODE);
    rig_go(r, 25);
    cr_expect_eq(told->n, 25);
}

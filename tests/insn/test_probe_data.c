/*
 * What a probe is told of data: each access once, in order, stores before and loads after the fact,
 * in every way an instruction can run; and that nothing is missed.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "probe_log.h"
#include "rig_words.h"

static struct rig *r;
static struct probe_log *told;

static void setup(void)
{
    r = rig_create();
    told = calloc(1, sizeof *told);
    cr_assert(r && told);
    log_attach(told, r);
}

static void teardown(void)
{
    rig_destroy(r);
    free(told);
}

TestSuite(probe_data, .init = setup, .fini = teardown);

/* ------------------------------------------------------------------------------------------ one instruction */

#define A    (RIG_DATA + 0x10)   /* EBX, ESI */
#define B    (RIG_DATA + 0x1020) /* EDI, another page */
#define S    RIG_STACK
#define WORD 0x44332211u /* at A; 88776655 behind it; at B 0d0c0b0a */

struct access {
    char what; /* 'r' or 'w'; 0: no more */
    uint32_t at, size, value;
};

struct insn_case {
    char text[32];
    uint8_t length, code[8];
    struct access told[9];
};

static struct insn_case insns[] = {
    {"mov eax, [ebx]", 2, {0x8b, 0x03}, {{'r', A, 4, WORD}}},
    {"mov ax, [ebx]", 3, {0x66, 0x8b, 0x03}, {{'r', A, 2, 0x2211}}},
    {"mov al, [ebx]", 2, {0x8a, 0x03}, {{'r', A, 1, 0x11}}},
    {"mov [ebx], ecx", 2, {0x89, 0x0b}, {{'w', A, 4, 5}}},
    {"mov [ebx], cx", 3, {0x66, 0x89, 0x0b}, {{'w', A, 2, 5}}},
    {"mov [ebx], ch", 2, {0x88, 0x2b}, {{'w', A, 1, 0}}},
    {"mov byte [ebx], -1", 3, {0xc6, 0x03, 0xff}, {{'w', A, 1, 0xff}}},
    {"movsx eax, word [ebx + 4]", 4, {0x0f, 0xbf, 0x43, 4}, {{'r', A + 4, 2, 0x6655}}},
    {"add [ebx], ecx", 2, {0x01, 0x0b}, {{'r', A, 4, WORD}, {'w', A, 4, WORD + 5}}},
    {"add cx, [ebx]", 3, {0x66, 0x03, 0x0b}, {{'r', A, 2, 0x2211}}},
    {"cmp [ebx], ecx", 2, {0x39, 0x0b}, {{'r', A, 4, WORD}}},
    {"inc byte [ebx]", 2, {0xfe, 0x03}, {{'r', A, 1, 0x11}, {'w', A, 1, 0x12}}},
    {"not dword [ebx]", 2, {0xf7, 0x13}, {{'r', A, 4, WORD}, {'w', A, 4, ~WORD}}},
    {"shl word [ebx], 1", 3, {0x66, 0xd1, 0x23}, {{'r', A, 2, 0x2211}, {'w', A, 2, 0x4422}}},
    {"bts [ebx], ecx", 3, {0x0f, 0xab, 0x0b}, {{'r', A, 4, WORD}, {'w', A, 4, WORD | 32}}},
    {"sete [ebx]", 3, {0x0f, 0x94, 0x03}, {{'w', A, 1, 0}}},
    {"xchg [ebx], ecx", 2, {0x87, 0x0b}, {{'r', A, 4, WORD}, {'w', A, 4, 5}}},
    {"cmpxchg, not equal", 3, {0x0f, 0xb1, 0x0b}, {{'r', A, 4, WORD}, {'w', A, 4, WORD}}},
    {"xadd [ebx], ecx", 3, {0x0f, 0xc1, 0x0b}, {{'r', A, 4, WORD}, {'w', A, 4, WORD + 5}}},
    {"cmpxchg8b, not equal",
     3,
     {0x0f, 0xc7, 0x0b},
     {{'r', A, 4, WORD},
      {'r', A + 4, 4, 0x88776655},
      {'w', A, 4, WORD},
      {'w', A + 4, 4, 0x88776655}}},
    {"push ecx", 1, {0x51}, {{'w', S - 4, 4, 5}}},
    {"push cx", 2, {0x66, 0x51}, {{'w', S - 2, 2, 5}}},
    {"push dword [ebx]", 2, {0xff, 0x33}, {{'r', A, 4, WORD}, {'w', S - 4, 4, WORD}}},
    {"pop ecx", 1, {0x59}, {{'r', S, 4, 0}}},
    {"pop dword [ebx]", 2, {0x8f, 0x03}, {{'r', S, 4, 0}, {'w', A, 4, 0}}},
    {"pushf", 1, {0x9c}, {{'w', S - 4, 4, 2}}},
    {"pusha",
     1,
     {0x60},
     {{'w', S - 4, 4, 0},
      {'w', S - 8, 4, 5},
      {'w', S - 12, 4, 0},
      {'w', S - 16, 4, A},
      {'w', S - 20, 4, S},
      {'w', S - 24, 4, S - 0x100},
      {'w', S - 28, 4, A},
      {'w', S - 32, 4, B}}},
    {"enter 16, 0", 4, {0xc8, 16, 0, 0}, {{'w', S - 4, 4, S - 0x100}}},
    {"enter 16, 2",
     4,
     {0xc8, 16, 0, 2},
     {{'w', S - 4, 4, S - 0x100},
      {'r', S - 0x104, 4, 0},
      {'w', S - 8, 4, 0},
      {'w', S - 12, 4, S - 4}}},
    {"leave", 1, {0xc9}, {{'r', S - 0x100, 4, 0}}},
    {"call +0", 5, {0xe8, 0, 0, 0, 0}, {{'w', S - 4, 4, RIG_CODE + 5}}},
    {"call [ebx + 8]",
     3,
     {0xff, 0x53, 8},
     {{'r', A + 8, 4, RIG_EXIT}, {'w', S - 4, 4, RIG_CODE + 3}}},
    {"jmp [ebx + 8]", 3, {0xff, 0x63, 8}, {{'r', A + 8, 4, RIG_EXIT}}},
    {"movsd", 1, {0xa5}, {{'r', A, 4, WORD}, {'w', B, 4, WORD}}},
    {"stosb", 1, {0xaa}, {{'w', B, 1, 0}}},
    {"lodsw", 2, {0x66, 0xad}, {{'r', A, 2, 0x2211}}},
    {"scasd", 1, {0xaf}, {{'r', B, 4, 0x0d0c0b0a}}},
    {"cmpsb", 1, {0xa6}, {{'r', A, 1, 0x11}, {'r', B, 1, 0x0a}}},
    {"bound eax, [ebx + 12]", 3, {0x62, 0x43, 12}, {{'r', A + 12, 4, 0}, {'r', A + 16, 4, 0}}},
    {"lea eax, [ebx]", 2, {0x8d, 0x03}, {{0, 0, 0, 0}}},
    {"nop", 1, {0x90}, {{0, 0, 0, 0}}},
};

/* The rig's data and the registers, the same before each. */
static void prepare(unsigned cpl)
{
    rig_reset(r, cpl);
    for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at += 4)
        ram_write32(&r->m->ram, at, 0);
    PUT(r, A, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88);
    ram_write32(&r->m->ram, A + 8, RIG_EXIT);
    PUT(r, B, 0x0a, 0x0b, 0x0c, 0x0d);
    struct cpu_state *s = &CPU(r)->s;
    s->gpr[R_EBX] = s->gpr[R_ESI] = A;
    s->gpr[R_EDI] = B;
    s->gpr[R_EBP] = S - 0x100;
    s->gpr[R_ECX] = 5;
    told->n = 0;
}

static void watch_data(void)
{
    told->page_count = 0;
    for (uint32_t page = RIG_DATA; page < RIG_DATA_END; page += PAGE_SIZE)
        log_watch(told, page);
}

ParameterizedTestParameters(probe_data, an_instruction_tells_its_accesses_once_and_in_order)
{
    return cr_make_param_array(struct insn_case, insns, sizeof insns / sizeof insns[0]);
}

ParameterizedTest(struct insn_case *c, probe_data,
                  an_instruction_tells_its_accesses_once_and_in_order)
{
    watch_data();
    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        prepare(3);
        rig_put(r, RIG_CODE, c->code, c->length);
        rig_execute(r, way, c->length);
        unsigned n = 0;
        for (; n < 9 && c->told[n].what; n++) {
            const struct access *want = &c->told[n];
            log_expect(told, n, want->what == 'w' ? LOG_WRITE : LOG_READ, want->at, want->size,
                       want->value);
            cr_expect_eq(told->entry[n].pa, want->at);
        }
        cr_expect_eq(told->n, n, "%s, way %d: %u accesses told, not %u", c->text, way, told->n, n);
    }
}

/* A page that is not watched is not told of, though its neighbours in the instruction are. */
Test(probe_data, only_watched_pages_are_told_of)
{
    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        told->page_count = 0;
        log_watch(told, B & PAGE_MASK);
        prepare(3);
        PUT(r, RIG_CODE, 0xa5);
        rig_execute(r, way, 1);
        cr_assert_eq(told->n, 1);
        log_expect(told, 0, LOG_WRITE, B, 4, WORD);
    }
}

Test(probe_data, a_physical_page_is_watched_under_every_address)
{
    rig_page(r, 0x50000, RIG_DATA | PTE_P | PTE_W | PTE_U);
    prepare(3);
    CPU(r)->s.gpr[R_EBX] = 0x50010;
    CPU(r)->s.gpr[R_ESI] = A;
    PUT(r, RIG_CODE, 0x89, 0x0b, 0x89, 0x0e, 0xeb, 0xfa); /* mov [ebx], ecx; mov [esi], ecx; jmp */
    rig_go(r, 30);
    told->frames = RIG_DATA;
    cpu_probe_changed(CPU(r));
    rig_go(r, 3);
    cr_assert_eq(told->n, 2);
    log_expect(told, 0, LOG_WRITE, 0x50010, 4, 5);
    cr_expect_eq(told->entry[0].pa, A);
    log_expect(told, 1, LOG_WRITE, A, 4, 5);
}

Test(probe_data, a_store_is_told_before_and_a_load_after)
{
    watch_data();
    prepare(3);
    PUT(r, RIG_CODE, 0x89, 0x0b, 0x8b, 0x03, 0xeb, 0xfe);
    rig_go(r, 2);
    cr_expect_eq(told->entry[0].before, 0x11);
    cr_expect_eq(told->entry[1].before, 5);
    cr_expect_eq(told->entry[1].value, 5);
}

Test(probe_data, counters_are_those_behind_the_instruction)
{
    watch_data();
    prepare(3);
    PUT(r, RIG_CODE, 0x40, 0x40, 0x89, 0x0b, 0x40, 0x01, 0x0b, 0x40, 0xeb, 0xfe);
    uint64_t first = CPU(r)->s.icount;
    rig_go(r, 20);
    cr_assert_eq(told->n, 3);
    cr_expect_eq(told->entry[0].icount - first, 3);
    cr_expect_eq(told->entry[1].icount - first, 5);
    cr_expect_eq(told->entry[2].icount - first, 5);
}

/* ------------------------------------------------------------------------------------------ over a page's end */

#define EDGE (RIG_DATA + PAGE_SIZE)

static void expect_crossing(uint32_t watched, unsigned first, bool low, bool high)
{
    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        unsigned n = 0;
        told->page_count = 0;
        log_watch(told, watched);
        if (low && high)
            log_watch(told, EDGE);
        prepare(3);
        uint32_t at = EDGE - first;
        CPU(r)->s.gpr[R_EBX] = at;
        CPU(r)->s.gpr[R_ECX] = 0xa1b2c3d4;
        PUT(r, RIG_CODE, 0x87, 0x0b); /* xchg [ebx], ecx */
        ram_write(&r->m->ram, at, 4, 0x04030201);
        rig_execute(r, way, 2);
        uint32_t mask = (1u << (8 * first)) - 1;
        for (unsigned turn = 0; turn < 2; turn++) {
            uint32_t v = turn ? 0xa1b2c3d4 : 0x04030201;
            unsigned what = turn ? LOG_WRITE : LOG_READ;
            if (low)
                log_expect(told, n++, what, at, first, v & mask);
            if (high)
                log_expect(told, n++, what, EDGE, 4 - first, v >> (8 * first));
        }
        cr_expect_eq(told->n, n);
        cr_expect_eq(ram_read(&r->m->ram, at, 4), 0xa1b2c3d4);
    }
}

Test(probe_data, an_access_over_a_page_end_is_told_in_parts_of_watched_pages)
{
    for (unsigned first = 1; first < 4; first++) {
        expect_crossing(EDGE, first, false, true);
        expect_crossing(EDGE - PAGE_SIZE, first, true, false);
        expect_crossing(EDGE - PAGE_SIZE, first, true, true);
    }
}

Test(probe_data, the_parts_have_each_its_own_frame)
{
    rig_page(r, EDGE, (RIG_DATA + 0x3000) | PTE_P | PTE_W | PTE_U);
    watch_data();
    prepare(3);
    CPU(r)->s.gpr[R_EBX] = EDGE - 2;
    PUT(r, RIG_CODE, 0x89, 0x0b);
    rig_execute(r, RIG_STEP, 2);
    cr_assert_eq(told->n, 2);
    cr_expect_eq(told->entry[0].pa, EDGE - 2);
    cr_expect_eq(told->entry[1].pa, RIG_DATA + 0x3000);
}

/* ------------------------------------------------------------------------------------------ repeated */

/* From a watched page into itself, a watched one, over its end, and out of it. */
static void expect_repeat(uint8_t opcode, unsigned size, uint32_t from, uint32_t to, uint32_t count)
{
    unsigned n = 0;
    bool reads = opcode != 0xaa && opcode != 0xab && opcode != 0xae && opcode != 0xaf;
    bool writes = opcode == 0xaa || opcode == 0xab || opcode == 0xa4 || opcode == 0xa5;
    bool compares = opcode == 0xa6 || opcode == 0xae;

    prepare(3);
    CPU(r)->s.gpr[R_ESI] = from;
    CPU(r)->s.gpr[R_EDI] = to;
    CPU(r)->s.gpr[R_ECX] = count;
    for (uint32_t at = RIG_DATA; at < RIG_DATA_END; at++)
        ram_write(&r->m->ram, at, 1, compares ? 0 : at * 7);
    PUT(r, RIG_CODE, 0xf3, opcode, 0xeb, 0xfe);
    while (CPU(r)->s.eip == RIG_CODE)
        rig_go(r, 1000);
    for (uint32_t i = 0; i < count; i++) {
        if (reads && told->entry[n].linear != to + i * size) {
            cr_assert_eq(told->entry[n].what, LOG_READ);
            cr_assert_eq(told->entry[n].linear, from + i * size);
            cr_assert_eq(told->entry[n].size, size);
            n++;
        }
        if (writes || compares) {
            cr_assert_eq(told->entry[n].what, writes ? LOG_WRITE : LOG_READ);
            cr_assert_eq(told->entry[n].linear, to + i * size);
            cr_assert_eq(told->entry[n].size, size);
            n++;
        }
    }
    cr_expect_eq(told->n, n);
}

Test(probe_data, each_iteration_of_a_repeated_instruction_is_told)
{
    watch_data();
    expect_repeat(0xa4, 1, RIG_DATA, RIG_DATA + 0x2000, 300);
    expect_repeat(0xa5, 4, RIG_DATA + 0x100, RIG_DATA + 0x104, 300);
    expect_repeat(0xa5, 4, RIG_DATA + 0xf00, RIG_DATA + 0x1f00, 200); /* over page ends */
    expect_repeat(0xaa, 1, 0, RIG_DATA + 0x10, 300);
    expect_repeat(0xab, 4, 0, RIG_DATA + 0xf00, 200);
    expect_repeat(0xac, 1, RIG_DATA + 0x40, 0, 300);
    expect_repeat(0xa6, 1, RIG_DATA + 0x40, RIG_DATA + 0x1040, 300);
    expect_repeat(0xae, 1, 0, RIG_DATA + 0x40, 300);
}

/* Bulk copying stops short of the watched page, and goes on behind it. */
Test(probe_data, a_repeated_store_through_three_pages_is_told_in_the_middle_one)
{
    log_watch(told, RIG_DATA + 0x1000);
    prepare(3);
    CPU(r)->s.gpr[R_EDI] = RIG_DATA + 0x800;
    CPU(r)->s.gpr[R_ECX] = 0x800; /* doublewords: to 22800 */
    CPU(r)->s.gpr[R_EAX] = 0x5a5a5a5a;
    PUT(r, RIG_CODE, 0xf3, 0xab, 0xeb, 0xfe);
    rig_go(r, 0x800);
    cr_assert_eq(told->n, 0x400);
    for (uint32_t i = 0; i < 0x400; i++)
        log_expect(told, i, LOG_WRITE, RIG_DATA + 0x1000 + 4 * i, 4, 0x5a5a5a5a);
    cr_expect_eq(rig_get(r, RIG_DATA + 0x27fc, 4), 0x5a5a5a5a);
}

/* ------------------------------------------------------------------------------------------ the processor's own */

Test(probe_data, an_interrupt_tells_gate_descriptors_stack_pointer_and_frame)
{
    told->all = true;
    prepare(3);
    PUT(r, RIG_CODE, 0xcc);
    cpu_probe_changed(CPU(r));
    rig_go(r, 1);
    static const struct access want[] = {
        {'r', RIG_IDT + 24, 4, (RIG_CODE0 << 16) | (RIG_STUBS + 24)},
        {'r', RIG_IDT + 28, 4, 0xee00},
        {'r', RIG_GDT + RIG_CODE0, 4, 0xffff},
        {'r', RIG_GDT + RIG_CODE0 + 4, 4, 0xcf9b00},
        {'r', RIG_TSS + 4, 4, RIG_STACK0},
        {'r', RIG_TSS + 8, 2, RIG_DATA0},
        {'r', RIG_GDT + RIG_DATA0, 4, 0xffff},
        {'r', RIG_GDT + RIG_DATA0 + 4, 4, 0xcf9300},
        {'w', RIG_STACK0 - 4, 4, RIG_DATA3},
        {'w', RIG_STACK0 - 8, 4, RIG_STACK},
        {'w', RIG_STACK0 - 12, 4, FLAG_FIXED1},
        {'w', RIG_STACK0 - 16, 4, RIG_CODE3},
        {'w', RIG_STACK0 - 20, 4, RIG_CODE + 1},
    };
    const unsigned n = sizeof want / sizeof want[0];
    for (unsigned i = 0; i < n; i++)
        log_expect(told, i, want[i].what == 'w' ? LOG_WRITE : LOG_READ, want[i].at, want[i].size,
                   want[i].value);
    cr_assert_eq(told->n, n + 2);
    log_expect(told, n, LOG_RING, 0, 3, 0);
    log_expect(told, n + 1, LOG_EVENT, VEC_BP, EVENT_SOFT_TRAP, 0);
    cr_expect_eq(told->entry[n + 1].pa, RIG_STUBS + 24, "EIP is the handler's");
}

Test(probe_data, only_the_stack_of_a_frame_may_be_watched)
{
    log_watch(told, RIG_STACK0 - PAGE_SIZE);
    prepare(3);
    PUT(r, RIG_CODE, 0x0f, 0x0b); /* UD2 */
    rig_go(r, 1);
    cr_expect_eq(log_count(told, LOG_WRITE), 5);
    cr_expect_eq(log_count(told, LOG_READ), 0);
    cr_expect_eq(log_entry(told, LOG_EVENT, 0)->linear, VEC_UD);
}

Test(probe_data, a_return_tells_the_frame_it_reads_and_the_ring_it_goes_to)
{
    static const uint32_t frame[] = {RIG_EXIT, RIG_CODE3, FLAG_FIXED1, RIG_STACK - 64, RIG_DATA3};
    log_watch(told, RIG_STACK & PAGE_MASK);
    prepare(0);
    rig_put(r, RIG_STACK, frame, sizeof frame);
    PUT(r, RIG_CODE, 0xcf);
    rig_go(r, 1);
    cr_expect_eq(CPU(r)->s.cpl, 3);
    cr_assert_eq(log_count(told, LOG_READ), 5, "EIP, CS, EFLAGS; then ESP and SS, each once");
    log_expect(told, told->n - 1, LOG_RING, 0, 0, 3);
    cr_expect_eq(log_count(told, LOG_EVENT), 0);
}

Test(probe_data, events_tell_their_error_codes_and_kinds)
{
    prepare(3);
    PUT(r, RIG_CODE, 0xa1, 0, 0, 0x40, 0); /* mov eax, [400000] */
    rig_go(r, 1);
    const struct log_entry *e = log_entry(told, LOG_EVENT, 0);
    cr_expect_eq(e->linear, VEC_PF);
    cr_expect_eq(e->size, EVENT_EXCEPTION);
    cr_expect_eq(e->value, PFERR_U);
    prepare(3);
    cpu_raise_nmi(CPU(r));
    rig_go(r, 1);
    e = log_entry(told, LOG_EVENT, 0);
    cr_expect_eq(e->linear, VEC_NMI);
    cr_expect_eq(e->size, EVENT_EXTERNAL);
    cr_expect_eq(e->value, 0);
}

Test(probe_data, walks_and_fetches_are_no_data)
{
    told->all = true;
    cpu_probe_changed(CPU(r));
    prepare(3);
    cpu_tlb_flush(CPU(r), true);
    PUT(r, RIG_CODE, 0x90, 0xeb, 0xfd);
    rig_go(r, 50);
    cr_expect_eq(told->n, 0);
}

Test(probe_data, a_store_that_faults_on_its_second_page_is_not_told)
{
    rig_page(r, EDGE, EDGE | PTE_P | PTE_U);
    watch_data();
    prepare(3);
    CPU(r)->s.gpr[R_EBX] = EDGE - 2;
    PUT(r, RIG_CODE, 0x89, 0x0b);
    cr_expect_eq(rig_execute(r, RIG_STEP, 2).vector, VEC_PF);
    cr_expect_eq(log_count(told, LOG_WRITE), 0);
}

/*
 * Single instructions, here and on Unicorn: diff-unicorn [--cases N] [--seed N] [--from N]
 * [--verbose]
 *
 * Each case executes one random instruction in all three ways of the rig, which must agree with
 * each other and with the oracle in registers, EIP, defined flags, memory, and the exception if
 * there is one. Children do the work, since the oracle may abort or hang; the parent starts the
 * next one behind the case that did it. Status 0: every difference is in quirks.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu/exec_functions.h"
#include "children.h"
#include "generate.h"
#include "quirks.h"
#include "tests/insn/rig.h"

enum {
    CODE_BYTES = INSN_MAX_LENGTH + 2, /* an instruction, and what RIG_BLOCK overwrites */
    SLOT = 32,
    SLOTS = (RIG_CODE_END - RIG_CODE) / SLOT - 1,
    MAX_QUIRKS = 32,
    BATCH = 50000,
    SECONDS = 20
};

#define FILLER 0xf4 /* HLT: Unicorn translates ahead */
#define COMPARED                                                                                   \
    (FLAG_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID)

/* Written by children, read by the parent. */
struct shared {
    uint64_t run, skipped, faults, unexplained;
    uint64_t not_run[MAX_QUIRKS], explained[MAX_QUIRKS];
    uint64_t rows[512];
};

struct bench {
    struct rig *rig;
    struct oracle *oracle;
    uint8_t *low, *code, *exit, *data; /* the oracle's memory */
    uint8_t low_before[RIG_LOW_END - RIG_LOW], data_before[RIG_DATA_END - RIG_DATA];
    unsigned slot;
    uint64_t seed;
    struct shared *shared;
};

static uint8_t *pages(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        abort();
    return p;
}

static void open_oracle(struct bench *b)
{
    const struct oracle_region regions[] = {
        {RIG_LOW, RIG_LOW_END - RIG_LOW, true, b->low},
        {RIG_CODE, RIG_CODE_END - RIG_CODE, false, b->code},
        {RIG_EXIT, PAGE_SIZE, false, b->exit},
        {RIG_DATA, RIG_DATA_END - RIG_DATA, true, b->data},
    };
    b->oracle = oracle_create(regions, 4);
    if (!b->oracle)
        abort();
}

static void open_bench(struct bench *b)
{
    struct rng rng = {99};

    b->rig = rig_create();
    if (!b->rig)
        abort();
    b->low = pages(RIG_LOW_END - RIG_LOW);
    b->code = pages(RIG_CODE_END - RIG_CODE);
    b->exit = pages(PAGE_SIZE);
    ram_copy_out(&b->rig->m->ram, RIG_EXIT, b->exit, PAGE_SIZE);
    b->data = pages(RIG_DATA_END - RIG_DATA);
    for (unsigned i = 0; i < sizeof b->low_before; i++)
        b->low_before[i] = (uint8_t)rng_next(&rng);
    for (unsigned i = 0; i < sizeof b->data_before; i++)
        b->data_before[i] = (uint8_t)rng_next(&rng);
    memset(b->code, FILLER, RIG_CODE_END - RIG_CODE);
    rig_put(b->rig, RIG_CODE, b->code, RIG_CODE_END - RIG_CODE);
    open_oracle(b);
}

/* ------------------------------------------------------------------------------------------ one case */

struct run {
    struct oracle_state state;
    int vector;
    bool memory_changed_wrongly; /* a fault left something behind */
};

static void put_memory(struct bench *b)
{
    rig_put(b->rig, RIG_LOW, b->low_before, sizeof b->low_before);
    rig_put(b->rig, RIG_DATA, b->data_before, sizeof b->data_before);
}

static void put_state(struct rig *r, const struct oracle_state *state)
{
    struct cpu_state *s = &r->m->cpu.s;
    rig_reset(r, 3); /* only user pages, as the oracle; it checks no rights */
    s->seg[SEG_FS] = s->seg[SEG_GS] = s->seg[SEG_DS];
    memcpy(r->m->cpu.s.gpr, state->gpr, sizeof state->gpr);
    r->m->cpu.s.eip = state->eip;
    r->m->cpu.s.eflags = state->eflags;
    cpu_state_changed(&r->m->cpu);
}

static struct run run_ours(struct bench *b, enum rig_way way, const struct oracle_state *before,
                           unsigned length)
{
    struct run run;
    const struct cpu_state *s = &b->rig->m->cpu.s;

    put_memory(b);
    put_state(b->rig, before);
    run.vector = rig_execute(b->rig, way, length).vector;
    if (run.vector >= 0 && s->cpl == 0)
        rig_undo_delivery(b->rig);
    memcpy(run.state.gpr, s->gpr, sizeof run.state.gpr);
    run.state.eip = s->eip;
    run.state.eflags = s->eflags;
    return run;
}

static bool same_memory(const struct bench *b)
{
    const uint8_t *ram = b->rig->m->ram.bytes;
    return !memcmp(ram + RIG_LOW, b->low, sizeof b->low_before) &&
           !memcmp(ram + RIG_DATA, b->data, sizeof b->data_before);
}

static bool same_state(const struct oracle_state *a, const struct oracle_state *b,
                       uint32_t undefined)
{
    return !memcmp(a->gpr, b->gpr, sizeof a->gpr) && a->eip == b->eip &&
           !((a->eflags ^ b->eflags) & COMPARED & ~undefined);
}

static void print_state(const char *who, const struct oracle_state *s, int vector)
{
    fprintf(stderr, "  %-8s", who);
    for (unsigned i = 0; i < 8; i++)
        fprintf(stderr, " %08x", s->gpr[i]);
    fprintf(stderr, " eip %08x flags %08x vector %d\n", s->eip, s->eflags, vector);
}

static void print_memory(const struct bench *b)
{
    const uint8_t *ram = b->rig->m->ram.bytes;
    for (uint32_t at = RIG_LOW; at < RIG_DATA_END; at++) {
        const uint8_t *theirs = at >= RIG_DATA     ? b->data + (at - RIG_DATA)
                                : at < RIG_LOW_END ? b->low + (at - RIG_LOW)
                                                   : NULL;
        if (theirs && ram[at] != *theirs)
            fprintf(stderr, "  [%08x] ours %02x theirs %02x\n", at, ram[at], *theirs);
    }
}

static void print_case(const struct bench *b, uint64_t number, const struct quirk_case *c,
                       const char *what)
{
    char text[128];

    insn_disassemble(c->bytes, INSN_MAX_LENGTH, c->before->eip, false, text, sizeof text);
    fprintf(stderr, "UNEXPLAINED (%s): seed %llu case %llu, %s:", what, (unsigned long long)b->seed,
            (unsigned long long)number, text);
    for (unsigned i = 0; i < c->in->len; i++)
        fprintf(stderr, " %02x", c->bytes[i]);
    fprintf(stderr, "  (undefined flags %#x)\n", c->undefined);
    print_state("before", c->before, -1);
    print_state("ours", c->ours, c->our_vector);
    print_state("theirs", c->theirs, c->their_vector);
    print_memory(b);
}

/* Index of the quirk that applies, or count. */
static unsigned find_quirk(const struct quirk *quirks, unsigned count, const struct quirk_case *c)
{
    unsigned i = 0;
    while (i < count && !quirks[i].applies(c))
        i++;
    return i;
}

static bool generate(const struct bench *b, uint64_t number, struct rng *rng, uint8_t *bytes,
                     struct insn *in, struct quirk_case *c)
{
    unsigned length;

    *rng = rng_of_case(b->seed, number);
    if (number & 1)
        generate_from_rows(rng, bytes);
    else
        generate_bytes(rng, bytes);
    if (insn_decode(bytes, INSN_MAX_LENGTH, DECODE_CODE32 | DECODE_STACK32, in) != DECODE_OK)
        return false;
    memset(bytes + in->len, FILLER, CODE_BYTES - in->len);
    *c = (struct quirk_case){.in = in,
                             .bytes = bytes,
                             .undefined = insn_undefined_flags(bytes, INSN_MAX_LENGTH, &length)};
    return length == in->len;
}

static void expect_equal_ways(struct bench *b, uint64_t number, const struct quirk_case *c,
                              const struct run *way, const struct run *virtual, const char *what)
{
    struct quirk_case both = *c;

    if (way->vector == virtual->vector && same_state(&way->state, &virtual->state, 0))
        return;
    both.ours = &way->state, both.our_vector = way->vector;
    both.theirs = &virtual->state, both.their_vector = virtual->vector;
    print_case(b, number, &both, what);
    b->shared->unexplained++;
}

/*
 * Our three ways must agree. RIG_BLOCK leaves a jump behind the instruction, which may read itself:
 * it is compared with a RIG_VIRTUAL that sees the same. Returns RIG_VIRTUAL's run of the code as
 * the oracle has it.
 */
static struct run run_all_ways(struct bench *b, uint64_t number, const struct quirk_case *c)
{
    static const uint8_t filler[2] = {FILLER, FILLER};
    struct run step = run_ours(b, RIG_STEP, c->before, c->in->len);
    struct run virtual = run_ours(b, RIG_VIRTUAL, c->before, c->in->len);
    struct run block = run_ours(b, RIG_BLOCK, c->before, c->in->len);
    struct run beside = run_ours(b, RIG_VIRTUAL, c->before, c->in->len);

    rig_put(b->rig, c->before->eip + c->in->len, filler, sizeof filler);
    expect_equal_ways(b, number, c, &step, &virtual, "step against virtual");
    expect_equal_ways(b, number, c, &block, &beside, "block against virtual");
    return virtual;
}

static void compare(struct bench *b, uint64_t number, struct quirk_case *c, const struct run *ours)
{
    struct oracle_state theirs = *c->before;
    unsigned vector;
    const char *why;

    memcpy(b->low, b->low_before, sizeof b->low_before);
    memcpy(b->data, b->data_before, sizeof b->data_before);
    enum oracle_end end =
        oracle_step(b->oracle, &theirs, generate_repeats(c->in) ? c->in->len : 0, &vector, &why);
    c->ours = &ours->state, c->our_vector = ours->vector;
    c->theirs = &theirs, c->their_vector = end == ORACLE_EXCEPTION ? (int)vector
                                           : end == ORACLE_DONE    ? -1
                                                                   : -2;
    c->memory_differs = !same_memory(b);
    bool same = c->our_vector == c->their_vector &&
                (c->our_vector >= 0 ||
                 (same_state(&ours->state, &theirs, c->undefined) && !c->memory_differs));
    b->shared->faults += c->our_vector >= 0;
    if (same)
        return;
    unsigned quirk = find_quirk(quirks_explained, quirks_explained_count, c);
    if (quirk < quirks_explained_count) {
        b->shared->explained[quirk]++;
        return;
    }
    print_case(b, number, c, why ? why : "unicorn");
    b->shared->unexplained++;
}

/* A fault must leave registers and memory as they were (a repeated string instruction: all but its
 * progress). */
static void check_fault(struct bench *b, uint64_t number, struct quirk_case *c,
                        const struct run *ours)
{
    if (ours->vector < 0 || generate_repeats(c->in) || insn_row_of(c->in)->class == CLASS_INTERRUPT)
        return;
    memcpy(b->low, b->low_before, sizeof b->low_before);
    memcpy(b->data, b->data_before, sizeof b->data_before);
    if (same_state(&ours->state, c->before, 0) &&
        (same_memory(b) || insn_row_of(c->in)->exec == exec_enter))
        return;
    c->ours = &ours->state, c->our_vector = ours->vector;
    c->theirs = c->before, c->their_vector = ours->vector;
    print_case(b, number, c, "a fault left something behind");
    b->shared->unexplained++;
}

static void run_case(struct bench *b, uint64_t number)
{
    struct shared *s = b->shared;
    uint8_t bytes[CODE_BYTES];
    struct insn in;
    struct rng rng;
    struct quirk_case c;
    struct oracle_state before;

    if (!generate(b, number, &rng, bytes, &in, &c)) {
        s->skipped++;
        return;
    }
    unsigned quirk = find_quirk(quirks_not_run, quirks_not_run_count, &c);
    if (quirk < quirks_not_run_count) {
        s->not_run[quirk]++;
        return;
    }
    before.eip = RIG_CODE + SLOT * (b->slot++ % SLOTS);
    generate_registers(&rng, &in, before.gpr);
    before.eflags = FLAG_FIXED1 | ((uint32_t)rng_next(&rng) & (FLAG_ARITH | FLAG_DF | FLAG_ID));
    memcpy(b->code + (before.eip - RIG_CODE), bytes, sizeof bytes);
    rig_put(b->rig, before.eip, bytes, sizeof bytes);
    c.before = &before;
    struct run ours = run_all_ways(b, number, &c);
    check_fault(b, number, &c, &ours);
    run_ours(b, RIG_VIRTUAL, &before, in.len);
    compare(b, number, &c, &ours);
    s->run++;
    s->rows[in.row]++;
}

/* ------------------------------------------------------------------------------------------ all */

static void work(void *shared, uint64_t seed, uint64_t from, uint64_t to, volatile uint64_t *at)
{
    static struct bench b;

    b.shared = shared;
    b.seed = seed;
    open_bench(&b);
    for (uint64_t i = from; i < to; i++) {
        *at = i;
        run_case(&b, i);
    }
    oracle_destroy(b.oracle);
    rig_destroy(b.rig);
}

static unsigned rows_tried(const struct shared *s)
{
    unsigned n = 0;
    for (unsigned i = 0; i < insn_row_count; i++)
        n += s->rows[i] != 0;
    return n;
}

static void report(const struct shared *s, uint64_t died)
{
    printf(
        "%llu instructions judged (%llu raised an exception), %llu were none, of %u of %u rows\n",
        (unsigned long long)s->run, (unsigned long long)s->faults, (unsigned long long)s->skipped,
        rows_tried(s), insn_row_count);
    for (unsigned i = 0; i < quirks_not_run_count; i++)
        printf("  not run %8llu: %s\n", (unsigned long long)s->not_run[i], quirks_not_run[i].why);
    for (unsigned i = 0; i < quirks_explained_count; i++)
        printf("  explained %6llu: %s\n", (unsigned long long)s->explained[i],
               quirks_explained[i].why);
    printf("unexplained: %llu\n", (unsigned long long)(s->unexplained + died));
}

int main(int argc, char **argv)
{
    struct children_options o;

    if (!children_options(&o, 50000, argc, argv))
        return 2;
    struct shared *shared = children_shared(sizeof *shared);
    uint64_t died = children_run(&o, BATCH, work, shared);
    report(shared, died);
    return shared->unexplained + died != 0 || shared->run == 0;
}

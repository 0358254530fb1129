/*
 * User-level code, here and on the processor this test runs on: diff-host [--cases N] [--seed N]
 * [--from N]
 *
 * Even cases are one instruction, odd ones a sequence of up to 24. Both sides start with the same
 * registers, flags and memory, and must end with the same, or with the same exception (vector,
 * error code, CR2) at the same place. The simulator runs a case in blocks, or, every fourth,
 * instruction by instruction. Status 0: no difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "children.h"
#include "generate.h"
#include "host_cpu.h"
#include "host_program.h"

#define COMPARED                                                                                   \
    (FLAG_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID)

/* Written by children, read by the parent. */
struct shared {
    uint64_t run, none, endless, ours_there, faults, not_executable, half_way, unexplained,
        instructions;
    uint64_t not_judged[64];
    uint64_t rows[512];
};

struct bench {
    struct rig *rig;
    struct shared *shared;
    uint64_t seed;
    uint8_t low[RIG_LOW_END - RIG_LOW], data[RIG_DATA_END - RIG_DATA]; /* as they begin */
};

struct outcome {
    struct host_state state;
    struct host_fault fault;
};

static void *host_address(uint32_t at)
{
    return (void *)(uintptr_t)at;
}

static void open_bench(struct bench *b)
{
    struct rng rng = {77};

    b->rig = rig_create();
    if (!b->rig || !host_open())
        abort();
    for (unsigned i = 0; i < sizeof b->low; i++)
        b->low[i] = (uint8_t)rng_next(&rng);
    for (unsigned i = 0; i < sizeof b->data; i++)
        b->data[i] = (uint8_t)rng_next(&rng);
    for (uint32_t page = RIG_LOW; !host_has_low() && page < RIG_LOW_END; page += PAGE_SIZE)
        rig_page(b->rig, page, 0);
}

/* ------------------------------------------------------------------------------------------ both sides */

static void put_ours(struct bench *b, const struct host_state *s)
{
    struct cpu *c = &b->rig->m->cpu;

    rig_reset(b->rig, 3);
    rig_put(b->rig, RIG_LOW, b->low, sizeof b->low);
    rig_put(b->rig, RIG_DATA, b->data, sizeof b->data);
    memcpy(c->s.gpr, s->gpr, sizeof s->gpr);
    c->s.eip = s->eip;
    c->s.eflags = s->eflags;
    cpu_state_changed(c);
}

static struct outcome run_ours(struct bench *b, const struct host_state *before, bool stepped)
{
    struct cpu *c = &b->rig->m->cpu;
    struct outcome out = {.fault.vector = -1};

    put_ours(b, before);
    if (stepped) {
        for (unsigned i = 0; i < 3000 && out.fault.vector < 0 && c->s.eip != RIG_EXIT; i++)
            out.fault.vector = rig_run(b->rig, 1);
    } else {
        out.fault.vector = rig_run(b->rig, 3000);
    }
    if (out.fault.vector >= 0) {
        if (VEC_HAS_ERROR_CODE((unsigned)out.fault.vector))
            out.fault.error = rig_get(b->rig, c->s.gpr[R_ESP], 4);
        if (out.fault.vector == VEC_PF) {
            out.fault.cr2 = c->s.cr2;
            if (out.fault.cr2 < RIG_LOW) /* our tables, which the host has not mapped at all */
                out.fault.error &= ~PFERR_P;
        }
        rig_undo_delivery(b->rig);
    }
    memcpy(out.state.gpr, c->s.gpr, sizeof out.state.gpr);
    out.state.eip = c->s.eip;
    out.state.eflags = c->s.eflags;
    return out;
}

static struct outcome run_theirs(struct bench *b, const struct host_state *before)
{
    struct outcome out = {.state = *before};

    if (host_has_low())
        memcpy(host_address(RIG_LOW), b->low, sizeof b->low);
    memcpy(host_address(RIG_DATA), b->data, sizeof b->data);
    out.fault = host_run(&out.state);
    if (out.fault.vector == VEC_PF)
        out.fault.error &= PFERR_P | PFERR_W | PFERR_U; /* not I/D: no such bit without NX */
    if (out.fault.vector >= 0 && !VEC_HAS_ERROR_CODE((unsigned)out.fault.vector))
        out.fault.error = 0;
    if (out.fault.vector != VEC_PF)
        out.fault.cr2 = 0;
    return out;
}

/* ------------------------------------------------------------------------------------------ comparing */

static bool same_memory(const struct bench *b)
{
    const uint8_t *ram = b->rig->m->ram.bytes;
    return (!host_has_low() || !memcmp(ram + RIG_LOW, host_address(RIG_LOW), sizeof b->low)) &&
           !memcmp(ram + RIG_DATA, host_address(RIG_DATA), sizeof b->data);
}

static void print_outcome(const char *who, const struct outcome *o)
{
    fprintf(stderr, "  %-7s", who);
    for (unsigned i = 0; i < 8; i++)
        fprintf(stderr, " %08x", o->state.gpr[i]);
    fprintf(stderr, " eip %08x flags %08x vector %d error %x cr2 %x\n", o->state.eip,
            o->state.eflags, o->fault.vector, o->fault.error, o->fault.cr2);
}

static void print_memory(const struct bench *b)
{
    const uint8_t *ram = b->rig->m->ram.bytes;

    for (uint32_t at = RIG_LOW; at < RIG_DATA_END; at++) {
        bool shared = at >= RIG_DATA || (at < RIG_LOW_END && host_has_low());
        if (shared && ram[at] != *(const uint8_t *)host_address(at))
            fprintf(stderr, "  [%08x] ours %02x host %02x\n", at, ram[at],
                    *(const uint8_t *)host_address(at));
    }
}

static void print_difference(const struct bench *b, uint64_t number, const struct program *p,
                             const struct host_state *before, const struct outcome *ours,
                             const struct outcome *theirs)
{
    const struct outcome start = {*before, {-1, 0, 0}};
    char text[128];

    fprintf(stderr, "UNEXPLAINED: seed %llu case %llu\n", (unsigned long long)b->seed,
            (unsigned long long)number);
    for (unsigned i = 0; i < p->count; i++) {
        insn_disassemble(p->bytes + p->at[i], p->n - p->at[i], RIG_CODE + p->at[i], false, text,
                         sizeof text);
        fprintf(stderr, "   %08x  %s :", RIG_CODE + p->at[i], text);
        for (unsigned k = p->at[i]; k < p->at[i + 1]; k++)
            fprintf(stderr, " %02x", p->bytes[k]);
        fprintf(stderr, "\n");
    }
    print_outcome("before", &start);
    print_outcome("ours", ours);
    print_outcome("host", theirs);
    print_memory(b);
}

/* Fetching from a data page faults there, where pages may be not executable, and not here. */
static bool not_executable(const struct outcome *theirs)
{
    uint32_t eip = theirs->state.eip;

    return theirs->fault.vector == VEC_PF && theirs->fault.cr2 == eip &&
           ((eip >= RIG_DATA && eip < RIG_DATA_END) || (eip >= RIG_LOW && eip < RIG_LOW_END));
}

static bool same(const struct outcome *a, const struct outcome *b, uint32_t undefined)
{
    return !memcmp(a->state.gpr, b->state.gpr, sizeof a->state.gpr) &&
           a->state.eip == b->state.eip &&
           !((a->state.eflags ^ b->state.eflags) & COMPARED & ~undefined) &&
           a->fault.vector == b->fault.vector && a->fault.error == b->fault.error &&
           a->fault.cr2 == b->fault.cr2;
}

/*
 * PUSHA and POPA that fault half-way have stored some words below the stack pointer, or loaded some
 * registers, on this processor. Both are restartable either way, and ours do nothing before they
 * fault.
 */
static bool all_registers_half_way(const struct bench *b, const struct program *p,
                                   const struct outcome *ours, const struct outcome *theirs)
{
    const struct insn_row *row = p->count ? &insn_rows[p->row[p->count - 1]] : NULL;
    struct outcome a = *ours, c = *theirs;
    uint8_t frame[32] = {0};

    if (!row || ours->fault.vector < 0)
        return false;
    if (!strcmp(row->mnemonic, "popa")) {
        memset(a.state.gpr, 0, sizeof a.state.gpr);
        memset(c.state.gpr, 0, sizeof c.state.gpr);
    } else if (!strcmp(row->mnemonic, "pusha")) {
        uint32_t at = a.state.gpr[R_ESP] - 32;
        if (at < RIG_DATA - 32 || at >= RIG_DATA)
            return false;
        rig_put(b->rig, RIG_DATA, frame, 32);
        memcpy(host_address(RIG_DATA), frame, 32);
    } else {
        return false;
    }
    return same(&a, &c, 0) && same_memory(b);
}

/* ------------------------------------------------------------------------------------------ cases */

static void begin_state(struct rng *rng, const struct insn *in, struct host_state *s)
{
    generate_registers(rng, in, s->gpr);
    s->eip = RIG_CODE;
    s->eflags =
        FLAG_FIXED1 | FLAG_IF | ((uint32_t)rng_next(rng) & (FLAG_ARITH | FLAG_DF | FLAG_ID));
    if (rng_below(rng, 8) == 0)
        s->eflags |= FLAG_AC;
}

static bool make_case(struct bench *b, uint64_t number, struct program *p,
                      struct host_state *before)
{
    struct rng rng = rng_of_case(b->seed, number);
    struct insn in;
    unsigned reason;

    if (number & 1) {
        static const struct insn none = {.base = GPR_ZERO, .index = GPR_ZERO, .addrsize = 4};
        begin_state(&rng, &none, before);
        put_ours(b, before);
        program_sequence(&rng, b->rig, p);
        return p->count > 0;
    }
    if (!program_single(&rng, p, &in, &reason)) {
        if (reason)
            b->shared->not_judged[reason]++;
        else
            b->shared->none++;
        return false;
    }
    begin_state(&rng, &in, before);
    return program_is_defined(&in, before->gpr);
}

static void run_case(struct bench *b, uint64_t number)
{
    struct shared *s = b->shared;
    struct program p = {0};
    struct host_state before;

    if (!make_case(b, number, &p, &before))
        return;
    uint8_t code[RIG_CODE_END - RIG_CODE];
    memset(code, 0xcc, sizeof code);
    memcpy(code, p.bytes, p.n);
    rig_put(b->rig, RIG_CODE, code, sizeof code);
    host_put_code(RIG_CODE, code, sizeof code);
    struct outcome ours = run_ours(b, &before, number % 8 < 2);
    if (ours.fault.vector < 0 && ours.state.eip != RIG_EXIT) {
        s->endless++; /* a call of itself, say */
        return;
    }
    if (ours.fault.vector == VEC_PF && host_owns(ours.fault.cr2)) {
        s->ours_there++;
        return;
    }
    struct outcome theirs = run_theirs(b, &before);
    s->run++;
    s->instructions += p.count;
    s->faults += theirs.fault.vector >= 0;
    for (unsigned i = 0; i < p.count; i++)
        s->rows[p.row[i]]++;
    if (not_executable(&theirs)) {
        s->not_executable++;
    } else if (same(&ours, &theirs, p.undefined) && same_memory(b)) {
        return;
    } else if (all_registers_half_way(b, &p, &ours, &theirs)) {
        s->half_way++;
    } else {
        print_difference(b, number, &p, &before, &ours, &theirs);
        s->unexplained++;
    }
}

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
    rig_destroy(b.rig);
}

int main(int argc, char **argv)
{
    struct children_options o;
    unsigned rows = 0;

    if (!children_options(&o, 50000, argc, argv))
        return 2;
#if !defined(__x86_64__) || !defined(__linux__)
    printf("skipped: this host's processor does not run 32-bit x86 code\n");
    return 0;
#endif
    struct shared *s = children_shared(sizeof *s);
    uint64_t died = children_run(&o, 200000, work, s);
    for (unsigned i = 0; i < insn_row_count; i++)
        rows += s->rows[i] != 0;
    printf("%llu cases of %llu instructions judged (%llu ended in an exception), %llu were none; "
           "%u of %u rows\n",
           (unsigned long long)s->run, (unsigned long long)s->instructions,
           (unsigned long long)s->faults, (unsigned long long)s->none, rows, insn_row_count);
    for (unsigned i = 1; program_reasons[i]; i++)
        printf("  not judged %8llu: %s\n", (unsigned long long)s->not_judged[i],
               program_reasons[i]);
    printf("  not judged %8llu: hits the pages this program needs itself\n",
           (unsigned long long)s->ours_there);
    printf("  not judged %8llu: does not end\n", (unsigned long long)s->endless);
    printf("  explained %9llu: data pages are not executable on the host\n",
           (unsigned long long)s->not_executable);
    printf("  explained %9llu: PUSHA or POPA faulted half-way, with some done\n",
           (unsigned long long)s->half_way);
    printf("unexplained: %llu\n", (unsigned long long)(s->unexplained + died));
    return s->unexplained + died != 0 || s->run == 0;
}

/*
 * Reading cases, setting them up and comparing: registers, flags, memory and the rest of the CPU's
 * state.
 */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct insn_case insn_cases[] = {
#define CASE(bytes, before, after) {bytes, before, after, CASE_FILE, __LINE__},
#define CASE_FILE                  "alu.inc"
#include "cases/alu.inc"
#undef CASE_FILE
#define CASE_FILE "move.inc"
#include "cases/move.inc"
#undef CASE_FILE
#define CASE_FILE "shift.inc"
#include "cases/shift.inc"
#undef CASE_FILE
#define CASE_FILE "branch.inc"
#include "cases/branch.inc"
#undef CASE_FILE
#define CASE_FILE "string.inc"
#include "cases/string.inc"
#undef CASE_FILE
#define CASE_FILE "bits.inc"
#include "cases/bits.inc"
#undef CASE_FILE
#define CASE_FILE "system.inc"
#include "cases/system.inc"
#undef CASE_FILE
#define CASE_FILE "faults.inc"
#include "cases/faults.inc"
#undef CASE_FILE
#undef CASE
};
const unsigned insn_case_count = sizeof insn_cases / sizeof insn_cases[0];

#define COMPARED_FLAGS                                                                             \
    (FLAG_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID)

/* What AFTER is compared with: all of the CPU, and the memory a case may touch. */
enum { MEMORY = RIG_DATA_END };

struct world {
    struct cpu_state s;
    uint8_t memory[MEMORY];
};

struct expected {
    struct world w;
    bool eip_given;
    int vector; /* -1: none */
    bool has_error;
    uint32_t error;
    bool halted, stop, shadow, any;
};

/* ------------------------------------------------------------------------------------------ reading */

unsigned case_bytes(const struct insn_case *c, uint8_t bytes[INSN_MAX_LENGTH])
{
    unsigned n = 0;
    const char *p = c->bytes;

    memset(bytes, 0x90, INSN_MAX_LENGTH);
    while (*p && n < INSN_MAX_LENGTH) {
        char *end;
        bytes[n++] = (uint8_t)strtoul(p, &end, 16);
        p = end;
    }
    return n;
}

int case_row(const struct insn_case *c)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    struct insn in;
    unsigned n = case_bytes(c, bytes);

    if (insn_decode(bytes, n, DECODE_CODE32 | DECODE_STACK32, &in) != DECODE_OK)
        return -1;
    return in.row;
}

unsigned cases_missing(int without, unsigned *first)
{
    bool *tried = calloc(insn_row_count, sizeof *tried);
    unsigned missing = 0;

    if (!tried)
        abort();
    for (unsigned i = 0; i < insn_case_count; i++) {
        int row = case_row(&insn_cases[i]);
        if (row >= 0 && row != without)
            tried[row] = true;
    }
    for (unsigned i = insn_row_count; i-- > 0;) {
        missing += !tried[i];
        if (!tried[i])
            *first = i;
    }
    free(tried);
    return missing;
}

static uint32_t read_flags(const char *text)
{
    static const struct {
        char letter;
        uint32_t bits;
    } letters[] = {{'c', FLAG_CF}, {'p', FLAG_PF}, {'a', FLAG_AF},  {'z', FLAG_ZF}, {'s', FLAG_SF},
                   {'o', FLAG_OF}, {'d', FLAG_DF}, {'i', FLAG_IF},  {'t', FLAG_TF}, {'n', FLAG_NT},
                   {'A', FLAG_AC}, {'I', FLAG_ID}, {'3', FLAG_IOPL}};
    uint32_t flags = FLAG_FIXED1;

    for (; *text; text++)
        for (unsigned i = 0; i < sizeof letters / sizeof letters[0]; i++)
            if (letters[i].letter == *text)
                flags |= letters[i].bits;
    return flags;
}

/* Where a name's 32-bit number lies, or null. */
static uint32_t *number_named(struct cpu_state *s, const char *name)
{
    const struct {
        const char *name;
        uint32_t *at;
    } names[] = {{"eax", &s->gpr[0]}, {"ecx", &s->gpr[1]}, {"edx", &s->gpr[2]}, {"ebx", &s->gpr[3]},
                 {"esp", &s->gpr[4]}, {"ebp", &s->gpr[5]}, {"esi", &s->gpr[6]}, {"edi", &s->gpr[7]},
                 {"eip", &s->eip},    {"cr0", &s->cr0},    {"cr2", &s->cr2},    {"cr3", &s->cr3},
                 {"cr4", &s->cr4},    {"dr0", &s->dr[0]},  {"dr1", &s->dr[1]},  {"dr2", &s->dr[2]},
                 {"dr3", &s->dr[3]},  {"dr6", &s->dr[6]},  {"dr7", &s->dr[7]}};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(names[i].name, name))
            return names[i].at;
    return NULL;
}

static struct segment *segment_named(struct cpu_state *s, const char *name)
{
    static const char *const names[] = {"es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"};

    for (unsigned i = 0; i < CPU_SEGS; i++)
        if (!strcmp(names[i], name))
            return &s->seg[i];
    return NULL;
}

static bool read_memory(struct world *w, const char *word)
{
    char *p;
    uint32_t at = (uint32_t)strtoul(word + 1, &p, 16);

    if (p[0] != ']' || p[1] != '=')
        return false;
    for (p += 2; p[0] && p[1] && at < MEMORY; p += 2, at++) {
        const char digits[3] = {p[0], p[1], 0};
        w->memory[at] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return !*p;
}

static int read_vector(const char *word)
{
    static const char *const names[] = {"DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF",
                                        "",   "TS", "NP",  "SS", "GP", "PF", "",   "MF", "AC"};
    size_t length = strcspn(word, "(");

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && !strncmp(names[i], word, length))
            return (int)i;
    return -1;
}

static bool read_assignment(struct expected *e, char *word)
{
    struct cpu_state *s = &e->w.s;
    char *value = strchr(word, '=');

    if (!value)
        return false;
    *value++ = 0;
    uint32_t number = (uint32_t)strtoul(value, NULL, 16);
    uint32_t *at = number_named(s, word);
    struct segment *seg = segment_named(s, word);
    if (at) {
        *at = number;
        e->eip_given = e->eip_given || at == &s->eip;
    } else if (seg) {
        seg->sel = (uint16_t)number;
    } else if (!strcmp(word, "fl")) {
        s->eflags = (s->eflags & ~COMPARED_FLAGS) | read_flags(value);
    } else if (!strcmp(word, "gdt") || !strcmp(word, "idt")) {
        uint32_t limit = (uint32_t)strtoul(strchr(value, ':') + 1, NULL, 16);
        *(word[0] == 'g' ? &s->gdtr_base : &s->idtr_base) = number;
        *(word[0] == 'g' ? &s->gdtr_limit : &s->idtr_limit) = limit;
    } else {
        return false;
    }
    return true;
}

static bool read_word(struct expected *e, char *word)
{
    if (word[0] == '[')
        return read_memory(&e->w, word);
    if (word[0] == '#') {
        const char *error = strchr(word, '(');
        e->vector = read_vector(word + 1);
        e->has_error = error != NULL;
        e->error = error ? (uint32_t)strtoul(error + 1, NULL, 16) : 0;
        return e->vector >= 0;
    }
    int known = e->halted + e->stop + e->shadow + e->any;
    e->halted = e->halted || !strcmp(word, "halted");
    e->stop = e->stop || !strcmp(word, "stop");
    e->shadow = e->shadow || !strcmp(word, "shadow");
    e->any = e->any || !strcmp(word, "any");
    return e->halted + e->stop + e->shadow + e->any > known || !strcmp(word, "cpl0") ||
           read_assignment(e, word);
}

/* Returns the word that was not understood, or null. */
static const char *read_words(struct expected *e, const char *text, char *copy, size_t size)
{
    char *rest = NULL;

    snprintf(copy, size, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!read_word(e, word))
            return word;
    return NULL;
}

/* ------------------------------------------------------------------------------------------ running */

static void set_up(struct rig *r, const struct insn_case *c, struct world *w)
{
    static const uint8_t zeros[RIG_DATA_END - RIG_DATA];
    struct cpu_state *s = &r->m->cpu.s;

    rig_clear(r);
    rig_put(r, RIG_DATA, zeros, sizeof zeros);
    rig_put(r, RIG_LOW, zeros, RIG_LOW_END - RIG_LOW);
    rig_reset(r, strstr(c->before, "cpl0") ? 0 : 3);
    s->gpr[R_EBX] = s->gpr[R_ESI] = RIG_DATA + 0x100;
    s->gpr[R_EDI] = RIG_DATA + 0x200;
    s->gpr[R_EBP] = RIG_STACK + 0x40;
    w->s = *s;
    ram_copy_out(&r->m->ram, 0, w->memory, MEMORY);
}

static void begin(struct rig *r, const struct world *w)
{
    rig_put(r, 0, w->memory, MEMORY);
    r->m->cpu.s = w->s;
    cpu_state_changed(&r->m->cpu);
}

struct report {
    char *text;
    unsigned size;
    bool good;
};

static void differ(struct report *report, const char *what, uint64_t want, uint64_t got)
{
    if (report->good)
        snprintf(report->text, report->size, "%s is %llx, expected %llx", what,
                 (unsigned long long)got, (unsigned long long)want);
    report->good = false;
}

static void compare_numbers(struct report *report, struct expected *e, struct cpu_state *got)
{
    static const char *const names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi",
                                        "edi", "eip", "cr0", "cr2", "cr3", "cr4", "dr0",
                                        "dr1", "dr2", "dr3", "dr6", "dr7"};
    static const char *const segments[] = {"es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"};
    struct cpu_state *want = &e->w.s;

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint32_t a = *number_named(want, names[i]), b = *number_named(got, names[i]);
        if (a != b && !(e->any && i < 4) && !(e->vector == VEC_PF && !strcmp(names[i], "cr2")))
            differ(report, names[i], a, b);
    }
    for (unsigned i = 0; i < CPU_SEGS; i++)
        if (want->seg[i].sel != got->seg[i].sel)
            differ(report, segments[i], want->seg[i].sel, got->seg[i].sel);
    if (want->gdtr_base != got->gdtr_base || want->gdtr_limit != got->gdtr_limit)
        differ(report, "gdtr", want->gdtr_base, got->gdtr_base);
    if (want->idtr_base != got->idtr_base || want->idtr_limit != got->idtr_limit)
        differ(report, "idtr", want->idtr_base, got->idtr_base);
    if (e->halted != (got->halted != 0))
        differ(report, "halted", e->halted, got->halted);
}

static void compare_memory(struct report *report, const struct expected *e, const struct rig *r)
{
    for (uint32_t at = 0; at < MEMORY; at++) {
        bool ours = (at >= RIG_DIRECTORY && at < RIG_STACK0) || (at >= RIG_CODE && at < RIG_DATA);
        if (!ours && e->w.memory[at] != r->m->ram.bytes[at]) {
            char what[24];
            snprintf(what, sizeof what, "[%x]", at);
            differ(report, what, e->w.memory[at], r->m->ram.bytes[at]);
            return;
        }
    }
}

static void compare_end(struct report *report, const struct expected *e, const struct rig_end *end)
{
    if (end->vector != e->vector) {
        differ(report, "the exception", (uint64_t)(int64_t)e->vector,
               (uint64_t)(int64_t)end->vector);
    } else if (e->vector >= 0 && VEC_HAS_ERROR_CODE((unsigned)e->vector) &&
               end->error != e->error) {
        differ(report, "the error code", e->error, end->error);
    }
    if (e->stop != (end->stop == CPU_STOP_UNSUPPORTED))
        differ(report, "the stop", e->stop, end->stop);
}

static void compare(struct report *report, struct expected *e, struct rig *r, enum rig_way way,
                    const struct rig_end *end, uint32_t undefined)
{
    struct cpu_state *s = &r->m->cpu.s;
    bool was_cpl0 = e->w.s.cpl == 0;

    compare_end(report, e, end);
    if (end->vector >= 0 && s->cpl == 0 && s->eip >= RIG_STUBS && s->eip < RIG_STUBS + 0x800) {
        if (was_cpl0) /* the frame lies on the test's own stack: what there was is seen by
                         RIG_VIRTUAL */
            return;
        rig_undo_delivery(r);
    }
    compare_numbers(report, e, s);
    compare_memory(report, e, r);
    if ((e->w.s.eflags ^ s->eflags) & COMPARED_FLAGS & ~undefined)
        differ(report, "eflags", e->w.s.eflags, s->eflags);
    if (way != RIG_BLOCK && e->shadow != (s->shadow != 0)) /* a block goes on behind it */
        differ(report, "the shadow", e->shadow, s->shadow);
}

bool case_run(struct rig *r, const struct insn_case *c, enum rig_way way, char *text,
              unsigned text_size)
{
    static struct expected e; /* 150 KiB: not on the stack */
    struct report report = {text, text_size, true};
    uint8_t bytes[INSN_MAX_LENGTH];
    char copy[512];
    unsigned length, n = case_bytes(c, bytes);
    uint32_t undefined = insn_undefined_flags(bytes, n, &length);

    e = (struct expected){.vector = -1};
    set_up(r, c, &e.w);
    const char *bad = read_words(&e, c->before, copy, sizeof copy);
    begin(r, &e.w);
    rig_put(r, RIG_CODE, bytes, n);
    e.eip_given = false;
    if (!bad)
        bad = read_words(&e, c->after, copy, sizeof copy);
    if (bad) {
        snprintf(text, text_size, "'%s' is not understood", bad);
        return false;
    }
    bool trap = e.vector < 0 || e.vector == VEC_BP || e.vector == VEC_OF || e.vector == VEC_DB;
    if (!e.eip_given)
        e.w.s.eip = trap && !e.stop ? RIG_CODE + n : RIG_CODE;
    struct rig_end end = rig_execute(r, way, n);
    compare(&report, &e, r, way, &end, undefined);
    return report.good;
}

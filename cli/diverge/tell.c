/*
 * What was compared, how far, and the first difference with both contexts, in plain sentences.
 */
#include <ctype.h>
#include <string.h>

#include "diverge/diverge.h"
#include "why.h"

#define TAIL_LINES 3

void place_look(struct side *side, struct place *out)
{
    memset(out, 0, sizeof *out);
    out->at = *session_position(side->s);
    (void)debug_cpu(side->d, &out->cpu);
    out->user = out->cpu.cpl == 3;
    uint32_t linear = out->cpu.seg[SEG_CS].base + out->cpu.eip;
    (void)disassemble_at(side->d, linear, out->code, sizeof out->code);
    (void)address_name(side->d, linear, out->name, sizeof out->name);
    (void)address_line(side->d, linear, out->line, sizeof out->line);
    (void)running_program(side->d, out->program);
}

const char *console_tail(struct side *side, char *text, size_t size)
{
    size_t n, from, length = 0;
    const char *said = session_console(side->s, 0, &n);
    unsigned lines = 0;
    for (from = n; from > 0 && n - from < size / 2; from--)
        if (said[from - 1] == '\n' && from < n && ++lines == TAIL_LINES)
            break;
    for (; from < n && length + 1 < size; from++)
        if (said[from] == '\n' || (said[from] >= ' ' && said[from] < 0x7f))
            text[length++] = said[from];
    while (length && text[length - 1] == '\n')
        length--;
    text[length] = 0;
    return text;
}

/* ---------------------------------------- parts */

static const char *plural(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

static void tell_side(FILE *to, const struct side *side)
{
    const struct options *o = &side->options;
    const struct hv *hv = session_hv(side->s);
    (void)fprintf(to, "%c is %s: mode %s", side->letter, side->name, hv->mode->name);
    if (hv->mode->has_hypervisor)
        (void)fprintf(to, ", cpu %s", hv->config.cpu.name);
    (void)fprintf(to, ", profile %s", o->profile);
    if (side->recorded)
        (void)fputs(", a recording", to);
    else if (o->script.text)
        (void)fprintf(to, ", runs %.60s%s", o->script.name,
                      strlen(o->script.name) > 60 ? "..." : "");
    (void)fputc('\n', to);
}

static void tell_extent(FILE *to, const struct diverge *v)
{
    (void)fprintf(to, "Compared: %" PRIu64 " %s to the kernel and %" PRIu64 " %s of %" PRIu64 " %s",
                  v->entries, plural(v->entries, "entry", "entries"), v->returns,
                  plural(v->returns, "return", "returns"), v->processes,
                  plural(v->processes, "process", "processes"));
    if (v->entries + v->returns)
        (void)fprintf(to, ",\nregisters and vectors at each, user memory at %" PRIu64 " of them",
                      v->memories);
    (void)fprintf(to, "; %" PRIu64 " %s of console", v->console_bytes,
                  plural(v->console_bytes, "byte", "bytes"));
    if (v->disk_bytes)
        (void)fprintf(to, ", %" PRIu64 " of disk", v->disk_bytes);
    (void)fputs(".\n", to);
}

/* "process 3 (sh), entry 2 + 10 instructions" */
static void tell_key(FILE *to, const struct work_key *key, const char *program)
{
    (void)fprintf(to, "process %u%s%s%s, entry %" PRIu64 " + %" PRIu64 " %s", key->pid,
                  program[0] ? " (" : "", program, program[0] ? ")" : "", key->entry, key->insns,
                  plural(key->insns, "instruction", "instructions"));
}

static void tell_registers(FILE *to, const struct cpu_state *c)
{
    static const char *const names[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const uint8_t order[8] = {R_EAX, R_EBX, R_ECX, R_EDX, R_ESI, R_EDI, R_EBP, R_ESP};
    for (unsigned i = 0; i < 8; i++)
        (void)fprintf(to, "%s%s %08x", i % 4 ? "  " : "    ", names[order[i]], c->gpr[order[i]]),
            i == 3 ? (void)fputc('\n', to) : (void)0;
    (void)fprintf(to, "\n    eip %08x  eflags %08x\n", c->eip, c->eflags);
}

static void tell_console(FILE *to, struct side *side)
{
    char text[600];
    if (!console_tail(side, text, sizeof text)[0])
        return;
    (void)fputs("  its console so far ends\n", to);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        (void)fprintf(to, "    %s\n", line);
}

/* Why a side stands where it stands. */
static const char *standing(const struct diverge *v, unsigned side)
{
    const struct difference *d = &v->first;
    if (d->kind == DIFFERENT_CONSOLE || d->kind == DIFFERENT_DISK)
        return d->stands[side] ? "before that byte leaves it" : "at its end";
    if (d->to_instruction)
        return "before that instruction";
    if (d->kind == DIFFERENT_END || (d->kind == DIFFERENT_MISSING && d->missing == side))
        return "at its end";
    return "where it was noticed";
}

static void tell_place(FILE *to, struct diverge *v, unsigned number)
{
    struct place p;
    char at[120];
    struct side *side = &v->side[number];
    place_look(side, &p);
    (void)fprintf(to, "%c %s: %s, in %s\n", side->letter, standing(v, number),
                  position_text(side->d, &p.at, at, sizeof at),
                  !p.user        ? "the kernel"
                  : p.program[0] ? p.program
                                 : "a program");
    (void)fprintf(to, "  0x%08x  %s%s%s%s%s\n", p.cpu.seg[SEG_CS].base + p.cpu.eip, p.code,
                  p.name[0] ? "   in " : "", p.name, p.line[0] ? ", " : "", p.line);
    tell_registers(to, &p.cpu);
    tell_console(to, side);
}

/* ---------------------------------------- the first difference */

static void tell_where(FILE *to, struct diverge *v)
{
    const struct difference *d = &v->first;
    static const char *const where[] = {
        [DIFFERENT_LEAVING] = "a program goes to its kernel",
        [DIFFERENT_COMING] = "a kernel lets its program go on",
        [DIFFERENT_CONSOLE] = "the console",
        [DIFFERENT_DISK] = "a disk",
        [DIFFERENT_MISSING] = "one run does what the other never does",
        [DIFFERENT_END] = "all work is equal, the ends are not",
    };
    (void)fprintf(to, "First difference: %s.\n", where[d->kind]);
    if (d->has_key) {
        (void)fputs(d->kind == DIFFERENT_CONSOLE ? "  Noticed at " : "  At ", to);
        tell_key(to, &d->key, d->program);
        (void)fputs(d->kind == DIFFERENT_CONSOLE ? "\n" : ":\n", to);
    }
    (void)fprintf(to, "  %s.\n", d->text);
}

/* "the kernel, 35 instructions before it lets the program go on" */
static void tell_distance(FILE *to, const struct difference *d)
{
    uint64_t n = d->kernel ? d->steps : d->equal.insns;
    const char *unit = plural(n, "instruction", "instructions");
    if (!d->kernel)
        (void)fprintf(to, "the program, %" PRIu64 " %s after its kernel let it go on", n, unit);
    else if (d->after_noticed)
        (void)fprintf(to, "the kernel, %" PRIu64 " %s before it lets the program go on", n, unit);
    else
        (void)fprintf(to, "the kernel, %" PRIu64 " %s after it was entered", n, unit);
}

static void tell_instruction(FILE *to, struct diverge *v)
{
    const struct difference *d = &v->first;
    struct place p;
    bool of_work = d->kind == DIFFERENT_COMING || d->kind == DIFFERENT_LEAVING;
    if (!d->to_instruction && of_work)
        (void)fprintf(to,
                      "It comes from the kernel. No instruction can be named, since the two %s.\n",
                      v->same_kernel ? "took different ways through it" : "run different kernels");
    if (!d->to_instruction)
        return;
    place_look(&v->side[0], &p);
    (void)fputs("It is done by ", to);
    tell_distance(to, d);
    (void)fprintf(to, ":\n%s%s%s. Until then registers and user memory\nare the same; then %s.\n",
                  p.code, p.name[0] ? " in " : "", p.name,
                  d->changes[0] ? d->changes : "only one of them executes it");
}

static void tell_difference(FILE *to, struct diverge *v)
{
    tell_where(to, v);
    tell_instruction(to, v);
    for (unsigned i = 0; i < 2; i++)
        tell_place(to, v, i);
    for (unsigned i = 0; i < 2; i++) {
        if (!v->side[i].silent)
            continue;
        (void)fprintf(to, "In %c, as far as it ran:\n", v->side[i].letter);
        report_silent(to, v->side[i].silent);
    }
}

/* ---------------------------------------- nothing differs */

static void tell_equal(FILE *to, const struct diverge *v)
{
    if (!v->cut) {
        (void)fprintf(to, "They are equal, to the end of both: %s.\n", v->side[0].end.text);
        return;
    }
    (void)fputs("They are equal as far as both ran:", to);
    for (unsigned i = 0; i < 2; i++) {
        const struct side *s = &v->side[i];
        (void)fprintf(to, "%s %c to instruction %" PRIu64 "%s%s%s", i ? ";" : "", s->letter,
                      session_position(s->s)->insn, s->over ? " (" : "",
                      !s->over                        ? ""
                      : s->end.why == SESSION_PRESENT ? "the recording ends"
                      : s->end.text[0]                ? s->end.text
                                                      : session_why_names[s->end.why],
                      s->over ? ")" : "");
    }
    (void)fputs(".\n", to);
}

void diverge_tell(struct diverge *v, FILE *to)
{
    for (unsigned i = 0; i < 2; i++)
        tell_side(to, &v->side[i]);
    tell_extent(to, v);
    if (v->first.kind == DIFFERENT_NOTHING)
        tell_equal(to, v);
    else
        tell_difference(to, v);
}

/* ---------------------------------------- --why */

static void tell_trial(FILE *to, const struct diverge *v, const struct trial *t)
{
    (void)fputs(" ", to);
    for (unsigned i = 0; i < 2; i++)
        if (t->cpu[i][0])
            (void)fprintf(to, " %c with cpu %s:", v->side[i].letter, t->cpu[i]);
    if (t->result.kind == DIFFERENT_NOTHING)
        (void)fputs(" equal.\n", to);
    else if (t->result.has_key)
        (void)fprintf(to, " differ at process %u, entry %" PRIu64 ": %s.\n", t->result.key.pid,
                      t->result.key.entry, t->result.text);
    else
        (void)fprintf(to, " differ: %s.\n", t->result.text);
}

void diverge_tell_why(const struct diverge *v, FILE *to)
{
    if (!v->trials) {
        (void)fputs("Why: no sensitive instruction went silent, so none can be made to trap.\n",
                    to);
        return;
    }
    (void)fputs("Why: again, with silent instructions made to trap:\n", to);
    for (unsigned i = 0; i < v->trials; i++)
        tell_trial(to, v, &v->trial[i]);
    if (!v->explained) {
        (void)fputs("So silent instructions alone do not explain the difference.\n", to);
        return;
    }
    (void)fputs("So what bites is", to);
    bool first = true;
    for (unsigned side = 0; side < 2; side++)
        for (unsigned i = 0; i < v->rows[side]; i++, first = false)
            (void)fprintf(to, "%s %s in %c", first ? "" : " and", why_trap_name(v->row[side][i]),
                          v->side[side].letter);
    (void)fputs(": made to trap, the runs are equal.\n", to);
}

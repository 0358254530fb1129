/*
 * What was compared, how far, and the first difference with both contexts, in plain sentences.
 */
#include <ctype.h>
#include <string.h>

#include "diverge/diverge.h"

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
    (void)side_program(side, out->program);
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

static void tell_side(FILE *to, const struct side *side)
{
    const struct options *o = &side->options;
    const struct hv *hv = session_hv(side->s);
    (void)fprintf(to, "%c is %s: mode %s", side->letter, side->name, hv->mode->name);
    if (hv->mode->has_hypervisor)
        (void)fprintf(to, ", cpu %s", hv->config.cpu.name);
    (void)fprintf(to, ", profile %s%s\n", o->profile, side->recorded ? ", a recording" : "");
}

static void tell_extent(FILE *to, const struct diverge *v)
{
    (void)fprintf(to,
                  "Compared: %" PRIu64 " entries to the kernel and %" PRIu64 " returns of %" PRIu64
                  " processes,\nregisters and vectors at each, user memory at %" PRIu64
                  " of them, %" PRIu64 " bytes of console",
                  v->entries, v->returns, v->processes, v->memories, v->console_bytes);
    if (v->disk_bytes)
        (void)fprintf(to, ", %" PRIu64 " bytes of disk", v->disk_bytes);
    (void)fputs(".\n", to);
}

static void tell_key(FILE *to, struct side *side, const struct work_key *key)
{
    char program[PROGRAM_NAME];
    (void)side_program(side, program);
    (void)fprintf(to, "process %u", key->pid);
    if (program[0])
        (void)fprintf(to, " (%s)", program);
    (void)fprintf(to, ", entry %" PRIu64 ", %" PRIu64 " instructions on", key->entry, key->insns);
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

static void tell_place(FILE *to, struct side *side)
{
    struct place p;
    char at[120];
    place_look(side, &p);
    (void)fprintf(to, "%c at %s, in %s\n", side->letter,
                  position_text(side->d, &p.at, at, sizeof at),
                  p.user ? (p.program[0] ? p.program : "a program") : "the kernel");
    (void)fprintf(to, "  0x%08x  %s%s%s%s%s%s\n", p.cpu.seg[SEG_CS].base + p.cpu.eip, p.code,
                  p.name[0] ? "   in " : "", p.name, p.line[0] ? ", " : "", p.line, "");
    tell_registers(to, &p.cpu);
    tell_console(to, side);
}

/* What sensitive instructions did without a fault, on a side that had some. */
static void tell_silent(FILE *to, struct side *side)
{
    if (!side->silent)
        return;
    (void)fprintf(to, "In %c, as far as it ran:\n", side->letter);
    report_silent(to, side->silent);
}

static void tell_difference(FILE *to, struct diverge *v)
{
    struct difference *d = &v->first;
    static const char *const where[] = {
        [DIFFERENT_LEAVING] = "where a program goes to its kernel",
        [DIFFERENT_COMING] = "where a kernel lets its program go on",
        [DIFFERENT_CONSOLE] = "on the console",
        [DIFFERENT_DISK] = "on a disk",
        [DIFFERENT_MISSING] = "in how far they get",
        [DIFFERENT_END] = "in how they end",
    };
    (void)fprintf(to, "They differ %s.\n", where[d->kind]);
    if (d->kind != DIFFERENT_DISK && d->kind != DIFFERENT_END) {
        (void)fputs("Noticed at ", to);
        tell_key(to, &v->side[d->kind == DIFFERENT_MISSING ? !d->missing : 0], &d->key);
        (void)fputs(".\n", to);
    }
    (void)fprintf(to, "First difference: %s.\n", d->text);
    if (d->to_instruction && d->kernel)
        (void)fprintf(to,
                      "They are equal up to here, %" PRIu64
                      " kernel instructions behind the last crossing that is; the\nnext "
                      "instruction takes them apart%s%s.\n",
                      d->steps, d->changes[0] ? ": " : "", d->changes);
    else if (d->to_instruction)
        (void)fprintf(to,
                      "They are equal up to here, %" PRIu64
                      " instructions behind that process's last return;\nthe next instruction "
                      "takes them apart%s%s.\n",
                      d->equal.insns, d->changes[0] ? ": " : "", d->changes);
    else if (d->kind != DIFFERENT_DISK && d->kind != DIFFERENT_END)
        (void)fprintf(to, "It could not be followed to one instruction%s%s: %s.\n",
                      d->changes[0] ? ", since at the crossing before " : "", d->changes,
                      v->same_kernel ? "the kernels' paths differ before it"
                                     : "two different kernels lie between");
    for (unsigned i = 0; i < 2; i++)
        tell_place(to, &v->side[i]);
    for (unsigned i = 0; i < 2; i++)
        tell_silent(to, &v->side[i]);
}

void diverge_tell(struct diverge *v, FILE *to)
{
    for (unsigned i = 0; i < 2; i++)
        tell_side(to, &v->side[i]);
    tell_extent(to, v);
    if (v->first.kind == DIFFERENT_NOTHING)
        (void)fprintf(to, "They are equal, up to the end of both: %s%s%s.\n",
                      session_why_names[v->side[0].end.why], v->side[0].end.text[0] ? ", " : "",
                      v->side[0].end.text);
    else
        tell_difference(to, v);
}

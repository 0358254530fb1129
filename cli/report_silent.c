/*
 * Silent events in words: shown after every run that had one, whatever --quiet says, because the
 * guest's results cannot be trusted then.
 */
#include "report.h"
#include "sim/insn.h"

static void put_event(FILE *to, const char *label, const struct silent_event *e)
{
    char text[96], did[80], expected[80];
    (void)insn_disassemble(e->bytes, e->byte_count, e->eip, false, text, sizeof text);
    silent_describe(e, did, sizeof did, expected, sizeof expected);
    (void)fprintf(to, "%s: 0x%08x %s (%s; the guest expected %s; SDM v2, %s)\n", label, e->eip,
                  text, did, expected,
                  e->row < insn_row_count ? insn_rows[e->row].title : "Instruction Set Reference");
}

void report_silent(FILE *to, const struct report *r)
{
    for (unsigned i = 0; i < r->vms; i++) {
        const struct vm_report *v = &r->vm[i];
        if (!v->stats.silent_total)
            continue;
        if (r->vms > 1)
            (void)fprintf(to, "vm%u:\n", i);
        put_event(to, "first silent instruction", &v->first_silent);
        if (v->biting.number && v->biting.number != v->first_silent.number)
            put_event(to, "the one that bites", &v->biting);
        (void)fprintf(to, "symptom: %s\n", v->reason);
        (void)fprintf(
            to, "silent instructions: %llu in all:", (unsigned long long)v->stats.silent_total);
        for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++)
            if (v->stats.silent[t])
                (void)fprintf(to, " %s %llu", insn_sensitive[t].name,
                              (unsigned long long)v->stats.silent[t]);
        (void)putc('\n', to);
    }
}

/*
 * explain's sources: the tables of sim and hv.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "elsewhere.h"
#include "embedded.h"
#include "explain.h"
#include "hv/hv.h"
#include "profile.h"
#include "sim/insn.h"
#include "wrap.h"

static const char *const class_texts[INSN_CLASSES] = {
    [CLASS_PLAIN] = "plain: the same in every ring",
    [CLASS_PRIVILEGED] = "privileged: #GP outside ring 0, so a hypervisor can carry it out",
    [CLASS_SENSITIVE] =
        "sensitive and not privileged: outside ring 0 it does something else, without a trap",
    [CLASS_IO] = "input/output: needs CPL <= IOPL or its ports' bits in the I/O bitmap, else #GP",
    [CLASS_CONTROL] = "control transfer within the segment",
    [CLASS_INTERRUPT] = "software interrupt or breakpoint: through the IDT",
};

static const char *class_text(const struct insn_row *r)
{
    static const struct {
        const char *name, *text;
    } facts[] = {
#define INSN_FACT(name, text) {name, text},
#include "facts.def"
#undef INSN_FACT
    };
    for (unsigned i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcmp(facts[i].name, r->mnemonic) == 0)
            return facts[i].text;
    return class_texts[r->class];
}

const char *sensitive_rings(unsigned trap)
{
    switch (insn_sensitive[trap].rings) {
    case SENS_KERNEL:
        return "CPL 1 and 2";
    case SENS_KERNEL | SENS_FLAGS:
        return "CPL 1 and 2; CPL 3 while the guest's IF = 0 or IOPL > 0";
    default:
        return "CPL 1, 2 and 3";
    }
}

static void print_sensitive(FILE *to, unsigned trap)
{
    const struct insn_sensitive *s = &insn_sensitive[trap];
    (void)fprintf(to, "  classic, CPL 1 and 2: %s\n", s->kernel);
    (void)fprintf(to, "  classic, CPL 3:       %s\n", s->user);
    (void)fprintf(to, "  virtualizable or classic,+%s: #GP at %s\n", s->name,
                  sensitive_rings(trap));
}

static void print_opcode(FILE *to, const struct insn_row *r)
{
    if (r->opcode > 0xff)
        (void)fprintf(to, "0F %02X", r->opcode & 0xffu);
    else
        (void)fprintf(to, "%02X", r->opcode);
    if (r->group >= 0)
        (void)fprintf(to, " /%d", r->group);
}

static void print_forms(FILE *to, const char *name, unsigned class, unsigned trap)
{
    const char *comma = "";
    (void)fprintf(to, "  opcodes: ");
    for (unsigned i = 0; i < insn_row_count; i++) {
        const struct insn_row *r = &insn_rows[i];
        if (strcasecmp(r->mnemonic, name) != 0 || r->class != class || r->trap != trap)
            continue;
        (void)fputs(comma, to);
        print_opcode(to, r);
        comma = ", ";
    }
    (void)putc('\n', to);
}

/* The first row of this name that has the same class and trap: it speaks for the others. */
static bool is_first_of_kind(unsigned row)
{
    for (unsigned i = 0; i < row; i++)
        if (strcmp(insn_rows[i].mnemonic, insn_rows[row].mnemonic) == 0 &&
            insn_rows[i].class == insn_rows[row].class && insn_rows[i].trap == insn_rows[row].trap)
            return false;
    return true;
}

bool explain_instruction(FILE *to, const char *name)
{
    bool known = false;
    for (unsigned i = 0; i < insn_row_count; i++) {
        const struct insn_row *r = &insn_rows[i];
        if (strcasecmp(r->mnemonic, name) != 0 || !is_first_of_kind(i))
            continue;
        known = true;
        (void)fprintf(to, "%s: instruction (SDM v2, %s)\n", r->mnemonic, r->title);
        print_wrapped(to, class_text(r), 2);
        print_forms(to, name, r->class, r->trap);
        (void)fprintf(to, "  base cost: %s\n", sim_cost_names[r->cost]);
        if (r->trap != TRAP_NONE)
            print_sensitive(to, r->trap);
    }
    return known;
}

bool explain_reason(FILE *to, const char *name)
{
    int i = -1;
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        if (strcasecmp(exit_reason_names[r], name) == 0)
            i = (int)r;
    if (i < 0)
        return false;
    (void)fprintf(to, "%s: exit reason: %s\n", exit_reason_names[i], exit_reason_texts[i]);
    (void)fprintf(to, "  why:    %s\n          (%s)\n", exit_reason_whys[i], exit_reason_titles[i]);
    (void)fprintf(to, "  native: %s\n  trap:   %s\n  pv:     %s\n",
                  elsewhere(MODE_native, (enum exit_reason)i),
                  elsewhere(MODE_trap, (enum exit_reason)i),
                  elsewhere(MODE_pv, (enum exit_reason)i));
    return true;
}

bool explain_cost(FILE *to, const char *name)
{
    const char *profiles[8];
    struct complaint why = {CLI_OK, "", ""};
    int key = cost_find(name);
    if (key < 0)
        return false;
    (void)fprintf(to, "%s: cost key of the %s: %s\n", name,
                  key < (int)SIM_COSTS ? "hardware" : "hypervisor", cost_text((unsigned)key));
    unsigned n = embedded_names("profiles", profiles, 8);
    for (unsigned i = 0; i < n; i++) {
        struct profile p;
        if (!profile_load(&p, profiles[i], &why))
            continue;
        (void)fprintf(to, "  %s: %u cycles, %s\n", profiles[i], cost_value(&p.cost, (unsigned)key),
                      cost_kind_names[cost_kind_of(&p.cost, (unsigned)key)]);
        print_wrapped(to, p.source[key], 4);
        profile_free(&p);
    }
    return true;
}

bool explain_hypercall(FILE *to, const char *name)
{
    static const struct {
        unsigned number;
        const char *name, *text;
    } calls[] = {
#define HYPERCALL(number, name, arguments, text) {number, #name, text},
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
    };
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcasecmp(calls[i].name, name) == 0) {
            (void)fprintf(to, "%s: hypercall %u of mode pv (Xen's number)\n", calls[i].name,
                          calls[i].number);
            print_wrapped(to, calls[i].text, 2);
            return true;
        }
    return false;
}

bool explain_bucket(FILE *to, const char *name)
{
    for (unsigned i = 0; i < SIM_BUCKETS; i++)
        if (strcasecmp(sim_bucket_names[i], name) == 0) {
            (void)fprintf(to, "%s: bucket of cycles%s: %s\n", sim_bucket_names[i],
                          i >= BUCKET_transition_in && i <= BUCKET_transition_out
                              ? ", and phase of an exit"
                              : "",
                          sim_bucket_texts[i]);
            return true;
        }
    return false;
}

bool explain_mode(FILE *to, const char *name)
{
    const struct hv_mode *m = hv_mode_find(name);
    if (!m)
        return false;
    (void)fprintf(
        to,
        "%s: mode: %s\n  guest kernel in ring %s; tables the CPU walks: %s; cpu: %s; memory: %s\n",
        m->name, m->text, m->guest_kernel_ring, m->tables_walked, m->cpu, m->memory);
    return true;
}

/* Is `name` what `text` begins with, up to its colon or semicolon? "writable" of "writable; ..." */
static bool is_head(const char *text, const char *name)
{
    size_t n = strcspn(text, ":;");
    return strlen(name) == n && strncasecmp(text, name, n) == 0;
}

bool explain_pte(FILE *to, const char *name)
{
    static const struct {
        const char *name;
        unsigned bit;
        const char *text, *modes;
    } facts[] = {
#define PTE_FACT(name, bit, text, modes) {#name, bit, text, modes},
#include "facts.def"
#undef PTE_FACT
    };
    if (strncasecmp(name, "PTE_", 4) == 0)
        name += 4;
    for (unsigned i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcasecmp(facts[i].name, name) == 0 || is_head(facts[i].text, name)) {
            (void)fprintf(to, "%s: bit %u of a page-table entry (SDM v3, Paging): %s\n",
                          facts[i].name, facts[i].bit, facts[i].text);
            print_wrapped(to, facts[i].modes, 2);
            return true;
        }
    return false;
}

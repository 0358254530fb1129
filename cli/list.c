/*
 * list [KIND]: the names of everything, from the tables.
 */
#include <stdio.h>
#include <string.h>

#include "complaint.h"
#include "embedded.h"
#include "explain.h"
#include "hv/hv.h"
#include "profile.h"
#include "sim/insn.h"
#include "verbs.h"

static void list_modes(void)
{
    for (unsigned i = 0; i < HV_MODES; i++)
        (void)printf("%-8s %s\n", hv_modes[i]->name, hv_modes[i]->text);
}

static void list_profiles(void)
{
    const char *names[8];
    struct complaint why = {CLI_OK, "", ""};
    unsigned n = embedded_names("profiles", names, 8);
    for (unsigned i = 0; i < n; i++) {
        struct profile p;
        if (!profile_load(&p, names[i], &why))
            continue;
        (void)printf("%-8s %s\n", names[i], p.title);
        profile_free(&p);
    }
}

static void list_costs(void)
{
    struct profile p;
    struct complaint why = {CLI_OK, "", ""};
    if (!profile_load(&p, "p4-2005", &why)) {
        (void)complaint_print(&why, stderr);
        return;
    }
    (void)printf("%-18s %9s %-10s\n", "key", "p4-2005", "kind");
    for (unsigned key = 0; key < COST_KEYS; key++)
        (void)printf("%-18s %9u %-10s %s\n", cost_name(key), cost_value(&p.cost, key),
                     cost_kind_names[cost_kind_of(&p.cost, key)], cost_text(key));
    profile_free(&p);
}

static void list_cpus(void)
{
    (void)puts("classic          a P6 without VT-x: sensitive instructions run outside ring 0 "
               "without a fault\n"
               "virtualizable    a CPU never sold: in mode trap each of them faults at\n"
               "single ones, as in classic,+popf,+iret:");
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++)
        (void)printf("  %-14s %s\n", insn_sensitive[t].name, sensitive_rings(t));
}

static void list_reasons(void)
{
    for (unsigned i = 0; i < EXIT_REASONS; i++)
        (void)printf("%-20s %s\n", exit_reason_names[i], exit_reason_texts[i]);
}

static void list_buckets(void)
{
    for (unsigned i = 0; i < SIM_BUCKETS; i++)
        (void)printf("%-16s %s\n", sim_bucket_names[i], sim_bucket_texts[i]);
}

static void list_hypercalls(void)
{
#define HYPERCALL(number, name, arguments, text) (void)printf("%3d %s\n", number, text);
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
}

static void list_scenarios(void)
{
    const char *names[32];
    unsigned n = embedded_names("scenarios", names, 32);
    for (unsigned i = 0; i < n; i++)
        (void)printf("@%s\n", names[i]);
}

static void list_instructions(void)
{
    static const char *const classes[INSN_CLASSES] = {"plain", "privileged", "sensitive",
                                                      "io",    "control",    "interrupt"};
    for (unsigned i = 0; i < insn_row_count; i++)
        if (i == 0 || strcmp(insn_rows[i].mnemonic, insn_rows[i - 1].mnemonic) != 0 ||
            insn_rows[i].class != insn_rows[i - 1].class)
            (void)printf("%-12s %-10s %s\n", insn_rows[i].mnemonic, classes[insn_rows[i].class],
                         insn_rows[i].title);
}

static void print_word(void *opaque, const char *word, const char *text)
{
    (void)opaque, (void)text;
    (void)puts(word);
}

static void list_words(void)
{
    glossary_each(print_word, NULL);
}

static const struct kind {
    const char *name;
    void (*print)(void);
    const char *text;
} kinds[] = {
    {"modes", list_modes, "how a guest can be run"},
    {"profiles", list_profiles, "built-in cost profiles"},
    {"costs", list_costs, "cost keys, and what p4-2005 charges"},
    {"cpus", list_cpus, "CPU models, and what they can make trap"},
    {"reasons", list_reasons, "why exits come about"},
    {"buckets", list_buckets, "where cycles are booked"},
    {"hypercalls", list_hypercalls, "the interface of mode pv"},
    {"instructions", list_instructions, "forms the CPU executes, and their class"},
    {"scenarios", list_scenarios, "built-in scripts for --run @NAME"},
    {"words", list_words, "the glossary"},
};

int verb_list(int argc, char *const *argv)
{
    const char *names[sizeof kinds / sizeof *kinds];
    char list[160];
    struct complaint why = {CLI_OK, "", ""};
    if (argc > 1) {
        (void)complain(&why, "ringside list KIND", "list %s %s: one kind at a time", argv[0],
                       argv[1]);
        return complaint_print(&why, stderr);
    }
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        names[i] = kinds[i].name;
        if (argc == 0)
            (void)printf("ringside list %-13s %s\n", kinds[i].name, kinds[i].text);
        else if (strcmp(kinds[i].name, argv[0]) == 0) {
            kinds[i].print();
            return CLI_OK;
        }
    }
    if (argc == 0)
        return CLI_OK;
    char remedy[200];
    (void)snprintf(remedy, sizeof remedy, "there are %s",
                   name_list(list, sizeof list, names, sizeof kinds / sizeof *kinds));
    (void)complain(&why, remedy, "list %s: unknown kind", word_shown(argv[0]));
    return complaint_print(&why, stderr);
}

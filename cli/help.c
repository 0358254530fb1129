/*
 * help, and the five lines of a bare `ringside`. Options come from options.def.
 */
#include <stdio.h>
#include <string.h>

#include "complaint.h"
#include "options.h"
#include "verbs.h"

void help_short(void)
{
    (void)puts(
        "Ringside: a simulated x86 PC on which a small OS runs natively, trapped, and "
        "paravirtualized.\n"
        "  ringside compare    the same work in three modes, side by side: where every cycle went\n"
        "  ringside run        boot Bantam under trap-and-emulate with your terminal as its "
        "console\n"
        "  ringside panel      a window on all of this: into an exit, why it trapped, what it "
        "costs\n"
        "  ringside help       everything else, and the same in text");
}

static void help_all(void)
{
    help_short();
    (void)puts("\nVerbs:");
    for (unsigned i = 0; i < verb_count; i++)
        (void)printf("  ringside %-16s%s%s\n", verbs[i].name, verbs[i].text, "");
    (void)puts("  ./ringside check         in the source folder: builds and runs every test "
               "(--quick, --long)\n"
               "\nringside help VERB shows its options.\n"
               "\nStatus: 0 the guest halted with 0; 1 it halted with another value, or a check "
               "failed; 2 the\n"
               "command line or an input file is wrong; 3 the guest died; 4 a budget was spent; 5 "
               "our own failure.");
}

static unsigned mask_of(const char *verb)
{
    for (unsigned mask = V_RUN; mask <= V_PLOT; mask <<= 1)
        if (strcmp(options_verb(mask), verb) == 0)
            return mask;
    return 0;
}

static void help_verb(const struct verb *v)
{
    (void)printf("ringside %s\n  %s\n", v->usage, v->text);
    if (!mask_of(v->name))
        return;
    (void)puts("");
    for (unsigned i = 0; i < option_count; i++) {
        char left[48];
        const struct option_row *o = &option_rows[i];
        if (!(o->verbs & mask_of(v->name)))
            continue;
        (void)snprintf(left, sizeof left, "%s%s%s%s", o->verbs & V_DASH ? "-" : "--", o->name,
                       o->argument ? " " : "", o->argument ? o->argument : "");
        (void)printf("  %-28s %s\n", left, o->help);
    }
    if (mask_of(v->name) == V_RUN)
        (void)puts(
            "\nOn a terminal: Ctrl-A x leaves, Ctrl-A h helps, Ctrl-C stops with the summary.\n"
            "Without --run, the end of standard input ends the guest's shell.");
    if (mask_of(v->name) == V_DIVERGE)
        (void)puts("\nA and B: a mode, with options of its own behind colons "
                   "(trap:cpu=classic:profile=flat), or a file\nthat debug's record wrote. "
                   "Without --run and --guest both run the tour.\nStatus: 0 equal, 1 different, 2 "
                   "wrong usage, 4 equal as far as a budget allowed, 5 our own failure.");
    if (mask_of(v->name) == V_DEBUG)
        (void)puts("\nAt its prompt, help shows the commands; docs/debugger.md tells of them.");
}

int verb_help(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    if (argc == 0) {
        help_all();
        return CLI_OK;
    }
    if (argc > 1) {
        (void)complain(&why, "ringside help VERB", "help %s %s: one verb at a time", argv[0],
                       argv[1]);
        return complaint_print(&why, stderr);
    }
    for (unsigned i = 0; i < verb_count; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0) {
            help_verb(&verbs[i]);
            return CLI_OK;
        }
    (void)complain(&why, "ringside help shows all verbs", "help %s: there is no such verb",
                   word_shown(argv[0]));
    return complaint_print(&why, stderr);
}

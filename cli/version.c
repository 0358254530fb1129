/*
 * version: what this program is, and what of it changes results.
 */
#include <stdio.h>

#include "complaint.h"
#include "hv/hv.h"
#include "sim/insn.h"
#include "verbs.h"

int verb_version(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    if (argc) {
        (void)complain(&why, "it takes no arguments", "version %s: too much", word_shown(argv[0]));
        return complaint_print(&why, stderr);
    }
    (void)printf("ringside %s\n", RINGSIDE_VERSION);
    (void)printf("%u instruction forms, %u exit reasons, %u cost keys, modes", insn_row_count,
                 (unsigned)EXIT_REASONS, COST_KEYS);
    for (unsigned i = 0; i < HV_MODES; i++)
        (void)printf(" %s", hv_modes[i]->name);
#ifdef __clang__
    (void)printf("\nbuilt by clang %s\n", __clang_version__);
#else
    (void)printf("\nbuilt by gcc %s\n", __VERSION__);
#endif
    return CLI_OK;
}

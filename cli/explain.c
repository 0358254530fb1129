/*
 * explain NAME: everything the tables know under that name.
 */
#include "explain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "complaint.h"
#include "verbs.h"

bool explain_name(FILE *to, const char *name)
{
    static bool (*const sources[])(FILE *, const char *) = {
        explain_instruction, explain_reason, explain_hypercall, explain_cost,
        explain_bucket,      explain_mode,   explain_pte,       explain_word};
    bool known = false;
    for (unsigned i = 0; i < sizeof sources / sizeof *sources; i++)
        known = sources[i](to, name) || known;
    return known;
}

int verb_explain(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    char name[64] = "";
    if (argc == 0) {
        (void)complain(&why, "such as: ringside explain popf", "explain: its NAME is missing");
        return complaint_print(&why, stderr);
    }
    for (int i = 0; i < argc; i++) { /* "explain world switch" needs no quotes */
        size_t at = strlen(name);
        (void)snprintf(name + at, sizeof name - at, "%s%s", i ? " " : "", argv[i]);
    }
    if (explain_name(stdout, name))
        return CLI_OK;
    (void)complain(&why, "ringside list shows what there is to explain",
                   "explain %s: nothing of that name", word_shown(name));
    return complaint_print(&why, stderr);
}

/*
 * explain NAME: everything the tables know under that name.
 */
#include "explain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "complaint.h"
#include "verbs.h"

void print_wrapped(const char *text, unsigned indent)
{
    unsigned column = 0;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column && column + 1 + n > 96) {
            (void)putchar('\n');
            column = 0;
        }
        column += (unsigned)(column ? printf(" ") : printf("%*s", (int)indent, ""));
        column += (unsigned)printf("%.*s", (int)n, text);
        text += n;
        text += strspn(text, " \n");
    }
    (void)putchar('\n');
}

int verb_explain(int argc, char *const *argv)
{
    static bool (*const sources[])(const char *) = {
        explain_instruction, explain_reason, explain_hypercall, explain_cost,
        explain_bucket,      explain_mode,   explain_pte,       explain_word};
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
    bool known = false;
    for (unsigned i = 0; i < sizeof sources / sizeof *sources; i++)
        known = sources[i](name) || known;
    if (known)
        return CLI_OK;
    (void)complain(&why, "ringside list shows what there is to explain",
                   "explain %s: nothing of that name", name);
    return complaint_print(&why, stderr);
}

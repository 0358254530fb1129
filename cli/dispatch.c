/*
 * From the command line's first word to its verb.
 */
#include <errno.h>
#include <string.h>

#include "complaint.h"
#include "terminal.h"
#include "verbs.h"

const struct verb verbs[] = {
#define VERB(name, function, usage, text) {#name, function, usage, text},
#include "verbs.def"
#undef VERB
};
const unsigned verb_count = sizeof verbs / sizeof *verbs;

/* Usual spellings of two verbs. */
static const char *canonical(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return "version";
    return word;
}

static int unknown_verb(const char *word)
{
    const char *names[16];
    char list[120], remedy[200];
    struct complaint why = {CLI_OK, "", ""};
    for (unsigned i = 0; i < verb_count; i++)
        names[i] = verbs[i].name;
    const char *near = nearest_name(word, names, verb_count);
    (void)snprintf(remedy, sizeof remedy, "%s%s%sthere are %s", near ? "did you mean " : "",
                   near ? near : "", near ? "? " : "",
                   name_list(list, sizeof list, names, verb_count));
    (void)complain(&why, remedy, "%s: unknown verb", word_shown(word));
    return complaint_print(&why, stderr);
}

/* Text that did not arrive is no success. A reader that has gone (head) knows that itself. */
static int flush_output(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    int error = errno;
    struct complaint why = {CLI_OK, "", ""};
    (void)complain_ours(&why, NULL, "standard output cannot be written: %s",
                        error ? strerror(error) : "an earlier write failed");
    if (status == CLI_OK && error != EPIPE)
        (void)complaint_print(&why, stderr);
    return status == CLI_OK ? CLI_OURS : status;
}

int verbs_dispatch(int argc, char *const *argv)
{
    if (argc < 1) {
        help_short();
        return CLI_OK;
    }
    terminal_catch_signals();
    const char *word = canonical(argv[0]);
    for (unsigned i = 0; i < verb_count; i++) {
        if (strcmp(verbs[i].name, word) != 0)
            continue;
        return flush_output(verbs[i].run(argc - 1, argv + 1));
    }
    return unknown_verb(argv[0]);
}

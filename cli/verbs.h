/* The verbs: each takes the arguments after its name and returns the process's status (enum
 * cli_status). */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

struct verb {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *usage, *text;
};

extern const struct verb verbs[];
extern const unsigned verb_count;

#define VERB(name, function, usage, text) int function(int argc, char *const *argv);
#include "verbs.def"
#undef VERB

/* Runs the verb argv[0], or prints the short help without one. */
int verbs_dispatch(int argc, char *const *argv);

/* The five lines of a bare `ringside`. */
void help_short(void);

#endif

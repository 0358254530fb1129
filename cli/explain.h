/*
 * What `explain` can say about a name: each source prints its section and says whether it knew the
 * name.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

bool explain_instruction(FILE *to, const char *name);
bool explain_reason(FILE *to, const char *name);
bool explain_cost(FILE *to, const char *name);
bool explain_hypercall(FILE *to, const char *name);
bool explain_pte(FILE *to, const char *name);
bool explain_bucket(FILE *to, const char *name);
bool explain_mode(FILE *to, const char *name);
bool explain_word(FILE *to, const char *name);

/* Where the virtualizable model makes a sensitive instruction (enum insn_trap) fault, in words. */
const char *sensitive_rings(unsigned trap);

/* All of them; false: nothing of that name. */
bool explain_name(FILE *to, const char *name);

/* Calls visit for each word of the glossary. */
void glossary_each(void (*visit)(void *opaque, const char *word, const char *text), void *opaque);

#endif

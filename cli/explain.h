/*
 * What `explain` can say about a name: each source prints its section and says whether it knew the
 * name.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdbool.h>

bool explain_instruction(const char *name);
bool explain_reason(const char *name);
bool explain_cost(const char *name);
bool explain_hypercall(const char *name);
bool explain_pte(const char *name);
bool explain_bucket(const char *name);
bool explain_mode(const char *name);
bool explain_word(const char *name);

/* Calls visit for each word of the glossary. */
void glossary_each(void (*visit)(void *opaque, const char *word, const char *text), void *opaque);

/* Prints text with lines of at most 96 columns, each after `indent` blanks. */
void print_wrapped(const char *text, unsigned indent);

#endif

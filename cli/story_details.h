/* Parts of a story that depend on the exit's reason. */
#ifndef CLI_STORY_DETAILS_H
#define CLI_STORY_DETAILS_H

#include <stdio.h>

#include "hv/hv.h"

/* The hypervisor's own event (first question); something it carries out for the guest (second
 * question). */
bool story_is_ours(enum exit_reason reason);
bool story_is_emulated(enum exit_reason reason);

/* What it was about, below "Why": port and value, control register, address... Nothing for reasons
 * without. */
void story_qualification(FILE *to, const struct vm_exit *x);

/* What was done, below "Decided": sub-actions in order. */
void story_actions(FILE *to, const struct vm_exit *x);

/* "#PF page fault", "vector 0x80". Returns text. */
const char *story_vector(unsigned vector, char text[32]);

#endif

/*
 * One exit, told from the guest's instruction to what comes next.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include "runner.h"

/* Tells exit `number`, which must be the last one completed. */
void story_tell(FILE *to, struct runner *r, const struct vm_exit *x);

/* Adds the line about the exit that followed; x is the story's, next may be null. */
void story_next(FILE *to, struct runner *r, const struct vm_exit *x, const struct vm_exit *next);

#endif

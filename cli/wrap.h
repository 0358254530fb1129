/* Text in lines that fit a terminal. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stdio.h>

/* Prints text with lines of at most 96 columns, each after `indent` blanks. */
void print_wrapped(FILE *to, const char *text, unsigned indent);

#endif

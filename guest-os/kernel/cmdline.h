/*
 * The boot command line: words name=value, or name="several words".
 *
 * Inside quotes a backslash takes the next character as it is. Known names: run, hz, root, exit,
 * and arch/pv's batch.
 */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

#include <stddef.h>
#include <stdint.h>

void cmdline_init(const char *text);

/* Copies the value of `name`, cut to fit; its length, or -ENOENT when the name is not there. */
int cmdline_get(const char *name, char *value, size_t size);

/* The value as a number; `otherwise` when it is missing or not a number. */
uint32_t cmdline_number(const char *name, uint32_t otherwise);

#endif

/*
 * Files built into the program, so that it runs alone from any directory: profiles, scenarios, the
 * glossary. The table is written by cli/embed.cmake while building.
 */
#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

struct embedded_file {
    const char *folder;   /* "profiles" */
    const char *stem;     /* "p4-2005" */
    const char *name;     /* "p4-2005.json" */
    const uint8_t *bytes; /* followed by a 0 that is not counted */
    size_t size;
};

extern const struct embedded_file embedded_files[];
extern const unsigned embedded_count;

/* The file of that stem in a folder, or null. */
const struct embedded_file *embedded_find(const char *folder, const char *stem);

/* The stems of a folder's files into names[0..max), static strings; returns how many. */
unsigned embedded_names(const char *folder, const char **names, unsigned max);

#endif

/*
 * Looking into the table of built-in files.
 */
#include "embedded.h"

#include <string.h>

const struct embedded_file *embedded_find(const char *folder, const char *stem)
{
    for (unsigned i = 0; i < embedded_count; i++)
        if (strcmp(embedded_files[i].folder, folder) == 0 &&
            strcmp(embedded_files[i].stem, stem) == 0)
            return &embedded_files[i];
    return NULL;
}

unsigned embedded_names(const char *folder, const char **names, unsigned max)
{
    unsigned n = 0;
    for (unsigned i = 0; i < embedded_count && n < max; i++)
        if (strcmp(embedded_files[i].folder, folder) == 0)
            names[n++] = embedded_files[i].stem;
    return n;
}

/*
 * Programs: see programs.h.
 */
#include "debug/programs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

void programs_init(struct programs *p, const char *kernel_path)
{
    memset(p, 0, sizeof *p);
    const char *slash = strrchr(kernel_path, '/');
    size_t n = slash ? (size_t)(slash - kernel_path) : 1;
    int k =
        snprintf(p->folder, sizeof p->folder, "%.*s/programs", (int)n, slash ? kernel_path : ".");
    if (k < 0 || (size_t)k >= sizeof p->folder || access(p->folder, X_OK) != 0)
        p->folder[0] = 0;
}

void programs_fini(struct programs *p)
{
    for (unsigned i = 0; i < p->count; i++)
        symbols_close(p->program[i].symbols);
    memset(p, 0, sizeof *p);
}

/* The name comes from the guest's memory: it must not lead to another folder. */
static bool is_plain(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return name[0] && strlen(name) < PROGRAM_NAME;
}

const struct symbols *programs_find(struct programs *p, const char *name)
{
    char path[sizeof p->folder + PROGRAM_NAME + 8];
    struct file_bytes file;
    struct complaint why;
    if (!p->folder[0] || !is_plain(name))
        return NULL;
    for (unsigned i = 0; i < p->count; i++)
        if (strcmp(p->program[i].name, name) == 0)
            return p->program[i].symbols;
    if (p->count == PROGRAMS_MOST)
        return NULL;
    struct program *new = &p->program[p->count++];
    (void)snprintf(new->name, sizeof new->name, "%s", name);
    (void)snprintf(path, sizeof path, "%s/%s.elf", p->folder, name);
    new->symbols = NULL;
    if (access(path, R_OK) == 0 && file_read(&file, "program", path, &why)) {
        new->symbols = symbols_open(file.bytes, file.size);
        file_free(&file);
    }
    return new->symbols;
}

/*
 * Files that the options name twice: see clash.h. Only what replaces a file can do harm: devices
 * and pipes may be both read and written, and two outputs may share /dev/null.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "clash.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PLACES (5 + OPTIONS_MAX_MODULES + 2 + 5)

struct place {
    const char *option; /* "--json" */
    const char *path;
    bool written;
    char *real; /* owned; null: nothing that could be harmed */
};

/* Where the path leads: owned, or null for a device, a pipe, or what cannot be reached at all. A
 * file that is not there yet is its name in its folder. */
static char *real_place(const char *path)
{
    struct stat st;
    char folder[PATH_MAX], name[PATH_MAX];
    if (stat(path, &st) == 0)
        return S_ISREG(st.st_mode) ? realpath(path, NULL) : NULL;
    if (!path[0] || strlen(path) >= sizeof folder)
        return NULL;
    (void)snprintf(folder, sizeof folder, "%s", path);
    (void)snprintf(name, sizeof name, "%s", path);
    char *real = realpath(dirname(folder), NULL);
    const char *last = basename(name);
    size_t n = real ? strlen(real) + strlen(last) + 2 : 0;
    char *all = real ? malloc(n) : NULL;
    if (all)
        (void)snprintf(all, n, "%s/%s", real, last);
    free(real);
    return all;
}

static void add(struct place *places, unsigned *n, const char *option, const char *path,
                bool written)
{
    if (!path || *n == MAX_PLACES)
        return;
    struct place *p = &places[(*n)++];
    *p = (struct place){option, path, written, NULL};
    struct stat st;
    if (strcmp(path, "-") != 0 && (written || stat(path, &st) == 0))
        p->real = real_place(path);
}

static unsigned collect(const struct options *o, struct place *places)
{
    unsigned n = 0;
    add(places, &n, "--json", o->json, true);
    add(places, &n, "--csv", o->csv, true);
    add(places, &n, "--trace", o->trace, true);
    add(places, &n, "--console file:", o->console_file, true);
    add(places, &n, "--guest", o->guest, false);
    add(places, &n, "--run", o->run_file, false);
    for (unsigned i = 0; i < o->modules; i++)
        add(places, &n, "--module", o->module[i], false);
    for (unsigned i = 0; i < o->disks; i++)
        add(places, &n, "--disk", o->disk[i].path, o->disk[i].rw);
    if (strpbrk(o->profile, "/.")) /* else the name of a built-in one */
        add(places, &n, "--profile", o->profile, false);
    add(places, &n, "-x", o->commands, false);
    add(places, &n, "--replay", o->replay, false);
    add(places, &n, "--restore", o->restore, false);
    return n;
}

static bool same_place(const struct place *a, const struct place *b)
{
    if (a->real || b->real)
        return a->real && b->real && strcmp(a->real, b->real) == 0;
    return a->written && b->written && strcmp(a->path, "-") == 0 && strcmp(b->path, "-") == 0;
}

static bool apart(const struct place *a, const struct place *b, struct complaint *why)
{
    if (!(a->written || b->written) || !same_place(a, b))
        return true;
    if (a->written && b->written)
        return complain(why, "give each its own file", "%s and %s both write to %s", a->option,
                        b->option, b->path);
    const struct place *out = a->written ? a : b, *in = a->written ? b : a;
    return complain(why, "give the output its own file",
                    "%s %s: would be written over what %s reads", out->option, out->path,
                    in->option);
}

bool clash_none(const struct options *o, struct complaint *why)
{
    struct place places[MAX_PLACES];
    unsigned n = collect(o, places);
    bool ok = true;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; ok && j < i; j++)
            ok = apart(&places[j], &places[i], why);
    for (unsigned i = 0; i < n; i++)
        free(places[i].real);
    return ok;
}

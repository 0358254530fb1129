/*
 * What a lock allows: see lock.h. The file is read in lock_read.c.
 */
#include "debug/lock.h"

#include <stdio.h>
#include <string.h>

const char *const view_names[4] = {"debug", "compare", "memory", "schedule"};

/* ---------------------------------------- what is allowed */

bool lock_allows_view(const struct lock *lock, const char *view)
{
    for (unsigned i = 0; lock && i < 4; i++)
        if (strcmp(view_names[i], view) == 0)
            return lock->views >> i & 1;
    return true;
}

bool lock_allows_mode(const struct lock *lock, enum hv_mode_id mode)
{
    return !lock || (lock->modes >> mode & 1);
}

bool lock_allows_modes(const struct lock *lock, const enum hv_mode_id *mode, unsigned n,
                       struct complaint *why)
{
    for (unsigned i = 0; i < n; i++)
        if (!lock_allows_mode(lock, mode[i]))
            return complain(why, "leave it out, or ask whoever wrote the file",
                            "mode %s: is locked by %s", hv_modes[mode[i]]->name, lock->path);
    return true;
}

bool lock_allows_back(const struct lock *lock, const char *name, char why[160])
{
    if (!lock || !lock->no_reverse)
        return true;
    (void)snprintf(why, 160, "%s: going back is locked by %.80s", name, lock->path);
    return false;
}

bool lock_allows_verb(const struct lock *lock, const char *name, bool back, char why[160])
{
    if (!lock)
        return true;
    if (back && !lock_allows_back(lock, name, why))
        return false;
    bool allowed = lock->all_verbs;
    for (unsigned i = 0; i < lock->verbs; i++)
        allowed = allowed || strcmp(lock->verb[i], name) == 0;
    if (!allowed)
        (void)snprintf(why, 160, "%s: is locked by %.80s", name, lock->path);
    return allowed;
}

const char *lock_first_view(const struct lock *lock)
{
    for (unsigned i = 0; i < 4; i++)
        if (lock_allows_view(lock, view_names[i]))
            return view_names[i];
    return view_names[0];
}

static void add(char *text, size_t size, const char *words)
{
    size_t n = strlen(text);
    (void)snprintf(text + n, size - n, "%s%s", n ? ", " : "", words);
}

const char *lock_sentence(const struct lock *lock, char *text, size_t size)
{
    char what[160] = "", word[40];
    text[0] = 0;
    if (!lock)
        return text;
    for (unsigned i = 0; i < 4; i++)
        if (!(lock->views >> i & 1)) {
            (void)snprintf(word, sizeof word, "view %s", view_names[i]);
            add(what, sizeof what, word);
        }
    for (unsigned i = 0; i < HV_MODES; i++)
        if (!(lock->modes >> i & 1)) {
            (void)snprintf(word, sizeof word, "mode %s", hv_modes[i]->name);
            add(what, sizeof what, word);
        }
    if (!lock->all_verbs)
        add(what, sizeof what, "some verbs");
    if (lock->no_reverse)
        add(what, sizeof what, "going back");
    if (what[0])
        (void)snprintf(text, size, "Locked by %.60s: %s.", lock->path, what);
    return text;
}

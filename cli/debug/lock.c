/*
 * Lock files: see lock.h.
 */
#include "debug/lock.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "debug/internal.h"

const char *const view_names[4] = {"debug", "compare", "memory", "schedule"};

/* What is no command of the debugger. */
static const char *const others[] = {"predict", "shot"};

#define OTHERS (sizeof others / sizeof *others)

/* ---------------------------------------- verbs by number */

static const char *verb_name(unsigned i)
{
    return i < command_count ? commands[i].name : others[i - command_count];
}

static unsigned verb_count_all(void)
{
    return command_count + OTHERS;
}

static int verb_find(const char *name)
{
    for (unsigned i = 0; i < verb_count_all() && i < LOCK_VERBS; i++)
        if (strcmp(verb_name(i), name) == 0)
            return (int)i;
    return -1;
}

/* ---------------------------------------- reading */

struct reading {
    struct lock *lock;
    const char *path;
    struct complaint *why;
};

static bool unknown(const struct reading *r, const char *member, const char *name,
                    const char *const *names, unsigned n)
{
    char list[160], remedy[240];
    const char *near = nearest_name(name, names, n);
    (void)snprintf(remedy, sizeof remedy, "%s%s%sthere are %s", near ? "did you mean " : "",
                   near ? near : "", near ? "? " : "", name_list(list, sizeof list, names, n));
    return complain(r->why, remedy, "--lock %s: %s: no %.40s", r->path, member, name);
}

static bool read_view_name(const struct reading *r, const char *name)
{
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(view_names[i], name) == 0) {
            r->lock->views |= (uint8_t)(1u << i);
            return true;
        }
    return unknown(r, "views", name, view_names, 4);
}

static bool read_mode_name(const struct reading *r, const char *name)
{
    const char *names[HV_MODES];
    for (unsigned i = 0; i < HV_MODES; i++) {
        names[i] = hv_modes[i]->name;
        if (strcmp(names[i], name) == 0) {
            r->lock->modes |= (uint8_t)(1u << i);
            return true;
        }
    }
    return unknown(r, "modes", name, names, HV_MODES);
}

static bool read_verb_name(const struct reading *r, const char *name)
{
    const char *names[LOCK_VERBS];
    int i = verb_find(name);
    if (i >= 0) {
        r->lock->verb[i] = true;
        return true;
    }
    for (unsigned n = 0; n < verb_count_all(); n++)
        names[n] = verb_name(n);
    return unknown(r, "verbs", name, names, verb_count_all());
}

static bool read_names(const struct reading *r, const cJSON *list, const char *member,
                       bool (*take)(const struct reading *r, const char *name))
{
    if (!cJSON_IsArray(list) || !list->child)
        return complain(r->why, "such as \"views\": [\"debug\"]",
                        "--lock %s: %s: not a list of names", r->path, member);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return complain(r->why, "names are strings", "--lock %s: %s: holds what is no name",
                            r->path, member);
        if (!take(r, item->valuestring))
            return false;
    }
    return true;
}

static bool read_reverse(const struct reading *r, const cJSON *item)
{
    r->lock->no_reverse = cJSON_IsFalse(item);
    return cJSON_IsBool(item) ||
           complain(r->why, "write true or false", "--lock %s: reverse: neither", r->path);
}

static bool read_member(const struct reading *r, const cJSON *item)
{
    static const char *const names[] = {"views", "modes", "verbs", "reverse"};
    if (strcmp(item->string, "reverse") == 0)
        return read_reverse(r, item);
    if (strcmp(item->string, "verbs") == 0) {
        r->lock->some_verbs = true;
        return read_names(r, item, "verbs", read_verb_name);
    }
    if (strcmp(item->string, "views") == 0) {
        r->lock->views = 0;
        return read_names(r, item, "views", read_view_name);
    }
    if (strcmp(item->string, "modes") == 0) {
        r->lock->modes = 0;
        return read_names(r, item, "modes", read_mode_name);
    }
    return unknown(r, "a lock file", item->string, names, 4);
}

static bool read_all(const struct reading *r, const cJSON *root)
{
    if (!root || !cJSON_IsObject(root))
        return complain(r->why, "such as {\"views\": [\"debug\"], \"reverse\": false}",
                        "--lock %s: not a JSON object", r->path);
    for (const cJSON *item = root->child; item; item = item->next) {
        for (const cJSON *other = item->next; other; other = other->next)
            if (strcmp(other->string, item->string) == 0)
                return complain(r->why, "write it once", "--lock %s: %.40s stands twice", r->path,
                                item->string);
        if (!read_member(r, item))
            return false;
    }
    return true;
}

bool lock_read(struct lock *lock, const char *path, struct complaint *why)
{
    const struct reading r = {lock, path, why};
    struct file_bytes file;
    memset(lock, 0, sizeof *lock);
    lock->path = path;
    lock->views = lock->modes = 0xff;
    if (!file_read(&file, "--lock", path, why))
        return false;
    const char *end = NULL;
    const char *text = (const char *)file.bytes;
    cJSON *root = cJSON_ParseWithLengthOpts(text, file.size, &end, false);
    /* What follows may be blanks only: two objects are not one. */
    if (root && end && end[strspn(end, " \t\r\n")]) {
        cJSON_Delete(root);
        root = NULL;
    }
    bool ok = read_all(&r, root);
    cJSON_Delete(root);
    file_free(&file);
    return ok;
}

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

static bool allows_back(const struct lock *lock, const char *name, char why[160])
{
    if (!lock->no_reverse)
        return true;
    (void)snprintf(why, 160, "%s: going back is locked by %.80s", name, lock->path);
    return false;
}

bool lock_allows_verb(const struct lock *lock, const char *name, char why[160])
{
    static const char *const always[] = {"help", "echo", "quit"};
    int i = verb_find(name);
    if (!lock || i < 0)
        return true;
    if ((unsigned)i < command_count && commands[i].flags & COMMAND_BACK &&
        !allows_back(lock, name, why))
        return false;
    for (size_t n = 0; n < sizeof always / sizeof *always; n++)
        if (strcmp(always[n], name) == 0)
            return true;
    if (!lock->some_verbs || lock->verb[i])
        return true;
    (void)snprintf(why, 160, "%s: is locked by %.80s", name, lock->path);
    return false;
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
    if (lock->some_verbs)
        add(what, sizeof what, "some verbs");
    if (lock->no_reverse)
        add(what, sizeof what, "going back");
    if (what[0])
        (void)snprintf(text, size, "Locked by %.60s: %s.", lock->path, what);
    return text;
}
